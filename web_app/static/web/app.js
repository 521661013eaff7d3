// @ts-check
// Start: who is signed in, what this device keeps, the first paint, then the server.
import { deviceChoices, readSession } from "./data/account.js";
import { Disk } from "./data/db.js";
import { begun } from "./data/early.js";
import { Store } from "./store/store.js";
import { Api } from "./sync/api.js";
import { Engine } from "./sync/engine.js";
import { setClock } from "./time/format.js";
import { App } from "./ui/app.js";
import { loadLanguage } from "./ui/i18n.js";
import "./el/app-shell.js";

async function start() {
  const shell = /** @type {import("./el/app-shell.js").AppShell} */ (document.querySelector("app-shell"));
  const words = await loadLanguage();
  const session = await readSession(begun).catch(() => null);
  if (!session) return fail(shell, words);
  if (!session.user) return location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  const { user } = session;
  setClock(deviceChoices.clock);
  const api = new Api({ build: document.documentElement.dataset.build });
  api.csrf = session.csrf_token;
  // It was not waited for, and says that somebody else is here, or nobody: then nothing of this is shown.
  session.late?.then((now) => (now.user?.id === user.id ? (api.csrf = now.csrf_token) : location.reload()), () => undefined);
  const store = new Store({ zone: user.time_zone, now: () => api.clock.now() });
  const disk = new Disk(user.id);
  const engine = new Engine({ store, disk, api, userId: user.id, isSignedIn: session.checked });
  const app = new App({ store, engine, disk, api, user, shell, words });
  app.showRoute();
  await engine.start();
  shell.begin(app);
  app.listening = app.listen();
  await engine.loaded;
  app.isLoaded = true;
  app.changed();
  store.announce();
  void import("./ui/later.js").then(({ beginLater }) => beginLater(app));
  return undefined;
}

/** Nobody is known here, and the server does not answer. @param {import("./ui/i18n.js").Language} words */
function fail(shell, { t }) {
  shell.failure = { title: t("failed_title"), text: t("failed_text"), again: t("try_again") };
}

void start();
