/* The disclosure form works without scripts; this keeps what is typed while it is typed. */
"use strict";

(() => {
  const form = document.querySelector("form[data-cme-draft]");
  if (!form) return;
  const status = form.querySelector("[data-cme-kept]");
  let timer = 0;
  let open = true;

  function body() {
    const data = new FormData(form);
    data.set("do", "draft");
    return new URLSearchParams(data);
  }

  async function keep() {
    if (!open) return;
    try {
      const answer = await fetch(location.href, { method: "POST", body: body(), credentials: "omit" });
      if (answer.status === 429) { later(); return; }
      status.textContent = answer.ok ? status.dataset.cmeSaid : status.dataset.cmeLost;
    } catch { status.textContent = status.dataset.cmeLost; }
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, 2500);
  }

  form.addEventListener("input", () => { status.textContent = ""; later(); });
  form.addEventListener("submit", () => { open = false; window.clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => {
    if (open && timer && document.visibilityState === "hidden") navigator.sendBeacon(location.href, body());
  });
  window.addEventListener("pageshow", () => { open = true; });
  const problem = document.getElementById("cme-problem");
  if (problem) problem.focus();
})();
