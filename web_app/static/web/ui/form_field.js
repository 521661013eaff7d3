// @ts-check
// A field of a form with what is wrong with it; what a server refuses, by field.
import { html, nothing } from "../vendor/lit-element/lit-element.js";
import { fieldProblems, problemText } from "./direct.js";

/** @param {{id: string, name: string, label: string, type?: string, kind: string, inputmode?: string, wrong?: string}} about `kind`: what the browser may fill in */
export function formField({ id, name, label, type = "text", kind, inputmode, wrong }) {
  return html`<label for=${id}>${label}</label>
    <input id=${id} name=${name} type=${type} autocomplete=${kind} inputmode=${inputmode ?? nothing} required spellcheck="false" aria-invalid=${wrong ? "true" : nothing} aria-describedby=${wrong ? `${id}-why` : nothing}>
    ${wrong ? html`<p id="${id}-why" class="why" role="alert" lang="en">${wrong}</p>` : nothing}`;
}

/** What is wrong, by field; "" for what belongs to none. */
export function problemsOf(app, answer) {
  const found = fieldProblems(answer);
  return Object.keys(found).length ? found : { "": problemText(app, answer) };
}

/** Show what a server has refused, at its fields. @param {any} element with `app` and `problems` */
export async function refuse(element, answer) {
  element.problems = problemsOf(element.app, answer);
  await element.updateComplete;
  element.querySelector("[aria-invalid=true]")?.focus();
}
