# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP as it should not be: no answer is taken for another's, and none is read without bounds."""

from __future__ import annotations

import contextlib
import gzip
import json
import resource
import select
import socket
import threading
import time
import zlib

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import wire
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import api_address
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.credentials import credentials
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ConnectError,
    DatadogError,
    LostReplyError,
    NotFoundError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._api.transport import decoded
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY
from urllib3 import HTTPSConnectionPool

KEYS = ("api", "v2", "application_keys")
READ = {"purpose": "Reading"}
DELETE = {"purpose": "Deleting", "expect": 204}
GONE = json.dumps({"errors": ["Application key not found"]}).encode()
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(GONE),
    GONE,
)
CHUNKS = b'b\r\n{"data": 1}\r\n0\r\n\r\n'
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data": 1}'


@pytest.fixture
def key(standin):
    """Some key that is not the one the client authenticates with."""
    return standin.organization.keys_of("bob@example.com")[0]


class Script:
    """A server that answers each request with the next of these bytes, whatever it was asked.

    :ivar requests: (number of the connection, request line) of each.
    """

    def __init__(self, *answers: bytes, greeting: bytes = b"", pause: float = 0.0, hold: float = 0.0) -> None:
        self._answers = list(answers)
        self._greeting = greeting
        self._pause = pause
        self._hold = hold
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[tuple[int, str]] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), connection:
            if self._greeting:
                connection.sendall(self._greeting)
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    more = connection.recv(65536)
                    if not more:
                        return
                    pending += more
                request, _end, pending = pending.partition(b"\r\n\r\n")
                self.requests.append((number, request.decode().splitlines()[0]))
                answer = self._answers.pop(0) if self._answers else OK
                if not self._pause:
                    connection.sendall(answer)
                for byte in answer if self._pause else b"":
                    connection.sendall(bytes([byte]))
                    time.sleep(self._pause)
                if answer.endswith(b"<close>"):
                    return
                time.sleep(self._hold)

    def client(self, **options):
        address = api_address("datadoghq.com", f"http://127.0.0.1:{self._listener.getsockname()[1]}")
        return Client(address, credentials(API_KEY, APP_KEY), **{"max_retries": 0, "timeout": 5, **options})

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self._listener.close()


# Which answer belongs to which request


@pytest.mark.parametrize("statuses", [(100,), (102,), (103,), (199,), (102, 103, 100, 102), (103,) * 9])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_interim_answer_is_passed_over_and_its_connection_not_used_again(client, standin, key, statuses, method):
    standin.faults.add("interim", statuses=statuses)
    absent = "00000000-0000-4000-8000-000000000000"
    living = standin.organization.keys_of("ann@example.com")[0]
    with pytest.raises(NotFoundError):
        client.request(method, (*KEYS, absent), **READ)
    assert client.request("GET", (*KEYS, living.id), **READ).data["data"]["id"] == living.id
    assert client.request("DELETE", (*KEYS, key.id), **DELETE).status == 204
    assert client.request("GET", (*KEYS, living.id), **READ).data["data"]["id"] == living.id
    assert len({sent.connection for sent in standin.requests}) == 4
    assert len(standin.requests) == 4


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 50,
        b"HTTP/1.1 103 Early Hints\r\n" + b"Link: </x>\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=["101", "endless", "many lines", "long line"],
)
def test_interim_answers_without_end_are_a_lost_reply(head):
    with Script(head + NOT_FOUND) as script, pytest.raises(LostReplyError) as caught:
        script.client().request("DELETE", (*KEYS, "x"), **DELETE)
    assert caught.value.effect_possible


