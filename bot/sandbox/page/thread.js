// Show one thread beside its channel, with its own composer.
import { html } from "./vendor-preact.js";
import { Composer } from "./composer.js";
import { Icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { JumpDown, MessageList, useBelow, useJumpOnSend, useStickyBottom } from "./messages.js";
import { useFocusReturn } from "./popover.js";
import { closeThread } from "./route.js";
import { storyNow, threadKey, useStore } from "./store.js";

export function ThreadPane() {
  const open = useStore((s) => s.thread);
  const channel = useStore((s) => s.channels.get(open?.channel));
  const thread = useStore((s) => s.threads[threadKey(open.channel, open.ts)]);
  const dismissed = useStore((s) => s.dismissed);
  const other = useStore((s) => s.people.get(channel?.user));
  const messages = (thread?.messages ?? []).filter((m) => !dismissed.has(`${open.channel}:${m.ts}`));
  const [box, atBottom, toBottom] = useStickyBottom(thread?.messages, open.ts);
  const below = useBelow(messages, atBottom, open.ts);
  useJumpOnSend(threadKey(open.channel, open.ts), toBottom);
  const root = messages.filter((m) => m.ts === open.ts);
  const replies = messages.filter((m) => m.ts !== open.ts);
  const counted = replies.filter((m) => !m.ephemeral).length;
  useFocusReturn();
  const onKeyDown = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) closeThread();
  };
  return html`<aside class="thread" aria-label="Thread" onKeyDown=${onKeyDown}>
    <header class="pane-head"><button type="button" class="icon-button only-phone" aria-label="Back to the channel" onClick=${closeThread}><${Icon} name="back" /></button>
      <h2>Thread <small>${channel?.is_im ? nameOf(other) : `#${channel?.name ?? ""}`}</small></h2>
      <button type="button" class="icon-button not-phone" aria-label="Close thread" onClick=${closeThread}><${Icon} name="close" /></button></header>
    <div class="timeline-frame"><div class="timeline" ref=${box} role="log" aria-live="polite" aria-relevant="additions"><div class="thread-flow">
      <${MessageList} messages=${root} channel=${open.channel} label="Thread start" inThread=${true} dayKnown=${storyNow()} />
      ${counted > 0 && html`<div class="reply-line"><span>${counted} ${counted === 1 ? "reply" : "replies"}</span></div>`}
      <${MessageList} messages=${replies} channel=${open.channel} label="Replies" inThread=${true} dayKnown=${open.ts} />
      ${thread && root.length === 0 && html`<p class="pick-none">This message is gone.</p>`}</div></div>
      ${!atBottom && html`<${JumpDown} below=${below} onJump=${toBottom} />`}</div>
    ${channel && html`<${Composer} key=${open.ts} channel=${channel} thread=${open.ts} />`}
  </aside>`;
}
