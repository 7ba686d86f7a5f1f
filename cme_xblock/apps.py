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
        # The same three for both: what is the LMS's alone is left out there (settings/common.py).
        "settings_config": {
            project: {name: {"relative_path": f"settings.{name}"} for name in ("common", "production", "test")}
            for project in ("lms.djangoapp", "cms.djangoapp")
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
        """Take the site's credit systems; record editions and gates when a course is published; owe each new entry to
        those who follow ledgers; open at once what an entry opens; see when an endpoint is changed.

        Only the platform publishes courses; elsewhere the first view records.
        """
        from django.core import checks

        from cme_xblock.console.exports import health as of_exports
        from cme_xblock.console.health import checks as health
        from cme_xblock.credit import site_systems
        from cme_xblock.gate import examining, standing
        from cme_xblock.host import published
        from cme_xblock.parts import editions, gating
        from cme_xblock.records import ledger
        from cme_xblock.reporting import following, stored

        checks.register(site_systems.look)
        site_systems.take()
        published.listen(editions.record_published, course=gating.record)
        ledger.written.connect(following.owe, dispatch_uid="cme_xblock.reporting.following")
        ledger.written.connect(standing.forget, dispatch_uid="cme_xblock.gate.standing")
        stored.listen()
        health.also(health.Subject.GATE, examining.installed)
        health.also(health.Subject.QUEUE, of_exports.waiting)
        health.also(health.Subject.SETTINGS, of_exports.settings_of)
