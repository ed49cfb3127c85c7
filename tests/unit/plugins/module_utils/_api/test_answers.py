# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes in from Datadog: no text that cannot be carried further, no number that cannot be read."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.answers import Answer, judge
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import ApiError, UnexpectedReplyError
from ansible_collections.keywarden.datadog.plugins.module_utils._api.retry import LONGEST_WAIT, rate_limit_wait


def data(body: bytes, status: int = 200):
    """What the client makes of a body."""
    return judge(Answer(None, status, {}, body), "example.com", "Reading", 200, "").data


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\ud800b", "a\ufffdb"),
        (r"a\udfffb", "a\ufffdb"),
        (r"\uD800", "\ufffd"),
        (r"\ud800\ud800", "\ufffd\ufffd"),
        (r"\udc00\ud800", "\ufffd\ufffd"),
        (r"\ud800\\ud800", "\ufffd\\ud800"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ud83d\u0041", "\ufffdA"),
        (r"\ud83d\n\ude00", "\ufffd\n\ufffd"),
        (r"a\u0000b", "a\ufffdb"),
        (r"a\\u0000b", "a\\u0000b"),
        (r"a\\\u0000b", "a\\\ufffdb"),
        (r"a\\\\ud800b", "a\\\\ud800b"),
        (r"\"\ud800\"", '"\ufffd"'),
        ("\ud800", "\ufffd"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("\\ud83d\ude00", "\ufffd\ufffd"),
        ("\\\\\ud83d", "\\\ufffd"),
        ("plain é 中 \U0001f600", "plain é 中 \U0001f600"),
    ],
)
def test_half_a_character_and_nul_are_replaced_one_by_one_on_the_way_in(written, read):
    body = f'{{"data": ["{written}", {{"{written}": "x"}}], "included": [[["{written}"]]]}}'
    told = data(body.encode("utf-8", "surrogatepass"))
    assert told == {"data": [read, {read: "x"}], "included": [[[read]]]}
    assert json.dumps(told, ensure_ascii=False).encode()


def test_an_error_of_datadogs_is_told_without_half_a_character():
    with pytest.raises(ApiError) as caught:
        data(rb'{"errors": ["Quota \ud800 of \u0000 \"x\" \udfff reached"]}', 409)
    assert str(caught.value).encode()
    assert '"x"' in str(caught.value)


@pytest.mark.parametrize("words", ["." * 100_000 + "X", ":" * 5000 + "X " * 5000, "a." * 50_000 + "X"])
def test_words_of_any_length_take_no_time_to_look_at(words):
    started = time.process_time()
    with pytest.raises(ApiError) as caught:
        data(json.dumps({"errors": [words]}).encode(), 409)
    assert len(str(caught.value)) < 400
    assert time.process_time() - started < 5


@pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 2_000_000, "1" * 1001])
def test_a_number_of_too_many_digits_is_no_answer_and_takes_no_time(number):
    begun = time.process_time()
    with pytest.raises(UnexpectedReplyError):
        data(f'{{"data": [{number}]}}'.encode())
    # Reading two million digits as a number takes longer, and Python may refuse it.
    assert time.process_time() - begun < 5


def test_a_number_of_a_thousand_digits_is_read():
    assert data(f'{{"data": {"1" * 1000}}}'.encode())["data"] == int("1" * 1000)


def test_half_characters_in_ten_times_the_rows_take_no_hundred_times_the_work():
    item = {"type": "application_keys", "attributes": {"name": "x\ud800\x00" * 20, "last4": "\U0001f600"}}

    def seconds(rows: int) -> float:
        body = json.dumps({"data": [item] * rows}).encode()
        begun = time.process_time()
        told = data(body)
        assert told["data"][-1]["attributes"] == {"name": "x\ufffd\ufffd" * 20, "last4": "\U0001f600"}
        return time.process_time() - begun

    # The best of three: the processor does other things, too.
    few, many = (min(seconds(rows) for _attempt in range(3)) for rows in (500, 5_000))
    assert many < 40 * few


@pytest.mark.parametrize("body", [b"\xff\xfe{\x00}\x00", b'{"data": "\xff"}', b'{"data": NaN}', b"[" * 200_000])
def test_what_is_no_json_is_no_answer(body):
    with pytest.raises(UnexpectedReplyError):
        data(body)


@pytest.mark.parametrize("reset", ["1e300", "9" * 300, "1e9999", str(10**15), "inf", "nan", "-1e300"])
def test_a_reset_beyond_reason_is_clamped(reset):
    wait = rate_limit_wait(429, {"X-RateLimit-Reset": reset})
    assert wait is None or 0 <= wait <= LONGEST_WAIT
