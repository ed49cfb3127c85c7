# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request without an answer is told by what went wrong, so that its reader knows where to look."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
import trustme
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import api_address
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.credentials import credentials
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    CertificateError,
    LostReplyError,
)
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn

KEYS = ("api", "v2", "application_keys")


@pytest.mark.parametrize(
    ("name", "known", "told"),
    [
        ("127.0.0.1", False, "unable to get local issuer certificate|self.signed certificate"),
        ("192.0.2.1", True, "IP address mismatch|it is for another host"),
    ],
)
def test_a_certificate_is_refused_with_its_reason_before_anything_is_sent(tmp_path, name, known, told):
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    (authority if known else trustme.CA()).cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with StandIn(tls=context) as standin:
        address = api_address("datadoghq.com", f"https://127.0.0.1:{standin.port}")
        client = Client(address, credentials(API_KEY, APP_KEY), max_retries=0, ca_path=str(file))
        with pytest.raises(CertificateError, match=f"nothing was sent: .*({told})"):
            client.request("GET", KEYS, purpose="Reading")
        assert standin.requests == []


@pytest.mark.parametrize(
    ("fault", "options", "told"),
    [
        ("drop_after", {}, "the connection broke before the whole answer came"),
        ("garble", {"start": "SSH-2.0-OpenSSH_9.9"}, "the answer was cut short or garbled"),
    ],
)
def test_a_lost_reply_is_told_by_what_broke(make_client, standin, fault, options, told):
    standin.faults.add(fault, **options)
    with pytest.raises(LostReplyError, match=f"Reading: {told} "):
        make_client(max_retries=0).request("GET", KEYS, purpose="Reading")


def test_a_request_that_is_not_sent_whole_in_time_is_told_as_one_without_an_answer(make_client, standin, mocker):
    """It comes wrapped in other exceptions than an answer that is late."""
    mocker.patch.object(http.client.HTTPConnection, "send", side_effect=socket.timeout("timed out"))
    with pytest.raises(LostReplyError, match=r"Reading: no answer within 7 s ") as caught:
        make_client(max_retries=0, timeout=7).request("GET", KEYS, purpose="Reading")
    assert caught.value.effect_possible
