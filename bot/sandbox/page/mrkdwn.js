// Read Slack's mrkdwn into a tree and draw it. Text never becomes markup: only vnodes are made, no HTML.
import { html } from "./vendor-preact.js";
import { emojiFor } from "./emoji.js";
import { ChannelChip, DateWords, GroupChip, PersonChip, SafeLink, WideChip } from "./mentions.js";

/** Undo Slack's three escapes, and only those. */
const unescape = (s) => s.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// Formatted pieces are parsed with links, code and emoji set aside as single private characters, so that
// an underscore inside a URL is never italics.
const FIRST_ATOM = 0xe000;
const ATOM = /[\ue000-\uf8ff]/g;
const ATOMS = /`[^`\n]+`|<[^<>\n]+>|:[a-z0-9_+'-]+(?:::skin-tone-\d)?:|[▫◻◽⬜⚪]\ufe0f?/g;
const PALE = /^[▫◻◽⬜⚪]/; // white signs, which a white page would swallow
const LOOSE = /https?:\/\/[^\s<>|`\ue000-\uf8ff]+[^\s<>|`.,;:!?)\]'"\ue000-\uf8ff]/g;
const LOOSE_NAMES = /(?<![\w@#])(@(?:here|channel|everyone)\b|#[a-z0-9][a-z0-9_-]*)/g;
const MARKS = { "*": "b", _: "i", "~": "s" };

/** What `<…>` holds, as a node: mention, date, special or link. */
export function control(inner) {
  const bar = inner.indexOf("|");
  const body = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (/^@[UWB]\w+$/.test(body)) return { t: "person", id: body.slice(1), label };
  if (/^#[CGD]\w+$/.test(body)) return { t: "channel", id: body.slice(1), label };
  if (body.startsWith("!subteam^")) return { t: "group", id: body.slice(9), label };
  if (/^!(here|channel|everyone)$/.test(body)) return { t: "wide", name: body.slice(1) };
  if (body.startsWith("!date^")) {
    const [, at, format, link] = body.split("^");
    return { t: "date", at, format: unescape(format ?? ""), link: link && unescape(link), fallback: label };
  }
  if (body.startsWith("!")) return { t: "text", v: label ?? `<${unescape(inner)}>` };
  // Not an address: Slack would not have written it, so it is shown as it stands.
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(body)) return { t: "text", v: `<${unescape(inner)}>` };
  return { t: "link", url: unescape(body), label };
}

function atomOf(raw) {
  if (raw[0] === "`") return { t: "code", c: codeParts(raw.slice(1, -1)) };
  if (raw[0] === "<") return control(raw.slice(1, -1));
  if (PALE.test(raw)) return { t: "pale", char: raw };
  const char = emojiFor(raw.slice(1, -1));
  if (char && PALE.test(char)) return { t: "pale", char };
  return char && { t: "emoji", char, name: raw.slice(1, -1) };
}

/** Code keeps its stars and underscores; only links and mentions inside it still live. */
function codeParts(s) {
  const parts = [];
  let last = 0;
  for (const m of s.matchAll(/<([^<>\n]+)>/g)) {
    if (m.index > last) parts.push({ t: "text", v: unescape(s.slice(last, m.index)) });
    parts.push(control(m[1]));
    last = m.index + m[0].length;
  }
  if (last < s.length) parts.push({ t: "text", v: unescape(s.slice(last)) });
  return parts;
}

function closing(s, mark, from) {
  for (let j = from; j < s.length; j += 1) {
    if (s[j] !== mark || j === from) continue;
    if (/\s/.test(s[j - 1])) continue;
    if (j + 1 < s.length && /[\p{L}\p{N}]/u.test(s[j + 1])) continue;
    return j;
  }
  return -1;
}

/** One line of mrkdwn as nodes. `loose` also links bare URLs; `names` also @here and #channel. */
export function inline(line, { loose = true, names = false } = {}) {
  const atoms = [];
  const keep = (node) => String.fromCharCode(FIRST_ATOM + atoms.push(node) - 1);
  let s = line.replace(ATOM, "\ufffd").replace(ATOMS, (raw) => {
    const node = atoms.length < 6000 ? atomOf(raw) : null;
    return node ? keep(node) : raw;
  });
  if (loose) s = s.replace(LOOSE, (url) => keep({ t: "link", url: unescape(url), label: null }));
  if (names) {
    s = s.replace(LOOSE_NAMES, (word) =>
      keep(word[0] === "@" ? { t: "wide", name: word.slice(1) } : { t: "named", name: word.slice(1) }));
  }
  const walk = (text) => {
    const nodes = [];
    let plain = "";
    const flush = () => {
      if (plain) nodes.push({ t: "text", v: unescape(plain) });
      plain = "";
    };
    for (let i = 0; i < text.length; i += 1) {
      const ch = text[i];
      const code = text.charCodeAt(i) - FIRST_ATOM;
      if (code >= 0 && code < atoms.length) {
        flush();
        nodes.push(atoms[code]);
        continue;
      }
      const opens = MARKS[ch] && (i === 0 || !/[\p{L}\p{N}]/u.test(text[i - 1])) && /\S/.test(text[i + 1] ?? " ");
      const end = opens && text[i + 1] !== ch ? closing(text, ch, i + 1) : -1;
      if (end > 0) {
        flush();
        nodes.push({ t: MARKS[ch], c: walk(text.slice(i + 1, end)) });
        i = end;
      } else plain += ch;
    }
    flush();
    return nodes;
  };
  return walk(s);
}

