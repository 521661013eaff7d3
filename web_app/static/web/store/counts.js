// @ts-check
// The numbers in the navigation, kept by adding and taking away.
import { dueOf } from "../time/days.js";

export class Counts {
  constructor() {
    this.clear();
  }

  clear() {
    this.inbox = 0;
    /** @type {Map<string, number>} open tasks by the day they are due */
    this.days = new Map();
    /** @type {Map<string, number>} open tasks by tag */
    this.tags = new Map();
  }

  /** Count one task (1), or count it no longer (-1). @param {any} task @param {1 | -1} by @param {string} zone */
  add(task, by, zone) {
    if (!task || task.completed) return;
    const due = dueOf(task, zone);
    if (due) bump(this.days, due.day, by);
    else if (!task.tags.length) this.inbox += by;
    for (const tag of task.tags) bump(this.tags, tag, by);
  }

  /** Return how many open tasks are due today or were due before. @param {string} today @returns {number} */
  dueBy(today) {
    let sum = 0;
    for (const [day, count] of this.days) if (day <= today) sum += count;
    return sum;
  }
}

/** @param {Map<string, number>} counts @param {string} name @param {number} by */
function bump(counts, name, by) {
  const count = (counts.get(name) ?? 0) + by;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
