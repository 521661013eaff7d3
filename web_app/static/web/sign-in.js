// @ts-check
// The box of the two forms: what it says of this device is what Settings say, and what the page reads.
import { recall, remember } from "./ui/remembered.js";

const box = document.querySelector("[name=shared]");
if (box instanceof HTMLInputElement) {
  void recall("keep").then((keep) => { box.checked ||= keep === "no"; });
  box.addEventListener("change", () => void remember("keep", box.checked ? "no" : ""));
}
