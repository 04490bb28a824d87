// Hold what this tab knows, and redraw who looks at what changed.
import { useEffect, useReducer, useRef } from "./vendor-preact.js";

/** Tells this tab from others of the same person; it outlives a reload. */
export const TAB = sessionStorage.getItem("sandbox.tab") ?? Math.random().toString(36).slice(2);
sessionStorage.setItem("sandbox.tab", TAB);

/** A dialog stands in the tab in which it was asked for, and covers no other. */
const shownHere = (modals, tab) => (!tab || tab === TAB ? modals ?? [] : []);

/** Everything the page draws from. Replaced piece by piece through `set`, never mutated in place. */
export let state = {
  phase: "loading", // loading | live | lost | failed
  problem: null,
  me: null, // the acting person's id
  world: null, // the server's /sandbox/state
  people: new Map(),
  channels: new Map(), // channels and direct messages by id
  offset: 0, // story seconds ahead of this computer's clock
  place: { channel: null, tab: "messages" },
  thread: null, // {channel, ts} of the open thread
  pane: "list", // what a phone shows: list | main
  timelines: {}, // channel id -> {messages, newFrom}
  threads: {}, // "channel:ts" -> {messages}
  dismissed: new Set(), // private messages this tab has put away
  modals: [],
  home: null,
  traffic: [],
  trafficFrom: 0, // what the inspector shows has a greater id
  inspector: false,
  followedNow: null, // those that somebody has just followed, in whatever tab
  followed: null, // the places of the hint's lines that were followed, once known
  faults: [], // what is scripted to go wrong
  theme: "auto",
  sent: null, // {place} of what was last sent from here, a new object each time
  toasts: [],
};

const watchers = new Set();

export function set(changes) {
  state = { ...state, ...changes };
  for (const watcher of [...watchers]) watcher();
}

/** Redraw the calling component when what `select` picks is no longer the same object. */
export function useStore(select) {
  const [, redraw] = useReducer((n) => n + 1, 0);
  const chosen = select(state);
  const last = useRef();
  last.current = { select, chosen };
  useEffect(() => {
    const check = () => {
      if (last.current.select(state) !== last.current.chosen) redraw();
    };
    watchers.add(check);
    check();
    return () => watchers.delete(check);
  }, []);
  return chosen;
}

export const storyNow = () => Date.now() / 1000 + state.offset;
export const me = () => state.people.get(state.me);
export const zone = () => me()?.tz || "UTC";
export const useZone = () => useStore((s) => s.people.get(s.me)?.tz || "UTC");
export const threadKey = (channel, ts) => `${channel}:${ts}`;

/** The direct message between the acting person and the app, if there is one yet. */
export const appChannel = (s = state) =>
  s.world?.dms.find((d) => d.user === s.world.app.bot_user_id)?.id ?? null;

/** Take the server's whole state in; what was loaded of channels is stale from here on. */
export function takeWorld(world) {
  const channels = new Map([...world.channels, ...world.dms].map((c) => [c.id, c]));
  set({
    world,
    channels,
    people: new Map(world.people.map((p) => [p.id, p])),
    me: world.me.id,
    offset: world.clock.now - Date.now() / 1000,
    modals: shownHere(world.modals, world.modals_tab),
    home: world.home ?? null,
    faults: world.faults ?? [],
    phase: "live",
    problem: null,
  });
}

function upsert(messages, message) {
  const at = messages.findIndex((m) => m.ts === message.ts);
  if (at >= 0) return messages.map((m, n) => (n === at ? message : m));
  const after = messages.findIndex((m) => m.ts > message.ts);
  return after < 0 ? [...messages, message] : messages.toSpliced(after, 0, message);
}

export const isReply = (m) => Boolean(m.thread_ts && m.thread_ts !== m.ts);

