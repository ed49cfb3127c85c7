# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose credentials a task runs with: asked once, beside everything else, and never in its way."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import DatadogError
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog import account as account_module
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.account import Account
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.directory import Directory
from ansible_collections.keywarden.datadog.tests.standin import LEAVER, OPERATOR, PLAIN_USER_APP_KEY


def test_the_account_is_asked_for_once_however_often_it_is_needed(client, standin):
    account = Account(client)
    account.start()
    account.start()
    operator = standin.organization.find_user(OPERATOR)
    assert account.caller()["id"] == operator.id
    assert account.told() == {
        "caller": {"id": operator.id, "email": OPERATOR, "handle": operator.handle, "service_account": True},
        "organization": {"id": standin.organization.uuid, "name": standin.organization.name},
    }
    assert [sent.endpoint for sent in standin.requests] == ["v2.current_user"]


def test_what_nobody_asked_for_is_not_asked_at_the_end(client, standin):
    assert Account(client).told() == {"caller": None, "organization": None}
    assert not standin.requests


def test_every_user_may_ask_who_they_are(make_client, standin):
    carol = standin.organization.find_user("carol@example.com")
    assert Account(make_client(app_key=PLAIN_USER_APP_KEY)).caller()["id"] == carol.id


def test_the_organizations_name_may_be_unknown_and_its_id_still_is_told(client, standin):
    standin.organization.set_flag("includes_organization", False)
    account = Account(client)
    account.start()
    assert account.told()["organization"] == {"id": standin.organization.uuid, "name": None}


@pytest.mark.parametrize("includes", [True, False])
def test_other_answers_about_users_tell_the_organization_too(client, standin, includes):
    standin.organization.set_flag("includes_organization", includes)
    for name in (LEAVER, standin.organization.find_user(LEAVER).id):
        account = Account(client)
        Directory(client, account).find(name)
        name_told = standin.organization.name if includes else None
        assert account.told() == {
            "caller": None,
            "organization": {"id": standin.organization.uuid, "name": name_told},
        }


@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 401, "body": "datadog"},
        {"act": "status", "status": 403, "body": "datadog"},
        {"act": "json", "status": 403, "body": {"status": "error", "code": 403, "errors": ["Forbidden"]}},
        {"act": "status", "status": 404, "body": "html"},
        {"act": "status", "status": 503, "body": "html"},
        {"act": "status", "status": 429, "body": "datadog", "headers": {"X-RateLimit-Reset": "3000"}},
        {"act": "drop"},
        {"act": "json", "body": {}},
        {"act": "json", "body": {"data": []}},
        {"act": "json", "body": {"data": {"id": 7, "attributes": {}}}},
        {"act": "json", "body": {"data": {"id": "x", "attributes": {"email": []}, "relationships": []}, "included": 7}},
        {"act": "nested", "depth": 100000},
    ],
    ids=lambda fault: f"{fault['act']}-{fault.get('status', '')}",
)
def test_an_account_that_is_not_told_is_nobody_elses_trouble(client, standin, fault):
    standin.faults.add(endpoint="v2.current_user", **fault)
    account = Account(client)
    account.start()
    told = account.told()
    assert told["organization"] is None
    assert told["caller"] is None or told["caller"]["email"] is None
    if told["caller"] is None:
        with pytest.raises(DatadogError):
            account.caller()
    # Neither the credentials nor a limit count against what the task is about.
    assert client.request("GET", ("api", "v2", "users"), purpose="Listing users").data
    assert client.waits.waited == 0


def test_who_needs_the_answer_waits_for_a_rate_limit_as_long_as_the_task_may(make_client, standin):
    limited = {"act": "status", "status": 429, "body": "datadog", "headers": {"X-RateLimit-Reset": "6"}}
    standin.faults.add(endpoint="v2.current_user", times=1, **limited)
    client = make_client(max_wait=10)
    account = Account(client)
    assert account.told()["caller"] is None
    assert account.caller()["email"]
    standin.faults.add(endpoint="v2.current_user", **limited)
    with pytest.raises(DatadogError, match=r"max_wait \(2 s"):
        Account(make_client(max_wait=2)).caller()


def test_an_answer_that_never_comes_does_not_hold_up_the_end(client, standin, monkeypatch):
    monkeypatch.setattr(account_module, "PATIENCE", 0.1)
    standin.faults.add("delay", endpoint="v2.current_user", before=1)
    account = Account(client)
    account.start()
    assert account.told()["caller"] is None
