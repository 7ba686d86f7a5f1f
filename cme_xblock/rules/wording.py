"""Rules on phrases that must not stand in what learners read.

Source: AMA, ANCC, Royal College; spec R-2.1, R-3.1, R-3.15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import prose
from cme_xblock.rules.finding import Hit, Severity, Source, rule
from cme_xblock.rules.offered import of_family, offerings

_PHRASES = Source(
    "AMA PRA: phrases that may and may not be used (spec R-2.1)",
    "S",
    "https://www.meetingsnet.com/blog/alliance-meeting-followup-ama-credit-system-update-2006",
)
_CEU = Source(
    "ANCC: contact hours are never CEUs (spec R-3.1)", "S", "https://midwestnurses.org/faq_category/contact-hours/"
)
_PENDING = Source('Royal College: no "credits pending" (spec R-3.15)', "S", "https://form.jotform.com/251885976796080")

_ALONE = re.compile(r"(?<!PRA )\bCategory\s(?:1|I)\scredit", re.IGNORECASE)
_APPLIED = re.compile(r"\bapplied for\b(?:[^.]|\.\d){0,80}\bcredit|\bcredits?\s+pending\b", re.IGNORECASE)
_ACCME = re.compile(r"\bACCME\s+credit", re.IGNORECASE)
_UNMARKED = re.compile(
    r"\bAMA PRA Category 1 Credit(?:\(s\)|s)?(?!(?:\(s\)|s)?\s?(?:™|\(TM\)))(?![\w(])", re.IGNORECASE
)
_CEUS = re.compile(r"\bCEUs?\b")
_STILL = re.compile(
    r"\b(?:approval|accreditation|credits?)\W+(?:\w+\W+){0,6}?pending\b|\bpending\W+(?:approval|accreditation)",
    re.IGNORECASE,
)


@rule(
    "category_1_alone",
    Severity.BLOCK,
    source=_PHRASES,
    message=N_('"{found}" stands without AMA PRA before it.'),
    fix=N_("Write the full phrase: AMA PRA Category 1 Credit™."),
)
def category_1_alone(activity: Activity, today: date) -> Iterator[Hit]:
    """Never "Category 1 credit" alone."""
    for where, found in prose.find(activity, _ALONE, hints=("category",)):
        yield Hit(where, {"found": found})


@rule(
    "credit_applied_for",
    Severity.BLOCK,
    source=_PHRASES,
    message=N_('"{found}": credit that is not designated must not be announced.'),
    fix=N_("Remove the phrase until the credit is designated."),
)
def credit_applied_for(activity: Activity, today: date) -> Iterator[Hit]:
    """Never "credit has been applied for", never "credits pending"."""
    for where, found in prose.find(activity, _APPLIED, hints=("applied", "pending")):
        yield Hit(where, {"found": found})


@rule(
    "accme_credit",
    Severity.WARN,
    source=_PHRASES,
    message=N_('"{found}": the ACCME gives no credit.'),
    fix=N_("Name the credit: AMA PRA Category 1 Credit™."),
)
def accme_credit(activity: Activity, today: date) -> Iterator[Hit]:
    """Never "ACCME credit"."""
    for where, found in prose.find(activity, _ACCME, hints=("accme",)):
        yield Hit(where, {"found": found})


@rule(
    "ama_unmarked",
    Severity.WARN,
    source=_PHRASES,
    message=N_('"{found}" stands without its trade mark sign.'),
    fix=N_("Write AMA PRA Category 1 Credit™, or Credits™."),
)
def ama_unmarked(activity: Activity, today: date) -> Iterator[Hit]:
    """The full phrase, with the sign."""
    for where, found in prose.find(activity, _UNMARKED, hints=("ama pra",)):
        yield Hit(where, {"found": found})


@rule(
    "ceu_for_nurses",
    Severity.WARN,
    source=_CEU,
    message=N_('"{found}" stands in an activity with contact hours for nurses.'),
    fix=N_("Write contact hours."),
)
def ceu_for_nurses(activity: Activity, today: date) -> Iterator[Hit]:
    """Contact hours are never called CEUs."""
    if any(of_family(activity, "ancc")):
        for where, found in prose.find(activity, _CEUS, hints=("ceu",)):
            yield Hit(where, {"found": found})


@rule(
    "approval_pending",
    Severity.BLOCK,
    source=_PENDING,
    message=N_('"{found}": the Royal College allows no word of a pending approval.'),
    fix=N_("Remove the phrase until the activity is approved."),
)
def approval_pending(activity: Activity, today: date) -> Iterator[Hit]:
    """Approved, or not mentioned; the AAFP's own sentence before an approval may stand in its statement."""
    if any(of_family(activity, "rcpsc")):
        verbatim = {f"{where}.statement" for where, _, system in offerings(activity) if system.verbatim}
        for where, found in prose.find(activity, _STILL, hints=("pending",)):
            if where not in verbatim and not _APPLIED.search(found):
                yield Hit(where, {"found": found})


RULES = (category_1_alone, credit_applied_for, accme_credit, ama_unmarked, ceu_for_nurses, approval_pending)
