// @ts-check
// What others have written of this page, as `vendor.toml` lists it; a test compares them.

export const VENDORED = [
  { name: "lit-html", version: "3.3.3", licence: "BSD-3-Clause" },
  { name: "lit-element", version: "4.2.2", licence: "BSD-3-Clause" },
  { name: "@lit/reactive-element", version: "2.1.2", licence: "BSD-3-Clause" },
  { name: "idb", version: "8.0.4", licence: "ISC" },
];
