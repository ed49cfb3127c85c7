# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting: what an answer's headers ask for, and what max_wait allows of it. The clock is a made-up one."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ConnectError,
    LostReplyError,
    StoppedError,
    WaitLimitError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._api.retry import (
    BACKOFF_CAP,
    BACKOFF_FACTOR,
    RETRIED_STATUSES,
    RetryPolicy,
    Waits,
    rate_limit_wait,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._api.third_party import MaxRetryError

EPOCH = 1_800_000_000.0


class Clock:
    """Stands for the module `time`, and for an interruption that never comes: waiting only moves the hands."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.meanwhile: Callable[[], Any] | None = None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return EPOCH + self.now

    def wait(self, seconds: float) -> bool:
        self.slept.append(seconds)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        self.now += seconds
        return False


@pytest.fixture
def clock(mocker):
    made = Clock()
    mocker.patch.object(retry, "time", made)
    mocker.patch.object(retry, "threading", SimpleNamespace(Lock=threading.Lock, Event=lambda: made))
    return made


class Answer:
    """As much of urllib3's response as a retry looks at."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def get_redirect_location(self) -> bool:
        return False


def used_up(reset: Any) -> dict[str, str]:
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}


# What the headers say


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (204, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30),
        (204, {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"}, None),
        (204, {"X-RateLimit-Reset": "30"}, None),
        (204, {}, None),
        (429, {"X-RateLimit-Reset": "7"}, 7),
        (429, {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "7"}, 7),
        (429, {}, None),
        (429, used_up("0"), 0),
        (429, used_up("-5"), 0),
        (429, used_up("0.5"), 0.5),
        (429, used_up("soon"), None),
        (429, used_up("nan"), None),
        (429, used_up("inf"), None),
        (429, used_up(""), None),
        (429, used_up(EPOCH + 1000 + 12), 12),
        (429, used_up(EPOCH - 60), 0),
    ],
)
def test_the_wait_that_the_headers_of_an_answer_ask_for(clock, status, headers, seconds):
    assert rate_limit_wait(status, headers) == seconds


# What max_wait allows


def test_after_an_answer_with_nothing_left_the_next_request_of_that_method_waits_for_the_reset(clock):
    waits = Waits(60)
    waits.note("DELETE", 204, used_up(30))
    waits.turn("GET")
    assert clock.slept == []
    waits.turn("DELETE")
    assert clock.slept == [30]
    waits.turn("DELETE")
    assert clock.slept == [30]
    assert waits.waited == 30


def test_a_shorter_reset_that_arrives_late_does_not_open_the_gate_early(clock):
    waits = Waits(60)
    waits.note("DELETE", 204, used_up(30))
    waits.note("DELETE", 204, used_up(5))
    waits.turn("DELETE")
    assert clock.now == 1030


def test_a_reset_beyond_max_wait_fails_at_once_and_says_how_long(clock):
    waits = Waits(5)
    waits.note("DELETE", 429, used_up(3284))
    with pytest.raises(WaitLimitError, match=r"due in 3284 s, which is more than max_wait \(5 s") as caught:
        waits.turn("DELETE")
    assert caught.value.seconds == 3284
    assert clock.slept == []
    assert waits.waited == 0


def test_all_waits_of_a_task_together_stay_within_max_wait(clock):
    waits = Waits(10)
    for _number in range(3):
        waits.sleep(3, "Busy")
    with pytest.raises(WaitLimitError):
        waits.sleep(3, "Busy")
    waits.sleep(1, "Busy")
    assert sum(clock.slept) == waits.waited == 10


def test_waits_of_several_threads_at_once_count_once_as_the_users_clock_does(clock):
    waits = Waits(10)
    # While the first thread sleeps, a second one asks to wait for the same reset.
    clock.meanwhile = lambda: waits.sleep(8, "Busy")
    waits.sleep(8, "Busy")
    assert clock.slept == [8, 8]
    assert waits.waited == 8


def test_a_longer_wait_beside_another_counts_only_what_it_adds(clock):
    waits = Waits(10)
    clock.meanwhile = lambda: waits.sleep(9, "Busy")
    waits.sleep(5, "Busy")
    assert waits.waited == 9


