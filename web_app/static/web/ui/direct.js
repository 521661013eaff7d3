// @ts-check
// Calls that have no meaning without a network: sessions, tokens, push, what only the server lists.

/** @typedef {import("../sync/api.js").Answer} Answer */

/** Call, and say in a message what the server refuses or that there is no network. @returns {Promise<Answer | null>} null: no answer */
export async function callOrSay(app, method, path, given) {
  const answer = await call(app, method, path, given);
  if (!answer || answer.status >= 400) app.toasts.show(problemText(app, answer));
  return answer;
}

/** @returns {Promise<Answer | null>} null: no answer */
export async function call(app, method, path, given) {
  const answer = await app.api.call(method, path, given).catch(() => null);
  // The session is another one than when the page was opened: one more try with its token.
  if (answer?.status !== 403 || method === "GET") return answer;
  await app.engine.recognise().catch(() => false);
  return app.api.call(method, path, given).catch(() => null);
}

/** What a person reads of a refusal: by its id an operator finds what failed. */
export function problemText({ t }, answer) {
  if (!answer) return t("needs_network");
  const { errors, detail, request_id: id } = answer.body ?? {};
  const text = errors?.[0]?.detail ?? detail ?? t("failed_call", { status: answer.status });
  return answer.status >= 500 && id ? `${text} ${id}` : text;
}

/** What is wrong with each field, by its name. */
export function fieldProblems(answer) {
  return Object.fromEntries((answer?.body?.errors ?? []).map(({ field, detail }) => [field, detail]));
}

/** A list that the server gives in pages. "change" whenever it has more. */
export class Pages extends EventTarget {
  constructor(app, path) {
    super();
    this.app = app;
    this.path = path;
    this.rows = [];
    this.next = "";
    this.state = "loading";
    this.problem = "";
    this.asked = 0;
  }

  /** Begin with the first page; what is shown stays until it is here. */
  async load(path = this.path) {
    this.path = path;
    await this.ask(path, []);
  }

  async more() {
    if (this.next && this.state !== "loading") await this.ask(this.next, this.rows);
  }

  async ask(path, before) {
    const number = (this.asked += 1);
    this.state = "loading";
    this.changed();
    const answer = await call(this.app, "GET", path);
    if (number !== this.asked) return;
    if (answer?.status === 200) {
      const { results, next } = answer.body;
      Object.assign(this, { rows: [...before, ...results], next: next ? pathOf(next) : "", state: "ready", problem: "" });
    } else Object.assign(this, { state: "failed", problem: problemText(this.app, answer) });
    this.changed();
  }

  /** A row is gone. */
  drop(isGone) {
    this.rows = this.rows.filter((row) => !isGone(row));
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function pathOf(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
