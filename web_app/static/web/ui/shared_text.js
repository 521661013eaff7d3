// @ts-check
// The page was opened to add a task: by its shortcut (`?add`), or with what another application shares. It stands in the
// line, and nothing is added before its person says so.

const SHARED = ["title", "text", "url"];
const MOST = 2000;

export function takeShared({ router }) {
  const given = new URLSearchParams(location.search);
  if (router.route.view !== "today" || ![...SHARED, "add"].some((name) => given.has(name))) return;
  // Reloading must not bring it again.
  history.replaceState(history.state, "", location.pathname);
  const line = document.querySelector("quick-add");
  const text = textOf(given);
  if (text) line?.dispatchEvent(new CustomEvent("fill", { detail: text }));
  const field = line?.querySelector("input");
  field?.focus();
}

/** One line; what is in another part already is not said twice. */
export function textOf(given) {
  const parts = [];
  for (const name of SHARED) {
    const part = (given.get(name) ?? "").replace(/\s+/g, " ").trim();
    if (part && !parts.some((each) => each.includes(part))) parts.push(part);
  }
  return parts.join(" ").slice(0, MOST);
}
