# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The brake: once it is pulled no further delete is sent."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Callable

from .._api.errors import StoppedError

# Tells why nothing may be deleted any more, None as long as all is well.
Reason = Callable[[], "str | None"]


class Halt:
    """Whether deletes may still be sent.

    :ivar reason: why not, None as long as they may.
    """

    def __init__(self, reasons: Sequence[Reason] = ()) -> None:
        """:param reasons: are asked before every delete."""
        self.reason: str | None = None
        self._reasons = reasons
        self._lock = threading.Lock()
        self._told: Callable[[str], None] = lambda reason: None

    def tell(self, told: Callable[[str], None]) -> None:
        """Have ``told`` called with the reason, once."""
        self._told = told

    def pull(self, reason: str) -> None:
        """No further delete is sent, for this reason unless there is one already."""
        with self._lock:
            if self.reason is None:
                self.reason = reason
                self._told(reason)

    def check(self) -> None:
        """:raises StoppedError: no further delete may be sent."""
        if self.reason is None:
            for ask in self._reasons:
                found = ask()
                if found:
                    self.pull(found)
                    break
        if self.reason is not None:
            raise StoppedError(self.reason)
