// @ts-check
// One task with all that there is to it, beside its list or as a screen of its own. It follows the row that has the focus.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import "../locale/en-task.js";
import { focusRow } from "../ui/focus.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";
import "./absent-task.js";
import "./due-field.js";
import "./reminder-field.js";
import "./rule-field.js";
import "./task-description.js";
import "./task-panels.js";
import "./text-field.js";
import "../ui/more_icons.js";

export class TaskDetail extends LightElement {
  static properties = { app: { attribute: false }, task: {}, isAlone: { attribute: false } };

  constructor() {
    super();
    this.task = "";
    this.key = "";
    this.addEventListener("edit", () => this.querySelector("text-field")?.field.focus());
    this.addEventListener("leave", () => this.app.router.leaveTask());
    this.addEventListener("done", () => this.focusIn());
    this.onFocus = ({ target }) => this.followFocus(target);
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("focusin", this.onFocus);
    // The element may be there before its module: what it was given is known from its first update on.
    void this.updateComplete.then(() => this.isConnected && this.follow([[this.app.store, "change"], [this.app.engine, "status"], [this.app, "change"]], { byFrame: true }));
  }

  /** Back to the row, wherever it is by then. */
  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("focusin", this.onFocus);
    const { key } = this;
    const refocus = () => {
      if (document.activeElement !== document.body || document.querySelector("task-detail") || focusRow(key, { preventScroll: true })) return;
      document.querySelector("main")?.focus({ preventScroll: true });
    };
    requestAnimationFrame(() => requestAnimationFrame(refocus));
  }

  /** @param {EventTarget | null} target which has the focus now */
  followFocus(target) {
    const row = target instanceof Element ? target.closest("list-view [data-row], search-view [data-row]") : null;
    const key = row?.getAttribute("data-row");
    if (key && key !== this.key) this.app.router.go(`/app/task/${this.app.store.shown.get(key)?.id ?? key}`);
  }

  get row() {
    const { store } = this.app;
    return store.shown.get(store.keyOf(/^\d+$/.test(this.task) ? Number(this.task) : this.task));
  }

  render() {
    const { row } = this;
    const { t, isLoaded } = this.app;
    const heading = row?.title ?? t("open_task");
    return html`
      <div class="task" tabindex="-1" role="group" aria-label=${heading}>
        ${this.bar(row)}
        ${row ? this.whole(row) : isLoaded ? html`<absent-task .app=${this.app} task=${this.task}></absent-task>` : html`<div class="skeleton" role="status"><span class="unseen">${t("loading")}</span><i></i><i></i></div>`}
      </div>`;
  }

  bar(row) {
    const { t } = this.app;
    return html`<header class="bar">
      <button type="button" class="quiet back" aria-label=${t("close_task")} @click=${() => this.app.router.leaveTask()}>${icon(this.isAlone ? "back" : "close")}</button>
      ${this.isAlone ? html`<h1 class="unseen">${row?.title ?? t("open_task")}</h1><h2 class="unseen">${t("open_task")}</h2><sync-badge .app=${this.app}></sync-badge>` : html`<h2 class="unseen">${row?.title ?? t("open_task")}</h2><span class="space"></span>`}
      ${row ? html`<button type="button" class="quiet" aria-haspopup="dialog" aria-label=${t("row_menu", { title: row.title })} @click=${() => void this.app.choose("menu", [row])}>${icon("more")}</button>` : nothing}
    </header>`;
  }

  whole(row) {
    const { t, actions } = this.app;
    return html`
      <div class=${row.completed ? "top is-done" : "top"}>
        <input type="checkbox" class="done" data-priority=${row.priority} .checked=${Boolean(row.completed)} aria-label=${t(row.completed ? "reopen" : "complete", { title: row.title })} @change=${() => actions.toggle(row)}>
        <text-field .app=${this.app} .row=${row} name="title" most="200" .isLine=${true} label=${t("title_of")}></text-field>
      </div>
      <task-description .app=${this.app} .row=${row}></task-description>
      <dl class="fields">
        ${this.field("today", t("do_due"), html`<due-field .app=${this.app} .row=${row}></due-field>`)}
        ${this.field("repeat", t("rule"), html`<rule-field .app=${this.app} .row=${row}></rule-field>`)}
        ${this.field("bell", t("reminders"), html`<reminder-field .app=${this.app} .row=${row}></reminder-field>`)}
        ${this.field("flag", t("do_priority"), this.priority(row))}
        ${this.field("tag", t("do_tags"), this.tags(row))}
      </dl>
      ${row.sync === "blocked" ? html`<p class="why"><button type="button" class="act" @click=${() => void this.app.open("outbox-sheet")}>${icon("alert")}${t("row_blocked")}</button></p>` : nothing}
      ${typeof row.id === "number" ? html`<task-panels .app=${this.app} .row=${row}></task-panels>` : nothing}`;
  }

  field(drawing, name, content) {
    return html`<div><dt>${icon(drawing)}${name}</dt><dd>${content}</dd></div>`;
  }

  priority(row) {
    const { t } = this.app;
    return html`<button type="button" class="value priority" data-priority=${row.priority} aria-haspopup="dialog" aria-label=${t("value_of", { name: t("do_priority"), value: t(row.priority) })} @click=${() => void this.app.choose("priority", [row])}>${t(row.priority)}</button>`;
  }

  tags(row) {
    const { t } = this.app;
    return html`${row.tags.map((tag) => html`<a class="tag" href="/app/tag/${encodeURIComponent(tag)}"><bdi>#${tag}</bdi></a>`)}
      <button type="button" class=${row.tags.length ? "value add" : "value none"} aria-haspopup="dialog" aria-label=${t("change_tags")} @click=${() => void this.app.choose("tags", [row])}>${row.tags.length ? icon("edit") : t("add_tags")}</button>`;
  }

  updated(changed) {
    const { row } = this;
    this.key = row?.key ?? this.key;
    if (row) this.setAttribute("data-open", row.key);
    else this.removeAttribute("data-open");
    document.title = `${row?.title ?? this.app.t("not_here")} – Todo`;
    if (row && String(row.id) !== this.task && typeof row.id === "number") this.app.router.go(`/app/task/${row.id}`);
    const awaited = this.app.isTaskAwaited;
    if (!awaited) return;
    this.app.isTaskAwaited = false;
    this.focusIn();
    if (awaited === "reminder") /** @type {any} */ (this.querySelector("reminder-field"))?.begin();
    if (changed.has("task")) this.querySelector(".task")?.scrollTo(0, 0);
  }

  focusIn() {
    const body = this.querySelector(".task");
    if (body instanceof HTMLElement) body.focus({ preventScroll: true });
  }
}

customElements.define("task-detail", TaskDetail);
