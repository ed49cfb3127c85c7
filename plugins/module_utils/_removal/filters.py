# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Filters of a listing: sent to Datadog where it knows them, and applied here in any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .._datadog.ages import now, parse_timestamp, timestamp
from .._datadog.application_keys import Facts


@dataclass(frozen=True)
class Filters:
    """:ivar name: Datadog's own free text on names, which only Datadog applies.
    :ivar unused_for: last used longer ago than this, or no recorded use and created longer ago.
    """

    name: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    unused_for: timedelta | None = None

    @property
    def params(self) -> dict[str, str]:
        """The query of the listing (description of the operation; both ends are inclusive)."""
        params = {}
        if self.name:
            params["filter"] = self.name
        if self.created_after:
            params["filter[created_at][start]"] = timestamp(self.created_after)
        if self.created_before:
            params["filter[created_at][end]"] = timestamp(self.created_before)
        return params

    def admit(self, key: Facts) -> bool:
        """Whether a key passes; what has no date passes no filter on dates."""
        if not (self.created_before or self.created_after or self.unused_for is not None):
            return True
        created = parse_timestamp(key["created_at"])
        if self.created_before and not (created and created < self.created_before):
            return False
        if self.created_after and not (created and created > self.created_after):
            return False
        if self.unused_for is None:
            return True
        # Datadog records a use only with Audit Trail, so the age stands in where there is none.
        last = parse_timestamp(key["last_used_at"]) or created
        return last is not None and now() - last > self.unused_for
