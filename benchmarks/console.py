"""The list of participants at scale: `python -m benchmarks.console [--sizes 1000 100000] [--database mariadb]`.

One activity with as many claims as the size says, in a database that is made for the run and dropped after it. Every
choice of filters that leaves somebody is asked for as a page, by the view itself with its permissions, its log of the
look and its templates; in every order, on the first page and on one deep in the list; and names are searched. What is
printed is the server's time for a whole request, the best of several for each address, and in brackets how much of it
was this process's own. Simulated learners; the derived rows are written directly, as counting
them from ledgers takes hours; how fast they are counted is measured with a thousand.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks import claims_data

_CHUNK = 5_000
_PROMISED = 150.0
_HEAD = (
    "claims",
    "addresses",
    "median",
    "(own)",
    "95 %",
    "slowest",
    "unfiltered",
    "deep page",
    "search",
    "kinds",
    "to fill, s",
)
# How many stand where: a few in every corner, most where most are.
_STATES = ("claimed",) * 60 + ("passed",) * 10 + ("studying",) * 14 + ("begun",) * 8 + ("failed",) * 5 + (
    "no_credit", "withdrawn", "test")  # fmt: skip
_REPORTED = ("delivered",) * 90 + ("waiting",) * 6 + ("held",) * 3 + ("stuck",)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The list of participants at scale.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--database", default="mariadb", choices=("sqlite", "postgres", "mariadb"))
    parser.add_argument("--repeat", type=int, default=3, help="requests of each address, of which the best counts")
    options = parser.parse_args()

    def work() -> None:
        print(f"Participants page on {options.database}, milliseconds of server time (promised: {_PROMISED:.0f})")
        print("{:>9} {:>9} {:>8} {:>6} {:>8} {:>9} {:>11} {:>10} {:>8} {:>6} {:>11}".format(*_HEAD))
        for seed, size in enumerate(options.sizes, start=1):
            _size(size, seed, options.repeat)
        _counting()

    claims_data.in_database(options.database, work)


def _size(size: int, seed: int, repeat: int) -> None:
    begun = time.monotonic()
    made = claims_data.fill(size, activities=1, seed=seed)
    [key] = made.activities
    kinds = _derive(key, seed)
    filled = time.monotonic() - begun
    client = _client()
    page = f"/cme/activities/{key}/learners/"
    addresses = [page + "?" + "&".join(f"{name}={value}" for name, value in one) for one in _choices(kinds)]
    client.get(page)
    own = time.process_time()
    taken = [min(_ms(lambda one=one: client.get(one)) for _ in range(repeat)) for one in addresses]
    own = (time.process_time() - own) * 1000 / len(addresses) / repeat
    plain = min(_ms(lambda: client.get(page)) for _ in range(5))
    deep = max(min(_ms(lambda one=one: client.get(f"{page}?{one}")) for _ in range(repeat)) for one in _deep(key))
    search = statistics.median(
        _ms(lambda one=one: client.post(page, {"q": one})) for one in ("wu", "Østergård", "smi", "zz")
    )
    ordered = sorted(taken)
    print(
        f"{size:>9} {len(taken):>9} {statistics.median(taken):>8.1f} ({own:>4.0f}) "
        f"{ordered[int(len(ordered) * 0.95)]:>8.1f} "
        f"{ordered[-1]:>9.1f} {plain:>11.1f} {deep:>10.1f} {search:>8.1f} {len(kinds):>6} {filled:>11.1f}"
    )
    slowest = max(zip(taken, addresses, strict=True))
    if slowest[0] > _PROMISED:
        print(f"          slowest: {slowest[1].split('?')[1]}")


def _choices(kinds: Counter[tuple[str, str, str, str]]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every single filter, every pair and some triples of those that leave somebody, in the four orders."""
    chance = random.Random(1)
    values = [
        [("state", one) for one in sorted({kind[0] for kind in kinds})],
        [("profession", one) for one in sorted({kind[1] for kind in kinds} - {""})],
        [("system", one) for one in sorted({kind[2] for kind in kinds} - {""})],
        [("delivery", one) for one in sorted({kind[3] for kind in kinds})],
    ]
    singles = [(one,) for some in values for one in some]
    pairs = [both for a, b in itertools.combinations(values, 2) for both in itertools.product(a, b)]
    triples = [three for some in itertools.combinations(values, 3) for three in itertools.product(*some)]
    for one in [*singles, *chance.sample(pairs, min(20, len(pairs))), *chance.sample(triples, min(10, len(triples)))]:
        for order in ("name", "-name", "moved", "-moved"):
            yield (*one, ("order", order))


