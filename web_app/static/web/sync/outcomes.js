// @ts-check
// What an answer to a change of mine means for it: one table, no exceptions elsewhere.

/**
 * @typedef {{act: "confirm" | "wait" | "retry" | "refuse" | "block" | "compare" | "gone" | "sign_in" | "renew_token", after?: number, problem?: any}} Outcome
 */

/** Attempts that may end in 5xx before a person is asked. */
export const MOST_FAILURES = 8;
/** Attempts that may meet a newer version before a person is asked. */
export const MOST_COMPARISONS = 5;

/** @param {import("../store/fold.js").Mutation} mutation @param {import("./api.js").Answer} answer @returns {Outcome} */
export function judge(mutation, { status, body, retryAfter }) {
  const problem = body && typeof body === "object" ? body : { status, detail: `The server answered ${status}.`, errors: [] };
  if (status >= 200 && status < 300) return { act: "confirm" };
  if (status === 409 && problem.code === "still_running") return { act: "wait", after: retryAfter || 1 };
  if (status === 409) return { act: "refuse", problem };
  if (status === 412) return { act: mutation.attempts > MOST_COMPARISONS ? "block" : "compare", problem };
  if (status === 404) return { act: mutation.op === "delete" ? "confirm" : "gone", problem };
  if (status === 401) return { act: "sign_in", problem };
  if (status === 403) return { act: "renew_token", problem };
  if (status === 429 || status === 503) return { act: "wait", after: retryAfter || 5, problem };
  if (status >= 500) return mutation.attempts >= MOST_FAILURES ? { act: "block", problem } : { act: "retry", problem };
  return { act: "block", problem };
}

/** Return how many seconds to wait before an attempt: doubling to 30, and anything below that, so that devices spread. @param {number} attempts @param {() => number} random */
export function backOff(attempts, random = Math.random) {
  return Math.min(30, 0.5 * 2 ** Math.min(attempts, 10)) * random();
}
