// Suggest what could be typed next: commands and their verbs, people, groups, channels, emoji. Pure.
import { emojiFor, emojiLike } from "./emoji.js";
import { nameOf } from "./mentions.js";

const same = (a, b) => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Verbs that fit what was typed after the command, or the usage of the one already there. */
function verbs(command, lead, rest, from) {
  const typed = rest.toLowerCase();
  const all = command.verbs ?? [];
  const items = all
    .filter((v) => v.verb.toLowerCase().startsWith(typed))
    .map((v) => ({ key: v.verb, icon: "slash", label: `${lead}${v.usage || v.verb}`, note: v.help, insert: `${v.verb} ` }));
  if (items.length && !(items.length === 1 && typed.endsWith(" "))) {
    // With nothing typed yet, Enter must send the bare command: nothing is preselected.
    return { kind: "verbs", title: lead.trim(), from, items, active: typed ? 0 : -1 };
  }
  const at = all.filter((v) => typed === v.verb || typed.startsWith(`${v.verb} `)).sort((a, b) => b.verb.length - a.verb.length)[0];
  return at ? { kind: "usage", from, items: [], usage: `${lead}${at.usage || at.verb}`, note: at.help } : null;
}

// Slack's own commands that the sandbox knows.
const BUILTIN = [
  { command: "/invite", hint: "@someone", description: "Let a person or an app into this channel" },
  { command: "/remove", hint: "@someone", description: "Take somebody out of this channel" },
  { command: "/archive", hint: "", description: "Close this channel for good" },
];

function commandLine(text, world) {
  const typing = text.match(/^\/\S*$/);
  if (typing) {
    const items = [...world.commands, ...BUILTIN]
      .filter((c) => c.command.startsWith(text.toLowerCase()))
      .map((c) => ({ key: c.command, icon: "slash", label: `${c.command} ${c.hint ?? ""}`, note: c.description, insert: `${c.command} ` }));
    return items.length ? { kind: "commands", title: "Commands", from: 0, items, active: 0 } : null;
  }
  const [, name, rest] = text.match(/^(\/\S+)\s+([\s\S]*)$/) ?? [];
  const command = world.commands.find((c) => c.command === name?.toLowerCase());
  return command ? verbs(command, `${command.command} `, rest, text.length - rest.length) : null;
}

/** `@App verb`: the same verbs, said to the app in a thread where slash commands do not work. */
function mentionLine(text, world) {
  const lead = `@${world.app.name} `;
  if (!text.toLowerCase().startsWith(lead.toLowerCase()) || !world.commands[0]) return null;
  return verbs(world.commands[0], lead, text.slice(lead.length), lead.length);
}

const fits = (typed, ...words) => words.some((w) => w && w.toLowerCase().split(/[\s._-]+/).concat(w.toLowerCase()).some((part) => part.startsWith(typed)));

function people(typed, world, meId) {
  const persons = world.people
    .filter((p) => !p.deleted && fits(typed, p.display_name, p.real_name, p.name))
    .map((p) => ({
      key: p.id, person: p, label: nameOf(p), insert: `@${nameOf(p)} `,
      note: [p.id === meId ? "you" : null, p.is_bot ? "app" : p.real_name !== nameOf(p) ? p.real_name : null].filter(Boolean).join(" · "),
    }));
  const groups = (world.groups ?? [])
    .filter((g) => fits(typed, g.handle, g.name))
    .map((g) => ({ key: g.id, icon: "people", label: `@${g.handle}`, note: `${g.name} · ${g.users.length} people`, insert: `@${g.handle} ` }));
  const wide = ["here", "channel"].filter((w) => typed && w.startsWith(typed))
    .map((w) => ({ key: w, icon: "people", label: `@${w}`, note: "Notify everyone", insert: `@${w} ` }));
  return [...persons, ...groups, ...wide].slice(0, 8);
}

/**
 * What to offer for `text` with the caret at its `caret`: null, or
 * {kind, title?, from, items: [{key, label, note, insert, icon?, person?}], active, usage?}.
 */
export function suggest(text, caret, world, meId) {
  const before = text.slice(0, caret);
  const word = before.match(/(?:^|[\s(])([@#:])([\p{L}\p{N}._+-]*)$/u);
  if (word) {
    const typed = word[2].toLowerCase();
    const from = caret - typed.length - 1;
    if (word[1] === "@") {
      const items = people(typed, world, meId);
      if (items.length) return { kind: "people", title: "People", from, items, active: 0 };
    } else if (word[1] === "#") {
      const items = world.channels.filter((c) => !c.is_archived && c.name.includes(typed)).slice(0, 8)
        .map((c) => ({ key: c.id, icon: c.is_private ? "lock" : "hash", label: c.name, note: c.topic, insert: `#${c.name} ` }));
      if (items.length) return { kind: "channels", title: "Channels", from, items, active: 0 };
    } else if (typed.length >= 2) {
      const items = emojiLike(typed).map((name) => ({ key: name, emoji: emojiFor(name), label: `:${name}:`, insert: `:${name}: ` }));
      if (items.length) return { kind: "emoji", title: "Emoji", from, items, active: 0 };
    }
    return null;
  }
  if (before.startsWith("/") && !before.includes("\n")) return commandLine(before, world);
  return before.startsWith("@") ? mentionLine(before, world) : null;
}

/** Does the highlighted command already stand there? Then Enter runs it; a name is always completed first. */
export const isTyped = (kind, item, typed) => (kind === "commands" || kind === "verbs") && same(item.insert, typed);
