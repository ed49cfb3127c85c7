# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults do what they are named for: to the answer, and to the truth behind it."""

from __future__ import annotations

import http.client
import json
from typing import Any, Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.helpers.waiting import wait_until
from ansible_collections.keywarden.datadog.tests.standin import Key, StandIn

Call = Callable[..., requests.Response]

KEYS = "/api/v2/application_keys"


@pytest.fixture
def key(dd: StandIn) -> Key:
    """A key to delete."""
    return dd.organization.keys_of(standin.LEAVER)[0]


# Which requests


def test_a_fault_meets_only_what_it_names(dd: StandIn, call: Call, key: Key) -> None:
    other = dd.organization.keys_of(standin.LEAVER)[1]
    fault = dd.faults.add("status", endpoint="v2.key.*", method="GET", key_id=key.id, path="keys/", status=503)
    assert call("GET", KEYS).status_code == 200
    assert call("GET", f"{KEYS}/{other.id}").status_code == 200
    assert call("GET", f"{KEYS}/{key.id}").status_code == 503
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 204
    assert fault.hits == 1


def test_skip_and_times(dd: StandIn, call: Call) -> None:
    dd.faults.add("status", endpoint=["v2.keys.list", "v2.users.list"], skip=1, times=2, status=500)
    assert [call("GET", KEYS).status_code for _index in range(5)] == [200, 500, 500, 200, 200]


def test_probability_is_repeatable(dd: StandIn, call: Call) -> None:
    def statuses() -> list[int]:
        dd.faults.clear()
        dd.faults.add("status", status=500, probability=0.5, seed=7)
        return [call("GET", KEYS).status_code for _index in range(20)]

    first = statuses()
    assert set(first) == {200, 500}
    assert statuses() == first


def test_the_first_of_several_faults_applies(dd: StandIn, call: Call) -> None:
    dd.faults.add("status", status=502, times=1)
    dd.faults.add("status", status=503)
    assert [call("GET", KEYS).status_code for _index in range(2)] == [502, 503]


def test_mistakes_in_a_fault_are_told(dd: StandIn) -> None:
    with pytest.raises(ValueError, match="unknown act"):
        dd.faults.add("explode")
    with pytest.raises(ValueError, match="unknown body"):
        dd.faults.add("status", status=500, body="xml")
    with pytest.raises(TypeError):
        dd.faults.add("status", stauts=500)


# The connection


@pytest.mark.parametrize(("act", "gone"), [("reset", False), ("drop", False), ("drop_after", True)])
def test_lost_replies(dd: StandIn, call: Call, key: Key, act: str, gone: bool) -> None:
    dd.faults.add(act, endpoint="v2.key.delete")
    with pytest.raises(requests.ConnectionError) as caught:
        call("DELETE", f"{KEYS}/{key.id}")
    assert ("reset by peer" in str(caught.value)) == (act == "reset")
    assert (key.id not in dd.organization.keys) == gone
    assert [(request.status, request.fault) for request in dd.requests] == [(None, act)]


