// @ts-check
// Keeps the page's own files of one build, so that it opens without a network. It never touches the API, sockets, the
// admin or anything else that is not the page. The server puts `PRECACHE` in front: {build, shell, files}.
/* global PRECACHE */
const NAME = `todo-${PRECACHE.build}`;
const FILES = new Set(PRECACHE.files);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const answer = answerFor(event.request);
  if (answer) event.respondWith(answer);
});

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll([...PRECACHE.files, PRECACHE.shell].map((url) => new Request(url, { cache: "reload" })));
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("todo-") && name !== NAME) await caches.delete(name);
  await self.clients.claim();
}

/** @param {Request} request @returns {Promise<Response> | null} null: none of ours */
function answerFor(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return null;
  if (FILES.has(url.pathname)) return kept(request);
  const isScreen = url.pathname === "/" || url.pathname.startsWith("/app/");
  return request.mode === "navigate" && isScreen ? kept(new Request(PRECACHE.shell)) : null;
}

/** @param {Request} request */
async function kept(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
