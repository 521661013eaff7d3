// @ts-check
// Why a notification came, in the server's words, and on which ways: asked for when it is opened.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { LightElement } from "../ui/light.js";
import { call, problemText } from "../ui/direct.js";

export class WhyLine extends LightElement {
  static properties = { app: { attribute: false }, notification: { attribute: false }, sentences: { state: true }, problem: { state: true } };

  render() {
    const { t } = this.app;
    const { deliveries = [] } = this.notification;
    return html`<details class="why-line" @toggle=${(event) => event.target.open && void this.ask()}>
      <summary>${t("why_notified")}</summary>
      ${this.problem ? html`<p lang="en">${this.problem}</p>` : nothing}
      ${this.sentences?.map((sentence) => html`<p lang="en"><bdi>${sentence}</bdi></p>`)}
      <ul>${deliveries.map(({ channel, status, reason }) => html`<li>${t(`channel_${channel}`)}: ${t(`delivery_${status}`)}${reason ? html` · ${t(`reason_${reason}`)}` : nothing}</li>`)}</ul>
    </details>`;
  }

  async ask() {
    if (this.sentences) return;
    const { task_id: task, reminder_id: reminder, deliveries } = this.notification;
    // One that came over the socket does not say on which ways it went.
    if (!deliveries) void this.app.notifications.load();
    const answer = await call(this.app, "GET", `/api/tasks/${task}/explain/`);
    this.problem = answer?.status === 200 ? "" : answer?.status === 404 ? this.app.t("task_gone") : problemText(this.app, answer);
    if (answer?.status === 200) this.sentences = answer.body.reminders.find(({ id }) => id === reminder)?.why ?? [];
  }
}

customElements.define("why-line", WhyLine);
