"""The demonstration's web application: its course is loaded before the first request."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
application = get_wsgi_application()

from demo import course  # noqa: E402

course.loaded()
