# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The client: requests side by side, each until it is answered for good. It knows nothing of keys or of Ansible."""

from __future__ import annotations

import contextlib
import copy
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Callable, TypeVar
from urllib.parse import quote

from .address import DOT_SEGMENTS, Address
from .answers import Reply, judge
from .credentials import Credentials
from .errors import INTERRUPTED, CredentialsError, DatadogError, StoppedError, UnexpectedReplyError
from .retry import RetryPolicy, Waits
from .third_party import MaxRetryError
from .transport import Transport

T = TypeVar("T")
R = TypeVar("R")


class Client:
    """Sends requests to one API with one set of credentials, several at a time.

    :ivar waits: what this client spent waiting, and how long it still may.
    :ivar before_change: called right before each attempt of a request that changes something, also before one that is
        sent again after a wait. What it raises ends the request.
    """

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        timeout: float = 30,
        max_retries: int = 4,
        max_wait: float = 300,
        concurrency: int = 8,
        validate_certs: bool = True,
        ca_path: str | None = None,
    ) -> None:
        """:param timeout: seconds for one request.
        :param max_retries: attempts after the first.
        :param max_wait: seconds for all waiting together.
        :param concurrency: requests under way at once.
        :param ca_path: a file or a directory of certificate authorities.
        :raises OptionError: the certificate authorities cannot be loaded.
        """
        self.address = address
        self.credentials = credentials
        self._interrupted = threading.Event()
        self.waits = Waits(max_wait, self._interrupted)
        self._max_retries = max_retries
        self.before_change: Callable[[], None] = lambda: None
        self._policy = RetryPolicy.within(self.waits, max_retries)
        self._concurrency = concurrency
        self._under_way = threading.BoundedSemaphore(concurrency)
        # Nested four deep at the most (people, what they hold, their service accounts, pages), and some may wait for
        # what another one reads.
        self._helpers = ThreadPoolExecutor(max_workers=4 * concurrency)
        # Credentials that were refused once are not sent again: that can only lock somebody out.
        self._rejected: CredentialsError | None = None
        self._transport = Transport(
            address,
            credentials.headers,
            timeout=timeout,
            connections=concurrency,
            validate_certs=validate_certs,
            ca_path=ca_path,
        )

    def apart(self) -> Client:
        """This client, for a request whose refusal says nothing of the credentials.

        An organization may refuse what it has switched off in the words that it has for wrong credentials. Other
        requests then go on, which is right once these credentials were accepted.
        """
        return copy.copy(self)

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do ``work`` for all the items side by side; the results are in the order of the items.

        The thread that calls it takes part, so it may be nested: nobody waits for a helper that never comes. After an
        error or an interruption no further item is begun; it is raised once all that were begun are over. After an
        interruption no further request is sent either, and no wait goes on.
        """
        left = deque(enumerate(items))
        count = len(left)
        done: dict[int, R] = {}

        def take_part() -> None:
            try:
                for number, item in _each_left(left):
                    done[number] = work(item)
            finally:
                left.clear()

        helpers: list[Future[None]] = []
        try:
            while len(helpers) < min(self._concurrency, count) - 1:
                helpers.append(self._helpers.submit(take_part))
            take_part()
            self._await(helpers)
        except KeyboardInterrupt:
            self._interrupted.set()
            raise
        finally:
            left.clear()
            begun = self._await(helpers)
        for helper in begun:
            helper.result()
        return [done[number] for number in range(count)]

    def _await(self, helpers: Iterable[Future[None]]) -> list[Future[None]]:
        """Wait for those that have begun. The others never will: whoever waited for one might wait for itself."""
        begun = [helper for helper in helpers if not helper.cancel()]
        try:
            wait(begun)
        except KeyboardInterrupt:
            self._interrupted.set()
            raise
        return begun

    def request(
        self,
        method: str,
        path: Sequence[str],
        *,
        purpose: str,
        params: Mapping[str, str | int] | None = None,
        expect: int = 200,
        when_forbidden: str = "",
        aside: float | None = None,
        before: Reply | None = None,
    ) -> Reply:
        """Send a request until it is answered for good.

        :param path: the segments below the address; each is percent-encoded, and ``.`` and ``..``, which that
            leaves as they are, are refused, so none can change the path.
        :param purpose: what the request is for, as the beginning of an error's sentence; without secrets.
        :param expect: the one status that means success; with 200 goes a JSON object.
        :param when_forbidden: what to look at after a 403.
        :param aside: seconds that this request may wait by itself: what becomes of it holds up no other one, and its
            waits do not count. None for a request like any other.
        :param before: an earlier reply to the same question; where the answer is the same, so is the reply.
        :raises DatadogError: any other outcome, as the type that fits (see ``errors``).
        """
        if not DOT_SEGMENTS.isdisjoint(path):
            raise UnexpectedReplyError(
                f"{purpose}: {self.address.name} gave '.' or '..' as an ID, which is not an answer of Datadog's API. "
                f"Check site, api_url and any proxy in between."
            )
        url = self.address.url + "".join("/" + quote(segment, safe="") for segment in path)
        waits = self.waits if aside is None else Waits(aside, self._interrupted)
        policy = self._policy if aside is None else RetryPolicy.within(waits, self._max_retries)
        while True:
            try:
                if self._rejected:
                    raise CredentialsError(str(self._rejected), status_code=self._rejected.status_code)
                waits.turn(method)
                with self._under_way:
                    if self._interrupted.is_set():
                        raise StoppedError(INTERRUPTED)
                    if method != "GET":
                        self.before_change()
                    answer, failure = self._transport.attempt(method, url, params, purpose)
                if answer:
                    waits.note(method, answer.status, answer.headers)
                    if not policy.is_retry(method, answer.status):
                        return judge(answer, self.address.name, purpose, expect, when_forbidden, before)
                raw = answer.raw if answer else None
                try:
                    policy = policy.increment(method, "/", response=raw, error=failure)
                    policy.sleep(raw)
                except MaxRetryError:
                    if answer is None:
                        raise failure from None  # type: ignore[misc]
                    return judge(answer, self.address.name, purpose, expect, when_forbidden, before)
            except DatadogError as error:
                if isinstance(error, CredentialsError) and aside is None:
                    self._rejected = error
                error.effect_possible = error.effect_possible or policy.effect_possible
                raise
            except Exception as error:  # a surprise in one answer is nothing that other rows should suffer from
                raise UnexpectedReplyError(
                    f"{purpose}: the answer of {self.address.name} could not be handled ({type(error).__name__}). "
                    f"Check site, api_url and any proxy in between, and report this with the collection's version.",
                    effect_possible=True,
                ) from None


def _each_left(left: deque[T]) -> Iterator[T]:
    """Take one after the other, until several threads together have taken them all."""
    with contextlib.suppress(IndexError):
        while True:
            yield left.popleft()
