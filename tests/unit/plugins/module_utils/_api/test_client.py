# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP client against a real server: what it sends, what it makes of answers, when it tries again."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import wire
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import api_address
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.credentials import credentials
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ApiError,
    ConnectError,
    CredentialsError,
    DatadogError,
    ForbiddenError,
    LostReplyError,
    NotFoundError,
    OptionError,
    StoppedError,
    UnexpectedReplyError,
    WaitLimitError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._api.version import VERSION
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    API_KEY,
    APP_KEY,
    NO_PERMISSION_APP_KEY,
    StandIn,
)

KEYS = ("api", "v2", "application_keys")
READ = {"purpose": "Reading"}


@pytest.fixture
def key(standin):
    """Some key that is not the one the client authenticates with."""
    return standin.organization.keys_of("bob@example.com")[0]


# What is sent


def test_a_request_carries_both_credentials_and_names_the_collection_with_its_version(client, standin, key):
    client.request("GET", (*KEYS, key.id), **READ)
    (sent,) = standin.requests
    assert sent.headers["DD-API-KEY"] == API_KEY
    assert sent.headers["DD-APPLICATION-KEY"] == APP_KEY
    assert sent.headers["User-Agent"] == f"keywarden.datadog/{VERSION}"
    assert sent.headers["Accept"] == "application/json"
    assert "Authorization" not in sent.headers


def test_a_delete_says_that_it_has_no_body(client, standin, key):
    """A proxy may refuse one that leaves that open."""
    client.request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    client.request("GET", KEYS, **READ)
    delete, read = standin.requests
    assert delete.headers["Content-Length"] == "0"
    assert "Content-Length" not in read.headers


def test_an_access_token_goes_alone(make_client, standin, key):
    make_client(app_key=ACCESS_TOKEN, api_key=None).request("GET", (*KEYS, key.id), **READ)
    (sent,) = standin.requests
    assert sent.headers["DD-APPLICATION-KEY"] == ACCESS_TOKEN
    assert "DD-API-KEY" not in sent.headers


@pytest.mark.parametrize(
    ("segment", "encoded"),
    [
        ("../users/x", "..%2Fusers%2Fx"),
        ("a/b", "a%2Fb"),
        ("?x=1", "%3Fx%3D1"),
        ("#x", "%23x"),
        ("a\nb", "a%0Ab"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
        ("%2e%2e", "%252e%252e"),
        ("ä", "%C3%A4"),
    ],
)
def test_no_segment_can_change_the_path(client, standin, segment, encoded):
    with pytest.raises(DatadogError):
        client.request("GET", (*KEYS, segment), **READ)
    (sent,) = standin.requests
    assert sent.path == f"/api/v2/application_keys/{encoded}"
    assert sent.query == {}


@pytest.mark.parametrize("segment", [".", ".."])
def test_a_segment_that_leads_elsewhere_is_not_sent(client, standin, segment):
    with pytest.raises(UnexpectedReplyError, match="as an ID, which is not an answer of Datadog's API"):
        client.request("DELETE", (*KEYS, segment), **READ)
    assert standin.requests == []


def test_the_path_of_api_url_comes_first(standin):
    address = api_address("datadoghq.com", standin.url + "/behind/")
    with pytest.raises(DatadogError):
        Client(address, credentials(API_KEY, APP_KEY)).request("GET", KEYS, **READ)
    assert standin.requests[0].path == "/behind/api/v2/application_keys"


def test_connections_are_kept_alive(client, standin, key):
    for _number in range(5):
        client.request("GET", (*KEYS, key.id), **READ)
    assert len({sent.connection for sent in standin.requests}) == 1


def test_a_cookie_of_the_server_is_not_sent_back(client, standin, key):
    standin.faults.add("answer", headers={"Set-Cookie": "session=1; Path=/"})
    for _number in range(2):
        client.request("GET", (*KEYS, key.id), **READ)
    assert "Cookie" not in standin.requests[-1].headers


def test_a_netrc_is_not_used(make_client, standin, key, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    make_client().request("GET", (*KEYS, key.id), **READ)
    assert "Authorization" not in standin.requests[0].headers


def test_no_proxy_is_asked_for_a_loopback_address(make_client, standin, key, monkeypatch):
    with StandIn() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        make_client().request("GET", (*KEYS, key.id), **READ)
        assert proxy.requests == []


def test_a_missing_ca_path_is_told_before_any_request(make_client, standin):
    with pytest.raises(OptionError, match=r"ca_path names .*cannot be loaded \(No such file or directory\)"):
        make_client(ca_path="/nonexistent/ca.pem")
    assert standin.requests == []


# What is made of an answer


def test_an_expected_answer_is_handed_on(client, standin, key):
    reply = client.request("GET", (*KEYS, key.id), **READ)
    assert reply.status == 200
    assert reply.data["data"]["id"] == key.id
    reply = client.request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    assert (reply.status, reply.data) == (204, None)
    assert key.id not in standin.organization.keys


@pytest.mark.parametrize("kind", ["datadog", "objects"])
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, ApiError), (401, CredentialsError), (403, ForbiddenError), (404, NotFoundError), (409, ApiError)],
)
def test_datadogs_own_refusals_have_types(client, standin, key, status, error, kind):
    standin.faults.add("status", status=status, body=kind)
    with pytest.raises(error) as caught:
        client.request("GET", (*KEYS, key.id), purpose="Reading key X", when_forbidden="Look at the role.")
    assert caught.value.__class__ is error
    assert caught.value.status_code == status
    assert not caught.value.effect_possible
    assert str(caught.value).startswith(f"Reading key X: {client.address.name} answered {status} (")
    assert str(caught.value).endswith("Look at the role.") is (status == 403)
    assert len(standin.requests) == 1


