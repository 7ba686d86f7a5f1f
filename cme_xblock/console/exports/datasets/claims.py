"""Claims: every attested amount of credit, the superseded and withdrawn ones too, as the certificate shows it."""

from __future__ import annotations

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May
from cme_xblock.console.exports.datasets import base
from cme_xblock.console.exports.datasets.base import QueryDataset, day, flag, instant, is_set, number, text
from cme_xblock.console.exports.scope import Scope
from cme_xblock.records.models import Claim
from cme_xblock.rules import credit_system

LIVE, SUPERSEDED, WITHDRAWN = "live", "superseded", "withdrawn"
_STANDING = Case(
    When(live__isnull=False, then=Value(LIVE)),
    When(successor__isnull=False, then=Value(SUPERSEDED)),
    default=Value(WITHDRAWN),
    output_field=CharField(),
)


def _unit(system: str) -> str:
    found = credit_system.load().get(system)
    return found.unit if found else ""


class Claims(QueryDataset):
    """One row is one claim."""

    id = "claims"
    title = N_("Claims")
    about = N_("Every claim of credit: amount, name as certified, dates, certificate, the words that were attested.")
    may = May.EXPORT
    filters = ("since", "until", "system", "profession", "standing")
    sources = (
        text("claim", "uuid", N_("The claim's number; a correction has another one.")),
        text("participation", "participation__uuid", N_("One learner in one activity."), personal=True),
        text("learner", "participation__learner_id",
             N_("The account's id on the platform; a token once it is retired."), personal=True),
        text("name_certified", "name_certified", N_("The name as the learner gave it for the certificate."),
             personal=True),
        text("profession", "profession", N_("The profession that was claimed as; a code."), personal=True),
        text("activity_id", "participation__activity_id", N_("The activity's id in its course.")),
        text("course", "participation__course_key", N_("The course.")),
        text("title", "edition__sha256", N_("The activity's title in the edition that was claimed under."),
             turn=base.title_of),
        text("provider", "edition__sha256", N_("The accredited provider in that edition."), turn=base.provider_of),
        text("edition", "edition__sha256", N_("SHA-256 of the edition that was claimed under.")),
        text("system", "system", N_("The credit system; a code.")),
        number("amount", "amount", N_("The attested amount, in the unit beside it.")),
        text("unit", "system", N_("The credit system's unit."), turn=_unit),
        day("completed_on", "completed_on", N_("The day of completion in the activity's time zone.")),
        instant("completed_at", "completed_at", N_("When the last requirement was met, in UTC.")),
        instant("claimed_at", "claimed_at", N_("When the credit was attested, in UTC.")),
        text("zone", "zone", N_("The activity's time zone.")),
        text("replaces", "replaces__uuid", N_("The claim that this one corrects."), personal=True),
        text("replaced_by", "successor__uuid", N_("The claim that corrects this one."), personal=True),
        text("change", "change", N_("What kind of correction it is; empty for a first claim.")),
        text("certificate_code", "certificate_code", N_("What the certificate is found and verified by."),
             personal=True),
        text("statement", "statement", N_("What the learner attested, word for word.")),
        text("hash", "hash", N_("Of all of the above and the ledger's entry: what cme_verify computes again.")),
        flag("retired", "participation__sealed_at", N_("Whether the account was retired since."), turn=is_set),
        flag("test", "participation__is_test", N_("Whether the participation only tested; it counts nowhere.")),
        # Last, as Django puts what is computed behind the columns of tables.
        text("standing", "standing", N_("live: it counts; superseded: a correction took its place; withdrawn.")),
    )  # fmt: skip

    def query(self, scope: Scope) -> QuerySet[Claim]:
        """The claims of these days, systems, professions and standings."""
        wanted = scope.filters
        rows = Claim.objects.filter(
            base.between(wanted, "completed_on"), base.among(wanted, "system", "system"),
            base.among(wanted, "profession", "profession"),
        ).annotate(standing=_STANDING)  # fmt: skip
        return rows.filter(_standing(wanted.get("standing", ()))) if wanted.get("standing") else rows


def _standing(names: tuple[str, ...]) -> Q:
    each = {
        LIVE: Q(live__isnull=False),
        SUPERSEDED: Q(live__isnull=True, successor__isnull=False),
        WITHDRAWN: Q(live__isnull=True, successor__isnull=True),
    }
    found = Q(pk__in=[])
    for name in names:
        found |= each[name]
    return found
