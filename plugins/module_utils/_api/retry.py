# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""When to send again, and how long to wait before: urllib3's Retry with Datadog's rate limits."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from .errors import INTERRUPTED, LostReplyError, StoppedError, WaitLimitError
from .third_party import InvalidHeader, MaxRetryError, Retry

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504, 512})
# Statuses below 500 behind which the request may have been carried out all the same.
UNCERTAIN_STATUSES = frozenset({408, 499})

BACKOFF_FACTOR = 0.5  # seconds before the first new attempt; doubles with each one
BACKOFF_CAP = 20.0  # seconds

# X-RateLimit-Reset is documented as seconds left; other software has met epoch values.
# No limit lasts for 30 years, so whatever is larger is a date.
EPOCH_FROM = 1_000_000_000
# Seconds. No limit of Datadog's lasts for longer than this; a number that says so is garbled.
LONGEST_WAIT = 7 * 24 * 3600.0


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_uncertain(status: int | None) -> bool:
    """Whether a request with this answer may have been carried out all the same: the server broke, or gave up."""
    return status is not None and (status >= 500 or status in UNCERTAIN_STATUSES)


def rate_limit_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit resets, or None where the answer names no limit that is used up.

    Datadog sends ``X-RateLimit-Remaining`` and ``X-RateLimit-Reset`` (documentation of the API;
    recordings show them on successful mutations as well as on a 429). A negative or past reset is 0.
    """
    if status != 429 and _number(headers.get("X-RateLimit-Remaining")) != 0:
        return None
    reset = _number(headers.get("X-RateLimit-Reset"))
    if reset is None:
        return None
    if reset >= EPOCH_FROM:
        reset -= time.time()
    return min(max(0.0, reset), LONGEST_WAIT)


class Waits:
    """All the waiting of one task: bounded by ``max_wait``, shared by its threads.

    Waits of several threads at the same moment count once, as the user's clock counts them.
    A limit that is used up holds back every further request of that method (Datadog counts
    mutations and reads apart).
    """

    def __init__(self, max_wait: float, interrupted: threading.Event | None = None) -> None:
        """:param max_wait: seconds that may be spent in all.
        :param interrupted: ends every wait.
        """
        self._max_wait = max_wait
        self._interrupted = interrupted or threading.Event()
        self._lock = threading.Lock()
        self._spent = 0.0
        self._until = 0.0
        self._closed_until: dict[str, float] = {}

    @property
    def waited(self) -> float:
        """Seconds spent so far."""
        return round(self._spent, 1)

    @property
    def unspent(self) -> float:
        """Seconds that may still be spent."""
        with self._lock:
            return max(0.0, self._max_wait - self._spent)

    @property
    def left(self) -> float:
        """Seconds until the last of the waits under way is over; 0 where nothing waits."""
        return max(0.0, self._until - time.monotonic())

    def note(self, method: str, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer's headers whether requests of this method have to pause."""
        seconds = rate_limit_wait(status, headers)
        if seconds:
            with self._lock:
                until = time.monotonic() + seconds
                self._closed_until[method] = max(until, self._closed_until.get(method, 0.0))

    def turn(self, method: str) -> None:
        """Return when a request of this method may be sent.

        :raises WaitLimitError: the limit resets later than ``max_wait`` allows.
        """
        while True:
            left = self._closed_until.get(method, 0.0) - time.monotonic()
            if left <= 0:
                return
            self.sleep(left, "Datadog's rate limit is used up")

    def sleep(self, seconds: float, reason: str) -> None:
        """Wait, if what is left of ``max_wait`` allows all of it; otherwise do not wait at all.

        :raises WaitLimitError: it does not.
        :raises StoppedError: the task was interrupted.
        """
        with self._lock:
            now = time.monotonic()
            more = max(0.0, now + seconds - max(now, self._until))
            if self._spent + more > self._max_wait:
                whole = math.ceil(seconds)
                raise WaitLimitError(
                    f"{reason}: the next attempt is due in {whole} s, which is more than max_wait "
                    f"({self._max_wait:g} s, {self._spent:.0f} s of it spent) allows. "
                    f"Run it again in {whole} s, or raise max_wait.",
                    seconds=whole,
                )
            self._spent += more
            self._until = max(self._until, now + seconds)
        if self._interrupted.wait(seconds):
            raise StoppedError(INTERRUPTED)


class RetryPolicy(Retry):
    """urllib3's Retry that knows ``X-RateLimit-Reset`` and waits within the task's ``Waits``.

    ``history`` holds every failed attempt, so that a lost reply stays visible after a later answer.
    """

    waits: Waits

    @classmethod
    def within(cls, waits: Waits, max_retries: int) -> RetryPolicy:
        """A policy of ``max_retries`` attempts after the first that waits through ``waits``."""
        policy = cls(
            total=max_retries,
            status_forcelist=RETRIED_STATUSES,
            allowed_methods=frozenset({"GET", "DELETE"}),
            raise_on_status=False,
        )
        policy.waits = waits
        return policy

    def new(self, **kw: Any) -> RetryPolicy:
        """As in urllib3: the policy for the next attempt. The waits stay shared."""
        policy = super().new(**kw)
        policy.waits = self.waits
        return policy

    def get_backoff_time(self) -> float:
        """Seconds: exponential, capped, with jitter so that parallel requests do not return as one."""
        ceiling = min(BACKOFF_CAP, BACKOFF_FACTOR * 2 ** max(0, len(self.history) - 1))
        return float(ceiling * random.uniform(0.5, 1.0))

    def get_retry_after(self, response: Any) -> float | None:
        """Seconds that the answer asks for, None where it asks for none that can be understood."""
        wait = rate_limit_wait(response.status, response.headers)
        if wait:
            return wait
        header = response.headers.get("Retry-After")
        if header is None:
            return None
        try:
            return min(max(0.0, float(self.parse_retry_after(header))), LONGEST_WAIT)
        except (ValueError, OverflowError, TypeError, IndexError, InvalidHeader):
            return None  # neither a number nor a date, in one of the many ways not to be one

    def sleep(self, response: Any = None) -> None:
        """Wait before the next attempt.

        :raises WaitLimitError: Datadog asks to wait for longer than ``max_wait`` allows.
        :raises MaxRetryError: there is no time left for a wait of our own.
        """
        asked = None if response is None else self.get_retry_after(response)
        limited = response is not None and response.status == 429
        try:
            self.waits.sleep(asked or self.get_backoff_time(), "Datadog asks to wait" if asked else "Too many requests")
        except WaitLimitError:
            if asked or limited:
                raise
            raise MaxRetryError(None, "/") from None  # type: ignore[arg-type]

    @property
    def effect_possible(self) -> bool:
        """Whether one of the attempts so far may have been carried out without our seeing it."""
        return any(
            isinstance(attempt.error, LostReplyError) or is_uncertain(attempt.status) for attempt in self.history
        )
