// Show people: their face, and the switcher that lets this tab act as any of them.
import { html, useRef, useState } from "./vendor-preact.js";
import { AppGlyph, Icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { useFocusTrap } from "./popover.js";
import { actAs } from "./route.js";
import { storyNow, useStore, zone } from "./store.js";
import { useMinute } from "./clock.js";
import { clockTime, daysAhead, weekday } from "./time.js";

/** A coloured square with initials; the app has its own face. */
export function Avatar({ person, size = 36 }) {
  const bot = useStore((s) => s.world?.app.bot_user_id);
  if (person && (person.id === bot || person.is_app)) return html`<span class="avatar" style=${{ width: `${size}px`, height: `${size}px` }}><${AppGlyph} size=${size} /></span>`;
  const style = {
    width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.42)}px`,
    borderRadius: `${Math.max(4, Math.round(size * 0.2))}px`, background: person?.avatar?.color ?? "#7a7a80",
  };
  const initials = person?.avatar?.initials ?? nameOf(person).slice(0, 1).toUpperCase();
  return html`<span class="avatar" style=${style} aria-hidden="true">${initials}</span>`;
}

const place = (tz) => (tz || "UTC").split("/").pop().replaceAll("_", " ");

/** "14:05", with the weekday when it is another day there than here. */
function localTime(person) {
  const now = storyNow();
  const there = person.tz || "UTC";
  return daysAhead(now, now, there, zone()) ? `${clockTime(now, there)} ${weekday(now, there, "short")}` : clockTime(now, there);
}

function Sheet({ onClose }) {
  const box = useRef();
  const [typed, setTyped] = useState("");
  const people = useStore((s) => s.world.people);
  const meId = useStore((s) => s.me);
  useMinute();
  useFocusTrap(box);
  const sought = typed.toLowerCase();
  const found = people.filter((p) => !p.is_bot && !p.deleted && `${p.name} ${p.real_name} ${p.display_name} ${p.tz}`.toLowerCase().includes(sought));
  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      return onClose();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return undefined;
    event.preventDefault();
    const rows = [...box.current.querySelectorAll(".person-row")];
    const at = rows.indexOf(document.activeElement);
    return rows.at(Math.max(-1, at + step) % rows.length)?.focus();
  };
  const choose = (id) => {
    onClose();
    if (id !== meId) actAs(id);
  };
  const takeFirst = (event) => {
    if (event.key !== "Enter" || !found[0]) return;
    event.preventDefault(); // the button behind, focused again, would take the key as its own
    choose(found[0].id);
  };
  const badge = (p) => (p.is_foreign ? "other workspace" : p.is_restricted ? "guest" : p.is_admin ? "workspace admin" : null);
  return html`<div class="backdrop" onClick=${(e) => e.target === e.currentTarget && onClose()}>
    <div class="sheet" role="dialog" aria-modal="true" aria-label="Act as" ref=${box} tabindex="-1" onKeyDown=${onKeyDown}>
      <header class="sheet-head"><h2>Act as…</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button></header>
      <input class="field" placeholder="Find a person" aria-label="Find a person" value=${typed} onInput=${(e) => setTyped(e.target.value)}
        onKeyDown=${takeFirst} />
      <div class="sheet-list">
        ${found.map((p) => html`<button type="button" key=${p.id} class="person-row" aria-current=${p.id === meId} onClick=${() => choose(p.id)}>
          <${Avatar} person=${p} size=${36} />
          <span class="person-words"><strong>${nameOf(p)}</strong><small>${p.real_name !== nameOf(p) ? `${p.real_name} · ` : ""}${place(p.tz)}</small></span>
          ${badge(p) && html`<span class="tag">${badge(p)}</span>`}
          <span class="person-time">${localTime(p)}</span>
          <span class="person-mark">${p.id === meId && html`<${Icon} name="check" />`}</span>
        </button>`)}
        ${found.length === 0 && html`<p class="pick-none">Nobody of that name.</p>`}
      </div>
      <p class="sheet-note">This tab becomes that person. Open a second tab to be two people at once.</p>
    </div>
  </div>`;
}

/** The button in the bar: who this tab is. */
export function ActAs() {
  const [open, setOpen] = useState(false);
  const person = useStore((s) => s.people.get(s.me));
  useMinute();
  if (!person) return null;
  return html`<button type="button" class="act-as" aria-haspopup="dialog" aria-label=${`Acting as ${nameOf(person)}. Switch person`} onClick=${() => setOpen(true)}>
      <${Avatar} person=${person} size=${26} />
      <span class="act-as-words"><strong>${nameOf(person)}</strong><small>${place(person.tz)} ${localTime(person)}</small></span>
      <${Icon} name="chevron" size=${14} /></button>
    ${open && html`<${Sheet} onClose=${() => setOpen(false)} />`}`;
}
