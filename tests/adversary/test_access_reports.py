# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of access under every fault: nothing unseen looks empty, no yes is false, and no secret is told."""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.modules import datadog_credentials_info, datadog_user_access_info
from ansible_collections.keywarden.datadog.tests.standin import (
    APP_KEY,
    LEAVER,
    READ_ONLY_APP_KEY,
    SERVICE_TOKEN,
    Organization,
    StandIn,
)

from .faults import Fault, catalogue
from .harness import Run, hurried, run
from .network import Detour, Places, detoured
from .secrets import traces
from .test_hostile_answers import VALUES
from .test_secrets import AWKWARD, ENCODINGS, PLACES, QUICK, V1_SECRET, with_credentials

CREDENTIALS = datadog_credentials_info
ACCESS = datadog_user_access_info
KINDS = ("application_keys", "access_tokens", "api_keys_created", "oauth_grants", "service_accounts")
FAULTS = list(catalogue(mutates=False))
# Of each shape, status and way to break one is enough for a quick run.
SAMPLE = [fault for number, fault in enumerate(FAULTS) if number % 9 == 0 and not fault.heavy]

# Of each request that the two modules send: the endpoint, and method and path for a detour.
REQUESTS = {
    "current user": ("v2.current_user", "/current_user"),
    "users": ("v2.users.list", r"/users\?"),
    "user": ("v2.user.get", r"/users/[0-9a-f-]+$"),
    "permissions": ("v2.user.permissions", "/permissions"),
    "keys": ("v2.keys.list", r"/application_keys\?"),
    "tokens": ("v2.tokens.list", r"/personal_access_tokens\?"),
    "API keys": ("v2.api_keys.list", "/api_keys"),
    "OAuth apps": ("v2.oauth.clients.list", r"/org_authorized_clients\?"),
    "OAuth grants": ("v2.oauth.grants.list", "/user_authorized_clients"),
    "v1": ("v1.key.get", "/api/v1/"),
}


def organization() -> Organization:
    """Somebody who holds one of everything, in an organization where others do too."""
    made = Organization.empty()
    leaver = made.add_user(LEAVER, last_login_at="2026-01-01T00:00:00+00:00")
    neighbour = made.add_user("joann@example.com")
    account = made.add_user(LEAVER, service_account=True)
    for user in (leaver, neighbour, account):
        made.add_key(user.id, name=f"key of {user.id}", last_used_at="2026-01-01T00:00:00+00:00")
        made.add_token(user.id, name=f"token of {user.id}")
        made.surroundings.add_api_key(user.id, name=f"API key of {user.id}")
        made.surroundings.add_grant(user.id, "App")
    return made


def held(made: Organization) -> dict[str, set[str]]:
    """What the leaver holds on the server, by ID."""
    leaver = made.find_user(LEAVER)
    around = made.surroundings
    return {
        "application_keys": {one.id for one in made.keys_of(leaver.id)},
        "access_tokens": {one.id for one in made.tokens_of(leaver.id)},
        "api_keys_created": {one.id for one in around.api_keys.values() if one.created_by == leaver.id},
        "oauth_grants": {one.id for one in around.oauth_grants.values() if one.user_id == leaver.id},
        "service_accounts": {
            one.id for one in made.users.values() if one.email == leaver.email and one.service_account
        },
    }


def check_access(result: Run, truth: dict[str, set[str]], what: object) -> None:
    """Every kind is what is on the server, or null beside a reason."""
    assert not result.crashed, f"{what}\n{result.text}"
    for row in result.result["users"]:
        for kind in KINDS:
            seen = row["seen"][kind]
            if seen["status"] == "complete":
                assert {one["id"] for one in row[kind]} == truth[kind], f"{what}: {kind}"
            else:
                assert row[kind] is None, f"{what}: {kind}"
                assert seen["message"], f"{what}: {kind}"
        for account in row["service_accounts"] or ():
            assert account["application_keys"] in (1, None), what
            assert account["access_tokens"] in (1, None), what
            assert None not in (account["application_keys"], account["access_tokens"]) or account["message"], what


def check_credentials(result: Run, may: set[str], what: object) -> None:
    """No yes is false, and whatever is not a yes has a reason."""
    assert not result.crashed, f"{what}\n{result.text}"
    for ability, told in result.result["abilities"].items():
        if told["answer"] == "yes":
            assert ability in may, f"{what}: {ability}"
        else:
            assert told["why"], f"{what}: {ability}"


