# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What could be seen of something, and why not the rest: nothing that was not read looks empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .._api.defect import defect
from .._api.errors import DatadogError, ForbiddenError, NotFoundError

COMPLETE = "complete"
NOT_PERMITTED = "not permitted"
NOT_AVAILABLE = "not available"
FAILED = "failed"


@dataclass(frozen=True)
class Look:
    """One look at something.

    :ivar status: COMPLETE, NOT_PERMITTED, NOT_AVAILABLE (this site or organization does not have it) or FAILED.
    :ivar found: what was seen; None unless the status is COMPLETE.
    :ivar permission: which one is missing, where one is.
    :ivar message: why it is not complete; None where it is.
    """

    status: str
    found: Any = field(default=None, repr=False)
    permission: str | None = None
    message: str | None = None

    @property
    def seen(self) -> dict[str, str | None]:
        """As it stands in a result: ``{status, permission, message}``."""
        return {"status": self.status, "permission": self.permission, "message": self.message}

    def then(self, read: Callable[[Any], Any], permission: str | None) -> Look:
        """A further look that needs what was found here; this one where nothing was."""
        return look(lambda: read(self.found), permission) if self.status == COMPLETE else self


def look(read: Callable[[], Any], permission: str | None, *, may_be_absent: bool = False) -> Look:
    """Look at something.

    :param read: reads it whole, or raises a DatadogError.
    :param permission: what a 403 means is missing.
    :param may_be_absent: whether a 404 of Datadog's own means that there is no such thing here.
    """
    try:
        return Look(COMPLETE, read())
    except ForbiddenError as error:
        return Look(NOT_PERMITTED, None, permission, str(error))
    except NotFoundError as error:
        return Look(NOT_AVAILABLE if may_be_absent else FAILED, None, None, str(error))
    except DatadogError as error:
        return Look(FAILED, None, None, str(error))
    except Exception as error:  # one person's surprise is no other person's business
        return Look(FAILED, None, None, defect(error))


def side_by_side(each: Callable[..., list[Any]], reads: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of these reads, which are made side by side, in their order.

    :param each: ``Client.each``.
    """
    return each(lambda read: read(), reads)
