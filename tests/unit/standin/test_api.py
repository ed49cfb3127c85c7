# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in answers as Datadog was seen to answer."""

from __future__ import annotations

import uuid
from typing import Any, Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.helpers.waiting import wait_until
from ansible_collections.keywarden.datadog.tests.standin import StandIn

Call = Callable[..., requests.Response]

KEYS = "/api/v2/application_keys"
V1 = "/api/v1/application_key"


def listing(call: Call, page: int = 0, size: int = 100, **query: str) -> dict[str, Any]:
    answer = call("GET", KEYS, params={"page[size]": size, "page[number]": page, **query})
    assert answer.status_code == 200
    return dict(answer.json())


# Version 2


def test_v2_item_has_the_recorded_shape(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    answer = call("GET", f"{KEYS}/{key.id}")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "data": {
            "type": "application_keys",
            "id": key.id,
            "attributes": {
                "name": key.name,
                "created_at": key.created_at,
                "last4": key.secret[-4:],
                "scopes": None,
                "last_used_at": key.last_used_at,
            },
            "relationships": {
                "owned_by": {"data": {"type": "users", "id": key.owner_id}},
                "leak_information": {"data": None},
            },
        }
    }
    assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


def test_v2_shows_the_secret_only_where_told_to(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    assert key.secret not in call("GET", f"{KEYS}/{key.id}").text
    dd.organization.set_flag("include_secret", True)
    assert call("GET", f"{KEYS}/{key.id}").json()["data"]["attributes"]["key"] == key.secret
    assert "key" not in listing(call)["data"][0]["attributes"]


def test_v2_delete_is_204_without_a_body_and_then_404(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    answer = call("DELETE", f"{KEYS}/{key.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-RateLimit-Period"] == "3600"
    assert key.id not in dd.organization.keys
    assert dd.organization.deleted[-1].by == dd.organization.find_user(standin.OPERATOR).id
    for method in ("GET", "DELETE"):
        answer = call(method, f"{KEYS}/{key.id}")
        assert (answer.status_code, answer.json()) == (404, {"errors": ["Application key not found"]})
        assert "X-RateLimit-Limit" not in answer.headers


@pytest.mark.parametrize("key_id", ["00000000-0000-4000-8000-000000000000", "no-uuid", "a%2Fb", "..%2Fusers"])
def test_v2_unknown_id_is_datadogs_own_404(call: Call, key_id: str) -> None:
    answer = call("GET", f"{KEYS}/{key_id}")
    assert (answer.status_code, answer.json()) == (404, {"errors": ["Application key not found"]})


def test_v2_pages_hold_every_key_once(dd: StandIn, call: Call) -> None:
    pages = [listing(call, page) for page in (0, 1, 2)]
    assert [len(page["data"]) for page in pages] == [100, 46, 0]
    assert {page["meta"]["page"]["total_filtered_count"] for page in pages} == {146}
    assert sorted(item["id"] for page in pages for item in page["data"]) == sorted(dd.organization.keys)


def test_v2_page_is_ten_by_default(call: Call) -> None:
    assert len(call("GET", KEYS).json()["data"]) == 10


def test_v2_deleting_while_paging_shifts_the_pages(call: Call) -> None:
    first, second = listing(call, 0)["data"], listing(call, 1)["data"]
    call("DELETE", f"{KEYS}/{first[0]['id']}")
    assert listing(call, 0)["data"][-1]["id"] == second[0]["id"]
    assert listing(call, 1)["data"][0]["id"] == second[1]["id"]


def test_v2_filters(dd: StandIn, call: Call) -> None:
    leaver = dd.organization.find_user(standin.LEAVER)
    assert listing(call, filter="DD_AUTH_cli")["meta"]["page"]["total_filtered_count"] == 77
    owned = listing(call, **{"filter[owned_by]": leaver.id})["data"]
    assert {item["id"] for item in owned} == {key.id for key in dd.organization.keys_of(leaver.id)}
    dates = sorted(key.created_at for key in dd.organization.keys.values())
    assert listing(call, **{"filter[created_at][start]": dates[-1]})["meta"]["page"]["total_filtered_count"] == 1
    assert listing(call, **{"filter[created_at][end]": dates[1]})["meta"]["page"]["total_filtered_count"] == 2


def test_v2_older_deployment_ignores_the_owner(dd: StandIn, call: Call) -> None:
    dd.organization.set_flag("honours_owned_by", False)
    leaver = dd.organization.find_user(standin.LEAVER)
    assert listing(call, **{"filter[owned_by]": leaver.id})["meta"]["page"]["total_filtered_count"] == 146


@pytest.mark.parametrize("sort", ["name", "created_at", "last4"])
def test_v2_sorts_both_ways(call: Call, sort: str) -> None:
    up = [item["attributes"][sort] for item in listing(call, sort=sort)["data"]]
    down = [item["attributes"][sort] for item in listing(call, sort="-" + sort)["data"]]
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert up != down


def test_v2_includes_owners_roles_and_leaks(call: Call) -> None:
    pages = [listing(call, page, include="owned_by") for page in (0, 1)]
    for page in pages:
        users = {item["id"] for item in page["included"] if item["type"] == "users"}
        assert users == {item["relationships"]["owned_by"]["data"]["id"] for item in page["data"]}
        assert any(item["type"] == "roles" for item in page["included"])
    leaks = [item for page in pages for item in page["included"] if item["type"] == "leaked_keys"]
    assert len(leaks) == 1
    linked = [item["relationships"]["leak_information"]["data"] for page in pages for item in page["data"]]
    assert {"type": "leaked_keys", "id": leaks[0]["id"]} in linked
    assert "included" not in listing(call)


@pytest.mark.parametrize(
    "query",
    [
        {"page[size]": "101"},
        {"page[size]": "0"},
        {"page[number]": "-1"},
        {"page[number]": "x"},
        {"sort": "owner"},
        {"include": "everything"},
        {"filter[created_at][start]": "yesterday"},
    ],
)
def test_v2_bad_parameters_are_400(call: Call, query: dict[str, str]) -> None:
    answer = call("GET", KEYS, params=query)
    assert answer.status_code == 400
    assert answer.json()["errors"]


# Version 1


def test_v1_addresses_by_secret_and_deletes_with_the_object(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    shape = {"hash": key.secret, "name": key.name, "owner": standin.LEAVER}
    assert call("GET", f"{V1}/{key.secret}").json() == {"application_key": shape}
    answer = call("DELETE", f"{V1}/{key.secret}")
    assert answer.status_code == 200
    assert answer.json() == {"application_key": {**shape, "org_id": dd.organization.org_id, "revoked": True}}
    assert key.id not in dd.organization.keys
    answer = call("GET", f"{V1}/{key.secret}")
    assert (answer.status_code, answer.json()) == (404, {"errors": ["Application key not found"]})


def test_v1_does_not_know_ids(dd: StandIn, call: Call) -> None:
    assert call("GET", f"{V1}/{next(iter(dd.organization.keys))}").status_code == 404


@pytest.mark.parametrize("flag", ["one_time_read", "gov"])
def test_v1_is_off_in_one_time_read_mode_and_on_gov(dd: StandIn, call: Call, flag: str) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    dd.organization.set_flag(flag, True)
    for method in ("GET", "DELETE"):
        answer = call(method, f"{V1}/{key.secret}")
        assert (answer.status_code, answer.json()) == (403, {"errors": ["Forbidden"]})
    assert key.id in dd.organization.keys
    assert call("GET", f"{KEYS}/{key.id}").status_code == 200


# Credentials and permissions


def test_bad_credentials_are_403_with_datadogs_members(call: Call) -> None:
    for wrong in ({"api_key": "0" * 32}, {"app_key": "0" * 40}, {"api_key": None}):
        answer = call("GET", KEYS, **wrong)
        assert answer.status_code == 403
        assert set(answer.json()) == {"status", "code", "errors", "statuspage", "twitter", "email"}
    answer = call("GET", KEYS, app_key=None)
    assert (answer.status_code, answer.json()) == (401, {"errors": ["Unauthorized"]})


@pytest.mark.parametrize(
    ("app_key", "read", "write", "users"),
    [
        (standin.APP_KEY, 200, 204, 200),
        (standin.READ_ONLY_APP_KEY, 200, 403, 200),
        (standin.NO_USERS_APP_KEY, 200, 204, 403),
        (standin.WRITE_ONLY_APP_KEY, 403, 204, 200),
        (standin.PLAIN_USER_APP_KEY, 403, 403, 403),
        (standin.NO_PERMISSION_APP_KEY, 403, 403, 403),
        (standin.SCOPED_APP_KEY, 200, 403, 200),
    ],
)
def test_each_credential_may_what_it_is_named_for(
    dd: StandIn, call: Call, app_key: str, read: int, write: int, users: int
) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    answers = [call("GET", f"{KEYS}/{key.id}", app_key), call("GET", "/api/v2/users", app_key)]
    answers.append(call("DELETE", f"{KEYS}/{key.id}", app_key))
    assert [answer.status_code for answer in answers] == [read, users, write]
    assert (key.id in dd.organization.keys) == (write == 403)
    for answer in answers:
        if answer.status_code == 403:
            assert answer.json() == {"errors": ["Forbidden", "Failed permission authorization checks"]}


def test_any_living_key_authenticates_as_its_owner_until_it_goes(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.SECOND_LEAVER)[0]
    who = call("GET", "/api/v2/current_user", key.secret).json()["data"]
    assert who["attributes"]["email"] == standin.SECOND_LEAVER
    call("DELETE", f"{KEYS}/{key.id}")
    assert call("GET", "/api/v2/current_user", key.secret).status_code == 403


def test_keys_of_a_disabled_user_stay_listed_but_open_nothing(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.SECOND_LEAVER)[0]
    dd.organization.disable_user(standin.SECOND_LEAVER)
    assert call("GET", "/api/v2/current_user", key.secret).status_code == 403
    assert call("GET", f"{KEYS}/{key.id}").status_code == 200


@pytest.mark.parametrize("token", [standin.ACCESS_TOKEN, standin.SERVICE_TOKEN])
def test_access_tokens_authenticate_alone(call: Call, token: str) -> None:
    assert call("GET", KEYS, app_key=token, api_key=None).status_code == 200
    bearer = {"Authorization": f"Bearer {token}"}
    assert call("GET", KEYS, app_key=None, api_key=None, headers=bearer).status_code == 200


def test_an_application_key_is_no_bearer(call: Call) -> None:
    bearer = {"Authorization": f"Bearer {standin.APP_KEY}"}
    assert call("GET", KEYS, app_key=None, headers=bearer).status_code == 403


def test_validate(call: Call) -> None:
    assert call("GET", "/api/v2/validate_keys").json() == {"status": "ok"}
    assert call("GET", "/api/v2/validate_keys", app_key="0" * 40).status_code == 403
    assert call("GET", "/api/v2/validate", app_key=None).json() == {"status": "ok"}
    assert call("GET", "/api/v1/validate", app_key=None).json() == {"valid": True}


# Users and their keys


def test_user_filter_is_a_substring_of_name_or_email(call: Call) -> None:
    found = call("GET", "/api/v2/users", params={"filter": "ANN@example.com"}).json()
    emails = sorted(item["attributes"]["email"] for item in found["data"])
    assert emails == [standin.LEAVER, standin.LEAVER, standin.NEIGHBOUR]
    assert found["meta"]["page"]["total_filtered_count"] == 3
    named = call("GET", "/api/v2/users", params={"filter": "platform team"}).json()["data"]
    assert [item["attributes"]["email"] for item in named] == ["platform@example.com"]
    assert call("GET", "/api/v2/users", params={"filter": standin.NOBODY}).json()["data"] == []


def test_one_user_by_id(dd: StandIn, call: Call) -> None:
    user = dd.organization.find_user(standin.LEAVER)
    assert call("GET", f"/api/v2/users/{user.id}").json()["data"]["attributes"]["email"] == standin.LEAVER
    assert call("GET", f"/api/v2/users/{uuid.uuid4()}").status_code == 404


def test_own_keys_hide_those_of_others(dd: StandIn, call: Call) -> None:
    own = "/api/v2/current_user/application_keys"
    other = dd.organization.keys_of(standin.LEAVER)[0]
    mine = call("GET", own, params={"page[size]": 100}).json()["data"]
    assert {item["id"] for item in mine} == {key.id for key in dd.organization.keys_of(standin.OPERATOR)}
    for method in ("GET", "DELETE"):
        assert call(method, f"{own}/{other.id}").status_code == 404
    assert other.id in dd.organization.keys


def test_service_account_keys(dd: StandIn, call: Call) -> None:
    person = dd.organization.find_user(standin.LEAVER)
    account = next(
        user for user in dd.organization.users.values() if user.email == person.email and user.service_account
    )
    path = f"/api/v2/service_accounts/{account.id}/application_keys"
    listed = call("GET", path).json()["data"]
    assert len(listed) == 4
    assert call("DELETE", f"{path}/{listed[0]['id']}").status_code == 204
    assert len(dd.organization.keys_of(account.id)) == 3
    assert call("GET", f"/api/v2/service_accounts/{person.id}/application_keys").status_code == 404


@pytest.mark.parametrize("path", ["/api/v2/nothing", "/api/v3/users", "/", "/api/v2/application_keys/a/b"])
def test_unknown_paths_are_404(call: Call, path: str) -> None:
    answer = call("GET", path)
    assert (answer.status_code, answer.json()) == (404, {"errors": ["Not found"]})


# Limits and propagation


def test_mutation_limit_counts_successes_and_refuses_the_rest(dd: StandIn, call: Call) -> None:
    dd.limit_mutations(2, 3600)
    ids = [key.id for key in dd.organization.keys_of(standin.LEAVER)[:3]]
    assert call("DELETE", f"{KEYS}/{uuid.uuid4()}").status_code == 404
    remaining = [call("DELETE", f"{KEYS}/{key_id}").headers["X-RateLimit-Remaining"] for key_id in ids[:2]]
    assert remaining == ["1", "0"]
    answer = call("DELETE", f"{KEYS}/{ids[2]}")
    assert answer.status_code == 429
    assert answer.json() == {"errors": ["Rate limit of 2 requests in 3600 seconds reached. Please try again later."]}
    assert 3590 <= int(answer.headers["X-RateLimit-Reset"]) <= 3600
    assert ids[2] in dd.organization.keys
    assert call("GET", KEYS).status_code == 200


def test_limit_opens_again_after_its_period(dd: StandIn, call: Call) -> None:
    dd.limit_reads(1, 2)
    assert [call("GET", KEYS).status_code for _index in range(2)] == [200, 429]
    wait_until(lambda: call("GET", KEYS).status_code == 200)


def test_slow_propagation_shows_a_key_that_is_gone(dd: StandIn, call: Call) -> None:
    dd.propagation(get=2, listing=60)
    key = dd.organization.keys_of(standin.LEAVER)[0]
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 204
    assert key.id not in dd.organization.keys
    assert call("GET", f"{KEYS}/{key.id}").status_code == 200
    assert call("GET", f"{V1}/{key.secret}").status_code == 200
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 404
    wait_until(lambda: call("GET", f"{KEYS}/{key.id}").status_code == 404)
    assert call("GET", f"{V1}/{key.secret}").status_code == 404
    assert listing(call)["meta"]["page"]["total_filtered_count"] == 146
    dd.propagation()
    assert listing(call)["meta"]["page"]["total_filtered_count"] == 145
