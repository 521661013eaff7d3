// @ts-check
// Fills the hidden field of the form that makes an account with the browser's time zone.
const field = document.querySelector("[data-zone]");
if (field instanceof HTMLInputElement) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
