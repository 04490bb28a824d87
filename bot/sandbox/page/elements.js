// Draw the things inside blocks that people press, pick and fill in.
import { html, useEffect, useRef, useState } from "./vendor-preact.js";
import { Icon } from "./icons.js";
import { safeUrl } from "./mentions.js";
import { Plain, TextObject } from "./mrkdwn.js";
import { Picker } from "./pickers.js";
import { MenuButton, useFocusTrap } from "./popover.js";
import { useZone } from "./store.js";
import { clockTime, instantOf, isoDate } from "./time.js";
import { fieldOf } from "./values.js";

export function Unsupported({ what, raw }) {
  return html`<details class="unsupported" role="note" aria-label=${`Unsupported: ${what}`}>
    <summary>Unsupported ${what}</summary><pre>${JSON.stringify(raw, null, 2)}</pre></details>`;
}

/** Slack's "Are you sure?" in front of an action. */
function Confirm({ of, onYes, onNo }) {
  const box = useRef();
  useFocusTrap(box, (root) => root.querySelector(".confirm-no"));
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onNo();
  };
  return html`<div class="backdrop" onClick=${(e) => e.target === e.currentTarget && onNo()}>
    <div class="confirm" role="alertdialog" aria-modal="true" aria-label=${of.title?.text} ref=${box} tabindex="-1" onKeyDown=${onKeyDown}>
      <h2>${of.title?.text ?? "Are you sure?"}</h2>
      <div class="confirm-text"><${TextObject} of=${of.text} /></div>
      <div class="confirm-buttons">
        <button type="button" class="button confirm-no" onClick=${onNo}>${of.deny?.text ?? "Cancel"}</button>
        <button type="button" class=${`button ${of.style === "danger" ? "button-danger" : "button-primary"}`} onClick=${onYes}>${of.confirm?.text ?? "Yes"}</button>
      </div>
    </div>
  </div>`;
}

/** Returns [dialog vnode, guard]: `guard(yes, no)` asks first when the element wants a confirmation. */
function useConfirm(confirm) {
  const [asking, setAsking] = useState(null);
  const answer = (way) => () => {
    setAsking(null);
    asking[way]?.();
  };
  const dialog = asking && html`<${Confirm} of=${confirm} onYes=${answer("yes")} onNo=${answer("no")} />`;
  return [dialog, (yes, no) => (confirm ? setAsking({ yes, no }) : yes())];
}

function Button({ el, block, surface }) {
  const [dialog, guard] = useConfirm(el.confirm);
  const busy = surface.busy === `${block.block_id}/${el.action_id}`;
  const look = `button ${el.style === "primary" ? "button-primary" : el.style === "danger" ? "button-danger" : ""} ${busy ? "is-busy" : ""}`;
  const words = html`<span class="button-words">${el.text ? html`<${Plain} text=${el.text.text} emoji=${el.text.emoji !== false} />` : "…"}</span>`;
  // Busy, it keeps the focus: a disabled button would drop it.
  const press = () => busy || guard(() => surface.act(block, el, el.value === undefined ? {} : { value: el.value }));
  const href = el.url && safeUrl(el.url);
  if (href) {
    return html`<a class=${look} role="button" href=${href} target="_blank" rel="noopener noreferrer"
      aria-label=${el.accessibility_label} onClick=${press}>${words}</a>${dialog}`;
  }
  return html`<button type="button" class=${look} aria-label=${el.accessibility_label} aria-busy=${busy}
    aria-disabled=${busy} onClick=${press}>${words}</button>${dialog}`;
}

function Overflow({ el, block, surface }) {
  const [dialog, guard] = useConfirm(el.confirm);
  const items = (el.options ?? []).map((option) => ({
    label: html`<${TextObject} of=${option.text} />`,
    hint: option.description?.text,
    href: option.url && safeUrl(option.url),
    onPick: () => guard(() => surface.act(block, el, { selected_option: option })),
  }));
  const busy = surface.busy === `${block.block_id}/${el.action_id}`;
  return html`<${MenuButton} label="More options" className=${`button button-icon ${busy ? "is-busy" : ""}`} items=${items} align="end" disabled=${busy}>
    <span class="button-words"><${Icon} name="dots" /></span><//>${dialog}`;
}

