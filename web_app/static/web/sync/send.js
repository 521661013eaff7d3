// @ts-check
// The call that carries out a change of mine. Its key is the same in every attempt, so a lost answer doubles nothing.
import { merge } from "./merge.js";

/** @typedef {{method: string, path: string, body?: any, headers: Record<string, string>}} Call */
/** @typedef {{call: Call | null, ask: any, notes: any[]}} Plan */

/** Fields that are sent only if nobody changed the task meanwhile. */
const GUARDED = new Set(["title", "description", "tags", "due_on", "due_at", "time_zone", "floating", "recurrence"]);

/**
 * Return the call for a change; without a call there is nothing left to do, or a person must decide (`ask`).
 * @param {any} server the task as the server has it, if it has @returns {Plan}
 */
export function planCall(mutation, server) {
  const one = `/api/tasks/${mutation.task}/`;
  switch (mutation.op) {
    case "create": return plain(mutation, "POST", "/api/tasks/", mutation.fields);
    case "quick": return plain(mutation, "POST", "/api/tasks/quick/", mutation.args);
    case "update": return planUpdate(mutation, server, one);
    case "complete": return plain(mutation, "PUT", `${one}completion/`);
    case "reopen": return plain(mutation, "DELETE", `${one}completion/`);
    case "delete": return plain(mutation, "DELETE", scoped(one, mutation), undefined, guard(mutation.base_version));
    case "skip": case "detach": return plain(mutation, "POST", `${one}${mutation.op}/`, undefined, guard(mutation.base_version));
    case "add_reminder": return plain(mutation, "POST", `${one}reminders/`, mutation.args);
    case "change_reminder": case "snooze_reminder": case "remove_reminder": return planReminder(mutation);
    case "restore": return plain(mutation, "POST", `${one}restore/`);
    case "undo": return plain(mutation, "POST", `${one}undo/`, mutation.args.version ? { version: mutation.args.version } : {});
    default: throw new Error(`No call is known for ${mutation.op}`);
  }
}

/** Reminders have addresses of their own, and no guard: what devices do to them does not contradict. */
function planReminder(mutation) {
  const { id, ...body } = mutation.args;
  const path = `/api/reminders/${id}/`;
  if (mutation.op === "remove_reminder") return plain(mutation, "DELETE", path);
  return mutation.op === "change_reminder" ? plain(mutation, "PATCH", path, body) : plain(mutation, "POST", `${path}snooze/`, body);
}

/** @param {any} mutation which may mean more occurrences than this one */
const scoped = (path, { scope }) => (scope ? `${path}?scope=${scope}` : path);

function planUpdate(mutation, server, path) {
  const { fields, notes, ask } = merge(mutation.fields, mutation.base ?? {}, server ?? mutation.base ?? {});
  const names = Object.keys(fields);
  if (ask || !names.length) return { call: null, ask, notes };
  // What reaches other occurrences is done to the task as its person saw it.
  const headers = names.some((name) => GUARDED.has(name)) ? guard(mutation.scope ? mutation.base_version : server?.version) : {};
  return { ...plain(mutation, "PATCH", scoped(path, mutation), fields, headers), notes };
}

function plain(mutation, method, path, body, headers = {}) {
  return { call: { method, path, body, headers: { "Idempotency-Key": mutation.key, "X-Request-ID": mutation.key, ...headers } }, ask: null, notes: [] };
}

function guard(version) {
  return version ? { "If-Match": `"${version}"` } : {};
}

/**
 * Return the operation of a bulk call that does the same as a call; its name is what the key is for the call.
 * @returns {Record<string, any>}
 */
export function operationOf({ op, key, task, scope }, { body, headers }) {
  const version = /\d+/.exec(headers["If-Match"] ?? "")?.[0];
  return {
    op, client_request_id: key,
    ...(op === "create" ? {} : { id: task }),
    ...(op === "create" || op === "update" ? { fields: body } : {}),
    ...(scope ? { scope } : {}),
    ...(op === "undo" && body?.version ? { version: body.version } : {}),
    ...(version ? { if_match: Number(version) } : {}),
  };
}
