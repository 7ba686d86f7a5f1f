"""Kinds of identifiers: what each is called, what it is for, and how a value is read. PURE.

A learner is asked for one only where a chosen credit or a receiver needs it. What comes in is hostile until it was read
here, and is stored in one normal form. Values never stand in a message. Forms that nobody publishes are not invented:
such a number is any short line. Source: spec part 3.1, R-3.4, R-4.4, R-4.6, R-6.3, R-6.8; seam of the vault's kinds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.us_states import STATES
from cme_xblock.rules import identifiers as forms

GIVEN_NAME, FAMILY_NAME, BIRTH_MONTH_DAY = "given_name", "family_name", "birth_month_day"
NPI, LICENCE_STATE, LICENCE_NUMBER = "npi", "licence_state", "licence_number"
# Either of them is enough for licensing boards: ask for all, need one.
NPI_OR_LICENCE = frozenset({NPI, LICENCE_STATE, LICENCE_NUMBER})

NAME_MAX, NUMBER_MAX, RAW_MAX = 100, 40, 400
BOARD = "board_"

# Formatting characters that real names use: Persian and Indic scripts need the two joiners.
_JOINERS = "\u200c\u200d"
_DAY = re.compile(r"([0-9]{1,2}) ?[/\-] ?([0-9]{1,2})")
_FOUR_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 .\-/#]*")

YEAR = Message(
    N_("Give only the month and day of your birth, for example 05/17. The year is neither asked for nor kept.")
)
NO_DAY = Message(N_("This is not a day of the year. Give month and day, for example 05/17."))


class Refused(ValueError):  # noqa: N818 - a refusal is not an error of the program
    """One field can't be taken as it stands; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


@dataclass(frozen=True)
class Kind:
    """One kind of identifier. `read` gives the normal form, "" for nothing, or raises Refused.

    `help` says what it looks like, `purpose` what it is for. `autocomplete` is HTML's word for it. `choices`: what may
    be given, where that is a list; () for anything of the form.
    """

    name: str
    label: Message
    purpose: Message
    read: Callable[[object], str]
    help: Message | None = None
    autocomplete: str = "off"
    choices: tuple[str, ...] = ()

    @property
    def short(self) -> bool:
        """Whether a narrow field is enough."""
        return self.name in (BIRTH_MONTH_DAY, LICENCE_STATE, "cebroker_state")

    @property
    def states(self) -> bool:
        """Whether it is one of the states."""
        return self.name in (LICENCE_STATE, "cebroker_state")


def kind(name: str, *, pattern: str = "") -> Kind:
    """The kind of that name. `pattern`: a form that the site sets in place of ours.

    Raises KeyError for a name that is none.
    """
    if name in _OURS:
        label, purpose, read, helped, auto = _OURS[name]
        return Kind(name, Message(label), Message(purpose), read, Message(helped) if helped else None, auto)
    if name.startswith(BOARD):
        board = forms.load()[name].label.split()[0]
        label = Message(N_("Your {board} number"), {"board": board})
        purpose = Message(N_("{board} finds you by it. It is needed for points only."), {"board": board})
        return Kind(name, label, purpose, _formed(name, pattern))
    if name in _CHOSEN:
        label, words = _CHOSEN[name]
        return Kind(name, Message(label), Message(_REMS), _chosen(words), Message(_ONE_OF), choices=tuple(words))
    label, purpose, helped = _NUMBERS[name]
    return Kind(name, Message(label), Message(purpose), _formed(name, pattern), Message(helped) if helped else None)


def names() -> tuple[str, ...]:
    """Every kind there is, in the order in which a form asks."""
    boards = sorted(name for name in forms.load() if name.startswith(BOARD))
    return (*_OURS, *boards, *_NUMBERS, *_CHOSEN)