/** The parent of a fresh reply counts it at once; the server's own count follows and wins. */
function countReply(messages, reply) {
  return messages.map((m) => {
    if (m.ts !== reply.thread_ts || reply.ephemeral || (m.latest_reply ?? "") >= reply.ts) return m;
    const author = reply.user ?? reply.bot_id;
    const users = m.reply_users ?? [];
    return {
      ...m,
      reply_count: (m.reply_count ?? 0) + 1,
      latest_reply: reply.ts,
      reply_users: users.includes(author) ? users : [...users, author],
    };
  });
}

function changeTimeline(channel, change) {
  const line = state.timelines[channel];
  if (line) set({ timelines: { ...state.timelines, [channel]: { ...line, messages: change(line.messages) } } });
}

function changeThread(key, change) {
  const thread = state.threads[key];
  if (thread) set({ threads: { ...state.threads, [key]: { ...thread, messages: change(thread.messages) } } });
}

function takeMessage(channel, message) {
  if (isReply(message)) {
    changeThread(threadKey(channel, message.thread_ts), (ms) => countReply(upsert(ms, message), message));
    changeTimeline(channel, (ms) => countReply(ms, message));
    if (message.subtype === "thread_broadcast") changeTimeline(channel, (ms) => upsert(ms, message));
    return;
  }
  changeTimeline(channel, (ms) => upsert(ms, message));
  changeThread(threadKey(channel, message.ts), (ms) => upsert(ms, message));
}

function dropMessage(channel, ts) {
  const without = (ms) => ms.filter((m) => m.ts !== ts);
  changeTimeline(channel, without);
  for (const key of Object.keys(state.threads)) if (key.startsWith(`${channel}:`)) changeThread(key, without);
}

function changeChannel(id, changes) {
  const known = state.channels.get(id);
  if (known) set({ channels: new Map(state.channels).set(id, { ...known, ...changes }) });
}

function takeChannel(channel) {
  const isDm = channel.is_im;
  const list = isDm ? state.world.dms : state.world.channels;
  const next = list.some((c) => c.id === channel.id)
    ? list.map((c) => (c.id === channel.id ? channel : c))
    : [...list, channel];
  set({
    channels: new Map(state.channels).set(channel.id, channel),
    world: { ...state.world, [isDm ? "dms" : "channels"]: next },
  });
}

/** Entries arrive twice when an ack completes them: the later one replaces the earlier. */
export function takeTraffic(entries) {
  const byId = new Map(state.traffic.map((e) => [e.id, e]));
  for (const entry of entries) byId.set(entry.id, entry);
  set({ traffic: [...byId.values()].sort((a, b) => a.id - b.id).slice(-500) });
}

/** One push of the live socket. Returns true when the whole state must be loaded again. */
export function takeEvent(event) {
  switch (event.type) {
    case "message":
    case "ephemeral":
      takeMessage(event.channel, event.type === "ephemeral" ? { ...event.message, ephemeral: true } : event.message);
      return false;
    case "message_deleted":
    case "ephemeral_deleted":
      dropMessage(event.channel, event.ts);
      return false;
    case "channel":
      takeChannel(event.channel);
      return false;
    case "unread":
      changeChannel(event.channel, { unread: event.unread, mentions: event.mentions });
      return false;
    case "modals":
      set({ modals: shownHere(event.modals, event.tab) });
      return false;
    case "home":
      set({ home: event.view });
      return false;
    case "clock":
      set({ offset: event.now - Date.now() / 1000 });
      return false;
    case "followed":
      set({ followedNow: event.lines });
      return false;
    case "faults":
      set({ faults: event.faults });
      return false;
    case "traffic":
      takeTraffic([event.entry]);
      return false;
    default:
      return event.type === "reset" || event.type === "people";
  }
}

let toastCount = 0;

/** Say something in the corner for a few seconds. */
export function toast(text) {
  toastCount += 1;
  const id = toastCount;
  set({ toasts: [...state.toasts, { id, text }] });
  setTimeout(() => set({ toasts: state.toasts.filter((t) => t.id !== id) }), 6000);
}
