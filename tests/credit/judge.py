"""Runs in the environment that `openbadgeslib` has to itself: verifies a badge as a stranger would, offline.

Usage: judge.py FILE, a JSON object of addresses and what is at each, and "token" and "did". Prints what it found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier


def main() -> None:
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))

    def download(address: str) -> bytes:
        return told["there"][address].encode()

    try:
        verifier = OB3Verifier.for_issuer_did(told["did"], download=download)
        found = verifier.verify(told["token"], check_status=True, download=download)
    except OB3VerificationError as error:
        print(json.dumps({"valid": False, "why": str(error)}))  # noqa: T201
    else:
        print(json.dumps({"valid": True, "issuer": found.issuer.name, "name": found.achievement.name}))  # noqa: T201


main()