def in_order(wanted: Iterable[str]) -> tuple[str, ...]:
    """These kinds, each once, in the order in which a form asks. Raises KeyError for a name that is none."""
    order = {name: place for place, name in enumerate(names())}
    return tuple(sorted(dict.fromkeys(wanted), key=lambda name: order[name]))


def read(
    data: Mapping[str, object], wanted: Iterable[str], *, patterns: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, Message]]:
    """The values of these kinds as the vault keeps them, without the empty ones; and what is wrong, by kind.

    Nothing has to be there: a credit never waits for an identifier (spec part 7, case 19). A licence has both state
    and number, or neither. A year of birth is refused under whatever name it comes.
    """
    wanted = in_order(wanted)
    found: dict[str, str] = {}
    problems: dict[str, Message] = {}
    for name in wanted:
        try:
            value = kind(name, pattern=(patterns or {}).get(name, "")).read(data.get(name, ""))
        except Refused as refused:
            problems[name] = refused.message
        else:
            if value:
                found[name] = value
    if LICENCE_STATE in wanted and LICENCE_NUMBER in wanted:
        problems = _half_licence(found, problems) | problems
    if year_given(data):
        problems[BIRTH_MONTH_DAY] = YEAR
    return found, problems


def lacking(wanted: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """What of the wanted is not there, in the order of a form. An NPI makes up for a licence, and the other way."""
    wanted, has = set(wanted), set(there)
    enough = NPI in has or {LICENCE_STATE, LICENCE_NUMBER} <= has
    if wanted & NPI_OR_LICENCE == NPI_OR_LICENCE and enough:
        wanted -= NPI_OR_LICENCE
    return in_order(wanted - has)


def year_given(data: Mapping[str, object]) -> bool:
    """Whether somebody sends a year of birth, which is neither asked for nor kept. Source: spec R-6.3."""
    return any(
        value not in (None, "") and ("year" in str(key).lower() or str(key).lower() in _YEAR_KEYS)
        for key, value in data.items()
    )


def npi_is_valid(npi: str) -> bool:
    """Whether ten digits can be an NPI. Source: CMS, 45 CFR 162.406: Luhn over 80840 + NPI, first digit 1 or 2."""
    if not re.fullmatch(r"[12][0-9]{9}", npi):
        return False
    total = 0
    for place, char in enumerate(reversed("80840" + npi)):
        doubled = int(char) * 2 if place % 2 else int(char)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def text(value: object, *, limit: int = RAW_MAX) -> str:
    """One line of text in NFC, without the characters that no name or number has. Raises Refused."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(Message(N_("This must be text.")))
    if len(value) > RAW_MAX:
        raise Refused(_too_long(limit))
    line = unicodedata.normalize("NFC", value).strip()
    for char in line:
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char not in _JOINERS:
            raise Refused(Message(N_("This holds an invisible character. Type it anew instead of pasting it.")))
    if len(line) > limit:
        raise Refused(_too_long(limit))
    return re.sub(r"\s+", " ", line)


def name(value: object) -> str:
    """A first or last name, as it stands on the licence."""
    typed = text(value, limit=NAME_MAX)
    if typed and not any(char.isalpha() for char in typed):
        raise Refused(Message(N_("A name needs at least one letter.")))
    return typed


def npi(value: object) -> str:
    """Ten digits, the last of which checks the others."""
    digits = re.sub(r"[ \-]", "", text(value))
    if digits and not npi_is_valid(digits):
        raise Refused(Message(N_("This is not an NPI: it has 10 digits, the last of which checks the others.")))
    return digits


def state(value: object) -> str:
    """Two letters of the Postal Service's list."""
    code = text(value).upper()
    if code and code not in STATES:
        raise Refused(Message(N_("Choose a state, the District of Columbia or a territory from the list.")))
    return code


def licence(value: object) -> str:
    """A licence's number, as the state prints it: leading zeros stay."""
    number = text(value, limit=NUMBER_MAX).upper()
    if number and not _NUMBER.fullmatch(number):
        raise Refused(Message(N_("Give the licence number as the state prints it: letters, digits, and . - / #")))
    return number


def real_day(given: str) -> tuple[int, int]:
    """Month and day of "MM/DD", "MM-DD" or "MMDD", a day of a leap year, for people are born on 29 February."""
    match = _DAY.fullmatch(given) or _FOUR_DIGITS.fullmatch(given)
    if match is None:
        year = re.search(r"[0-9]{4}", given) or len(re.findall(r"[0-9]+", given)) > 2
        raise Refused(YEAR if year else NO_DAY)
    month, day = int(match[1]), int(match[2])
    try:
        date(2000, month, day)
    except ValueError:
        raise Refused(YEAR if re.fullmatch(r"(19|20)[0-9]{2}", given) else NO_DAY) from None
    return month, day


def as_text(value: object) -> object:
    """Forms send "5", JSON sends 5: both mean May. True and 5.0 mean nothing."""
    return str(value) if type(value) is int and 0 <= value < 10_000 else value


def _birthday(value: object) -> str:
    given = text(as_text(value))
    if not given:
        return ""
    month, day = real_day(given)
    return f"{month:02d}-{day:02d}"


def _formed(name: str, pattern: str) -> Callable[[object], str]:
    """Reads a number by the form that its owner publishes, or the site sets; any short line where there is none."""
    form = pattern or (forms.load()[name].pattern if name in forms.load() else "")

    def reader(value: object) -> str:
        number = text(value, limit=NUMBER_MAX).upper()
        if form:
            number = re.sub(r"[ \-.]", "", number)
        if name == "aoa":
            number = number.lstrip("0")  # AOA numbers have no leading zero (spec)
        if number and not (re.fullmatch(form, number, re.ASCII) if form else _NUMBER.fullmatch(number)):
            raise Refused(Message(N_("This does not look like such a number. Give it as it stands on your record.")))
        return number

    return reader


def _chosen(words: Mapping[str, str]) -> Callable[[object], str]:
    """Reads one of these words, in whatever case, into what stands for it in the vault."""
    known = {word.casefold(): kept for shown, kept in words.items() for word in (shown, kept)}

    def reader(value: object) -> str:
        typed = text(value, limit=NAME_MAX)
        if typed and typed.casefold() not in known:
            raise Refused(Message(N_("Choose one of the list: {words}."), {"words": ", ".join(words)}))
        return known[typed.casefold()] if typed else ""

    return reader


def _line(value: object) -> str:
    return text(value, limit=NAME_MAX)


def _half_licence(found: Mapping[str, str], problems: Mapping[str, Message]) -> dict[str, Message]:
    if found.get(LICENCE_NUMBER) and LICENCE_STATE not in found:
        return {LICENCE_STATE: Message(N_("Choose the state that issued this licence."))}
    if found.get(LICENCE_STATE) and LICENCE_NUMBER not in found:
        return {LICENCE_NUMBER: Message(N_("Give the number of this licence, or leave the state empty."))}
    return {}


def _too_long(limit: int) -> Message:
    return Message(N_("This is too long: at most {limit} characters can be sent."), {"limit": str(limit)})


_YEAR_KEYS = ("dob", "birthdate", "birth_date", "date_of_birth", "birthday")
_AS_LICENSED = N_("Boards find you by the name on your licence, which may differ from the one on the certificate.")
_STATE_HELP = N_("Two letters, for example IL.")

# What is more than a number of some form: label, purpose, reader, help, and HTML's word for it.
_OURS: Mapping[str, tuple[str, str, Callable[[object], str], str, str]] = {
    GIVEN_NAME: (N_("First name, as on your licence"), _AS_LICENSED, name, "", "given-name"),
    FAMILY_NAME: (N_("Last name, as on your licence"), _AS_LICENSED, name, "", "family-name"),
    BIRTH_MONTH_DAY: (
        N_("Birthday without the year (MM/DD)"),
        N_("It tells you apart from others of your name. The year is not asked for and never kept."),
        _birthday,
        N_("Month and day, for example 05/17."),
        "off",
    ),
    NPI: (
        N_("NPI"),
        N_("Licensing boards find your record by it, or by your state licence; either is enough."),
        npi,
        N_("Ten digits."),
        "off",
    ),
    LICENCE_STATE: (
        N_("State of licensure"),
        N_("Licensing boards find your record by your licence."),
        state,
        _STATE_HELP,
        "off",
    ),
    LICENCE_NUMBER: (
        N_("Licence number"),
        N_("Licensing boards find your record by your licence."),
        licence,
        "",
        "off",
    ),
    "specialty": (N_("Specialty"), N_("European credit is reported with your specialty."), _line, "", "off"),
    "country": (
        N_("Country"),
        N_("European credit is reported with your country."),
        _line,
        "",
        "country-name",
    ),
    "cebroker_state": (
        N_("State for CE Broker"),
        N_("CE Broker files your credit with this state."),
        state,
        _STATE_HELP,
        "off",
    ),
}
# Numbers: label, purpose, help. Their forms are in rules/identifiers.toml.
_NUMBERS: Mapping[str, tuple[str, str, str]] = {
    "nabp_eprofile": (
        N_("NABP e-Profile ID"),
        N_("CPE Monitor, the record of your pharmacy credit, finds you by it."),
        N_("Digits only. You find it at nabp.pharmacy under CPE Monitor."),
    ),
    "aoa": (N_("AOA number"), N_("The AOA finds you by it."), ""),
    "aafp": (N_("AAFP member number"), N_("The AAFP finds you by it, if you are a member."), ""),
    "cdr": (N_("CDR registration number"), N_("The Commission on Dietetic Registration finds you by it."), ""),
    "arrt": (N_("ARRT ID"), N_("The ARRT finds you by it."), ""),
    "oe_tracker": (N_("OE TRACKER number"), N_("ARBO finds your optometric record by it."), ""),
    "cfpc": (N_("CFPC member number"), N_("The College of Family Physicians finds you by it."), ""),
    "gmc": (N_("GMC number"), N_("It stands beside your credit in your appraisal, if you give it."), ""),
    "cebroker_profession": (N_("Profession at CE Broker"), N_("CE Broker files your credit under it."), ""),
    "cebroker_licence": (N_("Licence number at CE Broker"), N_("CE Broker finds you by it."), ""),
}
_REMS = N_("It is reported for the REMS without your name, if you give it.")
_ONE_OF = N_("Choose one of the list, or leave it empty.")
# Chosen from a list: label, and what is shown with what is kept. The words are the report's own (MedBiquitous Activity
# Report v2; spec pars 4.2), so they are not translated: what is kept is what is sent.
_CHOSEN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "rems_dea": (N_("DEA registration"), {one: one for one in ("Individual", "Institutional", "None")}),
    "rems_practice_area": (
        N_("Practice area"),
        {
            one: one
            for one in (
                "Addiction", "Anesthesiology", "Critical Care", "Dentistry", "Emergency", "Family Medicine",
                "Geriatric", "Hematology", "Hospice and/or Palliative Care", "Internal Medicine", "Neurology",
                "Obstetrics/Gynecology", "Oncology", "Ophthalmology", "Pain", "Pediatric",
                "Physical Medicine and Rehabilitation", "Psychiatry", "General Surgery", "Orthopedic surgery",
                "Other surgical specialty", "Urology", "Other", "N/A",
            )
        },
    ),
    "rems_surgical": (N_("Do you perform surgical procedures?"), {"Yes": "true", "No": "false"}),
    "rems_time_in_practice": (
        N_("Time in practice"),
        {
            one: one
            for one in (
                "Trainee", "0-5 years post training", "6-10 years", "11-15 years", "16-20 years", "21+ years",
            )
        },
    ),
}  # fmt: skip
