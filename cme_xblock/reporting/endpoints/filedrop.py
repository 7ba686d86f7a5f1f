"""Files for receivers that read no message: each batch a file in a folder, written whole or not at all.

What stands in which column is data (`filedrop.toml`). A file is named by what is in it, and a list of its keys lies
beside it, so that a crash between writing and settling is found out by looking: nothing is handed over twice.
Answers, where the receiver gives any, come back as CSV files in another folder, put there by whoever got them.
Source: spec endpoints, parts 2, 5 and 8.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import activity_report, data, file_rows, redact
from cme_xblock.reporting.endpoints.base import (
    About,
    Capabilities,
    EndpointConfig,
    Outcome,
    Problem,
    Record,
    Result,
    Step,
    Subject,
)
from cme_xblock.reporting.endpoints.digest import digest
from cme_xblock.reporting.identity import Identity

_SUFFIX = {"csv": "csv", "tab": "txt", "xlsx": "xlsx", "xml": "xml"}
_LIST = ".keys.json"
_RECEIPT_MAX = 16_777_216
_CONSENT = N_(
    "I agree that {provider} passes my name, what {receiver} knows me by, and the credit and completion date of this "
    "activity to {receiver}."
)
_OPTIONS = {"folder": str, "layout": str, "credit": Mapping, "receipts": str}


@dataclass(frozen=True)
class FileDrop:
    """One folder for one receiver. Options: `folder`, `layout`, `credit` ({system: [professions]}), `receipts`."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> FileDrop:
        """The endpoint that these settings describe. Raises data.WireError for an unknown option or override."""
        wire = data.merged("filedrop", config.wire)
        for name, value in config.options.items():
            if name not in _OPTIONS or not isinstance(value, _OPTIONS[name]):
                raise data.WireError(f"options.{name} is not known or not of its type. Known: {', '.join(_OPTIONS)}.")
        layout = config.options.get("layout", "")
        if layout not in wire["layouts"]:
            raise data.WireError(f"options.layout must be one of: {', '.join(wire['layouts'])}.")
        for _heading, value in wire["layouts"][layout]["columns"]:
            if value not in file_rows.VALUES:
                raise data.WireError(f"wire.layouts.{layout} has a column of {value}, which there is not.")
        return cls(config, wire)

    @property
    def layout(self) -> Mapping[str, Any]:
        """The chosen layout's table."""
        found: Mapping[str, Any] = self.wire["layouts"][self.config.options["layout"]]
        return found

    def subjects(self) -> tuple[Subject, ...]:
        """Credits."""
        return (Subject.CLAIM,)

    def kinds(self, about: About) -> tuple[str, ...]:
        """The credits of `options.credit`; `["*"]` stands for every profession."""
        professions = self.config.options.get("credit", {}).get(about.system, ())
        return ("credit",) if "*" in professions or about.profession in professions else ()

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """What the layout's columns need of a learner."""
        return tuple(self.layout["identifiers"])

    def purpose(self) -> str:
        """The consent's code; none where the layout names nobody."""
        return str(self.wire["consent"]["purpose"]).format(name=self.config.name) if self.layout["identifiers"] else ""

    def consent_text(self, provider: str) -> Message:
        """The permission in words."""
        return Message(_CONSENT, {"provider": provider, "receiver": self.config.label})

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """Our own number of the credit; the same in the row that takes it back."""
        return f"{subject.removeprefix('claim:')}-{revision}"

    def number_name(self) -> str:
        """None is needed."""
        return ""

    def settings_problem(self) -> Problem | None:
        """Whether the folder is there and ours to write to."""
        folder = self.config.options.get("folder", "")
        if not folder or not Path(folder).is_absolute():
            return Problem("setting_missing", f"Endpoint {self.config.name}: options.folder must be an absolute path.")
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
            return Problem("setting_wrong", f"Endpoint {self.config.name}: options.folder is no folder to write to.")
        return None

    def validate(self, payload: Record) -> tuple[Problem, ...]:
        """What stands against a row of this record."""
        problem = self.settings_problem()
        found = [problem] if problem else []
        missing = [kind for kind in self.layout["identifiers"] if not payload.identifiers.get(kind)]
        if missing:
            found.append(Problem("identity_incomplete", f"The file needs of the learner: {', '.join(missing)}."))
        return tuple(found)

    def render(self, payloads: Sequence[Record], *, now: datetime) -> bytes:
        """The file."""
        if self.layout["format"] == "xml":
            return activity_report.render(payloads, now=now)
        if self.layout["format"] == "xlsx":
            return file_rows.workbook(payloads, self.layout)
        rules = self.wire["csv"]
        return file_rows.delimited(payloads, self.layout, formula_safe=rules["formula_safe"], bom=rules["bom"])

    def send(self, document: bytes, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Write the file, then the list of its keys. The same credits in one batch are the same file."""
        try:
            self._write(document, payloads)
        except OSError as error:
            return {one.key: Outcome(Result.RETRY, "folder", os.strerror(error.errno or 0)) for one in payloads}
        return self._outcomes(payloads, digest(document))

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """What the lists of keys say, and the answers that somebody has put into the folder for them."""
        known = self._handed_over()
        found = {one.key: Outcome(Result.NOT_FOUND) for one in payloads}
        return found | self._outcomes([one for one in payloads if _mark(one) in known], "")

    def correct(self, revision: int) -> tuple[Step, ...]:
        """A row that takes back, where the layout has a column for it, and a new one."""
        new = Step("add", revision + 1)
        return (Step("delete", revision), new) if self.capabilities().void else (new,)

    def capabilities(self) -> Capabilities:
        """Large files; what was written is found again by its keys."""
        limits = self.wire["limits"]
        return Capabilities(
            batch_max=limits["batch_max"],
            bytes_max=limits["bytes_max"],
            readback=True,
            void=any(value == "action" for _heading, value in self.layout["columns"]),
            needs_identity=False,
        )

    def redact(self, text: str, payload: Record) -> str:
        """The text without the person: every value that the file has of them goes."""
        given = payload.identifiers
        person = Identity(given.get("given_name", ""), given.get("family_name", ""), 1, 1)
        return redact.text(text, person, secrets=tuple(value for value in given.values() if value))

    def check(self) -> tuple[str, ...]:
        """The folder, and that something is reported at all."""
        problem = self.settings_problem()
        found = (problem.detail,) if problem else ()
        return found if self.config.options.get("credit") else (*found, "No credit is reported here: options.credit.")

    def _folder(self) -> Path:
        return Path(self.config.options["folder"])

    def _write(self, document: bytes, payloads: Sequence[Record]) -> None:
        marks = [_mark(one) for one in payloads]
        name = hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()[:16]
        target = self._folder() / f"{self.config.name}-{name}.{_SUFFIX[self.layout['format']]}"
        _whole(target, document)
        # The list last: a file without one is written again under the same name, a list without its file never is.
        _whole(self._folder() / f"{self.config.name}-{name}{_LIST}", json.dumps({"keys": marks}).encode())

    def _handed_over(self) -> set[str]:
        found: set[str] = set()
        for one in self._folder().glob(f"{self.config.name}-*{_LIST}"):
            try:
                found.update(json.loads(one.read_text(encoding="utf-8"))["keys"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    def _outcomes(self, records: Sequence[Record], sha: str) -> dict[str, Outcome]:
        """Handed over; with a folder for answers each stays open until one for it is there."""
        if not self.config.options.get("receipts"):
            return {one.key: Outcome(Result.ACCEPTED, "handed_over", answer_hash=sha) for one in records}
        try:
            receipts = self._receipts()
        except (OSError, csv.Error):
            receipts = {}
        return {one.key: self._answered(one, receipts.get(one.key, ("", "")), sha) for one in records}

    def _answered(self, record: Record, receipt: tuple[str, str], sha: str) -> Outcome:
        (status, message), words = receipt, self.wire["receipt"]
        if status in words["accepted"]:
            return Outcome(Result.ACCEPTED)
        if status in words["refused"]:
            return Outcome(Result.REFUSED, "refused", detail=self.redact(message, record))
        return Outcome(Result.PENDING, "handed_over", answer_hash=sha)

    def _receipts(self) -> dict[str, tuple[str, str]]:
        """Key, status in small letters and message, of all answers; the file that was put there last wins."""
        names = self.wire["receipt"]
        found: dict[str, tuple[str, str]] = {}
        folder = Path(self.config.options["receipts"])
        files = sorted(folder.glob("*.csv"), key=lambda one: (one.stat().st_mtime, one.name))
        for one in files:
            if one.stat().st_size > _RECEIPT_MAX:
                continue
            with one.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                for row in csv.DictReader(lines):
                    key = (row.get(names["key"]) or "").strip().lstrip("'")
                    if key:
                        status = (row.get(names["status"]) or "").strip().casefold()
                        found[key] = status, (row.get(names["message"]) or "")[:1000]
        return found


def _mark(record: Record) -> str:
    """What stands in the list: a credit and the row that takes it back have one key."""
    return f"{record.operation}:{record.key}"


def _whole(target: Path, content: bytes) -> None:
    """The content at that place, readable by its owner alone, on the disk before it bears its name."""
    handle, name = tempfile.mkstemp(prefix=".", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
