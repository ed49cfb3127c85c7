# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What credentials may do: a yes is always true on the server, and nothing but reads is sent to find it out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._access.abilities import NAMES, Abilities
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import CredentialsError, DatadogError
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    APP_KEY,
    LEAVER,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    OPERATOR,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SCOPED_APP_KEY,
    SERVICE_TOKEN,
    WRITE_ONLY_APP_KEY,
    StandIn,
)
from ansible_collections.keywarden.datadog.tests.standin.records import PERMISSIONS

ALL = dict.fromkeys(NAMES, "yes")
KEYS = {
    "operator": APP_KEY,
    "read only": READ_ONLY_APP_KEY,
    "scoped": SCOPED_APP_KEY,
    "no users": NO_USERS_APP_KEY,
    "write only": WRITE_ONLY_APP_KEY,
    "plain user": PLAIN_USER_APP_KEY,
    "no permission": NO_PERMISSION_APP_KEY,
    "personal token": ACCESS_TOKEN,
    "service token": SERVICE_TOKEN,
}
NEEDS = {
    "org_app_keys_read": {"org_app_keys_read"},
    "org_app_keys_write": {"org_app_keys_write"},
    "user_access_read": {"user_access_read"},
    "access_tokens_read": {"org_app_keys_read"},
    "access_tokens_revoke": {"org_app_keys_read", "org_app_keys_write"},
    "service_account_write": {"service_account_write"},
    "api_keys_read": {"api_keys_read"},
    "org_authorized_apps_read": {"org_authorized_apps_read"},
    "last_used_at": {"org_app_keys_read", "audit_logs_read"},
}


def told(client: Client) -> dict[str, str]:
    return {name: one["answer"] for name, one in Abilities(client).find_out().items()}


def granted(standin: StandIn, secret: str) -> set[str]:
    """What these credentials may really do: the truth of the server."""
    organization = standin.organization
    one = organization.tokens.by_secret(secret) or organization.keys.by_secret(secret)
    assert one is not None
    permissions = set(organization.users[one.owner_id].permissions)
    return permissions if one.scopes is None else permissions & set(one.scopes)


def check(standin: StandIn, secret: str, answers: dict[str, str]) -> None:
    """No yes is false, and no plain no either."""
    really = granted(standin, secret)
    for name, needed in NEEDS.items():
        if answers[name] == "yes":
            assert needed <= really, name
        if answers[name] == "no":
            assert not needed <= really, name


def test_credentials_that_may_do_everything_are_told_so(make_client: Any) -> None:
    for secret in (APP_KEY, SERVICE_TOKEN, ACCESS_TOKEN):
        assert told(make_client(secret)) == ALL
    assert Abilities(make_client(APP_KEY)).kind == "application key"


@pytest.mark.parametrize("secret", KEYS.values(), ids=KEYS)
def test_no_answer_is_false_and_nothing_is_sent_but_reads(standin: StandIn, make_client: Any, secret: str) -> None:
    answers = told(make_client(secret))
    check(standin, secret, answers)
    assert {one.method for one in standin.requests} == {"GET"}


def test_what_the_owner_may_not_do_is_no(make_client: Any) -> None:
    answers = told(make_client(READ_ONLY_APP_KEY))
    may = {"org_app_keys_read", "user_access_read", "access_tokens_read", "api_v1"}
    assert answers == {name: "yes" if name in may else "no" for name in NAMES}


def test_scopes_restrict_what_the_owner_may_do(make_client: Any) -> None:
    abilities = Abilities(make_client(SCOPED_APP_KEY))
    answers = abilities.find_out()
    assert answers["org_app_keys_write"]["answer"] == answers["access_tokens_revoke"]["answer"] == "no"
    assert "are not scoped to it" in answers["org_app_keys_write"]["why"]
    assert (abilities.own.scoped, sorted(abilities.own.scopes)) == (True, ["org_app_keys_read", "user_access_read"])


def test_scopes_that_include_the_permission_do_not(standin: StandIn, make_client: Any) -> None:
    key = standin.organization.keys.by_secret(SCOPED_APP_KEY)
    assert key is not None
    key.scopes = list(PERMISSIONS)
    assert told(make_client(SCOPED_APP_KEY)) == ALL


