// Small line drawings of our own, inlined so that nothing is fetched.
import { html } from "./vendor-preact.js";

const PATHS = {
  back: "M12.5 4 6.5 10l6 6",
  bolt: "M11.5 2.5 4.5 11.5h5l-1 6 7-9h-5z",
  check: "m4 10.5 4 4 8-9",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  clock: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4ZM10 6v4.2l2.8 1.8",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M7 7h9v9.5H7zM4 13V3.5h9",
  dots: "M10 4.2v.1M10 10v.1M10 15.8v.1",
  eye: "M2.2 10S5 4.8 10 4.8 17.8 10 17.8 10 15 15.2 10 15.2 2.2 10 2.2 10ZM10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z",
  file: "M5 2.8h6.5L15.5 7v10.2H5zM11 2.8V7.4h4.4",
  hash: "M8 3 6.3 17M13.7 3 12 17M3.5 7.3h13.3M3.2 12.7h13.3",
  home: "M3.2 9.6 10 3.4l6.8 6.2M5 8.5v8.2h3.6v-4.4h2.8v4.4H15V8.5",
  lock: "M5.2 9h9.6v7.6H5.2zM7 9V6.4a3 3 0 0 1 6 0V9",
  moon: "M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7Z",
  pencil: "m4 16 .8-3.6L13.6 3.6l2.8 2.8-8.8 8.8z",
  plus: "M10 4v12M4 10h12",
  reply: "M3.5 4.5h13v9H9l-3.5 3v-3h-2z",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13 13l4 4",
  send: "M3.5 16.8 17.5 10 3.5 3.2l1.7 5.6 6.3 1.2-6.3 1.2z",
  smile: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4ZM7.4 8v.1M12.6 8v.1M6.8 11.6c1.4 2.4 5 2.4 6.4 0",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 1.8v1.8M10 16.4v1.8M1.8 10h1.8M16.4 10h1.8M4.2 4.2l1.3 1.3M14.5 14.5l1.3 1.3M15.8 4.2l-1.3 1.3M5.5 14.5l-1.3 1.3",
  slash: "M12.8 3.5 7.2 16.5",
  at: "M10 7.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM12.8 7.4v3.4c0 2.6 4 2.4 4-1a6.8 6.8 0 1 0-2.8 5.4",
  traffic: "M3 7h12l-3-3M17 13H5l3 3",
  warn: "M10 3 18 16.6H2zM10 8v4M10 14.2v.1",
  people: "M7.4 9.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.4 16.2c0-6.2 10-6.2 10 0M12.8 9.2a2.4 2.4 0 1 0-.6-4.7M14.4 11.2c2.2.6 3.2 2.4 3.2 5",
};

/** A 20-unit line icon in the current text colour; it says nothing to screen readers. */
export function Icon({ name, size = 18 }) {
  const heavy = name === "dots" ? 2.6 : 1.6;
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" aria-hidden="true" fill="none"
    stroke="currentColor" stroke-width=${heavy} stroke-linecap="round" stroke-linejoin="round"><path d=${PATHS[name]} /></svg>`;
}

/** The app's own face: a count-down dial, drawn here. */
export function AppGlyph({ size = 36 }) {
  return html`<svg class="glyph" width=${size} height=${size} viewBox="0 0 36 36" aria-hidden="true">
    <rect width="36" height="36" rx="8" fill="#1b2a4a" />
    <circle cx="18" cy="18" r="10.5" fill="none" stroke="#3d5488" stroke-width="3" />
    <path d="M18 7.5A10.5 10.5 0 1 1 7.5 18" fill="none" stroke="#ffb454" stroke-width="3" stroke-linecap="round" />
    <path d="M13.5 18h9" stroke="#fff" stroke-width="3" stroke-linecap="round" />
  </svg>`;
}
