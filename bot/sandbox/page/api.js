// Speak with the sandbox's server: load, gesture, listen. Nobody else fetches.
import { TAB, isReply, set, state, takeEvent, takeTraffic, takeWorld, threadKey } from "./store.js";

async function get(path, query = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(body?.error || `${path} answered ${answer.status}`);
  return body;
}

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const json = await answer.json().catch(() => null);
    if (json && typeof json === "object") return { ok: answer.ok, ...json };
    return { ok: false, error: `The sandbox answered ${answer.status}.` };
  } catch {
    return { ok: false, error: "The sandbox does not answer. Is it still running?" };
  }
}

/** Do something as the acting person. Never throws: {ok, error?, errors?}. */
export const gesture = (name, fields = {}) => post("/sandbox/gesture", { as: state.me, tab: TAB, gesture: name, ...fields });

export async function advance(seconds) {
  const answer = await post("/sandbox/clock", { advance: seconds });
  if (answer.now) set({ offset: answer.now - Date.now() / 1000 });
  return answer;
}

/** What shall go wrong from now on, in place of what was to. The socket tells every page of it. */
export const setFaults = (faults) => post("/sandbox/faults", { faults });

// What the socket said lately. A load that was under way meanwhile may have missed it, so it is told again.
const heard = [];
let heardCount = 0;

function hear(event) {
  heard.push(event);
  heardCount += 1;
  if (heard.length > 200) heard.shift();
  return takeEvent(event);
}

function tellAgain(mark) {
  const missed = heardCount - mark;
  if (missed > 0) for (const event of heard.slice(-missed)) takeEvent(event);
}

export async function loadTimeline(channel) {
  const as = state.me;
  const mark = heardCount;
  const { messages } = await get("/sandbox/messages", { as, channel });
  if (state.me !== as) return;
  const known = state.timelines[channel];
  const about = state.channels.get(channel);
  const newFrom = known ? known.newFrom : about?.unread ? about.last_read : null;
  set({ timelines: { ...state.timelines, [channel]: { messages, newFrom } } });
  tellAgain(mark);
}

export async function loadThread(channel, ts) {
  const as = state.me;
  const mark = heardCount;
  const { messages } = await get("/sandbox/messages", { as, channel, thread_ts: ts });
  if (state.me !== as) return;
  set({ threads: { ...state.threads, [threadKey(channel, ts)]: { messages } } });
  tellAgain(mark);
}

export async function loadTraffic() {
  const { entries } = await get("/sandbox/traffic");
  takeTraffic(entries);
}

/** Load the whole state as a person, and what is open of it. */
export async function loadWorld(as) {
  const mark = heardCount;
  const world = await get("/sandbox/state", as ? { as } : {});
  const sameMe = state.me === world.me.id;
  if (!sameMe) set({ timelines: {}, threads: {}, dismissed: new Set(), thread: null });
  takeWorld(world);
  const { place, thread } = state;
  const loads = [];
  if (sameMe) {
    // What is not on the screen is forgotten, and loads afresh when it is looked at.
    const open = state.timelines[place.channel];
    set({ timelines: open ? { [place.channel]: open } : {}, threads: {} });
  }
  if (place.channel && state.channels.has(place.channel)) loads.push(loadTimeline(place.channel));
  if (thread) loads.push(loadThread(thread.channel, thread.ts));
  await Promise.all(loads);
  tellAgain(mark);
}

let socket = null;
let waits = 0;

// What arrives within one frame of the screen is drawn together: drawing it piece by piece takes its square in time.
const FRAME = 16; // milliseconds

/** Listen as a person, and come back by itself when the line drops: then everything is loaded again. */
export function listen(as) {
  socket?.retire();
  let retired = false;
  let arrived = [];
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const live = new WebSocket(`${scheme}://${location.host}/sandbox/live?as=${encodeURIComponent(as)}`);
  socket = {
    retire() {
      retired = true;
      live.close();
    },
  };
  live.onopen = async () => {
    // Only now: what happened between the last load and this line being open would be lost otherwise.
    try {
      await loadWorld(as);
      waits = 0;
      // A server that was started anew counts from one again.
      set({ traffic: [], trafficFrom: 0 });
      if (state.inspector) await loadTraffic();
    } catch (problem) {
      set({ phase: "lost", problem: problem.message });
      live.close();
    }
  };
  const hearAll = () => {
    const events = arrived;
    arrived = [];
    if (retired || !state.world) return;
    if (events.map(hear).includes(true)) loadWorld(as).catch(() => live.close());
  };
  live.onmessage = ({ data }) => {
    if (arrived.push(JSON.parse(data)) === 1) setTimeout(hearAll, FRAME);
  };
  live.onclose = () => {
    if (retired) return;
    set({ phase: state.world ? "lost" : "failed", problem: "The sandbox does not answer. Trying again…" });
    waits += 1;
    setTimeout(() => !retired && listen(as), Math.min(500 * 1.7 ** waits, 5000));
  };
}

/** Tell the server this person has seen a channel up to its newest message. */
export function markRead(channel) {
  const about = state.channels.get(channel);
  const newest = state.timelines[channel]?.messages.filter((m) => !m.ephemeral && !isReply(m)).at(-1)?.ts;
  if (!about || !newest || (!about.unread && !about.mentions)) return;
  set({ channels: new Map(state.channels).set(channel, { ...about, unread: 0, mentions: 0 }) });
  gesture("read", { channel, ts: newest });
}
