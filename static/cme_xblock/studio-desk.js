/* The author's form: people from the provider's disclosure desk. Nothing is kept before the form is saved. */
(function () {
  "use strict";
  const kit = (window.CmeStudioKit = window.CmeStudioKit || {});
  // What the desk does not know of a person, and the author has written.
  const OWN = ["id", "profession", "affiliation", "account"];

  kit.desk = function (page, groups) {
    const { form, args } = page;
    const boxOf = () => form.querySelector("[data-cme-desk]");
    const people = () => form.querySelector('[data-cme-group][data-cme-path="people"]');
    const control = (member, key) => groups.control(groups.field(member, key));
    const activity = () => form.querySelector('[name="activity_id"]').value;

    function problem(text) {
      const place = boxOf().querySelector("[data-cme-problem]");
      place.textContent = text;
      place.hidden = !text;
      if (text) { boxOf().open = true; place.focus(); }
    }

    async function send(handler, body) {
      problem("");
      page.say(args.working);
      const { ok, data } = await page.send(handler, { activity_id: activity(), ...body });
      page.say("");
      if (ok) return data;
      problem(data.error.message);
      return null;
    }

    async function ask() {
      const data = await send("desk_people", {});
      const place = boxOf().querySelector("[data-cme-preview]");
      place.replaceChildren();
      if (!data) return;
      place.innerHTML = data.html;
      boxOf().cmeMembers = data.members;
      const numbers = groups.members(people()).map((one) => control(one, "disclosure_evidence").value.trim());
      place.querySelectorAll("[data-cme-pick]").forEach((pick) => {
        if (!numbers.includes(data.members[pick.dataset.cmePick].number)) return;
        pick.checked = false;
        pick.parentElement.querySelector("[data-cme-known]").textContent = args.known;
      });
      place.querySelector("[data-cme-preview-title]").focus();
    }

    async function take() {
      const box = boxOf();
      const chosen = [...box.querySelectorAll("[data-cme-pick]:checked")].map((one) => box.cmeMembers[one.dataset.cmePick]);
      const data = await send("desk_take", { chosen });
      if (!data) return;
      const made = groups.insert(people(), data.members.map((one) => one.html).join(""));
      box.querySelector("[data-cme-preview]").replaceChildren();
      page.say(kit.fill(args.brought, { number: made.length }));
      groups.focus(made[0]);
    }

    function drop() {
      boxOf().querySelector("[data-cme-preview]").replaceChildren();
      boxOf().querySelector("summary").focus();
    }

    /* A newer disclosure in the place of the one that the form has. */
    async function renew(button) {
      const { cmeHeld: held, cmeUuid: uuid, cmeNumber: number } = button.dataset;
      const old = groups.members(people()).find((one) => control(one, "disclosure_evidence").value.trim() === held);
      const data = await send("desk_take", { chosen: [{ uuid, number }] });
      if (!data) return;
      const [made] = groups.insert(people(), data.members[0].html);
      if (old) {
        OWN.forEach((key) => { control(made, key).value = control(old, key).value; });
        old.replaceWith(made);
        groups.all();
      }
      button.closest("li").remove();
      page.changed();
      page.say(kit.fill(args.brought, { number: 1 }));
      groups.focus(made);
    }

    return { "desk-ask": ask, "desk-take": take, "desk-drop": drop, "desk-renew": renew };
  };
})();
