// Let things go wrong between Slack and the app: what is scripted to, one more, or none.
import { html, useState } from "./vendor-preact.js";
import { setFaults } from "./api.js";
import { Icon } from "./icons.js";
import { state, toast, useStore } from "./store.js";

const EXAMPLES = ["*", "chat.postMessage", "chat.update", "views.open", "response_url", "slash_commands", "interactive", "events_api", "block_actions", "view_submission"];

const spoken = (effect) => effect.replaceAll("_", " ");
const often = (times) => (times === null ? "always" : times === 1 ? "once" : `${times} times`);

async function put(faults) {
  const answer = await setFaults(faults);
  if (!answer.ok) toast(answer.error);
  return answer.ok;
}

function Add() {
  const effects = useStore((s) => s.world.fault_effects ?? []);
  const [match, setMatch] = useState("");
  const [effect, setEffect] = useState(effects[0]);
  const [always, setAlways] = useState(false);
  const add = async (event) => {
    event.preventDefault();
    const seconds = ["slow", "delay"].includes(effect) ? { seconds: 4 } : {};
    if (await put([...state.faults, { match: match.trim() || "*", effect, times: always ? null : 1, ...seconds }])) setMatch("");
  };
  return html`<form class="fault-form" onSubmit=${add}>
    <input class="field" list="fault-matches" placeholder="chat.postMessage, block_actions, * …" aria-label="What goes wrong" value=${match} onInput=${(e) => setMatch(e.target.value)} />
    <datalist id="fault-matches">${EXAMPLES.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    <select class="field" aria-label="How it goes wrong" value=${effect} onChange=${(e) => setEffect(e.target.value)}>
      ${effects.map((name) => html`<option key=${name} value=${name}>${spoken(name)}</option>`)}</select>
    <label class="choice"><input type="checkbox" checked=${always} onChange=${(e) => setAlways(e.target.checked)} /><span>always</span></label>
    <button type="submit" class="button">Add</button>
  </form>`;
}

export function Faults() {
  const faults = useStore((s) => s.faults);
  const drop = (n) => put(faults.filter((_, at) => at !== n));
  return html`<details class="faults"><summary>Faults${faults.length > 0 && html` <span class="filter-count">${faults.length}</span>`}</summary>
    <ul aria-label="Faults">${faults.map((f, n) => html`<li class="fault" key=${n}>
      <span><code>${f.match}</code> ${spoken(f.effect)} <small>${often(f.times)}${f.probability < 1 ? `, ${Math.round(f.probability * 100)} %` : ""}</small></span>
      <button type="button" class="icon-button" aria-label=${`Drop the fault of ${f.match}`} onClick=${() => drop(n)}><${Icon} name="close" size=${14} /></button></li>`)}</ul>
    ${faults.length > 0 && html`<button type="button" class="link" onClick=${() => put([])}>Clear all faults</button>`}
    <${Add} /></details>`;
}
