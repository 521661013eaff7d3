// @ts-check
// Addresses in a text that somebody wrote, as links; whatever else it holds stays text.

const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const ADDRESS = /(?:https?:\/\/|mailto:)[^\s<>"\u0000-\u001f\u2028-\u202e\u2066-\u2069]+/giu;
/** What ends a sentence, and is no part of an address at its end. */
const AFTER = /[.,;:!?'*_~]+$/u;

/** Return a text in parts: each as it was written, with `href` where it is an address that may be opened. */
export function linkParts(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = trimmed(found[0]);
    const href = hrefOf(address);
    if (!href) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push({ text: address, href });
    at = found.index + address.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

/** An address without what follows it: a closing bracket belongs to it only where it was opened in it. */
function trimmed(found) {
  const address = found.replace(AFTER, "");
  const last = address.at(-1) ?? "";
  const opening = { ")": "(", "]": "[", "}": "{" }[last];
  const isStray = opening && address.split(opening).length < address.split(last).length;
  return isStray || address !== found ? (isStray ? trimmed(address.slice(0, -1)) : trimmed(address)) : address;
}

/** @returns {string} "" where it must not be opened */
function hrefOf(address) {
  try {
    const { protocol, href, hostname, pathname } = new URL(address);
    const leadsSomewhere = protocol === "mailto:" ? pathname.includes("@") : Boolean(hostname);
    return PROTOCOLS.has(protocol) && leadsSomewhere ? href : "";
  } catch {
    return "";
  }
}
