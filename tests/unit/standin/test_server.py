# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server itself: its life, its log, the control API and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import pytest
import requests
import trustme
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, Organization, StandIn, store
from ansible_collections.keywarden.datadog.tests.standin.store import in_order

Call = Callable[..., requests.Response]

KEYS = "/api/v2/application_keys"
PROGRAM = Path(standin.__file__).parent


def control(dd: StandIn, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{dd.url}/_standin/{path}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


# Life


def test_stops_at_once_although_a_request_waits(dd: StandIn, call: Call) -> None:
    dd.faults.add("delay", before=60)
    with pytest.raises(requests.Timeout):
        call("GET", KEYS, timeout=0.1)
    begun = time.monotonic()
    dd.stop()
    assert time.monotonic() - begun < 20
    dd.stop()


def test_serves_ipv6() -> None:
    with StandIn(host="::1") as dd:
        assert dd.url == f"http://[::1]:{dd.port}"
        assert requests.get(f"{dd.url}/_standin/summary", timeout=5).json()["keys"] == 146


def test_serves_and_misbehaves_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    with StandIn(tls=(str(tmp_path / "server.pem"), str(tmp_path / "server.pem"))) as dd:
        assert dd.url.startswith("https://127.0.0.1:")
        url, trust = f"{dd.url}/api/v2/validate", str(tmp_path / "ca.pem")
        assert requests.get(url, headers={"DD-API-KEY": API_KEY}, verify=trust, timeout=5).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=5)
        for act in ("reset", "drop"):
            dd.faults.add(act, times=1)
        for _index in range(2):
            with pytest.raises(requests.ConnectionError):
                requests.get(url, verify=trust, timeout=5)
        assert [request.fault for request in dd.requests] == [None, "reset", "drop"]


def test_reset_gives_a_clean_start(dd: StandIn, call: Call) -> None:
    dd.faults.add("status", status=500)
    dd.limit_reads(0)
    dd.propagation(get=60)
    call("GET", KEYS)
    dd.reset(Organization.generated(7))
    assert dd.requests == []
    assert call("GET", KEYS).json()["meta"]["page"]["total_filtered_count"] == 7


