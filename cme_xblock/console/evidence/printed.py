"""An audit file's pages for people: index.html with its style, the same as a tagged PDF, and how to verify the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from cme_xblock.activity.message import N_
from cme_xblock.console.evidence.abstract import Part, as_data
from cme_xblock.console.evidence.gathered import Gathered
from cme_xblock.console.evidence.missing import Missing
from cme_xblock.credit import pdf
from cme_xblock.evidence import keys
from cme_xblock.host import language
from cme_xblock.pages import templating

if TYPE_CHECKING:
    from cme_xblock.console.evidence.building import Maker

__all__ = ["Sheet", "files"]

NOTE = N_("Some letters are in no font of this server, so this print cannot show all. index.html does.")
# A long table is printed in part; the page has all of it.
_MOST_PRINTED = 60
# A column with longer words shares the width.
_LONG = 24


@dataclass(frozen=True)
class Sheet:
    """What is shown. `fingerprint`: of the key that signs."""

    found: Gathered
    parts: Sequence[Part]
    missing: Sequence[Missing]
    now: datetime
    fingerprint: str
    maker: Maker
    simulated: bool


def files(sheet: Sheet) -> Iterator[tuple[str, bytes]]:
    """The members by name. Without Typst there is no PDF; the page says everything that it would."""
    yield "index.html", _page(sheet).encode()
    yield "style.css", templating.render("console/audit_style.css", {}).encode()
    made = _pdf(sheet)
    if made is not None:
        yield "summary.pdf", made
    yield (
        "readme.txt",
        README.format(keys=sheet.maker.keys_url or "(ask the provider)", print=sheet.fingerprint).encode(),
    )


def _page(sheet: Sheet) -> str:
    activity = sheet.found.activity
    speaks = language.named(str(settings.LANGUAGE_CODE))
    return templating.render(
        "console/audit_index.html",
        {
            "language": speaks,
            "title": activity.title,
            "provider": activity.provider.name,
            "author": {"lang": activity.language, "dir": language.named(activity.language).direction},
            "missing": [one.message.format(speaks.gettext) for one in sheet.missing],
            "parts": as_data(sheet.parts, speaks.gettext),
            "made": f"{sheet.now:%Y-%m-%d %H:%M} UTC",
            "site": sheet.maker.site,
            "keys": sheet.maker.keys_url,
            "fingerprint": keys.spelled(sheet.fingerprint),
            "simulated": sheet.simulated,
        },
    )


def _pdf(sheet: Sheet) -> bytes | None:
    activity = sheet.found.activity
    say = language.named(str(settings.LANGUAGE_CODE)).gettext
    data = {
        "lang": str(settings.LANGUAGE_CODE).partition("-")[0].lower(),
        "region": "",
        "heading": say(N_("Audit file")),
        "title": activity.title or sheet.found.activity_id,
        "provider": activity.provider.name,
        "made": f"{sheet.now:%Y-%m-%d %H:%M} UTC",
        "site": sheet.maker.site,
        "fingerprint": keys.spelled(sheet.fingerprint),
        "simulated": say(N_("The learners in this file are simulated.")) if sheet.simulated else "",
        "missing_title": say(N_("What is missing")),
        "nothing_missing": say(N_("Nothing is missing.")),
        "missing": [one.message.format(say) for one in sheet.missing],
        "parts": [_short(one) for one in as_data(sheet.parts, say)],
        "note": "",
    }
    source, folder = pdf.template("audit.typ"), pdf.TEMPLATES
    try:
        made = pdf.render(
            pdf.Sheet(source=source, folder=folder, data=data, at=sheet.now, unprintable="[…]", note=NOTE)
        )
    except pdf.Unavailable:
        return None
    return made.content


def _short(part: object) -> dict[str, object]:
    """The same part with tables as long as paper is."""
    assert isinstance(part, dict)  # noqa: S101 - as_data gives these
    return {
        **part,
        "tables": [
            {
                **table,
                "rows": table["rows"][:_MOST_PRINTED],
                "wide": _wide(table["columns"], table["rows"][:_MOST_PRINTED]),
                "more": max(0, len(table["rows"]) - _MOST_PRINTED),
            }
            for table in part["tables"]
        ],
    }


def _wide(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns share the width that is left: those with long words, or the first where none has."""
    long = [any(len(row[place]) > _LONG for row in rows) for place in range(len(columns))]
    return long if any(long) else [place == 0 for place in range(len(columns))]


README = """AUDIT FILE
==========

index.html       everything in the order of ACCME's structured abstract; what is missing stands first
summary.pdf      the same on paper, without long tables
audit.json       the same for programs
participants.csv every learner with credit, and when the disclosures were acknowledged
corrections.csv  every correction and incident, with reason and date
evaluation.csv   the evaluation's sums
collected.json   disclosures as they were collected, by evidence number
editions/        what the activity said, each edition named by its SHA-256
disclosures/     what learners were shown as disclosures, named by its SHA-256
wordings/        what learners attested to, named by its SHA-256
ledgers/         every learner's chain of entries, with claims, evaluations and reports
manifest.json    the SHA-256 of every file; manifest.sig is the provider's signature over it

TO VERIFY, without any access to the provider's system:

    pip install cme-xblock
    cme-xblock verify THIS-FILE.zip --key KEYS.json

The provider's public keys are at

    {keys}

Fetch them from there, or ask for the fingerprint on the telephone, and not from this file. It is

    {print}

BY HAND: sha256sum of each file against manifest.json; an entry's hash is the SHA-256 of the canonical JSON (RFC 8785)
of its fields participation, seq, kind, edition, at, payload and prev. The signature is Ed25519 over the line
"cme_xblock audit file, format 1", a line feed, and the bytes of manifest.json. All of it is described in
docs/reference/audit-file.md of the program.
"""
