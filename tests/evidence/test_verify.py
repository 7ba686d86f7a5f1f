"""An audit file is verified with nothing but itself and a key; whatever is done to it is found, and said in words."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.evidence import cli, keys, layout, manifest
from cme_xblock.evidence.report import Report, Verdict
from cme_xblock.evidence.verify import verify
from tests.evidence import sample

WHOLE = sample.whole()


def looked(content: bytes, secret: Any = sample.SECRET) -> Report:
    return verify(io.BytesIO(content), sample.trusted(secret) if secret else None)


def broken(report: Report) -> dict[str, list[str]]:
    return {one.id: one.faults for one in report.checks if one.holds is False}


def test_a_whole_file_holds_in_every_check():
    report = looked(WHOLE)
    assert report.verdict is Verdict.HOLDS
    assert [one.holds for one in report.checks] == [True] * 8
    assert any("12 entries of 3 learners" in one for one in report.lines())
    assert any("3 learners acknowledged" in one for one in report.told)


def test_without_a_key_the_file_vouches_for_itself_alone():
    report = looked(WHOLE, None)
    assert report.verdict is Verdict.WHOSE
    assert report.fingerprint == keys.fingerprint(sample.public())


def test_a_file_that_another_key_signed_is_not_the_providers():
    forged = sample.signed(sample.contents([sample.line(1)]), sample.counts([sample.line(1)]), sample.STRANGER)
    assert looked(forged, None).verdict is Verdict.WHOSE
    report = looked(forged)
    assert report.verdict is Verdict.BROKEN
    assert "another key" in broken(report)["signature"][0]


def test_a_file_that_was_changed_together_with_its_manifest_is_not_signed():
    """Everything fits but the signature: that of the true manifest, and one that nobody made."""
    lines = [sample.line(1)]
    true = sample.signed(sample.contents(lines), sample.counts(lines))
    signature = manifest.parse_signature({one.name: one for one in sample_members(true)}[manifest.SIGNATURE].content)
    inside = sample.contents(lines) | {"index.html": b"<p>Nothing is missing.</p>"}
    stream = io.BytesIO()
    writer = sample.archive.Writer(stream)
    listed = []
    for name, content in inside.items():
        with writer.member(name) as sink:
            sink.write(content)
        listed.append(manifest.Listed(name, sink.sha256, sink.size))
    forged = manifest.parse({one.name: one for one in sample_members(true)}[manifest.MANIFEST].content)
    raw = replace(forged, files=tuple(listed)).dumps()
    report = looked(sample.finished(writer, stream, raw, signature))
    assert report.verdict is Verdict.BROKEN
    assert list(broken(report)) == ["signature"]
    assert "not one over this manifest" in broken(report)["signature"][0]


def first(change: Callable[[dict[str, Any]], None]) -> Callable[[list[dict[str, Any]]], None]:
    return lambda lines: change(lines[0])


def _edit(one: dict[str, Any]) -> None:
    one["entries"][1]["payload"]["responses"]["q1"] = ["b"]


def _drop(one: dict[str, Any]) -> None:
    del one["entries"][1]


def _swap(one: dict[str, Any]) -> None:
    one["entries"][1], one["entries"][2] = one["entries"][2], one["entries"][1]


def _clock(one: dict[str, Any]) -> None:
    one["entries"][0]["at"] = "2026-11-21T12:45:00.123456Z"


def _cut(one: dict[str, Any]) -> None:
    del one["entries"][3]
    one["claims"] = []


def _raise(one: dict[str, Any]) -> None:
    one["claims"][0]["facts"]["amount"] = "1.000"


def _rename(one: dict[str, Any]) -> None:
    one["claims"][0]["facts"]["name"] = "Somebody Else"


def _unclaim(one: dict[str, Any]) -> None:
    one["claims"] = []


def _revive(one: dict[str, Any]) -> None:
    one["claims"][0]["live"] = False


def _opinion(one: dict[str, Any]) -> None:
    one["evaluations"][0]["chosen"] = '{"met":["1"]}'


def _no_opinion(one: dict[str, Any]) -> None:
    one["evaluations"] = []


def _another_opinion(one: dict[str, Any]) -> None:
    one["evaluations"].append({**one["evaluations"][0], "uuid": "f" * 32})


def _claimed_twice(one: dict[str, Any]) -> None:
    one["claims"].append(sample.clone(one["claims"][0]))


def _other_disclosure(one: dict[str, Any]) -> None:
    one["entries"][0]["payload"]["disclosure"] = "d" * 64
    sample.seal_again(one)


def _other_edition(one: dict[str, Any]) -> None:
    one["entries"][1]["edition"] = "e" * 64
    sample.seal_again(one)


def _other_wording(one: dict[str, Any]) -> None:
    one["claims"][0]["facts"]["wording"] = "f" * 64


def _moved(one: dict[str, Any]) -> None:
    one["participation"] = "00000000-0000-4000-8000-000000000099"


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        (_edit, "chain", "Entry 2 was changed"),
        (_drop, "chain", "Entry 3 stands where entry 2 should"),
        (_swap, "chain", "Entry 3 stands where entry 2 should"),
        (_clock, "chain", "Entry 1 was changed"),
        (_cut, "chain", "missing at the end"),
        (_moved, "chain", "belongs to another participation"),
        (_raise, "claim", "something else than the entry"),
        (_rename, "claim", "was changed"),
        (_unclaim, "claim", "its claim is missing"),
        (_revive, "claim", "not by both"),
        (_other_wording, "shown", "is not in the file"),
        (_opinion, "evaluation", "was changed"),
        (_no_opinion, "evaluation", "is not there"),
        (_another_opinion, "evaluation", "that no entry names"),
        (_claimed_twice, "claim", "stands there twice"),
        (_other_disclosure, "shown", "acknowledges disclosures that are not in the file"),
        (_other_edition, "shown", "of an edition that is not in the file"),
    ],
)
def test_what_a_provider_changed_before_signing_is_found_by_its_chain(change, check: str, says: str):
    report = looked(sample.whole(first(change)))
    assert report.verdict is Verdict.BROKEN
    assert "signature" not in broken(report), "the signature is the provider's own"
    assert says in " ".join(broken(report)[check])


def test_a_learner_who_was_left_out_is_missed():
    report = looked(sample.whole(lambda lines: lines.pop()))
    assert "It says 3 participations, and has 2." in broken(report)["count"]


def test_who_took_part_before_the_disclosures_is_told():
    def late(one: dict[str, Any]) -> None:
        one["entries"][0]["kind"], one["entries"][1]["kind"] = one["entries"][1]["kind"], one["entries"][0]["kind"]
        one["entries"][0]["payload"], one["entries"][1]["payload"] = (
            one["entries"][1]["payload"],
            one["entries"][0]["payload"],
        )
        sample.seal_again(one)
        one["claims"], one["entries"] = [], one["entries"][:2]
        sample.seal_again(one)
        one["evaluations"] = []

    report = looked(sample.whole(first(late)))
    assert any(one.startswith("1 took part without, or before") for one in report.told)


def test_an_edition_that_is_not_what_it_is_named_by_is_found():
    lines = [sample.line(1)]
    inside = sample.contents(lines)
    name = layout.by_hash(layout.EDITIONS, sample.digest(sample.EDITION))
    inside[name] = sample.EDITION.replace(b"Opioids", b"Opiates")
    report = looked(sample.signed(inside, sample.counts(lines)))
    assert "is not what it is named by" in broken(report)["shown"][0]


def test_a_member_nobody_signed_a_missing_one_and_another_order_are_found():
    lines = [sample.line(1)]
    inside, numbers = sample.contents(lines), sample.counts(lines)
    good = sample.signed(inside, numbers)
    made = {one.name: one for one in sample_members(good)}
    raw, signature = made[manifest.MANIFEST].content, made[manifest.SIGNATURE].content

    def again(contents: dict[str, bytes]) -> Report:
        stream = io.BytesIO()
        writer = sample.archive.Writer(stream)
        for name, content in contents.items():
            with writer.member(name) as sink:
                sink.write(content)
        return looked(sample.finished(writer, stream, raw, manifest.parse_signature(signature)))

    assert again(inside).verdict is Verdict.HOLDS
    assert "extra.txt was added: nobody signed it." in broken(again({**inside, "extra.txt": b"x"}))["files"]
    assert "index.html is missing." in broken(again({k: v for k, v in inside.items() if k != "index.html"}))["files"]
    turned = dict(reversed(inside.items()))
    assert "another order" in " ".join(broken(again(turned))["files"])
    changed = {**inside, "index.html": inside["index.html"].replace(b"some", b"SOME")}
    assert "index.html was changed" in broken(again(changed))["files"][0]


class _Member:
    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content


def sample_members(content: bytes) -> list[_Member]:
    stream = io.BytesIO(content)
    found = sample.archive.read(stream)
    return [_Member(one.name, b"".join(sample.archive.content(stream, one))) for one in found.members]


@pytest.mark.parametrize("form", ["raw", "hex", "spoken", "pem", "json"])
def test_the_key_is_taken_in_every_form_a_provider_gives_it_in(form: str):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = sample.public()
    given = {
        "raw": keys.encode(public),
        "hex": "sha256:" + keys.fingerprint(public).upper(),
        "spoken": ":".join(keys.fingerprint(public)[at : at + 2] for at in range(0, 64, 2)),
        "pem": sample.SECRET.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "json": json.dumps({"keys": [{"id": "old", "public_key": "no key"}, {"public_key": keys.encode(public)}]}),
    }[form]
    assert keys.trusted(given).has(public)
    assert not keys.trusted(given).has(sample.public(sample.STRANGER))


@pytest.mark.parametrize("given", ["", "?", "{}", "[1]", '{"keys": 7}', "a" * 43 + "ü", "[" * 100_000, "0" * 63])
def test_what_is_no_key_is_said_to_be_none(given: str):
    with pytest.raises(keys.KeyUnreadable):
        keys.trusted(given)


def ran(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return cli.run(arguments, out, err), out.getvalue(), err.getvalue()


def test_the_command_says_it_in_words_and_by_its_exit_status(tmp_path: Path):
    good, bad, key = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "key.json"
    good.write_bytes(WHOLE)
    bad.write_bytes(WHOLE[:500] + bytes([WHOLE[500] ^ 1]) + WHOLE[501:])
    key.write_text(json.dumps({"keys": [{"public_key": keys.encode(sample.public())}]}))
    status, said, _ = ran(str(good), "--key", str(key))
    assert status == 0
    assert "Everything holds" in said
    status, said, _ = ran(str(bad), "--key", str(key))
    assert status == 1
    assert "NOT EVERYTHING HOLDS" in said
    assert ran(str(good))[0] == 3
    assert ran(str(tmp_path / "none.zip"))[0] == 2
    assert ran("a\0b")[0] == 2
    status, _, error = ran(str(good), "--key", "nonsense")
    assert status == 2
    assert "no public key" in error
    data = json.loads(ran(str(good), "--json", "--key", str(key))[1])
    assert data["verdict"] == "holds"


def test_it_runs_where_no_django_and_no_settings_are(tmp_path: Path):
    file = tmp_path / "good.zip"
    file.write_bytes(WHOLE)
    code = (
        "import sys; sys.modules['django'] = None; from cme_xblock.cli import main; "
        f"raise SystemExit(main(['verify', {str(file)!r}, '--key', {keys.fingerprint(sample.public())!r}]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
