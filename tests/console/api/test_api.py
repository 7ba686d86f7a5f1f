"""The REST API: who may read what with which key, page by page, and that nothing is sent twice that is known."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from cme_xblock.console import api
from cme_xblock.console.access import Forbidden
from cme_xblock.console.api import scopes, tokens
from cme_xblock.console.exports import working
from cme_xblock.host import roles
from cme_xblock.records import keys
from cme_xblock.records.models import AccessEntry, ApiToken, ExportJob
from tests.console import world as worlds
from tests.console.exports import learners, reading
from tests.console.world import COURSE_A, COURSE_B, PROVIDER_A, PROVIDER_B, World

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not api.available(), reason=api.MISSING)]

HERE, THERE = keys.provider_key(PROVIDER_A), keys.provider_key(PROVIDER_B)
V1 = "/cme/api/v1/"
EVERY = tuple(scopes.SCOPES)


@pytest.fixture(autouse=True)
def nobody_asked_before() -> None:
    cache.clear()


@pytest.fixture
def crowd(world: World) -> World:
    """Seven learners of A, one of B."""
    for number in range(1, 8):
        learners.took_part(COURSE_A, str(number), name=f"Learner {number}")
    learners.took_part(COURSE_B, "90", name="Somebody of B")
    return world


def key(
    world: World, name: str = "office_a", *, provider: str = HERE, only: tuple[str, ...] = EVERY, days: int = 9
) -> str:
    reader = roles.of_user(world.users[name])
    made = tokens.make(reader, provider_key=provider, name="registry", scopes=only, days=9, now=datetime.now(UTC))
    return made.secret


def call(method: str, path: str, secret: str = "", body: object = None, **headers: str) -> Any:
    more = {"HTTP_AUTHORIZATION": f"Bearer {secret}"} if secret else {}
    data = json.dumps(body) if body is not None else ""
    return Client().generic(
        method, path if path.startswith("http") else V1 + path, data, "application/json", **more, **headers
    )


def get(path: str, secret: str = "", **headers: str) -> Any:
    return call("GET", path, secret, **headers)


def test_activities_are_those_of_the_keys_provider_alone(crowd: World) -> None:
    secret = key(crowd, "every_office")
    found = get("activities/", secret).json()
    assert [one["key"] for one in found["results"]] == [crowd.a]
    assert found["next"] is None
    assert get(f"activities/{crowd.a}/", secret).json()["provider"] == PROVIDER_A
    assert get(f"activities/{crowd.b}/", secret).status_code == 403
    assert get(f"activities/{'0' * 64}/", secret).json() == get(f"activities/{crowd.b}/", secret).json()


@pytest.mark.parametrize("kind", ["completions", "claims", "responses"])
def test_rows_are_those_of_the_export_page_by_page(crowd: World, kind: str) -> None:
    secret = key(crowd)
    whole = get(f"activities/{crowd.a}/rows/{kind}/", secret).json()["results"]
    assert whole
    address, found, pages = f"activities/{crowd.a}/rows/{kind}/?limit=2", [], 0
    while address:
        page = get(address, secret).json()
        found += page["results"]
        address, pages = page["next"], pages + 1
    assert found == whole
    assert pages >= 4
    assert "Somebody of B" not in str(whole)


def test_each_page_of_rows_is_an_entry(crowd: World) -> None:
    secret = key(crowd)
    get(f"activities/{crowd.a}/rows/claims/?limit=3", secret)
    entry = AccessEntry.objects.get(what="api:claims")
    assert (entry.count, entry.reader_name, entry.activity_key) == (3, "office_a", crowd.a)
    assert entry.chain.name == HERE


def test_filters_are_those_of_the_export(crowd: World) -> None:
    secret = key(crowd)
    rows = get(f"activities/{crowd.a}/rows/claims/?profession=rn", secret).json()["results"]
    assert rows == []
    refused = get(f"activities/{crowd.a}/rows/claims/?profession=wizard&colour=red", secret)
    assert refused.status_code == 400
    assert set(refused.json()["fields"]) == {"profession", "colour"}


def test_sums_need_no_permission_for_rows(crowd: World) -> None:
    secret = key(crowd, only=(scopes.SUMS,))
    found = get(f"activities/{crowd.a}/sums/outcomes/", secret)
    assert found.status_code == 200
    assert not any(f"Learner {number}" in found.content.decode() for number in range(1, 8))
    assert get(f"activities/{crowd.a}/rows/claims/", secret).status_code == 403


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (scopes.ACTIVITIES, "activities/"),
        (scopes.ACTIVITIES, "activities/{a}/"),
        (scopes.SUMS, "activities/{a}/sums/evaluation_sums/"),
        (scopes.ROWS, "activities/{a}/rows/claims/"),
        (scopes.EXPORTS, "kinds/"),
        (scopes.EXPORTS, "exports/"),
    ],
)
def test_a_key_does_what_its_scopes_say_and_nothing_else(crowd: World, scope: str, path: str) -> None:
    address = path.format(a=crowd.a)
    assert get(address, key(crowd, only=(scope,))).status_code == 200
    others = tuple(one for one in EVERY if one != scope)
    assert get(address, key(crowd, only=others)).status_code == 403


def test_a_key_of_course_staff_reads_no_rows(crowd: World, settings: Any) -> None:
    settings.CME_ROLES_OF = "tests.console.api.test_api.teacher"
    made = tokens.make(
        teacher(str(crowd.users["teacher_a"].pk)),
        provider_key=HERE,
        name="x",
        scopes=EVERY,
        days=1,
        now=datetime.now(UTC),
    )
    assert get(f"activities/{crowd.a}/sums/outcomes/", made.secret).status_code == 200
    assert get(f"activities/{crowd.a}/rows/claims/", made.secret).status_code == 403


def teacher(reader_id: str) -> roles.Reader:
    """CME_ROLES_OF of one test."""
    return roles.Reader(id=reader_id, name="teacher_a", teaches=lambda course: course == COURSE_A)


@pytest.mark.parametrize("secret", ["cme_" + "x" * 43, "cme_short", "cme_" + "x" * 5000, "cme_\u202e" + "x" * 42])
def test_what_is_no_key_is_refused(crowd: World, secret: str) -> None:
    answer = call("GET", "activities/", secret.encode("utf-8").decode("latin-1"))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="cme"'


def test_nobody_is_told_to_bring_a_key(crowd: World) -> None:
    assert get("activities/").status_code == 401


def test_a_key_ends_with_its_day_with_its_owner_and_when_it_is_taken_back(crowd: World) -> None:
    secret, other, third = key(crowd), key(crowd), key(crowd)
    ApiToken.objects.filter(sha256=sha(secret)).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert get("activities/", secret).status_code == 401
    office = roles.of_user(crowd.users["office_a"])
    token = ApiToken.objects.get(sha256=sha(other))
    assert not tokens.revoke(token.uuid, roles.of_user(crowd.users["every_office"]), now=datetime.now(UTC))
    assert tokens.revoke(token.uuid, office, now=datetime.now(UTC))
    assert get("activities/", other).status_code == 401
    crowd.users["office_a"].groups.clear()
    assert get("activities/", third).status_code == 403
    User.objects.filter(username="office_a").update(is_active=False)
    assert get("activities/", third).status_code == 401


def sha(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def test_only_the_hash_of_a_key_is_kept_and_its_last_use(crowd: World) -> None:
    secret = key(crowd)
    token = ApiToken.objects.get()
    kept = " ".join(str(getattr(token, one.name)) for one in ApiToken._meta.fields)
    assert secret not in kept
    assert secret[4:-4] not in kept
    assert token.last_used_at is None
    get("activities/", secret)
    token.refresh_from_db()
    assert token.last_used_at is not None


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": " "}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["root"]}, "scopes"), ({"days": 0}, "days"),
     ({"days": 367}, "days"), ({"name": "a\u202eb"}, "name")],
)  # fmt: skip
def test_a_key_is_made_of_what_fits(crowd: World, given: dict[str, Any], field: str) -> None:
    reader = roles.of_user(crowd.users["office_a"])
    wanted: dict[str, Any] = {"name": "x", "scopes": ["rows"], "days": 1, **given}
    with pytest.raises(tokens.TokenError) as caught:
        tokens.make(reader, provider_key=HERE, now=datetime.now(UTC), **wanted)
    assert set(caught.value.problems) == {field}


def test_nobody_makes_a_key_for_another_provider(crowd: World) -> None:
    with pytest.raises(Forbidden):
        key(crowd, "office_a", provider=THERE)


def test_what_is_known_is_not_sent_again(crowd: World) -> None:
    secret = key(crowd)
    address = f"activities/{crowd.a}/rows/claims/"
    first = get(address, secret)
    again = get(address, secret, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert get(address, secret, HTTP_IF_NONE_MATCH=f'"x", W/{first["ETag"]}').status_code == 304
    learners.took_part(COURSE_A, "8", name="Learner 8")
    assert get(address, secret, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_no_cache_keeps_what_was_read(crowd: World) -> None:
    secret = key(crowd)
    answer = get(f"activities/{crowd.a}/rows/claims/", secret)
    assert answer["Cache-Control"] == "private, no-store"
    known = get(f"activities/{crowd.a}/rows/claims/", secret, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (known.status_code, known["Cache-Control"]) == (304, "private, no-store")
    assert get("activities/", secret)["Cache-Control"] == "private, no-cache"
    assert answer["Vary"] == "Authorization, Cookie"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=eyJhIjoxfQ:x:y", "limit=0", "limit=501", "limit=-1", "limit=1e3"]
)
def test_a_place_that_is_none_is_refused(crowd: World, query: str) -> None:
    assert get(f"activities/{crowd.a}/rows/claims/?{query}", key(crowd)).status_code == 400


def test_a_cursor_of_another_list_is_refused(crowd: World) -> None:
    secret = key(crowd)
    page = get(f"activities/{crowd.a}/rows/claims/?limit=1", secret).json()
    cursor = page["next"].split("cursor=")[1].split("&")[0]
    assert get(f"activities/{crowd.a}/rows/responses/?cursor={cursor}", secret).status_code == 400


def test_too_many_requests_are_told_when_to_come_back(crowd: World, settings: Any) -> None:
    settings.CME_API_RATE = "3/min"
    secret, other = key(crowd), key(crowd)
    assert [get("activities/", secret).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = get("activities/", secret)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert get("activities/", other).status_code == 200


def test_an_export_from_its_beginning_to_its_file(crowd: World) -> None:
    secret = key(crowd)
    begun = call("POST", "exports/", secret, {"kind": "claims", "form": "jsonl", "why": "Registry"})
    assert begun.status_code == 201
    one = begun.json()
    assert (one["state"], one["file"], one["percent"]) == ("waiting", None, 0)
    assert get(one["url"] + "file/", secret).status_code == 404
    work()
    one = get(one["url"], secret).json()
    assert (one["state"], one["percent"], one["rows"]) == ("done", 100, 8)
    answer = get(one["file"], secret)
    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == one["sha256"]
    assert len(reading.of_json_lines(content)) == one["rows"]
    assert get(one["file"], secret, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    assert AccessEntry.objects.filter(what="export:download").count() == 1
    assert [each["uuid"] for each in get("exports/", secret).json()["results"]] == [one["uuid"]]
    assert call("DELETE", one["url"], secret).status_code == 204
    assert get(one["file"], secret).status_code == 404


def work() -> None:
    now = datetime.now(UTC)
    working.run(now=lambda: now, owner="w", until=now + timedelta(hours=1))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "claims"}, "why"),
        ({"kind": "claims", "why": 7}, "why"),
        ({"kind": "nothing", "why": "x"}, "kind"),
        ({"kind": "claims", "why": "x", "activities": ["x"]}, "activities"),
        ({"kind": "claims", "why": "x", "filters": {"since": "x"}}, "since"),
        ([], "kind"),
        ("text", "kind"),
    ],
)
def test_what_cannot_be_exported_is_said_of_its_field(crowd: World, body: Any, field: str) -> None:
    answer = call("POST", "exports/", key(crowd), body)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not ExportJob.objects.exists()


def test_another_providers_activity_is_not_exported(crowd: World) -> None:
    secret = key(crowd, "every_office")
    answer = call("POST", "exports/", secret, {"kind": "claims", "why": "x", "activities": [crowd.b]})
    assert answer.status_code == 400
    assert not ExportJob.objects.exists()


def test_an_export_is_its_owners_and_its_keys_providers(crowd: World) -> None:
    mine = call("POST", "exports/", key(crowd), {"kind": "claims", "why": "x"}).json()
    for stranger in (key(crowd, "every_office"), key(crowd, "every_office", provider=THERE)):
        assert get(mine["url"], stranger).status_code == 404
        assert get("exports/", stranger).json()["results"] == []


def test_a_form_of_a_strange_page_changes_nothing(crowd: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(crowd.users["office_a"])
    assert client.get(V1 + "activities/").status_code == 200
    answer = client.post(V1 + "exports/", '{"kind": "claims", "why": "x"}', content_type="application/json")
    assert answer.status_code == 403
    assert not ExportJob.objects.exists()


def test_openapi_describes_every_address(crowd: World) -> None:
    found = get("openapi.json", key(crowd)).json()
    assert found["openapi"].startswith("3.")
    assert set(found["paths"]) == {
        f"/cme/api/v1/{one}"
        for one in (
            "activities/", "activities/{key}/", "activities/{key}/rows/{kind}/", "activities/{key}/sums/{kind}/",
            "kinds/", "exports/", "exports/{uuid}/", "exports/{uuid}/file/",
        )
    }  # fmt: skip
    for operations in found["paths"].values():
        for method, one in operations.items():
            assert one["description"], method
            assert one["security"] == [{"key": []}]
    assert found["components"]["schemas"]["Export"]["properties"]["sha256"]


def test_the_page_of_keys_shows_a_key_once(crowd: World) -> None:
    client = crowd.client("office_a")
    answer = client.post("/cme/api/keys/", {"name": "registry", "provider": HERE, "scopes": ["rows"], "days": "30"})
    secret = answer.content.decode().split("data-cme-secret>")[1].split("<")[0]
    assert get(f"activities/{crowd.a}/rows/claims/", secret).status_code == 200
    page = client.get("/cme/api/keys/").content.decode()
    assert secret not in page
    assert secret[-4:] in page
    uuid = ApiToken.objects.get().uuid
    assert crowd.client("every_office").post(f"/cme/api/keys/{uuid}/revoke/").status_code == 302
    assert ApiToken.objects.get().revoked_at is None
    client.post(f"/cme/api/keys/{uuid}/revoke/")
    assert ApiToken.objects.get().revoked_at is not None
    assert [one.what for one in AccessEntry.objects.filter(what__startswith="token").order_by("pk")] == [
        "token:made", "token:revoked",
    ]  # fmt: skip


def test_a_key_that_does_not_fit_is_told_so_on_the_page(crowd: World) -> None:
    answer = crowd.client("office_a").post("/cme/api/keys/", {"name": "", "provider": THERE, "days": "x"})
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()


def test_a_key_is_for_one_provider_also_where_an_activity_names_none(crowd: World) -> None:
    """Activities without a provider's name have an empty key, which must not open every provider."""
    worlds.publish("course-v1:Lake+CME9+2026", "")
    with pytest.raises(Forbidden):
        key(crowd, "every_office", provider="")
    client = crowd.client("every_office")
    client.post("/cme/api/keys/", {"name": "x", "scopes": ["rows"], "days": "9", "provider": ""})
    assert not ApiToken.objects.exists()
