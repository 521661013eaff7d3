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
const REFUSED = "The server refused it: open the page.";
const NOT_SAVED = "Not saved: there is no network, or you are signed out.";

/** A reminder was pushed. A tab that somebody looks at shows it itself; otherwise one with the same tag takes the place of the first. @param {any} data */
async function showPush(data) {
  const { notification, task_id: task, reminder_id: reminder } = readPush(data);
  const tabs = await self.clients.matchAll({ type: "window" });
  if (tabs.some((tab) => tab.visibilityState === "visible" && tab.focused)) return;
  const { id, tag, title, body } = notification;
  const user = await userHere().catch(() => undefined);
  await show(title, { body, tag, data: { id, task, reminder, user } });
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
  const mutation = { ...changeOf(action, data), notification: data.id, attempts: 1, way: "single", first_sent_at: Date.now() };
  const user = await keep(mutation).catch(() => "");
  const tabs = await openTabs();
  // A tab may be frozen, or of another time: so it is sent from here, too. What comes second is a replay.
  for (const tab of tabs) tab.postMessage({ type: "act", mutation });
  const status = await act(mutation, { id: data.id, user: data.user ?? user }).catch(() => 0);
  if (status === 200) return user ? inDatabase(`todo-${user}`, "queue", (store) => store.delete(mutation.key)) : undefined;
  // Under way from a tab, or shown in one as waiting or refused.
  if (tabs.length && (status === 409 || tabs.some((tab) => tab.visibilityState === "visible"))) return undefined;
  const isKept = Boolean(user || tabs.length);
  const note = isRefusal(status) ? REFUSED : isKept ? WAITS : NOT_SAVED;
  const shown = { body: `${note} ${body}`, tag, data };
  return note === NOT_SAVED ? show(title, shown) : self.registration.showNotification(title, shown);
}

/** Whether an answer will be the same another time: none is 0. @param {number} status */
const isRefusal = (status) => status >= 400 && status < 500 && ![401, 403, 429].includes(status);

/** The tabs that have the page itself open. */
async function openTabs() {
  const tabs = await self.clients.matchAll({ type: "window" });
  return tabs.filter(({ url }) => /^\/(?:app\/.*)?$/.test(new URL(url).pathname));
}

/** What a button means, as a change of the page (`store/fold.js`). @param {string} action @param {any} about */
function changeOf(action, { task, reminder, user }) {
  const made = Date.now();
  const change = { seq: made * 1000, key: crypto.randomUUID(), task, user, made_at: made, state: "queued" };
  if (action === "done") return { ...change, op: "complete" };
  const until = new Date(made + SNOOZE_MINUTES * 60_000).toISOString();
  return { ...change, op: "snooze_reminder", args: { id: reminder, until }, reminder: { fire_at: until, status: "pending", reason: null, late: false } };
}

/** Put a change where the page looks for those that wait. Rejects where this device keeps nothing, or for somebody else. @param {any} mutation @returns {Promise<string>} whose it is */
async function keep(mutation) {
  const id = await userHere();
  if (!id || (mutation.user ?? id) !== id) throw new Error("It is not kept here.");
  await inDatabase(`todo-${id}`, "queue", (store) => store.put(mutation));
  return id;
}

/** Who was signed in here last, if this device keeps it. @returns {Promise<string | undefined>} */
async function userHere() {
  return (await inDatabase("todo-shared", "meta", (store) => store.get("user")))?.id;
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

/** Send a change in the form and under the key in which the page would, and mark as read. @param {any} mutation @param {{id?: number, user: string}} about whose the change is, "" if that is not known @returns {Promise<number>} the status of the answer, 200 for any that did it */
async function act({ key, op, task, args }, { id, user }) {
  const session = await (await fetch("/api/auth/session/", { cache: "no-store" })).json();
  if (user && session.user?.id !== user) return 401;
  const send = (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body, names = {}) => fetch(path, {
    method, body: body && JSON.stringify(body),
    headers: { "X-CSRFToken": session.csrf_token, ...(body ? { "Content-Type": "application/json" } : {}), ...names },
  });
  const names = { "Idempotency-Key": key, "X-Request-ID": key };
  const answer = op === "complete"
    ? await send("PUT", `/api/tasks/${task}/completion/`, undefined, names)
    : await send("POST", `/api/reminders/${args.id}/snooze/`, { until: args.until }, names);
  if (answer.ok && id) await send("POST", `/api/notifications/${id}/read/`, {}).catch(() => undefined);
  return answer.ok ? 200 : answer.status;
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
