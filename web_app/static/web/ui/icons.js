// @ts-check
// The drawings of the page, one stroke width, 20 by 20.
import { svg, html } from "../vendor/lit-element/lit-element.js";

/** @type {Record<string, any>} */
const PATHS = {
  today: svg`<rect x="3.5" y="4.5" width="13" height="12" rx="2.5"/><path d="M3.5 8.5h13M7 2.8v3M13 2.8v3"/><circle cx="10" cy="12.4" r="1.4" class="solid"/>`,
  upcoming: svg`<rect x="3.5" y="4.5" width="13" height="12" rx="2.5"/><path d="M3.5 8.5h13M7 2.8v3M13 2.8v3M7 11.6h2M11.5 11.6h1.6M7 14h2"/>`,
  inbox: svg`<path d="M3.5 11.2 5.6 4.9a1.5 1.5 0 0 1 1.4-1h6a1.5 1.5 0 0 1 1.4 1l2.1 6.3v3.3a1.8 1.8 0 0 1-1.8 1.8H5.3a1.8 1.8 0 0 1-1.8-1.8zM3.7 11.2h3.6l1 2h3.4l1-2h3.6"/>`,
  all: svg`<path d="M7.5 5.5h9M7.5 10h9M7.5 14.5h9"/><circle cx="4.2" cy="5.5" r="1" class="solid"/><circle cx="4.2" cy="10" r="1" class="solid"/><circle cx="4.2" cy="14.5" r="1" class="solid"/>`,
  done: svg`<circle cx="10" cy="10" r="6.8"/><path d="m7 10.2 2.1 2.1L13.2 8"/>`,
  search: svg`<circle cx="9" cy="9" r="5.2"/><path d="m13 13 3.6 3.6"/>`,
  tag: svg`<path d="M7.8 3.5 6.2 16.5M13.8 3.5l-1.6 13M4 7.5h12.6M3.4 12.5H16"/>`,
  plus: svg`<path d="M10 4v12M4 10h12"/>`,
  repeat: svg`<path d="M4 9.5V8.6A2.6 2.6 0 0 1 6.6 6H16m0 0-2.4-2.4M16 6l-2.4 2.4M16 10.5v.9a2.6 2.6 0 0 1-2.6 2.6H4m0 0 2.4 2.4M4 14l2.4-2.4"/>`,
  bell: svg`<path d="M5 13.5V9a5 5 0 0 1 10 0v4.5l1.2 1H3.8zM8.5 16.6a1.6 1.6 0 0 0 3 0"/>`,
  close: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9"/>`,
  flag: svg`<path d="M5 17V3.8m0 .4h9.2l-2 3.2 2 3.2H5"/>`,
  clock: svg`<circle cx="10" cy="10" r="6.8"/><path d="M10 6.2V10l2.6 1.8"/>`,
  alert: svg`<path d="M10 3.4 17.2 16H2.8zM10 8v3.6M10 13.6v.2"/>`,
  menu: svg`<path d="M3.5 6h13M3.5 10h13M3.5 14h13"/>`,
  keys: svg`<rect x="2.5" y="5" width="15" height="10" rx="2"/><path d="M6 8.5h.1M10 8.5h.1M14 8.5h.1M7 11.8h6"/>`,
  overdue: svg`<circle cx="10" cy="10" r="6.8"/><path d="M10 6.2V10l2.6 1.8"/>`,
  more: svg`<circle cx="4.6" cy="10" r="1.3" class="solid"/><circle cx="10" cy="10" r="1.3" class="solid"/><circle cx="15.4" cy="10" r="1.3" class="solid"/>`,
  leave: svg`<path d="M8 3.8H5.3a1.8 1.8 0 0 0-1.8 1.8v8.8a1.8 1.8 0 0 0 1.8 1.8H8M12.5 13.4 16 10l-3.5-3.4M7.5 10H16"/>`,
};

/** Add drawings that come with a part of the page. @param {Record<string, any>} more */
export function addIcons(more) {
  Object.assign(PATHS, more);
}

/** Return a drawing; it says nothing to screen readers. @param {string} name */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">${PATHS[name]}</svg>`;
}