def test_refused_credentials_differ_from_a_missing_permission(make_client, standin):
    with pytest.raises(CredentialsError, match="api_key and app_key are not accepted there"):
        make_client(api_key="f" * 32).request("GET", KEYS, **READ)
    with pytest.raises(CredentialsError, match=r"a few seconds to work\. Look at the role\.$"):
        make_client(api_key="f" * 32).request("GET", KEYS, purpose="Reading", when_forbidden="Look at the role.")
    with pytest.raises(ForbiddenError):
        make_client(app_key=NO_PERMISSION_APP_KEY).request("GET", KEYS, **READ)


def test_an_answer_that_is_not_datadogs_is_described_by_size_and_type(client, standin):
    standin.faults.add("status", status=502, body="html")
    with pytest.raises(UnexpectedReplyError, match=r"answered 502 with \d+ bytes \(text/html\)"):
        client.request("GET", KEYS, **READ)
    standin.faults.clear()
    standin.faults.add("status", status=200, body="empty")
    with pytest.raises(UnexpectedReplyError, match=r"answered 200 with an empty body"):
        client.request("GET", KEYS, **READ)


@pytest.mark.parametrize("status", [403, 401])
def test_credentials_that_were_refused_once_are_not_sent_again(make_client, standin, key, status):
    if status == 401:
        standin.faults.add("status", status=401, body="datadog")
    made = make_client(api_key="f" * 32)
    for _number in range(3):
        with pytest.raises(CredentialsError) as caught:
            made.request("GET", (*KEYS, key.id), **READ)
        assert caught.value.status_code == status
    assert len(standin.requests) == 1


@pytest.mark.parametrize("kind", ["html", "empty"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409])
def test_an_answer_that_is_not_datadogs_is_never_taken_for_one(client, standin, key, status, kind):
    standin.faults.add("status", status=status, body=kind)
    with pytest.raises(UnexpectedReplyError, match=r"not an answer of Datadog's API\. Check site, api_url") as caught:
        client.request("GET", (*KEYS, key.id), **READ)
    assert caught.value.status_code == status
    assert caught.value.effect_possible


@pytest.mark.parametrize("body", [[], "gone", None, 404, {}, {"errors": None}, {"errors": []}, {"errors": ["", {}]}])
def test_a_404_in_json_without_errors_is_not_datadogs(client, standin, key, body):
    standin.faults.add("json", status=404, body=body)
    with pytest.raises(UnexpectedReplyError):
        client.request("GET", (*KEYS, key.id), **READ)


@pytest.mark.parametrize("act", ["gzip", "truncate", "length", "utf8", "nested"])
def test_a_garbled_answer_is_an_error(make_client, standin, key, act):
    standin.faults.add(act)
    with pytest.raises((LostReplyError, UnexpectedReplyError)) as caught:
        make_client(max_retries=0).request("GET", (*KEYS, key.id), **READ)
    assert caught.value.effect_possible


