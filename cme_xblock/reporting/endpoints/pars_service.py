"""PARS as a web service: address, credentials and one exchange, the same for learners, REMS and activities.

Credentials come from the environment at the moment of sending and go nowhere else. Source: spec pars, 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cme_xblock.reporting.endpoints import data, exchange, ready, redact
from cme_xblock.reporting.endpoints.base import EndpointConfig, Outcome, Problem, Result
from cme_xblock.reporting.endpoints.digest import digest
from cme_xblock.reporting.endpoints.pars_answers import Verdict
from cme_xblock.reporting.identity import Identity

_PLACES = ("header", "query", "body")
_EXCERPT = 4000
# Beyond so many records, taking every person out of the log's excerpt costs more than sending.
_EXCERPT_RECORDS = 10


@dataclass(frozen=True)
class Service:
    """One configured PARS. Its `repr` shows no secret, for it has none: the password is looked up when it is sent."""

    config: EndpointConfig
    wire: Mapping[str, Any] = field(repr=False)

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        empty = data.empty_settings(self.wire, self.config)
        return ready.problem(self.config, empty=empty, secret=self.config.password_env, wrong=self._placement_problem)

    def in_body(self) -> dict[str, str]:
        """What goes into a document: the credentials where they are placed there, {} otherwise."""
        return self._credentials() if self.wire["credentials"]["placement"] == "body" else {}

    def post(self, path: str, document: bytes, *, content_type: str = "") -> exchange.Answer | Outcome:
        """Send a document once: the answer, or what it means that there is none."""
        placement = self.wire["credentials"]["placement"]
        headers = {"Content-Type": content_type or self.wire["content"]["type"]}
        return self._exchange(self._request("POST", path, {}, placement, headers, document))

    def get(self, path: str, query: Mapping[str, str]) -> exchange.Answer | Outcome:
        """Ask once. What was not even asked leaves everything open, so there is no RETRY among the outcomes."""
        placement = self.wire["credentials"]["status_placement"]
        found = self._exchange(self._request("GET", path, dict(query), placement, {}, b""))
        if isinstance(found, Outcome) and found.result is Result.RETRY:
            return Outcome(Result.UNKNOWN, found.reason, found.detail)
        return found

    def outcome(self, answer: exchange.Answer, verdict: Verdict, identity: Identity | None) -> Outcome:
        """A verdict with what the log keeps of the answer."""
        return self.outcomes(answer, [verdict], [identity])[0]

    def outcomes(
        self, answer: exchange.Answer, verdicts: Sequence[Verdict], identities: Sequence[Identity | None]
    ) -> list[Outcome]:
        """The same for each record of one document, in order. The answer may speak of any of them to any other."""
        excerpt = ""
        if len(verdicts) <= _EXCERPT_RECORDS:
            excerpt = self.redacted(answer.body[:_EXCERPT].decode("utf-8", "replace"), *identities)
        common = {
            "http_status": answer.status,
            "excerpt": excerpt,
            "retry_after": answer.headers.get("retry-after", ""),
            "answer_hash": digest(answer.body),
        }
        return [
            Outcome(one.result, one.reason, detail=self.redacted(one.message, *identities), **common)
            for one in verdicts
        ]

    def redacted(self, text: str, *identities: Identity | None) -> str:
        """The text without these persons, our user and our password."""
        hide = tuple(one for one in (self.config.user, self.config.secret(self.config.password_env)) if one)
        return redact.text(text, *identities[:1], secrets=hide, others=identities[1:])

    def check(self) -> tuple[str, ...]:
        """What is wrong with the settings. PARS has no call that tries credentials and changes nothing (spec 1.3)."""
        problem = self.settings_problem()
        return (problem.detail,) if problem else ()

    def _placement_problem(self) -> str:
        words = self.wire["credentials"]
        if words["placement"] not in _PLACES:
            return "wire.credentials.placement must be header, query or body"
        return "" if words["status_placement"] in _PLACES[:2] else "wire.credentials.status_placement: header or query"

    def _credentials(self) -> dict[str, str]:
        names = self.wire["credentials"]
        return {
            names["provider"]: self.config.provider_id,
            names["user"]: self.config.user,
            names["password"]: self.config.secret(self.config.password_env),
        }

    def _request(
        self, method: str, path: str, query: dict[str, str], placement: str, headers: dict[str, str], body: bytes
    ) -> exchange.Request:
        all_headers = {"Accept": self.wire["content"]["accept"], "User-Agent": "cme-xblock", **headers}
        if placement == "header":
            all_headers |= self._credentials()
        elif placement == "query":
            query = query | self._credentials()
        url = f"{self.config.url.rstrip('/')}/{path.lstrip('/')}" + (f"?{urlencode(query)}" if query else "")
        return exchange.Request(method, url, all_headers, body)

    def _exchange(self, request: exchange.Request) -> exchange.Answer | Outcome:
        config = self.config
        limits = exchange.Limits(config.connect_timeout, config.read_timeout, config.total_timeout, config.response_max)
        try:
            return exchange.exchange(
                request, limits, allow_insecure_loopback=config.allow_insecure_loopback, ca_file=config.ca_file
            )
        except exchange.AddressRefusedError as error:
            return Outcome(Result.RETRY, "setting_wrong", str(error))
        except exchange.NotSentError as error:
            return Outcome(Result.RETRY, str(error))
        except exchange.NoAnswerError:
            return Outcome(Result.UNKNOWN, "no_answer")