def test_an_interruption_ends_a_wait_and_every_one_after_it():
    interrupted = threading.Event()
    waits = Waits(1000, interrupted)
    waits.note("DELETE", 204, used_up(600))
    threading.Timer(0.1, interrupted.set).start()
    begun = time.monotonic()
    for _number in range(2):
        with pytest.raises(StoppedError, match=r"^The task was interrupted\.$"):
            waits.turn("DELETE")
    assert time.monotonic() - begun < 60


# The policy of one request


def policy(max_wait: float = 60, retries: int = 4) -> RetryPolicy:
    return RetryPolicy.within(Waits(max_wait), retries)


def after(attempts: int, made: RetryPolicy) -> RetryPolicy:
    for _number in range(attempts):
        made = made.increment("GET", "/", response=Answer(503))
    return made


@pytest.mark.parametrize("status", sorted(RETRIED_STATUSES))
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_passing_trouble_is_tried_again(method, status):
    assert policy().is_retry(method, status)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 307, 400, 401, 403, 404, 409, 422, 501])
def test_a_final_answer_is_not_tried_again(status):
    assert not policy().is_retry("GET", status, has_retry_after=True)


def test_the_reset_of_the_rate_limit_goes_before_retry_after(clock):
    both = Answer(429, X_RateLimit_Reset="9", Retry_After="2")
    assert policy().get_retry_after(both) == 9


def test_retry_after_is_honoured_in_seconds_and_as_a_date():
    made = policy()
    assert made.get_retry_after(Answer(503, Retry_After="7")) == 7
    in_a_minute = email.utils.formatdate(time.time() + 60, usegmt=True)
    assert made.get_retry_after(Answer(503, Retry_After=in_a_minute)) == pytest.approx(60, abs=2)


@pytest.mark.parametrize("header", ["soon", "-3", "", "9e999"])
def test_a_retry_after_that_makes_no_sense_leaves_the_pause_to_us(clock, header):
    made = after(1, policy())
    made.sleep(Answer(503, Retry_After=header))
    assert 0 < clock.slept[0] <= BACKOFF_FACTOR


def test_pauses_grow_up_to_a_cap_and_are_jittered():
    for attempt, ceiling in [(1, BACKOFF_FACTOR), (2, 2 * BACKOFF_FACTOR), (3, 4 * BACKOFF_FACTOR), (30, BACKOFF_CAP)]:
        made = after(attempt, policy(retries=40))
        pauses = {made.get_backoff_time() for _number in range(50)}
        assert min(pauses) >= ceiling / 2
        assert max(pauses) <= ceiling
        assert len(pauses) > 1


def test_a_retry_shares_the_wait_budget_with_every_other_request_of_the_task(clock):
    waits = Waits(5)
    first, second = RetryPolicy.within(waits, 4), RetryPolicy.within(waits, 4)
    first.increment("GET", "/", response=Answer(429)).sleep(Answer(429, X_RateLimit_Reset="4"))
    with pytest.raises(WaitLimitError):
        second.increment("GET", "/", response=Answer(429)).sleep(Answer(429, X_RateLimit_Reset="4"))


def test_a_429_that_max_wait_does_not_allow_to_wait_for_is_told_as_such(clock):
    with pytest.raises(WaitLimitError) as caught:
        after(1, policy(max_wait=0)).sleep(Answer(429))
    assert caught.value.seconds >= 1


def test_without_time_for_a_pause_of_our_own_the_last_answer_stands(clock):
    with pytest.raises(MaxRetryError):
        after(1, policy(max_wait=0)).sleep(Answer(503))
    assert clock.slept == []


def test_after_the_last_attempt_nothing_is_tried_again():
    made = policy(retries=2)
    made = after(2, made)
    with pytest.raises(MaxRetryError):
        made.increment("GET", "/", response=Answer(503))


@pytest.mark.parametrize(
    ("attempt", "possible"),
    [
        ({"error": LostReplyError("lost")}, True),
        ({"error": ConnectError("refused")}, False),
        ({"response": Answer(502)}, True),
        ({"response": Answer(408)}, True),
        ({"response": Answer(429)}, False),
    ],
)
def test_an_earlier_attempt_that_may_have_been_carried_out_stays_known(attempt, possible):
    made = policy()
    assert not made.effect_possible
    made = made.increment("DELETE", "/", **attempt)
    made = made.increment("DELETE", "/", response=Answer(429))
    assert made.effect_possible is possible
