// @ts-check
// Which rows of a long list stand in the page: those that are looked at with some around them, and the one that Tab
// reaches. All rows of a long list are equally high, so a row's place is its number, and what comes or goes elsewhere
// moves nothing that is being read.
import { focusRow } from "./focus.js";

/** Lists of more rows are windowed; shorter ones are whole, for the browser's own search and for paper. */
export const MOST_WHOLE = 300;
/** Rows in the page before it is known how high one is and which are looked at. */
const FIRST_ROWS = 60;
/** Rows around those that are looked at, and how many come and go at a time. */
const AROUND = 15;
const STEP = 5;
/** What one printing takes, about forty sheets; more would stop the page for seconds. */
const MOST_PRINTED = 2000;

/** Return from which row, and up to which, without it, a list is in the page. @param {{top: number, count: number, height: number, view: number}} list `top`: from the upper edge of what is seen to the first row */
export function rangeOf({ top, count, height, view }) {
  const inSteps = (number, round) => Math.min(count, Math.max(0, round(number / STEP) * STEP));
  return [inSteps(-top / height - AROUND, Math.floor), inSteps((view - top) / height + AROUND, Math.ceil)];
}

/** The window of one list element. */
export class Windowing {
  constructor(host) {
    this.host = host;
    this.isOn = false;
    this.isPrinting = false;
    this.height = 0;
    /** @type {Map<string, [number, number]>} by section */
    this.ranges = new Map();
    /** @type {Map<string, number>} rows by section */
    this.counts = new Map();
    this.left = 0;
    this.leftOut = 0;
    this.view = "";
    /** @type {{top: number, key: string} | null} where the person was, until there are rows enough to go there */
    this.wanted = null;
    this.resized = new ResizeObserver(() => this.isOn && this.measure() && host.requestUpdate());
    host.addController(this);
  }

  hostConnected() {
    this.ending = new AbortController();
    const { signal } = this.ending;
    const forget = () => { this.wanted = null; };
    for (const name of ["scroll", "resize"]) addEventListener(name, () => this.look(), { signal, passive: true });
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(name, forget, { signal, passive: true });
    addEventListener("beforeprint", () => this.print(true), { signal });
    addEventListener("afterprint", () => this.print(false), { signal });
  }

  hostDisconnected() {
    this.ending?.abort();
    this.resized.disconnect();
    this.sample = null;
  }

  /** A render begins. @param {number} reached the rows of those that are not closed */
  begin(sections, reached) {
    const count = sections.reduce((sum, { list }) => sum + list.rows.length, 0);
    this.isOn = count > MOST_WHOLE && !this.isPrinting;
    this.left = this.isPrinting ? MOST_PRINTED : FIRST_ROWS;
    this.leftOut = this.isPrinting ? Math.max(0, reached - MOST_PRINTED) : 0;
  }

  /** Return the rows of a section that are to be in the page. */
  rowsOf(id, list, { current, isClosed }) {
    const count = list.rows.length;
    this.counts.set(id, count);
    const [from, to] = this.isOn ? this.ranges.get(id) ?? [0, this.left] : [0, this.isPrinting ? this.left : count];
    const numbers = [];
    const isNone = isClosed && (this.isOn || this.isPrinting);
    for (let number = from; number < Math.min(to, count) && !isNone; number += 1) numbers.push(number);
    this.left = Math.max(0, this.left - numbers.length);
    const pinned = this.isOn && !isNone ? list.numberOf(current) : -1;
    if (pinned >= 0 && pinned < from) numbers.unshift(pinned);
    if (pinned >= to) numbers.push(pinned);
    return numbers.map((number) => ({ row: list.rows[number], number }));
  }

  /** Before rows are changed: what is seen, and what has the focus. */
  hostUpdate() {
    const { name, view } = this.host.app.store.open;
    this.isNew = this.view !== `${view} ${name}`;
    this.view = `${view} ${name}`;
    if (this.isNew) this.ranges.clear();
    const rows = [...this.host.querySelectorAll("[data-row]")];
    this.held = scrollY > 0 && !this.isNew ? rows.map(seen).filter(isInView) : [];
    const active = document.activeElement;
    const at = rows.findIndex((row) => row.contains(active));
    const keys = rows.map((row) => row.dataset.row);
    this.focused = at < 0 ? null : { active, keys: [...keys.slice(at), ...keys.slice(0, at).reverse()] };
  }