def test_reset_can_come_after_the_effect(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("reset", effect=True)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        call("DELETE", f"{KEYS}/{key.id}")
    assert key.id not in dd.organization.keys


def test_refuse_closes_the_port_for_a_while(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("refuse", endpoint="v2.key.delete", seconds=1.5, times=1)
    with pytest.raises(requests.ConnectionError):
        call("DELETE", f"{KEYS}/{key.id}")
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(dd.url, timeout=5)
    assert key.id in dd.organization.keys

    def serves_again() -> bool:
        try:
            return call("GET", f"{KEYS}/{key.id}").status_code == 200
        except requests.ConnectionError:
            return False

    wait_until(serves_again)


def test_a_delay_before_the_effect_strikes_after_the_client_has_left(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("delay", before=1.5)
    with pytest.raises(requests.Timeout):
        call("DELETE", f"{KEYS}/{key.id}", timeout=0.1)
    assert key.id in dd.organization.keys
    wait_until(lambda: key.id not in dd.organization.keys)


def test_a_delay_after_the_effect_hides_that_it_happened(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("delay", after=30, endpoint="v2.key.delete")
    with pytest.raises(requests.Timeout):
        call("DELETE", f"{KEYS}/{key.id}", timeout=0.1)
    assert key.id not in dd.organization.keys


# Statuses, headers, redirects


@pytest.mark.parametrize("status", [200, 204, 307, 400, 404, 408, 429, 500, 512])
@pytest.mark.parametrize("body", ["datadog", "objects", "html", "empty"])
def test_statuses_with_each_kind_of_body(dd: StandIn, call: Call, key: Key, status: int, body: str) -> None:
    dd.faults.add("status", status=status, body=body)
    answer = call("DELETE", f"{KEYS}/{key.id}")
    assert answer.status_code == status
    assert key.id in dd.organization.keys
    if status == 204 or body == "empty":
        assert answer.content == b""
    elif body == "html":
        assert "<html>" in answer.text
        assert answer.headers["Content-Type"].startswith("text/html")
    else:
        kind = str if body == "datadog" else dict
        assert isinstance(answer.json()["errors"][0], kind)
    assert call("GET", "/api/v2/validate").status_code == status, "the connection is still good"


def test_a_status_can_hide_an_effect(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("status", status=504, body="html", effect=True)
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 504
    assert key.id not in dd.organization.keys


def test_an_answer_without_effect_is_a_lie(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("answer", effect=False)
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 204
    assert key.id in dd.organization.keys


def test_headers_are_added_replaced_and_dropped(dd: StandIn, call: Call, key: Key) -> None:
    headers = {"x-ratelimit-reset": "soon", "X-RateLimit-Name": None, "Retry-After": 7}
    dd.faults.add("answer", headers=headers)
    sent = call("DELETE", f"{KEYS}/{key.id}").headers
    assert (sent["X-RateLimit-Reset"], sent["Retry-After"]) == ("soon", "7")
    assert "X-RateLimit-Name" not in sent
    assert "X-RateLimit-Limit" in sent


def test_redirect(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("redirect", to="https://elsewhere.example.com/x", status=307)
    answer = call("DELETE", f"{KEYS}/{key.id}")
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://elsewhere.example.com/x")
    assert key.id in dd.organization.keys


# Bodies


def read_plainly(dd: StandIn, path: str) -> bytes:
    """The body as http.client reads it, which minds the length (requests does so only since 2.32)."""
    connection = http.client.HTTPConnection("127.0.0.1", dd.port, timeout=5)
    try:
        connection.request("GET", path, headers={"DD-API-KEY": standin.API_KEY, "DD-APPLICATION-KEY": standin.APP_KEY})
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize(("act", "fields"), [("truncate", {"keep": 0.3}), ("length", {"by": 10})])
def test_a_body_shorter_than_its_length(dd: StandIn, key: Key, act: str, fields: dict[str, Any]) -> None:
    dd.faults.add(act, **fields)
    with pytest.raises(http.client.IncompleteRead):
        read_plainly(dd, f"{KEYS}/{key.id}")
    assert [request.fault for request in dd.requests] == [act]


def test_a_body_longer_than_its_length(dd: StandIn, key: Key) -> None:
    whole = read_plainly(dd, f"{KEYS}/{key.id}")
    dd.faults.add("length", by=-10)
    assert read_plainly(dd, f"{KEYS}/{key.id}") == whole[:-10]


def test_gzip_garbage(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("gzip")
    with pytest.raises(requests.exceptions.ContentDecodingError):
        call("GET", f"{KEYS}/{key.id}")


def test_truncating_an_empty_answer_cuts_its_head(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("truncate", endpoint="v2.key.delete")
    answer = call("DELETE", f"{KEYS}/{key.id}")
    assert answer.status_code == 204
    assert key.id not in dd.organization.keys


@pytest.mark.parametrize("act", ["utf8", "nested"])
@pytest.mark.parametrize("effect", [True, False])
def test_bodies_that_are_no_json(dd: StandIn, call: Call, key: Key, act: str, effect: bool) -> None:
    dd.faults.add(act, effect=effect)
    answer = call("DELETE", f"{KEYS}/{key.id}")
    assert answer.status_code == 200
    with pytest.raises((UnicodeDecodeError, ValueError, RecursionError)):
        json.loads(answer.content)
    assert (key.id not in dd.organization.keys) == effect


def test_other_shapes_and_sizes(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("json", body=[{"a": 1}], times=1)
    dd.faults.add("huge", size=1_000_000, times=1)
    assert call("GET", f"{KEYS}/{key.id}").json() == [{"a": 1}]
    answer = call("GET", f"{KEYS}/{key.id}")
    assert 900_000 < len(answer.content) <= 1_000_100
    assert answer.json()["data"]


def test_drip_is_slow_but_true(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("drip", seconds=0.02, chunk=100)
    assert call("GET", f"{KEYS}/{key.id}").json()["data"]["id"] == key.id
    wait_until(lambda: dd.requests[0].seconds is not None)
    assert (dd.requests[0].seconds or 0) >= 0.06


# Other people


def test_an_actor_deletes_first(dd: StandIn, call: Call, key: Key) -> None:
    dd.faults.add("actor", endpoint="v2.key.delete", delete_key="this", times=1)
    assert call("DELETE", f"{KEYS}/{key.id}").status_code == 404
    assert dd.organization.deleted[0].by == "actor"


def test_an_actor_adds_a_key_after_the_listing(dd: StandIn, call: Call) -> None:
    dd.faults.add(
        "actor", endpoint="v2.keys.list", when="after", times=1, add_key={"owner": standin.LEAVER, "name": "late"}
    )
    totals = [call("GET", KEYS).json()["meta"]["page"]["total_filtered_count"] for _index in range(2)]
    assert totals == [146, 147]
    assert "late" in [one.name for one in dd.organization.keys_of(standin.LEAVER)]


def test_actors_go_together_with_faults(dd: StandIn, call: Call) -> None:
    seen: list[int] = []
    dd.faults.add("actor", call=lambda organization: seen.append(len(organization.keys)))
    dd.faults.add("actor", disable_user=standin.LEAVER)
    dd.faults.add("status", status=500)
    assert call("GET", KEYS).status_code == 500
    assert seen == [146]
    assert dd.organization.find_user(standin.LEAVER).disabled
