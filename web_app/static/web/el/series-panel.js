// @ts-check
// The series of a task: what comes, what was, and what is done about one occurrence or all of them.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { FromServer } from "../ui/from-server.js";
import { LightElement } from "../ui/light.js";
import { isInSeries, scopeFor } from "../ui/scopes.js";
import { slotText } from "../ui/slots.js";
import { changeFields, detachTask, makeAlike, removeTask, skipTask } from "../ui/task-changes.js";

const SHOWN = 6;
const PAST = 20;

export class SeriesPanel extends LightElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, hasPast: { state: true }, from: { state: true } };

  constructor() {
    super();
    this.hasPast = false;
    /** The address of the page of what was; "" for the last one. */
    this.from = "";
    this.series = new FromServer(this);
    this.coming = new FromServer(this);
    this.past = new FromServer(this);
  }

  willUpdate(changed) {
    if (changed.has("row") && changed.get("row")?.series_id !== this.row.series_id) Object.assign(this, { hasPast: false, from: "" });
  }

  render() {
    const { t } = this.app;
    const { series_id: id, version } = this.row;
    const { state, body } = this.series.want(`/api/series/${id}/`, version);
    const coming = this.coming.want(`/api/series/${id}/occurrences/?n=${SHOWN}`, version);
    if (state === "offline" && !body) return html`<p class="state">${t("needs_network_back")}</p>`;
    return html`
      ${body && body.state !== "running" ? html`<p>${t(`series_${body.state}`)}${body.stuck ? html` <span lang="en">${body.stuck.reason}</span>` : nothing}</p>` : nothing}
      ${this.was(id, version, coming.body?.results[0]?.local)}
      ${this.list(coming.body?.results ?? [])}
      ${isInSeries(this.row) ? this.actions() : nothing}`;
  }

  /** What was, page by page, the last page first. @param {string | undefined} before the first that is to come */
  was(id, version, before) {
    const { t } = this.app;
    if (!this.hasPast) return html`<button type="button" class="act" @click=${() => { this.hasPast = true; }}>${t("show_past")}</button>`;
    const last = `/api/series/${id}/occurrences/?past=true&limit=${PAST}&cursor=${encodeURIComponent(`<${before ?? "9999-12-31"}`)}`;
    const { body, state } = this.past.want(this.from || last, version);
    if (state === "offline") return html`<p class="state">${t("needs_network_back")}</p>`;
    if (!body) return nothing;
    const go = (link) => { this.from = link ? new URL(link).pathname + new URL(link).search : ""; };
    return html`
      ${body.previous ? html`<button type="button" class="act" @click=${() => go(body.previous)}>${t("earlier")}</button>` : nothing}
      ${body.results.length ? this.list(body.results) : html`<p class="state">${t("no_past")}</p>`}
      ${this.from ? html`<button type="button" class="act" @click=${() => go(null)}>${t("latest")}</button>` : nothing}`;
  }

  list(slots) {
    const { t, place } = this.app;
    return html`<ul class="slots">${slots.map(({ local, status, task_id: id, note, count, last }) => {
      const text = count > 1 ? t("slots_between", { count, from: slotText(local, place), to: slotText(last, place) }) : slotText(local, place);
      const isThis = id === this.row.id;
      return html`<li data-status=${status}>${id && !isThis ? html`<a href="/app/task/${id}">${text}</a>` : html`<span class=${isThis ? "strong" : ""}>${text}</span>`}
        <span class="count">${t(isThis ? "slot_this" : `slot_${status}`)}${note ? ` · ${t(`slot_${note}`)}` : nothing}</span></li>`;
    })}</ul>`;
  }

  actions() {
    const { app, row } = this;
    const { t } = app;
    return html`<div class="buttons">
      <button type="button" @click=${() => skipTask(app, row)}>${t("skip_one")}</button>
      <button type="button" @click=${() => detachTask(app, row)}>${t("detach")}</button>
      <button type="button" aria-haspopup="dialog" @click=${() => void scopeFor(app, row, "text", (scope) => makeAlike(app, row, scope))}>${t("make_alike")}</button>
      <button type="button" @click=${() => changeFields(app, row, { recurrence: null }, undefined)}>${t("stop_recurring")}</button>
      <button type="button" aria-haspopup="dialog" @click=${() => void scopeFor(app, row, "delete", (scope) => removeTask(app, row, scope))}>${t("keys_delete")}</button>
    </div>`;
  }
}

customElements.define("series-panel", SeriesPanel);
