"""What hangs on a participation, in the order in which it can be deleted. Only `deletion` calls this.

The records' own managers refuse to delete. Here they are gone around, in one place, for participations that are locked
and were looked at. A table that is not named here and points to one that is stops the deletion: nothing goes then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from django.db import models, router

from cme_xblock.records import keys
from cme_xblock.records.models import (
    Claim,
    Commitment,
    CommitmentAnswer,
    ConsentEvent,
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    EntryRow,
    EvaluationSheet,
    FirstAttempts,
    FollowUpMail,
    LiveClaim,
    Participant,
    ParticipantFacet,
    Participation,
    PracticeFacts,
    ReleasedAttempts,
    ReleasedDeparted,
    RetentionMail,
)
from cme_xblock.records.models.outcome import Attempts

__all__ = ["ORDER", "erase"]

# Each with the way from it to the participation. Claims, which point to claims, come in between.
_BEFORE: tuple[tuple[type[models.Model], str], ...] = (
    (CommitmentAnswer, "commitment__participation_id"),
    (Commitment, "participation_id"),
    (FollowUpMail, "participation_id"),
    (RetentionMail, "participation_id"),
    (PracticeFacts, "participation_id"),
    (EvaluationSheet, "participation_id"),
    (FirstAttempts, "participation_id"),
    (ReleasedAttempts, "participation_id"),
    (Participant, "participation_id"),
    (ConsentEvent, "participation_id"),
    (DeliveryAttempt, "delivery__participation_id"),
    (DeliveryDecision, "delivery__participation_id"),
    (Delivery, "participation_id"),
)
_AFTER: tuple[tuple[type[models.Model], str], ...] = ((EntryRow, "participation_id"), (Participation, "pk"))
ORDER: tuple[type[models.Model], ...] = (
    *(model for model, _ in _BEFORE),
    LiveClaim,
    Claim,
    *(model for model, _ in _AFTER),
)


def erase(participations: Collection[int]) -> Counter[str]:
    """Delete these participations with all that is theirs; how many rows of each kind. Call it in a transaction."""
    gone: Counter[str] = Counter()
    _uncount(participations)
    _depart(participations)
    for model, way in _BEFORE:
        _delete(model, _pks(model, way, participations), gone)
    _pointers(participations, gone)
    _claims(participations, gone)
    for model, way in _AFTER:
        _delete(model, _pks(model, way, participations), gone)
    return gone


def _pks(model: type[models.Model], way: str, participations: Collection[int]) -> list[int]:
    return list(model._base_manager.filter(**{f"{way}__in": participations}).values_list("pk", flat=True))


def _delete(model: type[models.Model], pks: Collection[int], gone: Counter[str]) -> None:
    if pks:
        # A plain query set, which Django itself guards: it refuses where something still points to a row.
        number, _ = models.QuerySet(model, using=router.db_for_write(model)).filter(pk__in=pks).delete()
        gone[model._meta.model_name or ""] += number


def _uncount(participations: Collection[int]) -> None:
    """The console's counts of participants, without these."""
    rows = Participant.objects.filter(participation_id__in=participations).order_by()
    for activity, facet, number in rows.values_list("activity_key", "facet").annotate(models.Count("pk")):
        counted = ParticipantFacet.objects.filter(activity_key=activity, facet=facet)
        counted.update(people=models.F("people") - number)


def _depart(participations: Collection[int]) -> None:
    """The report shows them until its next step, without saying who they were. Source: docs/decisions/0034."""
    rows = ReleasedAttempts.objects.select_for_update().filter(participation_id__in=participations)
    columns = [one.attname for one in Attempts._meta.get_fields() if one.name != "practice"]  # type: ignore[union-attr]
    ReleasedDeparted.objects.bulk_create(
        [
            ReleasedDeparted(**{column: getattr(one, column) for column in columns})
            for one in rows.order_by("activity_key", "before", "after", "reached")
        ]
    )


def _pointers(participations: Collection[int], gone: Counter[str]) -> None:
    """The pointers to live claims, by their names: after a withdrawal they point to none."""
    systems = Claim.objects.filter(participation_id__in=participations).order_by()
    names = {
        keys.live_claim_key(key, system)
        for key, system in systems.values_list("participation__key", "system").distinct()
    }
    _delete(LiveClaim, list(LiveClaim.objects.filter(key__in=names).values_list("pk", flat=True)), gone)


def _claims(participations: Collection[int], gone: Counter[str]) -> None:
    """Claims from the last correction back to the first claim, because each points to the one that it replaces."""
    rows = Claim.objects.filter(participation_id__in=participations)
    while leaves := list(rows.filter(successor=None).values_list("pk", flat=True)):
        _delete(Claim, leaves, gone)
