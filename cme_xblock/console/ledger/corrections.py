"""What staff may correct of one learner's record, as forms: what each asks for, and the function that does it.

The functions are those of `credit`; here their arguments are read from what was sent, and their answers told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import words
from cme_xblock.console.asking import Field
from cme_xblock.console.ledger import late
from cme_xblock.console.ledger.found import Found
from cme_xblock.credit import attending, remedies, staff
from cme_xblock.credit.staff import Done, Place
from cme_xblock.participation.correction import Who
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records.models import Claim
from cme_xblock.rules import credit_system, professions, sessions

__all__ = ["WAYS", "Asked", "Result", "Way", "claim_of", "fields"]

_Gettext = Callable[[str], str]


@dataclass(frozen=True)
class Asked:
    """What was sent, and whose it is. `claim`: the claim that it is about, or None."""

    one: Found
    claim: Claim | None
    values: Mapping[str, str]
    who: Who
    now: datetime
    dry_run: bool

    @property
    def place(self) -> Place:
        """Whose ledger it is."""
        row = self.one.participation
        return Place(row.course_key, row.activity_id, row.learner_id)


@dataclass(frozen=True)
class Result:
    """`refusal`, or `told`: what was done or would be."""

    refusal: Refusal | None = None
    told: Sequence[Message] = ()


@dataclass(frozen=True)
class Way:
    """One kind of correction. `names`: its fields; `of_claim`: whether it is about one claim."""

    title: str
    explained: str
    names: Sequence[str]
    of_claim: bool
    do: Callable[[Asked], Result]
    danger: bool = False


def claim_of(one: Found, uuid: str) -> Claim | None:
    """That claim of this participation, or None."""
    rows = Claim.objects.filter(participation=one.participation, uuid=uuid[:36])
    return rows.select_related("participation", "edition", "live", "entry").first()


def fields(way: Way, one: Found, gettext: _Gettext) -> Sequence[Field]:
    """The fields of that form, in their order."""
    activity = one.editions[one.entries[-1].edition] if one.entries else None
    known = {code: gettext(each.label) for code, each in professions.load().items()}
    offered = [offering.system for offering in activity.offerings] if activity else []
    systems = [(code, words.system_name(code, gettext)) for code in offered if code in credit_system.load()]
    held = sessions.held(activity) if activity else {}
    every = {
        "amount": Field("amount", gettext("Amount in the credit's unit"), gettext("Such as 0.5.")),
        "name": Field("name", gettext("Name as it shall stand on the certificate")),
        "profession": Field("profession", gettext("Profession"), options=list(known.items())),
        "system": Field(
            "system",
            gettext("Credit that is claimed then"),
            gettext("Only where another profession claims another credit."),
            required=False,
            options=[("", gettext("The same")), *systems],
        ),
        "session": Field(
            "session", gettext("Session"), options=[(key, each.session.title or key) for key, each in held.items()]
        ),
        "minutes": Field("minutes", gettext("Minutes"), gettext("Empty for the whole session."), required=False),
        "evidence": Field("evidence", gettext("Evidence"), gettext("Where it is on paper, such as: mail of 3 March.")),
        "evidence_if": Field("evidence", gettext("Evidence"), gettext("Needed to add credit."), required=False),
        "reason": Field("reason", gettext("Reason"), gettext("Kept for good, and shown to the learner."), long=True),
    }
    return [every[name] for name in way.names]


def _told(done: Done, text: str) -> Result:
    if done.refusal is not None:
        return Result(refusal=done.refusal)
    said = _of(done.old)
    if done.new is None:
        return Result(told=[Message(text, said)])
    new = {f"new_{name}": value for name, value in _of(done.new).items()}
    return Result(told=[Message(text, {**said, **new})])


def _of(claim: Claim) -> Mapping[str, str]:
    return {
        "amount": f"{claim.amount.normalize():f} {claim.system}",
        "profession": claim.profession,
        "name": claim.name_certified,
    }


def _amount(asked: Asked) -> Result:
    done = staff.correct(_claim(asked), asked.who, amount=asked.values["amount"], now=asked.now, dry_run=asked.dry_run)
    return _told(done, N_("{amount} becomes {new_amount}. Receivers that were told are told of the change."))


def _profession(asked: Asked) -> Result:
    done = staff.correct(
        _claim(asked), asked.who, profession=asked.values["profession"], system=asked.values["system"], now=asked.now,
        dry_run=asked.dry_run,
    )  # fmt: skip
    return _told(done, N_("{amount} as {profession} becomes {new_amount} as {new_profession}."))


def _name(asked: Asked) -> Result:
    done = staff.reissue(_claim(asked), asked.who, name=asked.values["name"], now=asked.now, dry_run=asked.dry_run)
    return _told(done, N_("A new certificate for {new_name} takes the place of the one for {name}."))


def _void(asked: Asked) -> Result:
    done = staff.withdraw(_claim(asked), asked.who, now=asked.now, dry_run=asked.dry_run)
    return _told(done, N_("{amount} of {name} counts no more, and is taken back from receivers that were told."))


def _reissue(asked: Asked) -> Result:
    done = staff.reissue(_claim(asked), asked.who, now=asked.now, dry_run=asked.dry_run)
    return _told(done, N_("{amount} of {name} counts again, with a new certificate, and is owed to its receivers."))


def _attempts(asked: Asked) -> Result:
    result = remedies.reset_attempts(asked.place, asked.who, now=asked.now, dry_run=asked.dry_run)
    if isinstance(result, Refusal):
        return Result(refusal=result)
    return Result(
        told=[Message(N_("The learner has all attempts at the assessment again. Earlier ones stay on record."))]
    )


def _test(asked: Asked) -> Result:
    test = not asked.one.participation.is_test
    result = remedies.mark_test(asked.place, asked.who, test=test, now=asked.now, dry_run=asked.dry_run)
    if isinstance(result, Refusal):
        return Result(refusal=result)
    yes = N_("This counts nowhere from now on, and what was reported of it is taken back.")
    no = N_("This counts from now on, and its credit is owed to its receivers.")
    return Result(told=[Message(yes if test else no)])


def _attendance(asked: Asked) -> Result:
    row = asked.one.participation
    place = attending.brought_to(row.course_key, row.activity_id)
    if place is None:
        raise LookupError("Attendance is offered where an activity is published.")
    line = late.line(asked.values)
    if isinstance(line, Refusal):
        return Result(refusal=line)
    brought = attending.record(place, row.learner_id, line, by=asked.who.by, now=asked.now, dry_run=asked.dry_run)
    if brought.refusal is not None:
        return Result(refusal=brought.refusal)
    params = {"session": line.session, "minutes": "–" if line.minutes is None else str(line.minutes)}
    return Result(
        told=[Message(N_("Attendance of {session} is recorded ({minutes} minutes)."), params), *brought.notes]
    )


def _claim(asked: Asked) -> Claim:
    if asked.claim is None:
        raise LookupError("This correction is about a claim.")
    return asked.claim


WAYS: Mapping[str, Way] = {
    "amount": Way(
        N_("Change the amount"),
        N_("A new claim takes the place of this one; the old certificate says so."),
        ("amount", "reason", "evidence_if"), of_claim=True, do=_amount,
    ),
    "profession": Way(
        N_("Change the profession"),
        N_("A new claim takes the place of this one, with the credit that this profession claims."),
        ("profession", "system", "reason", "evidence_if"), of_claim=True, do=_profession,
    ),
    "name": Way(
        N_("Change the name on the certificate"),
        N_("The credit stays as it is; a new certificate takes the old one's place."),
        ("name", "reason", "evidence"), of_claim=True, do=_name,
    ),
    "void": Way(
        N_("Withdraw credit"),
        N_("The certificate becomes void. The learner can't claim again; you can let it count again."),
        ("reason",), of_claim=True, do=_void, danger=True,
    ),
    "reissue": Way(
        N_("Let withdrawn credit count again"),
        N_("A new certificate of the same credit is issued."),
        ("reason", "evidence"), of_claim=True, do=_reissue,
    ),
    "attempts": Way(
        N_("Give all attempts at the assessment anew"),
        N_("What was answered before stays on record."),
        ("reason",), of_claim=False, do=_attempts,
    ),
    "attendance": Way(
        N_("Enter attendance late"),
        N_("For somebody who was there and is not on record. It is recorded with your evidence."),
        ("session", "minutes", "evidence", "reason"), of_claim=False, do=_attendance,
    ),
    "test": Way(
        N_("Mark as a test, or as none"),
        N_("What a test did counts nowhere and is reported to nobody."),
        ("reason",), of_claim=False, do=_test, danger=True,
    ),
}  # fmt: skip
