"""Each test of the form begins as if nobody had saved anything in the last seconds."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nobody_has_saved() -> None:
    cache.clear()
