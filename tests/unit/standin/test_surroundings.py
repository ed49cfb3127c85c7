# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys, OAuth grants, permissions and last uses, as the stand-in shows them to different callers."""

from __future__ import annotations

from typing import Any, Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.standin import StandIn
from ansible_collections.keywarden.datadog.tests.standin.organization import Organization

Call = Callable[..., requests.Response]

API_KEYS = "/api/v2/api_keys"
OAUTH = "/api/v2/org_authorized_clients"
PAGE = {"page[size]": 100, "page[number]": 0}


def test_an_api_key_has_the_recorded_shape_and_no_secret(dd: StandIn, call: Call) -> None:
    key = dd.organization.surroundings.add_api_key(dd.organization.find_user(standin.LEAVER).id, name="A")
    body = call("GET", API_KEYS, params={**PAGE, "include": "created_by", "filter": "A", "sort": "-created_at"}).json()
    assert body["data"][0] == {
        "type": "api_keys",
        "id": key.id,
        "attributes": {
            "name": "A",
            "last4": key.last4,
            "created_at": key.created_at,
            "modified_at": key.created_at,
            "category": "",
            "remote_config_read_enabled": True,
            "date_last_used": None,
            "used_in_last_24_hours": False,
            "last_used_date": {"timestamp": None, "description": "Usage in the past 90 days"},
        },
        "relationships": {
            "created_by": {"data": {"type": "users", "id": key.created_by}},
            "modified_by": {"data": {"type": "users", "id": key.created_by}},
            "leak_information": {"data": None},
        },
    }
    assert standin.LEAVER in [one["attributes"]["email"] for one in body["included"]]
    assert standin.API_KEY not in str(body)


def test_api_keys_come_in_pages_and_order(call: Call) -> None:
    pages = [call("GET", API_KEYS, params={"page[size]": 2, "page[number]": number}).json() for number in range(3)]
    names = [one["attributes"]["name"] for page in pages for one in page["data"]]
    assert names == ["agents", "browser tests", "forwarder", "integration", "staging agents"]
    assert {page["meta"]["page"]["total_filtered_count"] for page in pages} == {5}
    assert call("GET", API_KEYS, params={"sort": "secret"}).status_code == 400
    assert call("GET", API_KEYS, params={"include": "owned_by"}).status_code == 400


def test_a_revoked_api_key_stays_for_a_week_where_the_switch_is_on(dd: StandIn, call: Call) -> None:
    surroundings = dd.organization.surroundings
    surroundings.add_api_key(None, name="recent", revoked_at="2999-01-01T00:00:00+00:00")
    surroundings.add_api_key(None, name="long ago", revoked_at="2020-01-01T00:00:00+00:00")

    def names() -> set[str]:
        return {one["attributes"]["name"] for one in call("GET", API_KEYS, params=PAGE).json()["data"]}

    assert not {"recent", "long ago"} & names()
    dd.organization.set_flag("revoked_api_keys_listed", True)
    assert {"recent", "long ago"} & names() == {"recent"}


@pytest.mark.parametrize("path", [API_KEYS, OAUTH])
def test_who_lacks_the_permission_gets_a_403(call: Call, path: str) -> None:
    assert call("GET", path, app_key=standin.READ_ONLY_APP_KEY).status_code == 403


def test_oauth_clients_and_grants_have_the_published_shape(dd: StandIn, call: Call) -> None:
    ann = dd.organization.find_user(standin.LEAVER).id
    body = call("GET", OAUTH, params={**PAGE, "include": "oauth2_client"}).json()
    assert [one["attributes"]["name"] for one in body["included"]] == ["Chat app", "Mobile app", "Unused app"]
    assert [one["attributes"]["user_count"] for one in body["data"]] == [1, 2, 0]
    mobile = body["data"][1]["id"]
    path = f"{OAUTH}/{mobile}/user_authorized_clients"
    (grant,) = call("GET", path, params={**PAGE, "filter[user][email]": standin.LEAVER}).json()["data"]
    assert grant["type"] == "user_authorized_clients"
    assert set(grant["attributes"]) == {"created_at", "modified_at", "last_exercised", "disabled", "org_disabled"}
    assert grant["relationships"]["user"]["data"]["id"] == ann
    dd.organization.set_flag("oauth_filters", False)
    everybody = call("GET", path, params={**PAGE, "filter[user][email]": standin.LEAVER}).json()
    assert everybody["meta"]["page"]["total_filtered_count"] == 2
    assert call("GET", f"{OAUTH}/nobody/user_authorized_clients").status_code == 404


@pytest.mark.parametrize(("value", "status"), [("absent", 404), ("forbidden", 403)])
def test_an_organization_may_have_no_oauth(dd: StandIn, call: Call, value: str, status: int) -> None:
    dd.organization.set_flag("oauth", value)
    assert call("GET", OAUTH).status_code == status


def test_permissions_are_the_users_whatever_the_scopes(dd: StandIn, call: Call) -> None:
    path = f"/api/v2/users/{dd.organization.find_user(standin.OPERATOR).id}/permissions"
    listed: list[dict[str, Any]] = call("GET", path, app_key=standin.SCOPED_APP_KEY).json()["data"]
    assert {"org_app_keys_write", "api_keys_read"} <= {one["attributes"]["name"] for one in listed}
    assert call("GET", path, app_key=standin.NO_USERS_APP_KEY).status_code == 403
    assert call("GET", "/api/v2/users/nobody/permissions").status_code == 404


def test_last_uses_need_the_audit_trail_and_the_permission_to_see_it(dd: StandIn, call: Call) -> None:
    key = next(one for one in dd.organization.keys_of(standin.LEAVER) if one.last_used_at)

    def seen(app_key: str) -> Any:
        answer = call("GET", f"/api/v2/application_keys/{key.id}", app_key=app_key)
        return answer.json()["data"]["attributes"]["last_used_at"]

    assert seen(standin.APP_KEY) == key.last_used_at
    assert seen(standin.READ_ONLY_APP_KEY) is None
    dd.organization.set_flag("audit_trail", False)
    assert seen(standin.APP_KEY) is None


def test_surroundings_survive_json(dd: StandIn) -> None:
    again = Organization.from_json(dd.organization.to_json())
    assert again.surroundings == dd.organization.surroundings
    assert again.find_user(standin.LEAVER).last_login_at == dd.organization.find_user(standin.LEAVER).last_login_at
