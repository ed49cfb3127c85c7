# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits as Datadog counts them: so many requests in a fixed window of seconds."""

from __future__ import annotations

import math
import time


class Limit:
    """`limit` requests per `period` seconds. The window opens with its first request."""

    def __init__(self, limit: int, period: float, name: str) -> None:
        self.limit = limit
        self.period = period
        self.name = name
        self._used = 0
        self._opened: float | None = None

    def _seconds_left(self) -> float:
        now = time.monotonic()
        if self._opened is None or now - self._opened >= self.period:
            self._opened, self._used = now, 0
        return self._opened + self.period - now

    @property
    def exhausted(self) -> bool:
        """Whether the next request of this window is one too many."""
        return self._seconds_left() > 0 and self._used >= self.limit

    def count(self) -> None:
        """One request of the window is used up."""
        self._seconds_left()
        self._used += 1

    def headers(self) -> dict[str, str]:
        """The five headers; Reset is in whole seconds left."""
        left = self._seconds_left()
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Period": str(math.ceil(self.period)),
            "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "X-RateLimit-Reset": str(math.ceil(left)),
            "X-RateLimit-Name": self.name,
        }
