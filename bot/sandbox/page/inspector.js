// Show the raw traffic between Slack's side and the app, newest last, errors in red.
import { html, useEffect, useRef, useState } from "./vendor-preact.js";
import { loadTraffic } from "./api.js";
import { Faults } from "./faults.js";
import { Icon } from "./icons.js";
import { set, state, toast, useStore, useZone } from "./store.js";
import { clockTime, wall } from "./time.js";
import { useStickyBottom } from "./messages.js";
import { useFocusReturn } from "./popover.js";

const isBad = (e) => e.unknown || e.status === "error";

const KINDS = [
  ["all", "All", () => true],
  ["to", "To app", (e) => e.dir === "to app"],
  ["from", "From app", (e) => e.dir === "from app"],
  ["bad", "Errors", isBad],
];

function Json({ label, value }) {
  if (value === undefined || value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const copy = () => navigator.clipboard?.writeText(text).then(() => toast("Copied."));
  return html`<div class="json"><div class="json-head"><span>${label}</span><button type="button" class="link" onClick=${copy}>Copy</button></div><pre tabindex="0" aria-label=${label}>${text}</pre></div>`;
}

function Entry({ entry }) {
  const zone = useZone();
  const [open, setOpen] = useState(false);
  const at = typeof entry.at === "number" ? entry.at : Date.parse(entry.at) / 1000;
  const seconds = Number.isFinite(at) ? `${clockTime(at, zone)}:${String(wall(at, zone).second).padStart(2, "0")}` : "";
  const toApp = entry.dir === "to app";
  return html`<li class=${`entry ${isBad(entry) ? "is-bad" : ""}`}>
    <button type="button" class="entry-line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <span class=${`entry-dir ${toApp ? "dir-to" : "dir-from"}`} title=${entry.dir}>${toApp ? "→" : "←"}</span>
      <span class="entry-words"><span class="entry-kind">${entry.kind}${entry.unknown ? " · unknown method" : ""}</span><span class="entry-sum">${entry.summary}</span></span>
      <span class="entry-facts"><span>${seconds}</span><span>${entry.ms === null || entry.ms === undefined ? "" : `${Math.round(entry.ms)} ms`}</span></span></button>
    ${open && html`<div class="entry-detail"><${Json} label="Request" value=${entry.request} /><${Json} label="Response" value=${entry.response} /></div>`}
  </li>`;
}

export function Inspector() {
  const traffic = useStore((s) => s.traffic);
  const app = useStore((s) => s.world.app);
  const [kind, setKind] = useState("all");
  const [typed, setTyped] = useState("");
  const from = useStore((s) => s.trafficFrom);
  const search = useRef();
  useFocusReturn();
  useEffect(() => {
    loadTraffic().catch((e) => toast(e.message));
    search.current?.focus();
  }, []);
  const lets = KINDS.find(([key]) => key === kind)[2];
  const sought = typed.toLowerCase();
  const shown = traffic.filter((e) => e.id > from && lets(e) &&
    (!sought || `${e.kind} ${e.summary} ${JSON.stringify(e.request)} ${JSON.stringify(e.response)}`.toLowerCase().includes(sought)));
  const [box] = useStickyBottom(shown.length, kind);
  const close = () => set({ inspector: false });
  return html`<aside class="inspector" aria-label="Traffic inspector" onKeyDown=${(e) => e.key === "Escape" && close()}>
    <header class="pane-head"><h2>Traffic <small>Slack ⇄ ${app.name}</small></h2>
      <button type="button" class="icon-button" aria-label="Close inspector" onClick=${close}><${Icon} name="close" /></button></header>
    <div class="inspector-bar">
      <input ref=${search} class="field" type="search" placeholder="Filter by method, id, text…" aria-label="Filter traffic" value=${typed} onInput=${(e) => setTyped(e.target.value)} />
      <div class="filters" role="group" aria-label="Show">${KINDS.map(([key, label, test]) => html`<button type="button" key=${key} class="filter" aria-pressed=${key === kind}
        onClick=${() => setKind(key)}>${label}${key === "bad" && traffic.some(test) ? html` <span class="filter-count">${traffic.filter(test).length}</span>` : ""}</button>`)}
        <button type="button" class="link" title="Hide what has passed so far" onClick=${() => set({ trafficFrom: state.traffic.at(-1)?.id ?? 0 })}>Clear</button></div>
      <${Faults} />
    </div>
    <div class="inspector-flow" ref=${box}><ol class="entries" aria-label="Traffic">${shown.map((e) => html`<${Entry} key=${e.id} entry=${e} />`)}</ol>
      ${shown.length === 0 && html`<p class="pick-none">${traffic.length ? "Nothing matches." : "Nothing yet. Type a command, press a button: every request and answer appears here."}</p>`}</div>
  </aside>`;
}
