// @ts-check
// What is kept of all tasks by adding and taking away one: sorted lists, where a change costs a search and not a sort, and the
// numbers in the navigation.

/** @typedef {Record<string, any> & {key: string}} Row */

export class SortedRows {
  constructor(includes, rank) {
    this.includes = includes;
    this.rank = rank;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Array<number | string>[]} the ranks of `rows`, at the same places */
    this.ranks = [];
    /** @type {Map<string, Array<number | string>>} */
    this.known = new Map();
  }

  /** Sort all tasks anew. @param {Iterable<Row>} tasks */
  rebuild(tasks) {
    const ranked = [];
    for (const task of tasks) if (this.includes(task)) ranked.push({ task, rank: this.fullRank(task) });
    ranked.sort((one, other) => compareRanks(one.rank, other.rank));
    this.rows = ranked.map(({ task }) => task);
    this.ranks = ranked.map(({ rank }) => rank);
    this.known = new Map(ranked.map(({ task, rank }) => [task.key, rank]));
  }

  /** Put in, move, replace or take out one task. Return whether anything changed. @param {string} key @param {Row | null} task */
  update(key, task) {
    const before = this.known.get(key);
    const wanted = task && this.includes(task) ? this.fullRank(task) : null;
    if (!before && !wanted) return false;
    if (before && wanted && compareRanks(before, wanted) === 0) {
      this.rows[this.placeOf(before)] = /** @type {Row} */ (task);
      return true;
    }
    if (before) this.remove(key, before);
    if (wanted) this.insert(/** @type {Row} */ (task), wanted);
    return true;
  }

  /** @param {Row} task @returns {Array<number | string>} the rank, made unique by the task's key */
  fullRank(task) {
    return [...this.rank(task), task.key];
  }

  /** @param {Array<number | string>} rank @returns {number} the first place whose rank is not smaller */
  placeOf(rank) {
    let low = 0;
    let high = this.ranks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareRanks(this.ranks[middle], rank) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  remove(key, rank) {
    const place = this.placeOf(rank);
    this.rows.splice(place, 1);
    this.ranks.splice(place, 1);
    this.known.delete(key);
  }

  /** @param {string} key @returns {number} the number of its row, -1 if it has none */
  numberOf(key) {
    const rank = this.known.get(key);
    return rank ? this.placeOf(rank) : -1;
  }

  insert(task, rank) {
    const place = this.placeOf(rank);
    this.rows.splice(place, 0, task);
    this.ranks.splice(place, 0, rank);
    this.known.set(task.key, rank);
  }
}

/** Compare element by element. @param {Array<number | string>} one @param {Array<number | string>} other @returns {number} */
export function compareRanks(one, other) {
  for (let at = 0; at < one.length; at += 1) {
    if (one[at] < other[at]) return -1;
    if (one[at] > other[at]) return 1;
  }
  return 0;
}

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
    /** @type {Map<string, number>} open tasks by priority */
    this.priorities = new Map();
    /** @type {Map<string, Map<string, number>>} open tasks by their instants, by day */
    this.instants = new Map();
  }

  /** Count one task as it is shown (1), or count it no longer (-1). @param {1 | -1} by */
  add(task, by) {
    if (!task || task.completed) return;
    bump(this.priorities, task.priority, by);
    if (task.due) this.addDue(task.due, by);
    else if (!task.tags.length) this.inbox += by;
    for (const tag of task.tags) bump(this.tags, tag, by);
  }

  addDue({ day, instant }, by) {
    bump(this.days, day, by);
    if (Number.isNaN(instant)) return;
    if (!this.instants.has(day)) this.instants.set(day, new Map());
    bump(/** @type {Map<string, number>} */ (this.instants.get(day)), String(instant), by);
  }

  /** Return how many open tasks were due before now. @param {{now: number, today: string}} place @returns {number} */
  overdue({ now, today }) {
    const todays = this.days.get(today) ?? 0;
    let sum = this.dueBy(today) - todays;
    for (const [instant, count] of this.instants.get(today) ?? []) if (Number(instant) < now) sum += count;
    return sum;
  }

  /** Return how many open tasks are due today or were due before. @param {string} today @returns {number} */
  dueBy(today) {
    let sum = 0;
    for (const [day, count] of this.days) if (day <= today) sum += count;
    return sum;
  }
}

function bump(counts, name, by) {
  const count = (counts.get(name) ?? 0) + by;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
