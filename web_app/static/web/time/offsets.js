// @ts-check
// The distance of a reminder from its due, in words: "-PT1H30M" is "1 h 30 min before".

const PARTS = /^([-+]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ["week", "day", "hour", "minute", "second"];

/** @param {string} offset an ISO 8601 duration @param {{t: any, locale: string}} words @returns {string} as it is, if it is another form */
export function offsetText(offset, { t, locale }) {
  const found = PARTS.exec(offset);
  if (!found) return offset;
  const parts = UNITS.map((unit, at) => [unit, Number(found[at + 2] ?? 0)]).filter(([, count]) => count);
  if (!parts.length) return t("offset_none");
  const text = parts.map(([unit, count]) => new Intl.NumberFormat(locale, { style: "unit", unit: String(unit), unitDisplay: "long" }).format(Number(count))).join(" ");
  return t(found[1] === "-" ? "offset_before" : "offset_after", { text });
}