def test_an_answer_larger_than_any_of_datadogs_is_not_read_to_its_end(client, standin, key, monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_BODY", 1 << 20)
    standin.faults.add("huge", size=4 << 20)
    with pytest.raises(UnexpectedReplyError, match="more than 1 MiB"):
        client.request("GET", (*KEYS, key.id), **READ)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_its_target_gets_nothing(client, standin, key, status):
    with StandIn() as other:
        standin.faults.add("redirect", status=status, to=f"{other.url}/elsewhere?secret=1")
        with pytest.raises(UnexpectedReplyError, match=f"answered {status}, a redirect that is not followed"):
            client.request("GET", (*KEYS, key.id), **READ)
        assert other.requests == []
    assert len(standin.requests) == 1


def test_the_servers_words_are_told_shortly_on_one_line_and_without_what_may_be_a_secret(client, standin, key):
    secret = "a1b2c3d4e5f6" * 4
    words = f"no\n\x1b[31mkey {secret} for {key.id} " + "x " * 300
    standin.faults.add("json", status=400, body={"errors": [words]})
    with pytest.raises(ApiError) as caught:
        client.request("GET", (*KEYS, key.id), **READ)
    text = str(caught.value)
    assert secret not in text
    assert key.id in text
    assert text.isprintable()
    assert len(text) < 300


# Trying again


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 512])
@pytest.mark.parametrize("kind", ["datadog", "html", "empty"])
def test_a_passing_trouble_passes(client, standin, key, status, kind):
    standin.faults.add("status", status=status, body=kind, times=2)
    assert client.request("GET", (*KEYS, key.id), **READ).status == 200
    assert len(standin.requests) == 3


@pytest.mark.parametrize("act", ["reset", "drop", "drop_after", "truncate"])
def test_a_broken_connection_is_made_again(client, standin, key, act):
    standin.faults.add(act, times=2)
    assert client.request("GET", (*KEYS, key.id), **READ).status == 200
    assert len(standin.requests) == 3


def test_after_the_last_attempt_the_last_answer_is_told(make_client, standin, key):
    standin.faults.add("status", status=500)
    with pytest.raises(ApiError, match="answered 500") as caught:
        make_client(max_retries=2).request("GET", (*KEYS, key.id), **READ)
    assert caught.value.effect_possible
    assert len(standin.requests) == 3


def test_without_retries_each_request_is_sent_once(make_client, standin, key):
    standin.faults.add("drop")
    with pytest.raises(LostReplyError):
        make_client(max_retries=0).request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    assert len(standin.requests) == 1


def test_a_404_after_a_lost_reply_still_says_that_the_first_attempt_may_have_done_it(client, standin, key):
    standin.faults.add("drop_after", method="DELETE", times=1)
    with pytest.raises(NotFoundError) as caught:
        client.request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    assert caught.value.effect_possible
    assert key.id not in standin.organization.keys


def test_a_timeout_bounds_one_request(make_client, standin, key):
    standin.faults.add("delay", after=30)
    begun = time.monotonic()
    with pytest.raises(LostReplyError, match=r"no answer within 0\.2 s") as caught:
        make_client(max_retries=0, timeout=0.2).request("GET", (*KEYS, key.id), **READ)
    assert time.monotonic() - begun < 10
    assert caught.value.effect_possible


def test_a_server_that_drips_its_answer_does_not_hold_the_task(make_client, standin):
    """Each piece comes in time, the whole would take minutes."""
    standin.faults.add("drip", seconds=0.1, chunk=1024, endpoint="v2.keys.list")
    page = {"page[size]": 100, "include": "owned_by"}
    begun = time.monotonic()
    with pytest.raises(LostReplyError, match=r"no answer within 1 s"):
        make_client(max_retries=0, timeout=1).request("GET", KEYS, params=page, **READ)
    assert time.monotonic() - begun < 20


