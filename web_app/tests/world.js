// A server in the memory of a page, and tabs of one person around it: for tests of what tabs, disk and server owe each
// other. Locks, channels, databases are the browser's own; only the network is not there.
import { Disk } from "/web/data/db.js";
import { deleteDB } from "/web/vendor/idb/index.js";
import { Store } from "/web/store/store.js";
import { Unreachable } from "/web/sync/api.js";
import { Clock } from "/web/sync/clock.js";
import { Engine } from "/web/sync/engine.js";

export const USER = "42";

/** Answers what the page asks of the API, and sends frames to sockets. */
export class Server {
  constructor() {
    this.tasks = new Map();
    this.frames = [];
    this.epoch = "e1";
    this.tail = 0;
    this.calls = [];
    this.sockets = new Set();
    this.user = USER;
    this.done = new Map();
    /** Called with (method, path, body) before a call is carried out, and after; what it throws or returns is the answer. */
    this.before = () => undefined;
    this.after = () => undefined;
  }

  get head() {
    return this.frames.length;
  }

  /** Change a task as another client would. */
  change(id, fields, operation = "update", key = undefined) {
    const old = this.tasks.get(id);
    const task = { tags: [], description: "", priority: "medium", completed: false, title: "", reminders: [], ...old, ...fields, id, version: (old?.version ?? 0) + 1 };
    if (operation === "delete") this.tasks.delete(id);
    else this.tasks.set(id, task);
    const frame = { type: "event", sequence: this.head + 1, operation, task_id: id, version: task.version, task_data: operation === "delete" ? undefined : task, client_request_id: key };
    this.frames.push(frame);
    for (const socket of this.sockets) socket.deliver(frame);
    return task;
  }

  async call(method, path, { body, headers = {} } = {}) {
    this.calls.push({ method, path, body, headers });
    const early = await this.before(method, path, body);
    if (early) return { retryAfter: 0, ...early };
    const answer = this.carryOut(method, path, body, headers);
    const late = await this.after(method, path, body);
    return { retryAfter: 0, ...(late ?? answer) };
  }

  carryOut(method, path, body, { "Idempotency-Key": key, "If-Match": ifMatch }) {
    const { pathname, searchParams } = new URL(path, location.origin);
    if (pathname === "/api/changes/") return this.changes(searchParams);
    if (pathname === "/api/tasks/bulk/") return { status: 207, body: { results: body.operations.map((each) => this.operation(each)) } };
    if (pathname.startsWith("/api/reminders/")) return this.reminder(method, pathname, body, key);
    const id = Number(/tasks\/(\d+)/.exec(pathname)?.[1]);
    if (method === "GET") return this.tasks.has(id) ? { status: 200, body: this.tasks.get(id) } : { status: 404, body: {} };
    if (key && this.done.has(key)) return this.done.get(key);
    const wanted = /\d+/.exec(ifMatch ?? "")?.[0];
    if (wanted && this.tasks.has(id) && this.tasks.get(id).version !== Number(wanted)) return { status: 412, body: { code: "version_mismatch" } };
    const answer = this.write(method, pathname, id, body, key);
    this.done.set(key, answer);
    return answer;
  }

  write(method, pathname, id, body, key) {
    if (method === "POST" && !id) return { status: 201, body: this.change(this.tasks.size + 1, body.text ? { title: body.text } : body, "create", key) };
    if (!this.tasks.has(id)) return { status: 404, body: {} };
    if (method === "DELETE" && !pathname.endsWith("completion/")) return this.change(id, {}, "delete", key), { status: 204, body: null };
    if (pathname.endsWith("skip/")) return this.skip(id, key);
    if (pathname.endsWith("detach/")) return { status: 200, body: this.change(id, { recurrence: null, series_id: null }, "update", key) };
    if (pathname.endsWith("reminders/")) return this.addReminder(id, body, key);
    const fields = pathname.endsWith("completion/") ? { completed: method === "PUT" } : body;
    return { status: 200, body: this.change(id, pathname.endsWith("undo/") ? { completed: false } : fields, "update", key) };
  }

  /** The next occurrence is another task, and it is what the answer has. */
  skip(id, key) {
    const { title, recurrence, series_id } = this.tasks.get(id);
    this.change(id, {}, "delete", key);
    return { status: 200, body: this.change(id + 100, { title, recurrence, series_id }, "create", key) };
  }

  addReminder(id, body, key) {
    const { reminders, title } = this.tasks.get(id);
    const made = { status: "pending", offset: null, at: null, fire_at: body.at ?? null, ...body, id: 700 + reminders.length };
    this.change(id, { reminders: [...reminders, made] }, "update", key);
    return { status: 201, body: { ...made, task_id: id, title } };
  }

  reminder(method, pathname, body, key) {
    if (this.done.has(key)) return this.done.get(key);
    const id = Number(/reminders\/(\d+)/.exec(pathname)[1]);
    const task = [...this.tasks.values()].find(({ reminders }) => reminders.some((each) => each.id === id));
    if (!task) return { status: 404, body: { code: "not_found", detail: "There is no such reminder." } };
    const given = body?.until ? { fire_at: body.until, status: "pending" } : body;
    const left = task.reminders.filter((each) => method !== "DELETE" || each.id !== id);
    this.change(task.id, { reminders: left.map((each) => (each.id === id ? { ...each, ...given } : each)) }, "update", key);
    const answer = method === "DELETE" ? { status: 204, body: null } : { status: 200, body: { id, task_id: task.id, title: task.title } };
    this.done.set(key, answer);
    return answer;
  }

