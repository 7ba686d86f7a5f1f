/* The author's form: what is sent, saved and compared. Tells Studio by its own protocol; works where nobody listens. */
function CmeStudio(runtime, element, args) {
  "use strict";
  const kit = window.CmeStudioKit;
  const root = (element.jquery ? element[0] : element).querySelector("[data-cme-root]");
  const form = root && root.querySelector("[data-cme-form]");
  if (!form) return;
  const sections = form.querySelector("[data-cme-sections]");
  const summary = form.querySelector("[data-cme-summary]");
  const status = form.querySelector("[data-cme-status]");
  const state = form.querySelector("[data-cme-state]");
  const panel = root.querySelector("[data-cme-panel]");
  const leave = form.querySelector("[data-cme-leave]");
  const olx = form.querySelector("[data-cme-olx]");
  const olxError = form.querySelector("[data-cme-olx-error]");
  let base = root.dataset.cmeBase;
  let dirty = false;
  let kept = false;
  let busy = false;

  const say = (text) => { status.textContent = ""; window.setTimeout(() => { status.textContent = text; }, 50); };
  const changed = () => { dirty = true; state.textContent = args.unsaved; };
  const page = { root, form: sections, args, say, changed };
  const groups = kit.groups(page);
  kit.rich(page);
  const findings = kit.findings(page, groups);
  Object.assign(page, { send, collect, show, refuse, panel });

  // Studio listens; the workbench has no notify before 0.15.
  const notify = (name, data) => { if (runtime.notify) runtime.notify(name, data); };
  const token = () => decodeURIComponent((document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || [])[1] || "");

  function collect() {
    const values = {};
    sections.querySelectorAll("[name]").forEach((one) => {
      values[one.name] = one.type === "checkbox" ? one.checked : one.value;
    });
    sections.querySelectorAll("[data-cme-ticks]").forEach((one) =>
      one.querySelectorAll("input:checked").forEach((box, index) => { values[`${one.dataset.cmeTicks}.${index}`] = box.value; }));
    return values;
  }
  groups.all();
  let before = collect();

  /* The answer's data and its status; a server that does not answer is a status of 0. */
  async function send(handler, body) {
    try {
      const answer = await fetch(runtime.handlerUrl(element, handler), {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify(body),
      });
      return { status: answer.status, ok: answer.ok, data: await answer.json() };
    } catch { return { status: 0, ok: false, data: { error: { message: args.noAnswer, fields: {} } } }; }
  }

  function refuse(error) {
    summary.textContent = error.message;
    summary.hidden = false;
    const first = findings.mistakes(error.fields || {});
    if (first) groups.focus(first).scrollIntoView({ block: "center" }); else summary.focus();
    notify("error", { title: error.message, message: error.message });
  }

  function settle() {
    summary.hidden = true;
    findings.mistakes({});
  }

  /* Browsers give an empty text for a date that is half typed: that would be lost without a word. */
  function halfDates() {
    const fields = {};
    sections.querySelectorAll("input[type=date][name]").forEach((one) => {
      if (one.validity.badInput) fields[one.name] = args.badDate;
    });
    return Object.keys(fields).length ? { message: args.badDate, fields } : null;
  }

  function take(values) {
    Object.entries(values).forEach(([path, value]) => {
      const one = sections.querySelector(`[name="${CSS.escape(path)}"]`);
      if (one && one.type === "checkbox") one.checked = value;
      else if (one) one.value = value;
    });
  }

  async function save(close) {
    const half = halfDates();
    if (busy) return;
    if (half) { refuse(half); return; }
    busy = true;
    state.textContent = args.saving;
    if (close) notify("save", { state: "start" });
    const values = collect();
    const { status: code, ok, data } = await send("save_form", { base, values });
    busy = false;
    state.textContent = dirty ? args.unsaved : "";
    if (!ok) {
      refuse(data.error);
      if (code === 409) await compare(values);
      return;
    }
    settle();
    base = data.base;
    take(data.values);
    before = collect();
    dirty = JSON.stringify(values) !== JSON.stringify({ ...before, ...values });
    groups.all();
    findings.replace(data);
    state.textContent = data.announce;
    say(`${data.announce} ${root.querySelector("[data-cme-count]").textContent}`);
    kept = true;
    if (close) notify("save", { state: "end" });
  }

  async function compare(values) {
    const { ok, data } = await send("compare_form", { old: before, values });
    if (!ok) { refuse(data.error); return; }
    panel.innerHTML = data.html;
    panel.dataset.cmeBase = data.base;
    panel.querySelector("h3").focus();
  }

  /* Put another activity into the form: merged, loaded or read from a source. Kept only when saved. */
  function show(data, text) {
    sections.innerHTML = data.form;
    groups.all();
    settle();
    findings.replace(data);
    changed();
    state.textContent = text;
    say(text);
    const first = sections.querySelector("details");
    first.open = true;
    first.querySelector("summary").focus();
  }

  async function choose(whose) {
    const take_ = {};
    panel.querySelectorAll("[data-cme-row]").forEach((one) => {
      take_[one.dataset.cmeRow] = one.querySelector("input:checked").value;
    });
    const body = { old: before, values: collect(), base: panel.dataset.cmeBase, take: whose || take_ };
    const { status: code, ok, data } = await send("compare_form", body);
    if (!ok) { refuse(data.error); if (code === 409) await compare(body.values); return; }
    panel.replaceChildren();
    base = data.base;
    show(data, whose ? args.loaded : args.merged);
    if (whose) { dirty = false; before = collect(); }
  }

  async function check(then) {
    const half = halfDates();
    if (half) { refuse(half); return; }
    const { ok, data } = await send("check_form", { values: collect() });
    if (!ok) { refuse(data.error); return; }
    settle();
    findings.replace(data);
    say(root.querySelector("[data-cme-count]").textContent);
    if (then) then();
  }

  async function toSource() {
    const { ok, data } = await send("show_source", { values: collect() });
    if (!ok) { refuse(data.error); return; }
    olx.value = data.source;
    say(args.sourceShown);
  }

  async function fromSource() {
    olxError.hidden = true;
    const { ok, data } = await send("read_source", { source: olx.value });
    if (ok) { show(data, args.sourceRead); return; }
    olxError.textContent = data.error.message;
    olxError.hidden = false;
    olx.setAttribute("aria-invalid", "true");
    olx.focus();
    const line = data.error.line;
    if (!line) return;
    const lines = olx.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    olx.setSelectionRange(start, start + lines[line - 1].length);
  }

  function cancel() {
    if (dirty) { leave.hidden = false; leave.querySelector("p").focus(); return; }
    out();
  }

  /* Studio shows a block anew only after a save, so a save that stayed on the page is told now. */
  function out() {
    dirty = false;
    if (kept) { notify("save", { state: "start" }); notify("save", { state: "end" }); } else notify("cancel", {});
  }

  const deeds = {
    "save-close": () => save(true),
    ...kit.bring(page, groups),
    ...kit.desk(page, groups),
    cancel,
    check: () => check(),
    "check-again": () => check(findings.first),
    leave: out,
    stay: () => { leave.hidden = true; form.querySelector("[data-cme-do=cancel]").focus(); },
    merge: () => choose(""),
    theirs: () => choose("theirs"),
    "source-to-form": fromSource,
    "form-to-source": toSource,
  };

  root.addEventListener("click", (event) => {
    const go = event.target.closest("[data-cme-go]");
    if (go) {
      event.preventDefault();
      const section = form.querySelector(`[data-cme-section="${go.dataset.cmeGo}"]`);
      section.open = true;
      section.querySelector("summary").focus();
      section.scrollIntoView();
      return;
    }
    const button = event.target.closest("[data-cme-do]");
    if (!button || groups.act(button)) return;
    const deed = deeds[button.dataset.cmeDo];
    if (deed) deed(button);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); save(false); });
  // Enter in a field of one line would save the form of somebody who only meant to go on.
  sections.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) event.preventDefault();
  });
  ["input", "change"].forEach((name) => sections.addEventListener(name, (event) => {
    if (event.target.closest("[data-cme-field]")) changed();
  }));
  window.addEventListener("beforeunload", (event) => { if (dirty && root.isConnected) event.preventDefault(); });
  const now = (name) => root.querySelector(`template[data-cme-${name}-now]`).innerHTML;
  findings.replace({ pairs: now("pairs"), desk: now("desk") });
}
