"""Deliveries: what was owed to which receiver, where it stands, and what the receiver said."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Columns
from cme_xblock.console.exports.datasets import base
from cme_xblock.console.exports.datasets.base import QueryDataset, count, flag, instant, is_set, text
from cme_xblock.console.exports.scope import Scope, Stretch
from cme_xblock.records.models import Delivery


class Deliveries(QueryDataset):
    """One row is one thing owed to one endpoint."""

    id = "deliveries"
    title = N_("Deliveries")
    about = N_("Everything that was owed to an accreditor or another receiver, where it stands, and what was answered.")
    may = May.EXPORT
    filters = ("since", "until", "endpoint", "state")
    sources = (
        text("delivery", "uuid", N_("The delivery's number.")),
        text("endpoint", "endpoint", N_("The receiver, by its name in the settings.")),
        text("kind", "kind", N_("What of it: cme, moc-abim, an entry's kind …")),
        text("operation", "operation", N_("add, delete, update or close.")),
        count("revision", "revision", N_("Counts sendings under new numbers.")),
        text("credit_id", "credit_id", N_("What the receiver knows it by.")),
        text("participation", "participation__uuid", N_("One learner in one activity."), personal=True),
        text("learner", "participation__learner_id", N_("The account's id; a token once it is retired."),
             personal=True),
        text("claim", "claim__uuid", N_("The claim that it reports."), personal=True),
        text("activity_id", "edition__activity_id", N_("The activity's id in its course.")),
        text("course", "edition__course_key", N_("The course.")),
        text("title", "edition__sha256", N_("The activity's title in the edition that it is about."),
             turn=base.title_of),
        text("state", "state", N_("held, ready, sending, pending, accepted, refused, unknown, dead or cancelled.")),
        text("reason", "reason", N_("Why; a code.")),
        text("detail", "detail", N_("What the receiver or the check said, identifiers removed.")),
        count("attempts", "attempts", N_("How often it was sent, or may have been.")),
        instant("created_at", "created_at", N_("When it was owed, in UTC.")),
        instant("sent_at", "sent_at", N_("When it first may have left, in UTC.")),
        instant("settled_at", "settled_at", N_("When it was accepted, refused or given up, in UTC.")),
        instant("next_at", "next_attempt_at", N_("When it is looked at again, in UTC.")),
        flag("retired", "participation__sealed_at", N_("Whether the account was retired since."), turn=is_set),
    )

    def query(self, scope: Scope) -> QuerySet[Delivery]:
        """The deliveries of these days, receivers and states."""
        wanted = scope.filters
        return Delivery.objects.filter(
            base.between(wanted, "created_at", instants=True), base.among(wanted, "endpoint", "endpoint"),
            base.among(wanted, "state", "state"),
        )  # fmt: skip

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """Those of some learners; with the first of them those of the activity itself."""
        found = super().read(scope, stretch)
        if not stretch.first:
            return found
        own = Q(participation__isnull=True, activity_key=stretch.activity)
        activity = self.fetched(self.query(scope).filter(own).order_by("pk"))
        return [[*before, *after] for before, after in zip(activity, found, strict=True)]
