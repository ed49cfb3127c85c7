# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people hold: everything that is there is seen, and what could not be seen is never empty."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._access.holdings import KINDS, Holdings, not_seen
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import CredentialsError
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v2 import KeysV2
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NEIGHBOUR,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    NOBODY,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    SERVICE_TOKEN,
    StandIn,
)

Row = dict[str, Any]


def held(client: Client, *names: str) -> list[Row]:
    return Holdings(client).of(names)


def of(client: Client, name: str = LEAVER) -> Row:
    (row,) = held(client, name)
    return row


def statuses(row: Row) -> dict[str, str]:
    return {kind: row["seen"][kind]["status"] for kind in KINDS}


def ids(rows: list[Row]) -> set[str]:
    return {one["id"] for one in rows}


def service_account(standin: StandIn) -> str:
    users = standin.organization.users.values()
    return next(one.id for one in users if one.email == LEAVER and one.service_account)


COMPLETE = dict.fromkeys(KINDS, "complete")


@pytest.mark.parametrize("oauth_filters", [True, False])
@pytest.mark.parametrize("honours_owned_by", [True, False])
def test_everything_that_somebody_holds_is_there(
    standin: StandIn, client: Client, oauth_filters: bool, honours_owned_by: bool
) -> None:
    organization = standin.organization
    organization.set_flag("oauth_filters", oauth_filters)
    organization.set_flag("honours_owned_by", honours_owned_by)
    ann = organization.find_user(LEAVER)
    row = of(client)
    assert statuses(row) == COMPLETE
    assert (row["query"], row["status"], row["message"]) == (LEAVER, "resolved", None)
    assert row["user"]["id"] == ann.id
    assert row["user"]["last_login_at"] == ann.last_login_at
    assert ann.last_login_at is not None
    assert ids(row["application_keys"]) == {one.id for one in organization.keys_of(ann.id)}
    assert ids(row["access_tokens"]) == {one.id for one in organization.tokens_of(ann.id)}
    made = [one for one in organization.surroundings.api_keys.values() if one.created_by == ann.id]
    assert ids(row["api_keys_created"]) == {one.id for one in made}
    assert len(made) == 2
    grants = [one for one in organization.surroundings.oauth_grants.values() if one.user_id == ann.id]
    assert ids(row["oauth_grants"]) == {one.id for one in grants}
    assert {one["client"]["name"]: one["active"] for one in row["oauth_grants"]} == {
        "Mobile app": True,
        "Chat app": False,
    }
    (account,) = row["service_accounts"]
    assert (account["id"], account["application_keys"], account["access_tokens"]) == (service_account(standin), 4, 2)


def test_by_id_and_by_handle_the_service_accounts_of_the_email_are_there_too(standin: StandIn, client: Client) -> None:
    ann = standin.organization.find_user(LEAVER)
    ann.handle = "ann"
    for name in (ann.id, "ann"):
        assert ids(of(client, name)["service_accounts"]) == {service_account(standin)}


def test_a_service_account_named_by_id_does_not_share_its_email_with_itself(standin: StandIn, client: Client) -> None:
    row = of(client, service_account(standin))
    assert (len(row["application_keys"]), len(row["access_tokens"]), row["service_accounts"]) == (4, 2, [])


def test_who_holds_nothing_has_empty_lists(client: Client) -> None:
    row = of(client, "erin@example.com")
    assert statuses(row) == COMPLETE
    assert [row[kind] for kind in KINDS] == [[], [], [], [], []]


def test_an_older_name_of_no_app_is_null(standin: StandIn, client: Client) -> None:
    standin.organization.set_flag("oauth_names", False)
    assert {one["client"]["name"] for one in of(client)["oauth_grants"]} == {None}


def test_a_grant_to_an_app_that_the_organization_disabled_is_not_active(standin: StandIn, client: Client) -> None:
    for app in standin.organization.surroundings.oauth_clients.values():
        app.disabled = True
    assert {one["active"] for one in of(client)["oauth_grants"]} == {False}


# What cannot be seen


def test_without_api_keys_and_oauth_permissions_the_rest_is_seen(standin: StandIn, make_client: Any) -> None:
    row = of(make_client(READ_ONLY_APP_KEY))
    assert statuses(row) == {**COMPLETE, "api_keys_created": "not permitted", "oauth_grants": "not permitted"}
    assert (row["api_keys_created"], row["oauth_grants"]) == (None, None)
    assert row["seen"]["api_keys_created"]["permission"] == "api_keys_read"
    assert row["seen"]["oauth_grants"]["permission"] == "org_authorized_apps_read"
    assert len(row["application_keys"]) == len(standin.organization.keys_of(LEAVER))
    told = not_seen([row])
    assert [one.split(".")[0] for one in told] == [
        "API keys created: not permitted (api_keys_read)",
        "OAuth grants: not permitted (org_authorized_apps_read)",
    ]


