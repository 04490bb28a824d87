// Draw one message: who, when, what, and everything people can do with it.
import { html, useRef, useState } from "./vendor-preact.js";
import { gesture } from "./api.js";
import { Blocks } from "./blocks.js";
import { Image } from "./elements.js";
import { emojiFor } from "./emoji.js";
import { Icon } from "./icons.js";
import { nameOf, namesOf, safeUrl, SafeLink } from "./mentions.js";
import { Mrkdwn } from "./mrkdwn.js";
import { Avatar } from "./people.js";
import { MenuButton } from "./popover.js";
import { openDirect, openThread } from "./route.js";
import { isReply, set, state, storyNow, toast, useStore, useZone } from "./store.js";
import { clockTime, longMoment, replyMoment } from "./time.js";
import { useSurface } from "./values.js";

/** Who a message is from, as a person; apps without a user of their own still get a name. */
export function authorOf(message) {
  const person = state.people.get(message.user);
  if (person && !message.username) return person;
  const app = state.world?.app;
  if (message.username) return { id: message.bot_id ?? "", name: message.username, display_name: message.username, is_bot: true };
  if (message.bot_id || message.app_id) return { ...state.people.get(app.bot_user_id), id: app.bot_user_id, display_name: app.name, is_bot: true };
  return { id: "", name: message.user === "USLACKBOT" ? "Slackbot" : message.user ?? "someone" };
}

function Attachment({ of, surface }) {
  const color = /^#?[0-9a-f]{6}$/i.test(of.color ?? "") ? `#${of.color.replace("#", "")}` : { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[of.color];
  const title = of.title && html`<strong>${of.title_link ? html`<${SafeLink} url=${of.title_link}>${of.title}<//>` : of.title}</strong>`;
  return html`<div class="attachment" style=${color ? { borderLeftColor: color } : {}}>
    ${of.pretext && html`<div class="text"><${Mrkdwn} text=${of.pretext} /></div>`}
    ${of.author_name && html`<small>${of.author_name}</small>`}${title && html`<div>${title}</div>`}
    ${of.blocks ? html`<${Blocks} blocks=${of.blocks} surface=${surface} />` : of.text && html`<div class="text"><${Mrkdwn} text=${of.text} /></div>`}
    ${of.fields && html`<div class="fields">${of.fields.map((f) => html`<div><strong>${f.title}</strong><div class="text"><${Mrkdwn} text=${f.value} /></div></div>`)}</div>`}
    ${of.image_url && html`<${Image} of=${{ image_url: of.image_url, alt_text: of.fallback }} className="image" />`}
    ${of.footer && html`<small>${of.footer}</small>`}</div>`;
}

function File({ file }) {
  const url = safeUrl(file.url_private ?? `/sandbox/file/${encodeURIComponent(file.id)}`);
  const name = file.title || file.name || "file";
  if (file.mimetype?.startsWith("image/") && url) {
    return html`<figure class="image-block"><figcaption>${name}</figcaption><img class="image" src=${url} alt=${file.alt_txt || name} loading="lazy" /></figure>`;
  }
  const kind = (file.pretty_type || file.filetype || file.mimetype || "").toUpperCase();
  const size = file.size ? `${Math.max(1, Math.round(file.size / 1024))} kB` : "";
  return html`<a class="file" href=${url} target="_blank" rel="noopener noreferrer"><${Icon} name="file" size=${28} />
    <span><strong>${name}</strong><small>${[kind, size].filter(Boolean).join(" · ")}</small></span></a>`;
}

function Reactions({ message, channel }) {
  const meId = useStore((s) => s.me);
  if (!message.reactions?.length) return null;
  return html`<div class="reactions">${message.reactions.map((r) => html`<button type="button" key=${r.name} class="reaction"
    aria-pressed=${r.users.includes(meId)} title=${`${namesOf(r.users)} reacted with :${r.name}:`} aria-label=${`${r.name}, ${r.count}`}
    onClick=${() => react(channel, message.ts, r.name)}><span class="emoji">${emojiFor(r.name) ?? `:${r.name}:`}</span> ${r.count}</button>`)}</div>`;
}

async function react(channel, ts, name) {
  const answer = await gesture("react", { channel, ts, name });
  if (!answer.ok) toast(answer.error);
}

function ThreadBar({ message, channel }) {
  const zone = useZone();
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const faces = (message.reply_users ?? []).slice(0, 4);
  return html`<button type="button" class="thread-bar" onClick=${() => openThread(channel, message.ts)}>
    ${faces.map((id) => html`<${Avatar} key=${id} person=${state.people.get(id) ?? authorOf({ bot_id: id })} size=${22} />`)}
    <span class="thread-count">${count} ${count === 1 ? "reply" : "replies"}</span>
    ${message.latest_reply && html`<span class="thread-last">Last reply ${replyMoment(message.latest_reply, storyNow(), zone)}</span>`}
    <span class="thread-view">View thread</span><${Icon} name="chevron" size=${14} /></button>`;
}

const QUICK = ["white_check_mark", "eyes", "raised_hands"];

