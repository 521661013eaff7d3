// @ts-check
// Wall times of a zone and instants, on the browser's own tables. A gap is jumped over forwards by its length, of two
// readings the first counts: the rule of the server, and of Temporal's "compatible".

/** @typedef {{year: number, month: number, day: number, hour: number, minute: number, second: number}} Wall */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    const parts = /** @type {const} */ ({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric" });
    format = new Intl.DateTimeFormat("en-US", {
      ...parts, minute: "numeric", second: "numeric", hourCycle: "h23", era: "short", timeZone: zone, calendar: "gregory",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether the browser knows a zone of this name. @param {string} zone @returns {boolean} */
export function isZone(zone) {
  try {
    return Boolean(formatOf(zone));
  } catch {
    return false;
  }
}

/** Return what the clock on the wall shows in `zone` at an instant. @param {number} instant @param {string} zone @returns {Wall} */
export function instantToWall(instant, zone) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) if (type !== "literal") found[type] = Number(value);
  const { year, month, day, hour, minute, second } = found;
  return { year, month, day, hour, minute, second };
}

/** Milliseconds that a wall time would be as an instant of UTC. @param {Wall} wall @returns {number} */
export function wallAsUtc(wall) {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
}

// Zones change their offset only at quarters of an hour since 1972: asking once for each is what makes long lists quick.
const QUARTER = 900_000;
const REGULAR_SINCE = Date.UTC(1972, 0, 1);
const MOST_CACHED = 20_000;
/** @type {Map<string, number>} */
const offsets = new Map();

/** How far the zone is ahead of UTC at an instant, in milliseconds. @param {number} instant @param {string} zone @returns {number} */
export function offsetAt(instant, zone) {
  if (instant < REGULAR_SINCE) return measureOffset(instant, zone);
  const key = `${zone} ${Math.floor(instant / QUARTER)}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    if (offsets.size >= MOST_CACHED) offsets.clear();
    offsets.set(key, (offset = measureOffset(instant, zone)));
  }
  return offset;
}

function measureOffset(instant, zone) {
  return wallAsUtc(instantToWall(instant, zone)) - Math.floor(instant / 1000) * 1000;
}

/** Return the instant at which the clock in `zone` shows `wall`. @param {Wall} wall @param {string} zone @returns {number} */
export function wallToInstant(wall, zone) {
  const utc = wallAsUtc(wall);
  const before = offsetAt(utc - 86_400_000, zone);
  const after = offsetAt(utc + 86_400_000, zone);
  // The offset before a change is tried first: of two readings it gives the earlier one, and in a gap the later time.
  if (offsetAt(utc - before, zone) === before) return utc - before;
  if (offsetAt(utc - after, zone) === after) return utc - after;
  return utc - before;
}
