"""An xAPI Learning Record Store: what learners did and earned, as statements about opaque accounts.

All constants are in `xapi.toml`, the statements in `xapi_statements.py`; this module is the conversation. An LRS takes
or refuses a request as a whole, never changes a statement, and gives it back by its id: so whatever is not certain is
asked for and compared, statement by statement. Source: xAPI 1.0.3, Communication; spec endpoints, part 3.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from cme_xblock.reporting.endpoints import data, exchange, ready, speaking, xapi_statements
from cme_xblock.reporting.endpoints.base import (
    About,
    Capabilities,
    EndpointConfig,
    Event,
    Outcome,
    Problem,
    Record,
    Result,
    Subject,
)
from cme_xblock.reporting.endpoints.nameless import Nameless
from cme_xblock.reporting.endpoints.speaking import Talk
from cme_xblock.reporting.endpoints.xapi_statements import CLAIM, Site, Statement

_OPTIONS = frozenset({"home_page", "auth", "send"})
_IRI = re.compile(r"[a-z][a-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class XapiLrs(Nameless):
    """One configured LRS. Its `repr` shows no secret, for it has none: they are looked up when they are needed.

    Options: `home_page`, the platform's address, under which accounts and activities are named; `auth`, "basic" (user
    and password_env) or "bearer" (secret_env); `send`, which of the `[statements]` are sent, all without it.
    """

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_config(cls, config: EndpointConfig) -> XapiLrs:
        """The endpoint that these settings describe. Raises data.WireError for an unknown name."""
        wire = data.merged("xapi", config.wire)
        unknown = sorted(config.options.keys() - _OPTIONS)
        if unknown:
            raise data.WireError(f"options.{unknown[0]} is not an option here. Known: {', '.join(sorted(_OPTIONS))}.")
        send = config.options.get("send", ())
        if not isinstance(send, list | tuple) or not set(send) <= wire["statements"].keys():
            raise data.WireError(f"options.send must be a list of: {', '.join(wire['statements'])}.")
        if config.options.get("auth", "basic") not in ("basic", "bearer"):
            raise data.WireError("options.auth must be basic or bearer.")
        return cls(config, wire)

    @property
    def site(self) -> Site:
        """Whose statements it sends."""
        return Site(self.config.name, str(self.config.options.get("home_page", "")), self.wire)

    def kinds(self, about: About) -> tuple[str, ...]:
        """The verb of the statement that it becomes."""
        name = {Subject.CLAIM: CLAIM, Subject.ENTRY: about.entry_kind}.get(about.subject, "")
        told = self.wire["statements"].get(name)
        wanted = self.config.options.get("send") or self.wire["statements"]
        return (str(told["verb"]),) if told and name in wanted else ()

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """The id of the first statement."""
        return xapi_statements.statement_id(self.config.name, subject, kind, revision)

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        config = self.config
        bearer = config.options.get("auth") == "bearer"
        secret = config.secret_env if bearer else config.password_env
        needed = {"url": config.url, "options.home_page": self.site.home_page}
        needed |= {"secret_env": secret} if bearer else {"user": config.user, "password_env": secret}
        empty = [name for name, value in needed.items() if not value]
        return ready.problem(config, empty=empty, secret=secret, wrong=self._names_problem)

    def _names_problem(self) -> str:
        if urlsplit(self.site.home_page).scheme not in ("http", "https"):
            return "options.home_page must be the platform's address, https://…"
        if not _IRI.fullmatch(self.wire["profile"]):
            return "wire.profile must be an IRI, such as https://example.org/xapi/cme"
        return ""

    def validate(self, payload: Record | Event) -> tuple[Problem, ...]:
        """What stands against sending this."""
        found = [self.settings_problem()]
        key = payload.credit_id if isinstance(payload, Record) else payload.key
        if not _UUID.fullmatch(key):
            found.append(Problem("document", "The statement's id is not a UUID.", hold=False))
        if not payload.learner:
            found.append(Problem("document", "The learner has no pseudonym.", hold=False))
        return tuple(one for one in found if one is not None)

    def render(self, payloads: Sequence[Record | Event], *, now: datetime) -> bytes:
        """The statements as one JSON array, each id once."""
        return _document([one for statements in self._of(payloads).values() for one in statements])

    def send(self, document: bytes, payloads: Sequence[Record | Event]) -> Mapping[str, Outcome]:
        """Send the statements once; where the LRS knows one of them already, compare."""
        groups = self._of(payloads)
        if len(document) > self.capabilities().bytes_max:
            too_big = Outcome(Result.REFUSED, "too_big", "The document is too long.", whole=len(groups) > 1)
            return dict.fromkeys(groups, too_big)
        talk, hide = Talk(self.config), self._hidden(payloads)
        ids = [one["id"] for statements in groups.values() for one in statements]
        found = self._posted(talk, document, ids, several=len(groups) > 1, hide=hide)
        if found.http_status == 409 and len(groups) == 1:
            (statements,) = groups.values()
            found = self._settled(talk, statements, found, hide=hide)
        return dict.fromkeys(groups, found)

    def reconcile(self, payloads: Sequence[Record | Event]) -> Mapping[str, Outcome]:
        """Ask for each statement by its id, and compare what comes with what was sent."""
        talk, hide = Talk(self.config), self._hidden(payloads)
        return {
            key: _together([self._asked(talk, one, hide=hide) for one in statements])
            for key, statements in self._of(payloads).items()
        }

    def capabilities(self) -> Capabilities:
        """Batches; read-back by id; voiding names nobody but the platform."""
        batch = self.wire["batch"]
        return Capabilities(
            batch_max=batch["records"], bytes_max=batch["bytes"], readback=True, void=True, void_by_key=True,
            idempotent=True, needs_identity=False,
        )  # fmt: skip

    def redact(self, text: str, payload: Any) -> str:
        """The text without pseudonym, user and secret."""
        return speaking.without(text, self._hidden([payload] if payload is not None else []))

    def check(self) -> tuple[str, ...]:
        """Ask for one statement, which takes permission as ours will, and for the versions of xAPI that it speaks."""
        problem = self.settings_problem()
        if problem:
            return (problem.detail,)
        talk = Talk(self.config)
        one = talk.ask(self._request("GET", self.wire["paths"]["statements"], {"limit": "1"}))
        if isinstance(one, Outcome):
            return (f"No answer from {self.config.url}: {one.reason} {one.detail}".strip() + ".",)
        if one.status in (401, 403):
            return (f"The LRS does not let us in (HTTP {one.status}): look at user, password and what they may do.",)
        told = _json(one)
        if one.status != 200 or not isinstance(told, dict) or "statements" not in told:
            return (f"No statements where they should be (HTTP {one.status}): look at the setting url.",)
        about = talk.ask(self._request("GET", self.wire["paths"]["about"], {}))
        wrong = "" if isinstance(about, Outcome) else _version_problem(about, self.wire["api_version"])
        return (wrong,) if wrong else ()

    def _of(self, payloads: Sequence[Record | Event]) -> dict[str, tuple[Statement, ...]]:
        """The statements by the key of their record; what is there twice, once."""
        site = self.site
        return {one.key: xapi_statements.of(one, site) for one in payloads}

    def _posted(
        self, talk: Talk, document: bytes, ids: Sequence[str], *, several: bool, hide: tuple[str, ...]
    ) -> Outcome:
        answer = talk.ask(self._request("POST", self.wire["paths"]["statements"], {}, document))
        if isinstance(answer, Outcome):
            return answer
        if answer.status == 409:
            # Nothing of it was taken, and one of them, we don't know which, is there.
            return speaking.outcome(answer, Result.REFUSED, "conflict", hide=hide, whole=several)
        if not 200 <= answer.status < 300:
            return speaking.by_table(answer, self.wire["http"], several=several, hide=hide)
        if answer.status == 200 and _json(answer) == list(ids):
            return speaking.outcome(answer, Result.ACCEPTED, hide=hide)
        # 204 says that it has them, and not whether they are ours; anything else says nothing.
        reason = "duplicate" if answer.status == 204 else "answer_unreadable"
        return speaking.outcome(answer, Result.UNKNOWN, reason, hide=hide)

    def _settled(
        self, talk: Talk, statements: Sequence[Statement], refused: Outcome, *, hide: tuple[str, ...]
    ) -> Outcome:
        """What a 409 for one record means: it is there and the same, it is there and another, or part of it is not."""
        asked = [self._asked(talk, one, hide=hide) for one in statements]
        together = _together(asked)
        if together.result is not Result.NOT_FOUND:
            return together
        missing = [one for one, found in zip(statements, asked, strict=True) if found.result is Result.NOT_FOUND]
        if len(missing) == len(statements):
            return Outcome(Result.RETRY, "conflict_unclear", refused.detail, refused.http_status, refused.excerpt)
        rest = self._posted(talk, _document(missing), [one["id"] for one in missing], several=False, hide=hide)
        return Outcome(Result.UNKNOWN, "conflict_unclear") if rest.http_status == 409 else rest

    def _asked(self, talk: Talk, statement: Statement, *, hide: tuple[str, ...]) -> Outcome:
        """What the LRS has under this statement's id."""
        query = {"statementId": statement["id"]}
        answer = talk.ask(self._request("GET", self.wire["paths"]["statements"], query))
        if isinstance(answer, Outcome):  # a question that was not even asked leaves everything open
            return Outcome(Result.UNKNOWN, answer.reason, answer.detail)
        if answer.status == 404 and "x-experience-api-version" in answer.headers:
            return speaking.outcome(answer, Result.NOT_FOUND, "not_found", hide=hide)
        if answer.status != 200:
            known = self.wire["http"].get(str(answer.status), {})
            return speaking.outcome(answer, Result.UNKNOWN, str(known.get("reason", "answer_unclear")), hide=hide)
        return speaking.outcome(answer, *_compared(statement, _json(answer)), hide=hide)

    def _request(self, method: str, path: str, query: Mapping[str, str], body: bytes = b"") -> exchange.Request:
        headers = {
            "Accept": "application/json",
            "Authorization": self._authorization(),
            "User-Agent": "cme-xblock",
            "X-Experience-API-Version": self.wire["api_version"],
        }
        if body:
            headers["Content-Type"] = "application/json"
        url = f"{self.config.url.rstrip('/')}/{path.lstrip('/')}" + (f"?{urlencode(query)}" if query else "")
        return exchange.Request(method, url, headers, body)

    def _authorization(self) -> str:
        config = self.config
        if config.options.get("auth") == "bearer":
            return f"Bearer {config.secret(config.secret_env)}"
        pair = f"{config.user}:{config.secret(config.password_env)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _hidden(self, payloads: Sequence[Record | Event]) -> tuple[str, ...]:
        hide = (self.config.secret(name) for name in (self.config.password_env, self.config.secret_env) if name)
        return (*(one.learner for one in payloads), *hide, self.config.user, self._authorization().split()[-1])


