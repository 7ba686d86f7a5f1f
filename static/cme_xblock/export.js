/* How far an export is, without asking for the page again. Without this script "Look again" does the same. */
"use strict";

(() => {
  const box = document.querySelector("[data-cme-export]");
  if (!box) {
    return;
  }
  const said = box.querySelector("[data-cme-said]");
  const bar = box.querySelector("progress");
  let wait = 1000;
  // Somebody who listens is told at each quarter, and not with every row.
  let told = -1;

  async function look() {
    let now;
    try {
      const answer = await fetch(box.dataset.cmeExport, { headers: { Accept: "application/json" } });
      if (!answer.ok) {
        return;
      }
      now = await answer.json();
    } catch {
      now = null;
    }
    if (now && !now.open) {
      window.location.reload();
      return;
    }
    if (now) {
      bar.value = now.percent;
      const quarter = Math.floor(now.percent / 25);
      if (quarter !== told) {
        told = quarter;
        said.textContent = now.said;
      }
    }
    wait = Math.min(wait * 1.3, 10000);
    window.setTimeout(look, wait);
  }

  window.setTimeout(look, wait);
})();
