// @ts-check
// Another day for a task: a due with a time keeps its time, in the zone of the task.
import { instantToWall, wallToInstant } from "../time/zones.js";

/** Return the fields that move a task to a day. @param {string} day @param {string} zone of the account */
export function movedTo(row, day, zone) {
  if (!row.due_at) return { due_on: day };
  const { hour, minute } = instantToWall(Date.parse(row.due_at), zoneOf(row, zone));
  const time = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
  return { due_at: `${day}T${time}`, ...(row.time_zone && !row.floating ? { time_zone: row.time_zone } : {}) };
}

/** Return the fields that make an overdue task due today: at its time if that is still to come, else by the end of the day. @param {{today: string, now: number, zone: string}} place */
export function movedToToday(row, { today, now, zone }) {
  const fields = movedTo(row, today, zone);
  if (!fields.due_at) return fields;
  const [year, month, day] = today.split("-").map(Number);
  const { hour, minute } = instantToWall(Date.parse(row.due_at), zoneOf(row, zone));
  return wallToInstant({ year, month, day, hour, minute, second: 0 }, zoneOf(row, zone)) > now ? fields : { due_on: today };
}

const zoneOf = (row, zone) => (row.floating ? zone : row.time_zone || zone);
