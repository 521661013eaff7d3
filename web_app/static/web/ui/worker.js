// @ts-check
// The service worker opens the page without a network. A new build installs beside the old one and waits; it takes over
// when its person says so, or when nobody looks at any tab and no text is open.

const HOUR = 3_600_000;

/** @param {any} app */
export function keepShell(app) {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(workerUrl(), { updateViaCache: "none" }).then((registration) => follow(app, registration), () => undefined);
}

/** @param {any} app @param {ServiceWorkerRegistration} registration */
function follow(app, registration) {
  const { serviceWorker } = navigator;
  const hadOne = Boolean(serviceWorker.controller);
  let asked = Date.now();
  const ask = () => { asked = Date.now(); void registration.update().catch(() => undefined); };
  if (registration.waiting && hadOne) tell(app, registration);
  registration.addEventListener("updatefound", () => watch(app, registration));
  app.api.addEventListener("build", () => Date.now() - asked > 10_000 && ask());
  document.addEventListener("visibilitychange", () => (document.hidden ? void takeOverUnseen(app, registration) : Date.now() - asked > HOUR && ask()));
  // Other tabs go on with the build that they have; those that nobody looks at begin again.
  serviceWorker.addEventListener("controllerchange", () => { if (hadOne && (app.isReloading || isIdle(app))) location.reload(); });
}

/** @param {any} app @param {ServiceWorkerRegistration} registration */
function watch(app, registration) {
  const { installing } = registration;
  installing?.addEventListener("statechange", () => {
    if (installing.state === "installed" && navigator.serviceWorker.controller) tell(app, registration);
  });
}

/** @param {any} app @param {ServiceWorkerRegistration} registration */
function tell(app, registration) {
  app.hasNewVersion = true;
  app.takeNewVersion = () => {
    app.isReloading = true;
    registration.waiting?.postMessage("take over");
  };
  app.engine.refresh();
  if (document.hidden) void takeOverUnseen(app, registration);
}

/** @param {any} app @param {ServiceWorkerRegistration} registration */
async function takeOverUnseen(app, registration) {
  if (isIdle(app)) registration.waiting?.postMessage("take over unseen");
}

/** Whether nobody would notice that this tab begins again. @param {any} app */
function isIdle(app) {
  return document.hidden && app.disk.locks.held.size === 0;
}

/** The one script that may become a worker, in the form that Trusted Types ask for. @returns {any} */
function workerUrl() {
  const types = /** @type {any} */ (window).trustedTypes;
  if (!types) return "/sw.js";
  return types.createPolicy("todo-sw", { createScriptURL: () => "/sw.js" }).createScriptURL("");
}