/** What every element that holds a value shares: its entry, and a change that dispatches where Slack does. */
function useValue({ el, block, surface }) {
  const [dialog, guard] = useConfirm(el.confirm);
  const field = fieldOf(el.type);
  const entry = surface.entry(block, el);
  const keep = (value) => surface.put(block, el, { type: el.type, [field]: value });
  const dispatches = block.type !== "input" || block.dispatch_action === true;
  const dispatch = (value) => surface.act(block, el, { [field]: value });
  const change = (value) => {
    const before = entry[field];
    keep(value);
    if (dispatches) guard(() => dispatch(value), () => keep(before));
  };
  return { value: entry[field], keep, change, dispatch, dispatches, dialog };
}

function TextInput({ el, block, surface, id, describedBy, invalid }) {
  const { value, keep, dispatch, dispatches } = useValue({ el, block, surface });
  const on = el.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const type = { number_input: "text", email_text_input: "email", url_text_input: "url" }[el.type] ?? "text";
  const onInput = (event) => {
    const typed = event.target.value === "" ? null : event.target.value;
    keep(typed);
    if (dispatches && on.includes("on_character_entered")) dispatch(typed);
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || !dispatches || !on.includes("on_enter_pressed")) return;
    event.preventDefault();
    dispatch(value);
  };
  const shared = {
    id, value: value ?? "", placeholder: el.placeholder?.text, onInput, onKeyDown,
    "aria-describedby": describedBy, "aria-invalid": invalid, "data-focus-on-load": el.focus_on_load,
    maxlength: el.max_length, class: "field",
  };
  const left = el.max_length && (value ?? "").length > el.max_length * 0.8 ? el.max_length - (value ?? "").length : null;
  return html`${el.multiline ? html`<textarea rows="4" ...${shared}></textarea>`
    : html`<input type=${type} inputmode=${el.type === "number_input" ? "decimal" : undefined} ...${shared} />`}
    ${left !== null && html`<span class="field-left" aria-hidden="true">${left}</span>`}`;
}

const richOf = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
const plainOf = (rich) =>
  (rich?.elements ?? []).map((part) => (part.elements ?? []).map((leaf) => leaf.text ?? "").join("")).join("\n");

function RichInput({ el, block, surface, id, describedBy, invalid }) {
  const { value, change } = useValue({ el, block, surface });
  return html`<textarea class="field" rows="4" id=${id} value=${plainOf(value)} placeholder=${el.placeholder?.text}
    aria-describedby=${describedBy} aria-invalid=${invalid}
    onInput=${(e) => change(e.target.value ? richOf(e.target.value) : null)}></textarea>`;
}

/** A typed date passes through half-typed ones; only what stands for a moment is dispatched. */
function useSettled(change) {
  const timer = useRef();
  const waiting = useRef();
  useEffect(() => () => clearTimeout(timer.current), []);
  const flush = () => {
    clearTimeout(timer.current);
    waiting.current?.();
    waiting.current = null;
  };
  return [(value) => {
    waiting.current = () => change(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, 400);
  }, flush];
}

function DatePick({ el, block, surface, id, describedBy, invalid }) {
  const { value, keep, change, dispatches, dialog } = useValue({ el, block, surface });
  const [later, flush] = useSettled(change);
  const kind = el.type === "datepicker" ? "date" : "time";
  const onInput = (event) => (dispatches ? later : keep)(event.target.value || null);
  return html`<input type=${kind} class="field field-short" id=${id} value=${value ?? ""} onInput=${onInput} onBlur=${flush}
    aria-label=${id ? undefined : el.placeholder?.text ?? (kind === "date" ? "Pick a date" : "Pick a time")}
    aria-describedby=${describedBy} aria-invalid=${invalid} data-focus-on-load=${el.focus_on_load} />${dialog}`;
}

