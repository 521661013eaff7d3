// @ts-check
// What an answer to a change of mine means for it: one table, no exceptions elsewhere.

/**
 * @typedef {{act: "confirm" | "done_before" | "wait" | "retry" | "refuse" | "block" | "compare" | "gone" | "sign_in" | "renew_token", after?: number, problem?: any}} Outcome
 */

/** How often a change may meet an outcome before a person is asked: 5xx, a newer version, a token that is not taken. */
const MOST_FAILURES = 7;
const MOST_COMPARISONS = 5;
const MOST_RENEWALS = 1;

/**
 * @param {Record<string, number>} met how often each outcome was met by this change before
 * @param {import("./api.js").Answer} answer @param {string} [op] @returns {Outcome}
 */
export function judge(met, { status, body, retryAfter }, op = "") {
  const problem = body && typeof body === "object" ? body : { status, detail: `The server answered ${status}.`, errors: [] };
  const unless = (act, most) => ((met[act] ?? 0) >= most ? { act: /** @type {const} */ ("block"), problem } : { act, problem });
  if (status >= 200 && status < 300) return { act: "confirm" };
  if (status === 409 && problem.code === "still_running") return { act: "wait", after: retryAfter || 1 };
  if (status === 409) return { act: "refuse", problem };
  if (status === 412) return unless("compare", MOST_COMPARISONS);
  if (status === 404 && (op === "change_reminder" || op === "snooze_reminder")) return { act: "refuse", problem };
  if (status === 404) return { act: op === "delete" || op === "remove_reminder" ? "confirm" : "gone", problem };
  // Its key has done something already: an attempt whose answer was lost. The history tells what came of it.
  if (status === 422 && problem.code === "key_reused") return { act: "done_before", problem };
  if (status === 401) return { act: "sign_in", problem };
  if (status === 403) return unless("renew_token", MOST_RENEWALS);
  if (status === 429 || status === 503) return { act: "wait", after: retryAfter || 5, problem };
  if (status >= 500) return unless("retry", MOST_FAILURES);
  return { act: "block", problem };
}

/** Return how many seconds to wait before an attempt: doubling to 30, and anything below that, so that devices spread. @param {number} attempts @param {() => number} random */
export function backOff(attempts, random = Math.random) {
  return Math.min(30, 0.5 * 2 ** Math.min(attempts, 10)) * random();
}
