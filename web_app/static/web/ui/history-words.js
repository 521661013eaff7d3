// @ts-check
// A value of a field, as its history and the audit trail tell it.
import { momentText, reminderWords } from "./reminder-words.js";
import "../locale/en-task.js";

const MOST = 200;
/** What follows from other fields, and says nothing to a person. */
export const HIDDEN = new Set(["status", "completed_at", "reminder_at", "series_id", "occurrence", "updated_at", "version", "due_date", "overdue"]);

/** @param {string} name of the field */
export function shownValue(value, name, place) {
  const { t } = place;
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return t("nothing");
  if (name === "due_at") return momentText(value, place);
  if (name === "recurrence") return value.text || value.rule;
  if (name === "reminders") return value.map((each) => reminderWords(each, {}, place)).join(", ");
  if (name === "tags") return value.map((tag) => `#${tag}`).join(" ");
  if (name === "priority") return t(value);
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  const text = [value].flat().map((each) => (typeof each === "object" ? JSON.stringify(each) : each)).join(", ");
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
