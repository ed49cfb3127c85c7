# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials may go, and which ones are sent at all."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import SITES, api_address
from ansible_collections.keywarden.datadog.plugins.module_utils._api.credentials import Credentials, credentials
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError

KEY = "0123456789abcdef0123456789abcdef"
APP = "fedcba9876543210fedcba9876543210fedcba98"


@pytest.mark.parametrize("site", SITES)
def test_each_site_is_reached_by_https_at_its_api_host(site):
    address = api_address(site, None)
    assert address.url == f"https://api.{site}"
    assert address.name == site
    assert not address.loopback


def test_v1_is_known_to_be_off_on_the_government_sites_only():
    assert [site for site in SITES if api_address(site, None).government] == ["ddog-gov.com", "us2.ddog-gov.com"]
    assert api_address(SITES[0], "https://api.us2.ddog-gov.com").government
    assert not api_address(SITES[0], "https://api.notddog-gov.com").government


@pytest.mark.parametrize(
    ("api_url", "url", "name"),
    [
        ("https://api.datadoghq.com", "https://api.datadoghq.com", "api.datadoghq.com"),
        ("https://API.Example.COM/", "https://api.example.com", "api.example.com"),
        ("https://proxy.example.com:8443/datadog/", "https://proxy.example.com:8443/datadog", "proxy.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9", "127.9.9.9"),
        ("http://localhost:1", "http://localhost:1", "localhost:1"),
        ("http://[::1]:8080/", "http://[::1]:8080", "[::1]:8080"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_api_url_overrides_the_site(api_url, url, name):
    address = api_address("datadoghq.com", api_url)
    assert (address.url, address.name) == (url, name)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "[::1]"])
def test_loopback_is_recognized_since_no_proxy_may_stand_before_it(host):
    assert api_address("datadoghq.com", f"https://{host}").loopback


@pytest.mark.parametrize(
    ("api_url", "sentence"),
    [
        ("http://example.com", "http would send the credentials to example.com unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("http://[2001:db8::1]", "unencrypted"),
        ("http://0.0.0.0:80", "unencrypted"),
        ("api.datadoghq.com", "must be an https URL"),
        ("ftp://api.datadoghq.com", "must be an https URL"),
        ("file:///etc/passwd", "must be an https URL"),
        ("https://", "must be an https URL"),
        ("https:///path", "must be an https URL"),
        ("https://user:secret@api.datadoghq.com", "must not contain credentials"),
        ("https://user@api.datadoghq.com", "must not contain credentials"),
        ("https://api.datadoghq.com@evil.example.com", "must not contain credentials"),
        ("https://api.datadoghq.com?x=1", "a query or a fragment"),
        ("https://api.datadoghq.com#x", "a query or a fragment"),
        ("https://api.datadoghq.com:99999", "is not a valid URL"),
        ("https://api.datadoghq.com:port", "is not a valid URL"),
        ("https://[::1", "is not a valid URL"),
        ("https://api.datadoghq.com\\@evil.example.com", "characters that are not allowed in a URL"),
        ("https://api.datadoghq.com\n.evil.example.com", "characters that are not allowed in a URL"),
        ("https://api.datadoghq.com /x", "characters that are not allowed in a URL"),
        ("https://proxy.example.com/x/../datadog", ". or .. as a part of its path"),
        ("https://proxy.example.com/x/%2e%2E/datadog", ". or .. as a part of its path"),
        ("https://proxy.example.com/x%2F../datadog", ". or .. as a part of its path"),
        ("https://proxy.example.com/./datadog", ". or .. as a part of its path"),
        ("https://api%2Edatadoghq.com", "a percent sign in its host"),
        ("https://[fe80::1%25eth0]:8443", "a percent sign in its host"),
        ("https://äpi.example.com", "characters that are not allowed in a URL"),
    ],
)
def test_an_address_that_could_lead_credentials_astray_is_refused(api_url, sentence):
    with pytest.raises(OptionError) as caught:
        api_address("datadoghq.com", api_url)
    assert sentence in str(caught.value)
    assert "api_url" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_both_credentials_go_into_their_headers():
    assert credentials(KEY, APP).headers == {"DD-API-KEY": KEY, "DD-APPLICATION-KEY": APP}


@pytest.mark.parametrize("token", ["ddpat_0123456789abcdef", "ddsat_0123456789abcdef"])
@pytest.mark.parametrize("api_key", [None, "", KEY, "x"])
def test_an_access_token_goes_alone_and_needs_no_api_key(token, api_key):
    made = credentials(api_key, token)
    assert made.is_token
    assert made.headers == {"DD-APPLICATION-KEY": token}


@pytest.mark.parametrize(
    ("api_key", "app_key", "sentence"),
    [
        (KEY, None, "app_key is missing: set the option app_key, or DD_APP_KEY (DATADOG_APP_KEY)"),
        (KEY, "", "app_key is missing"),
        (None, APP, "api_key is missing: set the option api_key, or DD_API_KEY (DATADOG_API_KEY)"),
        ("", APP, "api_key is missing"),
        ("xy", APP, "api_key has fewer than 16 characters, which is too short for a Datadog credential"),
        (KEY, "xy", "app_key has fewer than 16 characters"),
        (None, "ddpat_x", "app_key has fewer than 16 characters"),
        (KEY + "\n", APP, "api_key contains white space, a line break or a non-ASCII character"),
        (KEY, APP + " ", "app_key contains white space"),
        (KEY, "Schlüssel" * 3, "app_key contains white space, a line break or a non-ASCII character"),
        (KEY, f"{APP},{APP}", "app_key contains a comma, which no Datadog credential has. Give one credential;"),
        (f"{KEY},{KEY}", APP, "api_key contains a comma"),
        (None, f"ddpat_{APP},ddpat_{KEY}", "app_key contains a comma"),
        (f"{KEY} {KEY}", APP, "api_key contains white space"),
        (KEY, APP + "\r\nX-Injected: 1", "app_key contains white space"),
    ],
)
def test_credentials_that_cannot_be_real_are_refused_without_telling_them(api_key, app_key, sentence):
    with pytest.raises(OptionError) as caught:
        credentials(api_key, app_key)
    assert str(caught.value).startswith(sentence)
    for secret in (KEY, APP, "Schlüssel"):
        assert secret not in str(caught.value)


def test_credentials_do_not_show_in_a_repr():
    assert repr(Credentials(KEY, APP)) == "Credentials()"
