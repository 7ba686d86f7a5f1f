"""What the host says of the reader of a page that belongs to no block: of which teams and offices, operator or not.

Deny by default: whoever the host names in no role has none. In the LMS:

- course staff: who has a staff or instructor role in that course or its organisation, by name. That the platform lets
  its global staff into every course makes nobody a reader of learners' records.
- CME administrator of a provider: a member of a Django group that CME_ADMINISTRATORS maps to it.
- operator: global staff (`is_staff`). Sees the platform's health and no learner.

Surveyors are named in our own tables (`records.grants`), because no platform has the role.

.. setting_name: CME_ADMINISTRATORS
.. setting_default: {}
.. setting_description: {"<name of a Django group>": ["<provider, as activities name it>", …]}: whose console its
    members see. "*" stands for every provider. Members of such a group see learners' names and records of that
    provider's activities; being a superuser or global staff gives none of that by itself.
.. setting_name: CME_ROLES
.. setting_default: None
.. setting_description: Where there is no LMS: the dotted path of a function that takes the request and gives a
    cme_xblock.host.roles.Reader. In the LMS it must be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

# In a list of providers: all of them, also those to come.
EVERY = "*"
_SETTING = "CME_ROLES"
_GROUPS = "CME_ADMINISTRATORS"
_OF_ID, _LONGEST_ID = "CME_ROLES_OF", 18


class Role(StrEnum):
    """In what capacity somebody reads."""

    LEARNER = "learner"
    COURSE_STAFF = "course_staff"
    ADMINISTRATOR = "administrator"
    SURVEYOR = "surveyor"
    OPERATOR = "operator"


def _no_course(course_key: str) -> bool:
    return False


@dataclass(frozen=True)
class Reader:
    """Who asks. `id` as the host gives it, empty for nobody; `name`: the account's; `providers`: their names, or `*`.

    `teaches`: whether this reader is of the team of the course with that key.
    """

    id: str = ""
    name: str = ""
    providers: frozenset[str] = frozenset()
    is_operator: bool = False
    teaches: Callable[[str], bool] = field(default=_no_course, compare=False, repr=False)

    @property
    def known(self) -> bool:
        """Whether the host knows who this is."""
        return bool(self.id)


NOBODY = Reader()


def of_request(request: HttpRequest) -> Reader:
    """The reader of this request, by the platform's own word. NOBODY where it names none."""
    from django.conf import settings

    named = getattr(settings, _SETTING, None)
    if named:
        from django.utils.module_loading import import_string

        found = import_string(named)(request)
        return found if isinstance(found, Reader) else NOBODY
    return of_user(getattr(request, "user", None))


def of_id(reader_id: str) -> Reader:
    """The reader with that id, where nobody asks at this moment: the owner of a token, of a scheduled export.

    .. setting_name: CME_ROLES_OF
    .. setting_default: None
    .. setting_description: Where there is no LMS: the dotted path of a function that takes an id, as CME_ROLES gives
        it, and gives the Reader. In the LMS it must be left out.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model

    named = getattr(settings, _OF_ID, None)
    if named:
        from django.utils.module_loading import import_string

        found = import_string(named)(reader_id)
        return found if isinstance(found, Reader) else NOBODY
    if not reader_id.isdecimal() or len(reader_id) > _LONGEST_ID:
        return NOBODY
    return of_user(get_user_model().objects.filter(pk=int(reader_id)).first())


def of_user(user: Any) -> Reader:
    """The same of a user of the platform, such as the owner of a token. NOBODY for an inactive or anonymous one."""
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    return Reader(
        id=str(user.pk),
        name=str(user.get_username()),
        providers=administered(user.groups.values_list("name", flat=True)),
        is_operator=bool(user.is_staff),
        teaches=lambda course_key: _teaches(user, course_key),
    )


def administered(groups: Iterable[str]) -> frozenset[str]:
    """The providers that members of these groups administer, by CME_ADMINISTRATORS. Raises ImproperlyConfigured."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    mapped = getattr(settings, _GROUPS, {})
    if not isinstance(mapped, Mapping) or any(isinstance(one, str) for one in mapped.values()):
        raise ImproperlyConfigured(f'{_GROUPS} maps names of groups to lists: {{"CME office": ["Provider"]}}.')
    return frozenset(str(provider) for group in groups for provider in mapped.get(group, ()))


def _teaches(user: Any, course_key: str) -> bool:
    """Whether a role in that course or its organisation was given to this user. Nobody, in doubt.

    Not `has_access`, which lets global staff into every course. Source: edx-platform,
    common/djangoapps/student/roles.py.
    """
    try:
        from common.djangoapps.student import roles
        from opaque_keys import InvalidKeyError
        from opaque_keys.edx.keys import CourseKey
    except ImportError:
        return False
    try:
        key = CourseKey.from_string(course_key)
    except InvalidKeyError:
        return False
    given = (
        roles.CourseStaffRole(key),
        roles.CourseInstructorRole(key),
        roles.OrgStaffRole(key.org),
        roles.OrgInstructorRole(key.org),
    )
    return any(role.has_user(user) for role in given)
