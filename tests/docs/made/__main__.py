"""Write the pages anew: `python -m tests.docs.made`."""

from __future__ import annotations

import os

import django


def main() -> None:
    """Write each page to its place."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.docs.made import REFERENCE
    from tests.docs.made.pages import PAGES

    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
