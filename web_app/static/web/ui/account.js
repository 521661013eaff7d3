// @ts-check
// The account was changed on another device: its zone and the first day of its week are so here, too, and at once.
import { rememberUser } from "../data/account.js";

export function followAccount(app) {
  const { disk, engine, store, user } = app;
  // The form that signs in says whose changes wait.
  void disk.write(["meta"], { durability: "relaxed" }, (kept) => void kept("meta").put(user.username, "username"));
  engine.addEventListener("notice", (/** @type {CustomEvent} */ { detail }) => {
    if (detail.kind !== "account" || !detail.account) return;
    Object.assign(user, detail.account);
    void rememberUser(user);
    if (store.zone === user.time_zone) return app.showRoute();
    store.zone = user.time_zone;
    store.reset([...store.confirmed.values()], engine.outbox.queue.inOrder(), store.adopted());
    app.readClock();
    app.showRoute();
    return app.changed();
  });
}
