/* The console works without scripts; this only saves a keystroke. A form marked data-cme-once is sent once. */
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-cme-once")) {
    return;
  }
  if (form.dataset.cmeSent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.cmeSent = "yes";
});

// Who comes back to the page by the browser's own memory may send again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-cme-sent]")) {
    delete form.dataset.cmeSent;
  }
});
