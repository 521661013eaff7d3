// @ts-check
// The service worker opens the page without a network. A new build installs beside the old one and waits.

/** @param {any} app */
export function keepShell(app) {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register(workerUrl(), { updateViaCache: "none" }).then((registration) => {
    if (registration.waiting && navigator.serviceWorker.controller) tell(app);
    registration.addEventListener("updatefound", () => watch(registration.installing, app));
    document.addEventListener("visibilitychange", () => !document.hidden && void registration.update().catch(() => undefined));
  }, () => undefined);
}

/** @param {ServiceWorker | null} installing @param {any} app */
function watch(installing, app) {
  installing?.addEventListener("statechange", () => {
    if (installing.state === "installed" && navigator.serviceWorker.controller) tell(app);
  });
}

/** @param {any} app */
function tell(app) {
  app.hasNewVersion = true;
  app.engine.refresh();
}

/** The one script that may become a worker, in the form that Trusted Types ask for. @returns {any} */
function workerUrl() {
  const types = /** @type {any} */ (window).trustedTypes;
  if (!types) return "/sw.js";
  return types.createPolicy("todo-sw", { createScriptURL: () => "/sw.js" }).createScriptURL("");
}
