// @ts-check
// Calls of the platform's API by this browser's session.

/** The server did not answer: no network, no server, or not within the time. */
export class Unreachable extends Error {}

const PATIENCE = 20_000;

/** @typedef {{status: number, body: any, retryAfter: number, replayed: boolean, build: string}} Answer */

export class Api {
  constructor() {
    this.csrf = "";
    /** Seconds by which this device's clock is ahead of the server's. */
    this.skew = 0;
  }

  /**
   * Call the API. Rejects with Unreachable if no answer came; every answer, also a refusal, is returned.
   * @param {string} method @param {string} path @param {{body?: any, headers?: Record<string, string>, signal?: AbortSignal}} [given]
   * @returns {Promise<Answer>}
   */
  async call(method, path, { body, headers = {}, signal } = {}) {
    const unsafe = method !== "GET";
    const sent = {
      Accept: "application/json",
      ...(unsafe ? { "X-CSRFToken": this.csrf } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    };
    const limits = [AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])];
    let answer;
    let content;
    try {
      answer = await fetch(path, {
        method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin", redirect: "error", signal: AbortSignal.any(limits),
      });
      content = await answer.text();
    } catch (error) {
      throw new Unreachable(String(error));
    }
    this.measureSkew(answer.headers.get("Date"));
    return {
      status: answer.status, body: parse(content), retryAfter: Number(answer.headers.get("Retry-After")) || 0,
      replayed: answer.headers.has("Idempotent-Replayed"), build: answer.headers.get("X-Todo-Build") ?? "",
    };
  }

  /** @param {string | null} date */
  measureSkew(date) {
    if (date) this.skew = Math.round((Date.now() - Date.parse(date)) / 1000);
  }
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
