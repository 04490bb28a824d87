// Put the page together and start it.
import { html, render, useEffect } from "./vendor-preact.js";
import { StoryClock } from "./clock.js";
import { Composer } from "./composer.js";
import { Hint } from "./hint.js";
import { Home } from "./home.js";
import { AppGlyph, Icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { nameOf } from "./mentions.js";
import { Timeline } from "./messages.js";
import { Modals } from "./modal.js";
import { Mrkdwn } from "./mrkdwn.js";
import { ActAs, Avatar } from "./people.js";
import { begin, openChannel, showList } from "./route.js";
import { set, state, useStore } from "./store.js";
import { Sidebar } from "./sidebar.js";
import { ThreadPane } from "./thread.js";

const THEME = "sandbox.theme";

/** "auto" follows the system; the button pins the other one. */
function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  set({ theme });
}

function ThemeButton() {
  useStore((s) => s.theme);
  const dark = state.theme === "dark" || (state.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const turn = () => {
    const next = dark ? "light" : "dark";
    localStorage.setItem(THEME, next);
    applyTheme(next);
  };
  const label = dark ? "Switch to light" : "Switch to dark";
  return html`<button type="button" class="bar-button" aria-label=${label} title=${label} onClick=${turn}><${Icon} name=${dark ? "sun" : "moon"} /></button>`;
}

function Bar() {
  const bad = useStore((s) => s.traffic.filter((e) => e.unknown || e.status === "error").length);
  const open = useStore((s) => s.inspector);
  return html`<div class="bar" role="banner">
    <${StoryClock} />
    <div class="bar-end">
      <button type="button" class="bar-button" aria-pressed=${open} aria-label="Traffic inspector" title="Traffic inspector" onClick=${() => set({ inspector: !state.inspector })}>
        <${Icon} name="traffic" />${bad > 0 && html`<span class="bar-dot" aria-label=${`${bad} errors`}></span>`}</button>
      <${ThemeButton} />
      <${ActAs} />
    </div>
  </div>`;
}

function Tabs({ channel, tab }) {
  const one = (key, label) => html`<button type="button" role="tab" class="tab" aria-selected=${tab === key} onClick=${() => openChannel(channel.id, key)}>${label}</button>`;
  return html`<div class="tabs" role="tablist" aria-label="App">${one("home", "Home")}${one("messages", "Messages")}</div>`;
}

function Head({ channel, isApp, tab }) {
  const other = useStore((s) => s.people.get(channel.user));
  const people = useStore((s) => s.people);
  const app = useStore((s) => s.world.app);
  const members = (channel.members ?? []).map((id) => people.get(id)).filter(Boolean);
  const title = channel.is_im ? (isApp ? app.name : nameOf(other)) : channel.name;
  return html`<header class="main-head">
    <div class="main-title"><button type="button" class="icon-button only-phone" aria-label="Back to channels" onClick=${showList}><${Icon} name="back" /></button>
      <h2>${channel.is_im ? (isApp ? html`<${AppGlyph} size=${24} />` : html`<${Avatar} person=${other} size=${24} />`) : html`<${Icon} name=${channel.is_private ? "lock" : "hash"} size=${17} />`}
        <span>${title}</span>${isApp && html`<span class="app-badge">APP</span>`}</h2>
      ${!channel.is_im && channel.topic && html`<span class="topic"><${Mrkdwn} text=${channel.topic} /></span>`}
      ${!channel.is_im && html`<span class="members" title=${members.map(nameOf).join(", ")} aria-label=${`${members.length} members`}>
        ${members.slice(0, 3).map((p) => html`<${Avatar} key=${p.id} person=${p} size=${22} />`)}<span>${members.length}</span></span>`}
    </div>
    ${isApp && html`<${Tabs} channel=${channel} tab=${tab} />`}
  </header>`;
}

function Main() {
  const place = useStore((s) => s.place);
  const channel = useStore((s) => s.channels.get(s.place.channel));
  const bot = useStore((s) => s.world.app.bot_user_id);
  const meId = useStore((s) => s.me);
  if (!channel) return html`<main class="main"><p class="pick-none">Choose a channel.</p></main>`;
  const isApp = channel.user === bot;
  return html`<main class="main" aria-label=${channel.is_im ? "Direct message" : `Channel ${channel.name}`}>
    <${Head} channel=${channel} isApp=${isApp} tab=${place.tab} />
    ${isApp && place.tab === "home" ? html`<${Home} key=${meId} />`
      : html`<div class="not-phone"><${Hint} /></div><${Timeline} key=${channel.id} channel=${channel} /><${Composer} key=${`${meId}${channel.id}`} channel=${channel} />`}
  </main>`;
}

function useTitle() {
  const channels = useStore((s) => s.channels);
  const place = useStore((s) => s.place);
  const meId = useStore((s) => s.me);
  useEffect(() => {
    const waiting = [...channels.values()].reduce((n, c) => n + (c.is_im ? c.unread || 0 : c.mentions || 0), 0);
    const here = channels.get(place.channel);
    const name = here?.is_im ? nameOf(state.people.get(here.user)) : here?.name;
    document.title = `${waiting ? `(${waiting}) ` : ""}${name ?? "Sandbox"} · ${nameOf(state.people.get(meId))}`;
  }, [channels, place, meId]);
}

function Toasts() {
  const toasts = useStore((s) => s.toasts);
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.map((t) => html`<div key=${t.id} class="toast">${t.text}</div>`)}</div>`;
}

function Page() {
  const phase = useStore((s) => s.phase);
  const problem = useStore((s) => s.problem);
  const world = useStore((s) => s.world);
  const thread = useStore((s) => s.thread);
  const pane = useStore((s) => s.pane);
  const tab = useStore((s) => s.place.tab);
  const inspector = useStore((s) => s.inspector);
  useTitle();
  if (!world) return html`<div class="splash" role="status"><${AppGlyph} size=${56} /><p>${problem ?? "Opening the workspace…"}</p></div>`;
  return html`<div class="page" data-pane=${pane} data-thread=${thread && tab !== "home" ? "open" : "closed"}>
    <${Bar} />
    ${phase === "lost" && html`<div class="lost" role="alert">${problem ?? "The line dropped. Trying again…"}</div>`}
    <div class="columns"><${Sidebar} /><${Main} />${thread && tab !== "home" && html`<${ThreadPane} key=${`${thread.channel}${thread.ts}`} />`}${inspector && html`<${Inspector} />`}</div>
    <${Modals} /><${Toasts} />
  </div>`;
}

applyTheme(localStorage.getItem(THEME) ?? "auto");
window.addEventListener("hashchange", () => {
  const as = new URLSearchParams(location.hash.slice(1)).get("as");
  if (as && as !== state.me) begin();
});
render(html`<${Page} />`, document.getElementById("page"));
begin();
