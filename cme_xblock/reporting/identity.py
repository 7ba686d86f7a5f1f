"""Who the learner is to a licensing board: parsed from what they typed, with a reason for everything refused. PURE.

Source: ACCME learner credit data; spec pars 3.2, R-1.18, R-6.3. Names as on the licence, month and day of birth (the
year is refused wherever it turns up), and an NPI or a state licence. What comes in is hostile until it was parsed here.

An `Identity` never shows its values in `repr`, so that a traceback or an error report can't carry them away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.us_states import STATES

GIVEN_NAME, FAMILY_NAME, BIRTH_MONTH_DAY = "given_name", "family_name", "birth_month_day"
NPI, LICENCE_STATE, LICENCE_NUMBER = "npi", "licence_state", "licence_number"
KINDS = (GIVEN_NAME, FAMILY_NAME, BIRTH_MONTH_DAY, NPI, LICENCE_STATE, LICENCE_NUMBER)

NAME_MAX, LICENCE_MAX, RAW_MAX = 100, 40, 400

# Formatting characters that real names use: Persian and Indic scripts need the two joiners.
_JOINERS = "\u200c\u200d"
_YEAR_KEYS = ("dob", "birthdate", "birth_date", "date_of_birth", "birthday")
_DAY = re.compile(r"([0-9]{1,2}) ?[/\-] ?([0-9]{1,2})")
_FOUR_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})")
_LICENCE = re.compile(r"[A-Z0-9][A-Z0-9 .\-/#]*")

_YEAR = Message(
    N_("Give only the month and day of your birth, for example 05/17. The year is neither asked for nor kept.")
)
_NO_DAY = Message(N_("This is not a day of the year. Give month and day, for example 05/17."))


class Refused(ValueError):  # noqa: N818 - a refusal is not an error of the program
    """One field can't be taken as it stands; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


@dataclass(frozen=True, repr=False)
class Identity:
    """One person as licensing boards know them. `birth_month` 1 to 12, `birth_day` a real day of it; never a year.

    Either `npi`, or `licence_state` with `licence_number`, or both; what is not there is an empty string.
    """

    given_name: str
    family_name: str
    birth_month: int
    birth_day: int
    npi: str = ""
    licence_state: str = ""
    licence_number: str = ""

    def __repr__(self) -> str:
        return "Identity(not shown)"

    def to_kinds(self) -> dict[str, str]:
        """The identity as the vault keeps it: one string per kind of `KINDS`, without the empty ones."""
        birth = f"{self.birth_month:02d}-{self.birth_day:02d}"
        all_kinds = {name: getattr(self, name) for name in KINDS if name != BIRTH_MONTH_DAY} | {BIRTH_MONTH_DAY: birth}
        return {name: value for name, value in all_kinds.items() if value}


def parse(data: Mapping[str, object]) -> Identity | dict[str, Message]:
    """The identity that a form or a JSON document gives, or a message for each field that can't be taken.

    Keys: given_name, family_name, birth_month_day ("MM/DD", "MM-DD" or "MMDD") or birth_month with birth_day, npi,
    licence_state, licence_number. Other keys are ignored, unless they bring a year of birth: that is refused.
    Messages are keyed by the names in `KINDS`.
    """
    problems: dict[str, Message] = {}
    values: dict[str, str] = {}
    for name, reader in (
        (GIVEN_NAME, _name),
        (FAMILY_NAME, _name),
        (NPI, _npi),
        (LICENCE_STATE, _state),
        (LICENCE_NUMBER, _licence),
    ):
        try:
            values[name] = reader(data.get(name, ""))
        except Refused as refused:
            problems[name] = refused.message
    month, day = 0, 0
    try:
        month, day = _birth(data)
    except Refused as refused:
        problems[BIRTH_MONTH_DAY] = refused.message
    problems = _missing(values, problems) | problems
    if problems:
        return problems
    return Identity(birth_month=month, birth_day=day, **values)


def from_kinds(kinds: Mapping[str, str]) -> Identity | None:
    """The identity that the vault's values make up, or None while they are not complete."""
    parsed = parse({name: kinds.get(name, "") for name in KINDS})
    return parsed if isinstance(parsed, Identity) else None


