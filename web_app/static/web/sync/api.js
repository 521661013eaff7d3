// @ts-check
// Calls of the platform's API by this browser's session.
import { Clock } from "./clock.js";

/** The server did not answer: no network, no server, or not within the time. */
export class Unreachable extends Error {}

/** The server refused what loading needs; `status` says how. */
export class LoadRefused extends Error {
  constructor(answer) {
    super(answer.body?.detail ?? `The server answered ${answer.status}.`);
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
  }
}

const PATIENCE = 20_000;

/** @typedef {{status: number, body: any, retryAfter: number, replayed: boolean}} Answer */
/** @typedef {{body?: any, headers?: Record<string, string>, signal?: AbortSignal}} Given */

/** "build": the server is of another build than this page. "skew": this device's clock is wrong by minutes. */
export class Api extends EventTarget {
  /** @param {{build?: string, clock?: Clock}} [own] the build of this page */
  constructor({ build = "", clock = new Clock() } = {}) {
    super();
    this.csrf = "";
    this.build = build;
    this.clock = clock;
  }

  /**
   * Call the API. Rejects with Unreachable if no answer came; every answer, also a refusal, is returned.
   * @param {string} method @param {string} path @param {Given} [given] @returns {Promise<Answer>}
   */
  async call(method, path, given = {}) {
    const ended = AbortSignal.timeout(PATIENCE);
    const answer = await this.fetch(method, path, given, ended);
    return this.answerOf(answer, await reached(answer.text()));
  }

  /**
   * Give the lines of a long answer, each as what it is in JSON, as they come. Rejects with Unreachable if it breaks off.
   * @param {string} path @param {(line: any) => void} onLine @returns {Promise<Answer>} the answer without its lines; with its body where it was refused
   */
  async readLines(path, onLine) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), PATIENCE);
    const answer = await this.fetch("GET", path, {}, silence.signal);
    if (!answer.ok || !answer.body) return this.answerOf(answer, await reached(answer.text()));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reached(reader.read()); !part.done; part = await reached(reader.read())) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), PATIENCE);
      const lines = (rest + part.value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(parse(line) ?? broken());
    }
    clearTimeout(timer);
    return this.answerOf(answer, "");
  }

  fetch(method, path, { body, headers = {}, signal }, ended) {
    const sent = {
      Accept: "application/json, */*;q=0.5",
      ...(method === "GET" ? {} : { "X-CSRFToken": this.csrf }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    };
    return reached(fetch(path, {
      method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin", redirect: "error", signal: AbortSignal.any([ended, ...(signal ? [signal] : [])]),
    }));
  }

  answerOf({ status, headers }, content) {
    const build = headers.get("X-Todo-Build");
    if (build && build !== this.build) this.dispatchEvent(new Event("build"));
    if (this.clock.compare(headers.get("Date"))) this.dispatchEvent(new Event("skew"));
    return { status, body: parse(content), retryAfter: Number(headers.get("Retry-After")) || 0, replayed: headers.has("Idempotent-Replayed") };
  }
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function reached(promise) {
  return promise.catch((error) => { throw new Unreachable(String(error)); });
}

/** @returns {never} */
function broken() {
  throw new Unreachable("What came is no line of ours.");
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
