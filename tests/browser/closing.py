"""Last year's credit that PARS does not have yet, in a running demonstration: `python -m tests.browser.closing`.

Simulated learners. Their claims are made as the program makes them; that the receiver refused two, that one was given
up and that a person held one is written down as if it had happened.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime

COMPLETED = date(2025, 11, 10)
TITLE = "Simulated: credit of last year"
NAMES = ("Avery Sample", "Jordan Example", "Robin Specimen", "Kim Testperson")
STATES = (("refused", "identity"), ("refused", "identity"), ("dead", "timeout"), ("held", "by_hand"))


def main() -> None:
    """Write them, all at once, so that no worker sees a half of it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    import django

    django.setup()
    from django.db import transaction

    from cme_xblock.records.models import Delivery

    with transaction.atomic():
        # A write first: SQLite refuses at once to write after a read, where another has written in between.
        Delivery.objects.filter(pk=0).update(attempts=0)
        for number, (state, reason) in enumerate(STATES):
            _learner(number, state, reason)


def _learner(number: int, state: str, reason: str) -> None:
    from cme_xblock.participation.entries import Entry
    from cme_xblock.records import claims, consents, editions, ledger
    from cme_xblock.records.models import Delivery, Participation
    from cme_xblock.reporting import facts, identity, outbox
    from tests.reporting import world

    now = datetime(2025, 11, 10, 15, number, tzinfo=UTC)
    described = replace(world.activity(), activity_id="last-year", title=TITLE, expiry=date(2028, 1, 1))
    edition = editions.publish(world.COURSE, described, source="cme@last-year", now=now)
    attested = replace(world.attestation(edition), completed_on=COMPLETED, completed_at=now)

    def effects(participation: Participation, entry: Entry) -> None:
        one = claims.create(
            participation, entry, attestation=attested, name_certified=NAMES[number], zone="America/Chicago"
        )
        consents.record(participation, world.PURPOSE, text="I agree.", granted=True, now=now)
        person = identity.parse(world.PERSON)
        assert isinstance(person, identity.Identity)
        facts.keep_identity(participation.learner_key, person, now=now)
        outbox.owe(one, now=now)
        rows = Delivery.objects.filter(claim=one, endpoint="pars")
        assert rows.update(state=state, reason=reason, next_attempt_at=outbox.NEVER, attempts=1) == 1

    proposal = ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)
    ledger.append(world.COURSE, "last-year", f"simulated-closing-{number}", decide=lambda _: proposal, now=now)


if __name__ == "__main__":
    main()
