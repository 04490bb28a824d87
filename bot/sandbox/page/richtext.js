// Draw rich_text blocks: sections, lists, quotes, preformatted text and their leaves.
import { html } from "./vendor-preact.js";
import { Unsupported } from "./elements.js";
import { emojiFor } from "./emoji.js";
import { ChannelChip, DateWords, GroupChip, PersonChip, SafeLink, WideChip } from "./mentions.js";

function styled(node, style = {}) {
  let out = node;
  if (style.code) out = html`<code>${out}</code>`;
  if (style.strike) out = html`<del>${out}</del>`;
  if (style.underline) out = html`<u>${out}</u>`;
  if (style.italic) out = html`<em>${out}</em>`;
  if (style.bold) out = html`<strong>${out}</strong>`;
  return out;
}

const lines = (text) => String(text ?? "").split("\n").map((line, n) => [n > 0 && html`<br />`, line]);

function emojiOf(leaf) {
  const points = leaf.unicode?.split("-").map((hex) => parseInt(hex, 16));
  const char = emojiFor(leaf.name ?? "") ?? (points?.every((p) => p > 0 && p < 0x110000) ? String.fromCodePoint(...points) : null);
  return char ? html`<span class="emoji" role="img" aria-label=${leaf.name} title=${`:${leaf.name}:`}>${char}</span>` : `:${leaf.name}:`;
}

function bare(leaf) {
  switch (leaf.type) {
    case "text": return lines(leaf.text);
    case "link": return html`<${SafeLink} url=${leaf.url}>${leaf.text || leaf.url}<//>`;
    case "emoji": return emojiOf(leaf);
    case "user": return html`<${PersonChip} id=${leaf.user_id} />`;
    case "channel": return html`<${ChannelChip} id=${leaf.channel_id} />`;
    case "usergroup": return html`<${GroupChip} id=${leaf.usergroup_id} />`;
    case "broadcast": return html`<${WideChip} name=${leaf.range} />`;
    case "color": return html`<code class="color"><i style=${{ background: /^#[0-9a-f]{3,8}$/i.test(leaf.value) ? leaf.value : "none" }}></i>${leaf.value}</code>`;
    case "date": return html`<${DateWords} at=${leaf.timestamp} format=${leaf.format} link=${leaf.url} fallback=${leaf.fallback} />`;
    default: return html`<${Unsupported} what=${`rich text “${leaf.type}”`} raw=${leaf} />`;
  }
}

const leaves = (part) => (part.elements ?? []).map((leaf) => styled(bare(leaf), leaf.style));

function Part({ part }) {
  switch (part.type) {
    case "rich_text_section": return html`<div class="rich-section">${leaves(part)}</div>`;
    case "rich_text_quote": return html`<blockquote class="quote">${leaves(part)}</blockquote>`;
    case "rich_text_preformatted": return html`<pre class="pre">${leaves(part)}</pre>`;
    case "rich_text_list": {
      const tag = part.style === "ordered" ? "ol" : "ul";
      const start = part.style === "ordered" && part.offset ? part.offset + 1 : undefined;
      return html`<${tag} class=${`rich-list depth-${(part.indent ?? 0) % 3}`} start=${start} style=${{ marginLeft: `${(part.indent ?? 0) * 24}px` }}>
        ${(part.elements ?? []).map((item) => html`<li>${leaves(item)}</li>`)}</${tag}>`;
    }
    default: return html`<${Unsupported} what=${`rich text “${part.type}”`} raw=${part} />`;
  }
}

export function RichText({ elements }) {
  return html`<div class="rich">${(elements ?? []).map((part) => html`<${Part} part=${part} />`)}</div>`;
}