def npi_is_valid(npi: str) -> bool:
    """Whether ten digits can be an NPI. Source: CMS, 45 CFR 162.406: Luhn over 80840 + NPI, first digit 1 or 2."""
    if not re.fullmatch(r"[12][0-9]{9}", npi):
        return False
    total = 0
    for place, char in enumerate(reversed("80840" + npi)):
        doubled = int(char) * 2 if place % 2 else int(char)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _missing(values: Mapping[str, str], problems: Mapping[str, Message]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    if values.get(GIVEN_NAME) == "":
        found[GIVEN_NAME] = Message(N_("Give your first name as it is on your licence."))
    if values.get(FAMILY_NAME) == "":
        found[FAMILY_NAME] = Message(N_("Give your last name as it is on your licence."))
    state, number = values.get(LICENCE_STATE), values.get(LICENCE_NUMBER)
    if number and state == "":
        found[LICENCE_STATE] = Message(N_("Choose the state that issued this licence."))
    if state and number == "":
        found[LICENCE_NUMBER] = Message(N_("Give the number of this licence, or leave the state empty."))
    if values.get(NPI) == "" and state == "" and number == "" and not {LICENCE_STATE, LICENCE_NUMBER} & set(problems):
        found[NPI] = Message(N_("Give your NPI, or your state licence: boards find you by one of them."))
    return found


def _text(value: object, *, limit: int = RAW_MAX) -> str:
    """One line of text in NFC, without the characters that no name or number has."""
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


def _too_long(limit: int) -> Message:
    return Message(N_("This is too long: at most {limit} characters can be sent."), {"limit": str(limit)})


def _name(value: object) -> str:
    text = _text(value, limit=NAME_MAX)
    if text and not any(char.isalpha() for char in text):
        raise Refused(Message(N_("A name needs at least one letter.")))
    return text


def _npi(value: object) -> str:
    digits = re.sub(r"[ \-]", "", _text(value))
    if digits and not npi_is_valid(digits):
        raise Refused(Message(N_("This is not an NPI: it has 10 digits, the last of which checks the others.")))
    return digits


def _state(value: object) -> str:
    code = _text(value).upper()
    if code and code not in STATES:
        raise Refused(Message(N_("Choose a state, the District of Columbia or a territory from the list.")))
    return code


def _licence(value: object) -> str:
    number = _text(value, limit=LICENCE_MAX).upper()
    if number and not _LICENCE.fullmatch(number):
        raise Refused(Message(N_("Give the licence number as the state prints it: letters, digits, and . - / #")))
    return number


def _birth(data: Mapping[str, object]) -> tuple[int, int]:
    for key, value in data.items():
        named = str(key).lower()
        if value not in (None, "") and ("year" in named or named in _YEAR_KEYS):
            raise Refused(_YEAR)
    whole = _text(_number(data.get("birth_month_day")))
    parts = [_text(_number(data.get(name))) for name in ("birth_month", "birth_day")]
    if not whole and not any(parts):
        raise Refused(Message(N_("Give the month and day of your birth, for example 05/17.")))
    if any(re.search(r"[0-9]{3}", part) for part in parts):
        raise Refused(_YEAR)
    given = whole or "/".join(parts)
    if match := _DAY.fullmatch(given) or _FOUR_DIGITS.fullmatch(given):
        return _real_day(int(match[1]), int(match[2]), given)
    raise Refused(_YEAR if re.search(r"[0-9]{4}", given) or len(re.findall(r"[0-9]+", given)) > 2 else _NO_DAY)


def _number(value: object) -> object:
    """Forms send "5", JSON sends 5: both mean May. True and 5.0 mean nothing."""
    return str(value) if type(value) is int and 0 <= value < 10_000 else value


def _real_day(month: int, day: int, given: str) -> tuple[int, int]:
    try:
        date(2000, month, day)  # a leap year, for people are born on 29 February
    except ValueError:
        raise Refused(_YEAR if re.fullmatch(r"(19|20)[0-9]{2}", given) else _NO_DAY) from None
    return month, day
