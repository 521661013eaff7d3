// @ts-check
// Asks the server to verify the audit trail, and says what was checked.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { call, problemText } from "../ui/direct.js";
import { icon } from "../ui/icons.js";
import { LightElement } from "../ui/light.js";

/** A call verifies for half a second at most. */
const MOST_CALLS = 600;
const HEAD_SHOWN = 12;

export class TrailProof extends LightElement {
  static properties = { app: { attribute: false }, verdict: { state: true }, problem: { state: true }, isAsking: { state: true } };

  render() {
    const { t } = this.app;
    return html`<div class="proof" data-state=${this.verdict?.complete ? (this.verdict.ok ? "good" : "bad") : "open"}>${icon("shield")}
      <div><p role="status">${this.text()}</p>${this.verdict?.complete && this.verdict.ok ? html`<p class="note">${t("proof_how")}</p>` : nothing}
        ${this.verdict?.reason ? html`<p class="why" lang="en">${this.verdict.reason}</p>` : nothing}${this.problem ? html`<p class="why" lang="en">${this.problem}</p>` : nothing}</div>
      <button type="button" class="act" ?disabled=${this.isAsking} @click=${() => void this.verify()}>${t("verify")}</button></div>`;
  }

  text() {
    const { t, locale } = this.app;
    if (!this.verdict) return t("proof_ask");
    const number = (count) => new Intl.NumberFormat(locale).format(count);
    const { ok, complete, entries, verified, head, first_bad_sequence: bad } = this.verdict;
    if (!ok) return t("proof_bad", { number: bad === undefined ? "" : number(bad) });
    return complete ? t("proof_good", { count: entries, text: number(entries), head: head.slice(0, HEAD_SHOWN) }) : t("proof_open", { verified: number(verified), text: number(entries) });
  }

  async verify() {
    this.isAsking = true;
    this.problem = "";
    for (let calls = 0; calls < MOST_CALLS && this.isConnected; calls += 1) {
      const answer = await call(this.app, "GET", "/api/audit/verify/");
      if (answer?.status !== 200) { this.problem = problemText(this.app, answer); break; }
      this.verdict = answer.body;
      if (!answer.body.ok || answer.body.complete) break;
    }
    this.isAsking = false;
  }
}

customElements.define("trail-proof", TrailProof);
