"""What a person gives: every relationship of the last 24 months, or the answer that there is none.

Reads the fields of the form as a stranger may send them; what it keeps is kept letter by letter, with two exceptions:
outer white space goes, and letters that are written in two ways (NFC) are written in one. The person says nothing of
relevance: that is the provider's to decide. Source: ACCME SII 3.1; spec R-1.2, R-1.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cme_xblock.activity import scalars
from cme_xblock.activity.fields import clean
from cme_xblock.activity.message import N_, Message

MOST = 50
LONGEST_NAME = 200
LONGEST_WORDS = 2_000
NATURES: Mapping[str, str] = {
    "advisor": N_("Advisor"),
    "consultant": N_("Consultant"),
    "contractor": N_("Independent contractor (including contracted research)"),
    "employee": N_("Employee"),
    "executive": N_("Executive role"),
    "owner": N_("Owner"),
    "researcher": N_("Researcher"),
    "royalties": N_("Royalties or patent beneficiary"),
    "speaker": N_("Speaker"),
    "stock": N_("Stocks or stock options, excluding diversified mutual funds"),
    "other": N_("Something else (write what)"),
}
# Who may not control content, but for the exceptions. Source: ACCME SII 3.2; spec.
EXCLUDED = frozenset({"employee", "executive", "owner"})
COLUMNS = ("company", "nature", "words", "ended", "ended_on")

_ROW = re.compile(r"(company|nature|words|ended|ended_on)\.([0-9]{1,2})", re.ASCII)


@dataclass(frozen=True)
class Told:
    """One relationship as told. `nature`: a code of NATURES; `words`: the person's own; `ended_on`: None: it lasts.

    `id` names it inside its disclosure: r1, r2 …
    """

    id: str
    company: str
    nature: str
    words: str = ""
    ended_on: date | None = None

    @property
    def excluded(self) -> bool:
        """Whether it is one of an owner or employee."""
        return self.nature in EXCLUDED

    @property
    def said(self) -> str:
        """The nature as learners would read it, in English."""
        return self.words if self.nature == "other" else NATURES.get(self.nature, self.nature)


@dataclass(frozen=True)
class Given:
    """A disclosure as given. `name` is what the person wrote under the attestation. No relationships: said in so many
    words that there are none."""

    name: str
    relationships: tuple[Told, ...]

    @property
    def nothing(self) -> bool:
        """Whether the answer is "nothing to disclose"."""
        return not self.relationships


@dataclass(frozen=True)
class Mistakes:
    """Why a form can't be taken: sentences by the name of the field, in the form's order."""

    fields: Mapping[str, Message]


def rows(form: Mapping[str, str]) -> tuple[int, ...]:
    """The numbers of the rows that the form has, in order; at most 100 are possible."""
    found = {int(match[2]) for name in form if (match := _ROW.fullmatch(name))}
    return tuple(sorted(found))


def read(form: Mapping[str, str], *, today: date) -> Given | Mistakes:
    """The disclosure that a form holds, or everything that is wrong with it.

    `form`: `none` yes or no; for each row number N `company.N`, `nature.N`, `words.N`, `ended.N` (yes), `ended_on.N`;
    `name`; `attest` yes. Empty rows are passed over. `today`: the provider's civil date.
    """
    wrong: dict[str, Message] = {}
    told: list[Told] = []
    filled = [number for number in rows(form) if _is_filled(form, number)]
    answer = form.get("none", "")
    if answer not in ("yes", "no"):
        wrong["none"] = Message(NO_ANSWER)
    elif answer == "yes" and filled:
        wrong["none"] = Message(BOTH)
    elif answer == "no" and not filled:
        wrong["none"] = Message(NEITHER)
    if len(filled) > MOST:
        wrong["none"] = Message(TOO_MANY, {"most": str(MOST)})
    else:
        for place, number in enumerate(filled, start=1):
            told.append(_row(form, number, place, today, wrong))
    name = _text(form, "name", LONGEST_NAME, wrong)
    if not name and "name" not in wrong:
        wrong["name"] = Message(NO_NAME)
    if form.get("attest") != "yes":
        wrong["attest"] = Message(NOT_ATTESTED)
    return Mistakes(wrong) if wrong else Given(name, tuple(told))


def to_words(given: Given) -> dict[str, Any]:
    """The disclosure as the JSON of its sheet."""
    return {"name": given.name, "relationships": [told_data(one) for one in given.relationships]}


def told_data(one: Told) -> dict[str, Any]:
    """One relationship as JSON."""
    return {
        "id": one.id,
        "company": one.company,
        "nature": one.nature,
        "words": one.words,
        "ended_on": one.ended_on.isoformat() if one.ended_on else None,
    }


def told_from(data: Mapping[str, Any]) -> Told:
    """One relationship from the JSON that `told_data` made."""
    ended = data["ended_on"]
    return Told(
        data["id"], data["company"], data["nature"], data["words"], date.fromisoformat(ended) if ended else None
    )


def _is_filled(form: Mapping[str, str], number: int) -> bool:
    return any(form.get(f"{column}.{number}", "").strip() for column in COLUMNS)


def _row(form: Mapping[str, str], number: int, place: int, today: date, wrong: dict[str, Message]) -> Told:
    company = _text(form, f"company.{number}", LONGEST_NAME, wrong)
    if not company and f"company.{number}" not in wrong:
        wrong[f"company.{number}"] = Message(NO_COMPANY)
    nature = form.get(f"nature.{number}", "")
    if nature not in NATURES:
        wrong[f"nature.{number}"] = Message(NO_NATURE)
    words = _text(form, f"words.{number}", LONGEST_WORDS, wrong)
    if nature == "other" and not words and f"words.{number}" not in wrong:
        wrong[f"words.{number}"] = Message(NO_WORDS)
    return Told(f"r{place}", company, nature, words, _ended(form, number, today, wrong))


def _ended(form: Mapping[str, str], number: int, today: date, wrong: dict[str, Message]) -> date | None:
    name = f"ended_on.{number}"
    said, ended = form.get(name, "").strip(), form.get(f"ended.{number}", "")
    if ended not in ("yes", "no"):
        wrong[f"ended.{number}"] = Message(ENDED_OR_NOT)
        return None
    if ended == "no":
        if said:
            wrong[name] = Message(NOT_ENDED)
        return None
    try:
        day = scalars.date_of(said[:20])
    except scalars.UnfitError:
        wrong[name] = Message(NO_DAY)
        return None
    if day > today:
        wrong[name] = Message(IN_FUTURE)
    return day


def _text(form: Mapping[str, str], name: str, longest: int, wrong: dict[str, Message]) -> str:
    said = form.get(name, "")
    if len(said) > longest:
        wrong[name] = Message(TOO_LONG, {"length": str(len(said)), "longest": str(longest)})
        return ""
    try:
        return clean(said)
    except ValueError:
        wrong[name] = Message(UNREADABLE)
        return ""


NO_ANSWER = N_("Answer this: either you have relationships to disclose, or you have nothing to disclose.")
BOTH = N_("You said that there is nothing to disclose, and filled in a relationship. Choose which is right.")
NEITHER = N_("You said that you have relationships to disclose: fill in at least one, or choose nothing to disclose.")
TOO_MANY = N_("This form takes {most} relationships. Write to the provider if you have more.")
NO_COMPANY = N_("Write the company's name, as it calls itself.")
NO_NATURE = N_("Choose what the relationship is.")
NO_WORDS = N_("Write what the relationship is, in your own words.")
ENDED_OR_NOT = N_("Say whether the relationship has ended.")
NOT_ENDED = N_(
    "There is an end date, but you said that the relationship goes on. Clear the date, or say that it ended."
)
NO_DAY = N_("Give the day on which it ended, as year-month-day. The last day of the month will do.")
IN_FUTURE = N_("This day is still to come. A relationship that ends later goes on today.")
NO_NAME = N_("Write your name.")
NOT_ATTESTED = N_("Tick this to give your disclosure. Nothing was recorded yet.")
TOO_LONG = N_("This has {length} characters; {longest} is the most. Shorten it.")
UNREADABLE = N_("This has a character that is no letter or sign, such as a null. Type it again instead of pasting it.")
