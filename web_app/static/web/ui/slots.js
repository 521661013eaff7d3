// @ts-check
// A place in the schedule of a series, as the server writes it: a day, or a day with the time on the clock there.
import { dayText, wallText } from "../time/format.js";
import { dayName } from "../time/months.js";

export function slotText(local, place) {
  const [day, time = ""] = local.split("T");
  const year = day.slice(0, 4) === place.today.slice(0, 4) ? {} : { year: /** @type {const} */ ("numeric") };
  const near = dayText(day, place.today, place);
  const words = day === place.today || near === place.t("tomorrow") ? near : dayName(day, place.locale, { weekday: "short", day: "numeric", month: "short", ...year });
  return time ? `${words} ${wallText(time.slice(0, 5), place.locale)}` : words;
}
