// @ts-check
// What a list that only the server has says while it comes, when it does not, and when there is nothing.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { Line } from "./focus.js";

/** @param {import("./direct.js").Pages} pages @param {{empty: string}} words */
export function pageStates({ t }, pages, { empty }) {
  if (pages.state === "failed") return html`<div class="empty" role="alert"><p lang="en">${pages.problem}</p><button type="button" class="example" @click=${() => void pages.load()}>${t("try_again")}</button></div>`;
  if (pages.rows.length) return nothing;
  if (pages.state === "loading") return html`<div class="skeleton" role="status"><span class="unseen">${t("loading_more")}</span><i></i><i></i><i></i></div>`;
  return html`<div class="empty"><p>${empty}</p></div>`;
}

/** What asks for the next page, where there is one. @param {import("./direct.js").Pages | undefined} pages */
export function moreOf({ t }, pages) {
  return pages?.next ? html`<button type="button" class="example" @click=${() => void pages.more()}>${t("show_more")}</button>` : nothing;
}

/** The rows of a list that is whole in the page. */
export const lineOf = (rows) => new Line([{ id: "rows", list: { rows, numberOf: (key) => rows.findIndex((row) => row.key === key) } }]);
