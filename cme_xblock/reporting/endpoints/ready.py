"""Whether an endpoint's settings are complete: the same three questions for every service that is spoken to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cme_xblock.reporting.endpoints import exchange, secrets
from cme_xblock.reporting.endpoints.base import EndpointConfig, Problem


def problem(
    config: EndpointConfig, *, empty: Iterable[str], secret: str, wrong: Callable[[], str] = lambda: ""
) -> Problem | None:
    """Which setting stands against sending anything at all, or None. No network, no database.

    `empty`: the names of needed settings that are empty, as the operator writes them. `secret`: the reference of the
    secret that is needed. `wrong`: what else is wrong, in words, asked last; "" for nothing.
    """
    name = next(iter(empty), "")
    if name:
        return Problem("setting_missing", f"The setting {name} of the endpoint {config.name} is empty.")
    if not config.secret(secret):
        return Problem("setting_missing", secrets.missing(secret))
    said = exchange.address_problem(config.url, allow_insecure_loopback=config.allow_insecure_loopback) or wrong()
    return Problem("setting_wrong", f"Endpoint {config.name}: {said}.") if said else None
