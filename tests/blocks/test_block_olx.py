"""The OLX of the three blocks: nothing is lost, the file stays the same after any way, and strangers do no harm."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from workbench.runtime import WorkbenchRuntime
from xblock.core import XBlock
from xblock.fields import Scope
from yaml import YAMLError

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.source import OlxError
from tests.activity import strategies
from tests.blocks import entrances, marked
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

DEMO = Path(__file__).resolve().parents[2] / "demo" / "activity.xml"
OPTION = "http://code.edx.org/xblock/option"

# A value that is no default for every author's field of each block. A new field needs one here.
VALUES: dict[str, dict[str, Any]] = {
    "cme": {
        "display_name": " Ward <&> \"7\" 'é' 漢\u202e ",
        "weight": 2.5,
        "parts": ["overview", "baseline", "content"],
        "activity": canonical.to_data(marked.activity()),
    },
    "cme_part": {
        "display_name": "Assessment\tand\ncredit",
        "weight": 0.0,
        "parts": ["claim", "certificate"],
        "activity_id": "hand-hygiene-2026",
    },
    "cme_content": {"display_name": "Reading & watching", "activity_id": "hand-hygiene-2026"},
}
OURS = dict(zip(entrances.BLOCKS.values(), ("cme", "cme_part", "cme_content"), strict=True))
PLATFORM = {
    "url_name": "a1b2c3",
    "xblock-family": "xblock.v1",
    "org": "Ex",
    "course": "C1",
    "start": '"2026-01-01T00:00:00Z"',
    "graded": "true",
    "group_access": "{}",
    "copied_from_block": "block-v1:Ex+C1+R1+type@cme+block@x",
    "upstream": "lb:Ex:shelf:cme:x",
    "upstream_version": "3",
    "visible_to_staff_only": "false",
    "filename": "../../etc/passwd",
    "onclick": "alert(1)",
}


def read(xml: str | bytes) -> XBlock:
    runtime = WorkbenchRuntime("author")
    return runtime.get_block(runtime.parse_xml_string(xml))


def written(block: XBlock) -> bytes:
    out = BytesIO()
    block.runtime.export_to_xml(block, out)
    return out.getvalue()


def own_fields(owner: type[XBlock]) -> set[str]:
    return {
        name
        for name, field in owner.fields.items()
        if field.scope in (Scope.content, Scope.settings) and name not in ("name", "tags")
    }


def values(block: XBlock) -> dict[str, Any]:
    names = own_fields(type(block)) & set(VALUES[block.scope_ids.block_type])
    return {name: getattr(block, name) for name in names}


def made(block_type: str, **more: Any) -> XBlock:
    block = read(f"<{block_type}/>")
    for name, value in {**VALUES[block_type], **more}.items():
        setattr(block, name, value)
    block.save()
    return block


def as_studio_reads(raw: bytes) -> bytes:
    """What the platform's parser makes of a file that a person or a tool has indented anew."""
    parser = etree.XMLParser(dtd_validation=False, load_dtd=False, remove_blank_text=True, encoding="utf-8")
    root = etree.fromstring(raw, parser)
    return etree.tostring(root, pretty_print=True, encoding="utf-8")


def test_every_field_of_an_author_is_tested_here() -> None:
    assert {block_type: own_fields(owner) for owner, block_type in OURS.items()} == {
        block_type: set(found) for block_type, found in VALUES.items()
    }


@pytest.mark.parametrize("block_type", VALUES)
def test_a_block_comes_back_whole(block_type) -> None:
    """Export and import, and with them copy, paste, duplicate and a library, go this way."""
    block = made(block_type)
    assert values(block) == VALUES[block_type]
    for raw in (written(block), as_studio_reads(written(block)), as_studio_reads(as_studio_reads(written(block)))):
        assert values(read(raw)) == VALUES[block_type]


@pytest.mark.parametrize("block_type", VALUES)
def test_the_file_is_the_same_after_every_way(block_type) -> None:
    raw = written(made(block_type))
    for way in (raw, as_studio_reads(raw)):
        again = written(read(way))
        assert again == raw
        assert written(read(again)) == raw


def test_an_empty_block_comes_back_empty() -> None:
    for block_type in VALUES:
        raw = written(read(f"<{block_type}/>"))
        assert b"activity" not in raw
        assert written(read(raw)) == raw


def test_the_file_is_readable_in_a_review() -> None:
    raw = written(made("cme", parts=[])).decode()
    assert 'activity="' not in raw
    assert "&#10;" not in raw
    assert "<activity " in raw
    assert max(len(line) for line in raw.splitlines()) < 300


def test_the_demonstration_comes_back_byte_for_byte() -> None:
    described = olx.from_xml(DEMO.read_bytes())
    block = made("cme", activity=canonical.to_data(described))
    again = read(as_studio_reads(written(block)))
    assert again.described() == described
    assert written(again) == written(block)
    element = etree.fromstring(written(again)).find("activity")
    assert canonical.sha256(olx.from_element(element)) == canonical.sha256(described)


def test_any_activity_comes_back_from_its_block() -> None:
    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategies.activities())
    def run(described: Any) -> None:
        block = made("cme", activity=canonical.to_data(described))
        raw = written(block)
        for way in (raw, as_studio_reads(raw)):
            again = read(way)
            assert again.activity == block.activity
            assert written(again) == raw

    run()


