"""Every endpoint, every fault, alone and among others: accepted once, or visible with a next step. Nothing else.

An endpoint joins with one entry of PARTIES: a desk that can misbehave, the settings that lead there, and how a credit
is owed. `pytest -s tests/reporting/test_fault_matrix.py` prints the table.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.records.models import Delivery
from cme_xblock.reporting import decisions, dryrun
from cme_xblock.reporting.endpoints import connections, data
from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.misbehave import Trouble
from cme_xblock.reporting.sandbox.pars_desk import ParsDesk
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.webhook_desk import WebhookDesk
from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk
from tests.reporting import board_parties, pars_party, world

pytestmark = pytest.mark.django_db

BATCH = 4
ONCE, VISIBLE = "accepted once", "visible"


@dataclass(frozen=True)
class Party:
    """One endpoint with its desk. `path`: behind the desk's name; `setting`: of the address; `without`: troubles that
    this desk does not know; `key`: under which the desk keeps what a delivery brought; `asked`: whether it can be found
    out afterwards what arrived; `by_rows`: it refuses each row of a document by itself."""

    name: str
    desk: Callable[[Store, world.Clock], Desk]
    path: str
    setting: Callable[[str], dict[str, Any]]
    without: frozenset[Trouble] = frozenset()
    owe: Callable[[str], object] = world.claim
    key: Callable[[Delivery], str] = lambda row: row.credit_id or ""
    asked: bool = True
    by_rows: bool = False


# After these nobody knows what arrived, of nothing that was in the same document: no answer came, or one that says
# nothing of it. Who can't be asked then is owed a look by a person, for the whole document, and for nothing else.
UNSURE = frozenset(
    {
        Trouble.ERROR_500, Trouble.STORE_THEN_500, Trouble.STORE_THEN_SILENCE, Trouble.STORE_THEN_DROP,
        Trouble.DROP_BEFORE_STORING, Trouble.DROP_THEN_STORE, Trouble.SLOW, Trouble.DRIP, Trouble.HALF_BODY,
        Trouble.TRUNCATED, Trouble.DOUBLE_ESCAPED, Trouble.HUGE, Trouble.NONSENSE, Trouble.WRONG_CREDIT,
        Trouble.CONFLICT_409, Trouble.GONE_410,
    }
)  # fmt: skip


# Nobody knows what these statuses mean everywhere: some take them for a no.
SAID_NO = frozenset({Trouble.CONFLICT_409, Trouble.GONE_410})


def _pars(store: Store, clock: world.Clock) -> Desk:
    return ParsDesk(store, data.merged("pars", {}), clock.seconds)


def _lrs(address: str) -> dict[str, Any]:
    options = {"home_page": "https://lms.example.org", "send": ["claim"]}
    return world.endpoint(address, name="lrs", kind="xapi_lrs", label="LRS", wire={}, options=options)


def _webhook(address: str) -> dict[str, Any]:
    hook = {"name": "hook", "kind": "webhook", "label": "Webhook", "wire": {}, "secret_env": world.SECRET_ENV}
    return world.endpoint(address, **hook, options={"send": ["claim"]})


PARTIES = (
    Party("PARS learners", _pars, "services/pars.svc", world.endpoint),
    Party(
        "PARS activities",
        pars_party.desk,
        pars_party.PATH,
        pars_party.setting,
        owe=pars_party.owe,
        key=pars_party.key,
    ),
    Party("xAPI LRS", lambda store, clock: XapiDesk(store, clock.seconds), "xAPI", _lrs),
    Party(
        "webhook",
        lambda store, clock: WebhookDesk(store, clock.seconds, secrets=world.SECRET),
        "events",
        _webhook,
        # Nobody can ask a webhook's receiver, so nobody can find out that it forgot.
        without=frozenset({Trouble.FORGET}),
    ),
    Party(
        "CE Broker",
        board_parties.cebroker,
        "",
        board_parties.cebroker_setting,
        without=frozenset({Trouble.FORGET}),
        owe=board_parties.nurse,
        key=board_parties.cebroker_key,
        asked=False,
        by_rows=True,
    ),
    Party(
        "CPE Monitor",
        board_parties.cpe,
        "service",
        board_parties.cpe_setting,
        without=frozenset({Trouble.FORGET}),
        owe=board_parties.pharmacist,
        asked=False,
        by_rows=True,
    ),
)
CASES = [
    pytest.param(party, trouble, number, id=f"{party.name}-{trouble}-{'batch' if number > 1 else 'single'}")
    for party in PARTIES
    for trouble in Trouble
    if trouble not in party.without
    for number in (1, BATCH)
]
TABLE: dict[tuple[str, str], dict[int, str]] = {}


@contextmanager
def meeting(party: Party, path: Path, clock: world.Clock) -> Iterator[world.Far]:
    """The party's desk, listening. It keeps what comes twice, so that "once" is the sender's doing."""
    desk = party.desk(Store(path, duplicates=True), clock)
    with world.listening(desk) as receiver:
        yield world.Far(receiver, desk, party.path)
    connections.hang_up()


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Party], tuple[world.Far, world.Clock]]]:
    """One desk for each party, which begins anew for each case."""
    open_: dict[str, tuple[Any, world.Far, world.Clock]] = {}

    def begin(party: Party) -> tuple[world.Far, world.Clock]:
        if party.name not in open_:
            clock = world.Clock()
            manager = meeting(party, tmp_path_factory.mktemp("desk") / "desk.sqlite3", clock)
            open_[party.name] = (manager, manager.__enter__(), clock)
        _, far, clock = open_[party.name]
        far.store.clear()
        clock.at = world.START
        return far, clock

    yield begin
    for manager, _, _ in open_.values():
        manager.__exit__(None, None, None)


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was found, when all of it is."""
    yield
    width = max((len(trouble) for _, trouble in TABLE), default=0)
    lines = [
        f"{name:15} {trouble:{width}}  {found.get(1, '-'):45} {found.get(BATCH, '-')}"
        for (name, trouble), found in sorted(TABLE.items())
    ]
    print("\n" + "\n".join([f"{'endpoint':15} {'fault':{width}}  {'single':45} batch of {BATCH}", *lines]))  # noqa: T201


