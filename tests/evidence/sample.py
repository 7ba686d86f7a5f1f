"""An audit file of three simulated learners, made of nothing but the pure rooms, and ways to make another one of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cme_xblock.activity import canonical
from cme_xblock.evidence import archive, keys, layout, manifest
from cme_xblock.evidence.manifest import Listed, Manifest, Signature
from cme_xblock.participation import claimed
from cme_xblock.participation.entries import Draft, Entry, Kind, seal
from tests.conftest import NOW

SECRET = Ed25519PrivateKey.from_private_bytes(b"tests only: the provider's key!!")
STRANGER = Ed25519PrivateKey.from_private_bytes(b"tests only: some stranger's key!")
EDITION = canonical.dumps({"title": "Opioids – Grüße", "activity_id": "opioids"})
DISCLOSURE = canonical.dumps({"relevant": [], "none_sentence": "Nobody has anything to disclose."})
WORDING = canonical.dumps({"system": "ama_pra_1", "wording": "I claim the credit that matches my time."})
ABOUT = {"title": "Opioids", "provider": "Example University", "course_key": "c", "activity_id": "opioids"}

Contents = dict[str, bytes]


def digest(content: bytes) -> str:
    return keys.sha256(content).hexdigest()


def public(secret: Ed25519PrivateKey = SECRET) -> bytes:
    return secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def trusted(secret: Ed25519PrivateKey = SECRET) -> keys.Trusted:
    return keys.trusted(keys.encode(public(secret)))


def line(number: int) -> dict[str, Any]:
    """One learner who claimed and evaluated with a name."""
    name = f"00000000-0000-4000-8000-{number:012d}"
    sheet = {"uuid": f"{number:032x}", "salt": "5" * 64, "chosen": '{"met":["5"]}', "written": "{}"}
    claim = f"10000000-0000-4000-8000-{number:012d}"
    payload = {
        "claim": claim,
        "system": "ama_pra_1",
        "amount": "0.75",
        "profession": "md",
        "completed_on": "2026-11-22",
        "wording": digest(WORDING),
    }
    drafts = [
        (Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": digest(DISCLOSURE)}),
        (Kind.BASELINE_SUBMITTED, {"responses": {"q1": ["a"]}}),
        (Kind.EVALUATION_SUBMITTED, {"mode": "identified", "sheet": sheet["uuid"], "sha256": canonical.digest(sheet)}),
        (Kind.CREDIT_CLAIMED, payload),
    ]
    chain = chained(name, drafts)
    facts = {
        **dict.fromkeys(claimed.FACTS, ""),
        **{one: payload[one] for one in ("system", "amount", "profession", "completed_on", "wording")},
        "uuid": claim,
        "name": f"Simulated Learner {number}",
        "completed_at": text(NOW),
        "claimed_at": text(NOW),
        "zone": "America/New_York",
        "statement": "I claim 0.75.",
        "code": f"{number:040x}",
    }
    return {
        "participation": name,
        "started_at": text(NOW),
        "sealed": False,
        "test": False,
        "head": {"seq": len(chain), "hash": chain[-1].hash},
        "entries": [written(one) for one in chain],
        "claims": [
            {"facts": facts, "hash": claimed.fingerprint(facts, entry=chain[-1].hash), "entry": 4, "live": True}
        ],
        "evaluations": [sheet],
        "deliveries": [],
    }


def chained(name: str, drafts: list[tuple[Kind, Mapping[str, Any]]]) -> list[Entry]:
    chain: list[Entry] = []
    for minute, (kind, payload) in enumerate(drafts):
        last = chain[-1] if chain else None
        draft = Draft(kind, digest(EDITION), payload)
        chain.append(seal(draft, participation=name, after=last, at=NOW + timedelta(minutes=minute)))
    return chain


def written(one: Entry) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "kind": one.kind.value,
        "edition": one.edition,
        "at": text(one.at),
        "payload": dict(one.payload),
        "prev": one.prev,
        "hash": one.hash,
    }


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def contents(lines: list[dict[str, Any]]) -> Contents:
    """All members but the manifest, in their order."""
    return {
        "index.html": b"<!DOCTYPE html><title>Audit file</title>" + b"<p>text of some length, again and again</p>" * 40,
        layout.by_hash(layout.EDITIONS, digest(EDITION)): EDITION,
        layout.by_hash(layout.DISCLOSURES, digest(DISCLOSURE)): DISCLOSURE,
        layout.by_hash(layout.WORDINGS, digest(WORDING)): WORDING,
        layout.ledger(1): b"".join(canonical.dumps(one) + b"\n" for one in lines),
    }


def counts(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "participations": len(lines),
        "entries": sum(len(one["entries"]) for one in lines),
        "claims": sum(len(one["claims"]) for one in lines),
    }


def signed(inside: Contents, numbers: Mapping[str, int], secret: Ed25519PrivateKey = SECRET) -> bytes:
    """The archive of these members, with a manifest that fits them and the signature of `secret`."""
    stream = io.BytesIO()
    writer = archive.Writer(stream)
    listed: list[Listed] = []
    for name, content in inside.items():
        with writer.member(name) as sink:
            sink.write(content)
        listed.append(Listed(name, sink.sha256, sink.size))
    made = Manifest(text(NOW), "https://lms.example", ABOUT, numbers, 0, True, tuple(listed)).dumps()
    return finished(writer, stream, made, Signature("t-1", public(secret), secret.sign(manifest.signed(made))))


def finished(writer: archive.Writer, stream: io.BytesIO, made: bytes, signature: Signature) -> bytes:
    for name, content in ((manifest.MANIFEST, made), (manifest.SIGNATURE, signature.dumps())):
        with writer.member(name, packs=False) as sink:
            sink.write(content)
    writer.close()
    return stream.getvalue()


def whole(change: Callable[[list[dict[str, Any]]], None] = lambda lines: None, number: int = 3) -> bytes:
    """A signed audit file of learners who were changed before it was signed: what a dishonest provider would make."""
    lines = [line(one + 1) for one in range(number)]
    before = counts(lines)
    change(lines)
    return signed(contents(lines), before)


def seal_again(one: dict[str, Any], upto: int | None = None) -> None:
    """Make a learner's chain fit again after it was changed: consistent, and another one than was written."""
    name, last = one["participation"], None
    for row in one["entries"][:upto]:
        draft = Draft(Kind(row["kind"]), row["edition"], row["payload"])
        last = seal(draft, participation=name, after=last, at=datetime.fromisoformat(row["at"]))
        row.update(written(replace(last, payload=row["payload"])))
    one["head"] = {"seq": last.seq, "hash": last.hash} if last else one["head"]


def clone(value: Any) -> Any:
    return json.loads(json.dumps(value))
