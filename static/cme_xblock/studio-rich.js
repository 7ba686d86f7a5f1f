/* The author's form: text with a little markup. The browser edits, the server decides what is kept. */
(function () {
  "use strict";
  const kit = (window.CmeStudioKit = window.CmeStudioKit || {});
  const KEPT = "P BR STRONG B EM I SUB SUP UL OL LI A TABLE CAPTION THEAD TBODY TR TH TD BLOCKQUOTE H4".split(" ");
  const DROPPED = "SCRIPT STYLE TEMPLATE IFRAME OBJECT SVG MATH HEAD TITLE META LINK".split(" ");
  const BLOCK = /^<(p|ul|ol|table|h4|blockquote)[\s>]/i;

  /* A copy with the kept tags alone, for what is pasted: word processors bring much else. */
  function simple(node) {
    const made = document.createDocumentFragment();
    node.childNodes.forEach((one) => {
      if (one.nodeType === Node.TEXT_NODE) made.append(one.data);
      if (one.nodeType !== Node.ELEMENT_NODE || DROPPED.includes(one.tagName)) return;
      const inner = simple(one);
      const name = one.tagName === "DIV" ? "P" : one.tagName;
      const address = one.getAttribute("href") || "";
      if (!KEPT.includes(name) || (name === "A" && !/^(https?:\/\/|mailto:)/i.test(address))) { made.append(inner); return; }
      const copy = document.createElement(name);
      if (name === "A") copy.setAttribute("href", address);
      copy.append(inner);
      made.append(copy);
    });
    return made;
  }

  /* A word processor writes a list as paragraphs that begin with a mark of their own. */
  function lists(body) {
    let list = null;
    body.querySelectorAll("p").forEach((one) => {
      if (!/mso-list:\s*l\d/i.test(one.getAttribute("style") || "")) return;
      const mark = [...one.querySelectorAll("span")].find((each) => /mso-list:\s*ignore/i.test(each.getAttribute("style") || ""));
      const kind = mark && /^\s*\w{1,4}[.)]/.test(mark.textContent) ? "OL" : "UL";
      if (mark) mark.remove();
      if (!list || list.tagName !== kind || list.nextElementSibling !== one) {
        list = document.createElement(kind);
        one.before(list);
      }
      const item = document.createElement("li");
      item.append(...one.childNodes);
      list.append(item);
      one.remove();
    });
    return body;
  }

  kit.written = function (editor) {
    if (!editor.textContent.trim()) return "";
    const html = editor.innerHTML.replace(/&nbsp;/g, " ").replace(/<(\/?)div\b[^>]*>/gi, "<$1p>").trim();
    return BLOCK.test(html) ? html : `<p>${html}</p>`;
  };

  kit.rich = function (page) {
    const { root, form, args } = page;
    let bar = null;
    let linker = null;
    let kept = null;

    const wrapper = (node) => node.closest && node.closest("[data-cme-rich]");

    function keep(editor) {
      editor.closest("[data-cme-rich]").querySelector("textarea").value = kit.written(editor);
      page.changed();
    }

    function close() {
      if (bar) bar.remove();
      if (linker) linker.remove();
      bar = linker = null;
    }

    function show(editor) {
      if (bar && bar.previousElementSibling === editor) return;
      close();
      bar = root.querySelector("template[data-cme-toolbar]").content.firstElementChild.cloneNode(true);
      const label = document.getElementById(editor.getAttribute("aria-labelledby"));
      bar.setAttribute("aria-label", `${args.formatting}: ${label ? label.textContent : ""}`);
      bar.querySelectorAll("button").forEach((one, index) => { one.tabIndex = index ? -1 : 0; });
      editor.after(bar);
    }

    function remember(editor) {
      const chosen = document.getSelection();
      if (chosen.rangeCount && editor.contains(chosen.anchorNode)) kept = chosen.getRangeAt(0).cloneRange();
    }

    function recall(editor) {
      editor.focus();
      if (!kept || !editor.contains(kept.startContainer)) return;
      const chosen = document.getSelection();
      chosen.removeAllRanges();
      chosen.addRange(kept);
    }

    function link(editor) {
      if (linker) { linker.querySelector("input").focus(); return; }
      linker = root.querySelector("template[data-cme-linker]").content.firstElementChild.cloneNode(true);
      linker.setAttribute("aria-label", args.link);
      bar.after(linker);
      const input = linker.querySelector("input");
      const around = kept && (kept.startContainer.parentElement || editor).closest("a");
      input.value = around && editor.contains(around) ? around.getAttribute("href") : "";
      input.focus();
    }

    function refused(input) {
      const told = linker.querySelector(".cme-error");
      told.textContent = args.badLink;
      told.hidden = false;
      told.id = `${wrapper(linker).querySelector(".cme-editor").id}-link`;
      input.setAttribute("aria-describedby", told.id);
      input.setAttribute("aria-invalid", "true");
      input.focus();
      page.say(args.badLink);
    }

    function linked(button) {
      const editor = wrapper(button).querySelector(".cme-editor");
      const address = linker.querySelector("input").value.trim();
      if (button.dataset.cmeLink === "set" && !/^(https?:\/\/|mailto:)\S/i.test(address)) {
        refused(linker.querySelector("input"));
        return;
      }
      recall(editor);
      const empty = document.getSelection().isCollapsed;
      if (button.dataset.cmeLink === "none") document.execCommand("unlink");
      else if (empty) {
        const made = Object.assign(document.createElement("a"), { href: address, textContent: address });
        document.execCommand("insertHTML", false, made.outerHTML);
      } else document.execCommand("createLink", false, address);
      linker.remove();
      linker = null;
      keep(editor);
    }

    function mark(button) {
      const editor = wrapper(button).querySelector(".cme-editor");
      if (button.dataset.cmeMark === "link") { link(editor); return; }
      recall(editor);
      document.execCommand(button.dataset.cmeMark);
      remember(editor);
      keep(editor);
    }

    form.addEventListener("focusin", (event) => {
      const editor = event.target.closest(".cme-editor");
      if (editor) { document.execCommand("defaultParagraphSeparator", false, "p"); show(editor); }
      else if (bar && wrapper(event.target) !== wrapper(bar)) close();
    });
    form.addEventListener("focusout", (event) => {
      const editor = event.target.closest(".cme-editor");
      if (editor) remember(editor);
    });
    form.addEventListener("input", (event) => {
      const editor = event.target.closest(".cme-editor");
      if (editor) keep(editor);
    });
    form.addEventListener("paste", (event) => {
      const editor = event.target.closest(".cme-editor");
      const html = editor && event.clipboardData.getData("text/html");
      if (!html) return;
      event.preventDefault();
      const holder = document.createElement("div");
      holder.append(simple(lists(new DOMParser().parseFromString(html, "text/html").body)));
      document.execCommand("insertHTML", false, holder.innerHTML);
      // Browsers leave empty paragraphs around what is pasted.
      editor.querySelectorAll(":scope > p").forEach((one) => { if (!one.textContent.trim()) one.remove(); });
      keep(editor);
    });
    form.addEventListener("mousedown", (event) => { if (event.target.closest("[data-cme-mark]")) event.preventDefault(); });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-cme-mark], [data-cme-link]");
      if (button) { if (button.dataset.cmeMark) mark(button); else linked(button); }
      if (event.target.closest(".cme-editor a")) event.preventDefault();
    });
    form.addEventListener("keydown", (event) => {
      if (linker && event.target.matches(".cme-linker input") && event.key === "Enter") {
        event.preventDefault();
        linked(linker.querySelector("[data-cme-link=set]"));
        return;
      }
      const button = event.target.closest("[data-cme-mark]");
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!button || !step) return;
      const all = [...bar.querySelectorAll("button")];
      const next = all[(all.indexOf(button) + (root.dir === "rtl" ? -step : step) + all.length) % all.length];
      all.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
      next.focus();
      event.preventDefault();
    });
  };
})();
