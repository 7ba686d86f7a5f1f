"""The form's HTML read as the page's script reads it: every control by its name, every ticked box by its place."""

from __future__ import annotations

from lxml import html


def collected(page: str) -> dict[str, str | bool]:
    """The flat mapping that the page would send if nobody touched it."""
    root = html.fragment_fromstring(page, create_parent="form")
    values: dict[str, str | bool] = {}
    for one in root.iter("input", "select", "textarea"):
        name = one.get("name")
        if name is None:
            continue
        assert name not in values, f"{name} is there twice"
        values[name] = _value(one)
    for group in root.iter("fieldset"):
        if group.get("data-cme-ticks") is None:
            continue
        ticked = group.xpath('.//input[@type="checkbox"][@checked]')
        values |= {f"{group.get('data-cme-ticks')}.{index}": one.get("value") for index, one in enumerate(ticked)}
    return values


def _value(one: html.HtmlElement) -> str | bool:
    if one.tag == "textarea":
        # The first line feed of a textarea is not its own.
        return (one.text or "").removeprefix("\n")
    if one.tag == "select":
        chosen = one.xpath(".//option[@selected]") or one.xpath(".//option")
        return chosen[0].get("value")
    if one.get("type") == "checkbox":
        return one.get("checked") is not None
    return one.get("value", "").replace("\n", "").replace("\r", "")
