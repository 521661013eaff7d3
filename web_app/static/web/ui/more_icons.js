// @ts-check
// Drawings that the first list does not need: those of menus, bars and sheets.
import { svg } from "../vendor/lit-element/lit-element.js";
import { addIcons } from "./icons.js";

addIcons({
  bookmark: svg`<path d="M6 3.5h8a1 1 0 0 1 1 1v12l-5-3.4L5 16.5v-12a1 1 0 0 1 1-1z"/>`,
  merge: svg`<path d="M4 5.5c5 0 4 9 9 9H16m0 0-2.4-2.4M16 14.5l-2.4 2.4M4 14.5c1.8 0 2.9-1 3.7-2.4"/>`,
  up: svg`<path d="M10 16V4.5m0 0L5.5 9M10 4.5 14.5 9"/>`,
  down: svg`<path d="M10 4v11.5m0 0L5.5 11m4.5 4.5 4.5-4.5"/>`,
  edit: svg`<path d="m4 16 .8-3.6 8.4-8.4a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3l-8.4 8.4zM11.8 5.4l2.8 2.8"/>`,
  undo: svg`<path d="M7.2 4.5 3.8 8l3.4 3.5M4.2 8h7.3a4.2 4.2 0 0 1 0 8.4H8"/>`,
  check: svg`<path d="m4.6 10.6 3.6 3.6 7.2-8"/>`,
  next: svg`<path class="turns" d="m8 5.5 4.5 4.5L8 14.5"/>`,
  circle: svg`<circle cx="10" cy="10" r="6.2"/>`,
  trash: svg`<path d="M4 5.8h12M8 5.5V4.2h4v1.3M5.6 5.8l.7 10.4h7.4l.7-10.4M8.5 8.8v4.6M11.5 8.8v4.6"/>`,
  back: svg`<path class="turns" d="M12 5.5 7.5 10l4.5 4.5"/>`,
  previous: svg`<path class="turns" d="M12 5.5 7.5 10l4.5 4.5"/>`,
  first: svg`<path class="turns" d="M10.5 5.5 6 10l4.5 4.5M15 5.5 10.5 10l4.5 4.5"/>`,
  last: svg`<path class="turns" d="m5 5.5 4.5 4.5L5 14.5m4.5-9L14 10l-4.5 4.5"/>`,
  notifications: svg`<path d="M5 13.5V9a5 5 0 0 1 10 0v4.5l1.2 1H3.8zM8.5 16.6a1.6 1.6 0 0 0 3 0"/>`,
  reminders: svg`<circle cx="10" cy="10.8" r="5.8"/><path d="M10 7.8v3l2 1.4M3.4 6l2.4-2.2M16.6 6l-2.4-2.2"/>`,
  activity: svg`<path d="M2.8 10.5h3.4l2-5.6 3.4 10.4 2.2-4.8h3.4"/>`,
  settings: svg`<path d="M3.5 6h8M15.5 6h1M3.5 14h1M8.5 14h8"/><circle cx="13.5" cy="6" r="2"/><circle cx="6.5" cy="14" r="2"/>`,
  shield: svg`<path d="M10 3.2 15.5 5v4.6c0 3.4-2.2 5.9-5.5 7.2-3.3-1.3-5.5-3.8-5.5-7.2V5zM7.6 9.8l1.7 1.7 3.1-3.3"/>`,
  restore: svg`<path d="M4 10a6 6 0 1 0 2-4.5M4 3.6v3.2h3.2"/>`,
});