@pytest.mark.parametrize("block_type", VALUES)
def test_attributes_of_the_platform_and_of_strangers_only_warn(block_type, caplog) -> None:
    node = etree.fromstring(written(made(block_type)))
    for name, value in PLATFORM.items():
        node.set(name, value)
    with caplog.at_level(logging.WARNING):
        block = read(etree.tostring(node))
    assert values(block) == VALUES[block_type]
    assert "upstream_version" in caplog.text
    assert "passwd" not in written(block).decode()


@pytest.mark.parametrize("block_type", ["cme", "cme_part"])
@pytest.mark.parametrize("form", ["attribute", "element"])
def test_no_file_puts_answers_into_learners_state(block_type, form) -> None:
    node = etree.fromstring(written(made(block_type)))
    text = '{"baseline": {"b1": ["a"]}}'
    if form == "attribute":
        node.set("drafts", text)
    else:
        etree.SubElement(node, f"{{{OPTION}}}drafts").text = text
    block = read(etree.tostring(node))
    assert block.drafts == {}
    assert values(block) == VALUES[block_type]


@pytest.mark.parametrize("attribute", ["children", "parent"])
def test_no_file_moves_a_block_or_names_its_children(attribute) -> None:
    block = read(f"""<cme_content activity_id="x" {attribute}='["ward.cme.activity"]'/>""")
    assert block.children == []
    assert block.parent is None


STRANGERS = (
    "<!-- a comment -->",
    "<?a instruction?>",
    "text",
    "<problem><p>What is right?</p></problem>",
    "<cme/>",
    "<html><script>alert(1)</script></html>",
    "<drafts>{}</drafts>",
    "<parts>['claim']</parts>",
    "<display_name>Other</display_name>",
    '<x:weight xmlns:x="urn:other">7</x:weight>',
    f'<o:unknown xmlns:o="{OPTION}">7</o:unknown>',
    f'<o:children xmlns:o="{OPTION}">["a"]</o:children>',
)


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("block_type", ["cme", "cme_part"])
def test_elements_of_strangers_change_nothing(block_type, stranger) -> None:
    raw = written(made(block_type)).decode()
    end = f"</{block_type}>"
    whole = raw.replace(end, stranger + end) if end in raw else raw.replace("/>", f">{stranger}{end}")
    block = read(whole.encode())
    assert values(block) == VALUES[block_type]
    assert not getattr(block, "children", [])
    assert written(block) == raw.encode()


@pytest.mark.parametrize("name", ["weight", "parts", "display_name", "activity"])
@pytest.mark.parametrize("text", ["", "null", "[", "!!python/object/apply:os.system ['a']", "{", "7", "x", "[7, null]"])
def test_a_field_with_nonsense_in_it_breaks_no_page(name, text) -> None:
    """XBlock reads attributes as YAML; what is of no use to a field is refused on import, by XBlock itself."""
    node = etree.fromstring(written(made("cme_part", activity_id="")))
    node.set(name, text)
    try:
        block = read(etree.tostring(node))
    except (TypeError, ValueError, YAMLError):
        return
    assert block.shown
    for view in ("student_view", "author_view", "public_view"):
        block.runtime.get_block(block.scope_ids.usage_id).render(view, {})


def hostile() -> Iterator[tuple[str, str]]:
    good = olx.to_xml(sample.activity())
    yield "two activities", good + good
    yield "an unknown element in it", good.replace("</activity>", "<script/></activity>")
    yield "an unknown attribute", good.replace("<activity ", '<activity onclick="x" ', 1)
    yield "text in it", good.replace("</activity>", "text</activity>")
    yield "a wrong number", good.replace('amount="0.5"', 'amount="NaN"')
    yield "another namespace", good.replace("<activity ", '<activity xmlns="urn:other" ', 1)
    yield "the option namespace", good.replace("<activity ", f'<activity xmlns="{OPTION}" ', 1)
    yield "an entity", good.replace("Hand hygiene on the ward", "&unknown;")
    yield "nested too deep", good.replace("</activity>", "<x>" * 30 + "</x>" * 30 + "</activity>")


@pytest.mark.parametrize(("name", "inner"), list(hostile()))
def test_an_activity_that_cannot_be_read_is_refused_by_name_and_line(name, inner) -> None:
    with pytest.raises((OlxError, etree.XMLSyntaxError)) as refused:
        read(f'<cme display_name="Ward">{inner}</cme>'.encode())
    if isinstance(refused.value, OlxError):
        assert refused.value.element, name
        assert refused.value.line, name


def test_an_activity_is_taken_from_its_element_alone() -> None:
    assert read("""<cme activity='{"activity_id": "x"}'/>""").activity == {}


def test_comments_and_order_around_the_activity_do_not_matter() -> None:
    raw = f"<cme><!-- before -->\n{olx.to_xml(sample.activity())}\n<!-- after --><!-- a --></cme>"
    assert read(raw.encode()).described() == sample.activity()


def test_the_pages_of_a_content_block_come_back() -> None:
    pages = "".join(f"<html_demo><p>{text}</p></html_demo>" for text in ("One", "Two"))
    block = read(f'<cme_content activity_id="x">{pages}</cme_content>')
    again = read(as_studio_reads(written(block)))
    found = [etree.fromstring(f"<a>{one.content}</a>").findtext("p") for one in again.get_children()]
    assert found == ["One", "Two"]


def test_another_edition_is_another_file() -> None:
    """Else the tests above would hold for a file that says nothing."""
    other = replace(marked.activity(), title="Another title")
    assert written(made("cme")) != written(made("cme", activity=canonical.to_data(other)))