@pytest.mark.parametrize(("party", "trouble", "number"), CASES)
def test_whatever_goes_wrong_it_is_accepted_once_or_visible(party, trouble, number, desks, settings):
    far, clock = desks(party)
    settings.CME_ENDPOINTS = [party.setting(far.url) | world.patience(trouble)]
    for one in range(number):
        party.owe(str(one))
    alone = party.by_rows and trouble in (Trouble.REFUSE, Trouble.REFUSE_LATER)
    far.misbehave(trouble, seconds=0.5, key=party.key(Delivery.objects.earliest("pk")) if alone else "")
    if trouble is Trouble.DROP_THEN_STORE:
        # It comes late by real time, and earlier than `settle_seconds` lets anybody believe that it is not there.
        world.run(clock)
        time.sleep(0.6)
    world.run_until_settled(clock, rounds=60)
    missing = {line.uuid for line in dryrun.audit(settings.CME_ENDPOINTS[0]["name"], since=world.START)}
    found = Counter(verdict(row, far.held()[party.key(row)], row.uuid in missing) for row in Delivery.objects.all())
    TABLE.setdefault((party.name, trouble), {})[number] = ", ".join(f"{n} {what}" for what, n in sorted(found.items()))
    assert sum(found.values()) == number
    assert not [what for what in found if not what.startswith((ONCE, VISIBLE))], found
    # One fault of one request is not the fate of the others, but for a receiver that forgets all that it was told, and
    # for one that says that it is gone.
    whole_unsure = not party.asked and trouble in UNSURE
    if number > 1 and not missing and not whole_unsure and trouble is not Trouble.GONE_410:
        assert found[ONCE] >= number - 1
    if whole_unsure:
        # All of the document for one and the same reason, and none of it without one.
        [(what, together)] = found.items()
        assert what == ONCE or what.startswith(f"{VISIBLE}: unknown, ") or trouble in SAID_NO, found
        assert together == number


def verdict(row: Delivery, copies: int, missing: bool) -> str:
    """What became of one delivery, in the words of the table; anything but the two is a defect."""
    if copies > 1:
        return f"SENT TWICE ({copies})"
    if missing and row.state == "accepted" and not copies:
        return f"{VISIBLE}: missing at the audit"
    if row.state == "accepted":
        return ONCE if copies == 1 else "ACCEPTED BUT NOT THERE"
    if row.state in ("refused", "dead", "held", "unknown") and row.reason:
        return f"{VISIBLE}: {row.state}, {row.reason}"
    if row.state == "ready" and decisions.paused([row.endpoint]):
        return f"{VISIBLE}: waits, the endpoint is paused"
    return f"LEFT {row.state}"