@pytest.mark.parametrize("half_view", ["own", "hidden", "forbidden"])
def test_who_sees_only_their_own_tokens_sees_none_of_a_leaver(
    standin: StandIn, make_client: Any, half_view: str
) -> None:
    standin.organization.set_flag("token_half_view", half_view)
    carol = standin.organization.find_user("carol@example.com")
    carol.permissions += ["user_access_read"]
    for name in (LEAVER, carol.email):
        row = of(make_client(PLAIN_USER_APP_KEY), name)
        assert (row["access_tokens"], row["application_keys"]) == (None, None)
        assert row["seen"]["access_tokens"]["permission"] == "org_app_keys_read"
        assert statuses(row)["access_tokens"] == statuses(row)["application_keys"] == "not permitted"


def test_an_organization_without_oauth_does_not_have_it(standin: StandIn, client: Client) -> None:
    standin.organization.set_flag("oauth", "absent")
    row = of(client)
    assert statuses(row) == {**COMPLETE, "oauth_grants": "not available"}
    assert row["oauth_grants"] is None
    standin.organization.set_flag("oauth", "forbidden")
    assert statuses(of(client)) == {**COMPLETE, "oauth_grants": "not permitted"}


WRONG_CREDENTIALS = {"status": "error", "code": 403, "errors": ["Forbidden"]}


@pytest.mark.parametrize("endpoint", ["v2.oauth.clients.list", "v2.api_keys.list"])
def test_a_refusal_in_the_words_for_wrong_credentials_hides_one_kind_only(
    standin: StandIn, client: Client, endpoint: str
) -> None:
    standin.faults.add("json", endpoint=endpoint, status=403, body=WRONG_CREDENTIALS)
    row = of(client)
    kind = "oauth_grants" if "oauth" in endpoint else "api_keys_created"
    assert statuses(row) == {**COMPLETE, kind: "failed"}
    assert row[kind] is None


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("v2.keys.list", "application_keys"),
        ("v2.tokens.list", "access_tokens"),
        ("v2.api_keys.list", "api_keys_created"),
        ("v2.oauth.clients.list", "oauth_grants"),
        ("v2.oauth.grants.list", "oauth_grants"),
    ],
)
@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 404, "body": "html"},
        {"act": "status", "status": 500},
        {"act": "json", "body": {"data": []}},
        {"act": "json", "body": {"data": [{"id": "1", "type": "x"}], "meta": {"page": {"total_filtered_count": 1}}}},
        {"act": "truncate"},
    ],
    ids=["404 of a proxy", "500", "no count", "another type", "cut"],
)
def test_what_goes_wrong_with_a_kind_is_never_an_empty_list(
    standin: StandIn, make_client: Any, endpoint: str, kind: str, fault: dict[str, Any]
) -> None:
    standin.faults.add(fault["act"], endpoint=endpoint, **{name: fault[name] for name in fault if name != "act"})
    row = of(make_client(max_retries=0))
    assert row[kind] is None
    assert row["seen"][kind]["status"] == "failed"
    assert row["seen"][kind]["message"]


