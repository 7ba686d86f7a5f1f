"""Django looks for models here; they live in `records/models/`."""

from cme_xblock.records.models import *  # noqa: F403
