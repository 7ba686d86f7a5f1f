"""Add simulated learners to the demonstration, so that the outcomes report has something to say."""

from __future__ import annotations

import argparse

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone


class Command(BaseCommand):
    """Safe to run again: the same learners are there once."""

    help = "Add simulated learners (fixed seed, marked as simulated) to the activity that only they take."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How many."""
        parser.add_argument("--learners", type=int, default=120, help="how many there shall be (120)")

    def handle(self, *args: object, learners: int = 120, **options: object) -> None:
        """Add them; raises CommandError where the activity is closed."""
        from demo import cohort, course

        loaded = course.load()
        block = course.block(loaded.units[0].usage_id, "")
        published = block.published()
        if published is None:
            raise CommandError("The activity has findings that keep it closed: open the author's view to see them.")
        setting = block.setting(())
        new = cohort.install(setting.course_key, published.activity, learners=learners, now=timezone.now())
        self.stdout.write(f"{new} simulated learners were added.")
