// @ts-check
// Rows are dragged to a day, a tag, a priority or away: with a mouse after a few pixels, with a finger after it has rested.
// Everything that a drag does, `m` and the row's menu do by keyboard.
import { addDays } from "../time/days.js";
import { icon } from "./icons.js";
import { html, render } from "../vendor/lit-element/lit-element.js";
import { setTag } from "./choices.js";
import { movedTo } from "./moving.js";
import "./more_icons.js";
import "../locale/en-lists.js";

const MOUSE_PIXELS = 6;
const HOLD_MS = 500;
/** A finger that moves further before the time is up scrolls. */
const FINGER_PIXELS = 10;
/** So near to the upper or lower edge the page scrolls, by so much in a frame. */
const EDGE = 56;
const SCROLL = 12;

/** From here on rows can be dragged. */
export function beginDrag(app) {
  const drag = new Drag(app);
  app.drag = drag;
  document.addEventListener("pointerdown", (event) => drag.press(event));
  document.addEventListener("dragstart", (event) => event.target instanceof Element && event.target.closest("[data-row]") && event.preventDefault());
}

export class Drag {
  constructor(app) {
    this.app = app;
    this.isOn = false;
    this.rows = [];
    this.ending = null;
    this.target = null;
    this.point = { x: 0, y: 0 };
  }

  press(event) {
    const row = event.target instanceof Element ? event.target.closest("[data-row]") : null;
    const isOther = event.button !== 0 || event.shiftKey || event.ctrlKey || event.metaKey;
    if (!row || isOther || !(event.target instanceof Element) || event.target.closest("input, .other") || this.ending) return;
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.from = { x: event.clientX, y: event.clientY };
    this.point = this.from;
    this.isTouch = event.pointerType === "touch";
    this.key = row.getAttribute("data-row") ?? "";
    document.addEventListener("pointermove", (moved) => this.move(moved), { signal });
    document.addEventListener("pointerup", () => this.drop(), { signal });
    document.addEventListener("pointercancel", () => this.end(), { signal });
    document.addEventListener("keydown", (pressed) => this.escape(pressed), { signal, capture: true });
    addEventListener("blur", () => this.end(), { signal });
    // Only a listener that may refuse can stop the browser from scrolling under a finger that drags.
    document.addEventListener("touchmove", (touched) => this.isOn && touched.cancelable && touched.preventDefault(), { signal, passive: false });
    document.addEventListener("contextmenu", (asked) => this.isTouch && asked.preventDefault(), { signal });
    if (this.isTouch) this.timer = setTimeout(() => this.begin(), HOLD_MS);
  }

  move({ clientX: x, clientY: y }) {
    const far = Math.hypot(x - this.from.x, y - this.from.y);
    this.point = { x, y };
    if (this.isOn) return this.show();
    if (this.isTouch && far > FINGER_PIXELS) return this.end();
    if (!this.isTouch && far > MOUSE_PIXELS) return this.begin();
    return undefined;
  }

  begin() {
    const { selection, store, t, announcer } = this.app;
    const keys = selection.keys.has(this.key) ? [...selection.keys] : [this.key];
    this.rows = keys.map((key) => store.shown.get(key)).filter(Boolean);
    if (!this.rows.length) return this.end();
    this.isOn = true;
    document.documentElement.classList.add("is-dragging");
    getSelection()?.removeAllRanges();
    this.layer = document.createElement("div");
    this.layer.className = "drag-layer";
    document.body.append(this.layer);
    const { place } = this.app;
    const zone = (target, drawing, word) => html`<div class="drop-zone" data-drop=${target}>${icon(drawing)}<span>${t(word)}</span></div>`;
    render(html`<div class="drop-bar" aria-hidden="true">${zone(`day ${place.today}`, "today", "today")}${zone(`day ${addDays(place.today, 1)}`, "upcoming", "tomorrow")}${zone("trash", "trash", "tag_delete")}</div>
      <div class="drag-ghost" aria-hidden="true"><bdi>${this.rows.length > 1 ? t("drag_many", { count: this.rows.length }) : this.rows[0].title}</bdi></div>`, this.layer);
    announcer.say(t("drag_begun", { count: this.rows.length, title: this.rows[0].title }));
    this.show();
    this.scroll();
    return undefined;
  }

  /** The ghost goes with the pointer, and what is under it shows that it would take the rows. */
  show() {
    const { x, y } = this.point;
    const ghost = /** @type {HTMLElement} */ (this.layer?.querySelector(".drag-ghost"));
    ghost.style.transform = `translate(${x}px, ${y}px)`;
    const target = targetAt(x, y);
    if (target === this.target) return;
    this.target?.classList.remove("is-target");
    target?.classList.add("is-target");
    this.target = target;
  }

  scroll() {
    if (!this.isOn) return;
    const { y } = this.point;
    if (y < EDGE) scrollBy(0, -SCROLL);
    if (y > innerHeight - EDGE && !this.target?.hasAttribute("data-drop")) scrollBy(0, SCROLL);
    requestAnimationFrame(() => this.scroll());
  }

  drop() {
    const { isOn, rows, target } = this;
    this.end({ isDropped: Boolean(target) });
    if (!isOn) return;
    // The click that follows is the end of the drag, and opens nothing.
    const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    if (target) carryOut(this.app, rows, aimOf(target));
  }

  escape(event) {
    if (event.key !== "Escape" || !this.isOn) return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
  }

  end({ isDropped = false } = {}) {
    clearTimeout(this.timer);
    this.ending?.abort();
    this.ending = null;
    if (this.isOn && !isDropped) this.app.announcer.say(this.app.t("drag_cancelled"));
    this.isOn = false;
    this.layer?.remove();
    this.target?.classList.remove("is-target");
    this.target = null;
    document.documentElement.classList.remove("is-dragging");
  }
}

/** @returns {Element | null} what would take rows there */
function targetAt(x, y) {
  for (let at = document.elementFromPoint(x, y); at; at = at.parentElement) if (aimOf(at)) return at;
  return null;
}

/** @typedef {{kind: "day" | "tag" | "priority" | "trash", value: string}} Aim */

/** Return what dropping rows on an element means, or null. */
function aimOf(element) {
  const [kind, value = ""] = (element.getAttribute("data-drop") ?? "").split(" ");
  if (kind) return { kind: /** @type {Aim["kind"]} */ (kind), value };
  const path = element.matches("side-nav a") ? element.getAttribute("href") ?? "" : "";
  const [, list, name] = /^\/app\/([a-z]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (list === "today") return { kind: "day", value: "today" };
  if (list === "tag" || list === "priority") return { kind: list, value: decodeURIComponent(name ?? "") };
  if (list === "trash") return { kind: "trash", value: "" };
  const section = element.getAttribute("data-section") ?? "";
  return /^(?:today|tomorrow|\d{4}-\d\d-\d\d)$/.test(section) ? { kind: "day", value: section } : null;
}

function carryOut(app, rows, aim) {
  const { actions, store, place, selection } = app;
  const days = { today: place.today, tomorrow: addDays(place.today, 1) };
  const { kind, value } = aim ?? {};
  if (kind === "day") actions.changeAll(rows.filter((row) => row.due?.day !== (days[value] ?? value)), (row) => movedTo(row, days[value] ?? value, store.zone));
  if (kind === "priority") actions.changeAll(rows, () => ({ priority: value }));
  if (kind === "tag") setTag(app, rows, value ?? "", true);
  if (kind === "trash") actions.removeAll(rows);
  selection.clear();
}
