"use strict";

// What was left empty is not sent: an empty tag asks for tasks without tags.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      field.disabled = !field.value;
    }
  });
}
