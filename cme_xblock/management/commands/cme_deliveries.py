"""`manage.py cme_deliveries`: what is owed, and a person's decisions about it, each with who and why.

    cme_deliveries list [--endpoint pars] [--state refused] [--reason identity] [--limit 50]
    cme_deliveries show <delivery>
    cme_deliveries dry-run [--endpoint pars] [--limit 50] [--compare]
    cme_deliveries audit --endpoint lrs [--days 7]
    cme_deliveries pause --endpoint pars --by "A. Coordinator" --reason "PARS is closed for maintenance."
    cme_deliveries resume --endpoint pars | <delivery> … --by … --reason …
    cme_deliveries hold | replay | cancel <delivery> … --by … --reason …

`audit` asks the receiver about what it accepted lately, and names what is missing there; `replay --missing` sends that
once more. `replay` and `cancel` take --endpoint with --state (and --because, the delivery's reason) instead of names,
for many at once. Nothing here shows who a learner is.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, decisions, dryrun

_ONE: dict[str, Callable[..., Delivery]] = {
    "hold": decisions.hold,
    "resume": decisions.release,
    "replay": decisions.replay,
    "cancel": decisions.cancel,
}
_SHOWN = ("uuid", "endpoint", "operation", "kind", "credit_id", "state", "reason", "attempts", "next_attempt_at")


class Command(BaseCommand):
    """Lists deliveries and takes decisions about them."""

    help = "List what is owed to accreditors; pause, resume, hold, replay or cancel it, with who decides and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        actions = ["list", "show", "dry-run", "audit", "pause", "resume", "hold", "replay", "cancel"]
        parser.add_argument("action", choices=actions)
        parser.add_argument("deliveries", nargs="*", help="the deliveries' uuids")
        parser.add_argument("--endpoint", default="", help="an endpoint's name")
        parser.add_argument("--state", default="", choices=["", *State.values], help="only those in this state")
        parser.add_argument("--because", default="", help="only those with this reason")
        parser.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
        parser.add_argument("--compare", action="store_true", help="dry-run: ask the receiver what it has")
        parser.add_argument("--days", type=float, default=7.0, help="audit: so many days back (default 7)")
        parser.add_argument("--missing", action="store_true", help="replay: it was accepted, and is not there")
        parser.add_argument("--by", default="", help="who decides")
        parser.add_argument("--reason", default="", help="why")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of them."""
        action = options["action"]
        if options["endpoint"] and options["endpoint"] not in config.endpoints():
            raise CommandError(f"There is no endpoint {options['endpoint']}. Known: {', '.join(config.endpoints())}.")
        if action == "list":
            self._list(options)
        elif action == "show":
            self._show(options["deliveries"])
        elif action == "dry-run":
            self._dry_run(options)
        elif action == "audit":
            self._audit(options)
        else:
            self._decide(action, options)

    def _list(self, options: dict[str, Any]) -> None:
        for row in _chosen(options).order_by("next_attempt_at", "pk")[: options["limit"]]:
            self.stdout.write("  ".join(f"{getattr(row, name) or '-'}" for name in _SHOWN))
            if row.detail:
                self.stdout.write(f"    {row.detail}")

    def _show(self, uuids: list[str]) -> None:
        for uuid in uuids:
            row = _one(uuid)
            self.stdout.write("\n".join(f"{name}: {getattr(row, name)}" for name in (*_SHOWN, "detail", "settled_at")))
            for one in row.attempt_log.order_by("number"):
                self.stdout.write(
                    f"  {one.started_at} {one.action} {one.outcome} {one.reason} HTTP {one.http_status or '-'} "
                    f"batch of {one.batch_size}, {one.request_bytes} bytes {one.request_hash[:12]} {one.excerpt[:120]}"
                )
            for made in row.decisions.order_by("at"):
                self.stdout.write(f"  {made.at} {made.action} by {made.by}: {made.reason}")

    def _dry_run(self, options: dict[str, Any]) -> None:
        names = [options["endpoint"]] if options["endpoint"] else list(config.endpoints())
        for name in names:
            for line in dryrun.run(name, now=_now(), limit=options["limit"], compare=options["compare"]):
                self.stdout.write(str(line))

    def _audit(self, options: dict[str, Any]) -> None:
        since = _now() - timedelta(days=options["days"])
        for name in [options["endpoint"]] if options["endpoint"] else list(config.endpoints()):
            for line in dryrun.audit(name, since=since, limit=options["limit"]):
                self.stdout.write(str(line))

    def _decide(self, action: str, options: dict[str, Any]) -> None:
        about = {"by": options["by"], "reason": options["reason"], "now": _now()}
        if action == "replay":
            about["missing"] = options["missing"]
        try:
            if options["endpoint"] and action in ("pause", "resume"):
                (decisions.pause if action == "pause" else decisions.resume)(options["endpoint"], **about)
                self.stdout.write(f"{options['endpoint']}: {action}d")
                return
            if action == "pause":
                raise CommandError("Say which endpoint to pause: --endpoint NAME. One delivery is held with `hold`.")
            for uuid in options["deliveries"] or _many(options):
                self._decide_one(action, uuid, about)
        except ValueError as error:
            raise CommandError(f"{error} Use --by and --reason.") from error

    def _decide_one(self, action: str, uuid: str, about: dict[str, Any]) -> None:
        try:
            row = _ONE[action](_one(uuid).uuid, **about)
        except decisions.NotPossible as error:
            self.stderr.write(str(error))
            return
        self.stdout.write(f"{row.uuid}: {row.state} {row.reason}".rstrip())


def _many(options: dict[str, Any]) -> list[str]:
    if not (options["endpoint"] and options["state"]):
        raise CommandError("Say which deliveries: their uuids, or --endpoint and --state.")
    return list(_chosen(options).order_by("pk").values_list("uuid", flat=True)[: options["limit"]])


def _chosen(options: dict[str, Any]) -> Any:
    wanted = {"endpoint": options["endpoint"], "state": options["state"], "reason": options["because"]}
    return Delivery.objects.filter(**{name: value for name, value in wanted.items() if value})


def _one(uuid: str) -> Delivery:
    row = Delivery.objects.filter(uuid=uuid).first()
    if row is None:
        raise CommandError(f"There is no delivery {uuid[:40]}: `cme_deliveries list` has the names.")
    return row


def _now() -> datetime:
    return datetime.now(UTC)
