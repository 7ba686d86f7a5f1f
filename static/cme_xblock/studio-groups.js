/* The author's form: where each field stands, and groups whose members are added, removed, duplicated and moved.
   Names of fields are paths such as people.0.relationships.1.company; they are set anew whenever something moves. */
(function () {
  "use strict";
  const kit = (window.CmeStudioKit = window.CmeStudioKit || {});
  const MEMBER = "[data-cme-member]";
  const CONTROL = "input, select, textarea:not([hidden]), [contenteditable=true]";
  const POINTING = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list"];

  kit.fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

  kit.slug = (text, words) => text.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").split("-").slice(0, words).join("-").slice(0, 40);

  /* page: { root, form, args, say(text), changed() } */
  kit.groups = function (page) {
    const { root, form, args } = page;
    let made = 0;

    const owner = (node) => node.parentElement.closest(MEMBER);
    const own = (scope, selector) => [...scope.querySelectorAll(selector)]
      .filter((one) => owner(one) === (scope.matches(MEMBER) ? scope : null));
    const members = (group) => [...group.querySelector("[data-cme-members]").children].filter((one) => one.matches(MEMBER));
    const groupOf = (member) => member.parentElement.closest("[data-cme-group]");
    const field = (scope, key) => own(scope, `[data-cme-field="${key}"]`)[0];
    const control = (wrapper) => wrapper && wrapper.querySelector("[name]");

    // What tells a member from others: the first of the fields it is named by that has something in it.
    const words = (member) => (member.dataset.cmeNaming || "").split(" ").map((key) => wordsOf(key && field(member, key))).find(Boolean) || "";

    function wordsOf(naming) {
      if (!naming) return "";
      const editor = naming.querySelector(".cme-editor");
      const found = naming.querySelector("[name]");
      if (editor) return editor.textContent;
      return found.matches("select") ? (found.value ? found.selectedOptions[0].textContent : "") : found.value;
    }

    function entitle(member) {
      const group = groupOf(member);
      const number = members(group).indexOf(member) + 1;
      const text = words(member).replace(/\s+/g, " ").trim();
      const short = text.length > 70 ? `${text.slice(0, 69)}…` : text;
      const title = `${group.dataset.cmeNoun} ${number}`;
      const place = member.querySelector("[data-cme-title]");
      place.textContent = member.querySelector(":scope > details") && short ? `${title}: ${short}` : title;
      const tools = own(member, "[data-cme-tools]")[0];
      tools.querySelectorAll("button").forEach((one) =>
        one.setAttribute("aria-label", `${one.textContent}: ${short ? `${title}, ${short}` : title}`));
      return place.textContent;
    }

    function renumber(scope, prefix) {
      own(scope, "[data-cme-field]").forEach((one) => {
        const key = one.dataset.cmeField;
        const path = key ? prefix + key : prefix.slice(0, -1);
        one.dataset.cmePath = path;
        if ("cmeTicks" in one.dataset) one.dataset.cmeTicks = path;
        else if ("cmeGroup" in one.dataset) number(one, path);
        else control(one).name = path;
      });
    }

    function number(group, path) {
      members(group).forEach((one, index) => {
        if (!one.querySelector("[data-cme-field='']")) one.dataset.cmePath = `${path}.${index}`;
        renumber(one, `${path}.${index}.`);
        entitle(one);
      });
    }

    function all() { renumber(form, ""); }

    function again(group) {
      number(group, group.dataset.cmePath);
      page.changed();
    }

    /* Ids of a copy, and whatever points to them, get an ending of their own. */
    function unique(node) {
      made += 1;
      const known = new Map();
      [node, ...node.querySelectorAll("[id]")].forEach((one) => {
        if (!one.id) return;
        known.set(one.id, `${one.id.replace(/-m\d+$/, "")}-m${made}`);
        one.id = known.get(one.id);
      });
      const pointing = POINTING.map((name) => `[${name}]`).join(",");
      node.querySelectorAll(pointing).forEach((one) => POINTING.forEach((name) => {
        const old = one.getAttribute(name);
        if (old) one.setAttribute(name, old.split(" ").map((id) => known.get(id) || id).join(" "));
      }));
      return node;
    }

    function open(member) {
      const details = member.querySelector(":scope > details");
      if (details) details.open = true;
      live(member);
    }

    function add(group) {
      const key = group.querySelector(":scope > [data-cme-do=add]").dataset.cmeFrom;
      const template = root.querySelector(`template[data-cme-new="${key}"]`);
      const member = unique(template.content.firstElementChild.cloneNode(true));
      group.querySelector("[data-cme-members]").append(member);
      again(group);
      open(member);
      return member;
    }

    /* Members that the server rendered: after an import. */
    function insert(group, html) {
      const holder = document.createElement("ol");
      holder.innerHTML = html;
      const found = [...holder.children].map(unique);
      group.querySelector("[data-cme-members]").append(...found);
      again(group);
      return found;
    }

    function copy(member) {
      const twin = unique(member.cloneNode(true));
      const selects = member.querySelectorAll("select");
      twin.querySelectorAll("select").forEach((one, index) => { one.value = selects[index].value; });
      twin.querySelectorAll(".cme-toolbar, .cme-linker, .cme-walk").forEach((one) => one.remove());
      member.after(twin);
      ["id", "pair_id"].forEach((key) => { const one = control(field(twin, key)); if (one) one.value = ""; });
      again(groupOf(member));
      twin.querySelectorAll("[data-cme-says]").forEach((one) => one.replaceChildren());
      open(twin);
      named(twin);
      return twin;
    }

    function remove(member) {
      const group = groupOf(member);
      const what = member.querySelector("[data-cme-title]").textContent;
      const note = document.createElement("li");
      note.className = "cme-removed";
      const undo = document.createElement("button");
      undo.type = "button";
      undo.className = "cme-small";
      undo.textContent = `${args.undo}: ${what}`;
      undo.addEventListener("click", () => {
        note.replaceWith(member);
        again(group);
        page.say(kit.fill(args.restored, { what }));
        focus(member);
      });
      note.append(`${kit.fill(args.removed, { what })} `, undo);
      group.querySelectorAll(":scope > [data-cme-members] > .cme-removed").forEach((one) => one.remove());
      member.replaceWith(note);
      again(group);
      refreshed(group);
      undo.focus();
      page.say(kit.fill(args.removed, { what }));
    }

    function move(member, step, button) {
      const group = groupOf(member);
      const list = members(group);
      const other = list[list.indexOf(member) + step];
      if (other) { if (step < 0) other.before(member); else other.after(member); again(group); }
      const what = member.querySelector("[data-cme-title]").textContent;
      page.say(kit.fill(args.moved, { what, number: members(group).indexOf(member) + 1, total: list.length }));
      button.focus();
    }

    /* The first thing to fill in or press, of a field, a member or a group. */
    function focus(node) {
      for (let one = node; one && one !== root; one = one.parentElement) if (one.matches("details")) one.open = true;
      if (node.matches(MEMBER)) open(node);
      let target = node.matches("[data-cme-field], [data-cme-member]") ? null : node;
      if (node.matches("[data-cme-group]")) {
        target = members(node).length ? node.querySelector(".cme-label") : node.querySelector(":scope > [data-cme-do=add]");
      }
      target = target || [...node.querySelectorAll(CONTROL)].find((one) => one.offsetParent) || node.querySelector("summary, button") || node;
      target.focus();
      return target;
    }

    /* Choices that are members of another group: objectives to measure, references to cite. */
    function offered(list) {
      const group = form.querySelector(`[data-cme-group][data-cme-path="${list}"]`);
      return members(group).map((one) => ({
        id: control(field(one, "id")).value.trim(),
        text: words(one).replace(/\s+/g, " ").trim().slice(0, 90) || one.querySelector("[data-cme-title]").textContent,
      })).filter((one) => one.id);
    }

    function refresh(wrapper) {
      const list = offered(wrapper.dataset.cmeLive);
      const select = wrapper.querySelector("select");
      if (select) {
        const value = select.value;
        const shown = list.some((one) => one.id === value) || !value ? list : [...list, { id: value, text: value }];
        select.replaceChildren(new Option("–", ""), ...shown.map((one) => new Option(one.text, one.id)));
        select.value = value;
        return;
      }
      const boxes = wrapper.querySelector("[data-cme-boxes]");
      const kept = [...boxes.querySelectorAll("input:checked")].map((one) => one.value);
      const ids = list.map((one) => one.id);
      const usual = ids.filter((id) => kept.includes(id)).join("\n") === kept.join("\n");
      const shown = usual ? ids : [...kept, ...ids.filter((id) => !kept.includes(id))];
      if (shown.join("\n") === wrapper.dataset.cmeShown && boxes.contains(document.activeElement)) return;
      wrapper.dataset.cmeShown = shown.join("\n");
      boxes.replaceChildren(...shown.map((id) => {
        const label = document.createElement("label");
        const box = Object.assign(document.createElement("input"), { type: "checkbox", value: id, checked: kept.includes(id) });
        const text = document.createElement("span");
        text.textContent = (list.find((one) => one.id === id) || { text: id }).text;
        label.className = "cme-choice";
        label.append(box, text);
        return label;
      }));
      if (!shown.length) boxes.textContent = args.none;
    }

    function live(scope) { scope.querySelectorAll("[data-cme-live]").forEach(refresh); }

    function refreshed(group) {
      if (["objectives", "people", "references"].includes(group.dataset.cmePath)) {
        form.querySelectorAll("details[open] [data-cme-live]").forEach(refresh);
      }
    }

    /* An id for what others point to; everything else gets one from the server. */
    function named(member) {
      const group = groupOf(member);
      const id = control(field(member, "id"));
      if (id && !id.value && ["objectives", "references"].includes(group.dataset.cmePath)) {
        const taken = offered(group.dataset.cmePath).map((one) => one.id);
        const wish = kit.slug(words(member), group.dataset.cmePath === "objectives" ? 4 : 2);
        if (wish) {
          let found = wish;
          for (let more = 2; taken.includes(found); more += 1) found = `${wish}-${more}`;
          id.value = found;
        }
      }
      refreshed(group);
    }

    function act(button) {
      const member = button.closest(MEMBER);
      const what = button.dataset.cmeDo;
      if (what === "add") {
        const made = add(button.closest("[data-cme-group]"));
        page.say(kit.fill(args.added, { what: made.querySelector("[data-cme-title]").textContent }));
        focus(made);
      } else if (what === "copy") focus(copy(member));
      else if (what === "remove") remove(member);
      else if (what === "up") move(member, -1, button);
      else if (what === "down") move(member, 1, button);
      else return false;
      return true;
    }

    form.addEventListener("input", (event) => {
      const member = event.target.closest(MEMBER);
      if (member) entitle(member);
    });
    form.addEventListener("change", (event) => {
      const member = event.target.closest(MEMBER);
      if (member) named(member);
    });
    form.addEventListener("toggle", (event) => {
      if (event.target.open && event.target.matches("details")) live(event.target);
    }, true);

    drag();
    function drag() {
      let held = null;
      form.addEventListener("dragstart", (event) => {
        const handle = event.target.closest && event.target.closest("[data-cme-handle]");
        held = handle ? handle.closest(MEMBER) : null;
        if (held) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", ""); }
      });
      form.addEventListener("dragover", (event) => {
        if (!held) return;
        const over = [...held.parentElement.children].find((one) => one.contains(event.target));
        if (!over || over === held) return;
        event.preventDefault();
        const box = over.getBoundingClientRect();
        if (event.clientY < box.top + box.height / 2) over.before(held); else over.after(held);
      });
      form.addEventListener("dragend", () => { if (held) again(groupOf(held)); held = null; });
    }

    return { all, add, insert, members, field, control, focus, open, act, owner, own };
  };
})();
