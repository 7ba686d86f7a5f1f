"""The admin's pages of endpoints: several providers, none of whom sees another's; secrets go in and never come out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from cme_xblock.records.models import EndpointChange, EndpointSecret, EndpointSetting
from cme_xblock.reporting import config
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk
from tests.reporting import world

pytestmark = pytest.mark.django_db

LIST = "/admin/cme_xblock/endpointsetting/"
SECRET = "tr0ub4dor-and-3"
SAID = {"url": "https://lrs.example.org/xapi", "user": "rehearsal", "options": {"home_page": "https://lms.example.org"}}


@pytest.fixture(autouse=True)
def two_providers(settings: Any) -> None:
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org")]
    settings.CME_ENDPOINT_ADMIN = {"providers": {"CME office A": ["Provider A"], "CME office B": ["Provider B"]}}


def signed_in(name: str, group: str = "", *, may: bool = True, **values: Any) -> Client:
    user = User.objects.create_user(name, is_staff=True, **values)
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    if may:
        user.user_permissions.add(Permission.objects.get(codename="manage_endpoints"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def anna() -> Client:
    return signed_in("anna", "CME office A")


@pytest.fixture
def root() -> Client:
    return signed_in("root", is_superuser=True)


def test_members_of_a_providers_office_look_after_its_endpoints(settings: Any) -> None:
    settings.CME_ADMINISTRATORS = {"CME office C": ["Provider A"]}
    assert signed_in("carla", "CME office C").get(LIST).status_code == 200
    assert signed_in("dora", "CME office C", may=False).get(LIST).status_code == 403
    assert signed_in("emil", "CME office D").get(LIST).status_code == 403


def form(**changes: Any) -> dict[str, Any]:
    said = changes.pop("said", SAID)
    values = {
        "name": "lrs-a", "kind": "xapi_lrs", "provider": "Provider A", "enabled": "on",
        "settings_text": said if isinstance(said, str) else json.dumps(said), "password": SECRET,
        "changes-TOTAL_FORMS": "0", "changes-INITIAL_FORMS": "0",
    }  # fmt: skip
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def add(client: Client, **changes: Any) -> Any:
    return client.post(f"{LIST}add/", form(**changes))


def change(client: Client, row: EndpointSetting, **changes: Any) -> Any:
    counted = {"changes-TOTAL_FORMS": row.changes.count(), "changes-INITIAL_FORMS": row.changes.count()}
    for number, one in enumerate(row.changes.order_by("-pk")):
        counted |= {f"changes-{number}-id": one.pk, f"changes-{number}-endpoint": row.pk}
    return client.post(f"{LIST}{row.pk}/change/", form(**{"name": None, "kind": None, **counted, **changes}))


def errors(response: Any) -> str:
    """What the page says is wrong; it was not saved then."""
    assert response.status_code == 200, response.status_code
    return json.dumps(response.context["errors"])


def test_what_is_saved_is_an_endpoint_with_its_secret_and_history(anna):
    assert add(anna).status_code == 302
    its = config.endpoints()["lrs-a"].config
    assert (its.kind, its.provider, its.url, its.secret(its.password_env)) == (
        "xapi_lrs", "Provider A", SAID["url"], SECRET,
    )  # fmt: skip
    row = EndpointSetting.objects.get()
    assert (row.changed_by, EndpointChange.objects.get().by) == ("anna", "anna")


def test_a_secret_never_comes_out_again(anna):
    add(anna)
    row = EndpointSetting.objects.get()
    pages = [anna.get(LIST), anna.get(f"{LIST}{row.pk}/change/"), anna.get(f"{LIST}{row.pk}/history/")]
    pages.append(change(anna, row, password="", said="{broken"))
    pages.append(change(anna, row, password="another one", said="{broken"))
    texts = [page.content.decode() for page in pages]
    assert [page.status_code for page in pages] == [200] * 5
    assert not any(SECRET in text or "another one" in text for text in texts)
    assert "Set. Leave this empty to keep it." in texts[1]
    assert "Not set." in texts[1]
    assert "&quot;password&quot;: [&quot;not set&quot;, &quot;set&quot;]" in texts[1]


def test_an_empty_field_keeps_the_secret_and_a_tick_forgets_it(anna):
    add(anna)
    row = EndpointSetting.objects.get()
    assert change(anna, row, password="", enabled=None).status_code == 302
    assert EndpointSecret.objects.count() == 1
    assert not config.endpoints()["lrs-a"].config.enabled
    assert change(anna, row, password="", forget_password="on").status_code == 302
    assert EndpointSecret.objects.count() == 0


def test_nobody_sees_or_changes_another_providers(anna, root):
    add(root, name="lrs-b", provider="Provider B")
    add(root, name="lrs-all", provider="")
    add(root)
    b, everybodys = (EndpointSetting.objects.get(name=name) for name in ("lrs-b", "lrs-all"))
    page = anna.get(LIST).content.decode()
    assert "lrs-a" in page
    assert "lrs-b" not in page
    assert "lrs-all" not in page
    assert "Provider B" not in page
    for row in (b, everybodys):
        for address in ("change/", "history/"):
            answer = anna.get(f"{LIST}{row.pk}/{address}", follow=True)
            assert row.name not in answer.content.decode().replace(f"/{row.pk}/", "")
        change(anna, row, enabled=None, provider="Provider A")
        row.refresh_from_db()
        assert (row.enabled, row.changed_by) == (True, "root")
    anna.post(LIST, {"action": "try_now", "_selected_action": [b.pk, everybodys.pk]})
    assert all(name in root.get(LIST).content.decode() for name in ("lrs-a", "lrs-b", "lrs-all"))


@pytest.mark.parametrize("provider", ["Provider B", "", "*"])
def test_nobody_makes_one_for_another_provider(anna, provider):
    assert "valid choice" in errors(add(anna, provider=provider)) or not provider
    assert not EndpointSetting.objects.exists()
    add(anna)
    row = EndpointSetting.objects.get()
    errors(change(anna, row, provider=provider))
    row.refresh_from_db()
    assert row.provider == "Provider A"


def test_without_permission_or_provider_there_is_nothing():
    assert signed_in("carl", "CME office A", may=False).get(LIST).status_code == 403
    assert signed_in("dora", "Library").get(LIST).status_code == 403
    assert add(signed_in("emil", "Library")).status_code == 403


def test_nobody_deletes_one(root):
    add(root)
    row = EndpointSetting.objects.get()
    assert root.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post(LIST, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert EndpointSetting.objects.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"said": "[]"}, "JSON object"),
        ({"said": {**SAID, "url": "https://me:pw@lrs.example.org"}}, "take it out"),
        ({"said": {**SAID, "allow_insecure_loopback": True}}, "operator"),
        ({"said": {**SAID, "allow_private_network": True}}, "operator"),
        ({"said": {**SAID, "ca_file": "/etc/passwd"}}, "operator"),
        ({"said": {**SAID, "password_env": "SECRET_OF_THE_SITE"}}, "password_env"),
        ({"said": {**SAID, "password_env": "stored:token"}}, "password_env"),
        ({"said": {**SAID, "password": "hunter2"}}, "settings.password is not a setting"),
        ({"said": {**SAID, "options": {"auth": "digest"}}}, "options.auth"),
        ({"kind": "filedrop", "said": {"options": {"folder": "/", "layout": "csv"}}}, "valid choice"),
        ({"kind": "os:path"}, "valid choice"),
        ({"name": "pars"}, "taken"),
        ({"name": "LRS"}, "lower-case"),
    ],
)
def test_what_may_not_be_said_is_refused_in_words(root, changes, told):
    answer = errors(add(root, **changes))
    assert told in answer
    assert "hunter2" not in answer
    assert "SECRET_OF_THE_SITE" not in answer
    assert not EndpointSetting.objects.exists()


def test_the_operator_may_allow_more(root, settings):
    settings.CME_ENDPOINT_ADMIN = {"variables": {"*": [world.PASSWORD_ENV]}, "allow": ["allow_insecure_loopback"]}
    said = {**SAID, "password_env": world.PASSWORD_ENV, "allow_insecure_loopback": True}
    assert add(root, said=said, password="").status_code == 302
    its = config.endpoints()["lrs-a"].config
    assert its.secret(its.password_env) == world.PASSWORD


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example.org/xapi", "http://lrs.example.org", "https://lrs.example.org:444"]
)
def test_a_stored_secret_does_not_follow_to_another_address(anna, url):
    add(anna)
    row = EndpointSetting.objects.get()
    assert "enter the password again" in errors(change(anna, row, password="", said={**SAID, "url": url}))
    assert config.endpoints()["lrs-a"].config.url == SAID["url"]
    assert change(anna, row, password="new", said={**SAID, "url": url}).status_code == 302


def test_without_keys_no_secret_is_taken(anna, settings):
    settings.CME_IDENTIFIER_KEYS = []
    assert "CME_IDENTIFIER_KEYS" in errors(add(anna))
    assert not EndpointSetting.objects.exists()


def test_check_tries_it_and_says_what_is_wrong(root, settings, tmp_path):
    settings.CME_ENDPOINT_ADMIN = {"allow": ["allow_insecure_loopback"]}
    desk = XapiDesk(Store(tmp_path / "lrs.sqlite3"), world.Clock().seconds)
    with world.listening(desk) as receiver:
        said = {**SAID, "url": world.Far(receiver, desk, "xAPI").url, "allow_insecure_loopback": True}
        assert add(root, said=said, password=world.PASSWORD).status_code == 302
        row = EndpointSetting.objects.get()

        def told() -> str:
            return root.post(LIST, {"action": "try_now", "_selected_action": [row.pk]}, follow=True).content.decode()

        assert "Endpoint lrs-a: nothing wrong was found." in told()
        receiver.desks["xapi"] = replace(desk, password="another")
        assert "401" in told()
        assert change(root, row, password="", forget_password="on", said=said).status_code == 302
        assert "password_env" in told()
