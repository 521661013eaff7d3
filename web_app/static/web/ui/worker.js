// @ts-check
// The service worker opens the page without a network. A new build installs beside the old one and waits; it takes over
// when its person says so, or when nobody looks at any tab and no text is open.
import "../locale/en-sheets.js";

const HOUR = 3_600_000;
/** Answers and connections come in bursts: one question a burst. */
const PAUSE = 10_000;
/** While processes are replaced one by one, the old build may answer first and the new one from now on. */
const SECOND_LOOK = 40_000;

export function keepShell(app) {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(workerUrl(), { updateViaCache: "none" }).then((registration) => follow(app, registration), () => undefined);
}

function follow(app, registration) {
  const { serviceWorker } = navigator;
  const hadOne = Boolean(serviceWorker.controller);
  const isAskedFor = wasReloaded();
  if (registration.waiting && hadOne) tell(app, registration);
  if (app.hasNewVersion && isAskedFor) app.takeNewVersion();
  registration.addEventListener("updatefound", () => watch(app, registration));
  document.addEventListener("visibilitychange", () => document.hidden && void takeOverUnseen(app, registration));
  lookForBuilds(app, registration);
  // Other tabs go on with the build that they have; those that nobody looks at begin again.
  serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne) return;
    if (app.isReloading || isIdle(app)) beginAgain();
    else tell(app, registration);
  });
}

/** Ask for another build when there may be one. */
function lookForBuilds(app, registration) {
  const { engine, api } = app;
  let asked = Date.now();
  let lastState = engine.state;
  let timer = null;
  const ask = (pause) => {
    if (Date.now() - asked < pause) return;
    asked = Date.now();
    void registration.update().catch(() => undefined);
  };
  api.addEventListener("build", () => ask(PAUSE));
  document.addEventListener("visibilitychange", () => document.hidden || ask(HOUR));
  // The server was away: it may be another one. What comes over the socket does not say so.
  engine.addEventListener("status", () => {
    const isBack = engine.state === "live" && lastState !== "live" && engine.tabs.isLeader;
    lastState = engine.state;
    if (!isBack) return;
    ask(PAUSE);
    clearTimeout(timer);
    timer = setTimeout(() => ask(PAUSE), SECOND_LOOK);
  });
}

function watch(app, registration) {
  const { installing } = registration;
  installing?.addEventListener("statechange", () => {
    if (installing.state === "installed" && navigator.serviceWorker.controller) tell(app, registration);
  });
}

function tell(app, registration) {
  app.hasNewVersion = true;
  app.takeNewVersion = () => {
    app.isReloading = true;
    if (!registration.waiting) return beginAgain(); // it has taken over already, for another tab
    return registration.waiting.postMessage("take over");
  };
  app.engine.refresh();
  if (document.hidden) void takeOverUnseen(app, registration);
}

function beginAgain() {
  history.replaceState({ ...history.state, isBegunAgain: true }, "");
  location.reload();
}

/** Whether a person reloaded this page, and so wants what is new; the page itself does so only once. */
function wasReloaded() {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const isOwn = Boolean(history.state?.isBegunAgain);
  if (isOwn) history.replaceState({ ...history.state, isBegunAgain: false }, "");
  return entry?.type === "reload" && !isOwn;
}

async function takeOverUnseen(app, registration) {
  if (isIdle(app)) registration.waiting?.postMessage("take over unseen");
}

/** Whether nobody would notice that this tab begins again. */
function isIdle(app) {
  return document.hidden && app.disk.locks.held.size === 0;
}

/** The one script that may become a worker, in the form that Trusted Types ask for. */
function workerUrl() {
  const types = /** @type {any} */ (window).trustedTypes;
  if (!types) return "/sw.js";
  return types.createPolicy("todo-sw", { createScriptURL: () => "/sw.js" }).createScriptURL("");
}
