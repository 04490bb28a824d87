// Draw Slack's select menus: a field that opens a searchable list, single or many, by mouse or keyboard.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor-preact.js";
import { Icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { Avatar } from "./people.js";
import { TextObject } from "./mrkdwn.js";
import { Popover } from "./popover.js";
import { state } from "./store.js";

const channelChoice = (c) => ({
  key: c.id, raw: c.id, words: c.name, icon: c.is_private ? "lock" : "hash", draw: c.name,
});
const personChoice = (p) => ({
  key: p.id, raw: p.id, words: `${nameOf(p)} ${p.name} ${p.real_name}`, person: p, draw: nameOf(p), note: p.real_name,
});
const optionChoice = (o) => ({
  key: o.value, raw: o, words: o.text?.text ?? "", draw: html`<${TextObject} of=${o.text} />`, note: o.description?.text,
});

/** Conversations as the element's `filter` lets them through. */
function conversations(filter) {
  const kinds = filter?.include;
  const may = (kind) => !kinds || kinds.includes(kind);
  const channels = state.world.channels
    .filter((c) => !c.is_archived && (c.is_private ? c.is_member && may("private") : may("public")))
    .map(channelChoice);
  const directs = may("im")
    ? state.world.dms
        .filter((d) => !(filter?.exclude_bot_users && state.people.get(d.user)?.is_bot))
        .map((d) => ({ ...personChoice(state.people.get(d.user) ?? { id: d.user, name: d.user }), key: d.id, raw: d.id }))
    : [];
  return [...channels, ...directs];
}

/** What can be chosen, as groups of choices: [{label|null, choices}]. */
function groupsOf(el) {
  const kind = el.type.replace("multi_", "");
  if (kind === "users_select") return [{ choices: [...state.people.values()].filter((p) => !p.is_bot && !p.deleted).map(personChoice) }];
  if (kind === "channels_select") return [{ choices: conversations({ include: ["public"] }) }];
  if (kind === "conversations_select") return [{ choices: conversations(el.filter) }];
  if (el.option_groups) return el.option_groups.map((g) => ({ label: g.label?.text, choices: (g.options ?? []).map(optionChoice) }));
  return [{ choices: (el.options ?? []).map(optionChoice) }];
}

const keyOf = (raw) => (raw && typeof raw === "object" ? raw.value : raw);

function Choice({ choice, id, active, chosen, onPick }) {
  const row = useRef();
  useEffect(() => {
    if (active) row.current.scrollIntoView({ block: "nearest" });
  }, [active]);
  return html`<div ref=${row} id=${id} role="option" class=${`pick-option ${active ? "is-active" : ""}`} aria-selected=${chosen}
      onPointerDown=${(e) => e.preventDefault()} onClick=${onPick}>
    ${choice.person && html`<${Avatar} person=${choice.person} size=${20} />`}
    ${choice.icon && html`<${Icon} name=${choice.icon} size=${16} />`}
    <span class="pick-words">${choice.draw}${choice.note && choice.note !== choice.draw && html`<small>${choice.note}</small>`}</span>
    ${chosen && html`<${Icon} name="check" size=${16} />`}
  </div>`;
}

function PickList({ el, multi, chosen, anchor, label, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [name] = useState(() => `pick-${Math.random().toString(36).slice(2)}`);
  const input = useRef();
  const all = useMemo(() => groupsOf(el), [el]);
  const sought = typed.trim().toLowerCase();
  const groups = all.map((g) => ({ ...g, choices: g.choices.filter((c) => c.words.toLowerCase().includes(sought)) }));
  const flat = groups.flatMap((g) => g.choices);
  useLayoutEffect(() => {
    input.current.focus();
    const first = flat.findIndex((c) => chosen.includes(c.key));
    if (first > 0) setAt(first);
  }, []);
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && flat.length) setAt((at + step + flat.length) % flat.length);
    else if (event.key === "Enter" && flat[at]) onPick(flat[at]);
    else if (event.key === "Tab") onClose();
    else return;
    if (event.key !== "Tab") event.preventDefault();
  };
  let n = -1;
  return html`<${Popover} anchor=${anchor} onClose=${onClose} label=${label} className="pick-box">
    <input ref=${input} class="pick-search" value=${typed} placeholder="Search" role="combobox" aria-expanded="true"
      aria-label=${`Search ${label}`} aria-controls=${name} aria-activedescendant=${flat[at] ? `${name}-${at}` : undefined}
      onInput=${(e) => { setTyped(e.target.value); setAt(0); }} onKeyDown=${onKeyDown} />
    <div class="pick-list" role="listbox" id=${name} aria-label=${label} aria-multiselectable=${multi}>
      ${groups.map((g) => g.choices.length > 0 && html`<div role="group" aria-label=${g.label}>
        ${g.label && html`<div class="menu-heading">${g.label}</div>`}
        ${g.choices.map((choice) => {
          n += 1;
          return html`<${Choice} key=${choice.key} id=${`${name}-${n}`} choice=${choice} active=${n === at}
            chosen=${chosen.includes(choice.key)} onPick=${() => onPick(choice)} />`;
        })}</div>`)}
      ${flat.length === 0 && html`<div class="pick-none">${el.type.endsWith("external_select") ? "The sandbox does not ask apps for choices." : "Nothing found"}</div>`}
    </div>
  <//>`;
}