  /** After rows were changed, before they are painted. */
  hostUpdated() {
    // Rows render after their list: all of them now, for what follows asks where they are.
    for (const row of this.host.querySelectorAll("task-row")) if (row.isUpdatePending) row.performUpdate();
    if (this.isOn) this.place();
    if (this.isNew) this.wanted = this.host.app.router.place ?? { top: 0, key: "" };
    if (this.wanted) this.goBack(this.wanted);
    else this.keep();
    this.look();
    this.refocus();
  }

  /** Measure how high a row is: whole pixels, so that many rows are as high as their sum. @returns {boolean} whether that is another height */
  measure() {
    const before = this.height;
    this.height = Math.ceil(this.sample.getBoundingClientRect().height);
    return this.height !== before;
  }

  /** Give every row its place. How high one is, is asked for only when that may have changed: it costs a layout. */
  place() {
    const sample = this.host.querySelector(".sample > li");
    if (sample !== this.sample) {
      this.resized.disconnect();
      this.sample = sample;
      this.resized.observe(sample);
      this.measure();
    }
    setPixels(this.host, "--row", this.height);
    for (const list of this.lists()) {
      setPixels(list, "--all", this.height * (this.counts.get(sectionOf(list)) ?? 0));
      for (const row of list.children) setPixels(row, "--at", this.height * (Number(row.getAttribute("aria-posinset")) - 1));
    }
  }

  lists() {
    return [...this.host.querySelectorAll("[data-section] > .is-windowed")];
  }

  /** Have the rows in the page that are looked at now. */
  look() {
    if (!this.isOn || !this.height) return;
    let isOther = false;
    for (const list of this.lists()) {
      const id = sectionOf(list);
      const range = rangeOf({ top: list.getBoundingClientRect().top, count: this.counts.get(id) ?? 0, height: this.height, view: innerHeight });
      const before = this.ranges.get(id);
      if (before?.[0] === range[0] && before[1] === range[1]) continue;
      this.ranges.set(id, range);
      isOther = true;
    }
    if (isOther) this.host.requestUpdate();
  }

  /** What was seen stays where it was: the first row that is still the same, else the first that is still there. */
  keep() {
    const held = this.held ?? [];
    const anchor = held.find(({ key, row }) => this.host.line.rowOf(key) === row) ?? held.find(({ key }) => this.host.line.numberOf(key) >= 0);
    const now = anchor && this.topOf(anchor.key);
    if (anchor && now !== null && Math.abs(now - anchor.top) >= 1) scrollBy(0, now - anchor.top);
  }

  /** Where a row is, in the page or not; null if its list is not. */
  topOf(key) {
    const row = this.host.querySelector(`[data-row="${CSS.escape(key)}"]`);
    if (row) return row.getBoundingClientRect().top;
    const { id, number } = this.host.line.placeOf(key);
    const list = this.lists().find((each) => sectionOf(each) === id);
    return list ? list.getBoundingClientRect().top + number * this.height : null;
  }

  /** Go where the person was on this screen; while tasks are still read, again with each part of them. */
  goBack({ top, key }) {
    scrollTo(0, top);
    if (!this.host.app.isLoaded) return;
    this.wanted = null;
    if (key && document.activeElement === document.body) queueMicrotask(() => focusRow(key, { preventScroll: true }));
  }

  /** A row that was moved, or is gone, took the focus with it: it comes back to the row, or to the one in its place. */
  refocus() {
    if (!this.focused || this.isNew || document.activeElement !== document.body) return;
    const { active, keys } = this.focused;
    if (active instanceof HTMLElement && active.isConnected) active.focus({ preventScroll: true });
    else queueMicrotask(() => document.activeElement === document.body && keys.some((key) => focusRow(key, { preventScroll: true })));
  }

  print(isPrinting) {
    if (isPrinting) this.before = scrollY;
    this.isPrinting = isPrinting;
    this.host.requestUpdate();
    this.host.performUpdate();
    if (!isPrinting) scrollTo(0, this.before ?? 0);
  }
}

const sectionOf = (element) => element.closest("[data-section]")?.getAttribute("data-section") ?? "";

const seen = (element) => ({ key: element.dataset.row, row: element.querySelector("task-row").row, ...edges(element.getBoundingClientRect()) });

const edges = ({ top, bottom }) => ({ top, bottom });

const isInView = ({ top, bottom }) => bottom > 0 && top < innerHeight;

function setPixels(element, name, value) {
  if (element[name] === value) return;
  element[name] = value;
  element.style.setProperty(name, `${value}px`);
}
