"""The content block's pages: what stands before, around and after its children."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from cme_xblock.activity.message import N_
from cme_xblock.pages import templating
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts.visit import Setting, Visit


def locked(visit: Visit) -> SafeString:
    """What to do first, and the way there."""
    state = visit.progress.state(Part.CONTENT)
    url = visit.setting.link(visit.setting.home)
    return _render(
        visit,
        "section_locked.html",
        {"reason": visit.say(state.reason) if state.reason else "", "url": url, "label": visit.text(BACK)},
    )


def end(visit: Visit) -> SafeString:
    """Below the children: the learner's word that this section is done, or what comes next."""
    done = _is_done(visit)
    following = visit.progress.current if done else None
    url = visit.setting.link(f"part:{following.value}") if following else ""
    open_next = following is not None and visit.progress.is_open(following) and following is not Part.CONTENT
    return _render(
        visit,
        "section_end.html",
        {"done": done, "url": url if open_next else "", "expired": visit.progress.state(Part.CONTENT).reason},
    )


def refreshed(visit: Visit, *, with_pages: bool) -> SafeString:
    """The panel after something happened elsewhere on the page. Children come with a new load, never by script.

    `with_pages`: whether the page has them, as it says of itself.
    """
    if visit.progress.state(Part.CONTENT).status is Status.LOCKED:
        return locked(visit)
    return end(visit) if with_pages else unlocked(visit)


def unlocked(visit: Visit) -> SafeString:
    """For a page that was loaded while the content was locked."""
    return _render(visit, "section_unlocked.html", {})


def pages(visit: Visit, children: Sequence[tuple[str, str]]) -> SafeString:
    """The children, one page each; without script they stand one below the other."""
    rendered = [
        {"name": name, "html": mark_safe(html)}  # noqa: S308 - the platform's own rendering of the children
        for name, html in children
    ]
    return _render(visit, "section_pages.html", {"pages": rendered, "total": len(rendered)})


def preview(setting: Setting, activity_id: str, *, heading: str, children: Sequence[str]) -> SafeString:
    """For the course team: what gates these children, and the children."""
    values = {
        "language": setting.language,
        "prefix": setting.prefix,
        "activity_id": activity_id,
        "heading": heading,
        "children": [mark_safe(html) for html in children],  # noqa: S308 - the platform's own rendering
    }
    return templating.render("section_preview.html", values)


def _is_done(visit: Visit) -> bool:
    progress = visit.progress
    return progress.state(Part.CONTENT).status is Status.DONE or visit.setting.section in progress.sections_done


def _render(visit: Visit, template: str, values: dict[str, object]) -> SafeString:
    return templating.render(template, visit.values(values))


BACK = N_("Go to the beginning of the activity")
