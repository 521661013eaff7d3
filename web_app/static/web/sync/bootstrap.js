// @ts-check
// Loading everything once: where the history is, then all tasks. What changes meanwhile is followed from there.
import { LoadRefused, Unreachable } from "./api.js";

const PAGE = 200;
const DONE_DAYS = 30;

/** @typedef {{tasks: any[], sequence: number, epoch: string}} Everything */

/**
 * Return all open tasks and those done lately, with the place in the history from which to follow.
 * @param {(tasks: any[]) => void} onPart called with the tasks as they come, but for the last @returns {Promise<Everything>}
 */
export async function loadEverything(api, onPart = () => {}) {
  const since = encodeURIComponent(new Date(api.clock.now() - DONE_DAYS * 86_400_000).toISOString());
  return (await loadSnapshot(api, since, onPart)) ?? loadPages(api, since, onPart);
}

/** Return null where the server has no snapshots: it is of an older build than this page. */
async function loadSnapshot(api, since, onPart) {
  const found = { tasks: [], sequence: -1, epoch: "" };
  for (let last = 0, isEnd = false, broken = 0; !isEnd; ) {
    const before = found.tasks.length;
    const take = (line) => {
      if (line.end) isEnd = true;
      else if ("sequence" in line) { if (found.sequence < 0) Object.assign(found, line); } // what changes while parts come is in the history behind the first
      else { found.tasks.push(line); last = line.id; }
    };
    const answer = await api.readLines(`/api/tasks/snapshot/?status=pending&completed_after=${since}${last ? `&after_id=${last}` : ""}`, take).catch((error) => {
      // It broke off, or no answer came: what has come is good, and the next part begins behind it.
      if (!(error instanceof Unreachable) || found.tasks.length === before || (broken += 1) > 3) throw error;
      return null;
    });
    if (answer?.status === 404) return null;
    if (answer && answer.status !== 200) throw new LoadRefused(answer);
    if (!isEnd) onPart(found.tasks.slice(before)); // the last comes with all
  }
  return found;
}

async function loadPages(api, since, onPart) {
  const { sequence, epoch } = await ask(api, "/api/changes/");
  const tasks = [];
  for (const list of ["status=pending", `status=completed&completed_after=${since}`]) {
    for (let path = `/api/tasks/?limit=${PAGE}&${list}`; path; ) {
      const { results, next } = await ask(api, path);
      tasks.push(...results);
      onPart(results);
      // Pages are asked for at our own origin, whatever host a proxy made the server believe it has.
      path = next ? new URL(next).pathname + new URL(next).search : "";
    }
  }
  return { tasks, sequence, epoch };
}

async function ask(api, path) {
  const answer = await api.call("GET", path);
  if (answer.status !== 200) throw new LoadRefused(answer);
  return answer.body;
}
