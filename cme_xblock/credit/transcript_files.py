"""The transcript as files: CSV that no spreadsheet runs, and a tagged PDF."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import pdf
from cme_xblock.credit.standing import LABELS
from cme_xblock.credit.transcript import Line, Transcript
from cme_xblock.rules import amounts

TITLE = N_("Credit transcript")
COLUMNS = (
    N_("Date of completion"), N_("Activity"), N_("Provider"), N_("Credit system"), N_("Amount"), N_("Unit"),
    N_("Profession"), N_("Name"), N_("Status"), N_("Issued"), N_("Certificate number"),
)  # fmt: skip
PRINTED = (
    N_("Date of completion"), N_("Activity and provider"), N_("Credit"), N_("Profession"), N_("Status"),
    N_("Certificate number"),
)  # fmt: skip
TOTALS = N_("Totals of the credit that counts, each system by itself")
NEVER = N_("Totals of different systems are not to be added: the same hour may count in several.")
NOTE = N_("Some letters are in no font of this server, so this file cannot show all. The transcript's web page does.")
NOTHING = N_("No credit in this selection.")
CONTACT = N_("Questions about an activity: {contacts}")
# What makes a spreadsheet take a cell for a formula. Source: spec.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "﻿"


def as_csv(transcript: Transcript, *, gettext: Callable[[str], str]) -> str:
    """CSV with a byte order mark, so that a spreadsheet reads it as UTF-8. Dates as 2026-11-22."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([gettext(one) for one in COLUMNS])
    for one in transcript.lines:
        writer.writerow([_safe(cell) for cell in _cells(one, gettext)])
    return _MARK + out.getvalue()


def as_pdf(
    transcript: Transcript,
    *,
    language: str,
    gettext: Callable[[str], str],
    day: Callable[[date], str],
    now: datetime,
) -> pdf.Printed:
    """The PDF, in the reader's language; `day` writes a date in it. Raises pdf.Unavailable."""
    code, _, region = language.partition("-")
    contacts = "; ".join(
        ", ".join(part for part in (one.name, one.contact, one.email) if part) for one in transcript.providers
    )
    data = {
        "lang": code.lower(),
        "region": region.upper() if len(region) == 2 else "",
        "title": gettext(TITLE),
        "name": transcript.name,
        "name_lang": pdf.han(transcript.name),
        "name_dir": pdf.direction(transcript.name),
        "made": day(now.date()),
        "columns": [gettext(one) for one in PRINTED],
        "lines": [_printed(one, gettext, day) for one in transcript.lines],
        "totals": [one.awarded for one in transcript.totals],
        "words": {"totals": gettext(TOTALS), "never": gettext(NEVER), "nothing": gettext(NOTHING)},
        "contact": Message(CONTACT, {"contacts": contacts}).format(gettext) if contacts else "",
        "note": "",
    }
    sheet = pdf.Sheet(
        source=pdf.template("transcript.typ"), folder=pdf.TEMPLATES, data=data, at=now, unprintable="[…]", note=NOTE
    )
    return pdf.render(sheet)


def _cells(one: Line, gettext: Callable[[str], str]) -> tuple[str, ...]:
    return (
        one.completed_on.isoformat(),
        one.title,
        one.provider,
        one.system_name,
        amounts.number(one.amount),
        one.unit,
        one.profession,
        one.name,
        gettext(LABELS[one.standing]),
        one.issued_on.isoformat(),
        one.number,
    )


def _printed(one: Line, gettext: Callable[[str], str], day: Callable[[date], str]) -> dict[str, object]:
    return {
        "completed": day(one.completed_on),
        "title": one.title,
        "provider": one.provider,
        "awarded": one.awarded,
        "profession": one.profession,
        "status": gettext(LABELS[one.standing]),
        "counts": one.counts,
        "number": one.number,
    }


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
