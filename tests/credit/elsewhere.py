"""Another process: prints the SHA-256 of the PDF of a sheet that a test wrote to a file."""

from __future__ import annotations

import hashlib
import pickle
import sys
from pathlib import Path

from django.conf import settings

if __name__ == "__main__":
    settings.configure()
    from cme_xblock.credit import pdf

    sheet = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - the test's own
    print(hashlib.sha256(pdf.render(sheet).content).hexdigest())  # noqa: T201 - this is how it answers
