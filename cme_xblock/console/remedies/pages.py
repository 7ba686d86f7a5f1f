"""What can be put right of an activity beyond one learner's record: where each of these corrections begins."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.console import frame
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.pages import url
from cme_xblock.console.remedies import words
from cme_xblock.console.remedies.steps import DONE
from cme_xblock.host import language
from cme_xblock.participation import attendance
from cme_xblock.records import editions

__all__ = ["page"]


@require_safe
@guarded(May.CORRECT, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """The ways, each with what it is for; what does not apply to this activity is left out."""
    say, activity = language.current().gettext, _current(visit)
    ways = [("console-participants", words.ONE, words.ONE_EXPLAINED, key)]
    if activity is not None and attendance.applies(activity):
        ways.append(("console-attendance", words.ATTENDANCE, words.ATTENDANCE_EXPLAINED, key))
    visit.note("remedies", count=0, why=N_("Preparing a correction"))
    values = {
        "ways": [
            {"address": url(name, to), "title": say(title), "explained": say(explained)}
            for name, title, explained, to in ways
        ],
        "done": say(words.DONE) if request.GET.get(DONE) else "",
    }
    return frame.page(request, visit, "console/remedies.html", values, tab="console-remedies")


def _current(visit: Visit) -> Activity | None:
    sha256 = visit.activity.edition.sha256
    try:
        return editions.load(sha256)[sha256]
    except (editions.EditionDamaged, editions.EditionMissing):
        return None