  operation({ op, id, fields, client_request_id: key }) {
    if (this.done.has(key)) return { ...this.done.get(key), replayed: true };
    const fate = this.refuses?.(op, fields);
    if (fate) return fate;
    const task = this.change(op === "create" ? this.tasks.size + 1 : id, op === "complete" ? { completed: true } : fields ?? {}, op === "create" ? "create" : "update", key);
    const result = { status: op === "create" ? 201 : 200, task };
    this.done.set(key, result);
    return result;
  }

  changes(query) {
    if (!query.has("after")) return { status: 200, body: { results: [], sequence: this.head, more: false, epoch: this.epoch } };
    const after = Number(query.get("after"));
    if (query.get("epoch") && query.get("epoch") !== this.epoch) return { status: 410, body: { code: "reset" } };
    if (after < this.tail) return { status: 410, body: { code: "too_old" } };
    return { status: 200, body: { results: this.frames.slice(after), sequence: this.head, more: false, epoch: this.epoch } };
  }

  async readLines(path, onLine) {
    this.calls.push({ method: "GET", path });
    const early = await this.before("GET", path);
    if (early) return early;
    onLine({ sequence: this.head, epoch: this.epoch });
    const after = Number(new URL(path, location.origin).searchParams.get("after_id") ?? 0);
    for (const task of [...this.tasks.values()].sort((one, other) => one.id - other.id)) {
      if (task.id <= after) continue;
      if (this.breaksAt === task.id) { this.breaksAt = 0; throw new Unreachable("it broke off"); }
      onLine(task);
    }
    onLine({ end: true, tasks: this.tasks.size });
    return { status: 200, body: null, retryAfter: 0 };
  }

  /** What a tab calls the API with. */
  api() {
    const api = new EventTarget();
    return Object.assign(api, { csrf: "", clock: new Clock(), call: (...given) => this.call(...given), readLines: (...given) => this.readLines(...given) });
  }
}

/** Take the place of the browser's sockets and of the one call that is not made by `Api`. */
export function connect(server) {
  globalThis.WebSocket = class {
    static OPEN = 1;
    constructor() {
      this.readyState = 0;
      setTimeout(() => (server.isDown ? this.onclose?.({ code: 1006, reason: "" }) : this.open()));
    }

    open() {
      this.readyState = 1;
      server.sockets.add(this);
      this.onopen();
    }

    deliver(frame) {
      setTimeout(() => this.readyState === 1 && this.onmessage({ data: JSON.stringify(frame) }));
    }

    send(text) {
      const { type, after } = JSON.parse(text);
      if (type !== "hello") return;
      this.deliver({ type: "ready", user_id: server.user, sequence: server.head, epoch: server.epoch });
      if (after < server.tail) return void this.deliver({ type: "resync", reason: "too_old" });
      for (const frame of server.frames.slice(after)) this.deliver(frame);
      this.deliver({ type: "head", sequence: server.head, epoch: server.epoch });
    }

    close() {
      this.readyState = 3;
      server.sockets.delete(this);
    }
  };
  globalThis.fetch = async () => {
    if (server.isDown) throw new TypeError("no network");
    return Response.json({ user: server.user && { id: server.user }, csrf_token: "token" });
  };
}

/** Open a tab. */
export async function tab(server, { zone = "Europe/Madrid" } = {}) {
  const store = new Store({ zone });
  const disk = new Disk(USER);
  const engine = new Engine({ store, disk, api: server.api(), userId: USER });
  store.show("all");
  await engine.start();
  return engine;
}

/** Open a tab that has all there is. */
export async function live(server) {
  const engine = await tab(server);
  await until(() => engine.state === "live");
  return engine;
}

/** Open two tabs: the first leads. */
export async function pair(server) {
  const leader = await tab(server);
  const follower = await tab(server);
  await until(() => follower.state === "live");
  return [leader, follower];
}

/** Add so many tasks: t0, t1 and so on. */
export async function addMany(engine, count) {
  for (let at = 0; at < count; at += 1) await engine.act(mutation({ op: "create", task: `new:${at}`, fields: { title: `t${at}` } }));
}

/** Let calls wait, of one method or all; return what lets them go on. */
export function hold(server, held = "") {
  let release;
  const isReleased = new Promise((resolve) => { release = resolve; });
  server.before = (method) => (!held || method === held ? isReleased : undefined);
  return () => { server.before = () => undefined; release(); };
}

/** End a tab as a crash does: nothing is written, told or answered any more. */
export function kill(engine) {
  clearTimeout(engine.keeper.timer);
  engine.keeper.flush = async () => false;
  engine.disk.write = async () => false;
  engine.follower.stop();
  engine.outbox.stop();
  engine.tabs.close();
}

export async function until(isTrue, what = String(isTrue)) {
  for (const end = performance.now() + 20_000; performance.now() < end; await new Promise((done) => setTimeout(done, 5))) if (await isTrue()) return;
  throw new Error(`not in time: ${what}`);
}

/** Nothing is kept of an earlier test. */
export async function forgetEverything() {
  for (const { name } of await indexedDB.databases()) await deleteDB(name);
}

let made = 0;
export const mutation = (given) => ({ seq: (made += 1), key: crypto.randomUUID(), made_at: Date.now(), state: "queued", attempts: 0, ...given });
export const titles = (engine) => [...engine.store.shown.values()].map(({ title }) => title).sort();
export const writes = (server) => server.calls.filter(({ method }) => method !== "GET");
