// Tell a newcomer in three lines what to try; an example in it is typed by one click. What was followed is struck out.
import { html, useEffect } from "./vendor-preact.js";
import { writeInComposer } from "./composer.js";
import { Icon } from "./icons.js";
import { Mrkdwn } from "./mrkdwn.js";
import { set, state, toast, useStore } from "./store.js";
import { dismiss, follow, recall } from "./tips.js";

/** An example that starts with a command or a mention can be taken into the composer. */
function take(event) {
  const code = event.target.closest("code");
  if (!code || !/^[/@]/.test(code.textContent)) return;
  set({ pane: "main", place: { ...state.place, tab: "messages" } });
  setTimeout(() => writeInComposer(code.textContent) || toast("To write, join this channel or open one you are in."), 0);
}

export function Hint() {
  const lines = useStore((s) => s.world.hint);
  const followed = useStore((s) => s.followed);
  const now = useStore((s) => s.followedNow);
  useEffect(recall, [lines]);
  useEffect(() => now && follow(now), [now]);
  if (!followed || lines.every((_, n) => followed.includes(n))) return null;
  return html`<section class="hint" aria-label="What to try" onClick=${take}>
    <ol>${lines.map(({ text }, n) => html`<li>${followed.includes(n) ? html`<s><${Mrkdwn} text=${text} /></s>` : html`<${Mrkdwn} text=${text} />`}</li>`)}</ol>
    <button type="button" class="icon-button" aria-label="Close the hint" onClick=${dismiss}><${Icon} name="close" size=${16} /></button>
  </section>`;
}
