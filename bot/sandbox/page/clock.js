// Show the story's time to the acting person, and move it forward.
import { html, useEffect, useReducer, useRef, useState } from "./vendor-preact.js";
import { advance } from "./api.js";
import { Icon } from "./icons.js";
import { Popover } from "./popover.js";
import { storyNow, toast, useStore, useZone } from "./store.js";
import { shortMoment } from "./time.js";

/** Redraw when the story's minute changes, also right after it was moved. */
export function useMinute() {
  const offset = useStore((s) => s.offset);
  const [, redraw] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    const timer = setTimeout(redraw, (60 - (storyNow() % 60)) * 1000 + 20);
    return () => clearTimeout(timer);
  });
  return Math.floor((Date.now() / 1000 + offset) / 60);
}

const STEPS = [["+10 min", 600], ["+1 h", 3600], ["+1 day", 86400]];

function Steps() {
  const [busy, setBusy] = useState(null);
  const go = async (seconds) => {
    if (busy !== null) return;
    setBusy(seconds);
    const answer = await advance(seconds);
    setBusy(null);
    if (!answer.ok) toast(answer.error || "The clock did not move.");
  };
  return STEPS.map(([label, seconds]) => html`<button type="button" key=${seconds} class=${`clock-step ${busy === seconds ? "is-busy" : ""}`}
    aria-disabled=${busy !== null} onClick=${() => go(seconds)} title=${`Move the story forward by ${label.slice(1)}`}><span class="button-words">${label}</span></button>`);
}

export function StoryClock() {
  const zone = useZone();
  const anchor = useRef();
  const [open, setOpen] = useState(false);
  useMinute();
  const now = shortMoment(storyNow(), zone);
  const city = zone.split("/").pop().replaceAll("_", " ");
  return html`<div class="clock" role="group" aria-label="Story clock">
    <button type="button" ref=${anchor} class="clock-now" aria-expanded=${open} aria-label=${`Story time ${now}, ${city}. Move it`} onClick=${() => setOpen(!open)}>
      <${Icon} name="clock" size=${16} />
      <span class="clock-long"><time>${now}</time> <span class="clock-city">${city}</span></span>
      <span class="clock-short" aria-hidden="true">${now.split(", ")[1]}</span></button>
    <span class="clock-steps"><${Steps} /></span>
    ${open && html`<${Popover} anchor=${anchor} onClose=${() => setOpen(false)} label="Move the story clock" className="clock-box">
      <p><strong>${now}</strong><br /><small>${city}, where you are now. Timers that fall due on the way go off in order.</small></p>
      <span class="clock-row"><${Steps} /></span><//>`}
  </div>`;
}
