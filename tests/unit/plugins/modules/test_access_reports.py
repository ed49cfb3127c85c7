# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two modules that report access: their results, their failures, and no secret in either."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.modules import datadog_credentials_info, datadog_user_access_info
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import ModuleRun, run_module
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    API_KEY,
    APP_KEY,
    LEAVER,
    NO_USERS_APP_KEY,
    NOBODY,
    OPERATOR,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    SERVICE_TOKEN,
    StandIn,
)

BOTH = [datadog_credentials_info, datadog_user_access_info]


def run(module: ModuleType, standin: StandIn, *, check: bool = False, **options: Any) -> ModuleRun:
    connection = {"api_url": standin.url, "api_key": API_KEY, "app_key": APP_KEY, "max_retries": 0}
    user = {"user": LEAVER} if module is datadog_user_access_info else {}
    return run_module(module.main, {**connection, **user, **options}, check=check, diff=True)


def documented(module: ModuleType) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(module.RETURN)
    return told


@pytest.mark.parametrize("module", BOTH, ids=["credentials", "access"])
@pytest.mark.parametrize("check", [True, False])
def test_every_result_is_documented_and_comes_in_check_mode_too(
    standin: StandIn, module: ModuleType, check: bool
) -> None:
    result = run(module, standin, check=check)
    assert not result.failed, result.msg
    assert not result.changed
    assert set(result.result) - {"changed", "invocation"} == set(documented(module))
    assert result.result["caller"] == {
        "id": standin.organization.find_user(OPERATOR).id,
        "email": OPERATOR,
        "handle": OPERATOR,
        "service_account": True,
    }
    assert result.result["organization"] == {"id": standin.organization.uuid, "name": "Example"}


@pytest.mark.parametrize("module", BOTH, ids=["credentials", "access"])
def test_a_failure_has_the_same_results(standin: StandIn, module: ModuleType) -> None:
    for options in ({"app_key": "f" * 40}, {"api_key": None}, {"timeout": 0}):
        result = run(module, standin, **options)
        assert result.failed
        assert set(result.result) - {"changed", "invocation", "failed", "msg"} == set(documented(module))


@pytest.mark.parametrize("module", BOTH, ids=["credentials", "access"])
def test_no_secret_is_told(standin: StandIn, module: ModuleType) -> None:
    organization = standin.organization
    organization.set_flag("include_secret", True)
    secrets = {one.secret for one in [*organization.keys.values(), *organization.tokens.values()]} | {API_KEY}
    for secret in (APP_KEY, READ_ONLY_APP_KEY, SERVICE_TOKEN, ACCESS_TOKEN, "f" * 40):
        output = run(module, standin, app_key=secret).output
        assert not [one for one in secrets if one in output]


