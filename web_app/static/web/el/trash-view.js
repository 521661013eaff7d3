// @ts-check
// What was deleted, for thirty days: brought back, or removed for good.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { dayAt, daysBetween } from "../time/days.js";
import { dayText } from "../time/format.js";
import { Pages, callOrSay } from "../ui/direct.js";
import { LightElement } from "../ui/light.js";
import { lineOf, moreOf, pageStates } from "../ui/page_states.js";
import "./question-dialog.js";

const PATH = "/api/tasks/trash/";
const JOB_MS = 500;
const once = () => ({ headers: { "Idempotency-Key": crypto.randomUUID() } });

export class TrashView extends LightElement {
  static properties = { app: { attribute: false }, question: { state: true }, isEmptying: { state: true } };

  constructor() {
    super();
    this.line = lineOf([]);
    this.dataset.line = "";
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (!this.isConnected) return;
      this.pages = new Pages(this.app, `${PATH}?limit=100`);
      this.follow([[this.pages, "change"], [this.app, "change"]]);
      void this.pages.load();
    });
  }

  render() {
    const { t } = this.app;
    const rows = (this.pages?.rows ?? []).map((row) => ({ ...row, key: `t${row.id}` }));
    this.line = lineOf(rows);
    return html`
      ${rows.length ? html`<p class="topline"><span class="note">${t("trash_note")}</span><button type="button" class="act" ?disabled=${this.isEmptying} @click=${() => this.askAll()}>${t(this.isEmptying ? "trash_emptying" : "trash_empty")}</button></p>` : nothing}
      ${this.pages ? pageStates(this.app, this.pages, { empty: t("empty_trash") }) : nothing}
      <ul class="rows lines">${repeat(rows, ({ key }) => key, (row) => this.row(row))}</ul>
      ${moreOf(this.app, this.pages)}
      ${this.question ? html`<question-dialog .app=${this.app} .question=${this.question} @done=${() => { this.question = null; }}></question-dialog>` : nothing}`;
  }

  row(row) {
    const { t, place } = this.app;
    const deleted = dayAt(Date.parse(row.deleted_at), place.zone);
    const left = Math.max(0, daysBetween(place.today, dayAt(Date.parse(row.purge_at), place.zone)));
    return html`<li data-row=${row.key}><div class="body">
        <a class="title" href="/app/task/${row.id}"><bdi dir="auto">${row.title}</bdi></a>
        <p class="details"><span>${t("deleted_on", { day: dayText(deleted, place.today, place) })}</span><span>${t("days_left", { count: left })}</span></p>
      </div>
      <p class="acts"><button type="button" class="act" aria-label=${t("restore_of", { title: row.title })} @click=${() => void this.restore(row)}>${t("restore")}</button>
        <button type="button" class="act" aria-label=${t("purge_of", { title: row.title })} @click=${() => this.ask(row)}>${t("purge")}</button></p></li>`;
  }

  async restore({ id, title }) {
    const answer = await callOrSay(this.app, "POST", `/api/tasks/${id}/restore/`, { ...once(), body: {} });
    if (answer?.status !== 200) return;
    this.gone(id);
    this.app.engine.keep(answer.body);
    this.app.actions.saySmall(this.app.t("restored_task", { title }));
  }

  ask(row) {
    const { t } = this.app;
    this.question = { title: t("purge_title", { title: row.title }), text: t("purge_text"), yes: t("purge"), run: () => void this.purge(row) };
  }

  async purge({ id, title }) {
    const answer = await callOrSay(this.app, "DELETE", `${PATH}${id}/`, once());
    if (answer?.status !== 200) return;
    this.gone(id);
    this.app.actions.saySmall(this.app.t("purged", { title }));
  }

  /** The row is gone; the focus goes to the one that takes its place. */
  gone(id) {
    const at = this.line.numberOf(`t${id}`);
    this.pages?.drop((row) => row.id === id);
    void this.updateComplete.then(() => {
      const rows = this.querySelectorAll(".title");
      const next = rows[Math.min(at, rows.length - 1)];
      if (next instanceof HTMLElement) next.focus();
    });
  }

  askAll() {
    const { t } = this.app;
    this.question = { title: t("trash_empty_title"), text: t("purge_text"), yes: t("trash_empty"), run: () => void this.emptyAll() };
  }

  /** A full trash is emptied by a job; it is waited for. */
  async emptyAll() {
    this.isEmptying = true;
    const answer = await callOrSay(this.app, "DELETE", PATH, once());
    let job = answer?.status === 202 ? answer.body : null;
    while (job && job.status !== "done" && this.isConnected) {
      await new Promise((resolve) => { setTimeout(resolve, JOB_MS); });
      job = (await callOrSay(this.app, "GET", `${PATH}jobs/${job.id}/`))?.body;
    }
    this.isEmptying = false;
    await this.pages?.load();
  }
}

customElements.define("trash-view", TrashView);
