// @ts-check
// Which screen an address means, and moving between screens without loading the page again.
import { focusedKey } from "./focus.js";

/** @typedef {{view: string, name: string, path: string}} Route */

const LISTS = new Set(["today", "upcoming", "inbox", "all", "overdue", "done", "tags", "notifications", "reminders", "trash", "activity", "settings"]);
const PRIORITIES = new Set(["urgent", "high", "medium", "low"]);

/** Return the screen of a path; `view` is "missing" where there is none. Of search and saved views the query is part of the name. @param {string} address @returns {Route} */
export function routeOf(address) {
  const [path, query = ""] = address.split(/(?=\?)/);
  const [first, second = ""] = path.replace(/^\/app\/|^\/|\/$/g, "").split("/");
  if (!first) return { view: "today", name: "", path };
  const name = decode(second);
  if (LISTS.has(first) && !second) return { view: first, name: "", path };
  if (first === "search" && !second) return { view: first, name: query.slice(1), path };
  if (first === "view" && /^\d+$/.test(name)) return { view: first, name: name + query, path };
  if (first === "tag" && name) return { view: "tag", name, path };
  if (first === "task" && /^(?:\d+|new:[\da-f-]+)$/.test(name)) return { view: "task", name, path };
  if (first === "priority" && PRIORITIES.has(name)) return { view: "priority", name, path };
  return { view: "missing", name: "", path };
}

/** @returns {string} */
const address = () => location.pathname + location.search;

/** @returns {Place} */
const here = () => ({ top: scrollY, key: focusedKey() });

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** @typedef {{top: number, key: string}} Place how far a screen is scrolled, and the row that has the focus */

export class Router extends EventTarget {
  constructor() {
    super();
    this.route = routeOf(address());
    /** The list that a task stands beside, or that it was opened from. */
    this.list = this.route.view === "task" ? routeOf(history.state?.from ?? "/") : this.route;
    /** @type {Map<string, Place>} where the person was, by entry of the history */
    this.places = new Map();
    this.entry = history.state?.entry ?? "";
    /** @type {Place | null} where the person was on the screen that Back has brought */
    this.place = history.state?.place ?? null;
    history.scrollRestoration = "manual"; // the browser would restore before there are rows
    addEventListener("popstate", () => this.comeBack());
    addEventListener("pagehide", () => history.replaceState({ ...history.state, entry: this.entry, place: here() }, ""));
    document.addEventListener("click", (event) => this.follow(event));
  }

  /** From one task to another there is nothing to come back to but their list. @param {string} path */
  go(path) {
    const isNext = this.route.view === "task" && routeOf(path).view === "task";
    if (path !== location.pathname && !isNext) {
      this.places.set(this.entry, here());
      this.entry = crypto.randomUUID();
      history.pushState({ entry: this.entry, from: address() }, "", path);
    }
    if (isNext) history.replaceState(history.state, "", path);
    this.place = null;
    this.read();
  }

  /** Back to the list that a task was opened from. */
  leaveTask() {
    if (history.state?.from) history.back();
    else this.go(this.list.path);
  }

  /** The id of the task that is open, "" while none is. */
  get open() {
    return this.route.view === "task" ? this.route.name : "";
  }

  /** The screen stays, and its query is another one. @param {string} query */
  restate(query) {
    const stated = this.list.path + (query && `?${query}`);
    if (this.open) history.replaceState({ ...history.state, from: stated }, "");
    else history.replaceState(history.state, "", stated);
    this.list = routeOf(stated);
    this.read();
  }

  comeBack() {
    this.places.set(this.entry, here());
    this.entry = history.state?.entry ?? "";
    this.place = this.places.get(this.entry) ?? history.state?.place ?? null;
    this.read();
  }

  read() {
    this.route = routeOf(address());
    if (this.route.view !== "task") this.list = this.route;
    this.dispatchEvent(new Event("change"));
  }

  /** Follow a link of our own without loading. @param {MouseEvent} event */
  follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !isPlain || link.target || event.defaultPrevented) return;
    if (link.hash && link.pathname === location.pathname) return; // a place on this screen
    if (link.origin !== location.origin || !(link.pathname === "/" || link.pathname.startsWith("/app/"))) return;
    event.preventDefault();
    this.go(link.pathname);
  }
}