/** `value` is Slack's own (an option, an id, or a list of them); `keep` stores, `change` stores and dispatches. */
export function Picker({ el, block, surface, id, describedBy, invalid, value, keep, change }) {
  const anchor = useRef();
  const [open, setOpen] = useState(false);
  const before = useRef(null);
  const multi = el.type.startsWith("multi_");
  const held = multi ? value ?? [] : value ? [value] : [];
  const chosen = held.map(keyOf);
  const known = groupsOf(el).flatMap((g) => g.choices);
  const shown = held.map((raw) => known.find((c) => c.key === keyOf(raw)) ??
    (typeof raw === "object" ? optionChoice(raw) : { key: raw, draw: raw }));
  const label = el.placeholder?.text ?? (multi ? "Choose some" : "Choose one");
  const busy = surface.busy === `${block.block_id}/${el.action_id}`;
  const openUp = () => {
    before.current = JSON.stringify(chosen);
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    if (multi && JSON.stringify(chosen) !== before.current) change(held);
  };
  const pick = (choice) => {
    if (!multi) {
      setOpen(false);
      anchor.current.focus();
      if (choice.key !== chosen[0]) change(choice.raw);
      return;
    }
    const without = held.filter((raw) => keyOf(raw) !== choice.key);
    if (without.length === held.length && el.max_selected_items && held.length >= el.max_selected_items) return;
    keep(without.length < held.length ? without : [...held, choice.raw]);
  };
  const onKeyDown = (event) => {
    if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      openUp();
    } else if (multi && event.key === "Backspace" && held.length) change(held.slice(0, -1));
  };
  return html`<button type="button" ref=${anchor} id=${id} class=${`field pick ${busy ? "is-busy" : ""}`} role="combobox" aria-haspopup="listbox"
      aria-expanded=${open} aria-label=${id ? undefined : label} aria-describedby=${describedBy} aria-invalid=${invalid}
      data-focus-on-load=${el.focus_on_load} onKeyDown=${onKeyDown} onClick=${() => (open ? close() : openUp())}>
    <span class="pick-value">${shown.length === 0 ? html`<span class="pick-empty">${label}</span>`
      : shown.map((c) => html`<span class=${multi ? "pick-chip" : ""}>${c.person && html`<${Avatar} person=${c.person} size=${18} />`}${c.icon && html`<${Icon} name=${c.icon} size=${14} />`}<span>${c.draw}</span></span>`)}</span>
    <${Icon} name="chevron" size=${16} /></button>
    ${open && html`<${PickList} el=${el} multi=${multi} chosen=${chosen} anchor=${anchor} label=${label} onPick=${pick} onClose=${close} />`}`;
}
