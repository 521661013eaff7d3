// @ts-check
// Changing the account from a form: what is wrong is said at its field.
import { rememberUser } from "../data/account.js";
import { call } from "./direct.js";
import { problemsOf } from "./form_field.js";

/** Change the account. Return what is wrong by field ("" for what belongs to none), null when it is saved. */
export async function changeAccount(app, fields) {
  const answer = await call(app, "PATCH", "/api/auth/me/", { body: fields });
  if (answer?.status !== 200) return problemsOf(app, answer);
  Object.assign(app.user, answer.body);
  await rememberUser(app.user);
  app.announcer.say(app.t("saved"));
  app.changed();
  return null;
}