def test_an_api_key_that_comes_with_its_secret_is_told_without_it(standin: StandIn) -> None:
    ann = standin.organization.find_user(LEAVER).id
    item = {
        "type": "api_keys",
        "id": "00112233-4455-4677-8899-aabbccddeeff",
        "attributes": {"name": "A", "key": "secret" * 6, "last4": "cret", "hash": "secret" * 6},
        "relationships": {"created_by": {"data": {"type": "users", "id": ann}}},
        "key": "secret" * 6,
    }
    body = {"data": [item], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", endpoint="v2.api_keys.list", body=body)
    result = run(datadog_user_access_info, standin)
    (row,) = result.result["users"]
    assert [one["last4"] for one in row["api_keys_created"]] == ["cret"]
    assert "secretsecret" not in result.output


# datadog_user_access_info


def rows(result: ModuleRun) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = result.result["users"]
    return told


def test_the_rows_have_the_documented_fields(standin: StandIn) -> None:
    contains = documented(datadog_user_access_info)["users"]["contains"]
    (row,) = rows(run(datadog_user_access_info, standin))
    assert set(row) == set(contains)
    assert set(row["user"]) == set(contains["user"]["contains"])
    kinds = ("application_keys", "access_tokens", "api_keys_created", "oauth_grants", "service_accounts")
    assert set(row["seen"]) == set(kinds)
    for kind in kinds:
        assert set(row["seen"][kind]) == {"status", "permission", "message"}
        described = json.dumps(contains[kind]["description"])
        assert all(f"C({field})" in described for field in row[kind][0]) or kind in ("application_keys", kinds[-1])


def test_each_is_reported_once_whatever_the_case(standin: StandIn) -> None:
    told = rows(run(datadog_user_access_info, standin, user=[LEAVER, LEAVER.upper(), SECOND_LEAVER]))
    assert [row["user"]["email"] for row in told] == [LEAVER, SECOND_LEAVER]


def test_an_unknown_user_fails_the_task_unless_told_otherwise(standin: StandIn) -> None:
    result = run(datadog_user_access_info, standin, user=[LEAVER, NOBODY])
    assert result.failed
    assert NOBODY in result.msg
    assert [row["status"] for row in rows(result)] == ["resolved", "unknown"]
    result = run(datadog_user_access_info, standin, user=[LEAVER, NOBODY], missing_user="report")
    assert not result.failed
    assert [row["status"] for row in rows(result)] == ["resolved", "unknown"]


def test_an_ambiguous_or_unread_user_always_fails_the_task(standin: StandIn) -> None:
    standin.organization.add_user(SECOND_LEAVER)
    result = run(datadog_user_access_info, standin, user=[SECOND_LEAVER, LEAVER], missing_user="report")
    assert result.failed
    assert "ambiguous" in result.msg
    result = run(datadog_user_access_info, standin, app_key=NO_USERS_APP_KEY, missing_user="report")
    assert result.failed
    assert "user_access_read" in result.msg


def test_what_may_not_be_seen_is_said_in_words_and_fails_nothing(standin: StandIn) -> None:
    standin.organization.set_flag("oauth", "absent")
    result = run(datadog_user_access_info, standin, app_key=READ_ONLY_APP_KEY)
    assert not result.failed
    assert len(result.result["not_seen"]) == 2
    assert "API keys created: not permitted (api_keys_read)." in result.result["not_seen"][0]
    assert "OAuth grants: not available." in result.result["not_seen"][1]
    (row,) = rows(result)
    assert row["api_keys_created"] is None
    assert row["oauth_grants"] is None


@pytest.mark.parametrize("user", [[], [" "], ["a@example.com", ""]])
def test_an_empty_user_is_an_error(standin: StandIn, user: list[str]) -> None:
    result = run(datadog_user_access_info, standin, user=user)
    assert result.failed
    assert result.msg.startswith("user")
    assert not standin.requests


# datadog_credentials_info


def test_the_abilities_have_the_documented_names(standin: StandIn) -> None:
    result = run(datadog_credentials_info, standin)
    abilities = documented(datadog_credentials_info)["abilities"]["contains"]
    assert set(result.result["abilities"]) == set(abilities)
    assert result.result["abilities"]["org_app_keys_write"] == {"answer": "yes", "why": ""}
    assert (result.result["kind"], result.result["scoped"], result.result["scopes"]) == ("application key", False, [])


def test_a_missing_permission_fails_nothing_and_changes_nothing(standin: StandIn) -> None:
    result = run(datadog_credentials_info, standin, app_key=NO_USERS_APP_KEY)
    assert not result.failed
    assert result.result["abilities"]["user_access_read"]["answer"] == "no"
    assert result.result["abilities"]["org_app_keys_write"]["answer"] == "cannot tell"
    assert {one.method for one in standin.requests} == {"GET"}


def test_where_nothing_could_be_asked_nothing_is_told(standin: StandIn) -> None:
    result = run(datadog_credentials_info, standin, app_key="f" * 40)
    assert {one["answer"] for one in result.result["abilities"].values()} == {"cannot tell"}
    assert (result.result["caller"], result.result["scopes"]) == (None, None)
