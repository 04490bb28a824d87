// Show a conversation: days, groups, what is new, and staying at the bottom while it grows.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor-preact.js";
import { markRead } from "./api.js";
import { Icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { authorOf, Message } from "./message.js";
import { Mrkdwn } from "./mrkdwn.js";
import { Avatar } from "./people.js";
import { storyNow, useStore, useZone } from "./store.js";
import { dayName, isoDate } from "./time.js";
import { useMinute } from "./clock.js";

const GROUP_SECONDS = 300;

function joins(before, message, zone) {
  return Boolean(before) && !before.failed && authorOf(before).id === authorOf(message).id &&
    Boolean(before.ephemeral) === Boolean(message.ephemeral) && !message.ephemeral && !before.reply_count &&
    before.subtype === message.subtype && message.subtype !== "thread_broadcast" && before.username === message.username &&
    Number(message.ts) - Number(before.ts) < GROUP_SECONDS && isoDate(before.ts, zone) === isoDate(message.ts, zone);
}

/** Messages by day, with the "New" line between: [{day, at, rows: [{key, isNew?|message, joined}]}]. */
function daysOf(messages, zone, newFrom) {
  const days = [];
  let told = newFrom === null || newFrom === undefined;
  let before = null;
  for (const message of messages) {
    const day = isoDate(message.ts, zone);
    if (days.at(-1)?.day !== day) days.push({ day, at: message.ts, rows: [] });
    const { rows } = days.at(-1);
    if (!told && message.ts > newFrom && !message.ephemeral) {
      rows.push({ key: "new", isNew: true });
      told = true;
      before = null;
    }
    rows.push({ key: message.ts, message, joined: rows.length > 0 && joins(before, message, zone) });
    before = message;
  }
  return days;
}

const sizeOf = (el) => (el ? el.scrollHeight * 10000 + el.clientHeight : 0);

/** Keep a scroller at its bottom while it is there; returns [ref, atBottom, toBottom]. */
export function useStickyBottom(watched, reset) {
  const box = useRef();
  const stuck = useRef(true);
  const size = useRef(0);
  const [atBottom, setAtBottom] = useState(true);
  const toBottom = () => {
    const el = box.current;
    if (el) el.scrollTop = el.scrollHeight;
    size.current = sizeOf(el);
    stuck.current = true;
    setAtBottom(true);
  };
  useLayoutEffect(toBottom, [reset]);
  useLayoutEffect(() => {
    if (stuck.current) toBottom();
  }, [watched]);
  useEffect(() => {
    const el = box.current;
    const onScroll = () => {
      // The window or the text changed its size: that is not somebody scrolling away.
      if (stuck.current && sizeOf(el) !== size.current) return toBottom();
      stuck.current = el.scrollHeight - el.scrollTop - el.clientHeight < 40;
      return setAtBottom(stuck.current);
    };
    const grow = new ResizeObserver(() => stuck.current && toBottom());
    grow.observe(el);
    if (el.firstElementChild) grow.observe(el.firstElementChild);
    el.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      grow.disconnect();
      el.removeEventListener("scroll", onScroll);
    };
  }, [reset]);
  return [box, atBottom, toBottom];
}

/** What arrived below while the reader is further up: [{ephemeral?}], counted from when the end was last seen. */
export function useBelow(messages, atBottom, place) {
  const seen = useRef({});
  const newest = messages.at(-1)?.ts ?? "0";
  if (seen.current.place !== place || atBottom) seen.current = { place, upTo: newest };
  return messages.filter((m) => m.ts > seen.current.upTo);
}

/** The way back down, and what has arrived there meanwhile. */
export function JumpDown({ below, onJump }) {
  const mine = below.some((m) => m.ephemeral);
  const words = mine ? "An answer for you is below" : below.length ? `${below.length} new message${below.length > 1 ? "s" : ""}` : "Latest messages";
  return html`<button type="button" class=${`to-bottom ${below.length ? "is-news" : ""}`} onClick=${onJump}>
    ${mine && html`<${Icon} name="eye" size=${14} />`}${words} <${Icon} name="chevron" size=${14} /></button>`;
}

/** Whoever sends something wants to see it: the end comes back into view. */
export function useJumpOnSend(place, toBottom) {
  const sent = useStore((s) => s.sent);
  useEffect(() => {
    if (sent?.place === place) toBottom();
  }, [sent]);
}

/** Arrow keys walk from message to message. */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest?.('[role="listitem"]');
  if (!step || event.target !== row) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll('[role="listitem"]')];
  rows[rows.indexOf(row) + step]?.focus();
}

/** `dayKnown`: an instant whose day goes without saying (a thread's); a channel says every day. */
export function MessageList({ messages, channel, label, newFrom, inThread, dayKnown, children }) {
  const zone = useZone();
  useMinute();
  const now = storyNow();
  return html`<div role="list" aria-label=${label} class="message-list" onKeyDown=${walk}>
    ${children}
    ${daysOf(messages, zone, newFrom).map((day) => html`<div key=${day.day} class="day-group">
      ${(!dayKnown || day.day !== isoDate(dayKnown, zone)) && html`<div class="day-line"></div><div class="day" role="separator"><span>${dayName(day.at, now, zone)}</span></div>`}
      ${day.rows.map((row) => (row.isNew ? html`<div key="new" class="new-line" role="separator"><span>New</span></div>`
        : html`<${Message} key=${row.key} message=${row.message} channel=${channel} joined=${row.joined} inThread=${inThread}
            rove=${row.message === messages.at(-1)} />`))}</div>`)}</div>`;
}

function Beginning({ channel }) {
  const other = useStore((s) => s.people.get(channel.user));
  if (channel.is_im) {
    return html`<div class="beginning"><${Avatar} person=${other} size=${72} /><h2>${nameOf(other)}</h2>
      <p>This is the start of your conversation with <strong>${nameOf(other)}</strong>.</p></div>`;
  }
  return html`<div class="beginning"><span class="beginning-mark"><${Icon} name=${channel.is_private ? "lock" : "hash"} size=${34} /></span>
    <h2>${channel.name}</h2><p>This is where #${channel.name} begins. ${channel.topic && html`<${Mrkdwn} text=${channel.topic} />`}</p></div>`;
}

export function Timeline({ channel }) {
  const line = useStore((s) => s.timelines[channel.id]);
  const dismissed = useStore((s) => s.dismissed);
  const messages = (line?.messages ?? []).filter((m) => !(m.ephemeral && dismissed.has(`${channel.id}:${m.ts}`)));
  const [box, atBottom, toBottom] = useStickyBottom(line?.messages, channel.id);
  const below = useBelow(messages, atBottom, channel.id);
  useJumpOnSend(channel.id, toBottom);
  const newest = messages.at(-1)?.ts;
  const unread = channel.unread + channel.mentions;
  useEffect(() => {
    const read = () => atBottom && document.visibilityState === "visible" && newest && markRead(channel.id);
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [channel.id, newest, atBottom, unread]);
  return html`<div class="timeline-frame">
    <div class="timeline" ref=${box} role="log" aria-live="polite" aria-relevant="additions" aria-label=${`Conversation ${channel.name ?? ""}`}>
      <${MessageList} messages=${messages} channel=${channel.id} newFrom=${line?.newFrom}
        label=${channel.is_im ? "Messages" : `Messages in ${channel.name}`}>${line && html`<${Beginning} channel=${channel} />`}<//>
    </div>
    ${!atBottom && html`<${JumpDown} below=${below} onJump=${toBottom} />`}
  </div>`;
}
