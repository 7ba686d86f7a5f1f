"""The audit files of an activity: what is missing, making one, downloading it; and the public keys, for anybody."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from cme_xblock.activity.message import N_
from cme_xblock.console import pages
from cme_xblock.console.access import May, Place, Visit, guarded, refusal
from cme_xblock.console.evidence import building, shown, working
from cme_xblock.console.evidence.working import AT_ONCE, Unsigned
from cme_xblock.host import address, language
from cme_xblock.pages import standalone
from cme_xblock.records import audit_files, signing
from cme_xblock.records.models import AuditFile, Participation

__all__ = ["download", "make", "page", "public_keys"]

_WHY = N_("Say what the audit file is for: it is kept beside the file and in the access log.")
_GONE = N_("This file is not there, or not any more. Make it again: it takes a minute.")


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """What is missing, the files that were made, and the holds. Nobody's name but those of the staff."""
    return shown.page(request, visit)


@csrf_protect
@guarded(May.AUDIT_FILE, place=Place.ACTIVITY)
@require_POST
def make(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """Make one: at once where there are few learners, else by the worker, and the page says how far it is."""
    reason = shown.said(request, "reason")[:500]
    say = language.current().gettext
    if not reason:
        return shown.page(request, visit, problem=say(_WHY), status=400)
    try:
        by = working.maker(site=address.site(request), keys_url=address.site(request) + pages.url("evidence-keys"))
    except Unsigned as error:
        return shown.page(request, visit, problem=str(error), given={"reason": reason}, status=409)
    learners = Participation.objects.filter(activity_key=key, is_test=False).count()
    visit.note("audit_file:make", count=learners, why=reason)
    file = audit_files.ask(key, by=visit.reader.id, reason=reason, now=visit.now)
    if learners <= AT_ONCE:
        working.run(by, now=lambda: datetime.now(UTC), uuid=file.uuid)
    return standalone.private(HttpResponseRedirect(f"{pages.url('console-audit', key)}#cme-files"))


@require_safe
@guarded(May.AUDIT_FILE, place=Place.ACTIVITY)
def download(request: HttpRequest, visit: Visit, key: str, file: str) -> HttpResponseBase:
    """The file. That it leaves is written before its first byte."""
    found = AuditFile.objects.filter(uuid=file, activity_key=key).first()
    if found is None:
        return refusal(request)
    if found.state != AuditFile.State.DONE:
        return shown.page(request, visit, problem=language.current().gettext(_GONE), status=410)
    visit.note("audit_file:download", count=found.learners, why=found.reason)
    response = StreamingHttpResponse(audit_files.read(found), content_type="application/zip")
    day = found.done_at.date().isoformat() if found.done_at else ""
    response["Content-Disposition"] = f'attachment; filename="audit-{key[:12]}-{day}.zip"'
    response["Content-Length"] = str(found.size)
    standalone.private(response)
    return response


@require_safe
def public_keys(request: HttpRequest) -> HttpResponse:
    """The keys that sign and those that signed once, for whoever verifies. No cookie, no name."""
    url = address.site(request) + pages.url("evidence-keys")
    response = JsonResponse(building.published_keys(signing.evidence(), url))
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=3600"
    return response
