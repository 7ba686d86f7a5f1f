"""The pages of exports: what can be exported, one export up to its file, and what is kept to be repeated.

Whoever may export anything anywhere reaches them; what each of them shows and begins is asked for by itself.
"""

from __future__ import annotations

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from cme_xblock.console import pages
from cme_xblock.console.access import Forbidden, May, Place, Visit, guarded
from cme_xblock.console.exports import definition, folders, forms, jobs, own_files, schedule, shown, steps
from cme_xblock.console.exports.definition import DefinitionError
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.host import language
from cme_xblock.pages import standalone
from cme_xblock.records import exports
from cme_xblock.records.models import ExportJob, SavedExport

__all__ = ["again", "cancel", "columns", "delete", "file", "home", "job", "new", "status"]

_AT = "console-exports"


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What can be exported, what is kept, and this reader's exports."""
    mine = ExportJob.objects.filter(reader_id=visit.reader.id).order_by("-created_at", "-pk")[:50]
    values = {
        "offers": shown.offers(visit),
        "kept": [shown.kept(one) for one in schedule.mine(visit.reader)],
        "jobs": [shown.line(one) for one in mine],
        "tokens": pages.url("api-tokens"),
    }
    return pages.page(request, visit, "console/exports.html", values, at=_AT)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form of one export; POST starts it, or keeps it under a name."""
    given = request.POST if request.method == "POST" else request.GET
    form = forms.Form(given, visit)
    if not form.allowed:
        return pages.page(request, visit, "console/export_none.html", {}, at=_AT, status=404)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_done(form, visit))
        except DefinitionError as error:
            say = language.current().gettext
            problems = {name: one.format(say) for name, one in error.problems.items()}
        except Forbidden:
            return pages.page(request, visit, "console/export_none.html", {}, at=_AT, status=404)
    values = form.shown(problems)
    return pages.page(request, visit, "console/export_new.html", values, at=_AT, status=400 if problems else 200)


def _done(form: forms.Form, visit: Visit) -> str:
    """Start or keep what the form says; where to go then."""
    asked = Asked(visit.reader, form.why, visit.now)
    wanted = definition.read(form.given())
    if form.keeps:
        schedule.save(
            wanted, asked, provider_key=form.provider, name=form.name, every=form.every, folder=form.folder
        )  # fmt: skip
        return pages.url("console-exports")
    begun = jobs.begin(wanted, asked, provider_key=form.provider)
    return pages.url("console-export", uuid=begun.uuid)


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def job(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """One export: how far it is, and its file."""
    found = jobs.of_reader(uuid, visit.reader, now=visit.now)
    if found is None:
        return _nothing(request, visit)
    values = {**shown.job(found), "poll": static("cme_xblock/export.js")}
    return pages.page(request, visit, "console/export_job.html", values, at=_AT)


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def status(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """How far it is, for the page's script."""
    found = jobs.of_reader(uuid, visit.reader, now=visit.now)
    if found is None:
        return _nothing(request, visit)
    now = shown.progress(found)
    return standalone.private(JsonResponse({name: now[name] for name in ("state", "percent", "said", "open")}))


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def file(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponseBase:
    """The file. Each time it leaves is an entry in the access log, written before its first byte."""
    found = jobs.of_reader(uuid, visit.reader, now=visit.now)
    if found is None or found.state != ExportJob.State.DONE:
        return _nothing(request, visit)
    if request.method != "HEAD":
        jobs.downloaded(found, Asked(visit.reader, found.why, visit.now))
    return download(found)


def download(found: ExportJob) -> StreamingHttpResponse:
    """The file of a finished export, piece by piece."""
    wanted = definition.loads(found.definition)
    kind = own_files.content_type(wanted.endpoint) if wanted.dataset is None else steps.writer_of(wanted).content_type
    response = StreamingHttpResponse(exports.read(found), content_type=kind)
    name = steps.file_name(wanted, uuid=found.uuid, day=timezone.localtime(found.created_at).date().isoformat())
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(found.size)
    standalone.private(response)
    return response


@require_safe
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def columns(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """The list of the file's columns, as a file beside it."""
    found = jobs.of_reader(uuid, visit.reader, now=visit.now)
    wanted = definition.loads(found.definition) if found else None
    if wanted is None or wanted.dataset is None:
        return _nothing(request, visit)
    content = folders.dictionary(steps.columns_of(wanted))
    return standalone.download(content, content_type="text/csv; charset=utf-8", name=f"cme-{wanted.kind}-columns.csv")


@csrf_protect
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def cancel(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """Break it off, or throw its file away."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = jobs.of_reader(uuid, visit.reader, now=visit.now)
    if found is None:
        return _nothing(request, visit)
    jobs.cancel(found)
    return HttpResponseRedirect(pages.url("console-export", uuid=found.uuid))


@csrf_protect
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def again(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """Start what is kept, now."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    saved = schedule.mine(visit.reader).filter(uuid=uuid).first()
    if saved is None:
        return _nothing(request, visit)
    why = (request.POST.get("why") or saved.why).strip()
    try:
        wanted = definition.loads(saved.definition)
        begun = jobs.begin(wanted, Asked(visit.reader, why, visit.now), provider_key=saved.provider_key, saved=saved)
    except Forbidden:
        return _nothing(request, visit)
    except DefinitionError as error:
        SavedExport.objects.filter(pk=saved.pk).update(trouble=str(error)[:500])
        return HttpResponseRedirect(pages.url("console-exports"))
    return HttpResponseRedirect(pages.url("console-export", uuid=begun.uuid))


@csrf_protect
@guarded(May.EXPORT_AGGREGATE, place=Place.SITE)
def delete(request: HttpRequest, visit: Visit, uuid: str) -> HttpResponse:
    """Keep it no longer; its exports stay until their time is over."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    saved = schedule.mine(visit.reader).filter(uuid=uuid).first()
    if saved is None:
        return _nothing(request, visit)
    saved.delete()
    return HttpResponseRedirect(pages.url("console-exports"))


def _nothing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """There is none of yours under this number: the same for another's and for none."""
    return pages.page(request, visit, "console/export_none.html", {}, at=_AT, status=404)
