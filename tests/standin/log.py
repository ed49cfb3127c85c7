# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of requests that the server got."""

from __future__ import annotations

import dataclasses
from typing import Any

from .access import Sent


@dataclasses.dataclass
class Request:
    """One request as it arrived and how it ended.

    `path` is raw (percent-encoded, without the query), `key_id` the key or token that it is about where that is known
    (also for version 1, whose path holds the secret), `status` what was sent (None: no answer was), `connection` the
    client's
    port (equal for requests on one connection), `under_way` how many requests were being served, this one included,
    `time` in seconds since the epoch, `seconds` until the end (None: not ended), `fault` the act that it met.
    """

    number: int
    time: float
    method: str
    path: str
    query: dict[str, list[str]]
    endpoint: str
    key_id: str | None
    headers: dict[str, str]
    credentials: Sent
    connection: int
    under_way: int
    status: int | None = None
    seconds: float | None = None
    fault: str | None = None

    def to_json(self, secrets: bool = False) -> dict[str, Any]:
        """As plain data. Without `secrets` neither credentials nor the secret in a version 1 path."""
        told = dataclasses.asdict(self)
        if not secrets:
            del told["headers"], told["credentials"]
            if self.endpoint.startswith("v1.key."):
                told["path"] = self.path.rpartition("/")[0] + "/***"
        return told
