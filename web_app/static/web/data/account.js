// @ts-check
// Who is signed in: asked of the server; without a network, who was signed in here last.
import { openSharedDatabase } from "./schema.js";

const SESSION = "/api/auth/session/";

/** @typedef {{id: string, username: string, time_zone: string, week_start: string}} User */
/** @typedef {{user: User | null, csrf_token: string, build: string, checked: boolean, late?: Promise<Session>}} Session `late`: what the server says where it was not waited for */

/** How long the server is waited for where somebody was signed in here: then the page opens as without a network. */
const PATIENCE_MS = 300;

/** What was chosen on this device: its colours and rows, "no" where it is to keep nothing, "12" for its clock (`el/settings-device.js`). @type {Record<string, string>} */
export const deviceChoices = { theme: "", density: "", keep: "", clock: "" };

/** Begin to find out who is signed in, and who was here last. */
export function beginSession() {
  const asked = askSession();
  asked.catch(() => undefined); // whoever waits for it hears of it
  return { asked, last: lastUser() };
}

/** Return the session. Rejects if neither the server answers nor anybody was signed in here. @param {ReturnType<typeof beginSession>} begun @returns {Promise<Session>} */
export async function readSession({ asked, last }) {
  const user = await last;
  if (!user || hasJustSignedIn()) await asked.then(() => history.replaceState({ ...history.state, isKnown: true }, ""), () => undefined);
  if (!user) return asked;
  const inTime = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, null); });
  const session = await Promise.race([asked, inTime]).catch(() => null);
  return session ?? { user, csrf_token: "", build: "", checked: false, late: asked };
}

/** Whether this follows a form: somebody else may be here than last time, whose tasks are not to be seen. */
const hasJustSignedIn = () => /\/sign-(in|up)\b/.test(document.referrer) && !history.state?.isKnown;

/** Ask the server who is signed in. @returns {Promise<Session>} */
export async function askSession() {
  const answer = await fetch(SESSION, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(`The session is not known: ${answer.status}`);
  const session = await answer.json();
  await rememberUser(session.user);
  return { ...session, checked: true };
}

/** @returns {Promise<User | null>} */
async function lastUser() {
  try {
    const shared = await openSharedDatabase();
    const names = Object.keys(deviceChoices);
    const [user, ...chosen] = await Promise.all(["user", ...names].map((name) => shared.get("meta", name)));
    names.forEach((name, at) => { deviceChoices[name] = chosen[at] ?? ""; });
    const { theme, density } = deviceChoices;
    Object.assign(document.documentElement.dataset, { theme, density });
    return user ?? null;
  } catch {
    return null;
  }
}

/** @param {User | null} user */
export async function rememberUser(user) {
  try {
    const shared = await openSharedDatabase();
    await (user && deviceChoices.keep !== "no" ? shared.put("meta", user, "user") : shared.delete("meta", "user"));
    shared.close();
  } catch {
    // A browser without a database for us: everything works, nothing is remembered.
  }
}
