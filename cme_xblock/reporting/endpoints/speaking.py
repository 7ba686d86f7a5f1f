"""One exchange with a receiver in an endpoint's terms: its settings in, an answer or an outcome out.

What a status or a body means is the endpoint's affair; that nothing came of the exchange means the same everywhere.
For receivers that get no identity: what is kept of their answers is stripped of pseudonyms and secrets.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from cme_xblock.reporting.endpoints import exchange, redact
from cme_xblock.reporting.endpoints.base import EndpointConfig, Outcome, Result
from cme_xblock.reporting.endpoints.digest import digest
from cme_xblock.reporting.identity import Identity

# Of nobody: there is no identity in what we sent, so none can come back.
_NOBODY = Identity("", "", 0, 0)


class Talk:
    """Several exchanges that together take no longer than the endpoint's total_timeout, for a lease is no longer."""

    def __init__(self, config: EndpointConfig) -> None:
        self._config = config
        self._until = time.monotonic() + config.total_timeout

    def ask(self, request: exchange.Request) -> exchange.Answer | Outcome:
        """The answer, or what it means that there is none. Never raises for what the network does."""
        config, left = self._config, self._until - time.monotonic()
        if left <= 0:
            return Outcome(Result.RETRY, "no_time")
        limits = exchange.Limits(min(config.connect_timeout, left), config.read_timeout, left, config.response_max)
        try:
            return exchange.exchange(
                request,
                limits,
                allow_insecure_loopback=config.allow_insecure_loopback,
                allow_private_network=config.allow_private_network,
                ca_file=config.ca_file,
            )
        except exchange.AddressRefusedError as error:
            return Outcome(Result.RETRY, "setting_wrong", str(error))
        except exchange.NotSentError as error:
            return Outcome(Result.RETRY, str(error))
        except exchange.NoAnswerError:
            return Outcome(Result.UNKNOWN, "no_answer")


def outcome(
    answer: exchange.Answer, result: Result, reason: str = "", *, hide: tuple[str, ...] = (), whole: bool = False
) -> Outcome:
    """What that answer means, with the start of it. `hide`: pseudonyms and secrets that it must not keep."""
    excerpt = without(answer.body[:4000].decode("utf-8", "replace"), hide)
    return Outcome(
        result,
        reason,
        detail=excerpt if result is Result.REFUSED else "",
        http_status=answer.status,
        excerpt=excerpt,
        retry_after=answer.headers.get("retry-after", ""),
        answer_hash=digest(answer.body),
        whole=whole,
    )


def by_table(
    answer: exchange.Answer, table: Mapping[str, Mapping[str, object]], *, several: bool, hide: tuple[str, ...]
) -> Outcome:
    """What a failure's status means by the wire's table `[http]`, and where it is silent, by its class.

    A refusal of several records at once is the document's (`whole`), so that the engine looks for the one to blame.
    """
    known = table.get(str(answer.status))
    if known:
        result = Result(str(known["result"]))
        whole = several and bool(known.get("whole"))
        return outcome(answer, result, str(known["reason"]), hide=hide, whole=whole)
    if 400 <= answer.status < 500:
        return outcome(answer, Result.REFUSED, "unclassified", hide=hide, whole=several)
    reason = "redirect" if 300 <= answer.status < 400 else "receiver_error"
    return outcome(answer, Result.UNKNOWN, reason, hide=hide)


def without(text: str, hide: tuple[str, ...]) -> str:
    """The text without these, without numbers and addresses, cut to what the log keeps."""
    return redact.text(text, _NOBODY, secrets=tuple(one for one in hide if one))


def stopping(found: Outcome, reason: str) -> Outcome:
    """The same outcome, after which the engine pauses the endpoint for that reason."""
    return replace(found, stop=reason)