@pytest.mark.parametrize("text", [NOT_FOUND.decode(), "junk", "\r\n", "HTTP/1.1 102 Processing\r\n\r\n"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_follows_the_end_of_an_answer_is_nobodys(client, standin, key, method, text):
    living = standin.organization.keys_of("ann@example.com")[0]
    standin.faults.add("trailing", text=text)
    client.request(method, (*KEYS, key.id), purpose="First", expect=200 if method == "GET" else 204)
    for _number in range(3):
        assert client.request("GET", (*KEYS, living.id), **READ).data["data"]["id"] == living.id


UNCLEAR = {
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "length twice": b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Length: 11\r\n\r\n{"data": 1}',
    "length listed twice": b'HTTP/1.1 200 OK\r\nContent-Length: 11, 11\r\n\r\n{"data": 1}',
    "version 1.0": b'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 11\r\n\r\n{"data": 1}',
    "close": b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{"data": 1}',
    "close among others": OK.replace(b"Content", b"Connection: keep-alive\r\nConnection: x, Close\r\nContent"),
    "rest of a whole answer": OK + NOT_FOUND,
    "rest of chunks": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"data": 1}\r\n0\r\n\r\n' + NOT_FOUND,
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_connection_is_not_used_again_where_its_answer_has_no_clear_end(name):
    with Script(UNCLEAR[name]) as script:
        made = script.client()
        for _number in range(2):
            assert made.request("GET", KEYS, **READ).data == {"data": 1}
        assert [connection for connection, _line in script.requests] == [1, 2]


@pytest.mark.parametrize(
    "head",
    [
        "204 No Content\r\nContent-Length: 5\r\n\r\n",
        "204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "204 No Content\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_204_with_a_body_does_not_reach_into_the_next_answer(head):
    with Script(b"HTTP/1.1 " + head.encode()) as script:
        made = script.client()
        assert made.request("DELETE", (*KEYS, "x"), **DELETE).status == 204
        assert made.request("GET", KEYS, **READ).data == {"data": 1}
        assert script.connections == 2


def test_an_answer_that_comes_while_nobody_asks_is_nobodys():
    with Script(OK) as script:
        made = script.client()
        made.request("GET", KEYS, **READ)
        late = b"".join([OK, NOT_FOUND])
        script._answers = [late]
        made.request("GET", KEYS, **READ)
        time.sleep(0.05)
        assert made.request("GET", KEYS, **READ).data == {"data": 1}
        assert [connection for connection, _line in script.requests] == [1, 1, 2]


def test_a_server_that_answers_before_it_is_asked_gets_no_request(monkeypatch):
    connect = wire.GuardedConnection.connect

    def slowly(connection):
        connect(connection)
        assert select.select([connection.sock], [], [], 30)[0], "the greeting never came"

    monkeypatch.setattr(wire.GuardedConnection, "connect", slowly)
    with Script(greeting=NOT_FOUND) as script, pytest.raises(ConnectError) as caught:
        script.client().request("DELETE", (*KEYS, "x"), **DELETE)
    assert not caught.value.effect_possible
    assert script.requests == []


def test_pools_that_two_threads_guard_are_guarded_once():
    pools = wire.guarded(HTTPSConnectionPool)
    assert issubclass(pools, wire.GuardedPool)
    assert wire.guarded(pools) is pools


def test_clean_answers_share_no_more_connections_than_may_be_under_way(make_client, standin):
    ids = [key.id for key in standin.organization.keys.values()][:100]
    made = make_client(concurrency=4)
    made.each(lambda key_id: made.request("GET", (*KEYS, key_id), **READ), ids)
    assert len(standin.requests) == 100
    assert len({sent.connection for sent in standin.requests}) <= 4


def test_chunks_are_clean_too():
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{"dat\r\n6\r\na": 1}\r\n0\r\nX: y\r\n\r\n'
    with Script(chunked, chunked) as script:
        made = script.client()
        for _number in range(3):
            assert made.request("GET", KEYS, **READ).data == {"data": 1}
        assert script.connections == 1


# What cannot be understood


GARBLED = {
    "two lengths": {"text": "Content-Length: 3\nContent-Length: 4"},
    "a list of lengths": {"text": "Content-Length: 3, 4"},
    "a negative length": {"text": "Content-Length: -1"},
    "a signed length": {"text": "Content-Length: +3"},
    "a length of 5,000 digits": {"text": "Content-Length: " + "9" * 5000},
    "no header": {"text": "this is no header"},
    "a header without a name": {"text": ": x"},
    "a blank before the colon": {"text": "Content-Length : 3"},
    "another encoding": {"text": "Transfer-Encoding: gzip, chunked"},
    "a garbled encoding": {"text": "Transfer-Encoding: \x0bchunked"},
    "no status line": {"start": "\x16\x03\x01 junk"},
    "a status that is none": {"start": "HTTP/1.1 abc OK"},
    "a status of five digits": {"start": "HTTP/1.1 20400 OK"},
    "another protocol": {"start": "SSH-2.0-OpenSSH_9.9"},
    "HTTP of the future": {"start": "HTTP/3.0 204 No Content"},
    "HTTP/0.9": {"start": "<html><body>Gone</body></html>"},
    "too many headers": {"text": "X: y\n" * 200},
    "too long a header": {"text": "X: " + "y" * 70_000},
}


@pytest.mark.parametrize("name", GARBLED)
def test_an_answer_to_a_delete_that_cannot_be_parsed_is_a_lost_reply(make_client, standin, key, name):
    standin.faults.add("garble", **GARBLED[name])
    with pytest.raises(LostReplyError) as caught:
        make_client(max_retries=0).request("DELETE", (*KEYS, key.id), **DELETE)
    assert caught.value.effect_possible
    assert key.id not in standin.organization.keys


@pytest.mark.parametrize("size", ["-5", "0x5", "5_0", "", "fffffffff", "9" * 5000, "zz"])
def test_a_chunk_whose_size_is_none_is_a_lost_reply(size):
    answer = f'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{"data": 1}}\r\n0\r\n\r\n'
    with Script(answer.encode()) as script, pytest.raises(LostReplyError):
        script.client(timeout=1).request("GET", KEYS, **READ)


STRANGE_HEADERS = {
    "a location that is no address": "Location: http://[",
    "a location that is no UTF-8": "Location: http://\xff\xfe/\xc3",
    "a cookie that is none": "Set-Cookie: a=b; Max-Age=" + "9" * 5000 + "; Expires=Fri, 99 Foo 99999 99:99:99 GMT",
    "a content type that is none": "Content-Type: \xff\x00;charset=\xfe;;==",
    "a wait of 5,000 digits": "Retry-After: " + "9" * 5000,
    "a wait until no date": "Retry-After: Fri, 99 Foo 99999 99:99:99 -9999",
    "a wait until a date beyond all": "Retry-After: Fri, 31 Dec 9999 23:59:59 -2359",
    "a negative wait": "Retry-After: -1",
    "a remainder of 5,000 digits": "X-RateLimit-Remaining: " + "9" * 5000,
    "a reset of 5,000 digits": "X-RateLimit-Remaining: 1\r\nX-RateLimit-Reset: " + "9" * 5000,
    "a link that is none": "Link: <http://[>; rel=next",
    "an encoding that is none": "Content-Encoding: identity",
}


@pytest.mark.parametrize("status", [204, 302, 404, 408, 429, 503])
@pytest.mark.parametrize("name", STRANGE_HEADERS)
def test_a_strange_header_is_no_defect_of_the_collection(name, status):
    body = b"" if status == 204 else GONE
    head = f"HTTP/1.1 {status} X\r\n{STRANGE_HEADERS[name]}\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = head.encode("latin-1").replace(b"Content-Length: 0\r\n", b"") + body
    with Script(answer, answer) as script, contextlib.suppress(DatadogError):
        script.client(max_retries=1, max_wait=2).request("DELETE", (*KEYS, "x"), **DELETE)


# Bounds


def peak() -> int:
    """The most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "deflate", "br", "zstd", "gzip,deflate", "x"])
def test_a_bomb_is_not_unpacked(make_client, standin, key, encoding):
    layers = "gzip, gzip" if "," in encoding else "gzip"
    headers = {} if encoding in ("gzip", "gzip, gzip") else {"Content-Encoding": encoding}
    standin.faults.add("bomb", encoding=layers, size=200 << 20, headers=headers)
    before = peak()
    with pytest.raises((UnexpectedReplyError, LostReplyError)) as caught:
        make_client(max_retries=0).request("GET", (*KEYS, key.id), **READ)
    assert caught.value.effect_possible
    assert peak() - before < 100


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1.5", b'{"a":{}}', b'"\\ud800\\ud800\\ud800"'])
def test_a_small_answer_of_millions_of_values_is_not_believed(value):
    """Eight megabytes of empty lists take hundreds in memory, and they come as eight thousand bytes."""
    packed = gzip.compress(b'{"data": [' + b",".join([value] * (7_000_000 // (len(value) + 1))) + b"]}")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    before, begun = peak(), time.monotonic()
    with Script(head + packed) as script, pytest.raises(UnexpectedReplyError) as caught:
        script.client(timeout=10).request("DELETE", (*KEYS, "x"), **{**DELETE, "expect": 200})
    assert caught.value.effect_possible
    assert peak() - before < 50
    assert time.monotonic() - begun < 8


def test_only_one_way_of_packing_is_asked_for(client, standin, key):
    client.request("GET", (*KEYS, key.id), **READ)
    assert standin.requests[0].headers["Accept-Encoding"] == "gzip"


def test_a_packed_answer_is_unpacked_and_a_spoilt_one_is_not_believed():
    plain = b'{"data": 1}'
    packed = gzip.compress(plain)
    assert decoded(packed, " GZIP ") == plain
    assert decoded(plain, "identity") == plain
    assert decoded(b"", "gzip, gzip") == b""
    for spoilt in (packed[:-3], packed + b"x", packed + packed, zlib.compress(plain), b"x"):
        with pytest.raises(ValueError, match="gzip"):
            decoded(spoilt, "gzip")


def test_a_packed_answer_of_just_the_largest_size_is_unpacked(monkeypatch):
    monkeypatch.setattr(wire, "LARGEST_BODY", 1000)
    assert decoded(gzip.compress(b"x" * 1000), "gzip") == b"x" * 1000
    with pytest.raises(wire.TooLargeError):
        decoded(gzip.compress(b"x" * 1001), "gzip")


@pytest.mark.parametrize("status", [301, 302, 307, 399])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_body_of_a_redirect_is_not_read(make_client, standin, key, method, status):
    standin.faults.add("flood", status=status, headers={"Location": "http://["})
    before, begun = peak(), time.monotonic()
    with pytest.raises(UnexpectedReplyError, match=f"answered {status}, a redirect that is not followed"):
        make_client(timeout=10).request(method, (*KEYS, key.id), **READ)
    assert time.monotonic() - begun < 8
    assert peak() - before < 50


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_body_without_end_is_not_read_to_its_end(make_client, standin, key, status):
    standin.faults.add("flood", status=status, headers={"Transfer-Encoding": None})
    with pytest.raises((UnexpectedReplyError, LostReplyError), match="more than 8 MiB"):
        make_client(max_retries=0, timeout=10).request("GET", (*KEYS, key.id), **READ)


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"data": 1}\r\n0\r\n\r\n',
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK,
        b"HTTP/1.1 204 No Content\r\nX: " + b"y" * 1000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /" + b"y" * 1000 + b"\r\n\r\n",
    ],
    ids=["body", "chunks", "interim", "head", "redirect"],
)
def test_an_answer_that_comes_byte_by_byte_is_given_up_in_time(answer):
    with Script(answer, pause=0.02) as script:
        begun = time.monotonic()
        with pytest.raises(LostReplyError, match=r"no answer within 0\.5 s"):
            script.client(timeout=0.5).request("DELETE", (*KEYS, "x"), **DELETE)
        # The longest of them would take twenty seconds to come.
        assert time.monotonic() - begun < 15
