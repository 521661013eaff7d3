"use strict";

// Reads the overview again while its tab is looked at. A table that somebody has opened stays open.
const overview = document.getElementById("overview");
const SECONDS = 10;

async function refresh() {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(overview.dataset.url, { redirect: "error" });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const isOpen = overview.querySelector("details")?.open;
    overview.innerHTML = await answer.text();
    overview.querySelector("details").open = isOpen;
  } catch (error) {
    overview.dataset.stale = "This is old: the last try to read it again failed.";
    return;
  }
  delete overview.dataset.stale;
}

if (overview) {
  setInterval(refresh, SECONDS * 1000);
}
