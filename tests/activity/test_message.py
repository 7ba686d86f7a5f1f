"""A text with a number is said in the form that goes with it, in each language by its own rule."""

from __future__ import annotations

import gettext

import pytest

from cme_xblock.activity.message import N_, NP_, Catalogue, Message
from cme_xblock.host import language
from cme_xblock.pages import templating

DAYS = NP_("{count} day until {what}", "{count} days until {what}")


class Arabic(gettext.NullTranslations):
    """Two of Arabic's forms, by the rule of its catalogue."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        assert (msgid1, msgid2) == (DAYS.one, DAYS.many)
        return "يومان إلى {what}" if n == 2 else f"form of {n}: {{count}} {{what}}"

    def gettext(self, message: str) -> str:
        return f"<{message}>"


@pytest.mark.parametrize(
    ("count", "said"),
    [("0", "0 days"), ("1", "1 day"), ("2", "2 days"), ("1.5", "1.5 days"), ("fewer than 5", "fewer than 5 days")],
)
def test_english_has_two_forms(count: str, said: str) -> None:
    message = Message(DAYS, {"count": count, "what": "then"})
    assert str(message) == f"{said} until then"
    assert message.format(Catalogue(gettext.NullTranslations())) == f"{said} until then"


def test_the_catalogue_chooses_the_form_and_what_is_inside_is_translated_too() -> None:
    arabic = Catalogue(Arabic())
    inside = Message(N_("the end"))
    assert Message(DAYS, {"count": "2", "what": inside}).format(arabic) == "يومان إلى <the end>"
    assert Message(DAYS, {"count": "7", "what": inside}).format(arabic) == "form of 7: 7 <the end>"
    assert Message(DAYS, {"count": "0.5", "what": "x"}).format(arabic) == "form of 100: 0.5 x"


def test_a_template_says_it_the_same_way() -> None:
    written = '{% trans_count "{count} day <{a}>" "{count} days <{a}>" count=n a=a %}'
    template = templating._engine().from_string(written)
    for count, said in ((1, "1 day"), (3, "3 days")):
        values = {"language": language.named("en"), "n": count, "a": "&"}
        assert template.render(templating.Context(values)) == f"{said} &lt;&amp;&gt;"
