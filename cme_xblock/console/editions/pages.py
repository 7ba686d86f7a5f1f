"""The editions of an activity as pages: their history with what changed, and what one of them showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cme_xblock.activity.model import Activity
from cme_xblock.console import frame, words
from cme_xblock.console.access import Forbidden, May, Place, Visit, guarded
from cme_xblock.console.editions import diff
from cme_xblock.console.ledger import texts
from cme_xblock.console.pages import url
from cme_xblock.host import language
from cme_xblock.records import editions
from cme_xblock.records.models import Edition

__all__ = ["one", "page"]

ROWS = 20


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The editions, the newest first, each with what is different from the one before it."""
    before = request.GET.get("before", "")
    rows = Edition.objects.filter(activity_key=key).order_by("-pk").defer("canonical")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: ROWS + 1])
    known = _known([one.sha256 for one in found])
    values = {
        "rows": [
            _row(one, older, known, visit, key) for one, older in zip(found[:ROWS], [*found[1:], None], strict=False)
        ],
        "next": f"?before={found[ROWS - 1].pk}" if len(found) > ROWS else "",
    }
    return frame.page(request, visit, "console/editions.html", values, tab="console-editions")


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.ACTIVITY)
def one(request: HttpRequest, visit: Visit, key: str, sha256: str) -> HttpResponse:
    """What that edition showed before a learner began, and what it asked; with the key, for the team reads it."""
    row = Edition.objects.filter(activity_key=key, sha256=sha256).defer("canonical").first()
    activity = _known([sha256]).get(sha256) if row is not None and row.sha256 == sha256 else None
    if row is None or row.sha256 != sha256:
        raise Forbidden
    say = language.current().gettext
    values = {
        "sha256": sha256,
        "recorded": words.moment(row.recorded_at),
        "current": row.pk == visit.activity.edition_id,
        "language": language.current(),
        "activity": activity,
        "texts": texts.before_beginning(activity, say) if activity else [],
        "baseline": texts.answers(activity.baseline.items, {}) if activity else [],
        "assessment": texts.answers(activity.assessment.items, {}) if activity else [],
        "list": url("console-activities"),
        "back": url("console-editions", key),
    }
    return frame.page(request, visit, "console/edition.html", values, tab="console-editions")


def _known(names: Sequence[str]) -> Mapping[str, Activity]:
    """Those that can be read; a damaged one is shown as such."""
    found: dict[str, Activity] = {}
    for name in names:
        try:
            found |= editions.load(name)
        except (editions.EditionDamaged, editions.EditionMissing):
            continue
    return found


def _row(
    one: Edition, older: Edition | None, known: Mapping[str, Activity], visit: Visit, key: str
) -> Mapping[str, object]:
    new, old = known.get(one.sha256), known.get(older.sha256) if older is not None else None
    changes = diff.between(old, new) if old is not None and new is not None else []
    return {
        "sha256": one.sha256,
        "recorded": words.moment(one.recorded_at),
        "current": one.pk == visit.activity.edition_id,
        "first": older is None,
        "damaged": new is None,
        "address": url("console-edition", key, one.sha256),
        "changes": [{"where": [_name(part) for part in change.where], "change": change} for change in changes],
    }


def _name(part: str) -> str:
    """A field's name as words: last_review is Last review."""
    return part.replace("_", " ").capitalize() if part.islower() else part
