"""What the three blocks have in common: the guard before every handler, the answers' form, and the page's frame.

It sits beside the blocks because Open edX derives the resource package from the module path (ADR 0002).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from web_fragments.fragment import Fragment
from webob import Request, Response
from xblock.core import XBlock
from xblock.fields import Scope

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import kind, language, place, visitor
from cme_xblock.pages import templating
from cme_xblock.participation.progress import Part
from cme_xblock.participation.refusal import Refusal
from cme_xblock.parts.visit import Setting

log = logging.getLogger(__name__)

MAX_BODY = 200_000


class BadRequest(Exception):  # noqa: N818 - the HTTP status by its name
    """A request that is not understood; `message` says what was expected."""

    def __init__(self, message: Message, status: int = 400) -> None:
        super().__init__(str(message))
        self.message = message
        self.status = status


@XBlock.needs("user", "i18n")
@XBlock.wants("completion", "publish", "studio_user_permissions")
class LearnerBlock(XBlock):
    """A block with which a learner takes part in an activity."""

    public_dir = "static"

    def __repr__(self) -> str:
        """Without the fields: hosts write it into logs and error pages, and an activity holds its key."""
        return f"<{type(self).__name__} {self.scope_ids.usage_id}>"

    def handle(self, handler_name: str, request: Request, suffix: str = "") -> Response:
        """Refuse the platform's unchecked door for every handler at once (ADR 0003)."""
        if visitor.is_noauth(request.path):
            return self.refused(visitor.refuse_write(self, request.path), status=403)
        return super().handle(handler_name, request, suffix)

    @classmethod
    def _set_field_if_present(cls, block: XBlock, name: str, value: str, attrs: Mapping[str, str]) -> None:
        """A field from OLX, if it is the author's: learners' state and places in the course are passed over."""
        field = block.fields.get(name)
        if field is not None and field.scope not in (Scope.content, Scope.settings):
            log.warning("%s: %s is no author's field and is not taken from OLX", cls.__name__, name)
            return
        super()._set_field_if_present(block, name, value, attrs)

    def setting(self, shown: tuple[Part, ...], *, home: str = "", section: str = "") -> Setting:
        """Who, where and when, for the parts."""
        return Setting(
            course_key=place.course_key(self),
            visitor=visitor.of(self),
            now=datetime.now(UTC),
            language=language.current(),
            prefix="cme-" + hashlib.sha256(str(self.scope_ids.usage_id).encode()).hexdigest()[:8],
            shown=shown,
            link=lambda target: place.link(self, target),
            home=home,
            section=section,
        )

    def answer(self, values: Mapping[str, Any], *, status: int = 200) -> Response:
        """An answer in JSON that nobody keeps."""
        return Response(
            json.dumps(values),
            status=status,
            content_type="application/json",
            charset="utf-8",
            cache_control="no-store",
        )

    def refused(
        self, message: Message | None, *, status: int = 400, fields: Mapping[str, str] | None = None
    ) -> Response:
        """A refusal: what, which rule, what next; and which field where one is at fault."""
        gettext = language.current().gettext
        sentence = message.format(gettext) if message else ""
        return self.answer({"error": {"message": sentence, "fields": dict(fields or {})}}, status=status)

    def framed(
        self,
        setting: Setting,
        *,
        heading: str,
        panel: str,
        activity_id: str,
        author_language: str = "",
        pages: str = "",
    ) -> Fragment:
        """The block's HTML with its style and script. `pages` is what stands between the heading and the panel."""
        gettext = setting.language.gettext
        fragment = Fragment(
            templating.render(
                "frame.html",
                {
                    "language": setting.language,
                    "prefix": setting.prefix,
                    "heading": heading,
                    "panel": panel,
                    "pages": pages,
                    "author_lang": "" if author_language == setting.language.code else author_language,
                },
            )
        )
        self.add_resources(fragment)
        fragment.initialize_js("CmeBlock", {"activity": activity_id, **{k: gettext(v) for k, v in _SENTENCES.items()}})
        return fragment

    def add_resources(self, fragment: Fragment) -> None:
        """Our one style sheet and one script."""
        fragment.add_css_url(self.runtime.local_resource_url(self, "static/cme_xblock/cme.css"))
        fragment.add_javascript_url(self.runtime.local_resource_url(self, "static/cme_xblock/cme.js"))


_SENTENCES = {
    "sending": N_("Sending…"),
    "failed": N_(
        "That did not work. Your answers are still on this page: if you were signed out, sign in again in another tab. "
        "Then try again here."
    ),
    "offline": N_("No connection. Your answers are still on this page: try again when you are online."),
    "kept": N_("Draft saved"),
    "unkept": N_("Draft not saved"),
}


def body_of(request: Request, *, largest: int = MAX_BODY) -> dict[str, Any]:
    """The request's JSON object, at most `largest` bytes, each name there once.

    Raises BadRequest for an unchecked door, another method, a large body, or anything but an object.
    """
    if visitor.is_noauth(request.path):
        # Once more, for runtimes that do not go through the block's `handle`.
        raise BadRequest(visitor.NO_ANSWERS, status=403)
    if request.method != "POST":
        raise BadRequest(Message(N_("Send this as a POST request.")), status=405)
    if (request.content_length or 0) > largest:
        raise BadRequest(Message(N_("The request is too large. Reload the page and try again.")), status=413)
    raw = request.body_file.read(largest + 1)
    if len(raw) > largest:
        raise BadRequest(Message(N_("The request is too large. Reload the page and try again.")), status=413)
    try:
        data = json.loads(raw, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest(
            Message(N_("The request was not understood: it is no JSON. Reload the page and try again."))
        ) from None
    if not isinstance(data, dict):
        raise BadRequest(Message(N_("The request was not understood: a JSON object was expected. Reload the page.")))
    return data


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are there once: with two values for one name, nobody can say what was sent."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(name: str) -> Any:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def part_of(data: Mapping[str, Any], shown: tuple[Part, ...]) -> Part:
    """The part that the request names. Raises BadRequest where this block does not show it."""
    name = data.get("part")
    if isinstance(name, str) and name in {part.value for part in shown}:
        return Part(name)
    raise BadRequest(Message(N_("This block has no such part. Reload the page and try again.")))


def status_of(refusal: Refusal) -> int:
    """409 where the learner's page is behind what is recorded, 400 where what was sent can't be taken."""
    return 409 if refusal.code in _BEHIND else 400


_BEHIND = frozenset(
    {
        "already_claimed",
        "already_done",
        "already_recorded",
        "disclosure_changed",
        "edition_changed",
        "locked",
        "not_live",
        "reported",
        "unknown_claim",
        "wording_changed",
    }
)


def refuse_preview(block: XBlock) -> None:
    """Raises BadRequest where nobody takes part: a draft in Studio has no learners, and must not become an edition."""
    if not is_live(block):
        raise BadRequest(visitor.PREVIEW, status=403)


def stored(block: XBlock, name: str) -> Any:
    """The saved value of one of the block's fields, or its default. For what every view needs.

    Reading a field the usual way asks the platform's store twice, whether it has the value and then for it, and each
    time the whole activity is brought along. What was set and not saved yet is not seen here.
    """
    try:
        return block._field_data.get(block, name)
    except KeyError:
        return getattr(block, name)


def is_live(block: XBlock) -> bool:
    """Whether learners take part here (LMS, workbench), as against a preview."""
    return kind.of(block) in (kind.Host.LMS, kind.Host.WORKBENCH)
