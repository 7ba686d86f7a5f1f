/* The author's source page: save, show what the server found, tell Studio. */
function CmeStudio(runtime, element, args) {
  "use strict";
  const root = (element.jquery ? element[0] : element).querySelector("[data-cme-root]");
  const form = root.querySelector("[data-cme-source]");
  const area = form.querySelector("textarea");
  const summary = form.querySelector("[data-cme-error=summary]");
  const status = root.querySelector("[data-cme-status]");
  let saved = area.value;

  // Studio listens; the workbench has no notify before 0.15.
  const notify = (name, data) => { if (runtime.notify) runtime.notify(name, data); };
  const token = () => decodeURIComponent((document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || [])[1] || "");

  function refuse(message, line) {
    summary.textContent = message;
    summary.hidden = false;
    status.textContent = "";
    if (line) {
      const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      const end = area.value.indexOf("\n", start);
      area.setSelectionRange(start, end < 0 ? area.value.length : end);
    }
    summary.focus();
    notify("error", { title: message, message });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    summary.hidden = true;
    status.textContent = args.saving;
    notify("save", { state: "start" });
    const source = area.value;
    try {
      const answer = await fetch(runtime.handlerUrl(element, "save_source"), {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ source }),
      });
      const data = await answer.json();
      if (!answer.ok) { refuse(data.error.message, data.error.line); return; }
      saved = source;
      root.querySelector("[data-cme-findings]").innerHTML = data.html;
      status.textContent = data.announce;
      notify("save", { state: "end" });
    } catch { refuse(args.failed); }
  });

  form.querySelector(".cancel-button").addEventListener("click", () => notify("cancel", {}));
  window.addEventListener("beforeunload", (event) => { if (area.value !== saved) event.preventDefault(); });
}
