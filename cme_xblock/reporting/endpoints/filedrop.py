"""Files for receivers that read no message: each batch a file in a folder, written whole or not at all.

What stands in which column is data (`filedrop.toml`). A file is named by what is in it, and a list of its keys lies
beside it, so that a crash between writing and settling is found out by looking: nothing is handed over twice. A file is
first written under a hidden name, then its list, and then it gets its own name: whoever finds a list finishes what is
left of that, and a hidden file without a list was never handed over.
Answers, where the receiver gives any, come back as CSV files in another folder, put there by whoever got them.
Source: spec endpoints, parts 2, 5 and 8.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
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
_UNREAD = "A list of keys in the folder can't be read, so nobody knows whether it was handed over: look at the folder."
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
        """Write the file and the list of its keys. The same credits in one batch are the same file."""
        marks = [_mark(one) for one in payloads]
        mark = hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()[:16]
        name = f"{self.config.name}-{mark}"
        hidden, listed = self._hidden(name), self._folder() / f"{name}{_LIST}"
        try:
            _whole(hidden, document)
            _whole(listed, json.dumps({"keys": marks}).encode())
        except OSError as error:
            # The list first: without it the other is nothing.
            result = Result.RETRY if _gone(listed) and _gone(hidden) else Result.UNKNOWN
            return _all(payloads, result, os.strerror(error.errno or 0))
        try:
            self._shown(name)
        except OSError as error:  # the list is there, so whoever asks finishes it
            return _all(payloads, Result.UNKNOWN, os.strerror(error.errno or 0))
        return self._outcomes(payloads, digest(document))

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """What the lists of keys say, and the answers that somebody has put into the folder for them."""
        try:
            known, all_read = self._handed_over()
        except OSError as error:
            return _all(payloads, Result.UNKNOWN, os.strerror(error.errno or 0))
        found = _all(payloads, Result.NOT_FOUND) if all_read else _all(payloads, Result.UNKNOWN, _UNREAD)
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

    def _hidden(self, name: str) -> Path:
        return self._folder() / f".{name}.part"

    def _shown(self, name: str) -> None:
        """Give a file its own name. Nothing to do where somebody else has, or the receiver has taken it away."""
        with contextlib.suppress(FileNotFoundError):
            self._hidden(name).replace(self._folder() / f"{name}.{_SUFFIX[self.layout['format']]}")
        _synced(self._folder())

    def _handed_over(self) -> tuple[set[str], bool]:
        """The keys in all lists, and whether each list could be read. Raises OSError where the folder is away."""
        found: set[str] = set()
        all_read = True
        # Exactly ours: another endpoint's name may begin as this one's does, in the same folder.
        ours = re.compile(re.escape(self.config.name) + r"-[0-9a-f]{16}" + re.escape(_LIST))
        for one in sorted(filter(ours.fullmatch, os.listdir(self._folder()))):
            try:
                keys = json.loads((self._folder() / one).read_text(encoding="utf-8"))["keys"]
                self._shown(one.removesuffix(_LIST))
                found.update(keys)
            except (OSError, ValueError, KeyError, TypeError):
                all_read = False
        return found, all_read

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


def _all(payloads: Sequence[Record], result: Result, detail: str = "") -> dict[str, Outcome]:
    """The same of each."""
    return {one.key: Outcome(result, "folder" if detail else "", detail) for one in payloads}


def _gone(path: Path) -> bool:
    """Whether there is nothing of that name (any more)."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


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
    _synced(target.parent)


def _synced(path: Path) -> None:
    """The names in that folder are on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
