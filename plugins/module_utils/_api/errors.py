# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What can go wrong, as types. Every text is written for the user and holds no secret."""

from __future__ import annotations

from collections.abc import Sequence


class DatadogError(Exception):
    """Base of all errors of this collection.

    :ivar status_code: the HTTP status of the answer, None where there was none.
    :ivar effect_possible: whether the request may have taken effect although it failed
        (a lost reply, a gateway's 5xx, also in an earlier attempt of the same request).
        Only a read can tell then.
    """

    def __init__(self, message: str, *, status_code: int | None = None, effect_possible: bool = False) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.effect_possible = effect_possible


class OptionError(DatadogError):
    """An option cannot be used as it stands. Raised before any request."""


class ConnectError(DatadogError):
    """No connection, so nothing was sent: refused, no such name, proxy, time-out of the connect."""


class CertificateError(DatadogError):
    """The server's certificate was not accepted, so nothing was sent."""


class LostReplyError(DatadogError):
    """The request was sent, and no whole answer came back."""


class UnexpectedReplyError(DatadogError):
    """An answer that is not Datadog's: HTML, a redirect, another shape. A proxy or a wrong address."""


class ApiError(DatadogError):
    """Datadog's own refusal: JSON with an ``errors`` member."""


class NotFoundError(ApiError):
    """Datadog's own 404.

    :ivar said: the texts of ``errors``, which tell whether it speaks of the object or of the path.
    """

    def __init__(self, message: str, *, status_code: int, said: Sequence[str]) -> None:
        super().__init__(message, status_code=status_code)
        self.said = said


class ForbiddenError(ApiError):
    """Datadog's own 403: a permission or a scope is missing, or something is switched off."""


class CredentialsError(ApiError):
    """The credentials themselves are not accepted: nothing else will succeed with them."""


class WaitLimitError(DatadogError):
    """Going on would take longer than ``max_wait`` allows.

    :ivar seconds: how long to wait before it is worth trying again.
    """

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class IncompleteListingError(DatadogError):
    """A listing did not add up to the count that Datadog states, however often it was read."""


class LongListingError(DatadogError):
    """A listing has more pages than it is worth reading for the purpose."""


class StoppedError(DatadogError):
    """Nothing is to be changed or asked any more, so this was not sent (again). The text says why."""


INTERRUPTED = "The task was interrupted."
# They say nothing of what was asked for: the task as a whole cannot go on.
ENDS_THE_TASK = (CredentialsError, StoppedError, WaitLimitError)
