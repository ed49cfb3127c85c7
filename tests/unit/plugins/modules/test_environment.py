# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials and addresses from the environment, and which of two names wins."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.keywarden.datadog.tests.standin import ACCESS_TOKEN, API_KEY, APP_KEY, SECOND_LEAVER

ID = "00000000-0000-4000-8000-000000000000"
BAD = "f" * 40


def read(modules, env, **options):
    nothing = {"api_key": None, "app_key": None, "api_url": None, "app_key_id": ID}
    return modules.read(env=env, **{**nothing, **options})


@pytest.mark.parametrize("api_key", ["DD_API_KEY", "DATADOG_API_KEY"])
@pytest.mark.parametrize("app_key", ["DD_APP_KEY", "DATADOG_APP_KEY"])
@pytest.mark.parametrize("host", ["DATADOG_HOST", "DD_HOST"])
def test_everything_may_come_from_the_environment(modules, standin, api_key, app_key, host):
    run = read(modules, {api_key: API_KEY, app_key: APP_KEY, host: standin.url})
    assert run.result["not_found"] == [ID]
    (sent,) = standin.requests
    assert (sent.credentials.api_key, sent.credentials.app_key) == (API_KEY, APP_KEY)


@pytest.mark.parametrize(
    ("first", "second", "good"),
    [
        ("DD_API_KEY", "DATADOG_API_KEY", API_KEY),
        ("DD_APP_KEY", "DATADOG_APP_KEY", APP_KEY),
    ],
)
def test_the_first_name_goes_before_the_second_unless_it_is_empty(modules, standin, first, second, good):
    rest = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}
    assert not read(modules, {**rest, first: good, second: BAD}).failed
    assert read(modules, {**rest, first: BAD, second: good}).failed
    assert not read(modules, {**rest, first: "", second: good}).failed


def test_credentials_from_the_environment_are_masked_in_every_encoding(modules, standin):
    key = standin.organization.keys_of(SECOND_LEAVER)[0]
    forms = [base64.b64encode(APP_KEY.encode()).decode(), APP_KEY.upper(), APP_KEY.encode().hex()]
    key.name = " ".join(forms)
    run = read(modules, {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}, app_key_id=key.id)
    assert [row["id"] for row in run.rows] == [key.id]
    assert not [form for form in forms if form in run.output]


def test_datadog_host_goes_before_dd_host(modules, standin):
    env = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DATADOG_HOST": standin.url, "DD_HOST": "http://127.0.0.1:1"}
    assert not read(modules, env).failed


@pytest.mark.parametrize("name", ["DD_SITE", "DATADOG_SITE"])
def test_a_site_from_the_environment_is_checked_like_any(modules, standin, name):
    env = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, name: "datadoghq.co"}
    run = read(modules, env, api_url=standin.url)
    assert run.failed
    assert "datadoghq.co" in run.msg
    assert standin.requests == []
    run = read(modules, {**env, name: "ddog-gov.com"}, api_version="v1", app_key_id=None, key=BAD)
    assert "on ddog-gov.com" in run.msg


def test_options_go_before_the_environment(modules, standin):
    env = {"DD_API_KEY": BAD, "DD_APP_KEY": BAD, "DD_HOST": "http://127.0.0.1:1", "DD_SITE": "datadoghq.eu"}
    run = modules.read(app_key_id=ID, env=env)
    assert not run.failed
    assert standin.requests[0].credentials.api_key == API_KEY


def test_an_address_from_the_environment_must_be_https_too_and_the_sentence_says_where_it_comes_from(modules):
    run = read(modules, {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": "api.datadoghq.com"})
    assert run.failed
    assert "DD_HOST" in run.msg


def test_the_alias_application_key_is_app_key(modules, standin):
    assert not read(modules, {}, api_key=API_KEY, application_key=APP_KEY, api_url=standin.url).failed


def test_proxies_of_the_environment_are_not_asked_for_loopback_addresses(modules, standin):
    env = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    assert not modules.read(app_key_id=ID, env=env).failed


def test_an_access_token_may_come_as_a_bearer_token_and_goes_after_the_other_names(modules, standin):
    assert not read(modules, {"DD_BEARER_TOKEN": ACCESS_TOKEN, "DD_HOST": standin.url}).failed
    (sent,) = standin.requests
    assert (sent.credentials.app_key or sent.credentials.bearer) == ACCESS_TOKEN
    env = {"DD_BEARER_TOKEN": ACCESS_TOKEN, "DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}
    assert not read(modules, env).failed
    assert standin.requests[-1].credentials.app_key == APP_KEY


def test_a_bearer_token_that_is_no_access_token_is_not_sent(modules, standin):
    run = read(modules, {"DD_BEARER_TOKEN": BAD, "DD_API_KEY": API_KEY, "DD_HOST": standin.url})
    assert run.failed
    assert "app_key is missing" in run.msg
    assert BAD not in run.output
    assert standin.requests == []


@pytest.mark.parametrize("host", ["DATADOG_HOST", "DD_HOST"])
def test_a_site_given_as_an_option_goes_before_an_address_in_the_environment(modules, standin, host):
    env = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, host: standin.url}
    run = read(modules, env, site="ddog-gov.com", api_version="v1", app_key_id=None, key="0" * 40)
    assert "API v1" in run.msg
    assert "ddog-gov.com" in run.msg
    assert [text for text in run.warnings if host in text]
    assert standin.requests == []
    run = read(modules, {**env, "DD_SITE": "datadoghq.eu"})
    assert not run.warnings
    assert len(standin.requests) == 1
