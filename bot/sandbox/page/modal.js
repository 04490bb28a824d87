// Show the app's modals: the stack's top one, its inputs, its errors, and the wait for the app's answer.
import { html, useEffect, useMemo, useRef, useState } from "./vendor-preact.js";
import { gesture } from "./api.js";
import { Blocks } from "./blocks.js";
import { AppGlyph, Icon } from "./icons.js";
import { Plain } from "./mrkdwn.js";
import { useFocusTrap } from "./popover.js";
import { useStore } from "./store.js";
import { complaint, useSurface } from "./values.js";

function Modal({ view, deep }) {
  const here = useStore((s) => s.place.channel);
  const [errors, setErrors] = useState({});
  const [sending, setSending] = useState(false);
  const box = useRef();
  const inputs = useMemo(() => (view.blocks ?? []).filter((b) => b.type === "input"), [view.blocks]);
  const surface = useSurface({
    kind: "modal", blocks: view.blocks, here,
    send: (block, el, fields, state) =>
      gesture("view_action", { view_id: view.id, block_id: block.block_id, action_id: el.action_id, ...fields, state }),
    onChange: (block) => setErrors(({ [block.block_id]: _, ...rest }) => rest),
  });
  useFocusTrap(box, (root) => root.querySelector("[data-focus-on-load]") ?? root.querySelector(".modal-body .field, .modal-body input") ?? root);
  useEffect(() => setErrors({}), [view.hash]);
  const showFirst = (found) => {
    const first = inputs.find((b) => found[b.block_id]);
    const row = first && box.current.querySelector(`[data-block-id="${CSS.escape(first.block_id)}"]`);
    row?.querySelector("input, textarea, button")?.focus();
  };
  const submit = async () => {
    if (sending) return;
    const state = surface.state();
    const found = {};
    for (const block of inputs) {
      const wrong = complaint(block, state[block.block_id]?.[block.element.action_id] ?? {});
      if (wrong) found[block.block_id] = wrong;
    }
    setErrors(found);
    if (Object.keys(found).length) return showFirst(found);
    setSending(true);
    surface.forgive();
    const answer = await gesture("submit", { view_id: view.id, state });
    setSending(false);
    if (answer.errors && Object.keys(answer.errors).length) {
      setErrors(answer.errors);
      showFirst(answer.errors);
    } else if (!answer.ok) surface.complain(answer.error || "We had some trouble connecting. Try again?");
  };
  const close = (all) => gesture("close", { view_id: view.id, ...(all && { all: true }) });
  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close(false);
    } else if (event.key === "Enter" && (event.target.tagName === "INPUT" || event.metaKey || event.ctrlKey) && !event.defaultPrevented && view.submit) {
      event.preventDefault();
      submit();
    }
  };
  const title = view.title?.text ?? "";
  return html`<div class="backdrop" onClick=${(e) => e.target === e.currentTarget && close(true)}>
    <div class="modal" role="dialog" aria-modal="true" aria-label=${title} aria-busy=${sending} ref=${box} tabindex="-1" onKeyDown=${onKeyDown}>
      <header class="modal-head">
        ${deep ? html`<button type="button" class="icon-button" aria-label="Back" onClick=${() => close(false)}><${Icon} name="back" /></button>` : html`<${AppGlyph} size=${32} />`}
        <h2><${Plain} text=${title} /></h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${() => close(true)}><${Icon} name="close" /></button></header>
      <div class="modal-body">
        ${surface.problem && html`<div class="modal-problem" role="alert"><${Icon} name="warn" size=${16} /><span>${surface.problem}</span></div>`}
        <${Blocks} blocks=${view.blocks} surface=${surface} errors=${errors} />
      </div>
      <footer class="modal-foot">
        <button type="button" class="button" onClick=${() => close(false)}>${view.close?.text ?? (view.submit || inputs.length ? "Cancel" : "Close")}</button>
        ${(view.submit || inputs.length > 0) && html`<button type="button" class=${`button button-primary ${sending ? "is-busy" : ""}`} aria-disabled=${sending} disabled=${view.submit_disabled}
          onClick=${submit}><span class="button-words">${view.submit?.text ?? "Submit"}</span></button>`}
      </footer>
    </div>
  </div>`;
}

export function Modals() {
  const views = useStore((s) => s.modals);
  // Those underneath stay alive, unseen, so that what was typed there is still there on the way back.
  return views.map((view, n) => html`<div key=${view.id} class=${n === views.length - 1 ? "" : "modal-under"} inert=${n < views.length - 1}>
    <${Modal} view=${view} deep=${n > 0} /></div>`);
}

