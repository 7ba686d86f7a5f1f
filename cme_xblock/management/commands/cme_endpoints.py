"""`manage.py cme_endpoints`: the configured receivers, whether they are paused, and whether they let us in.

    cme_endpoints list
    cme_endpoints check [name …]

`check` tries address and credentials without changing anything there, and ends with 1 where something is wrong.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records.models import EndpointControl
from cme_xblock.reporting import config
from cme_xblock.reporting.endpoints.base import Endpoint


class Command(BaseCommand):
    """Lists endpoints and tries them."""

    help = "List the configured endpoints, or try their addresses and credentials and say in words what is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("action", choices=["list", "check"])
        parser.add_argument("names", nargs="*", help="endpoints; all of them where none is named")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of them."""
        known = config.endpoints()
        unknown = [name for name in options["names"] if name not in known]
        if unknown:
            raise CommandError(f"There is no endpoint {unknown[0]}. Known: {', '.join(known) or 'none'}.")
        chosen = [known[name] for name in options["names"] or known]
        if options["action"] == "list":
            self._list(chosen)
            return
        wrong = [one for one in chosen if not self._is_well(one)]
        if wrong:
            raise CommandError("Not every endpoint can be used as it is; see above.")

    def _list(self, chosen: list[Endpoint]) -> None:
        paused = {one.endpoint: one for one in EndpointControl.objects.filter(paused=True)}
        for endpoint in chosen:
            its = endpoint.config
            state = "enabled" if its.enabled else "disabled"
            if its.name in paused:
                one = paused[its.name]
                state += f", paused by {one.by}: {one.reason}"
            self.stdout.write(f"{its.name}  {its.kind}  {its.url or '-'}  {state}")

    def _is_well(self, endpoint: Endpoint) -> bool:
        wrong = config.checked(endpoint)
        for one in wrong:
            self.stdout.write(f"{endpoint.config.name}: {one}")
        if not wrong:
            self.stdout.write(f"{endpoint.config.name}: nothing wrong was found.")
        return not wrong
