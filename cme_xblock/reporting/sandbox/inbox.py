"""A desk's inbox as one plain page: what arrived, what became of it, the form for misbehaving; and the way there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.misbehave import LABELS, Rule
from cme_xblock.reporting.sandbox.store import Arrival, Kept

SHOWN = 200

_WORDS = {"pending": "Waiting", "accepted": "Accepted", "refused": "Rejected"}

_STYLE = """
:root { color-scheme: light dark; --line: #767676; --mark: #fff4ce; --ink: #1b1b1b; --paper: #ffffff; --link: #00437a }
@media (prefers-color-scheme: dark) {
  :root { --line: #8a8a8a; --mark: #4a3b00; --ink: #f2f2f2; --paper: #1b1b1b; --link: #9ecbff }
}
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 75rem;
  color: var(--ink); background: var(--paper) }
a { color: var(--link) }
.banner { background: var(--mark); border: 1px solid var(--line); padding: .5rem 1rem; margin: 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: start; font-weight: 600; padding-block: .5rem }
th, td { border-block-end: 1px solid var(--line); padding: .35rem .6rem; text-align: start; vertical-align: top }
td.id { overflow-wrap: anywhere; min-width: 12rem }
fieldset { min-width: 0; box-sizing: border-box }
label { display: block; margin-block-start: .5rem }
input, select, button { font: inherit; min-height: 2.5rem; max-width: 100%; box-sizing: border-box }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
"""


def page(desk: Desk) -> str:
    """The whole page of one desk, on its own time."""
    at = desk.clock()
    title = escape(desk.title)
    return _document(
        f"{title}: inbox",
        escape(desk.notice),
        f"""<h1>Inbox of {title}</h1>
<p><a href="./">Look again</a> · <a href="/">All receivers</a></p>
{_records(desk, desk.store.records(limit=SHOWN), at)}
{_arrivals(desk.store.arrivals(limit=SHOWN))}
{_rules(desk.store.rules())}
{_form()}""",
    )


def overview(desks: Sequence[Desk]) -> str:
    """The page that leads to the desks."""
    items = "\n".join(
        f'<li><a href="/{one.name}/">Inbox of {escape(one.title)}</a>: {one.store.count()} kept</li>' for one in desks
    )
    return _document("receivers", "", f"<h1>Rehearsal receivers</h1>\n<ul>\n{items}\n</ul>")


def _document(title: str, notice: str, main: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rehearsal: {title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<p class="banner"><strong>Rehearsal: nothing leaves this machine.</strong> {notice}</p>
</header>
<main>
{main}
</main>
</body>
</html>
"""


def _records(desk: Desk, records: Sequence[Kept], at: float) -> str:
    if not records:
        return "<h2>Received</h2>\n<p>Nothing has arrived yet.</p>"
    rows = (
        (
            ("id", one.key),
            ("", _WORDS[one.status(at)] + (f": {one.rejection}" if one.status(at) == "refused" else "")),
            *(("", one.facts.get(name, "")) for name in desk.columns),
            ("", _time(one.received_at)),
        )
        for one in records
    )
    names = ("Key", "Status", *desk.columns.values(), "Received")
    return "<h2>Received</h2>\n" + _table(f"{len(records)} newest records", names, rows)


def _arrivals(arrivals: Sequence[Arrival]) -> str:
    if not arrivals:
        return ""
    rows = (
        (("", _time(one.at)), ("", one.request), ("id", one.key), ("", one.result), ("", one.detail))
        for one in arrivals
    )
    names = ("Time", "Request", "Key", "Result", "Detail")
    return "<h2>Requests</h2>\n" + _table(f"{len(arrivals)} newest requests", names, rows)


def _rules(rules: Sequence[Rule]) -> str:
    if not rules:
        return "<h2>Misbehaviour</h2>\n<p>The receiver behaves.</p>"
    items = "\n".join(
        f"<li>{escape(LABELS[one.trouble])} ({one.on}, {_times(one.times)}{', ' if one.key else ''}"
        f"{escape(one.key)})</li>"
        for one in rules
    )
    return f"""<h2>Misbehaviour</h2>
<ul>
{items}
</ul>
<form method="post" action="behave"><button>Behave again</button></form>"""


def _times(times: int | None) -> str:
    if times is None:
        return "always"
    return "once" if times == 1 else f"{times} times"


def _form() -> str:
    options = "\n".join(f'<option value="{one}">{escape(label)}</option>' for one, label in LABELS.items())
    return f"""<form method="post" action="rules">
<fieldset>
<legend>Tell the receiver to misbehave</legend>
<label for="trouble">What goes wrong</label>
<select id="trouble" name="trouble">
{options}
</select>
<label for="on">With which requests</label>
<select id="on" name="on"><option value="save">What is sent</option><option value="status">Questions</option></select>
<label for="times">How often (empty: always)</label>
<input id="times" name="times" type="number" min="1" max="10000" value="1">
<label for="seconds">Seconds to wait, or to ask for in Retry-After</label>
<input id="seconds" name="seconds" type="number" min="0" max="3600" step="any" value="2">
<label for="text">Text of a refusal</label>
<input id="text" name="text" maxlength="500" size="50" value="{escape(Rule.text)}">
<label for="key">Only the record with this key (empty: all)</label>
<input id="key" name="key" maxlength="300" size="50">
<p><button>Misbehave</button></p>
</fieldset>
</form>"""


def _table(caption: str, names: Sequence[str], rows: Iterable[Sequence[tuple[str, str]]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "\n".join("<tr>" + "".join(_cell(kind, text) for kind, text in row) + "</tr>" for row in rows)
    label = escape(caption)
    return f"""<div class="scroll" role="region" aria-label="{label}" tabindex="0">
<table>
<caption>{label}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>"""


def _cell(kind: str, text: str) -> str:
    return f'<td class="{kind}">{escape(text)}</td>' if kind else f"<td>{escape(text)}</td>"


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
