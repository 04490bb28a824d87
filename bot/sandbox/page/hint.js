// Tell a newcomer in three lines what to try; an example in it is typed by one click.
import { html, useState } from "./vendor-preact.js";
import { writeInComposer } from "./composer.js";
import { Icon } from "./icons.js";
import { Mrkdwn } from "./mrkdwn.js";
import { set, state, toast, useStore } from "./store.js";

const SEEN = "sandbox.hint-closed";

/** An example that starts with a command or a mention can be taken into the composer. */
function take(event) {
  const code = event.target.closest("code");
  if (!code || !/^[/@]/.test(code.textContent)) return;
  set({ pane: "main", place: { ...state.place, tab: "messages" } });
  setTimeout(() => writeInComposer(code.textContent) || toast("To write, join this channel or open one you are in."), 0);
}

export function Hint() {
  const lines = useStore((s) => s.world.hint);
  const [closed, setClosed] = useState(localStorage.getItem(SEEN) === lines?.join("\n"));
  if (closed || !lines?.length) return null;
  const close = () => {
    localStorage.setItem(SEEN, lines.join("\n"));
    setClosed(true);
  };
  return html`<section class="hint" aria-label="What to try" onClick=${take}>
    <ol>${lines.map((line) => html`<li><${Mrkdwn} text=${line} /></li>`)}</ol>
    <button type="button" class="icon-button" aria-label="Close the hint" onClick=${close}><${Icon} name="close" size=${16} /></button>
  </section>`;
}
