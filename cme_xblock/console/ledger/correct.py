"""A correction in two steps: what it would do, found out by doing it without a trace; then the same for good, once.

The first step's page carries a number. It becomes the number of the access entry that is written with the correction,
so that a form that is sent twice corrects once. It carries the ledger's last entry too: what was decided on an older
state is not done.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence

from django.db import router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import asking, frame
from cme_xblock.console.access import Forbidden, May, Place, Visit, guarded
from cme_xblock.console.asking import Field
from cme_xblock.console.ledger import corrections, found
from cme_xblock.console.ledger.corrections import WAYS, Asked, Result
from cme_xblock.console.ledger.found import Found
from cme_xblock.console.ledger.pages import DONE
from cme_xblock.console.pages import url
from cme_xblock.credit import staff
from cme_xblock.host import language
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import access_log
from cme_xblock.records.ledger import LedgerBroken, LedgerBusy
from cme_xblock.records.models import Claim, Participation

__all__ = ["page"]


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.CORRECT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str, uuid: str, way: str) -> HttpResponse:
    """The form (GET), what it would do (POST), and doing it (POST with `sure`)."""
    one = found.participation(visit, uuid)
    given = request.POST if request.method == "POST" else request.GET
    claim = corrections.claim_of(one, given.get("claim", "")) if way in WAYS and WAYS[way].of_claim else None
    if way not in WAYS or one.broken or (WAYS[way].of_claim and claim is None):
        raise Forbidden
    form = _Form(request, visit, one, claim, way, key, uuid)
    if request.method != "POST":
        visit.note("correction_form", count=1, why=N_("Preparing a correction"), subject=uuid)
        return form.answer({}, {})
    values, wrong = asking.read(form.fields, request.POST, form.say)
    if wrong:
        return form.answer(values, wrong, status=400)
    return form.do(values) if request.POST.get("sure") else form.check(values)


class _Form:
    """One request for one correction."""

    def __init__(
        self, request: HttpRequest, visit: Visit, one: Found, claim: Claim | None, way: str, key: str, uuid: str
    ) -> None:
        self.request, self.visit, self.one, self.claim = request, visit, one, claim
        self.way, self.name, self.key, self.uuid = WAYS[way], way, key, uuid
        self.say = language.current().gettext
        self.fields: Sequence[Field] = corrections.fields(self.way, one, self.say)

    def check(self, values: Mapping[str, str]) -> HttpResponse:
        """What it would do."""
        try:
            result = self._result(values, dry_run=True)
        except (LedgerBusy, LedgerBroken) as error:
            return self.answer(values, {}, problem=asking.unwritten(error, self.say), status=503)
        if result.refusal is not None:
            return self._refused(values, result.refusal)
        self.visit.note("correction_check", count=1, why=values["reason"], subject=self.uuid)
        return self.answer(values, {}, told=result.told)

    def do(self, values: Mapping[str, str]) -> HttpResponse:
        """The same for good, once; with the entry that says who, in one transaction."""
        token = self.request.POST.get("sure", "")
        if not asking.is_token(token):
            return self.check(values)
        there = f"{url('console-participant', self.key, self.uuid)}?{DONE}=1"
        if access_log.is_written(token):
            self.visit.noted += 1
            return HttpResponseRedirect(there)
        if self.request.POST.get("head") != str(self.one.participation.head_seq):
            return self.answer(values, {}, problem=self.say(asking.MEANWHILE), status=409)
        try:
            with transaction.atomic(using=router.db_for_write(Participation)):
                self.visit.note(f"correction:{self.name}", count=1, why=values["reason"], subject=self.uuid, uuid=token)
                result = self._result(values, dry_run=False)
                if result.refusal is not None:
                    transaction.set_rollback(True, using=router.db_for_write(Participation))
        except (LedgerBusy, LedgerBroken) as error:
            return self.answer(values, {}, problem=asking.unwritten(error, self.say), status=503)
        return self._refused(values, result.refusal) if result.refusal else HttpResponseRedirect(there)

    def answer(
        self,
        values: Mapping[str, str],
        wrong: Mapping[str, str],
        *,
        told: Sequence[Message] = (),
        problem: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """The form with what was typed; or, where it was `told` what would be done, the question whether to do it."""
        before = {one.name: self._before(one) for one in self.fields}
        content = {
            "name": self.one.name or self.one.participation.learner_id,
            "ledger": url("console-participant", self.key, self.uuid),
            "title": self.say(self.way.title),
            "explained": self.say(self.way.explained),
            "fields": asking.shown(self.fields, {**before, **values}, wrong),
            "told": [one.format(self.say) for one in told],
            "sure": str(uuids.uuid4()),
            "head": self.one.participation.head_seq,
            "claim": self.claim.uuid if self.claim else "",
            "danger": self.way.danger,
            "problem": problem or (self.say(asking.WRONG) if wrong else ""),
        }
        return frame.page(
            self.request, self.visit, "console/correct.html", content, tab="console-participants", status=status
        )

    def _result(self, values: Mapping[str, str], *, dry_run: bool) -> Result:
        who = staff.who(self.visit.reader.id, values["reason"], values.get("evidence", ""))
        return self.way.do(Asked(self.one, self.claim, values, who, self.visit.now, dry_run))

    def _refused(self, values: Mapping[str, str], refusal: Refusal) -> HttpResponse:
        text = refusal.message.format(self.say)
        named = refusal.field if refusal.field in values else ""
        return self.answer(values, {named: text} if named else {}, problem=text, status=409)

    def _before(self, one: Field) -> str:
        """What a field holds before anything was typed: the claim as it is."""
        if self.claim is None:
            return ""
        now = {
            "amount": f"{self.claim.amount.normalize():f}",
            "name": self.claim.name_certified,
            "profession": self.claim.profession,
        }
        return now.get(one.name, "")
