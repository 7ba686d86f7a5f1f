"""Random claims, corrections and withdrawals: what the fold says counts is what the pointers of a table would say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cme_xblock.participation import attestation, correction, credits
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.correction import Change, Correction, Old, Wanted, Who
from cme_xblock.participation.entries import Draft, Entry, Kind, seal
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import credit_system
from tests.participation.ledger import PARTICIPATION, Ledger
from tests.participation.steps import NOW, walked
from tests.rules import sample

STAFF = Who("staff:1", "Found at audit.", "minutes")
WHO = st.sampled_from([STAFF, Who(), STAFF, Who(), STAFF, Who("staff:1", "", ""), Who("staff:1", "Found.", "")])
# Mostly what may be sent, so that much comes about; and what may not.
RIGHT = [("md", "ama_pra_1"), ("do", "ama_pra_1"), ("rn", "participation"), ("student", "participation")]
AS = st.one_of(
    st.sampled_from(RIGHT),
    st.tuples(st.sampled_from(["md", "rn", "wizard", None, 7]), st.sampled_from(["ama_pra_1", "participation", "x"])),
)
AMOUNTS = st.one_of(
    st.sampled_from(["0.25", "0.5"]), st.sampled_from(["0.25", "0.5", "0.75", "0", "0.3", "99", "", None])
)
NAMES = st.sampled_from(["Ana Müller", "Bo Schmidt"])


class Desk(RuleBasedStateMachine):
    """One learner who has completed the activity, staff, and a receiver; a model of the tables beside the entries."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger: Ledger = walked(sample.activity(), until=Part.CLAIM)
        self.now = NOW
        # The tables: each claim's facts, and the pointer of each system.
        self.rows: dict[str, Old] = {}
        self.pointer: dict[str, str | None] = {}
        self.told: set[str] = set()
        self.made = 0

    def number(self) -> str:
        self.made += 1
        return f"claim-{self.made}"

    @property
    def folded(self) -> credits.Credits:
        return credits.fold(self.ledger.entries)

    def old(self, claim: str) -> Old:
        return replace(self.rows[claim], live=claim in self.pointer.values(), reported=claim in self.told)

    def some(self, data) -> Old:
        """A claim, more often one that counts."""
        live = [one for one in self.pointer.values() if one]
        return self.old(data.draw(st.sampled_from(sorted(self.rows) + live * 3)))

    def others(self, claim: str) -> list[Old]:
        return [self.old(one) for one in self.pointer.values() if one not in (None, claim)]

    def keep(self, made: Attestation, name: str, *, number: str) -> None:
        self.rows[number] = Old(
            claim=number,
            edition=made.edition,
            system=made.system,
            amount=made.amount,
            profession=made.profession,
            name=name,
            completed_on=made.completed_on,
            completed_at=made.completed_at,
            claimed_at=self.now,
            statement=made.statement,
            wording=made.wording,
            reported=False,
        )
        self.pointer[made.system] = number

    @initialize(amount=st.sampled_from(["0.25", "0.5"]), as_=st.sampled_from(RIGHT))
    def the_first_claim(self, amount: str, as_: tuple[str, str]) -> None:
        self.claim(amount, as_)

    @rule(days=st.sampled_from([0, 1, 30, 200]))
    def time_passes(self, days: int) -> None:
        # Not beyond the day on which credit can be claimed: then little would come about.
        self.now = min(self.now + timedelta(days=days), NOW + timedelta(days=500))

    @rule(amount=AMOUNTS, as_=AS)
    def claim(self, amount: object, as_: tuple[object, object]) -> None:
        profession, system = as_
        before = len(self.ledger.claims)
        result = self.ledger.claim(self.now, amount=amount, profession=str(profession), system=str(system))
        if isinstance(result, Attestation):
            # The ledger in memory numbers its claims by itself.
            self.keep(result, "Ana Müller", number=f"claim-{before + 1}")
            self.made = max(self.made, before + 1) + 1000

    @rule(data=st.data(), amount=AMOUNTS, as_=AS, name=NAMES, who=WHO)
    def correct(self, data, amount, as_, name, who) -> None:
        profession, system = as_
        old = self.some(data)
        wanted = Wanted(name, profession, system, amount, self.ledger_wording(profession, system))
        made = correction.correct(
            old,
            wanted,
            who,
            others=self.others(old.claim),
            progress=self.ledger.progress(self.now),
            activity=self.ledger.editions[old.edition],
            now=self.now,
        )
        self.apply(old, made, who)

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), name=NAMES, who=WHO)
    def reissue(self, data, name, who) -> None:
        old = self.some(data)
        if not old.live and old.claim not in self.folded.withdrawn:
            return
        if old.claim in self.folded.successor:
            return
        made = correction.reissue(
            old, who, name=name, progress=self.ledger.progress(self.now), activity=sample.activity(), now=self.now
        )
        assert not who.learner or isinstance(made, Refusal)
        self.apply(old, made, who)

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), who=WHO)
    def withdraw(self, data, who) -> None:
        old = self.some(data)
        drafts = correction.withdraw(old, who, others=self.others(old.claim))
        if isinstance(drafts, Refusal):
            return
        assert old.live
        assert not (who.learner and old.reported)
        for draft in drafts:
            self.ledger.write(draft, self.now)
            self.pointer[self.rows[draft.payload["claim"]].system] = None

    @precondition(lambda self: any(self.pointer.values()))
    @rule(data=st.data())
    def the_receiver_is_told(self, data) -> None:
        self.told.add(data.draw(st.sampled_from(sorted(one for one in self.pointer.values() if one))))

    def apply(self, old: Old, made: Correction | Refusal, who: Who) -> None:
        if isinstance(made, Refusal):
            return
        assert not (who.learner and old.reported)
        assert who.learner or who.reason
        assert who.learner or who.evidence or made.change is Change.LOWERED
        for one in made.along:
            if one.withdraw is not None:
                self.ledger.write(one.withdraw, self.now)
                self.pointer[self.rows[one.claim].system] = None
        for each in [made, *(one.correct for one in made.along if one.correct)]:
            number = self.number()
            self.ledger.write(each.draft(claim=number), self.now)
            self.pointer[self.rows[each.replaces].system] = None
            self.keep(each.made, each.name, number=number)

    def ledger_wording(self, profession: object, system: object) -> str:
        options = attestation.options(sample.activity(), profession) if isinstance(profession, str) else ()
        return next((one.wording_sha for one in options if one.system.code == system), "")

    @invariant()
    def what_counts_is_what_the_pointers_say(self) -> None:
        folded = self.folded
        by_entries = {system: (one.claim, one.amount, one.profession) for system, one in folded.live.items()}
        by_tables = {
            system: (claim, self.rows[claim].amount, self.rows[claim].profession)
            for system, claim in self.pointer.items()
            if claim is not None
        }
        assert by_entries == by_tables
        assert set(self.ledger.progress(self.now).claimed) == by_tables.keys()

    @invariant()
    def every_claim_counts_or_was_replaced_or_withdrawn_once(self) -> None:
        folded = self.folded
        assert folded.every.keys() == self.rows.keys()
        for claim in folded.every:
            live, gone = folded.is_live(claim), claim in folded.successor or claim in folded.withdrawn
            assert live != gone, claim
        assert len(set(folded.successor.values())) == len(folded.successor)

    @invariant()
    def credit_stays_on_the_grid_and_below_what_was_designated(self) -> None:
        for one in self.rows.values():
            assert one.amount % Decimal("0.25") == 0
            assert Decimal("0.25") <= one.amount <= Decimal("0.5")
            assert (one.profession in ("md", "do")) == (one.system == "ama_pra_1")


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

