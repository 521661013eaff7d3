// @ts-check
// The second factor: an authenticator is given a key, as a picture or as text; a first code of it turns it on. The recovery
// codes are shown once.
import { html, nothing, svg } from "../vendor/lit-element/lit-element.js";
import { dayAt } from "../time/days.js";
import { dayText } from "../time/format.js";
import { call } from "../ui/direct.js";
import { formField, problemsOf, refuse } from "../ui/form_field.js";
import { LightElement } from "../ui/light.js";

const PATH = "/api/auth/second-factor/";
/** Light modules around a QR code, and how large each is drawn. */
const EDGE = 4;
const PIXELS = 4;

export class SettingsFactor extends LightElement {
  static properties = { app: { attribute: false }, state: { state: true }, made: { state: true }, codes: { state: true }, problems: { state: true }, told: { state: true } };

  constructor() {
    super();
    this.codes = [];
    this.problems = {};
    this.told = "";
  }

  firstUpdated() {
    void this.look();
  }

  async look() {
    const answer = await call(this.app, "GET", PATH);
    if (answer?.status === 200) this.state = answer.body;
    else this.problems = problemsOf(this.app, answer);
  }

  render() {
    return html`${this.step()}<p role="status">${this.told}</p>${this.problems[""] ? html`<p class="why" role="alert" lang="en">${this.problems[""]}</p>` : nothing}`;
  }

  step() {
    const { t } = this.app;
    if (this.codes.length) return this.recovery();
    if (this.made) return this.enrolment();
    if (!this.state) return nothing;
    if (this.state.enabled) return this.ending();
    return html`<p class="note">${t("factor_off")}</p><p class="acts"><button type="button" class="plain-button" @click=${() => void this.begin()}>${t("factor_begin")}</button></p>`;
  }

  enrolment() {
    const { t } = this.app;
    const { secret, uri, qr } = this.made;
    const size = qr.length + 2 * EDGE;
    const dark = qr.map((row, y) => [...row].map((module, x) => (module === "1" ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
    return html`
      <div class="made"><p>${t("factor_scan")}</p>
        <svg role="img" aria-label=${t("factor_picture")} width=${size * PIXELS} height=${size * PIXELS} viewBox="${-EDGE} ${-EDGE} ${size} ${size}" shape-rendering="crispEdges">${svg`<path fill="#fff" d="M${-EDGE} ${-EDGE}h${size}v${size}h${-size}z"/><path d=${dark}/>`}</svg>
        <code>${secret.match(/.{1,4}/g)?.join(" ")}</code>
        <p class="acts"><button type="button" class="act" @click=${() => void navigator.clipboard?.writeText(secret)}>${t("copy")}</button><a class="act" href=${uri}>${t("factor_open")}</a></p></div>
      <form class="field" @submit=${(event) => void this.confirm(event)}>
        ${formField({ id: "factor-code", name: "code", label: t("factor_code"), kind: "one-time-code", inputmode: "numeric", wrong: this.problems.code })}
        <p class="acts"><button class="primary">${t("factor_confirm")}</button><button type="button" class="plain-button" @click=${() => this.reset()}>${t("cancel")}</button></p></form>`;
  }

  recovery() {
    const { t } = this.app;
    const text = this.codes.join("\n");
    return html`<div class="made" role="status"><p>${t("factor_codes")}</p>${this.codes.map((code) => html`<code>${code}</code>`)}
      <p class="acts"><button type="button" class="act" @click=${() => void navigator.clipboard?.writeText(text)}>${t("copy")}</button><a class="act" download="todo-recovery-codes.txt" href="data:text/plain,${encodeURIComponent(text)}">${t("factor_save")}</a></p></div>
      <p class="acts"><button type="button" class="plain-button" @click=${() => this.reset()}>${t("factor_kept")}</button></p>`;
  }

  ending() {
    const { t, place } = this.app;
    const { confirmed_at: at, recovery_codes_left: count } = this.state;
    const { password, code } = this.problems;
    return html`<p>${t("factor_on", { day: dayText(dayAt(Date.parse(at), place.zone), place.today, place) })} ${t("factor_left", { count })}</p>
      <details class="field danger-zone" ?open=${Boolean(password ?? code)}><summary>${t("factor_end")}</summary>
        <form @submit=${(event) => void this.end(event)}>
          ${formField({ id: "factor-password", name: "password", label: t("current_password"), type: "password", kind: "current-password", wrong: password })}${formField({ id: "factor-code", name: "code", label: t("factor_any_code"), kind: "one-time-code", wrong: code })}
          <p class="acts"><button class="danger">${t("factor_end")}</button></p></form></details>`;
  }

  async begin() {
    const answer = await call(this.app, "POST", PATH, { body: {} });
    if (answer?.status !== 201) return refuse(this, answer);
    this.reset({ made: answer.body });
    await this.updateComplete;
    return this.querySelector("input")?.focus();
  }

  async confirm(event) {
    event.preventDefault();
    const answer = await call(this.app, "POST", `${PATH}confirm/`, { body: { code: this.given(event).get("code") } });
    if (answer?.status !== 200) return refuse(this, answer);
    this.reset({ codes: answer.body.recovery_codes });
    this.dispatchEvent(new Event("ended"));
    return this.look();
  }

  async end(event) {
    event.preventDefault();
    const given = this.given(event);
    const answer = await call(this.app, "DELETE", PATH, { body: { password: given.get("password"), code: given.get("code") } });
    if (answer?.status !== 204) return refuse(this, answer);
    this.reset({ told: this.app.t("factor_ended") });
    return this.look();
  }

  given(event) {
    return new FormData(/** @type {HTMLFormElement} */ (event.target));
  }

  /** Show what there is now, and nothing of before. */
  reset({ made, codes = [], told = "" } = {}) {
    Object.assign(this, { made, codes, told, problems: {} });
  }
}

customElements.define("settings-factor", SettingsFactor);