/** A whole mrkdwn text as block nodes: {t: "pre"|"quote"|"lines"}. */
export function parse(text, options = {}) {
  const out = [];
  const pieces = String(text ?? "").split(/```([\s\S]+?)```/);
  pieces.forEach((piece, n) => {
    if (n % 2) {
      out.push({ t: "pre", c: codeParts(piece.replace(/^\n/, "").replace(/\n$/, "")) });
      return;
    }
    let body = piece;
    if (n > 0) body = body.replace(/^[^\S\n]*\n/, "");
    if (n < pieces.length - 1) body = body.replace(/\n[^\S\n]*$/, "");
    if (!body && pieces.length > 1) return;
    let group = null;
    let rest = false;
    for (const line of body.split("\n")) {
      const all = rest ? null : line.match(/^(?:&gt;|>){3} ?/);
      const one = rest || all ? null : line.match(/^(?:&gt;|>) ?/);
      rest = rest || Boolean(all);
      const t = rest || one ? "quote" : "lines";
      if (!group || group.t !== t) out.push((group = { t, lines: [] }));
      group.lines.push(inline(line.slice((all || one || [""])[0].length), options));
    }
  });
  return out;
}

function drawNode(node) {
  switch (node.t) {
    case "text": return node.v;
    case "b": return html`<strong>${node.c.map(drawNode)}</strong>`;
    case "i": return html`<em>${node.c.map(drawNode)}</em>`;
    case "s": return html`<del>${node.c.map(drawNode)}</del>`;
    case "code": return html`<code>${node.c.map(drawNode)}</code>`;
    case "emoji": return html`<span class="emoji" role="img" aria-label=${node.name} title=${`:${node.name}:`}>${node.char}</span>`;
    case "pale": return html`<span class="emoji-pale">${node.char}</span>`;
    case "person": return html`<${PersonChip} id=${node.id} label=${node.label} />`;
    case "channel": return html`<${ChannelChip} id=${node.id} label=${node.label} />`;
    case "named": return html`<${ChannelChip} name=${node.name} />`;
    case "group": return html`<${GroupChip} id=${node.id} label=${node.label} />`;
    case "wide": return html`<${WideChip} name=${node.name} />`;
    case "date": return html`<${DateWords} ...${node} />`;
    default: return html`<${SafeLink} url=${node.url}>${node.label || node.url}<//>`;
  }
}

const drawLines = (lines) => lines.map((line, n) => [n > 0 && html`<br />`, line.map(drawNode)]);

function drawGroup(group) {
  if (group.t === "pre") return html`<pre class="pre">${group.c.map(drawNode)}</pre>`;
  if (group.t === "quote") return html`<blockquote class="quote">${drawLines(group.lines)}</blockquote>`;
  return html`<span class="lines">${drawLines(group.lines)}</span>`;
}

/** Draw mrkdwn. `verbatim` (Slack's) leaves bare URLs, @here and #names alone; `names` is for block text only. */
export function Mrkdwn({ text, verbatim = false, names = false }) {
  return parse(text, { loose: !verbatim, names: names && !verbatim }).map(drawGroup);
}

/** plain_text: no formatting at all; shortcodes become emoji unless the app says `emoji: false`. */
export function Plain({ text, emoji = true }) {
  const words = String(text ?? "");
  if (!emoji) return words;
  return words.split(/(:[a-z0-9_+'-]+:)/).map((part, n) => (n % 2 ? emojiFor(part.slice(1, -1)) ?? part : part));
}

/** A text object of either kind, or nothing. */
export function TextObject({ of }) {
  if (!of) return null;
  if (of.type === "mrkdwn") return html`<${Mrkdwn} text=${of.text} verbatim=${of.verbatim} names=${true} />`;
  return html`<${Plain} text=${of.text} emoji=${of.emoji !== false} />`;
}
