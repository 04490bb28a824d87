// Draw Block Kit. What is not known is shown in red: a block must never silently vanish.
import { html, useErrorBoundary, useState } from "./vendor-preact.js";
import { Element, Image, Unsupported } from "./elements.js";
import { Markdown } from "./markdown.js";
import { SafeLink } from "./mentions.js";
import { Plain, TextObject } from "./mrkdwn.js";
import { RichText } from "./richtext.js";

function Section({ block, surface }) {
  return html`<div class="section">
    <div class="section-main">
      ${block.text && html`<div class="text"><${TextObject} of=${block.text} /></div>`}
      ${block.fields && html`<div class="fields">${block.fields.map((f) => html`<div class="text"><${TextObject} of=${f} /></div>`)}</div>`}
    </div>
    ${block.accessory && html`<div class="accessory"><${Element} el=${block.accessory} block=${block} surface=${surface} /></div>`}
  </div>`;
}

function Actions({ block, surface }) {
  return html`<div class="actions">${(block.elements ?? []).map((el) =>
    html`<${Element} key=${el.action_id} el=${el} block=${block} surface=${surface} />`)}</div>`;
}

function Context({ block }) {
  return html`<div class="context">${(block.elements ?? []).map((el) => {
    if (el.type === "image") return html`<${Image} of=${el} className="context-image" />`;
    if (el.type === "mrkdwn" || el.type === "plain_text") return html`<span class="context-text"><${TextObject} of=${el} /></span>`;
    return html`<${Unsupported} what=${`context element “${el.type}”`} raw=${el} />`;
  })}</div>`;
}

const GROUPS = new Set(["radio_buttons", "checkboxes"]);
let inputs = 0;

function Input({ block, surface, error }) {
  const [id] = useState(() => `input-${(inputs += 1)}`);
  const el = block.element;
  const notes = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const label = html`<span class="input-label">${block.label && html`<${Plain} text=${block.label.text} />`}${block.optional && html` <span class="optional">(optional)</span>`}</span>`;
  const field = html`<${Element} el=${el} block=${block} surface=${surface} id=${id} describedBy=${notes} invalid=${error ? "true" : undefined} />`;
  return html`<div class=${`input ${error ? "has-error" : ""}`} data-block-id=${block.block_id}>
    ${GROUPS.has(el?.type) ? html`<fieldset><legend>${label}</legend>${field}</fieldset>` : html`<label for=${id}>${label}</label>${field}`}
    ${error && html`<div class="input-error" id=${`${id}-error`} role="alert">${error}</div>`}
    ${block.hint && html`<div class="input-hint" id=${`${id}-hint`}><${Plain} text=${block.hint.text} /></div>`}
  </div>`;
}

function ImageBlock({ block }) {
  return html`<figure class="image-block">
    ${block.title && html`<figcaption><${Plain} text=${block.title.text} /></figcaption>`}
    <${Image} of=${block} className="image" /></figure>`;
}

function Video({ block }) {
  return html`<div class="video">
    <div>${block.author_name && html`<small>${block.author_name}</small>`}
      <strong><${SafeLink} url=${block.title_url ?? block.video_url}><${Plain} text=${block.title?.text} /><//></strong>
      ${block.description && html`<p><${Plain} text=${block.description.text} /></p>`}</div>
    <${Image} of=${{ image_url: block.thumbnail_url, alt_text: block.alt_text }} className="image" />
  </div>`;
}

function Cell({ cell }) {
  if (cell?.type === "raw_text") return cell.text;
  if (cell?.type === "rich_text") return html`<${RichText} elements=${cell.elements} />`;
  return html`<${Unsupported} what=${`table cell “${cell?.type}”`} raw=${cell} />`;
}

function Table({ block }) {
  const look = (n) => {
    const column = block.column_settings?.[n] ?? {};
    return { textAlign: column.align ?? "left", whiteSpace: column.is_wrapped ? "normal" : "nowrap" };
  };
  const [head, ...rows] = block.rows ?? [];
  return html`<div class="table-box"><table>
    <thead><tr>${(head ?? []).map((c, n) => html`<th style=${look(n)}><${Cell} cell=${c} /></th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((c, n) => html`<td style=${look(n)}><${Cell} cell=${c} /></td>`)}</tr>`)}</tbody>
  </table></div>`;
}

const DRAW = {
  section: Section,
  actions: Actions,
  context: Context,
  input: Input,
  image: ImageBlock,
  video: Video,
  table: Table,
  header: ({ block }) => html`<h3 class="header"><${TextObject} of=${block.text} /></h3>`,
  divider: () => html`<hr class="divider" />`,
  rich_text: ({ block }) => html`<${RichText} elements=${block.elements} />`,
  markdown: ({ block }) => html`<${Markdown} text=${block.text} />`,
};

/** One block; a malformed one shows itself in red instead of taking the page with it. */
function Block(props) {
  const [broken] = useErrorBoundary();
  const { block } = props;
  const draw = DRAW[block.type];
  if (broken) return html`<${Unsupported} what=${`${block.type} block (malformed)`} raw=${block} />`;
  if (!draw) return html`<${Unsupported} what=${`block “${block.type}”`} raw=${block} />`;
  return html`<${draw} ...${props} />`;
}

/** `surface` is what useSurface made; `errors` are messages by block_id. */
export function Blocks({ blocks, surface, errors = {} }) {
  return html`<div class="blocks">${(blocks ?? []).map((block, n) =>
    html`<${Block} key=${block.block_id ?? n} block=${block} surface=${surface} error=${errors[block.block_id]} />`)}</div>`;
}
