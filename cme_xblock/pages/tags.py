"""Template tags for our own template engine: translation from the visit's catalogue, and text as paragraphs.

`{% trans "…" %}` takes the page's language from the context instead of Django's active catalogue, because a plugin's
strings are not in it; the name is the one that gettext's extractors look for. Where a number stands with a noun it is
`{% trans_count "{count} learner" "{count} learners" count=number %}`.
"""

from __future__ import annotations

import re

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cme_xblock.activity import richtext
from cme_xblock.activity.message import Plural

register = template.Library()

_CREDIT_PHRASE = re.compile(r"AMA PRA Category 1 Credit(?:s|\(s\))?™")


@register.simple_tag(takes_context=True)
def trans(context: Context, text: str, **values: object) -> str:
    """The text in the page's language, with its `{named}` places filled; escaped by the engine."""
    translated: str = context["language"].gettext(text)
    return translated.format(**values) if values else translated


@register.simple_tag(takes_context=True)
def trans_count(context: Context, one: str, many: str, *, count: int | str, **values: object) -> str:
    """The text in the form that the page's language has for that number, `{count}` and other places filled."""
    return Plural(one, many).of(count, context["language"].gettext).format(count=count, **values)


@register.filter
def credit_marks(text: str) -> SafeString:
    """Text with the AMA's credit phrase in italics, as the AMA requires. Source: spec R-2.1.

    It is English in every language; without a direction of its own its ™ would stand before it from right to left.
    """
    return mark_safe(_CREDIT_PHRASE.sub(r'<em dir="ltr" lang="en">\g<0></em>', escape(text)))  # noqa: S308 - escaped in this very line


@register.filter
def english(text: str) -> SafeString:
    """What accreditors name in English, a credit or their own words, said as English whatever the page's language."""
    return format_html('<span lang="en" dir="ltr">{}</span>', credit_marks(text)) if text else SafeString("")


@register.simple_tag(takes_context=True)
def speaks(context: Context) -> SafeString:
    """The attributes of what is in the reader's language inside an author's text."""
    language = context["language"]
    return format_html(' lang="{}" dir="{}"', language.code, language.direction)


@register.filter
def paragraphs(text: str) -> SafeString:
    """Author's text as paragraphs: a blank line parts them, a line break stays one."""
    blocks = (block.strip() for block in text.split("\n\n"))
    return format_html_join("", "<p>{}</p>", ((lines(block),) for block in blocks if block))


@register.filter
def rich(text: str) -> SafeString:
    """Author's text as blocks: HTML sanitised once more, as it may have come by OLX; plain text as paragraphs."""
    if not richtext.is_html(text):
        return paragraphs(text)
    return mark_safe(richtext.sanitised(text, target="_blank"))  # noqa: S308 - sanitised in this very line


@register.filter
def rich_lines(text: str) -> SafeString:
    """The same inside a legend: plain text stays inside its line."""
    return rich(text) if richtext.is_html(text) else lines(text)


@register.filter
def lines(text: str) -> SafeString:
    """Author's text inside a line: line breaks stay, nothing else is markup."""
    return mark_safe(escape(text).replace("\n", "<br>"))  # noqa: S308 - escaped in this very line
