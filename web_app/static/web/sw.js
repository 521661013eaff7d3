// @ts-check
// Keeps the page's own files of one build, so that it opens without a network. What the page asks of the API, sockets, the
// admin or anything else that is not the page never passes through it. The server puts `PRECACHE` in front: {build, shell, files}.
// It shows reminders that are pushed while no page is open, and does what their buttons say.
/* global PRECACHE */
const NAME = `todo-${PRECACHE.build}`;
const FILES = new Set(PRECACHE.files);

self.addEventListener("install", (event) => event.waitUntil(Promise.all([install(), passCalls(event)])));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(takeOver(event.data)));
self.addEventListener("push", (event) => event.waitUntil(showPush(event.data)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAgain(event)));
self.addEventListener("notificationclick", (event) => event.waitUntil(choose(event.notification, event.action)));
self.addEventListener("fetch", (event) => {
  const answer = answerFor(event.request);
  if (answer) event.respondWith(answer);
});

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll([...PRECACHE.files, PRECACHE.shell].map((url) => new Request(url, { cache: "reload" })));
}

/** Calls of the API are no events here, where a browser can be told so: they wait for no worker, and none comes while this one makes room for the next. @param {any} event */
async function passCalls(event) {
  await event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" }).catch(() => undefined);
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

const SNOOZE_MINUTES = 10;
const WAITS = "Not sent yet: there is no network, or you are signed out. It is sent when the page is open again.";
const NOT_SAVED = "Not saved: there is no network, or you are signed out.";

/** A reminder was pushed. A tab that somebody looks at shows it itself; otherwise one with the same tag takes the place of the first. @param {any} data */
async function showPush(data) {
  const { notification, task_id: task, reminder_id: reminder } = readPush(data);
  const tabs = await self.clients.matchAll({ type: "window" });
  if (tabs.some((tab) => tab.visibilityState === "visible" && tab.focused)) return;
  const { id, tag, title, body } = notification;
  await show(title, { body, tag, data: { id, task, reminder } });
}

/** Browsers that show nothing for a push show a text of their own. @param {any} data @returns {any} */
function readPush(data) {
  try {
    return { ...data.json(), notification: data.json().notification ?? {} };
  } catch {
    return { notification: {} };
  }
}

/** @param {string | undefined} title @param {any} options */
function show(title, options) {
  const { task, reminder } = options.data;
  const done = task ? [{ action: "done", title: "Complete" }] : [];
  const later = reminder ? [{ action: "snooze", title: `In ${SNOOZE_MINUTES} minutes` }] : [];
  return self.registration.showNotification(title || "Todo", { ...options, actions: [...done, ...later] });
}

/** @param {Notification} notification @param {string} action "" where the notification itself was chosen */
async function choose(notification, action) {
  notification.close();
  const { title, body, tag, data } = notification;
  if (!action) return openPage(data ?? {});
  const tabs = await openTabs();
  const mutation = { ...changeOf(action, data), ...(tabs.length ? {} : { attempts: 1, way: "single", first_sent_at: Date.now() }) };
  const user = await keep(mutation).catch(() => "");
  for (const tab of tabs) tab.postMessage({ type: "act", mutation, id: data.id });
  if (tabs.length) return undefined;
  const isDone = await act(mutation, { id: data.id, user }).catch(() => false);
  if (isDone) return user ? inDatabase(`todo-${user}`, "queue", (store) => store.delete(mutation.key)) : undefined;
  if (user) return self.registration.showNotification(title, { body: `${WAITS} ${body}`, tag, data });
  return show(title, { body: `${NOT_SAVED} ${body}`, tag, data });
}

/** The tabs that have the page itself open. */
async function openTabs() {
  const tabs = await self.clients.matchAll({ type: "window" });
  return tabs.filter(({ url }) => /^\/(?:app\/.*)?$/.test(new URL(url).pathname));
}

/** What a button means, as a change of the page (`store/fold.js`). @param {string} action @param {any} about */
function changeOf(action, { task, reminder }) {
  const made = Date.now();
  const change = { seq: made * 1000, key: crypto.randomUUID(), task, made_at: made, state: "queued", attempts: 0 };
  if (action === "done") return { ...change, op: "complete" };
  const until = new Date(made + SNOOZE_MINUTES * 60_000).toISOString();
  return { ...change, op: "snooze_reminder", args: { id: reminder, until }, reminder: { fire_at: until, status: "pending", reason: null, late: false } };
}

/** Put a change where the page looks for those that wait. Rejects where this device keeps nothing. @param {any} mutation @returns {Promise<string>} whose it is */
async function keep(mutation) {
  const { id } = await inDatabase("todo-shared", "meta", (store) => store.get("user"));
  await inDatabase(`todo-${id}`, "queue", (store) => store.put(mutation));
  return id;
}

/** Ask a database of the page, and return its answer once it is on the disk. Rejects where there is none. @param {string} name @param {string} kind @param {(store: IDBObjectStore) => IDBRequest} ask @returns {Promise<any>} */
async function inDatabase(name, kind, ask) {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onupgradeneeded = () => opening.transaction?.abort(); // none is made here
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
  });
  const transaction = database.transaction(kind, "readwrite");
  const asked = ask(transaction.objectStore(kind));
  database.close(); // as soon as the transaction has ended
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Send a change while no page is open, in the form and under the key in which the page would, and mark as read. @param {any} mutation @param {{id?: number, user: string}} about whose the change is, "" if that is not known @returns {Promise<boolean>} */
async function act({ key, op, task, args }, { id, user }) {
  const session = await (await fetch("/api/auth/session/", { cache: "no-store" })).json();
  if (user && session.user?.id !== user) return false;
  const send = (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, names = {}) => fetch(path, {
    method, body: body && JSON.stringify(body),
    headers: { "X-CSRFToken": session.csrf_token, ...(body ? { "Content-Type": "application/json" } : {}), ...names },
  });
  const names = { "Idempotency-Key": key, "X-Request-ID": key };
  const answer = op === "complete"
    ? await send("PUT", `/api/tasks/${task}/completion/`, undefined, names)
    : await send("POST", `/api/reminders/${args.id}/snooze/`, { until: args.until }, names);
  if (answer.ok && id) await send("POST", `/api/notifications/${id}/read/`, {}).catch(() => undefined);
  return answer.ok;
}

/** Its task, in a tab that is open or in a new one. @param {{id?: number, task?: number}} about */
async function openPage({ id, task }) {
  const path = task ? `/app/task/${task}` : "/app/notifications";
  const [tab] = await self.clients.matchAll({ type: "window" });
  if (!tab) return void (await self.clients.openWindow(path));
  tab.postMessage({ type: "open", path, id });
  await tab.focus();
}

/** The browser has another address for pushes. @param {any} event */
async function subscribeAgain({ oldSubscription }) {
  if (!oldSubscription) return;
  const { endpoint, keys } = (await self.registration.pushManager.subscribe(oldSubscription.options)).toJSON();
  const session = await (await fetch("/api/auth/session/", { cache: "no-store" })).json();
  const headers = { "Content-Type": "application/json", "X-CSRFToken": session.csrf_token };
  await fetch("/api/push/subscriptions/", { method: "POST", headers, body: JSON.stringify({ endpoint, ...keys }) });
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