def _document(statements: Sequence[Statement]) -> bytes:
    return f"[{','.join(xapi_statements.encode(one) for one in statements)}]".encode()


def _json(answer: exchange.Answer) -> Any:
    """The answer's JSON; None where it is none, or not all of it, or does not say that it is."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not answer.whole or kind != "application/json":
        return None
    try:
        return xapi_statements.decode(answer.body)
    except ValueError:
        return None


def _compared(ours: Statement, theirs: Any) -> tuple[Result, str]:
    """What it means that the LRS gave this back for our statement's id.

    Right is the statement itself; Ralph gives a list of those it found, and for none an empty one.
    """
    if isinstance(theirs, dict) and isinstance(theirs.get("statements"), list):
        if not theirs["statements"]:
            return Result.NOT_FOUND, "not_found"
        theirs = theirs["statements"][0]
    if not isinstance(theirs, dict):
        return Result.UNKNOWN, "answer_unreadable"
    if theirs.get("id") != ours["id"]:
        return Result.UNKNOWN, "answer_of_another"
    if xapi_statements.same(ours, theirs):
        return Result.ACCEPTED, ""
    return Result.REFUSED, "conflict"


def _together(asked: Sequence[Outcome]) -> Outcome:
    """What is known of a record by what is known of its statements: the worst of it."""
    for result in (Result.UNKNOWN, Result.REFUSED, Result.NOT_FOUND):
        for one in asked:
            if one.result is result:
                return one
    return asked[0]


def _version_problem(about: exchange.Answer, wanted: str) -> str:
    told = _json(about)
    versions = told.get("version") if isinstance(told, dict) else None
    if not isinstance(versions, list):  # not all have the resource, though the specification wants it
        return ""
    if any(str(one).rpartition(".")[0] == wanted.rpartition(".")[0] for one in versions):
        return ""
    spoken = ", ".join(str(one) for one in versions)[:100]
    return f"The LRS speaks xAPI {spoken}; the setting wire.api_version says {wanted}."
