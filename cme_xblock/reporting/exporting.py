"""What is owed to PARS as a file to upload by hand, for providers without web-service credentials.

Consent and vault are asked as for a sending. Nothing is settled by it: a file on a disk is not at PARS. Who exported
how many, and why, is logged (spec R-6.8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import IO, Any

from django.views.decorators.debug import sensitive_variables

from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import facts
from cme_xblock.reporting.endpoints import data, pars_files, pars_rules
from cme_xblock.reporting.endpoints.base import Problem, Record
from cme_xblock.reporting.endpoints.pars_learners import ParsLearners

__all__ = ["write"]

_PAGE = 500


def write(
    target: IO[bytes], endpoint: ParsLearners, *, as_text: bool, activities: Collection[str] | None = None
) -> tuple[int, Counter[str]]:
    """Write all that is owed to that endpoint and has not left; how many records, and how many were left out, why.

    `as_text`: tab-delimited text in place of Excel. `activities`: of these alone (keys.activity_key). Memory does not
    grow with the records.
    """
    left_out: Counter[str] = Counter()
    written: Counter[str] = Counter()
    words = data.merged("pars_files", {})
    records = _counted(_records(endpoint, left_out, activities), written)
    if as_text:
        for line in pars_files.tab_delimited(records, endpoint.wire, words):
            target.write(line)
    else:
        pars_files.write_xlsx(target, records, endpoint.wire, words)
    return written["records"], left_out


def _counted(records: Iterator[Record], written: Counter[str]) -> Iterator[Record]:
    for one in records:
        written["records"] += 1
        yield one


@sensitive_variables()
def _records(endpoint: ParsLearners, left_out: Counter[str], activities: Collection[str] | None) -> Iterator[Record]:
    """The records in the order of participations, so that CME and MOC of one learner stand together."""
    owed = Delivery.objects.filter(
        endpoint=endpoint.config.name, state__in=(State.HELD, State.READY), claim__isnull=False
    )
    if activities is not None:
        owed = owed.filter(activity_key__in=list(activities))
    owed = owed.select_related(*facts.RELATED).defer("edition__canonical").order_by("participation_id", "pk")
    last = (0, 0)
    while page := list(_after(owed, last)[:_PAGE]):
        last = (page[-1].participation_id or 0, page[-1].pk)
        found = facts.payloads(page, endpoint)
        for row in page:
            one: Any = found[row.pk]
            problem = one if isinstance(one, Problem) else next(iter(pars_rules.problems(one, endpoint.wire)), None)
            if problem is None:
                yield one
            else:
                left_out[problem.code] += 1


def _after(owed: Any, last: tuple[int, int]) -> Any:
    participation, pk = last
    later = owed.filter(participation_id__gt=participation) if participation else owed
    return (owed.filter(participation_id=participation, pk__gt=pk) | later) if participation else later