@pytest.mark.parametrize("scopes", [[], "org_app_keys_write", [1], {"all": True}, 0, False, "missing"])
def test_scopes_that_are_not_clear_prove_nothing(standin: StandIn, client: Client, scopes: Any) -> None:
    key = standin.organization.keys.by_secret(APP_KEY)
    assert key is not None
    key.scopes = scopes
    owner = standin.organization.users[key.owner_id]
    # The server of this test takes such scopes for none.
    standin.faults.add(
        "json",
        endpoint="v2.keys.list",
        path="owned_by",
        body={
            "data": [
                {
                    "type": "application_keys",
                    "id": key.id,
                    "attributes": {"last4": APP_KEY[-4:], **({} if scopes == "missing" else {"scopes": scopes})},
                    "relationships": {"owned_by": {"data": {"id": owner.id, "type": "users"}}},
                }
            ],
            "meta": {"page": {"total_filtered_count": 1}},
        },
    )
    key.scopes = None
    answers = told(client)
    assert answers["org_app_keys_write"] == answers["service_account_write"] == "cannot tell"
    assert answers["org_app_keys_read"] == "yes"


def test_two_keys_that_end_alike_prove_only_what_both_may(standin: StandIn, make_client: Any) -> None:
    standin.organization.add_key(
        standin.organization.find_user(OPERATOR).id, secret="f" * 36 + APP_KEY[-4:], scopes=["org_app_keys_read"]
    )
    abilities = Abilities(make_client())
    answers = abilities.find_out()
    assert answers["org_app_keys_write"]["answer"] == "cannot tell"
    assert "four characters" in answers["org_app_keys_write"]["why"]
    assert abilities.own.scoped is None
    # Somebody else's makes no difference.
    standin.reset()
    standin.organization.add_key(LEAVER, secret="f" * 36 + APP_KEY[-4:], scopes=["org_app_keys_read"])
    assert told(make_client()) == ALL


@pytest.mark.parametrize("ignored", [True, False])
def test_the_own_key_is_found_in_an_older_deployment_too(standin: StandIn, client: Client, ignored: bool) -> None:
    standin.organization.set_flag("honours_owned_by", not ignored)
    assert told(client) == ALL


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("labels", ["new", "old"])
def test_a_token_knows_its_scopes_and_its_end(
    standin: StandIn, make_client: Any, everywhere: bool, labels: str
) -> None:
    standin.organization.set_flag("service_tokens_everywhere", everywhere)
    standin.organization.set_flag("token_labels", labels)
    for secret, kind in ((ACCESS_TOKEN, "personal access token"), (SERVICE_TOKEN, "service access token")):
        token = standin.organization.tokens.by_secret(secret)
        assert token is not None
        token.expires_at = "2099-01-01T00:00:00Z"
        abilities = Abilities(make_client(secret, None))
        assert {one["answer"] for one in abilities.find_out().values()} == {"yes"}
        assert (abilities.kind, abilities.own.expires_at) == (kind, token.expires_at)
        assert abilities.own.scopes == set(token.scopes)


@pytest.mark.parametrize("half_view", ["own", "hidden", "forbidden"])
def test_who_sees_only_their_own_tokens_does_not_read_tokens(
    standin: StandIn, make_client: Any, half_view: str
) -> None:
    standin.organization.set_flag("token_half_view", half_view)
    answers = Abilities(make_client(PLAIN_USER_APP_KEY)).find_out()
    assert answers["access_tokens_read"]["answer"] == answers["access_tokens_revoke"]["answer"] == "no"
    assert "org_app_keys_read" in answers["access_tokens_read"]["why"]


def test_without_the_permissions_of_the_account_writing_cannot_be_told(make_client: Any) -> None:
    answers = Abilities(make_client(NO_USERS_APP_KEY)).find_out()
    assert answers["org_app_keys_write"]["answer"] == "cannot tell"
    assert "user_access_read" in answers["org_app_keys_write"]["why"]


def test_an_organization_without_oauth(standin: StandIn, client: Client) -> None:
    for value in ("absent", "forbidden"):
        standin.organization.set_flag("oauth", value)
        assert told(client) == {**ALL, "org_authorized_apps_read": "no"}


