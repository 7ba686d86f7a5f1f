"""`python -m cme_xblock.reporting.sandbox --port 8765 --store var/receiver.sqlite3`: start the rehearsal receivers."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.sandbox.cebroker_desk import CeBrokerDesk
from cme_xblock.reporting.sandbox.cpe_desk import CpeDesk
from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.pars_activities_desk import ParsActivitiesDesk
from cme_xblock.reporting.sandbox.pars_desk import ParsDesk
from cme_xblock.reporting.sandbox.server import Receiver
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.webhook_desk import WebhookDesk
from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes; the exit status."""
    options = _options(arguments)
    desks = desks_of(options, tomllib.loads(options.wire.read_text(encoding="utf-8")) if options.wire else {})
    if options.reset:
        for desk in desks:
            desk.store.clear()
    try:
        server = Receiver(*desks, host=options.host, port=options.port)
    except OSError as error:
        sys.stderr.write(f"The receiver can't listen on {options.host}:{options.port}: {error.strerror}.\n")
        return 1
    signal.signal(signal.SIGTERM, _end)
    sys.stdout.write(f"Rehearsal receivers on {server.address}/ (nothing leaves this machine)\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        for desk in desks:
            desk.store.close()
    return 0


def desks_of(options: argparse.Namespace, overrides: Mapping[str, object]) -> tuple[Desk, ...]:
    """All desks, each with a file of its own beside the first one's: receiver.sqlite3, receiver-xapi.sqlite3 …"""

    def store(name: str) -> Store:
        path = options.store if name == "pars" else options.store.with_stem(f"{options.store.stem}-{name}")
        return Store(path, duplicates=options.keep_duplicates)

    pars = ParsDesk(
        store=store("pars"),
        wire=data.merged("pars", overrides),
        clock=time.time,
        answer_delay=options.answer_delay,
        user=options.user,
        password=os.environ.get(options.password_env, "") if options.password_env else "",
    )
    cebroker = CeBrokerDesk(store=store("cebroker"), wire=data.merged("cebroker", {}), clock=time.time)
    soap = {"namespace": "urn:placeholder:cpe", "action": "urn:placeholder:cpe/Submit"}
    cpe = CpeDesk(store=store("cpe"), wire=data.merged("cpe_monitor", {"soap": soap}), clock=time.time)
    activities = ParsActivitiesDesk(
        store=store("parsactivities"), wire=data.merged("pars_activities", {}), clock=time.time, user=pars.user,
        password=pars.password,
    )  # fmt: skip
    lrs = XapiDesk(store=store("xapi"), clock=time.time)
    return pars, activities, cebroker, cpe, lrs, WebhookDesk(store=store("webhook"), clock=time.time)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cme_xblock.reporting.sandbox", description="Rehearsal receivers.")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one (default 8765)")
    parser.add_argument("--host", default="127.0.0.1", help="leave it: other machines have no business here")
    parser.add_argument("--store", type=Path, default=Path("var/receiver.sqlite3"), help="where they remember")
    parser.add_argument("--answer-delay", type=float, default=5.0, help="seconds until it decides (default 5)")
    parser.add_argument("--user", default="", help="the only user it takes; any if not given")
    parser.add_argument("--password-env", default="", help="environment variable with the only password it takes")
    parser.add_argument("--wire", type=Path, help="a TOML file of overrides, as in the endpoint's setting `wire`")
    parser.add_argument("--keep-duplicates", action="store_true", help="keep what comes twice, to make it visible")
    parser.add_argument("--reset", action="store_true", help="forget everything first")
    return parser.parse_args(arguments)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
