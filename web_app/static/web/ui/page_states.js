// @ts-check
// What a list that only the server has says while it comes, when it does not, and when there is nothing.
import { html, nothing } from "../vendor/lit-element/lit-element.js";

/** @param {any} app @param {import("./direct.js").Pages} pages @param {{empty: string}} words */
export function pageStates({ t }, pages, { empty }) {
  if (pages.state === "failed") return html`<div class="empty" role="alert"><p lang="en">${pages.problem}</p><button type="button" class="example" @click=${() => void pages.load()}>${t("try_again")}</button></div>`;
  if (pages.rows.length) return nothing;
  if (pages.state === "loading") return html`<div class="skeleton" role="status"><span class="unseen">${t("loading_more")}</span><i></i><i></i><i></i></div>`;
  return html`<div class="empty"><p>${empty}</p></div>`;
}
