# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that cannot be meant: each time one clear sentence, and no request is sent."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils import _module
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import SITES
from ansible_collections.keywarden.datadog.plugins.modules import datadog_app_key, datadog_app_key_info
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import run_module

ID = "00000000-0000-4000-8000-000000000000"
SECRET = "f" * 40
OTHER = "0123456789abcdef" * 2

# What both modules refuse alike: options, and what the sentence says.
BOTH = {
    "a mistyped site": (
        {"site": "datadoghq.co", "app_key_id": ID},
        ["site", "datadoghq.com", "us5.datadoghq.com", "datadoghq.co"],
    ),
    "api_url without TLS": (
        {"api_url": "http://example.com", "app_key_id": ID},
        ["api_url must be an https URL", "unencrypted"],
    ),
    "api_url with credentials": (
        {"api_url": "https://a:b@example.com", "app_key_id": ID},
        ["api_url must not contain credentials"],
    ),
    "api_url that is none": ({"api_url": "api.datadoghq.com", "app_key_id": ID}, ["api_url must be an https URL"]),
    "an empty list of ids": ({"app_key_id": []}, ["app_key_id is an empty list", "never means all"]),
    "an empty list of keys": ({"api_version": "v1", "key": []}, ["key is an empty list"]),
    "an empty list of owners": ({"owner": []}, ["owner is an empty list"]),
    "an empty string for ids": ({"app_key_id": ""}, ["app_key_id: item 1 is blank"]),
    "a blank id": ({"app_key_id": [ID, " "]}, ["app_key_id: item 2 is blank"]),
    "a blank key": ({"api_version": "v1", "key": ["\n"]}, ["key: item 1 is"]),
    "a blank owner": ({"owner": ["a@example.com", ""]}, ["owner: item 2 is blank"]),
    "an id that goes up": ({"app_key_id": "../users/x"}, ["app_key_id: item 1 is not an application key ID", "UUID"]),
    "an id with a slash": ({"app_key_id": "a/b"}, ["app_key_id: item 1 is not an application key ID"]),
    "an id with a query": ({"app_key_id": "?x=1"}, ["app_key_id: item 1 is not an application key ID"]),
    "an id with a newline": ({"app_key_id": ID + "\n"}, ["app_key_id: item 1 is not an application key ID"]),
    "a key with a slash": ({"api_version": "v1", "key": "../" + SECRET}, ["key: item 1 is not an application key"]),
    "a key with a newline": ({"api_version": "v1", "key": SECRET + "\n"}, ["key: item 1 is not an application key"]),
    "a two-letter key": ({"api_version": "v1", "key": "xy"}, ["key: item 1 is not an application key"]),
    "key with v2": ({"key": SECRET}, ["key needs api_version: v1", "app_key_id"]),
    "app_key_id with v1": ({"api_version": "v1", "app_key_id": ID}, ["v1", "key"]),
    "owner with v1": ({"api_version": "v1", "owner": "a@example.com"}, ["v1", "key"]),
    "id and key": ({"app_key_id": ID, "key": SECRET}, ["mutually exclusive", "app_key_id", "key"]),
    "id and owner": ({"app_key_id": ID, "owner": "a@example.com"}, ["mutually exclusive", "app_key_id", "owner"]),
    "no app_key": ({"app_key_id": ID, "app_key": None}, ["app_key is missing", "DD_APP_KEY"]),
    "no api_key": ({"app_key_id": ID, "api_key": None}, ["api_key is missing", "DD_API_KEY"]),
    "an empty app_key": ({"app_key_id": ID, "app_key": ""}, ["app_key is missing"]),
    "a two-letter app_key": ({"app_key_id": ID, "app_key": "xy"}, ["app_key has fewer than 16 characters"]),
    "a two-letter api_key": ({"app_key_id": ID, "api_key": "xy"}, ["api_key has fewer than 16 characters"]),
    "an app_key with a line break": ({"app_key_id": ID, "app_key": SECRET + "\n"}, ["app_key contains white space"]),
    "two app_keys in one": ({"app_key_id": ID, "app_key": f"{SECRET},{OTHER}"}, ["app_key contains a comma"]),
    "two api_keys in one": ({"app_key_id": ID, "api_key": f"{OTHER},{SECRET}"}, ["api_key contains a comma"]),
    "two api_keys with a blank": ({"app_key_id": ID, "api_key": f"{OTHER} {SECRET}"}, ["api_key contains white space"]),
    "v1 on a government site": (
        {"api_url": None, "site": "ddog-gov.com", "api_version": "v1", "key": SECRET},
        ["API v1 has no application keys on ddog-gov.com", "api_version: v2"],
    ),
    "v1 on the other government site": (
        {"api_url": None, "site": "us2.ddog-gov.com", "api_version": "v1", "key": SECRET},
        ["API v1 has no application keys on us2.ddog-gov.com", "api_version: v2"],
    ),
    "v1 at a government address": (
        {"api_url": "https://api.ddog-gov.com", "api_version": "v1", "key": SECRET},
        ["API v1 has no application keys on api.ddog-gov.com"],
    ),
    "a ca_path that is not there": (
        {"app_key_id": ID, "ca_path": "/nonexistent.pem"},
        ["ca_path", "/nonexistent.pem", "No such file", "PEM"],
    ),
    "no time for a request": ({"app_key_id": ID, "timeout": 0}, ["timeout is 0. It must be between 1 and 3600"]),
    "negative retries": ({"app_key_id": ID, "max_retries": -1}, ["max_retries is -1. It must be between 0 and 100"]),
    "a negative wait": ({"app_key_id": ID, "max_wait": -1}, ["max_wait is -1. It must be between 0 and 86400"]),
    "nothing under way": ({"app_key_id": ID, "concurrency": 0}, ["concurrency is 0. It must be between 1 and 32"]),
    "too much under way": ({"app_key_id": ID, "concurrency": 33}, ["concurrency is 33. It must be between 1 and 32"]),
    "a timeout beyond all": (
        {"app_key_id": ID, "timeout": 10**30},
        ["timeout is a number of more than 12 digits. It must be between 1 and 3600"],
    ),
    "a timeout beyond a thread's": ({"app_key_id": ID, "timeout": 10**10}, ["timeout is 10000000000."]),
    "retries without end": ({"app_key_id": ID, "max_retries": 101}, ["max_retries is 101."]),
    "a wait without end": ({"app_key_id": ID, "max_wait": 10**400}, ["max_wait is a number of more than 12 digits."]),
    "a list for app_key": ({"app_key_id": ID, "app_key": [SECRET]}, ["app_key must be a string"]),
    "a list for api_key": ({"app_key_id": ID, "api_key": [SECRET, SECRET]}, ["api_key must be a string"]),
    "a mapping for app_key": ({"app_key_id": ID, "app_key": {SECRET: 1}}, ["app_key must be a string"]),
    "a credential in an id": ({"app_key_id": [ID, SECRET]}, ["app_key_id: item 2 looks like a credential"]),
    "a credential as owner": ({"owner": SECRET}, ["owner: item 1 looks like a credential"]),
    "a credential with its variable": ({"owner": f"DD_APP_KEY={SECRET}"}, ["owner: item 1 looks like a credential"]),
    "a credential and a person": ({"owner": f"{SECRET},a@example.com"}, ["owner: item 1 looks like a credential"]),
    "a credential beside a person": ({"owner": f"{SECRET};a@example.com"}, ["owner: item 1 looks like a credential"]),
    "an address of API v1": (
        {"owner": f"https://api.datadoghq.com/api/v1/application_key/{SECRET}"},
        ["owner: item 1 looks like a credential"],
    ),
    "a credential in a list of owners": ({"owner": f"a@example.com, {SECRET}"}, ["owner: item 2 looks like a"]),
    "a credential in ca_path": ({"app_key_id": ID, "ca_path": SECRET}, ["ca_path: the value looks like a credential"]),
    "another api_version": ({"app_key_id": ID, "api_version": "v3"}, ["api_version", "v1", "v2"]),
    "an option that is none": ({"app_key_id": ID, "retries": 3}, ["retries"]),
}
REMOVAL = {
    "no selector": ({}, ["app_key_id", "key", "owner", "required"]),
    "no state": ({"app_key_id": ID, "state": None}, ["state"]),
    "another state": ({"app_key_id": ID, "state": "present"}, ["state", "absent"]),
    "keep that is no id": ({"app_key_id": ID, "keep": ["my key"]}, ["keep: item 1 is not an application key ID"]),
    "a blank in keep": ({"app_key_id": ID, "keep": [""]}, ["keep: item 1 is blank"]),
    "keep with v1": ({"api_version": "v1", "key": SECRET, "keep": [ID]}, ["keep needs api_version: v2"]),
    "an age that is none": ({"app_key_id": ID, "refuse_used_within": "soon"}, ["refuse_used_within", "is not an age"]),
    "an empty age": ({"app_key_id": ID, "refuse_used_within": ""}, ["refuse_used_within", "is not an age"]),
    "an age with v1": (
        {"api_version": "v1", "key": SECRET, "refuse_used_within": "7d"},
        ["refuse_used_within needs api_version: v2"],
    ),
    "a negative max_keys": ({"app_key_id": ID, "max_keys": -1}, ["max_keys is -1. It must be between 0 and 1000000"]),
    "a verify_timeout without end": ({"app_key_id": ID, "verify_timeout": 10**30}, ["verify_timeout is a number of"]),
    "max_keys without end": ({"app_key_id": ID, "max_keys": 10**9}, ["max_keys is 1000000000."]),
    "its own without verifying": (
        {"app_key_id": ID, "allow_self": True, "verify": False},
        ["allow_self: true needs verify: true"],
    ),
    "a credential in keep": ({"app_key_id": ID, "keep": [SECRET]}, ["keep: item 1 looks like a credential"]),
    "a negative verify_timeout": ({"app_key_id": ID, "verify_timeout": -1}, ["verify_timeout is -1."]),
}
READING = {
    "v1 without a key": ({"api_version": "v1"}, ["api_version is v1", "key"]),
    "an age that is none": ({"unused_for": "soon"}, ["unused_for", "is not an age"]),
    "a date that is none": ({"created_before": "soon"}, ["created_before", "neither a date nor an age"]),
    "another date that is none": ({"created_after": "2026-02-30"}, ["created_after", "neither a date nor an age"]),
    "a blank filter": ({"filter": " "}, ["filter is blank"]),
    "a credential in filter": ({"filter": f"of {SECRET}"}, ["filter: the value looks like a credential"]),
    "another include": ({"include": ["roles"]}, ["include", "owned_by"]),
    "a filter on named ids": ({"app_key_id": ID, "filter": "ci"}, ["mutually exclusive", "filter"]),
    "an age of named ids": ({"app_key_id": ID, "unused_for": "90d"}, ["mutually exclusive", "unused_for"]),
    "a filter with v1": ({"api_version": "v1", "key": SECRET, "filter": "ci"}, ["filter"]),
}


