// Draw the `markdown` block: everyday Markdown (headings, lists, code, quotes, tables, links), never HTML.
import { html } from "./vendor-preact.js";
import { emojiFor } from "./emoji.js";
import { SafeLink } from "./mentions.js";
import { control } from "./mrkdwn.js";
import { ChannelChip, PersonChip } from "./mentions.js";

const INLINE = [
  [/^\\([\\`*_{}[\]()#+\-.!~|>])/, (m) => m[1]],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => html`<code>${m[2]}</code>`],
  [/^!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/, (m) => html`<${SafeLink} url=${m[2]}>${m[1] ? inline(m[1]) : m[2]}<//>`],
  [/^<([@#][^>\s]+)>/, (m) => mention(m[1])],
  [/^<(https?:\/\/[^>\s]+|mailto:[^>\s]+)>/, (m) => html`<${SafeLink} url=${m[1]}>${m[1]}<//>`],
  [/^(\*\*|__)(?=\S)([\s\S]*?\S)\1/, (m) => html`<strong>${inline(m[2])}</strong>`],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (m) => html`<del>${inline(m[1])}</del>`],
  [/^(\*|_)(?=\S)([\s\S]*?\S)\1(?![\p{L}\p{N}])/u, (m) => html`<em>${inline(m[2])}</em>`],
  [/^:([a-z0-9_+'-]+):/, (m) => emojiFor(m[1]) ?? m[0]],
  [/^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]]/, (m) => html`<${SafeLink} url=${m[0]}>${m[0]}<//>`],
];

function mention(inner) {
  const node = control(inner);
  if (node.t === "person") return html`<${PersonChip} id=${node.id} />`;
  if (node.t === "channel") return html`<${ChannelChip} id=${node.id} />`;
  return `<${inner}>`;
}

function inline(text) {
  const out = [];
  let plain = "";
  let rest = text;
  while (rest) {
    let hit = null;
    const inWord = /[\p{L}\p{N}]$/u.test(plain) && rest[0] === "_";
    if (!inWord && /[\\`*_~![<:h]/.test(rest[0])) {
      for (const [rule, draw] of INLINE) {
        const m = rest.match(rule);
        if (m) {
          hit = [m[0].length, draw(m)];
          break;
        }
      }
    }
    if (hit) {
      if (plain) out.push(plain);
      plain = "";
      out.push(hit[1]);
    } else plain += rest[0];
    rest = rest.slice(hit ? hit[0] : 1);
  }
  if (plain) out.push(plain);
  return out;
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => inline(c.trim()));

/** Items of one list, deeper-indented ones nested; returns [vnode, lines used]. */
function list(lines, depth) {
  const first = lines[0].match(ITEM);
  const tag = /\d/.test(first[2]) ? "ol" : "ul";
  const items = [];
  let n = 0;
  while (n < lines.length) {
    const m = lines[n].match(ITEM);
    if (!m || m[1].length < depth) break;
    if (m[1].length === depth && /\d/.test(m[2]) !== (tag === "ol")) break;
    if (m[1].length > depth && items.length) {
      const [inner, used] = list(lines.slice(n), m[1].length);
      items.at(-1).push(inner);
      n += used;
    } else {
      const box = m[3].match(/^\[([ xX])\] (.*)$/);
      items.push(box ? [html`<input type="checkbox" disabled checked=${box[1] !== " "} /> `, inline(box[2])] : [inline(m[3])]);
      n += 1;
    }
  }
  return [html`<${tag} class="rich-list">${items.map((item) => html`<li>${item}</li>`)}</${tag}>`, n];
}

function table(lines) {
  const rows = [lines[0], ...lines.slice(2)].map(cells);
  return html`<div class="table-box"><table><thead><tr>${rows[0].map((c) => html`<th>${c}</th>`)}</tr></thead>
    <tbody>${rows.slice(1).map((row) => html`<tr>${row.map((c) => html`<td>${c}</td>`)}</tr>`)}</tbody></table></div>`;
}

export function Markdown({ text }) {
  const lines = String(text ?? "").replace(/\r/g, "").split("\n");
  const out = [];
  let n = 0;
  const until = (stop) => {
    const start = n;
    while (n < lines.length && !stop(lines[n])) n += 1;
    return lines.slice(start, n);
  };
  while (n < lines.length) {
    const line = lines[n];
    const heading = line.match(/^(#{1,6})\s+(.*?)\s*#*$/);
    if (!line.trim()) n += 1;
    else if (/^\s*(```|~~~)/.test(line)) {
      const fence = line.trim().slice(0, 3);
      n += 1;
      out.push(html`<pre class="pre">${until((l) => l.trim().startsWith(fence)).join("\n")}</pre>`);
      n += 1;
    } else if (heading) {
      out.push(html`<div class=${`md-heading md-h${heading[1].length}`} role="heading" aria-level=${heading[1].length + 2}>${inline(heading[2])}</div>`);
      n += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      out.push(html`<hr class="divider" />`);
      n += 1;
    } else if (/^\s*>/.test(line)) {
      const quoted = until((l) => !/^\s*>/.test(l)).map((l) => l.replace(/^\s*> ?/, ""));
      out.push(html`<blockquote class="quote"><${Markdown} text=${quoted.join("\n")} /></blockquote>`);
    } else if (ITEM.test(line)) {
      const [drawn, used] = list(lines.slice(n), line.match(ITEM)[1].length);
      out.push(drawn);
      n += used;
    } else if (line.includes("|") && /^[\s|:-]+$/.test(lines[n + 1] ?? "") && lines[n + 1].includes("-")) {
      out.push(table(until((l) => !l.includes("|"))));
    } else {
      const para = until((l) => !l.trim() || /^(#{1,6}\s|\s*>|\s*(```|~~~))/.test(l) || ITEM.test(l));
      out.push(html`<p>${para.map((l, k) => [k > 0 && html`<br />`, inline(l.trim())])}</p>`);
    }
  }
  return html`<div class="markdown">${out}</div>`;
}
