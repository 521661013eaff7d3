// @ts-check
// The saved views of a person: lists of their own, each a query with a name, a group, a sort and a place.
import { KeptList } from "../sync/kept_list.js";
import { sectionsOfDone } from "../store/done.js";
import { sectionsOfQuery } from "../store/grouping.js";
import { partsOfAddress, withValues } from "../store/queries.js";
import { addList } from "../store/views.js";
import "../locale/en-lists.js";
import "./more_icons.js";

/** @typedef {{id: number, name: string, query: string, group: string, sort: string, position: number, version: number}} View */

const PATH = "/api/views/";

/** Return what the app knows of its person's views. */
export function viewsOf(app) {
  if (!app.views) {
    app.views = new SavedViews(app);
    queueMicrotask(() => app.showRoute()); // its lists are known from now on
  }
  return app.views;
}

export class SavedViews extends KeptList {
  constructor(app) {
    super(app, { name: "views", path: PATH });
    const sectionsIn = (moment, address) => sectionsOfQuery(address, { ...moment, weekStart: app.user.week_start }, tagsOf(app.store));
    addList("done", sectionsOfDone);
    addList("search", sectionsIn);
    addList("view", (moment, name) => sectionsIn(moment, this.addressOf(name)));
    this.listen("view");
    this.addEventListener("change", () => { app.showRoute(); app.changed(); });
  }

  /** Return the view of a route's name, which is its id, with an address's query behind it while that is being changed. */
  viewOf(name) {
    const id = parseInt(name, 10);
    return this.list.find((view) => view.id === id);
  }

  /** What a screen shows may be a frame old. */
  now(view) {
    return this.viewOf(String(view.id)) ?? view;
  }

  /** Return the query, group and sort that a route shows. */
  addressOf(name) {
    const edited = name.split("?")[1];
    const view = this.viewOf(name);
    return edited ?? (view ? stateOf(view) : "");
  }

  /** Save a query under a name. */
  async create(name, address, more = {}) {
    const answer = await this.change("POST", PATH, { name, ...partsOfAddress(address), ...more });
    if (answer) await this.refresh();
    return answer?.body ?? null;
  }

  async edit(view, fields) {
    const { version } = this.now(view);
    const answer = await this.change("PATCH", `${PATH}${view.id}/`, fields, { headers: { "If-Match": `"${version}"` } });
    if (!answer) return null;
    if ("position" in fields) await this.refresh();
    else this.put(this.list.map((each) => (each.id === view.id ? answer.body : each)));
    return answer.body;
  }

  /** Delete a view; in the message it can be had back, where it was. */
  async remove(view) {
    const { t, toasts, announcer } = this.app;
    view = this.now(view);
    const answer = await this.change("DELETE", `${PATH}${view.id}/`);
    if (!answer) return false;
    this.put(this.list.filter((each) => each.id !== view.id));
    const text = t("view_deleted", { name: view.name });
    announcer.say(text);
    toasts.show(text, { label: t("undo"), run: () => void this.create(view.name, stateOf(view), { position: view.position }) });
    return true;
  }
}

/** Return the address that shows a view. */
export function stateOf({ query, group, sort }) {
  return withValues(withValues(query, "group", group === "none" ? [] : [group]), "sort", sort ? [sort] : []);
}

const tagsOf = (store) => [...store.counts.tags.keys()].sort((one, other) => one.localeCompare(other));
