/* The author's form: findings and mistakes at their fields, and the ways from the list to the field. */
(function () {
  "use strict";
  const kit = (window.CmeStudioKit = window.CmeStudioKit || {});

  kit.findings = function (page, groups) {
    const { root, form, args } = page;
    const list = root.querySelector("[data-cme-findings]");

    /* The field of a path, or the nearest thing around it. */
    function at(path) {
      for (let here = path; here; here = here.split(".").slice(0, -1).join(".")) {
        const name = CSS.escape(here);
        const found = form.querySelector(`[data-cme-path="${name}"]`) || form.querySelector(`[data-cme-path^="${name}."]`);
        if (found) return found;
      }
      return null;
    }

    const says = (node) => [...node.querySelectorAll("[data-cme-says]")]
      .find((one) => node.matches("[data-cme-member]") ? groups.owner(one) === node : true);

    function note(node, kind, text) {
      const place = says(node);
      if (!place) return;
      const line = document.createElement("p");
      line.className = `cme-says cme-${kind}`;
      line.dataset.cmeSaid = kind;
      line.textContent = text;
      place.append(line);
    }

    function clear(kinds) {
      form.querySelectorAll("[data-cme-said]").forEach((one) => { if (kinds.includes(one.dataset.cmeSaid)) one.remove(); });
    }

    function tally() {
      form.querySelectorAll("[data-cme-tally]").forEach((one) => {
        const around = one.closest("details");
        const count = (kind) => around.querySelectorAll(`[data-cme-said="${kind}"]`).length;
        const parts = [["error", args.errors], ["block", args.toFix], ["warn", args.toCheck]]
          .map(([kind, text]) => count(kind) && kit.fill(text, { number: count(kind) })).filter(Boolean);
        one.textContent = parts.join(", ");
        one.classList.toggle("cme-urgent", Boolean(count("error") || count("block")));
      });
    }

    function place() {
      clear(["block", "warn", "audit"]);
      list.querySelectorAll("[data-cme-finding]").forEach((one) => {
        const node = one.dataset.cmeFinding !== "overridden" && one.dataset.cmeAt && at(one.dataset.cmeAt);
        if (!node) return;
        const text = ["strong", "[data-cme-find]", "[data-cme-fix]"].map((each) => one.querySelector(each).textContent);
        note(node, one.dataset.cmeFinding, text.join(" "));
      });
      tally();
    }

    /* New HTML in a place, with its list as open as it was. */
    function renew(place, html) {
      const before = place.querySelector("details");
      const open = before ? before.open : false;
      place.innerHTML = html;
      const now = place.querySelector("details");
      if (now) now.open = open;
    }

    function replace(data) {
      if ("findings" in data) {
        renew(list, data.findings);
        if (way) way.remove();
        way = null;
      }
      if ("pairs" in data) renew(form.querySelector("[data-cme-pairs]"), data.pairs);
      if ("desk" in data) renew(form.querySelector("[data-cme-desk-newer]"), data.desk);
      place();
    }

    /* Mistakes that keep the form from being read; gives the first field. */
    function mistakes(fields) {
      clear(["error"]);
      form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
      const found = Object.entries(fields).map(([path, text]) => {
        const node = at(path);
        if (!node) return null;
        note(node, "error", text);
        const control = node.querySelector(".cme-editor, input, select, textarea");
        if (control) control.setAttribute("aria-invalid", "true");
        return node;
      }).filter(Boolean);
      tally();
      return found.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))[0];
    }

    function stand(item) {
      const group = form.querySelector('[data-cme-group][data-cme-path="overrides"]');
      const member = groups.add(group);
      const set = (key, value) => { groups.control(groups.field(member, key)).value = value; };
      const now = new Date();
      set("code", item.dataset.cmeCode);
      set("where", item.dataset.cmeWhere);
      set("on", new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10));
      groups.focus(groups.field(member, "reason"));
    }

    const links = () => [...list.querySelectorAll("[data-cme-finding]:not([data-cme-finding=overridden]) [data-cme-find]")];
    let way = null;

    /* Behind the field of a finding, the way on to the next one: the list may be a hundred fields away. */
    function lead(node, index) {
      const all = links();
      const last = index === all.length - 1;
      if (way) way.remove();
      way = document.createElement("div");
      way.className = "cme-walk";
      const next = document.createElement("button");
      next.type = "button";
      next.className = "cme-small";
      next.textContent = last ? args.checkAgain : kit.fill(args.next, { number: index + 2, total: all.length });
      if (last) next.dataset.cmeDo = "check-again"; else next.addEventListener("click", () => follow(all[index + 1]));
      way.append(next);
      node.append(way);
    }

    function follow(link) {
      const node = at(link.closest("[data-cme-at]").dataset.cmeAt) || form.querySelector("details");
      const index = links().indexOf(link);
      groups.focus(node).scrollIntoView({ block: "center" });
      if (index >= 0) lead(node, index);
    }

    /* The first finding that is left, or the sentence that there is none. */
    function first() {
      const [link] = links();
      const target = link || list.querySelector("[data-cme-count]");
      if (link) link.closest("details").open = true; else target.tabIndex = -1;
      target.focus();
    }

    root.addEventListener("click", (event) => {
      const link = event.target.closest("[data-cme-find]");
      if (link) {
        event.preventDefault();
        follow(link);
      } else if (event.target.closest("[data-cme-stand]")) stand(event.target.closest("[data-cme-finding]"));
    });

    return { replace, mistakes, first };
  };
})();
