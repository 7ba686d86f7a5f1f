"""What can go wrong with a folder, through the engine: handed over once, or visible with a next step.

The rows of the fault matrix for receivers without a network. `pytest -s` prints them.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cme_xblock.activity.model import Identifier
from cme_xblock.records.models import Delivery
from tests.reporting import board_parties, world

pytestmark = pytest.mark.django_db

BATCH = 4
TABLE: dict[str, dict[int, str]] = {}


class Killed(BaseException):
    """The worker is gone, as far as the program can tell."""


@pytest.fixture
def place(tmp_path: Path, settings) -> Path:
    """The folders, and the endpoint that hands over there."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "answers").mkdir()
    options = {"folder": str(tmp_path / "drop"), "layout": "credits", "credit": {world.SYSTEM: ["*"]}}
    settings.CME_ENDPOINTS = [
        {
            "name": "drop", "kind": "filedrop", "label": "The college", "send_waits": [60.0], "settle_seconds": 60.0,
            "options": options | {"receipts": str(tmp_path / "answers")},
        }
    ]  # fmt: skip
    return tmp_path


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was found, when all of it is."""
    yield
    lines = [f"{name:28}  {one.get(1, '-'):32} {one.get(BATCH, '-')}" for name, one in sorted(TABLE.items())]
    print("\n" + "\n".join([f"{'file drop':28}  {'single':32} batch of {BATCH}", *lines]))  # noqa: T201


def owe(number: int) -> None:
    given = {"given_name": "Avery", "family_name": "Sample"}
    for one in range(number):
        board_parties.claimed(str(one), world.SYSTEM, "md", Identifier("pars_activity_id", "1"), given, "report:drop")
    assert world.states() == {"ready": number}


def answer(place: Path, word: str = "accepted") -> None:
    """The receiver's answer to all that it was handed over."""
    said = "\n".join(f"{key},{word},A message" for key in handed_over(place))
    (place / "answers" / f"{word}.csv").write_text(f"Reference,Status,Message\n{said}\n", encoding="utf-8")


def handed_over(place: Path) -> Counter[str]:
    """How often each credit stands in the files that whoever takes them away sees."""
    found: Counter[str] = Counter()
    for one in (place / "drop").glob("[!.]*.csv"):
        with one.open(encoding="utf-8-sig", newline="") as lines:
            found.update(row["Credit ID"] for row in csv.DictReader(lines))
    return found


def killed_at(step: int) -> Callable[[Path, world.Clock, pytest.MonkeyPatch], None]:
    """The worker dies when the n-th file of its batch is about to get its name."""

    def fault(_place: Path, clock: world.Clock, patched: pytest.MonkeyPatch) -> None:
        real, so_far = Path.replace, [0]

        def replaced(self: Path, target: Path) -> Path:
            so_far[0] += 1
            if so_far[0] == step:
                raise Killed
            return real(self, target)

        patched.setattr(Path, "replace", replaced)
        with pytest.raises(Killed):
            world.run(clock)

    return fault


def away(place: Path, clock: world.Clock, _patched: pytest.MonkeyPatch) -> None:
    """The share is not mounted when they are due."""
    (place / "drop").rename(place / "elsewhere")
    world.run(clock)
    (place / "elsewhere").rename(place / "drop")


def full(_place: Path, clock: world.Clock, patched: pytest.MonkeyPatch) -> None:
    def no_room(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    patched.setattr("os.fsync", no_room)
    world.run(clock)


def away_while_asked(place: Path, clock: world.Clock, patched: pytest.MonkeyPatch) -> None:
    """Killed after all was written; and nobody finds the folder when it is asked about."""
    patched.setattr("cme_xblock.reporting.endpoints.filedrop.FileDrop._outcomes", _dies)
    with pytest.raises(Killed):
        world.run(clock)
    patched.undo()
    (place / "drop").rename(place / "elsewhere")
    for _ in range(3):
        clock.forward(minutes=10)
        world.run(clock, owner="another")
    (place / "elsewhere").rename(place / "drop")


def _dies(*_args: object) -> None:
    raise Killed


def says(name: str, content: bytes) -> Callable[[Path, world.Clock, pytest.MonkeyPatch], None]:
    """An answer that is none, beside the true one that comes later."""

    def fault(place: Path, clock: world.Clock, _patched: pytest.MonkeyPatch) -> None:
        (place / "answers" / f"{name}.csv").write_bytes(content)
        world.run(clock)

    return fault


def answers_away(place: Path, clock: world.Clock, _patched: pytest.MonkeyPatch) -> None:
    world.run(clock)
    shutil.rmtree(place / "answers")
    clock.forward(hours=1)
    world.run(clock)
    (place / "answers").mkdir()


FAULTS = {
    "folder away": away,
    "disk full": full,
    "killed before the file": killed_at(1),
    "killed before the list": killed_at(2),
    "killed before the name": killed_at(3),
    "killed, then folder away": away_while_asked,
    "answers: nonsense": says("0", b"\xff\xfe\x00" * 50),
    "answers: half a file": says("0", b"Reference,Status,Mess"),
    "answers: of nobody": says("0", b"Reference,Status,Message\nelsewhere-1,accepted,\n"),
    "answers: no word of it": says("0", b"Reference,Status,Message\n,perhaps,\n"),
    "answers: folder away": answers_away,
}


@pytest.mark.parametrize("number", [1, BATCH])
@pytest.mark.parametrize("name", FAULTS)
def test_whatever_is_wrong_with_a_folder_it_is_handed_over_once_or_visible(name, number, place, clock, monkeypatch):
    owe(number)
    with monkeypatch.context() as patched:
        FAULTS[name](place, clock, patched)
    for _ in range(6):
        clock.forward(hours=2)
        world.run(clock, owner="another")
    answer(place)
    for _ in range(6):
        clock.forward(hours=25)
        world.run(clock, owner="another")
    copies = handed_over(place)
    found = Counter(_verdict(row, copies[row.credit_id]) for row in Delivery.objects.all())
    TABLE.setdefault(name, {})[number] = ", ".join(f"{n} {what}" for what, n in sorted(found.items()))
    assert found == {"accepted once": number}


@pytest.mark.parametrize("number", [1, BATCH])
def test_what_the_receiver_refuses_is_visible_with_its_words(number, place, clock):
    owe(number)
    world.run(clock)
    assert set(Delivery.objects.values_list("state", "sent_at")) == {("pending", clock())}
    answer(place, "rejected")
    clock.forward(hours=25)
    world.run(clock)
    assert set(Delivery.objects.values_list("state", "reason", "detail")) == {("refused", "refused", "A message")}
    assert set(handed_over(place).values()) == {1}
    TABLE.setdefault("answers: refused", {})[number] = f"{number} visible: refused, refused"


def _verdict(row: Delivery, copies: int) -> str:
    if copies > 1:
        return f"HANDED OVER TWICE ({copies})"
    if row.state == "accepted":
        return "accepted once" if copies else "ACCEPTED BUT NOT THERE"
    return f"LEFT {row.state}, {row.reason}"