def applied(standin: StandIn, places: Places, fault: Fault, request: str, module: ModuleType, **options: Any) -> Run:
    endpoint, path = REQUESTS[request]
    standin.faults.clear()
    if fault.act is None:
        with hurried(), detoured(Detour(places.base(fault.name), "GET", path)):
            return run(module, standin.url, max_retries=0, **options)
    standin.faults.add(fault.act, endpoint=endpoint, effect=fault.effect, **fault.fields)
    with hurried():
        return run(module, standin.url, max_retries=0, **options)


@pytest.mark.parametrize(
    "faults", [pytest.param(SAMPLE, id="sample"), pytest.param(FAULTS, id="all", marks=pytest.mark.full)]
)
@pytest.mark.parametrize("request_", REQUESTS)
def test_no_fault_makes_unseen_things_look_gone_or_a_missing_permission_there(
    standin: StandIn, places: Places, record_property: Any, request_: str, faults: list[Fault]
) -> None:
    record_property("cells", 2 * len(faults))
    made = organization()
    auditor = made.add_user("auditor@example.com", permissions=["org_app_keys_read", "user_access_read"])
    made.add_key(auditor.id, secret=READ_ONLY_APP_KEY)
    standin.reset(made)
    truth = held(made)
    for fault in faults:
        what = f"{request_}: {fault.name}"
        check_access(applied(standin, places, fault, request_, ACCESS, user=LEAVER), truth, what)
        limited = applied(standin, places, fault, request_, CREDENTIALS, app_key=READ_ONLY_APP_KEY)
        may = {"org_app_keys_read", "user_access_read", "access_tokens_read", "api_v1"}
        check_credentials(limited, may, what)
        assert {one.method for one in standin.requests} <= {"GET"}, what
        standin.clear_log()


LISTINGS = {
    "v2.api_keys.list": ("api_keys", "api_keys_created"),
    "v2.oauth.clients.list": ("org_authorized_clients", "oauth_grants"),
    "v2.oauth.grants.list": ("user_authorized_clients", "oauth_grants"),
}


@pytest.mark.parametrize("place", ["id", "attributes", "every attribute", "relationships", "relationship", "included"])
@pytest.mark.parametrize("endpoint", LISTINGS)
def test_hostile_values_end_in_an_orderly_report(
    standin: StandIn, record_property: Any, endpoint: str, place: str
) -> None:
    record_property("cells", len(VALUES))
    made = organization()
    standin.reset(made)
    leaver = made.find_user(LEAVER).id
    kind, field = LISTINGS[endpoint]
    names = ("name", "last4", "created_at", "modified_at", "date_last_used", "disabled", "org_disabled", "category")
    for name, value in VALUES.items():
        user = {"data": {"type": "users", "id": leaver}}
        item: dict[str, Any] = {"type": kind, "id": "a", "attributes": {}, "relationships": {}}
        item["relationships"] = {"created_by": user, "user": user, "oauth2_client": {"data": {"id": "b"}}}
        included: Any = []
        if place == "every attribute":
            item["attributes"] = dict.fromkeys(names, value)
        elif place == "relationship":
            item["relationships"] = {one: {"data": value} for one in ("created_by", "user", "oauth2_client", "scopes")}
        elif place == "included":
            included = [{"type": "oauth2_clients", "id": "b", "attributes": {"name": value}}, value]
        else:
            item[place] = value
        body = {"data": [item], "included": included, "meta": {"page": {"total_filtered_count": 1}}}
        standin.faults.clear()
        standin.faults.add("json", endpoint=endpoint, body=body)
        result = run(ACCESS, standin.url, user=LEAVER, max_retries=0)
        assert not result.crashed, f"{name}\n{result.text[:2000]}"
        assert "defect" not in result.msg, f"{name}: {result.msg[:2000]}"
        (row,) = result.result["users"]
        assert row["status"] == "resolved", name
        for one in KINDS:
            assert (row[one] is None) is (row["seen"][one]["status"] != "complete"), name
        if place.startswith("relationship") and endpoint != "v2.oauth.clients.list":
            assert row[field] is None, name