def _deep(key: str) -> list[str]:
    """Pages that begin in the middle of the list, with and without a filter."""
    from cme_xblock.records.models import Participant

    rows = Participant.objects.filter(activity_key=key)
    middle = rows.order_by("by_name")[rows.count() // 2].pk
    claimed = rows.filter(state="claimed").order_by("pk")[rows.count() // 4].pk
    return [f"after={middle}", f"after={middle}&order=-name", f"state=claimed&after={claimed}&order=moved"]


def _derive(key: str, seed: int) -> Counter[tuple[str, str, str, str]]:
    """The list's rows of every participation, and their counts; how many are of each kind."""
    from cme_xblock.console.participants import derive
    from cme_xblock.records.models import Claim, EntryRow, Participant, ParticipantFacet, RefreshMark

    chance, counts = random.Random(seed), Counter()
    columns = ("participation_id", "name_certified", "profession", "system", "claimed_at")
    rows = Claim.objects.filter(participation__activity_key=key, replaces=None).order_by("pk").values_list(*columns)
    made: list[Participant] = []
    for pk, name, profession, system, at in rows.iterator(chunk_size=_CHUNK):
        state, delivery = chance.choice(_STATES), chance.choice(_REPORTED)
        claimed = state == "claimed"
        named = name if claimed else ""
        shown = derive.Shown(derive.State(state), profession if claimed else "", system if claimed else "")
        delivery = derive.Reported(delivery if claimed else "none")
        counts[state, shown.profession, shown.systems, str(delivery)] += 1
        made.append(
            Participant(
                participation_id=pk, activity_key=key, seen_seq=9, facet=derive.facet(shown, delivery), state=state,
                profession=shown.profession, systems=shown.systems, delivery=delivery, moved_at=at,
                by_name=derive.sort_key(named) or "z", by_family=derive.family_key(named) or "z",
            )
        )  # fmt: skip
        if len(made) == _CHUNK:
            Participant.objects.bulk_create(made)
            made = []
    Participant.objects.bulk_create(made)
    ParticipantFacet.objects.bulk_create(
        ParticipantFacet(
            activity_key=key, facet=_facet(kind),
            state=kind[0], profession=kind[1], systems=kind[2], delivery=kind[3], people=people,
        )
        for kind, people in counts.items()
    )  # fmt: skip
    last = EntryRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for name in ("attempts", "decisions", "entries"):
        RefreshMark.objects.update_or_create(name=name, defaults={"seen": last if name == "entries" else 0})
    _analyse()
    return counts


def _facet(kind: tuple[str, str, str, str]) -> str:
    from cme_xblock.console.participants import derive

    return derive.facet(derive.Shown(derive.State(kind[0]), kind[1], kind[2]), derive.Reported(kind[3]))


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE cme_xblock_participant" if connection.vendor == "mysql" else "ANALYZE")
        if connection.vendor == "mysql":
            cursor.fetchall()


def _client() -> Any:
    from django.conf import settings
    from django.contrib.auth.models import Group, User
    from django.test import Client

    settings.CME_ADMINISTRATORS = {"Every office": ["*"]}
    settings.ALLOWED_HOSTS = ["*"]
    user, _ = User.objects.get_or_create(username="office")
    user.groups.add(Group.objects.get_or_create(name="Every office")[0])
    client = Client()
    client.force_login(user)
    return client


def _counting() -> None:
    """How many participations are counted from their entries in a second."""
    from cme_xblock.console.participants import refresh
    from cme_xblock.records.models import EntryRow, Participant, ParticipantFacet, Participation, RefreshMark

    keep = list(Participation.objects.order_by("-pk").values_list("pk", flat=True)[:1000])
    first = EntryRow.objects.filter(participation_id__in=keep).order_by("pk").values_list("pk", flat=True).first() or 0
    Participant.objects.filter(pk__in=keep).delete()
    ParticipantFacet.objects.all().delete()
    RefreshMark.objects.filter(name="entries").update(seen=first - 1)
    begun = time.monotonic()
    done = refresh.everything(now=datetime.now(UTC))
    print(f"Counted from the entries: {done / (time.monotonic() - begun):.0f} participations a second ({done})")


def _ms(work: Any) -> float:
    begun = time.perf_counter()
    response = work()
    taken = (time.perf_counter() - begun) * 1000
    assert response.status_code == 200, response.status_code
    return taken


if __name__ == "__main__":
    main()
