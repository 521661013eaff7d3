// @ts-check
// What a frame of the history means: a task to keep, one to remove, or a change of mine that it confirms.

/** @typedef {{sequence: number, keep?: any, remove?: {id: number, version: number}, confirms?: string, notification?: any, other?: any}} Meaning */

/** What the history is asked for besides tasks and notifications. */
export const INCLUDED = ["account", "views", "tags", "reads"];
const OTHERS = new Set(["account", "view", "tag", "read"]);
const CHANGES = new Set(["create", "update", "complete", "restore"]);

/** Return what a frame means. What is not known means nothing but its place in the history. @returns {Meaning} */
export function readFrame(frame) {
  /** @type {Meaning} */
  const meaning = { sequence: frame.sequence };
  if (frame.client_request_id) meaning.confirms = frame.client_request_id;
  if (frame.operation === "delete") meaning.remove = { id: frame.task_id, version: frame.version ?? Infinity };
  else if (CHANGES.has(frame.operation) && frame.task_data) meaning.keep = { ...frame.task_data, version: frame.version ?? frame.task_data.version };
  else if (frame.operation === "notify") meaning.notification = frame.notification;
  else if (OTHERS.has(frame.operation)) meaning.other = frame;
  return meaning;
}

/**
 * Whether a frame confirms this change of mine. Other frames of the same call, such as a successor's, are plain changes.
 * @param {import("../store/fold.js").Mutation} mutation @returns {boolean}
 */
export function isConfirmedBy(frame, mutation) {
  if (frame.client_request_id !== mutation.key) return false;
  if (mutation.op === "create" || mutation.op === "quick") return frame.operation === "create";
  return frame.task_id === mutation.task;
}
