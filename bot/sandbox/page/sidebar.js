// List where one can look: channels, direct messages and the app, with what is unread.
import { html, useState } from "./vendor-preact.js";
import { AppGlyph, Icon } from "./icons.js";
import { Hint } from "./hint.js";
import { nameOf } from "./mentions.js";
import { Avatar } from "./people.js";
import { openApp, openChannel, openDirect } from "./route.js";
import { useStore } from "./store.js";

function Row({ label, icon, face, unread = 0, mentions = 0, current, muted, onOpen, note }) {
  return html`<li><button type="button" class=${`row ${unread || mentions ? "is-unread" : ""} ${muted ? "is-muted" : ""}`}
      aria-current=${current ? "page" : undefined} onClick=${onOpen}>
    ${face ?? html`<span class="row-icon"><${Icon} name=${icon} size=${17} /></span>`}
    <span class="row-name">${label}</span>${note && html`<span class="row-note">${note}</span>`}
    ${mentions > 0 && html`<span class="badge" aria-label=${`${mentions} mentions`}>${mentions}</span>`}</button></li>`;
}

function Part({ title, children }) {
  const [open, setOpen] = useState(true);
  return html`<section class="side-part"><h3><button type="button" class="side-title" aria-expanded=${open} onClick=${() => setOpen(!open)}>
    <${Icon} name="chevron" size=${14} />${title}</button></h3>${open && html`<ul>${children}</ul>`}</section>`;
}

export function Sidebar() {
  const world = useStore((s) => s.world);
  const channels = useStore((s) => s.channels);
  const people = useStore((s) => s.people);
  const place = useStore((s) => s.place);
  const meId = useStore((s) => s.me);
  const bot = world.app.bot_user_id;
  const live = (list) => list.map((c) => channels.get(c.id) ?? c);
  const joined = live(world.channels).filter((c) => c.is_member && !c.is_archived);
  const others = live(world.channels).filter((c) => !c.is_member && !c.is_private && !c.is_archived);
  const dms = live(world.dms).filter((d) => d.user !== bot);
  const app = live(world.dms).find((d) => d.user === bot);
  const strangers = world.people.filter((p) => !p.is_bot && !p.deleted && p.id !== meId && !dms.some((d) => d.user === p.id));
  const row = (c, muted) => html`<${Row} key=${c.id} label=${c.name} icon=${c.is_private ? "lock" : "hash"} unread=${c.unread} mentions=${c.mentions}
    muted=${muted} current=${place.channel === c.id} onOpen=${() => openChannel(c.id)} />`;
  return html`<nav class="sidebar" aria-label="Workspace">
    <header class="side-head"><h1>${world.team.name}</h1></header>
    <div class="side-scroll">
      <div class="only-phone side-hint"><${Hint} /></div>
      <${Part} title="Channels">${joined.map((c) => row(c, false))}${others.map((c) => row(c, true))}<//>
      <${Part} title="Direct messages">
        ${dms.map((d) => html`<${Row} key=${d.id} label=${nameOf(people.get(d.user))} note=${d.user === meId ? "you" : null} face=${html`<${Avatar} person=${people.get(d.user)} size=${20} />`}
          unread=${d.unread} mentions=${d.mentions || d.unread} current=${place.channel === d.id} onOpen=${() => openChannel(d.id)} />`)}
        ${strangers.map((p) => html`<${Row} key=${p.id} label=${nameOf(p)} face=${html`<${Avatar} person=${p} size=${20} />`} muted=${true} onOpen=${() => openDirect(p.id)} />`)}
      <//>
      <${Part} title="Apps">
        <${Row} label=${world.app.name} face=${html`<span class="row-face"><${AppGlyph} size=${20} /></span>`} unread=${app?.unread} mentions=${app?.mentions || app?.unread}
          current=${Boolean(app) && place.channel === app.id} onOpen=${() => openApp(app?.unread ? "messages" : "home")} />
      <//>
    </div>
  </nav>`;
}
