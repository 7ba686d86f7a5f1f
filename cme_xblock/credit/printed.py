"""The certificate as a PDF: the facts of the page, in the activity's language, the same bytes whenever it is asked for.

What goes into it is the claim, its edition, whether it still counts, and how the provider wants it to look. No reader,
no clock: the file's time is that of the claim. Another release of Typst, or other fonts, make other bytes of the same
facts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import formats, translation

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.credit import appearance, certificate, pdf, qr
from cme_xblock.credit.appearance import Appearance
from cme_xblock.credit.certificate import Certificate
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim

log = logging.getLogger(__name__)

INTRO = N_("This is to state that")
NUMBER = N_("Certificate number:")
VERIFY = N_("To verify this certificate, visit")
UNPRINTABLE = N_("[see the web page]")
NOTE = N_(
    "Some letters are in no font of this server, so this file cannot show all of the certificate. "
    "Its web page does: {address}"
)


@dataclass(frozen=True)
class Addresses:
    """Absolute addresses that stand on the certificate: its own page, and that of its verification."""

    page: str
    verify: str


def language_of(claim: Claim) -> str:
    """The language of the activity, in which its certificate is printed."""
    return _activity(claim).language


def render(claim: Claim, *, standing: Standing, addresses: Addresses, gettext: Callable[[str], str]) -> pdf.Printed:
    """The PDF. `gettext` is that of `language_of(claim)`. Raises pdf.Unavailable."""
    activity = _activity(claim)
    with translation.override(activity.language):
        completed_on = str(formats.date_format(claim.completed_on, "DATE_FORMAT"))
    built = certificate.build(claim, standing=standing, completed_on=completed_on)
    looks = built.looks
    try:
        return pdf.render(_sheet(claim, built, looks, addresses=addresses, gettext=gettext))
    except pdf.TemplateBroken as error:
        ours = appearance.ours()
        if looks == ours:
            raise
        log.error("%s: the template of %s does not compile, ours was used: %s", appearance.SETTING, looks, error)
        return pdf.render(_sheet(claim, built, ours, addresses=addresses, gettext=gettext))


def _activity(claim: Claim) -> Activity:
    return editions.load(claim.edition.sha256)[claim.edition.sha256]


def _sheet(
    claim: Claim, built: Certificate, looks: Appearance, *, addresses: Addresses, gettext: Callable[[str], str]
) -> pdf.Sheet:
    language, _, rest = built.language.partition("-")
    region = rest.rpartition("-")[2]
    data = {
        "lang": language.lower(),
        "region": region.upper() if len(region) == 2 else "",
        "provider": built.provider,
        "heading": built.heading.format(gettext),
        "void": built.void.format(gettext) if built.void else "",
        "intro": gettext(INTRO),
        "took_part": built.took_part.format(gettext),
        "title": built.title,
        "awarded": built.awarded,
        "name": built.name,
        "name_lang": pdf.han(built.name),
        "name_dir": pdf.direction(built.name),
        "number": built.number,
        "facts": [{"name": gettext(one.name), "value": one.said(gettext)} for one in built.facts],
        "statements": [built.sentence, *built.statements],
        "provider_text": looks.text,
        "words": {"number": gettext(NUMBER), "verify": gettext(VERIFY)},
        "verify": addresses.verify,
        "qr": qr.document(addresses.verify),
        "logo": looks.logo,
        "note": "",
    }
    return pdf.Sheet(
        source=looks.template.read_bytes(),
        folder=looks.folder,
        data=data,
        at=claim.claimed_at,
        # In English: a sentence in letters that cannot be printed would be no help.
        unprintable=UNPRINTABLE,
        note=Message(NOTE, {"address": addresses.page}).format(),
    )