@pytest.mark.parametrize("value", ["nested", "object", "number", "boolean", "lone surrogate", "control", "long"])
def test_hostile_scopes_and_permissions_prove_nothing(standin: StandIn, value: str) -> None:
    standin.reset(organization())
    made = standin.organization
    own = made.keys.by_secret(APP_KEY)
    assert own is not None
    page = {"meta": {"page": {"total_filtered_count": 1}}}
    key = {
        "type": "application_keys",
        "id": own.id,
        "attributes": {"last4": APP_KEY[-4:], "scopes": VALUES[value]},
        "relationships": {"owned_by": {"data": {"type": "users", "id": own.owner_id}}},
    }
    permission = {"type": "permissions", "id": "p", "attributes": {"name": VALUES[value]}}
    for fault in (
        {"endpoint": "v2.keys.list", "path": "owned_by", "body": {"data": [key], **page}},
        {"endpoint": "v2.user.permissions", "body": {"data": [permission]}},
        {"endpoint": "v2.user.permissions", "body": {"data": VALUES[value]}},
    ):
        standin.faults.clear()
        standin.faults.add("json", **fault)
        result = run(CREDENTIALS, standin.url, max_retries=0)
        assert not result.failed, result.text[:2000]
        told = result.result["abilities"]
        assert told["org_app_keys_write"]["answer"] != "yes"
        assert told["access_tokens_revoke"]["answer"] != "yes"


# Secrets


def secrets_of(made: Organization) -> set[str]:
    """All that must not be told."""
    return {*AWKWARD.values(), V1_SECRET, *(one.secret for one in [*made.keys.values(), *made.tokens.values()])}


@pytest.fixture
def made(standin: StandIn) -> Organization:
    """The organization with credentials that are awkward to mask."""
    made = with_credentials(organization(), **AWKWARD)
    made.set_flag("include_secret", True)
    standin.reset(made)
    return made


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "encoding", [pytest.param(name, marks=() if name in QUICK else pytest.mark.full) for name in ENCODINGS]
)
def test_what_the_server_tells_back_is_not_passed_on(
    standin: StandIn, made: Organization, record_property: Any, encoding: str, place: str
) -> None:
    record_property("cells", 4)
    told = ENCODINGS[encoding]
    # What wrong credentials end early, another request may still tell.
    endpoints = ("*", "v2.[!c]*")
    for (module, user), endpoint in itertools.product(((CREDENTIALS, None), (ACCESS, LEAVER)), endpoints):
        for secret in (*AWKWARD.values(), V1_SECRET):
            standin.faults.clear()
            fault = PLACES[place](told(secret))
            standin.faults.add(fault.pop("act"), endpoint=endpoint, **fault)
            with hurried():
                result = run(module, standin.url, diff=True, max_retries=0, user=user, **AWKWARD)
            assert not result.crashed, result.text
            assert not traces(result.text, [secret, told(secret)]), result.text


@pytest.mark.parametrize("field", ["key", "hash", "secret", "client_secret", "access_token", "public_portion"])
def test_secrets_in_every_field_that_could_hold_one_are_left_out(
    standin: StandIn, made: Organization, field: str
) -> None:
    leaver = made.find_user(LEAVER).id
    user = {"data": {"type": "users", "id": leaver}}
    app = {"data": {"type": "oauth2_clients", "id": "b"}}
    page = {"meta": {"page": {"total_filtered_count": 1}}}
    included = [{"type": "oauth2_clients", "id": "b", "attributes": {"name": "App", field: V1_SECRET}}]
    for endpoint, (kind, _kind) in LISTINGS.items():
        item = {
            "type": kind,
            "id": next(iter(made.surroundings.oauth_clients)),
            "attributes": {"name": "n", field: V1_SECRET},
            "relationships": {"created_by": user, "user": user, "oauth2_client": app, field: V1_SECRET},
            field: V1_SECRET,
        }
        standin.faults.add("json", endpoint=endpoint, body={"data": [item], "included": included, **page})
    result = run(ACCESS, standin.url, user=LEAVER, **AWKWARD)
    (row,) = result.result["users"]
    assert {row["seen"][kind]["status"] for kind in KINDS} == {"complete"}
    assert not traces(result.text, secrets_of(made))


@pytest.mark.parametrize("secret", [APP_KEY, SERVICE_TOKEN])
def test_the_credentials_are_not_told(standin: StandIn, made: Organization, secret: str) -> None:
    for module, user in ((CREDENTIALS, None), (ACCESS, LEAVER)):
        result = run(module, standin.url, app_key=secret, user=user, diff=True)
        assert not traces(result.text, [secret, *secrets_of(made)])
