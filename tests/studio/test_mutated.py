"""Almost right posts to the author's handlers: each is answered, in little memory, and never with a 5xx.

The long form: `python -m tests.studio.mutated --posts 10000`.
"""

from __future__ import annotations

import pytest

from tests import hanging
from tests.rules import sample
from tests.studio import mutated, spoiled

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]


@pytest.mark.parametrize("handler", spoiled.Posts(sample.activity()).handlers)
def test_mutated_posts_are_answered_in_little_memory(handler: str) -> None:
    with hanging.computing(at_most=90):
        found = mutated.run(handler, posts=30)
    assert set(found.answers) <= mutated.ANSWERS, found
    assert 200 in found.answers, found
    assert found.grown < mutated.MOST_KILOBYTES, found
    assert bool(found.merged) == (handler == "compare_form"), found
