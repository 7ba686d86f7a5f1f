"""Make the demonstration ready: tables, invented learners, the course, its edition, and a simulated cohort's report."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone


class Command(BaseCommand):
    """Safe to run again: it adds what is missing."""

    help = "Make the demonstration's tables, learners and course, and publish the edition."

    def handle(self, *args: object, **options: object) -> None:
        """Prepare everything; raises CommandError where the activity can't be opened."""
        # Only the newer workbench has migrations: data that began under the older one has its table already.
        call_command("migrate", run_syncdb=True, fake_initial=True, interactive=False, verbosity=0)
        from demo import cohort, course, people

        people.settle()
        loaded = course.load()
        first = course.block(loaded.units[0].usage_id, "")
        published = first.published()
        if published is None:
            raise CommandError("The activity has findings that keep it closed: open the author's view to see them.")
        cohort.install(first.setting(()).course_key, published.activity, now=timezone.now())
        self.stdout.write("The course is loaded and its edition is published.")