function MomentPick({ el, block, surface, id, describedBy, invalid }) {
  const { value, keep, change, dispatches, dialog } = useValue({ el, block, surface });
  const [later, flush] = useSettled(change);
  const zone = useZone();
  const [draft, setDraft] = useState(() => value ? { date: isoDate(value, zone), time: clockTime(value, zone) } : { date: "", time: "" });
  const edit = (part) => (event) => {
    const next = { ...draft, [part]: event.target.value };
    setDraft(next);
    (dispatches ? later : keep)(next.date && next.time ? instantOf(next.date, next.time, zone) : null);
  };
  return html`<span class="moment">
    <input type="date" class="field field-short" id=${id} aria-label="Date" value=${draft.date} onInput=${edit("date")} onBlur=${flush} aria-describedby=${describedBy} aria-invalid=${invalid} />
    <input type="time" class="field field-short" aria-label="Time" value=${draft.time} onInput=${edit("time")} onBlur=${flush} />
    <small>${zone}</small></span>${dialog}`;
}

function Choices({ el, block, surface, id, describedBy }) {
  const { value, change, dialog } = useValue({ el, block, surface });
  const single = el.type === "radio_buttons";
  const chosen = single ? [value?.value] : (value ?? []).map((o) => o.value);
  const [name] = useState(() => `choice-${Math.random().toString(36).slice(2)}`);
  const pick = (option, on) => {
    if (single) return change(option);
    const values = on ? [...chosen, option.value] : chosen.filter((v) => v !== option.value);
    return change(el.options.filter((o) => values.includes(o.value)));
  };
  return html`<div class="choices" role=${single ? "radiogroup" : "group"} id=${id} aria-describedby=${describedBy}>
    ${(el.options ?? []).map((option) => html`<label class="choice" key=${option.value}>
      <input type=${single ? "radio" : "checkbox"} name=${name} checked=${chosen.includes(option.value)}
        onChange=${(e) => pick(option, e.target.checked)} />
      <span class="choice-words"><span><${TextObject} of=${option.text} /></span>
        ${option.description && html`<small><${TextObject} of=${option.description} /></small>`}</span></label>`)}
  </div>${dialog}`;
}

function PickElement(props) {
  const { value, keep, change, dialog } = useValue(props);
  return html`<${Picker} ...${props} value=${value} keep=${keep} change=${change} />${dialog}`;
}

const DRAW = {
  button: Button, workflow_button: Button, overflow: Overflow,
  plain_text_input: TextInput, number_input: TextInput, email_text_input: TextInput, url_text_input: TextInput,
  rich_text_input: RichInput, datepicker: DatePick, timepicker: DatePick, datetimepicker: MomentPick,
  radio_buttons: Choices, checkboxes: Choices,
  static_select: PickElement, external_select: PickElement, users_select: PickElement,
  channels_select: PickElement, conversations_select: PickElement,
  multi_static_select: PickElement, multi_external_select: PickElement, multi_users_select: PickElement,
  multi_channels_select: PickElement, multi_conversations_select: PickElement,
};

export function Image({ of, className }) {
  const url = of.image_url ?? (of.slack_file?.id ? `/sandbox/file/${encodeURIComponent(of.slack_file.id)}` : of.slack_file?.url);
  const src = url && safeUrl(url);
  if (!src) return html`<${Unsupported} what="image without an address" raw=${of} />`;
  return html`<img class=${className} src=${src} alt=${of.alt_text ?? ""} title=${of.alt_text} loading="lazy" />`;
}

export function Element(props) {
  const { el } = props;
  if (el?.type === "image") return html`<${Image} of=${el} className="accessory-image" />`;
  const draw = DRAW[el?.type];
  if (!draw) return html`<${Unsupported} what=${`element “${el?.type}”`} raw=${el} />`;
  return html`<${draw} ...${props} />`;
}