@pytest.mark.parametrize(
    "relationships", [{}, None, 7, {"created_by": {}}, {"created_by": {"data": {}}}, {"created_by": 7}]
)
def test_an_api_key_that_does_not_say_whose_it_is_hides_nothing(
    standin: StandIn, client: Client, relationships: Any
) -> None:
    item = {"type": "api_keys", "id": "a", "attributes": {"name": "a"}, "relationships": relationships}
    body = {"data": [item], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", endpoint="v2.api_keys.list", body=body)
    assert statuses(of(client))["api_keys_created"] == "failed"


@pytest.mark.parametrize("created_by", [None, {"data": None}])
def test_an_api_key_that_nobody_created_is_nobodys(standin: StandIn, client: Client, created_by: Any) -> None:
    item = {"type": "api_keys", "id": "a", "attributes": {"name": "a"}, "relationships": {"created_by": created_by}}
    body = {"data": [item], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", endpoint="v2.api_keys.list", body=body)
    assert of(client)["api_keys_created"] == []


def test_a_grant_that_does_not_say_whose_it_is_hides_nothing(standin: StandIn, client: Client) -> None:
    item = {"type": "user_authorized_clients", "id": "a", "attributes": {}, "relationships": {}}
    body = {"data": [item], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", endpoint="v2.oauth.grants.list", body=body)
    assert statuses(of(client))["oauth_grants"] == "failed"


def test_an_app_that_vanishes_does_not_make_oauth_unavailable(standin: StandIn, client: Client) -> None:
    standin.faults.add("status", endpoint="v2.oauth.grants.list", status=404)
    assert statuses(of(client))["oauth_grants"] == "failed"


def test_counts_of_a_service_account_that_could_not_be_read_are_null(standin: StandIn, client: Client) -> None:
    standin.faults.add("status", endpoint="v2.keys.list", path=service_account(standin), status=403)
    (account,) = of(client)["service_accounts"]
    assert (account["application_keys"], account["access_tokens"]) == (None, 2)
    assert "403" in account["message"]


def test_a_last_login_that_could_not_be_read_is_said(standin: StandIn, client: Client) -> None:
    standin.faults.add("status", endpoint="v2.user.get", status=404)
    row = of(client)
    assert row["user"]["last_login_at"] is None
    assert "Reading user" in row["message"]


# Who is meant


def test_nobody_is_unknown_and_has_no_lists(client: Client) -> None:
    row = of(client, NOBODY)
    assert (row["status"], row["user"]) == ("unknown", None)
    assert NOBODY in row["message"]
    assert [row[kind] for kind in KINDS] == [None] * 5
    assert set(statuses(row).values()) == {"failed"}
    assert not_seen([row]) == []


def test_a_typing_error_shows_who_is_similar(client: Client) -> None:
    row = of(client, "anne@example.com")
    assert row["status"] == "unknown"
    assert LEAVER in [one["email"] for one in row["matches"]]
    assert LEAVER in row["message"]


def test_two_people_with_one_email_are_ambiguous(standin: StandIn, client: Client) -> None:
    other = standin.organization.add_user(LEAVER, handle="other")
    row = of(client)
    assert row["status"] == "ambiguous"
    assert other.id in ids(row["matches"])
    assert row["application_keys"] is None


def test_without_the_users_nobody_is_resolved(make_client: Any) -> None:
    row = of(make_client(NO_USERS_APP_KEY))
    assert row["status"] == "failed"
    assert "user_access_read" in row["message"]
    assert row["application_keys"] is None


def test_wrong_credentials_are_an_error_and_not_a_row(make_client: Any) -> None:
    with pytest.raises(CredentialsError):
        of(make_client("f" * 40))


def test_a_permission_of_nothing_is_told_kind_by_kind(standin: StandIn, make_client: Any) -> None:
    standin.organization.find_user("nothing@example.com").permissions = ["user_access_read"]
    row = of(make_client(NO_PERMISSION_APP_KEY))
    assert statuses(row) == {**dict.fromkeys(KINDS, "not permitted"), "service_accounts": "complete"}
    (account,) = row["service_accounts"]
    assert (account["application_keys"], account["access_tokens"]) == (None, None)


# Requests


def test_what_concerns_everybody_is_read_once(standin: StandIn, client: Client) -> None:
    rows = held(client, LEAVER, SECOND_LEAVER, NEIGHBOUR)
    assert [row["query"] for row in rows] == [LEAVER, SECOND_LEAVER, NEIGHBOUR]
    counts = Counter(one.endpoint for one in standin.requests)
    assert counts["v2.api_keys.list"] == counts["v2.oauth.clients.list"] == counts["v2.current_user"] == 1
    assert counts["v2.oauth.grants.list"] == 3
    assert {one.method for one in standin.requests} == {"GET"}


def test_without_an_email_nobody_says_that_no_service_account_shares_it(standin: StandIn, client: Client) -> None:
    user = standin.organization.find_user(LEAVER)
    user.email = ""
    row = of(client, user.id)
    assert row["service_accounts"] is None
    assert statuses(row) == {**COMPLETE, "service_accounts": "failed"}


def test_a_surprise_about_one_person_stays_with_that_person(
    standin: StandIn, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = KeysV2.list

    def surprise(keys: KeysV2, *, owner_id: str | None = None, **options: Any) -> Any:
        if owner_id == standin.organization.find_user(LEAVER).id:
            raise IndexError("list index out of range")
        return listed(keys, owner_id=owner_id, **options)

    monkeypatch.setattr(KeysV2, "list", surprise)
    first, second = held(client, LEAVER, SECOND_LEAVER)
    assert first["application_keys"] is None
    assert "IndexError" in first["seen"]["application_keys"]["message"]
    assert statuses(first) == {**COMPLETE, "application_keys": "failed"}
    assert statuses(second) == COMPLETE
    assert ids(second["application_keys"]) == {key.id for key in standin.organization.keys_of(SECOND_LEAVER)}


@pytest.mark.parametrize("oauth_filters", [True, False])
def test_of_an_app_with_many_users_only_what_is_asked_for_is_read(
    standin: StandIn, client: Client, oauth_filters: bool
) -> None:
    organization = standin.organization
    organization.set_flag("oauth_filters", oauth_filters)
    for number in range(101):
        user = organization.add_user(f"user{number}@example.com")
        organization.surroundings.add_grant(user.id, "Mobile app")
    for row in held(client, LEAVER, SECOND_LEAVER, "user7@example.com"):
        grants = organization.surroundings.oauth_grants.values()
        assert ids(row["oauth_grants"]) == {one.id for one in grants if one.user_id == row["user"]["id"]}
    filtered = [one.query.get("filter[user][email]") for one in standin.requests if "oauth.grants" in one.endpoint]
    assert sorted(filter(None, filtered))[:1] == [[LEAVER]]
    assert filtered.count(None) == 2


def test_a_service_token_sees_it_too(make_client: Any) -> None:
    assert statuses(of(make_client(SERVICE_TOKEN, None))) == COMPLETE
