// Draw the live words inside text: people, channels, groups, dates and links.
import { html } from "./vendor-preact.js";
import { Icon } from "./icons.js";
import { openChannel, openDirect } from "./route.js";
import { state, storyNow, toast, useStore, useZone } from "./store.js";
import { fillDate, longMoment } from "./time.js";

export const nameOf = (person) => person?.display_name || person?.real_name || person?.name || "someone";

export function PersonChip({ id, label }) {
  const person = useStore((s) => s.people.get(id));
  const mine = useStore((s) => s.me === id);
  const words = `@${person ? nameOf(person) : label || id}`;
  return html`<button type="button" class=${`chip ${mine ? "chip-me" : ""}`} onClick=${() => openDirect(id)}>${words}</button>`;
}

export function ChannelChip({ id, name, label }) {
  const known = useStore((s) =>
    id ? s.channels.get(id) : s.world?.channels.find((c) => c.name === name));
  if (!known && name) return `#${name}`;
  if (!known) return html`<span class="chip chip-dead">${label ? `#${label}` : "private channel"}</span>`;
  const visit = () => (known.is_member || !known.is_private ? openChannel(known.id) : toast("You are not in that channel."));
  return html`<button type="button" class="chip" onClick=${visit}>${known.is_private ? html`<${Icon} name="lock" size=${13} />` : "#"}${known.name}</button>`;
}

export function GroupChip({ id, label }) {
  const group = useStore((s) => s.world?.groups.find((g) => g.id === id));
  const mine = useStore((s) => group?.users.includes(s.me));
  return html`<span class=${`chip ${mine ? "chip-me" : ""}`} title=${group?.name}>@${(group?.handle || label || id).replace(/^@/, "")}</span>`;
}

/** @here, @channel, @everyone: these notify, so they stand out. */
export function WideChip({ name }) {
  return html`<span class="chip chip-me">@${name}</span>`;
}

export function DateWords({ at, format, link, fallback }) {
  const zone = useZone();
  const words = fillDate(at, format, storyNow(), zone);
  if (words === null) return fallback ?? "";
  const told = html`<time class="date" datetime=${new Date(at * 1000).toISOString()} title=${longMoment(at, zone)}>${words}</time>`;
  return link ? html`<${SafeLink} url=${link}>${told}<//>` : told;
}

/** The address when it may be followed: web, mail or phone; null for anything else (javascript: and friends). */
export function safeUrl(url) {
  try {
    const made = new URL(url, location.origin);
    return ["http:", "https:", "mailto:", "tel:"].includes(made.protocol) ? made.href : null;
  } catch {
    return null;
  }
}

export function SafeLink({ url, children }) {
  const href = safeUrl(url);
  if (!href || !/^[a-z]+:/i.test(url)) return html`<span>${children}</span>`;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${children}</a>`;
}

/** Names for a list of people: "Ana, Bo and 2 more". */
export function namesOf(ids) {
  const names = ids.map((id) => (id === state.me ? "You" : nameOf(state.people.get(id))));
  if (names.length <= 3) return names.join(", ").replace(/, ([^,]*)$/, " and $1");
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}