def test_a_refused_connection_is_told_as_one_where_nothing_was_sent():
    with socket.socket() as bound:
        # Bound but not listening: nobody else can take the port meanwhile.
        bound.bind(("127.0.0.1", 0))
        address = api_address("datadoghq.com", f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(ConnectError, match="could not be reached: the connection was refused") as caught:
            Client(address, credentials(API_KEY, APP_KEY), max_retries=0).request("GET", KEYS, **READ)
    assert not caught.value.effect_possible
    assert caught.value.status_code is None


# Rate limits and requests side by side


def test_nothing_is_sent_before_the_reset_that_an_answer_named(make_client, standin):
    standin.limit_mutations(1, 1.0)
    keys = standin.organization.keys_of("bob@example.com")[:2]
    made = make_client()
    for key in keys:
        made.request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    first, second = standin.requests
    assert [first.status, second.status] == [204, 204]
    assert second.time - first.time >= 0.9
    assert 0 < made.waits.waited <= 1.1


def test_a_reset_beyond_max_wait_ends_the_request_at_once(make_client, standin, key):
    standin.limit_mutations(0, 3600)
    begun = time.monotonic()
    with pytest.raises(WaitLimitError, match=r"Run it again in 3600 s, or raise max_wait\.") as caught:
        make_client(max_wait=5).request("DELETE", (*KEYS, key.id), purpose="Deleting", expect=204)
    assert caught.value.seconds == 3600
    assert time.monotonic() - begun < 30
    assert key.id in standin.organization.keys


def test_never_more_requests_under_way_than_concurrency_allows_and_never_fewer(make_client, standin):
    standin.latency = 0.03
    ids = [key.id for key in standin.organization.keys_of("ann@example.com")][:24]
    made = make_client(concurrency=4)
    # Nested: both levels together may have four requests under way.
    made.each(
        lambda half: made.each(lambda key_id: made.request("GET", (*KEYS, key_id), **READ), half), [ids[:12], ids[12:]]
    )
    assert len(standin.requests) == 24
    assert max(sent.under_way for sent in standin.requests) == 4


def test_results_come_in_the_order_of_the_items(make_client):
    made = make_client(concurrency=8)
    barrier = threading.Barrier(4, timeout=10)

    def work(number: int) -> int:
        barrier.wait()
        time.sleep((4 - number) * 0.01)
        return number

    assert made.each(work, [0, 1, 2, 3]) == [0, 1, 2, 3]
    assert made.each(str, []) == []


def test_items_inside_of_items_are_all_done_though_nobody_is_free_to_help(make_client):
    made = make_client(concurrency=2)
    depth = 5

    def work(level: int) -> int:
        return 1 if level == depth else sum(made.each(work, [level + 1] * 3))

    assert made.each(work, [0] * 3) == [3**depth] * 3


def test_an_item_that_others_wait_for_is_read_side_by_side_all_the_same(make_client):
    """The list of all users is read by whoever needs it first, page by page, and the others wait for it."""
    made = make_client(concurrency=4)
    lock = threading.Lock()
    together = threading.Barrier(4, timeout=10)

    def pages() -> list[int]:
        return made.each(lambda _page: together.wait(), range(4))

    def work(_item: int) -> int:
        with lock:
            return len(pages())

    assert made.each(work, range(4)) == [4] * 4


@pytest.mark.parametrize("error", [ForbiddenError("no"), KeyboardInterrupt()], ids=["error", "interruption"])
@pytest.mark.parametrize("where", ["caller", "helper"])
def test_after_an_error_no_further_item_is_begun_and_those_that_were_are_over(make_client, error, where):
    made = make_client(concurrency=4)
    together = threading.Barrier(4, timeout=10)
    begun, over = [], []

    def work(number: int) -> None:
        begun.append(number)
        if len(begun) <= 4:
            together.wait()
        if (threading.current_thread() is threading.main_thread()) == (where == "caller"):
            raise error
        time.sleep(0.1)
        over.append(number)

    with pytest.raises(type(error)):
        made.each(work, range(100))
    assert len(begun) <= 8
    assert len(over) == len(begun) - (1 if where == "caller" else 3)


@pytest.fixture
def interruptible():
    """Python turns the signal into an exception. What runs in the background of a shell inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interruption_that_comes_while_others_are_awaited_waits_for_them_too(make_client, interruptible):
    made = make_client(concurrency=2)
    over = []

    def work(_item: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            time.sleep(0.3)
            over.append("helper")
        else:
            time.sleep(0.05)  # so that there is an item left for the helper

    with pytest.raises(KeyboardInterrupt):
        made.each(work, range(2))
    assert over == ["helper"]


def test_what_waits_to_be_deleted_is_not_deleted_after_an_interruption(make_client, standin):
    keys = standin.organization.keys_of("bob@example.com")[:6]
    standin.limit_mutations(0, 60)
    made = make_client(concurrency=6, max_wait=120)
    refused = []

    def delete(key_id: str) -> None:
        if threading.current_thread() is threading.main_thread():
            time.sleep(0.3)
            raise KeyboardInterrupt
        with pytest.raises(StoppedError, match="interrupted") as caught:
            made.request("DELETE", (*KEYS, key_id), purpose="Deleting", expect=204)
        refused.append(caught.value)

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        made.each(delete, [key.id for key in keys])
    assert time.monotonic() - begun < 30
    assert len(refused) == len(keys) - 1
    assert {key.id for key in keys} <= set(standin.organization.keys)
    with pytest.raises(StoppedError, match="interrupted"):
        made.request("GET", KEYS, **READ)


def test_with_a_concurrency_of_one_items_are_done_one_after_the_other_in_their_order(make_client):
    order: list[int] = []
    assert make_client(concurrency=1).each(order.append, range(20)) == [None] * 20
    assert order == list(range(20))


def test_no_error_of_the_client_holds_a_secret_of_the_url(make_client, standin, key):
    """The classic: an exception of requests holds the URL, and with it a v1 key."""
    for act in ("reset", "drop", "truncate", "gzip", "utf8", "redirect", "refuse"):
        standin.faults.clear()
        standin.faults.add(act, to="http://127.0.0.1:1/", seconds=0.1)
        with pytest.raises(DatadogError) as caught:
            make_client(max_retries=1).request("GET", ("api", "v1", "application_key", key.secret), **READ)
        told, error = [], caught.value
        while error is not None:
            told.append(repr(error) + str(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        assert key.secret not in json.dumps(told)
