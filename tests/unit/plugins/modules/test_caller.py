# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who removes, and in which organization: in every result, without ever deciding over it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import asked
from ansible_collections.keywarden.datadog.tests.standin import LEAVER, OPERATOR, SECOND_LEAVER


def test_the_result_tells_the_caller_and_the_organization(modules, standin):
    operator = standin.organization.find_user(OPERATOR)
    for check in (True, False):
        run = modules.remove(owner=SECOND_LEAVER, check=check)
        assert run.result["caller"] == {
            "id": operator.id,
            "email": operator.email,
            "handle": operator.handle,
            "service_account": True,
        }
        assert run.result["organization"] == {"id": standin.organization.uuid, "name": standin.organization.name}
    assert sum(sent.endpoint == "v2.current_user" for sent in standin.requests) == 2


def test_a_task_that_fails_tells_the_caller_too(modules, standin):
    run = modules.remove(owner="gone@example.com")
    assert run.failed
    assert run.result["caller"]["email"] == OPERATOR
    run = modules.remove(owner=[])
    assert run.failed
    assert (run.result["caller"], run.result["organization"]) == (None, None)


def test_the_tasks_own_key_is_told_whose_it_was_though_it_is_gone(modules, standin):
    own = next(key for key in standin.organization.keys_of(OPERATOR) if key.name == "offboarding automation")
    run = modules.remove(app_key_id=own.id, allow_self=True)
    assert own.id not in standin.organization.keys
    assert run.result["caller"]["email"] == OPERATOR
    assert sum(sent.endpoint == "v2.current_user" for sent in standin.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 401, "body": "datadog"},
        {"act": "json", "status": 403, "body": {"status": "error", "code": 403, "errors": ["Forbidden"]}},
        {"act": "status", "status": 429, "body": "datadog", "headers": {"X-RateLimit-Reset": "3000"}},
        {"act": "json", "body": {"data": 7}},
        {"act": "reset"},
    ],
    ids=lambda fault: f"{fault['act']}-{fault.get('status', '')}",
)
def test_a_caller_that_is_not_told_fails_nothing(modules, standin, fault):
    standin.faults.add(endpoint="v2.current_user", **fault)
    run = modules.remove(owner=SECOND_LEAVER)
    assert not run.failed
    assert run.result["caller"] is None
    # The search for the owner told it.
    assert run.result["organization"]["id"] == standin.organization.uuid
    assert standin.organization.keys_of(SECOND_LEAVER) == []


@pytest.mark.parametrize("includes", [True, False])
def test_the_journal_begins_with_the_caller_and_the_organization(modules, standin, tmp_path, includes):
    standin.organization.set_flag("includes_organization", includes)
    modules.remove(owner=SECOND_LEAVER, journal=str(tmp_path / "journal"))
    start = json.loads((tmp_path / "journal").read_text().splitlines()[0])
    assert (start["event"], start["caller"]["email"]) == ("start", OPERATOR)
    assert start["organization"] == {
        "id": standin.organization.uuid,
        "name": standin.organization.name if includes else None,
    }


def test_a_reading_module_tells_the_organization_without_a_request_for_it(modules, standin):
    known = {"id": standin.organization.uuid, "name": standin.organization.name}
    assert modules.read(owner=LEAVER).result["organization"] == known
    # The owners of listed keys name its ID only.
    assert modules.read().result["organization"] == {"id": standin.organization.uuid, "name": None}
    assert len(asked(standin)) == len(standin.requests)
