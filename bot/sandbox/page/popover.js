// Float things over the page: menus, pick lists, confirmations; closed by Esc or a click elsewhere.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor-preact.js";
import { Icon } from "./icons.js";

const FOCUSABLE = 'button, [href], input, select, textarea, [tabindex]:not([tabindex="-1"])';

const focusables = (root) =>
  [...root.querySelectorAll(FOCUSABLE)].filter((el) => !el.disabled && el.getClientRects().length > 0 && el.tabIndex >= 0);

/** The dialogs on the screen, the latest last: that one alone holds the focus. */
const traps = [];

/** Give the focus back when the calling component goes; where it came from may be gone too. */
export function useFocusReturn() {
  const [before] = useState(() => document.activeElement);
  useLayoutEffect(() => () => {
    if (before !== document.body && before?.isConnected) before.focus();
    else if (traps.length) traps.at(-1).focus();
    else if (!matchMedia("(hover: none)").matches) document.querySelector(".composer textarea")?.focus();
  }, []);
}

/** Keep focus and keys inside `ref` while it is on the screen, and give the focus back afterwards. */
export function useFocusTrap(ref, first) {
  const enter = () => (first?.(ref.current) ?? focusables(ref.current)[0] ?? ref.current).focus();
  // When what had the focus was taken away by a redraw, it is lost to the page's body.
  useLayoutEffect(() => {
    if (traps.at(-1) === ref.current && document.activeElement === document.body) enter();
  });
  // Before the paint, so that nothing typed at once goes astray.
  useLayoutEffect(() => {
    const root = ref.current;
    traps.push(root);
    enter();
    const onKey = (event) => {
      if (event.key !== "Tab") return;
      const stops = focusables(root);
      if (!stops.length) return event.preventDefault();
      const at = stops.indexOf(document.activeElement);
      if (event.shiftKey ? at <= 0 : at === stops.length - 1) {
        event.preventDefault();
        stops.at(event.shiftKey ? -1 : 0).focus();
      }
    };
    const onStray = (event) => {
      if (traps.at(-1) !== root || event.target !== document.body || !["Tab", "Escape"].includes(event.key)) return;
      event.preventDefault();
      root.focus();
      root.dispatchEvent(new KeyboardEvent("keydown", event));
    };
    root.addEventListener("keydown", onKey);
    document.addEventListener("keydown", onStray);
    return () => {
      root.removeEventListener("keydown", onKey);
      document.removeEventListener("keydown", onStray);
      traps.splice(traps.indexOf(root), 1);
    };
  }, []);
  useFocusReturn();
}

/** A box beside its anchor, flipped and nudged to stay inside the window. Fixed, so no scroller clips it. */
export function Popover({ anchor, onClose, label, role = "dialog", className = "", align = "start", children }) {
  const box = useRef();
  useLayoutEffect(() => {
    const place = () => {
      const a = anchor.current?.getBoundingClientRect();
      const b = box.current?.getBoundingClientRect();
      if (!a || !b) return;
      const wide = document.documentElement.clientWidth;
      const high = window.innerHeight;
      const below = a.bottom + 4 + b.height <= high - 8 || a.top < b.height + 12;
      const left = align === "end" ? a.right - b.width : a.left;
      box.current.style.left = `${Math.max(8, Math.min(left, wide - b.width - 8))}px`;
      box.current.style.top = `${Math.max(8, below ? Math.min(a.bottom + 4, high - b.height - 8) : a.top - b.height - 4)}px`;
    };
    place();
    const watch = new ResizeObserver(place);
    watch.observe(box.current);
    window.addEventListener("resize", place);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", place);
    };
  }, []);
  useEffect(() => {
    const away = (event) => {
      if (!box.current?.contains(event.target) && !anchor.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, [onClose]);
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    onClose();
    anchor.current?.focus();
  };
  return html`<div class=${`popover ${className}`} ref=${box} role=${role} aria-label=${label} onKeyDown=${onKeyDown}>
    ${children}
  </div>`;
}

/** Arrow keys, Home and End among the buttons of a menu. */
function roam(event) {
  const keys = { ArrowDown: 1, ArrowUp: -1, Home: "first", End: "last" };
  const step = keys[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll('[role^="menuitem"]')];
  const at = items.indexOf(document.activeElement);
  const next = step === "first" ? 0 : step === "last" ? items.length - 1 : (at + step + items.length) % items.length;
  items[next]?.focus();
}

/** A menu of {label, hint?, href?, onPick, icon?}; an item with `heading` only is a caption. */
function Menu({ anchor, items, label, onClose, align }) {
  const list = useRef();
  useLayoutEffect(() => list.current?.querySelector('[role="menuitem"]')?.focus(), []);
  const pick = (item) => {
    onClose();
    anchor.current?.focus();
    item.onPick?.();
  };
  const draw = (item) => {
    if (item.heading) return html`<div class="menu-heading" role="presentation">${item.heading}</div>`;
    const inner = html`${item.icon && html`<${Icon} name=${item.icon} />`}
      <span class="menu-words"><span>${item.label}</span>${item.hint && html`<small>${item.hint}</small>`}</span>`;
    if (item.href) {
      return html`<a role="menuitem" class="menu-item" href=${item.href} target="_blank" rel="noopener noreferrer" onClick=${() => pick(item)}>${inner}</a>`;
    }
    return html`<button type="button" role="menuitem" class=${`menu-item ${item.danger ? "menu-danger" : ""}`} onClick=${() => pick(item)}>${inner}</button>`;
  };
  return html`<${Popover} anchor=${anchor} onClose=${onClose} label=${label} role="menu" className="menu" align=${align}>
    <div ref=${list} onKeyDown=${roam}>${items.map(draw)}</div>
  <//>`;
}

/** A button that opens a menu. */
export function MenuButton({ label, items, className, align, children, disabled }) {
  const anchor = useRef();
  const [open, setOpen] = useState(false);
  return html`<button type="button" ref=${anchor} class=${className} aria-label=${label} title=${label} aria-haspopup="menu"
      aria-expanded=${open} aria-disabled=${disabled} onClick=${() => disabled || setOpen(!open)}>${children}</button>
    ${open && html`<${Menu} anchor=${anchor} label=${label} align=${align} onClose=${() => setOpen(false)}
      items=${typeof items === "function" ? items() : items} />`}`;
}
