/* The author's form: what is brought in from files, and next year's activity. Nothing is kept before the form is saved. */
(function () {
  "use strict";
  const kit = (window.CmeStudioKit = window.CmeStudioKit || {});

  kit.bring = function (page, groups) {
    const { form, args } = page;
    const boxOf = (button) => button.closest("[data-cme-import], [data-cme-renew]");

    function problem(box, text) {
      const place = box.querySelector("[data-cme-problem]");
      place.textContent = text;
      place.hidden = !text;
      if (text) place.focus();
    }

    function base64(file) {
      return new Promise((done, failed) => {
        const reader = new FileReader();
        reader.onload = () => done(String(reader.result).split(",")[1] || "");
        reader.onerror = failed;
        reader.readAsDataURL(file);
      });
    }

    async function ask(box, handler, body) {
      problem(box, "");
      page.say(args.working);
      const { ok, data } = await page.send(handler, body);
      page.say("");
      if (ok) return data;
      const fields = Object.keys(data.error.fields || {}).length;
      if (fields) page.refuse(data.error); else problem(box, data.error.message);
      return null;
    }

    async function read(button) {
      const box = boxOf(button);
      const file = box.querySelector("[data-cme-file]").files[0];
      if (!file) { problem(box, args.noFile); return; }
      if (file.size > 10000000) { problem(box, args.largeFile); return; }
      const data = await ask(box, "import_file", { what: box.dataset.cmeImport, name: file.name, data: await base64(file) });
      const place = box.querySelector("[data-cme-preview]");
      place.replaceChildren();
      if (!data) return;
      place.innerHTML = data.html;
      box.cmeMembers = data.members;
      if (box.dataset.cmeImport === "people") known(box);
      place.querySelector("[data-cme-preview-title]").focus();
    }

    const group = (path) => form.querySelector(`[data-cme-group][data-cme-path="${path}"]`);
    const values = (path, key) => groups.members(group(path)).map((one) => groups.control(groups.field(one, key)).value.trim());

    function known(box) {
      const names = values("people", "name");
      box.querySelectorAll("[data-cme-pick]").forEach((pick) => {
        if (!names.includes(box.cmeMembers[pick.dataset.cmePick].name)) return;
        pick.checked = false;
        pick.parentElement.querySelector("[data-cme-known]").textContent = args.known;
      });
    }

    /* Where one question goes: what is chosen beside it, or else for all. People go to people. */
    function halves(box, pick) {
      const all = box.querySelector("[data-cme-half]");
      if (!all) return ["people"];
      const own = box.querySelector(`[data-cme-half-of="${pick}"]`).value || all.value;
      return own === "both" ? ["baseline.items", "assessment.items"] : [`${own}.items`];
    }

    /* A pair's name that no item has yet, for each that goes to both halves. */
    function named(chosen) {
      const taken = [...values("baseline.items", "pair_id"), ...values("assessment.items", "pair_id")];
      chosen.filter((one) => one.paths.length > 1).forEach((one) => {
        let name = one.pair;
        for (let more = 2; taken.includes(name); more += 1) name = `${one.pair}-${more}`;
        taken.push(name);
        one.name = name;
      });
    }

    function add(button) {
      const box = boxOf(button);
      const chosen = [...box.querySelectorAll("[data-cme-pick]:checked")].map((one) => (
        { ...box.cmeMembers[one.dataset.cmePick], paths: halves(box, one.dataset.cmePick), name: "" }));
      if (box.dataset.cmeImport === "items") named(chosen);
      let first = null;
      ["people", "baseline.items", "assessment.items"].forEach((path) => {
        const here = chosen.filter((one) => one.paths.includes(path));
        if (!here.length) return;
        const made = groups.insert(group(path), here.map((one) => one.html).join(""));
        made.forEach((one, index) => {
          if (here[index].name && path !== "people") groups.control(groups.field(one, "pair_id")).value = here[index].name;
        });
        first = first || made[0];
      });
      box.querySelector("[data-cme-preview]").replaceChildren();
      box.querySelector("[data-cme-file]").value = "";
      page.say(kit.fill(args.brought, { number: chosen.length }));
      if (first) groups.focus(first); else box.querySelector("summary").focus();
    }

    async function template(button) {
      const box = boxOf(button);
      const data = await ask(box, "import_template", { what: box.dataset.cmeImport, kind: button.dataset.cmeKind });
      if (!data) return;
      const bytes = Uint8Array.from(atob(data.data), (one) => one.charCodeAt(0));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes]));
      link.download = data.name;
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      // A sandboxed frame may bar downloads, and says nothing.
      const copy = box.querySelector("[data-cme-copy]");
      copy.hidden = false;
      copy.querySelector("textarea").value = data.text;
    }

    async function renew(button) {
      const box = boxOf(button);
      const body = {
        values: page.collect(),
        release: box.querySelector("[data-cme-release]").value,
        activity_id: box.querySelector("[data-cme-renamed]").value,
      };
      const data = await ask(box, "renew", body);
      if (!data) return;
      page.show(data, args.renewed);
      page.panel.innerHTML = data.checklist;
      page.panel.querySelector("h3").focus();
    }

    function drop(button) {
      const box = boxOf(button);
      box.querySelector("[data-cme-preview]").replaceChildren();
      box.querySelector("summary").focus();
    }

    return { "import-read": read, "import-add": add, "import-drop": drop, "import-template": template, renew };
  };
})();
