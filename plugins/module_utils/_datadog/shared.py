# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An answer that several threads share, as long as it is recent enough for each of them."""

from __future__ import annotations

import threading
import time
from typing import Callable, Generic, TypeVar

from .._api.errors import DatadogError

T = TypeVar("T")


class Shared(Generic[T]):
    """What ``ask`` answers, asked again only for whom the last answer is too old."""

    def __init__(self, ask: Callable[[], T]) -> None:
        """:param ask: may raise a ``DatadogError``."""
        self._ask = ask
        self._lock = threading.Lock()
        self._begun: float | None = None
        self._answer: T
        self._failed: tuple[float, DatadogError] | None = None

    def since(self, moment: float) -> T:
        """An answer that was asked for at this moment or later.

        :param moment: a reading of ``time.monotonic``.
        :raises DatadogError: there is none. Whoever has waited for a question that failed does not ask once more:
            one that takes its time to fail would take it once for each thread.
        """
        called = time.monotonic()
        with self._lock:
            if self._failed and self._failed[0] >= called:
                raise self._failed[1]
            if self._begun is None or self._begun < moment:
                begun = time.monotonic()
                try:
                    self._answer = self._ask()
                except DatadogError as error:
                    self._failed = (time.monotonic(), error)
                    raise
                self._failed = None
                self._begun = begun
            return self._answer
