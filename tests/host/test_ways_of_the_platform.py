"""What the platform does with a block beside showing it: stores its fields, collects its files, forgets its state.

Source: spec of the running platform; what each stand-in answers like is cited where it stands (`world.py`).
"""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

import cme_xblock
from cme_xblock.activity import olx
from cme_xblock.records import claims, keys
from tests.blocks import entrances, forging, kept, marked
from tests.blocks.clock import NOON, Clock
from tests.blocks.way import Way
from tests.host.platform import Masquerade, User
from tests.host.world import HOSTS, World, send, storable
from tests.rules import sample

pytestmark = pytest.mark.django_db

PACKAGE = Path(cme_xblock.__file__).parent
RESOURCE = re.compile(r"/static/xblock/resources/([a-z_]+)/([^\"'\s\\]+)")


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch).at(NOON)


class TestStore:
    """Studio keeps fields as BSON."""

    @pytest.mark.parametrize(
        "value", [{1: "a"}, Decimal("0.5"), ("a",), {"a"}, datetime.date(2026, 1, 1), {"a": [(1,)]}]
    )
    def test_the_stand_in_refuses_what_studio_refuses(self, value) -> None:
        with pytest.raises(TypeError):
            storable(value, "field")

    @pytest.mark.parametrize("name", ["studio_editor", "library"])
    def test_whatever_an_author_saves_can_be_stored(self, world, name) -> None:
        host = world(name)
        host.platform.readers.add(7)
        host.platform.writers.add(7)
        for activity in (marked.activity(), sample.activity()):
            answer = host.call(host.ACTIVITY, "7", "save_source", {"source": olx.to_xml(activity)})
            assert answer.status == 200, answer.text
        assert "hand-hygiene" in json.dumps(host.authored)


class TestFiles:
    """Only what is collected is served, and only from where the collector puts it."""

    @pytest.mark.parametrize("name", HOSTS)
    @pytest.mark.parametrize("block", entrances.BLOCKS)
    def test_every_file_that_a_view_names_is_one_that_is_collected(self, world, name, block) -> None:
        host = world(name)
        host.platform.readers.add(7)
        usage = getattr(host, block)
        views = [one for one in entrances.views(block) if hasattr(entrances.BLOCKS[block], one)]
        found = {one for view in views for one in RESOURCE.findall(host.view(usage, "7", view))}
        assert found or name.startswith("library")
        for package, path in found:
            assert package == "cme_xblock"
            assert (PACKAGE / path).is_file(), path

    def test_nothing_is_served_from_where_the_collector_does_not_look(self) -> None:
        for block in entrances.BLOCKS.values():
            assert block.public_dir == "static"
            assert block.resources_dir == ""


class TestServices:
    """A service that is not there is None, and no view breaks for it."""

    @pytest.mark.parametrize("block", entrances.BLOCKS)
    @pytest.mark.parametrize("missing", ["completion", "publish", "settings", "partitions", "enrollments"])
    def test_no_view_breaks_without_one(self, world, block, missing) -> None:
        """Of the services that every host has, `user` and `i18n`, our blocks say that they need them."""
        host = world("lms")
        found = host.block(getattr(host, block), "7")
        assert found.runtime._services.pop(missing, None) is not None
        fragment = found.render("student_view", {})
        assert fragment.content


class TestReset:
    """An instructor's "delete state" empties what the platform keeps, and no record."""

    def done(self, world: object) -> tuple[World, Way]:
        host = world("lms")  # type: ignore[operator]
        host.view(host.ACTIVITY, "7")
        host.enrol("7")
        way = Way("7", door=host, activity=sample.activity())
        way.all_before_claim()
        assert way.claim("0.5").status == 200
        return host, way

    def test_records_stay_and_the_page_is_as_before(self, world) -> None:
        host, _ = self.done(world)
        before, page = kept.rows(), host.view(host.ACTIVITY, "7")
        host.learners.clear()
        assert host.view(host.ACTIVITY, "7") == page
        assert kept.rows() == before
        [claim] = claims.live(keys.participation_key(host.COURSE, sample.activity().activity_id, "7"))
        assert claim.certificate_code in page

    def test_nothing_can_be_done_twice_afterwards(self, world) -> None:
        host, way = self.done(world)
        host.learners.clear()
        before = kept.rows()
        assert {way.claim("0.5").status, way.baseline().status} <= {400, 409}
        assert kept.rows() == before

    def test_drafts_alone_are_gone(self, world) -> None:
        host = world("lms")
        host.view(host.ACTIVITY, "7")
        host.enrol("7")
        way = Way("7", door=host, activity=sample.activity())
        way.acknowledge()
        item = sample.activity().baseline.items[0]
        body = {"part": "baseline", "responses": {item.id: [item.options[0].id]}}
        assert host.call(host.ACTIVITY, "7", "save_draft", body).status == 200
        assert host.learners
        host.learners.clear()
        assert "checked" not in host.view(host.ACTIVITY, "7")
        assert way.baseline().status == 200


class TestNothingIsAwarded:
    """Who is not themselves, or nobody, changes no completion, no grade, no event."""

    @pytest.mark.parametrize("who", ["masquerade", "generic", "anonymous", "stranger", "unchecked"])
    def test_the_platform_is_told_nothing(self, world, who) -> None:
        host = world("lms")
        host.view(host.ACTIVITY, "7")
        host.enrol("1")
        if who != "stranger":
            host.enrol("7")
        host.platform.masquerades[1] = Masquerade("student", user_name="ana" if who == "masquerade" else None)
        student = {"anonymous": "", "generic": "1"}.get(who, "7")
        for block in entrances.BLOCKS:
            for handler in entrances.HANDLERS[block] - entrances.AUTHORS:
                for body in forging.with_part(forging.bodies(sample.activity())).values():
                    found = host.block(getattr(host, block), student)
                    if who in ("masquerade", "generic"):
                        host.platform.actor = User(1, is_staff=True)
                    send(found, handler, body, path="/handler_noauth/" if who == "unchecked" else "/handler/")
        assert host.published == []
        assert kept.count("Participation", "Claim", "Delivery") == 0
