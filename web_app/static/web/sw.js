// @ts-check
// Keeps the page's own files of one build, so that it opens without a network. It never touches the API, sockets, the
// admin or anything else that is not the page. The server puts `PRECACHE` in front: {build, shell, files}.
/* global PRECACHE */
const NAME = `todo-${PRECACHE.build}`;
const FILES = new Set(PRECACHE.files);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(takeOver(event.data)));
self.addEventListener("notificationclick", (event) => event.waitUntil(openPage(event.notification)));
self.addEventListener("fetch", (event) => {
  const answer = answerFor(event.request);
  if (answer) event.respondWith(answer);
});

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll([...PRECACHE.files, PRECACHE.shell].map((url) => new Request(url, { cache: "reload" })));
}

/** The build before this one stays until the next: tabs that still have it open may load more of it. */
async function activate() {
  const names = (await caches.keys()).filter((name) => name.startsWith("todo-") && name !== NAME);
  for (const name of names.slice(0, -1)) await caches.delete(name);
  await self.clients.claim();
}

/** @param {unknown} message of a tab that has seen that this build waits */
async function takeOver(message) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isUnseen = tabs.every((tab) => tab.visibilityState === "hidden");
  if (message === "take over" || (message === "take over unseen" && isUnseen)) await self.skipWaiting();
}

/** A notification was chosen: a tab that is open comes to the front. @param {Notification} notification */
async function openPage(notification) {
  notification.close();
  const [tab] = await self.clients.matchAll({ type: "window" });
  await (tab ? tab.focus() : self.clients.openWindow("/app/today"));
}

/** @param {Request} request @returns {Promise<Response> | null} null: none of ours */
function answerFor(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return null;
  if (FILES.has(url.pathname)) return kept(request);
  if (request.mode !== "navigate") return request.destination === "script" && url.pathname.includes("/web/") ? keptOfAny(request) : null;
  return url.pathname === "/" || url.pathname.startsWith("/app/") ? kept(new Request(PRECACHE.shell)) : null;
}

/** @param {Request} request */
async function kept(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** A module of the build before. @param {Request} request */
async function keptOfAny(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
