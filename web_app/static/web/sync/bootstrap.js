// @ts-check
// Loading everything once: where the history is, then all tasks. What changes meanwhile is followed from there.

const PAGE = 200;
const DONE_DAYS = 30;

/** The server refused what loading needs; `status` says how. */
export class LoadRefused extends Error {
  /** @param {import("./api.js").Answer} answer */
  constructor(answer) {
    super(answer.body?.detail ?? `The server answered ${answer.status}.`);
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
  }
}

/**
 * Return all open tasks and those done lately, with the place in the history from which to follow.
 * @param {import("./api.js").Api} api @param {(tasks: any[]) => void} onPage called with each page as it comes
 * @returns {Promise<{tasks: any[], sequence: number, epoch: string}>}
 */
export async function loadEverything(api, onPage = () => {}) {
  const { sequence, epoch } = await ask(api, "/api/changes/");
  const since = new Date(Date.now() - DONE_DAYS * 86_400_000).toISOString();
  const lists = ["status=pending", `status=completed&completed_after=${encodeURIComponent(since)}`];
  const tasks = [];
  for (const list of lists) {
    for await (const page of pages(api, `/api/tasks/?limit=${PAGE}&${list}`)) {
      tasks.push(...page);
      onPage(page);
    }
  }
  return { tasks, sequence, epoch };
}

/** @param {import("./api.js").Api} api @param {string} first @returns {AsyncGenerator<any[]>} */
async function* pages(api, first) {
  for (let path = first; path; ) {
    const { results, next } = await ask(api, path);
    yield results;
    // Pages are asked for at our own origin, whatever host a proxy made the server believe it has.
    path = next ? new URL(next).pathname + new URL(next).search : "";
  }
}

/** @param {import("./api.js").Api} api @param {string} path */
async function ask(api, path) {
  const answer = await api.call("GET", path);
  if (answer.status !== 200) throw new LoadRefused(answer);
  return answer.body;
}
