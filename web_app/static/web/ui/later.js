// @ts-check
// What the page does once its list is there: edits that were cut off, the worker, what to know about this device.
import { followDue } from "./app_badge.js";
import { BrowserNotes } from "./browser_notes.js";
import { resumeTexts } from "./drafts.js";
import { Notifications } from "./notifications.js";
import { PushDevice } from "./push_device.js";
import { Notices } from "./notices.js";
import { recall } from "./remembered.js";
import { takeShared } from "./shared_text.js";
import { keepShell } from "./worker.js";

/** Whether single keys work on this device, as `ui/remembered.js` keeps it. */
export const SINGLE_KEYS = "single keys";

export async function beginLater(app) {
  void resumeTexts(app);
  takeShared(app);
  followDue(app);
  app.notices = new Notices(app);
  app.notifications = new Notifications(app);
  app.device = new PushDevice(app);
  app.notes = new BrowserNotes(app);
  const parts = [
    import("./account.js").then(({ followAccount }) => followAccount(app)),
    import("./drag.js").then(({ beginDrag }) => beginDrag(app)),
    import("./tags.js").then(({ tagsOf }) => tagsOf(app)),
    import("./saved_views.js").then(({ viewsOf }) => viewsOf(app)),
  ];
  // In Chromium a worker that is asked for a file while it makes room for a new one stays: first all is loaded.
  void Promise.allSettled([...parts, app.listening, app.shell.fetched]).then(() => keepShell(app));
  app.changed();
  await app.listening;
  // Who presses two keys quickly would press the second while what the first opens is still loaded.
  void import("../el/command-palette.js");
  app.keys.isOn = (await recall(SINGLE_KEYS)) !== "off";
}