function Tools({ message, channel, inThread }) {
  const shortcuts = useStore((s) => s.world.shortcuts);
  const thread = () => openThread(channel, message.thread_ts ?? message.ts);
  const run = async (shortcut) => {
    const answer = await gesture("message_shortcut", { callback_id: shortcut.callback_id, channel, ts: message.ts });
    if (!answer.ok) toast(answer.error);
  };
  const items = () => [
    ...(inThread ? [] : [{ label: "Reply in thread", icon: "reply", onPick: thread }]),
    { label: "Copy text", icon: "copy", onPick: () => navigator.clipboard?.writeText(message.text ?? "") },
    ...shortcuts.filter((s) => s.type === "message").map((s) => ({ label: s.name, hint: state.world.app.name, icon: "bolt", onPick: () => run(s) })),
  ];
  return html`<div class="tools" role="toolbar" aria-label="Message actions">
    ${QUICK.map((name) => html`<button type="button" key=${name} class="tool tool-quick" aria-label=${`React with ${name}`} title=${`:${name}:`} onClick=${() => react(channel, message.ts, name)}>${emojiFor(name)}</button>`)}
    ${!inThread && html`<button type="button" class="tool" aria-label="Reply in thread" title="Reply in thread" onClick=${thread}><${Icon} name="reply" /></button>`}
    <${MenuButton} label="More actions" className="tool" items=${items} align="end"><${Icon} name="dots" /><//></div>`;
}

function Broadcast({ message, channel, inThread }) {
  if (message.subtype !== "thread_broadcast") return null;
  if (inThread) return html`<div class="message-note"><${Icon} name="hash" size=${12} /> Also sent to the channel</div>`;
  const root = state.timelines[channel]?.messages.find((m) => m.ts === message.thread_ts);
  // Links become their words; dates stay, each reader has their own. The window's edge cuts it.
  const snippet = (root?.text ?? message.root?.text ?? "").replace(/<(?!!date)[^|>]+\|([^>]+)>/g, "$1").replace(/\n[\s\S]*/, "");
  return html`<div class="message-note"><${Icon} name="reply" size=${13} /> <span>replied to a thread: </span>
    <button type="button" class="link" onClick=${() => openThread(channel, message.thread_ts)}>${snippet ? html`<${Mrkdwn} text=${snippet} />` : "the thread"}</button></div>`;
}

function Body({ message, surface }) {
  if (message.failed) {
    return html`<div class="message-failed" role="alert"><${Icon} name="warn" size=${15} /> <span>${String(message.failed)}</span></div>`;
  }
  if (message.blocks?.length) return html`<${Blocks} blocks=${message.blocks} surface=${surface} />`;
  return message.text ? html`<div class=${`text ${message.subtype?.startsWith("channel_") ? "text-system" : ""}`}><${Mrkdwn} text=${message.text} /></div>` : null;
}

/** `joined`: drawn under the one before without its own head. `rove` makes it the list's one Tab stop. */
export function Message({ message, channel, joined, inThread, rove }) {
  const zone = useZone();
  const [near, setNear] = useState(false);
  const row = useRef();
  const blocks = [...(message.blocks ?? []), ...(message.attachments ?? []).flatMap((a) => a.blocks ?? [])];
  const surface = useSurface({
    kind: "message", blocks, here: channel,
    send: (block, el, fields, values) =>
      gesture("click", { channel, ts: message.ts, block_id: block.block_id, action_id: el.action_id, ...fields, state: values }),
  });
  const author = authorOf(message);
  const time = clockTime(message.ts, zone);
  const headed = !joined;
  const dismiss = () => set({ dismissed: new Set(state.dismissed).add(`${channel}:${message.ts}`) });
  const leave = (event) => !row.current?.contains(event.relatedTarget) && setNear(false);
  return html`<div ref=${row} role="listitem" data-ts=${message.ts} tabindex=${rove ? 0 : -1}
      class=${`message ${joined ? "is-joined" : ""} ${message.ephemeral ? "is-private" : ""} ${surface.busy ? "is-waiting" : ""}`}
      onPointerEnter=${() => setNear(true)} onPointerLeave=${() => row.current?.contains(document.activeElement) || setNear(false)}
      onFocusIn=${() => setNear(true)} onFocusOut=${leave}>
    <div class="gutter">${headed ? html`<${Avatar} person=${author} size=${36} />` : html`<time class="gutter-time" aria-hidden="true">${time}</time>`}</div>
    <div class="message-body">
      ${message.ephemeral && html`<div class="message-note"><${Icon} name="eye" size=${14} /> Only visible to you</div>`}
      ${headed && html`<div class="message-head"><button type="button" class="author" onClick=${() => author.id && openDirect(author.id)}>${nameOf(author)}</button>
        ${author.is_bot && html`<span class="app-badge">APP</span>`}<time class="when" title=${longMoment(message.ts, zone)}>${time}</time></div>`}
      <${Broadcast} message=${message} channel=${channel} inThread=${inThread} />
      <${Body} message=${message} surface=${surface} />
      ${message.edited && html`<span class="edited">(edited)</span>`}
      ${(message.attachments ?? []).map((a) => html`<${Attachment} of=${a} surface=${surface} />`)}
      ${(message.files ?? []).map((f) => html`<${File} key=${f.id} file=${f} />`)}
      ${surface.problem && html`<div class="message-problem" role="alert"><${Icon} name="warn" size=${15} /><span>${surface.problem}</span>
        <button type="button" class="link" onClick=${surface.forgive}>Dismiss</button></div>`}
      <${Reactions} message=${message} channel=${channel} />
      ${!inThread && !isReply(message) && html`<${ThreadBar} message=${message} channel=${channel} />`}
      ${message.ephemeral && html`<button type="button" class="link dismiss" onClick=${dismiss}>Dismiss message</button>`}
    </div>
    ${near && !message.ephemeral && html`<${Tools} message=${message} channel=${channel} inThread=${inThread} />`}
  </div>`;
}
