// @ts-check
// In place of a task that this device does not have: it is asked for, and is an old one, in the trash, or nobody's.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { FromServer } from "../ui/from-server.js";
import { LightElement } from "../ui/light.js";
import { wholeDueText } from "../ui/dues.js";
import { restoreTask } from "../ui/task-changes.js";

export class AbsentTask extends LightElement {
  static properties = { app: { attribute: false }, task: {} };

  constructor() {
    super();
    this.task = "";
    this.live = new FromServer(this);
    this.trashed = new FromServer(this);
  }

  connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.isConnected && this.follow([[this.app.store, "change"]], { byFrame: true }));
  }

  render() {
    const { t, store } = this.app;
    const id = Number(this.task);
    if (!id) return this.missing();
    const waiting = store.pending.get(id)?.length ? store.confirmed.get(id) : null;
    if (waiting) return this.inTrash(waiting);
    const { state, body } = this.live.want(`/api/tasks/${id}/`, store.gone.get(id) ?? "");
    if (state === "here" && store.confirm(body)) return nothing; // an old one, that is not kept here
    if (state === "asking") return nothing;
    if (state === "offline") return html`<p class="state">${t("needs_network_back")}</p>`;
    const trashed = this.trashed.want(`/api/tasks/trash/${id}/`, store.gone.get(id) ?? "");
    if (trashed.state === "here") return this.inTrash(trashed.body);
    if (trashed.state === "offline") return html`<p class="state">${t("needs_network_back")}</p>`;
    return trashed.state === "asking" ? nothing : this.missing();
  }

  missing() {
    const { t, router } = this.app;
    return html`<div class="state"><h3>${t("not_here")}</h3><p>${t("task_not_here")}</p><a class="act" href=${router.list.path}>${t("close_task")}</a></div>`;
  }

  /** Of a series the occurrence that is open instead. */
  next({ series_id: series, id }) {
    const { t, store, place } = this.app;
    const next = series && [...store.shown.values()].find((row) => row.series_id === series && !row.completed && row.id !== id);
    return next ? html`<a class="act" href="/app/task/${next.id}">${t("next_occurrence", { when: wholeDueText(next, place) })}</a>` : nothing;
  }

  inTrash(task) {
    const { t } = this.app;
    return html`<div class="state"><h3>${t("in_trash")}</h3><p><bdi>${task.title}</bdi></p>
      <button type="button" class="primary" @click=${() => restoreTask(this.app, task.id, task)}>${t("restore")}</button>
      ${this.next(task)}
      <h3>${t("panel_history")}</h3><history-panel .app=${this.app} .task=${task.id} .row=${null}></history-panel></div>`;
  }
}

customElements.define("absent-task", AbsentTask);
