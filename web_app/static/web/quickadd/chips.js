// @ts-check
// A line cut into the parts that were read and the text between them.

export function partsOf(text, chips) {
  const parts = [];
  let at = 0;
  for (const { start, end, kind } of [...chips].sort((one, other) => one.start - other.start)) {
    if (start < at) continue;
    if (start > at) parts.push({ text: text.slice(at, start), kind: "" });
    parts.push({ text: text.slice(start, end), kind });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), kind: "" });
  return parts;
}

/** Return what to show for the parts that were read: one chip where several say the same, such as a day and its rule. @returns {any[]} each with `parts` */
export function shownChips(chips) {
  const shown = new Map();
  for (const chip of chips) {
    const before = shown.get(chip.means);
    if (before) Object.assign(before, { kind: chip.kind, parts: [...before.parts, chip], alternatives: [...before.alternatives, ...chip.alternatives] });
    else shown.set(chip.means, { ...chip, parts: [chip] });
  }
  return [...shown.values()];
}