def check_sentence(run, standin, words):
    assert run.failed
    assert not run.changed
    for word in words:
        assert word in run.msg
    assert "\n" not in run.msg.strip()
    assert "Traceback" not in run.output
    assert "defect" not in run.msg
    assert SECRET not in run.output
    assert OTHER not in run.output
    assert standin.requests == []


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
@pytest.mark.parametrize(("options", "words"), [*BOTH.values(), *REMOVAL.values()], ids=[*BOTH, *REMOVAL])
def test_the_removing_module_refuses(modules, standin, options, words, check):
    check_sentence(modules.remove(check=check, **options), standin, words)
    assert len(standin.organization.keys) == 146


@pytest.mark.parametrize(("options", "words"), [*BOTH.values(), *READING.values()], ids=[*BOTH, *READING])
def test_the_reading_module_refuses(modules, standin, options, words):
    check_sentence(modules.read(**options), standin, words)


@pytest.mark.parametrize(
    ("main", "options"), [(datadog_app_key.main, {"state": "absent"}), (datadog_app_key_info.main, {})]
)
def test_without_requests_there_is_a_sentence_with_the_interpreter_and_the_way_out(standin, monkeypatch, main, options):
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "Traceback: No module named requests")
    run = run_module(
        main, {"api_url": standin.url, "app_key_id": [ID], "api_key": SECRET, "app_key": SECRET, **options}
    )
    assert run.failed
    assert "requests" in run.msg
    assert sys.executable in run.msg
    assert "ansible_python_interpreter: '{{ ansible_playbook_python }}'" in run.msg
    assert standin.requests == []


def test_the_site_list_is_closed_and_the_address_overrides_it(modules, standin):
    for site in SITES:
        assert not modules.read(site=site, app_key_id=ID).failed
    assert len(standin.requests) == len(SITES)