def test_a_listing_of_many_pages_sorts_once(dd: StandIn, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    sorts = []
    monkeypatch.setattr(store, "in_order", lambda keys, sort: sorts.append(sort) or in_order(keys, sort))
    dd.reset(Organization.generated(1000))
    ids = set()
    for page in range(10):
        answer = call("GET", KEYS, params={"page[size]": 100, "page[number]": page, "include": "owned_by"})
        ids.update(item["id"] for item in answer.json()["data"])
        if page == 5:
            dd.organization.delete_key(answer.json()["data"][-1]["id"])
    assert len(ids) == 999
    assert sorts == ["name"]


# The log


def test_the_log_tells_who_sent_what(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    call("GET", KEYS, params={"page[size]": 1}, headers={"User-Agent": "me"})
    call("GET", f"/api/v1/application_key/{key.secret}")
    listing, one = dd.requests
    assert (listing.method, listing.path, listing.query) == ("GET", KEYS, {"page[size]": ["1"]})
    assert (listing.endpoint, listing.status, listing.key_id) == ("v2.keys.list", 200, None)
    assert (listing.credentials.api_key, listing.credentials.app_key) == (API_KEY, APP_KEY)
    assert listing.headers["User-Agent"] == "me"
    assert (one.endpoint, one.key_id) == ("v1.key.get", key.id)
    assert one.connection == listing.connection
    assert one.seconds is not None


# The control API


def test_control_reads_state_without_secrets_unless_asked(dd: StandIn, call: Call) -> None:
    key = dd.organization.keys_of(standin.LEAVER)[0]
    call("DELETE", f"/api/v1/application_key/{key.secret}")
    state = control(dd, "GET", "state")
    assert state["summary"]["keys"] == 145
    assert state["summary"]["keys_by_owner"][standin.LEAVER] == 50
    assert [one["id"] for one in state["deleted"]] == [key.id]
    log = control(dd, "GET", "requests")
    assert [(one["endpoint"], one["status"]) for one in log] == [("v1.key.delete", 200)]
    secrets = [key.secret, APP_KEY, API_KEY]
    assert not [secret for secret in secrets if secret in json.dumps([state, log])]
    told = json.dumps([control(dd, "GET", "state?secrets"), control(dd, "GET", "requests?secrets")])
    assert all(secret in told for secret in secrets)


def test_control_changes_the_organization(dd: StandIn) -> None:
    assert control(dd, "PUT", "organization", {"name": "generated", "keys": 5})["keys"] == 5
    assert control(dd, "PUT", "organization", {"name": "empty"})["keys"] == 1
    control(dd, "PUT", "organization", Organization.demo().to_json())
    assert len(dd.organization.keys) == 146
    key = control(dd, "POST", "keys", {"owner": standin.SECOND_LEAVER, "name": "made"})
    assert dd.organization.keys[key["id"]].name == "made"
    assert control(dd, "DELETE", f"keys/{key['id']}") == {"deleted": True}
    assert key["id"] not in dd.organization.keys
    user = control(dd, "POST", "users", {"email": "New@example.com"})
    assert dd.organization.users[user["id"]].email == "new@example.com"


def test_control_sets_faults_and_settings(dd: StandIn, call: Call) -> None:
    control(dd, "POST", "faults", {"act": "status", "endpoint": "v2.keys.list", "status": 503, "body": "html"})
    assert call("GET", KEYS).status_code == 503
    assert control(dd, "GET", "faults")[0]["hits"] == 1
    control(dd, "DELETE", "faults")
    assert call("GET", KEYS).status_code == 200
    settings = {
        "latency": 0.01,
        "propagation": {"get": 1.5},
        "limits": {"mutations": [200, 3600], "reads": [1, 60]},
        "flags": {"one_time_read": True},
    }
    control(dd, "PUT", "settings", settings)
    assert (dd.latency, dd.fades) == (0.01, {"get": 1.5, "listing": 0.0})
    assert dd.organization.flags["one_time_read"]
    assert [call("GET", KEYS).status_code for _index in range(2)] == [200, 429]
    control(dd, "PUT", "settings", {"limits": {"reads": None}})
    assert call("GET", KEYS).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"act": "explode"}),
        ("POST", "keys", {"owner": standin.NOBODY}),
        ("PUT", "settings", {"latncy": 1}),
        ("PUT", "settings", {"flags": {"old": True}}),
        ("PUT", "organization", {"name": "x", "users": [{"mail": "x"}]}),
    ],
)
def test_control_tells_mistakes(dd: StandIn, method: str, path: str, body: Any) -> None:
    answer = requests.request(method, f"{dd.url}/_standin/{path}", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_control_stays_out_of_log_and_faults(dd: StandIn) -> None:
    dd.faults.add("status", status=500)
    assert control(dd, "GET", "summary")["keys"] == 146
    assert dd.requests == []


# The command line


def test_command_serves_and_ends_on_a_signal(tmp_path: Path) -> None:
    (tmp_path / "organization.json").write_text(json.dumps(Organization.generated(3).to_json()))
    command = [sys.executable, str(PROGRAM), "--organization", str(tmp_path / "organization.json")]
    command += ["--max-seconds", "60", "--url-file", str(tmp_path / "url")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert requests.get(f"{url}/_standin/summary", timeout=5).json()["keys"] == 3
            process.send_signal(signal.SIGTERM)
            _output, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "url").read_text().strip() == url
    assert os.listdir(tmp_path).count("url") == 1


def test_command_ends_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--organization", "empty", "--max-seconds", "0.1"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert done.stdout.startswith("http://127.0.0.1:")
