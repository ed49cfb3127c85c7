# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Filters of a listing: sent to Datadog where it knows them, and applied here in any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._datadog.ages import UNREADABLE, latest_of, now, parse_timestamp
from .._datadog.credential import Facts
from .._datadog.dates import parse_date


@dataclass(frozen=True)
class Filters:
    """:ivar name: Datadog's own free text on names, which only Datadog applies.
    :ivar expires_before: ends earlier than this, or has ended; what has no end never passes.
    :ivar unused_for: last used longer ago than this, or no recorded use and created longer ago. What has a last use
        that cannot be read never passes.
    """

    name: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    expires_before: datetime | None = None
    unused_for: timedelta | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """What a listing is asked to leave out itself; see ``CredentialKind.list``."""
        return {"name": self.name, "created_after": self.created_after, "created_before": self.created_before}

    def admit(self, facts: Facts) -> bool:
        """Whether a credential passes; what has no date passes no filter on dates."""
        if self.expires_before:
            # Not as strict as with other dates: an end may lie years ahead.
            end = parse_date(facts.get("expires_at"))
            if not (end and end < self.expires_before):
                return False
        if not (self.created_before or self.created_after or self.unused_for is not None):
            return True
        created = parse_timestamp(facts["created_at"])
        if self.created_before and not (created and created < self.created_before):
            return False
        if self.created_after and not (created and created > self.created_after):
            return False
        if self.unused_for is None:
            return True
        used = latest_of(facts["last_used_at"])
        if used is UNREADABLE:
            return False  # it may be in use
        # Datadog records a use only with Audit Trail, so the age stands in where there is none.
        last = used or created
        return last is not None and now() - last > self.unused_for
