"""How Open edX finds this app: literal keys only, because edx_django_utils is not there in every host (ADR 0002)."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class CmeXBlockConfig(AppConfig):
    """The Django app behind the three blocks, in LMS, Studio and workbench alike."""

    name = "cme_xblock"
    verbose_name = "Accredited CME activities"
    default_auto_field = "django.db.models.BigAutoField"

    plugin_app: ClassVar[dict[str, dict[str, dict[str, object]]]] = {
        "url_config": {
            "lms.djangoapp": {"namespace": "cme_xblock", "regex": r"^cme/", "relative_path": "urls"},
        },
        "signals_config": {
            "lms.djangoapp": {
                "relative_path": "host.retirement",
                "receivers": [
                    {
                        "receiver_func_name": "learner_retired",
                        "signal_path": "openedx.core.djangoapps.user_api.accounts.signals.USER_RETIRE_LMS_MISC",
                    },
                ],
            },
        },
    }

    def ready(self) -> None:
        """Take the site's credit systems; record editions when a course is published; owe each new entry to those who
        follow ledgers; see when an endpoint is changed.

        Only the platform publishes courses; elsewhere the first view records.
        """
        from django.core import checks

        from cme_xblock.credit import site_systems
        from cme_xblock.host import published
        from cme_xblock.parts import editions
        from cme_xblock.records import ledger
        from cme_xblock.reporting import following, stored

        checks.register(site_systems.look)
        site_systems.take()
        published.listen(editions.record_published)
        ledger.written.connect(following.owe, dispatch_uid="cme_xblock.reporting.following")
        stored.listen()
