// Go places: who acts and where they look, kept in the address so that two tabs can be two people.
import { gesture, listen, loadThread, loadTimeline, loadWorld } from "./api.js";
import { appChannel, set, state, threadKey, toast } from "./store.js";

const LAST_PERSON = "sandbox.person";

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  return {
    as: query.get("as") || localStorage.getItem(LAST_PERSON),
    channel: query.get("in"),
    tab: query.get("tab") || "messages",
    thread: query.get("thread"),
  };
}

function writeAddress() {
  const query = new URLSearchParams({ as: state.me });
  if (state.place.channel) query.set("in", state.place.channel);
  if (state.place.tab !== "messages") query.set("tab", state.place.tab);
  if (state.thread) query.set("thread", state.thread.ts);
  history.replaceState(null, "", `#${query}`);
  localStorage.setItem(LAST_PERSON, state.me);
}

export async function openThread(channel, ts) {
  // Where there is no room for both, what was asked for last is on top.
  const inspector = state.inspector && matchMedia("(min-width: 1280px)").matches;
  set({ thread: { channel, ts }, pane: "main", inspector });
  writeAddress();
  if (!state.threads[threadKey(channel, ts)]) await loadThread(channel, ts).catch((e) => toast(e.message));
}

export function closeThread() {
  set({ thread: null });
  writeAddress();
}

/** Show a channel or direct message; `tab` is "home" or "messages" for the app's own. */
export async function openChannel(channel, tab = "messages") {
  const left = state.place.channel;
  if (left && left !== channel && state.timelines[left]) {
    set({ timelines: { ...state.timelines, [left]: { ...state.timelines[left], newFrom: null } } });
  }
  const about = state.channels.get(channel);
  const known = state.timelines[channel];
  if (known && about?.unread) {
    set({ timelines: { ...state.timelines, [channel]: { ...known, newFrom: about.last_read } } });
  }
  set({
    place: { channel, tab },
    pane: "main",
    thread: state.thread?.channel === channel ? state.thread : null,
  });
  writeAddress();
  if (tab === "home") gesture("open_home").then((a) => a.ok || toast(a.error));
  if (!known) await loadTimeline(channel).catch((e) => toast(e.message));
}

export const showList = () => set({ pane: "list" });

/** Open the direct message with someone, made on the spot when there is none. */
export async function openDirect(user, tab = "messages") {
  const known = state.world.dms.find((d) => d.user === user);
  const isApp = user === state.world.app.bot_user_id;
  if (known && isApp && tab === "messages") gesture("open_dm", { user }); // the app hears that its tab is looked at
  if (known) return openChannel(known.id, tab);
  const answer = await gesture("open_dm", { user });
  const id = typeof answer.channel === "string" ? answer.channel : answer.channel?.id;
  if (!answer.ok || !id) return toast(answer.error || "That direct message could not be opened.");
  if (!state.channels.has(id)) {
    const channel = typeof answer.channel === "object" ? answer.channel : { id, is_im: true, user, members: [] };
    set({
      channels: new Map(state.channels).set(id, channel),
      world: { ...state.world, dms: [...state.world.dms, channel] },
    });
  }
  return openChannel(id, tab);
}

export const openApp = (tab) => openDirect(state.world.app.bot_user_id, tab);

/** Where to look first: what the address says, else what is unread, else where something was said last. */
function landing(wanted) {
  if (wanted.channel && state.channels.has(wanted.channel)) return wanted.channel;
  const joined = state.world.channels.filter((c) => c.is_member && !c.is_archived);
  const newest = joined.toSorted((a, b) => b.latest - a.latest)[0];
  return (joined.find((c) => c.unread) ?? newest)?.id ?? appChannel();
}

/** Become another person in this tab. */
export function actAs(person) {
  const { place } = state;
  location.hash = new URLSearchParams({ as: person, ...(place.channel && { in: place.channel }) });
  begin();
}

/** Start (again) from what the address says. */
export async function begin() {
  const wanted = readAddress();
  try {
    await loadWorld(wanted.as);
  } catch (problem) {
    set({ phase: "failed", problem: problem.message });
    setTimeout(begin, 1500);
    return;
  }
  const narrow = matchMedia("(max-width: 760px)").matches;
  const pane = narrow && !wanted.channel ? "list" : "main";
  const channel = landing(wanted);
  if (channel) await openChannel(channel, channel === appChannel() ? wanted.tab : "messages");
  if (channel && channel === wanted.channel && wanted.thread) await openThread(channel, wanted.thread);
  set({ pane });
  listen(state.me);
}
