// @ts-check
// Two devices changed the same task: field by field, who wins, and what is said about it. Nobody is asked about more
// than one field of one task.
import { GROUPS } from "./bases.js";

/** Fields where the last writer wins without a word. */
const PLAIN = new Set(["priority", "completed"]);

/** @typedef {{fields: Record<string, any>, notes: Array<{group: string, theirs: Record<string, any>}>, ask: null | {field: string, theirs: any}}} Merged */

/**
 * Return what to send of a change, now that the server has `theirs`; an empty `fields` means that nothing is left to do.
 * @param {Record<string, any>} mine the fields that I set @param {Record<string, any>} base what they were when I did
 * @param {Record<string, any>} theirs the task as the server has it @returns {Merged}
 */
export function merge(mine, base, theirs) {
  const merged = { fields: {}, notes: [], ask: null };
  for (const name of Object.keys(mine).filter((each) => PLAIN.has(each))) merged.fields[name] = mine[name];
  if ("tags" in mine) merged.fields.tags = mergeTags(mine.tags, base.tags ?? [], theirs.tags ?? []);
  for (const group of GROUPS) mergeGroup(group, { mine, base, theirs }, merged);
  const rest = Object.keys(mine).filter((name) => !PLAIN.has(name) && name !== "tags" && !GROUPS.some(({ fields }) => fields.includes(name)));
  for (const name of rest) merged.fields[name] = mine[name];
  return merged;
}

function mergeGroup(group, { mine, base, theirs }, merged) {
  const touched = group.fields.filter((name) => name in mine);
  if (!touched.length) return;
  const changed = group.fields.filter((name) => name in base && !same(base[name], theirs[name]));
  if (changed.length && touched.every((name) => same(mine[name], theirs[name]))) return;
  if (changed.length && group.name === "description") {
    merged.ask = { field: "description", theirs: theirs.description };
    return;
  }
  for (const name of touched) merged.fields[name] = mine[name];
  if (changed.length) merged.notes.push({ group: group.name, theirs: Object.fromEntries(group.fields.map((name) => [name, theirs[name] ?? null])) });
}

/** My additions and removals, applied to their list. */
export function mergeTags(mine, base, theirs) {
  const [inMine, inBase, inTheirs] = [mine, base, theirs].map((tags) => new Set(tags.map(tagKey)));
  const added = mine.filter((tag) => !inBase.has(tagKey(tag)) && !inTheirs.has(tagKey(tag)));
  return [...theirs.filter((tag) => inMine.has(tagKey(tag)) || !inBase.has(tagKey(tag))), ...added];
}

/** Tags are the same in capitals and in small letters. */
function tagKey(tag) {
  return tag.normalize("NFKC").toLowerCase();
}

function same(one, other) {
  return JSON.stringify(essence(one)) === JSON.stringify(essence(other));
}

/** A recurrence is its rule: the words for it come with the server's answer. */
function essence(value) {
  return value?.rule ?? value ?? null;
}