def test_api_v1_that_is_switched_off(standin: StandIn, make_client: Any) -> None:
    standin.organization.set_flag("one_time_read", True)
    answers = Abilities(make_client()).find_out()
    assert answers["api_v1"]["answer"] == "no"
    assert "One-Time Read" in answers["api_v1"]["why"]
    assert Abilities(make_client(NO_PERMISSION_APP_KEY)).find_out()["api_v1"]["answer"] == "cannot tell"


def test_uses_that_nobody_sees(standin: StandIn, client: Client) -> None:
    standin.organization.set_flag("audit_trail", False)
    answers = Abilities(client).find_out()
    assert answers["last_used_at"]["answer"] == "cannot tell"
    assert "Audit Trail" in answers["last_used_at"]["why"]
    standin.organization.find_user(OPERATOR).permissions.remove("audit_logs_read")
    assert Abilities(client).find_out()["last_used_at"]["answer"] == "no"


ENDPOINTS = {
    "v2.keys.list": {"org_app_keys_read", "last_used_at", "access_tokens_read", "access_tokens_revoke"},
    "v2.users.list": {"user_access_read"},
    "v2.user.permissions": {"org_app_keys_write", "service_account_write", "access_tokens_revoke"},
    "v2.tokens.list": {"access_tokens_read", "access_tokens_revoke"},
    "v2.api_keys.list": {"api_keys_read"},
    "v2.oauth.clients.list": {"org_authorized_apps_read"},
    "v1.key.get": {"api_v1"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"act": "status", "status": 500},
    "404 of a proxy": {"act": "status", "status": 404, "body": "html"},
    "login page": {"act": "redirect", "to": "https://example.com/login"},
    "dropped": {"act": "drop"},
    "no data": {"act": "json", "body": {}},
    "no list": {"act": "json", "body": {"data": {}}},
    "wrong credentials": {
        "act": "json",
        "status": 403,
        "body": {"status": "error", "code": 403, "errors": ["Forbidden"]},
    },
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_goes_wrong_is_never_a_yes(
    standin: StandIn, make_client: Any, endpoint: str, fault: dict[str, Any]
) -> None:
    standin.faults.add(fault["act"], endpoint=endpoint, **{name: fault[name] for name in fault if name != "act"})
    answers = Abilities(make_client(max_retries=0)).find_out()
    hidden = ENDPOINTS[endpoint]
    assert {answers[name]["answer"] for name in hidden} == {"cannot tell"}, answers
    assert all(answers[name]["why"] for name in hidden)
    # Without a view of all keys, a 404 proves nothing.
    others = {"v2.keys.list": {"org_app_keys_write", "service_account_write", "api_v1"}}.get(endpoint, set())
    assert {answers[name]["answer"] for name in set(NAMES) - hidden - others} == {"yes"}, answers


def test_wrong_credentials_are_an_error(make_client: Any) -> None:
    with pytest.raises(CredentialsError):
        told(make_client("f" * 40))
    with pytest.raises(CredentialsError):
        told(make_client(api_key="f" * 32))


def test_who_the_credentials_are_must_be_known(standin: StandIn, make_client: Any) -> None:
    standin.faults.add("json", endpoint="v2.current_user", body={"data": None})
    with pytest.raises(DatadogError):
        told(make_client(max_retries=0))


def test_every_mix_of_permissions_and_scopes_is_told_truly(standin: StandIn, make_client: Any) -> None:
    operator = standin.organization.find_user(OPERATOR)
    key = standin.organization.keys.by_secret(APP_KEY)
    assert key is not None
    important = ("org_app_keys_read", "org_app_keys_write", "user_access_read")
    mixes = [set(mix) for size in range(4) for mix in itertools.combinations(important, size)]
    for permissions, scopes in itertools.product(mixes, [None, *mixes[1:]]):
        operator.permissions = sorted(permissions)
        key.scopes = None if scopes is None else sorted(scopes)
        answers = told(make_client())
        check(standin, APP_KEY, answers)
        if {"org_app_keys_read", "user_access_read"} <= granted(standin, APP_KEY):
            assert "cannot tell" not in {answers[name] for name in important}
