/* The learner's pages: submit, keep drafts, move the focus, announce. Everything else is done by the server.
   One function for the blocks `cme`, `cme_part` and `cme_content`; `args` holds translated sentences and addresses. */
function CmeBlock(runtime, element, args) {
  "use strict";
  const block = element.jquery ? element[0] : element;
  const root = block.querySelector("[data-cme-root]");
  // Not any descendant: a content block may hold blocks of ours.
  const panel = root.querySelector(":scope > .cme > [data-cme-panel]");
  const status = root.querySelector(":scope > .cme > [data-cme-status]");
  const DRAFT_PAUSE = 800;
  let sayTimer = null;
  let draftTimer = null;
  let pollTimer = null;
  let polls = 0;

  // Emptied first, so that the same words are announced again; a later word takes the place of one still waiting.
  const say = (text, look = "cme-hide") => {
    clearTimeout(sayTimer);
    status.className = look;
    status.textContent = "";
    if (text) sayTimer = setTimeout(() => { status.textContent = text; }, 50);
  };

  // For a problem that has no place of its own on the page: seen as well as heard.
  const complain = (text) => { say(text, "cme-error"); status.scrollIntoView({ block: "center" }); };

  const cookie = (name) => (document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)")) || [])[1] || "";

  // fetch throws a TypeError when nothing came back; an answer that is no JSON is another failure.
  const sentence = (error) => (error instanceof TypeError ? args.offline : args.failed);

  async function post(handler, body, keepalive) {
    const answer = await fetch(runtime.handlerUrl(element, handler), {
      method: "POST",
      credentials: "same-origin",
      keepalive: Boolean(keepalive),
      headers: { "Content-Type": "application/json", "X-CSRFToken": decodeURIComponent(cookie("csrftoken")) },
      body: JSON.stringify(body),
    });
    const type = answer.headers.get("Content-Type") || "";
    if (!type.includes("json")) throw new Error("not an answer of ours: " + answer.status);
    return { ok: answer.ok, data: await answer.json() };
  }

  function show(data, focus) {
    if (data.html !== undefined) panel.innerHTML = data.html;
    prepare();
    if (focus) {
      const target = panel.querySelector("[data-cme-focus]");
      if (target) { target.focus(); target.scrollIntoView({ block: "nearest" }); }
    }
    say(data.announce);
  }

  const sureOf = (form) => Object.fromEntries(Array.from(form.querySelectorAll("[data-cme-sure]"),
    (group) => [group.dataset.cmeSure, Array.from(group.querySelectorAll("input:checked"), (input) => input.value)]).filter(([, chosen]) => chosen.length));

  function answersOf(form) {
    const answers = {};
    form.querySelectorAll("[data-cme-item]").forEach((group) => {
      const typed = Array.from(group.querySelectorAll("[data-cme-text]"), (field) => field.value).filter((text) => text.trim());
      const chosen = Array.from(group.querySelectorAll("input:checked"), (input) => input.value).concat(typed);
      if (chosen.length) answers[group.dataset.cmeItem] = chosen;
    });
    return answers;
  }

  function dataOf(form) {
    const data = { part: form.dataset.cmeSubmit };
    new FormData(form).forEach((value, name) => { if (!name.startsWith("item:")) data[name] = value; });
    form.querySelectorAll("input[type=checkbox][data-cme-many]").forEach((box) => { data[box.name] = []; });
    form.querySelectorAll("input[data-cme-many]:checked").forEach((box) => { data[box.name].push(box.value); });
    form.querySelectorAll("input[type=checkbox][data-cme-flag]").forEach((box) => { data[box.name] = box.checked; });
    if (form.querySelector("[data-cme-item]")) data.responses = answersOf(form);
    if (form.querySelector("[data-cme-sure]")) data.sure = sureOf(form);
    return data;
  }

  function clearErrors(form) {
    form.querySelectorAll("[data-cme-error]").forEach((one) => { one.textContent = ""; one.hidden = true; });
    form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  }

  // What was wrong with a field is unsaid once it is changed; the server looks again.
  function mended(field) {
    const group = field.closest("[data-cme-item]");
    const place = field.form.querySelector(`[data-cme-error="${CSS.escape(group ? group.dataset.cmeItem : field.name)}"]`);
    if (!place || place.hidden) return;
    place.textContent = "";
    place.hidden = true;
    [field, group].forEach((one) => { if (one) one.removeAttribute("aria-invalid"); });
  }

  // From the summary to the field, with the keyboard or a thumb.
  function find(field, message) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cme-find";
    button.textContent = message;
    button.addEventListener("click", () => { field.focus(); field.scrollIntoView({ block: "center" }); });
    return button;
  }

  function showErrors(form, error) {
    const summary = form.querySelector("[data-cme-error=summary]");
    const ways = [];
    Object.entries(error.fields || {}).forEach(([name, message]) => {
      const place = form.querySelector(`[data-cme-error="${CSS.escape(name)}"]`);
      const group = form.querySelector(`[data-cme-item="${CSS.escape(name)}"]`);
      const field = form.elements[name] || (group && group.querySelector("[data-cme-text]")) || group;
      if (place) { place.textContent = message; place.hidden = false; }
      if (field && field.setAttribute) field.setAttribute("aria-invalid", "true");
      for (let box = place && place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
      const first = field && (field.matches?.("input, select, textarea") ? field : field[0] || field.querySelector("input"));
      if (first) ways.push(find(first, message));
    });
    summary.textContent = error.message || args.failed;
    if (ways.length > 1) summary.append(...ways);
    summary.hidden = false;
    summary.focus();
  }

  async function submit(form) {
    clearErrors(form);
    const button = form.querySelector("button[type=submit]");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const unkept = draftTimer !== null;
    clearTimeout(draftTimer);
    draftTimer = null;
    say(args.sending);
    try {
      const { ok, data } = await post(form.dataset.cmeHandler || "submit", dataOf(form));
      if (ok) {
        show(data, true);
        document.dispatchEvent(new CustomEvent("cme:progress", { detail: { activity: args.activity, root } }));
      } else {
        say("");
        if (data.html) show(data, true);
        else showErrors(form, data.error || {});
      }
    } catch (error) {
      say("");
      showErrors(form, { message: sentence(error) });
    }
    button.removeAttribute("aria-disabled");
    // What was not taken is still a draft.
    if (unkept && form.isConnected && draftTimer === null) keepDraft(form, false);
  }

  async function open(body, focus) {
    try {
      const { ok, data } = await post("show", body);
      if (ok) show(data, focus);
      else complain((data.error || {}).message || args.failed);
    } catch (error) { complain(sentence(error)); }
  }

  const draftOf = (form) => ({ part: form.dataset.cmeSubmit, attempt: form.dataset.cmeAttempt || "", responses: answersOf(form), sure: sureOf(form) });

  async function keepDraft(form, keepalive) {
    clearTimeout(draftTimer);
    draftTimer = null;
    const note = form.querySelector("[data-cme-kept]");
    try {
      const { ok } = await post("save_draft", draftOf(form), keepalive);
      if (note) note.textContent = ok ? args.kept : args.unkept;
    } catch { if (note) note.textContent = args.unkept; }
  }

  function poll() {
    clearTimeout(pollTimer);
    const wait = panel.querySelector("[data-cme-poll]");
    if (!wait || polls > 120) return;
    pollTimer = setTimeout(async () => {
      polls += 1;
      try {
        const { ok, data } = await post("show", { part: wait.dataset.cmePoll, only: "deliveries" });
        const place = panel.querySelector("[data-cme-deliveries]");
        if (ok && place && place.innerHTML !== data.html) { place.innerHTML = data.html; say(data.announce); }
        if (ok && place && !data.waiting) delete place.dataset.cmePoll;
      } catch { /* the next turn tries again */ }
      poll();
    }, Number(wait.dataset.cmeEvery) || 5000);
  }

  // What is asked for the sake of a credit and a permission is there when both are: "ama_pra_1|pars acpe|".
  function asked(form) {
    const credits = Array.from(form.querySelectorAll("[data-cme-amount]"));
    const has = (code) => !credits.length || credits.some((one) => one.dataset.cmeAmount === code && one.value);
    const agreed = (name) => !name || Array.from(form.querySelectorAll("[data-cme-agreed]")).some((one) => one.dataset.cmeAgreed === name) || Array.from(form.querySelectorAll("[data-cme-consent]")).some((one) => one.dataset.cmeConsent === name && one.checked);
    form.querySelectorAll("[data-cme-when]").forEach((one) => {
      one.hidden = !one.dataset.cmeWhen.trim().split(/\s+/).some((token) => { const [code, name] = token.split("|"); return has(code) && agreed(name); });
    });
  }

  // The list stays what it is for a keyboard and a screen reader; the buttons only turn it.
  function steps(stepper, by) {
    const list = stepper.querySelector("select");
    if (by) {
      list.selectedIndex = Math.min(Math.max(list.selectedIndex + by, 0), list.options.length - 1);
      say(list.selectedOptions[0].textContent);
      mended(list);
      asked(list.form);
    }
    stepper.querySelectorAll("[data-cme-step]").forEach((button) => {
      const end = Number(button.dataset.cmeStep) < 0 ? 0 : list.options.length - 1;
      button.hidden = false;
      button.setAttribute("aria-disabled", String(list.selectedIndex === end));
    });
  }

  function prepare() {
    panel.querySelectorAll("[data-cme-stepper]").forEach((one) => steps(one, 0));
    panel.querySelectorAll("form").forEach(asked);
    poll();
  }

  root.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-cme-submit]")) return;
    event.preventDefault();
    submit(event.target);
  });

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-cme-show]");
    if (button) {
      const body = { part: button.dataset.cmeShow };
      if (button.dataset.cmeView) body.view = button.dataset.cmeView;
      open(body, true);
    } else if (event.target.closest("[data-cme-step]")) {
      const step = event.target.closest("[data-cme-step]");
      steps(step.closest("[data-cme-stepper]"), Number(step.dataset.cmeStep));
    } else if (event.target.closest("[data-cme-reload]")) {
      window.location.reload();
    }
  });

  root.addEventListener("change", (event) => {
    const stepper = event.target.closest("[data-cme-stepper]");
    if (stepper) steps(stepper, 0);
    if (event.target.form) { mended(event.target); asked(event.target.form); }
    const form = event.target.closest("form[data-cme-draft]");
    if (!form) return;
    clearTimeout(draftTimer);
    draftTimer = setTimeout(() => keepDraft(form, false), DRAFT_PAUSE);
  });

  document.addEventListener("visibilitychange", () => {
    const form = panel.querySelector("form[data-cme-draft]");
    if (document.visibilityState === "hidden" && draftTimer && form) keepDraft(form, true);
  });

  function turnable(pages) {
    const all = Array.from(pages.querySelectorAll(":scope > [data-cme-page]"));
    const pager = pages.querySelector(":scope > [data-cme-pager]");
    if (!pager) return;
    const where = pager.querySelector("[data-cme-where]");
    const [back, on] = pager.querySelectorAll("[data-cme-turn]");
    let now = 0;
    const turn = (to, move) => {
      now = Math.min(Math.max(to, 0), all.length - 1);
      all.forEach((page, number) => { page.hidden = number !== now; });
      where.textContent = where.dataset.cmeText.replace("{number}", now + 1).replace("{total}", all.length);
      back.hidden = now === 0;
      on.hidden = now === all.length - 1;
      panel.hidden = now !== all.length - 1;
      if (move) { all[now].focus(); all[now].scrollIntoView({ block: "start" }); }
    };
    pager.hidden = false;
    back.addEventListener("click", () => turn(now - 1, true));
    on.addEventListener("click", () => turn(now + 1, true));
    turn(0, false);
  }

  root.querySelectorAll(":scope > [data-cme-pages]").forEach(turnable);

  document.addEventListener("cme:progress", (event) => {
    if (event.detail.activity === args.activity && event.detail.root !== root) open({ pages: root.querySelector(":scope > [data-cme-pages]") !== null }, false);
  });

  prepare();
}
