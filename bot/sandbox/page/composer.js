// Write a message or a command, with suggestions by keyboard, and send it as the acting person.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor-preact.js";
import { gesture } from "./api.js";
import { isTyped, suggest } from "./autocomplete.js";
import { Icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { Avatar } from "./people.js";
import { MenuButton } from "./popover.js";
import { set, state, threadKey, toast, useStore } from "./store.js";

// What was begun and not sent, by person and place, so that looking elsewhere loses nothing.
const drafts = new Map();

let focusedWrite = null;

/** Put text into the composer on the screen (the hint's examples do); false where there is none. */
export function writeInComposer(text) {
  focusedWrite?.(text);
  return Boolean(focusedWrite);
}

function Suggestions({ of, active, id, onPick }) {
  const rows = useRef();
  useEffect(() => rows.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" }), [active]);
  if (of.kind === "usage") {
    return html`<div class="suggest suggest-usage" role="status"><code>${of.usage}</code>${of.note && html`<span>${of.note}</span>`}</div>`;
  }
  return html`<div class="suggest"><div class="suggest-title">${of.title}<span class="suggest-keys"><kbd>↑</kbd><kbd>↓</kbd> choose <kbd>Tab</kbd> take <kbd>Esc</kbd> close</span></div>
    <div class="suggest-list" role="listbox" id=${id} aria-label=${of.title} ref=${rows}>
    ${of.items.map((item, n) => html`<div role="option" key=${item.key} id=${`${id}-${n}`} aria-selected=${n === active}
        class=${`suggest-item ${n === active ? "is-active" : ""}`} onPointerDown=${(e) => e.preventDefault()} onClick=${() => onPick(item)}>
      ${item.person ? html`<${Avatar} person=${item.person} size=${22} />` : item.emoji ? html`<span class="emoji">${item.emoji}</span>` : html`<${Icon} name=${item.icon} size=${16} />`}
      <span class="suggest-label">${item.label}</span>${item.note && html`<small>${item.note}</small>`}</div>`)}
    </div></div>`;
}

function useSuggestions(text, caret) {
  const world = useStore((s) => s.world);
  const meId = useStore((s) => s.me);
  const [closedFor, close] = useState(null);
  const found = closedFor === text ? null : suggest(text, caret, world, meId);
  const shape = found ? `${found.kind} ${found.items.map((i) => i.key).join()}` : "";
  const [chosen, choose] = useState({ shape: "", at: -1 });
  const active = found ? (chosen.shape === shape ? chosen.at : found.active ?? -1) : -1;
  return { found, active, choose: (at) => choose({ shape, at }), close: () => close(text) };
}

/** Under a channel one may read and is not in: the way in. */
function Outside({ channel }) {
  const [joining, setJoining] = useState(false);
  const join = async () => {
    setJoining(true);
    const answer = await gesture("join", { channel: channel.id });
    setJoining(false);
    if (!answer.ok) toast(answer.error || "That did not work.");
  };
  return html`<div class="composer-closed"><p>You are looking at <strong>#${channel.name}</strong> from outside.</p>
    <button type="button" class=${`button button-primary ${joining ? "is-busy" : ""}`} onClick=${join}><span class="button-words">Join channel</span></button></div>`;
}

/** Where one writes, or why one cannot. */
export function Composer({ channel, thread }) {
  if (channel.is_archived) return html`<div class="composer-closed">This channel is archived.</div>`;
  if (channel.is_im || channel.is_member) return html`<${Writing} channel=${channel} thread=${thread} />`;
  if (channel.is_private) return html`<div class="composer-closed">You are not in <strong>${channel.name}</strong> any more.</div>`;
  return thread ? null : html`<${Outside} channel=${channel} />`;
}

function Writing({ channel, thread }) {
  const place = `${state.me} ${channel.id} ${thread ?? ""}`;
  const [text, setText] = useState(drafts.get(place) ?? "");
  const [caret, setCaret] = useState(text.length);
  const [problem, setProblem] = useState(null);
  const [sending, setSending] = useState(0);
  const shortcuts = useStore((s) => s.world.shortcuts);
  const other = useStore((s) => s.people.get(channel.user));
  const box = useRef();
  const { found, active, choose, close } = useSuggestions(text, caret);
  const listId = thread ? "suggest-thread" : "suggest-channel";
  const write = (next, at = next.length) => {
    setText(next);
    setCaret(at);
    setProblem(null);
    drafts.set(place, next);
  };
  useLayoutEffect(() => {
    const el = box.current;
    el.style.height = "auto";
    el.style.height = `${Math.min(el.scrollHeight, window.innerHeight * 0.4)}px`;
    if (document.activeElement === el && el.selectionStart !== caret) el.setSelectionRange(caret, caret);
  }, [text]);
  useLayoutEffect(() => {
    if (!matchMedia("(hover: none)").matches) box.current.focus();
    if (thread) return undefined;
    focusedWrite = (words) => {
      write(words);
      box.current.focus();
    };
    return () => (focusedWrite = null);
  }, []);
  const take = (item) => {
    const next = text.slice(0, found.from) + item.insert + text.slice(caret).replace(/^ /, "");
    write(next, found.from + item.insert.length);
    box.current.focus();
  };
  const send = async () => {
    const words = text.trim();
    if (!words) return;
    write("");
    set({ sent: { place: thread ? threadKey(channel.id, thread) : channel.id } });
    setSending((n) => n + 1);
    const answer = await gesture("type", { channel: channel.id, text: words, ...(thread && { thread_ts: thread }) });
    setSending((n) => n - 1);
    if (answer.ok || answer.message) return; // a command that failed says so in the conversation
    setProblem(answer.error || "That was not sent.");
    if (!drafts.get(place)) {
      setText(words);
      setCaret(words.length);
      drafts.set(place, words);
    }
  };
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = found?.items ?? [];
    if (step && items.length) {
      event.preventDefault();
      choose((active + step + items.length + (active < 0 && step < 0 ? 1 : 0)) % items.length);
    } else if (event.key === "Escape" && found) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && !event.shiftKey && items.length) {
      event.preventDefault();
      take(items[Math.max(active, 0)]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const item = items[active];
      if (item && !isTyped(found.kind, item, text.slice(found.from, caret))) take(item);
      else send();
    }
  };
  const follow = () => setCaret(box.current.selectionStart);
  const insert = (sign) => {
    const gap = text && !/\s$/.test(text) ? " " : "";
    write(`${text}${gap}${sign}`);
    box.current.focus();
  };
  const run = async (shortcut) => {
    const answer = await gesture("shortcut", { callback_id: shortcut.callback_id });
    if (!answer.ok) toast(answer.error);
  };
  const menu = () => {
    const globals = shortcuts.filter((s) => s.type === "global");
    if (!globals.length) return [{ heading: "This app has no global shortcuts" }];
    return [{ heading: "Shortcuts" }, ...globals.map((s) => ({ label: s.name, hint: state.world.app.name, icon: "bolt", onPick: () => run(s) }))];
  };
  const to = thread ? "Reply…" : `Message ${channel.is_im ? nameOf(other) : `#${channel.name}`}`;
  return html`<div class="composer-area">
    ${found && html`<${Suggestions} of=${found} active=${active} id=${listId} onPick=${take} />`}
    <div class="composer">
      <textarea ref=${box} rows="1" value=${text} placeholder=${to} aria-label=${thread ? "Reply in thread" : to} aria-autocomplete="list"
        aria-controls=${found?.items.length ? listId : undefined} aria-activedescendant=${active >= 0 ? `${listId}-${active}` : undefined}
        onInput=${(e) => write(e.target.value, e.target.selectionStart)} onKeyDown=${onKeyDown} onKeyUp=${follow} onClick=${follow}></textarea>
      <div class="composer-row">
        <${MenuButton} label="Shortcuts" className="composer-tool composer-plus" items=${menu}><${Icon} name="plus" /><//>
        <button type="button" class="composer-tool" aria-label="Mention someone" title="Mention someone" onClick=${() => insert("@")}><${Icon} name="at" /></button>
        <button type="button" class="composer-tool" aria-label="Run a command" title="Run a command" onClick=${() => write("/") || box.current.focus()}><${Icon} name="slash" /></button>
        <span class="composer-hint" aria-hidden="true">${text.trim() ? html`<b>Shift + Enter</b> for a new line` : ""}</span>
        <button type="button" class=${`composer-send ${sending ? "is-busy" : ""}`} aria-label="Send" title="Send" disabled=${!text.trim()} onClick=${send}><span class="button-words"><${Icon} name="send" /></span></button>
      </div>
    </div>
    ${problem && html`<div class="composer-problem" role="alert"><${Icon} name="warn" size=${15} /><span>${problem}</span></div>`}
  </div>`;
}