PAYLOAD = st.dictionaries(
    st.sampled_from(["claim", "system", "amount", "replaces", "change", "reason", "by", "profession", "types"]),
    st.sampled_from(["c1", "c2", "ama_pra_1", "0.25", "NaN", "1e999", "", "learner", None, 1, ["x"], {"a": 1}]),
)


@given(st.lists(st.tuples(st.sampled_from(sorted(credits.ABOUT_CREDIT)), PAYLOAD), max_size=12))
@settings(max_examples=150, deadline=None)
def test_whatever_entries_hold_at_most_one_claim_of_a_system_counts(made) -> None:
    entries: list[Entry] = []
    for kind, payload in made:
        after = entries[-1] if entries else None
        draft = Draft(Kind(kind), "e" * 64, payload)
        entries.append(seal(draft, participation=PARTICIPATION, after=after, at=datetime(2026, 6, 1, tzinfo=UTC)))
    folded = credits.fold(entries)
    assert all(system == one.system and folded.every[one.claim] == one for system, one in folded.live.items())
    assert all(one.amount.is_finite() for one in folded.every.values())
    for claim in folded.every:
        assert folded.is_live(claim) != (claim in folded.successor or claim in folded.withdrawn)


def test_the_body_that_gives_credit_sets_the_last_day_for_more_of_it() -> None:
    """ACPE: 60 days from the completion (the specification's vector); a board: the year's end; the AMA: none."""
    systems = credit_system.load()
    last = {code: correction.last_day(systems[code], date(2026, 1, 15)) for code in systems}
    assert last["acpe_pharmacist"] == date(2026, 3, 16)
    assert last["moc_abim"] == date(2026, 12, 31)
    assert last["ama_pra_1"] is None
