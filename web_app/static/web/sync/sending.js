// @ts-check
// What sending needs, loaded when there is a server to send to: the first list does not wait for it.
export { backOff, judge } from "./outcomes.js";
export { operationOf, planCall } from "./send.js";
