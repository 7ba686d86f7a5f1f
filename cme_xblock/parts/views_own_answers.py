"""The page of a learner's own answers: for that learner, and for nobody else whatever the address says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.host import language, reader
from cme_xblock.pages import standalone
from cme_xblock.parts import own_answers


@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Own answers, before and after. Whoever has none there is not told whether others have: 404."""
    learner_id = reader.of_request(request)
    speaks = language.current()
    found = own_answers.context(learner_id, key, gettext=speaks.gettext, now=timezone.now()) if learner_id else None
    if found is None:
        values = {"stranger": True, "sign_in": reader.sign_in(request) if not learner_id else ""}
        return standalone.page(own_answers.TEMPLATE, values, status=404 if learner_id else 403)
    activity = found["activity"]
    spoken = activity.language  # type: ignore[attr-defined]
    other = spoken.split("-")[0] != speaks.code.split("-")[0]
    author = {"lang": spoken, "dir": language.named(spoken).direction} if other else None
    return standalone.page(
        own_answers.TEMPLATE, {**found, "author": author, "style": static("cme_xblock/own_answers.css")}
    )
