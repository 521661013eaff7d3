// @ts-check
// Whether this browser shows reminders while no page is open: asked for by a person, for this device alone.
import { askSession } from "../data/account.js";
import { call } from "./direct.js";

const PATH = "/api/push/subscriptions/";
const CHANNEL = "web_push";

/** @typedef {"unsupported" | "off_here" | "denied" | "off" | "on"} PushState `off_here`: this platform sends none */

export class PushDevice {
  constructor(app) {
    this.app = app;
    app.engine.addEventListener("status", () => void this.renewOnce());
    void this.renewOnce();
  }

  /** What this browser has of it. */
  async subscription() {
    // Without the permission there is none; and a question that the browser does not answer keeps a new worker waiting.
    if (!("Notification" in window) || Notification.permission !== "granted") return null;
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
    return (await registration?.pushManager?.getSubscription().catch(() => null)) ?? null;
  }

  async state() {
    if (!("PushManager" in window) || !("Notification" in window) || !navigator.serviceWorker) return "unsupported";
    if (Notification.permission === "denied") return "denied";
    if (await this.subscription()) return "on";
    const session = await askSession().catch(() => null);
    return session && !session.push_key ? "off_here" : "off";
  }

  /** Ask for the permission, subscribe, and have reminders sent this way. Return what a person is to read, "" when all is well. */
  async turnOn() {
    const { t } = this.app;
    if ((await Notification.requestPermission()) !== "granted") return t("push_denied");
    const session = await askSession().catch(() => null);
    if (!session) return t("needs_network");
    if (!session.push_key) return t("push_state_off_here");
    const registration = await navigator.serviceWorker.ready;
    const given = { userVisibleOnly: true, applicationServerKey: bytesOf(session.push_key) };
    const subscription = await registration.pushManager.subscribe(given).catch(() => null);
    if (!subscription) return t("push_no_service");
    const answer = await this.send(subscription);
    if (answer?.status !== 200 && answer?.status !== 201) return this.undo(subscription, answer);
    return this.useChannel();
  }

  async undo(subscription, answer) {
    await subscription.unsubscribe().catch(() => false);
    return answer?.body?.detail ?? this.app.t("needs_network");
  }

  async useChannel() {
    const { user } = this.app;
    if (user.channels.includes(CHANNEL)) return "";
    const answer = await call(this.app, "PATCH", "/api/auth/me/", { body: { channels: [...user.channels, CHANNEL] } });
    if (answer?.status === 200) Object.assign(user, answer.body);
    return answer?.status === 200 ? "" : answer?.body?.detail ?? this.app.t("needs_network");
  }

  /** This browser gets no more. */
  async turnOff() {
    const subscription = await this.subscription();
    if (!subscription) return;
    const listed = await call(this.app, "GET", PATH);
    const own = listed?.body?.results?.find(({ endpoint }) => endpoint === subscription.endpoint);
    if (own) await call(this.app, "DELETE", `${PATH}${own.id}/`);
    await this.forget();
  }

  /** Before signing out: the server ends the subscription with the session; what is shown is for nobody else. */
  async forget() {
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
    for (const note of (await registration?.getNotifications?.()) ?? []) note.close();
    await (await this.subscription())?.unsubscribe().catch(() => false);
  }

  /** Whoever is signed in here now is who gets them: said once a page, when it is live. */
  async renewOnce() {
    if (this.isRenewed || this.app.engine.state !== "live") return;
    this.isRenewed = true;
    await this.renew();
  }

  /** The server has forgotten this browser, or has another key: say again where it is. */
  async renew() {
    const subscription = await this.subscription();
    const session = subscription && (await askSession().catch(() => null));
    if (!subscription || !session?.push_key) return;
    const key = subscription.options.applicationServerKey;
    if (key && textOf(new Uint8Array(key)) === session.push_key) return void (await this.send(subscription));
    await subscription.unsubscribe().catch(() => false);
    if (Notification.permission === "granted") await this.turnOn();
  }

  send(subscription) {
    const { endpoint, keys } = subscription.toJSON();
    return call(this.app, "POST", PATH, { body: { endpoint, ...keys, name: deviceName() } });
  }
}

/** What a browser is called in a list; "" if it is unknown. @param {{userAgent: string}} [of] this one unless given */
export function deviceName({ userAgent } = navigator) {
  const browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => userAgent.includes(`${name}/`)) ?? "";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => userAgent.includes(name)) ?? "";
  return [{ Edg: "Edge", OPR: "Opera" }[browser] ?? browser, system].filter(Boolean).join(", ");
}

/** @param {string} text base64url */
function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
