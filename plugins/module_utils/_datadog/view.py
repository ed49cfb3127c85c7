# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whether credentials see all of an organization, where Datadog also serves those who see only what is their own."""

from __future__ import annotations

from .._api.client import Client
from .._api.errors import ForbiddenError, NotFoundError, UnexpectedReplyError
from .shared import Shared

APPLICATION_KEYS = ("api", "v2", "application_keys")


class View(Shared[None]):
    """The check, shared by all threads of a task: the credentials may list the organization's application keys.

    That needs the permission org_app_keys_read (description of the operation), which shows the credentials of others.
    ``since`` raises a ForbiddenError if they may not, and never a NotFoundError.
    """

    def __init__(self, client: Client, purpose: str, half: str) -> None:
        """:param purpose: what is checked, as the beginning of an error's sentence.
        :param half: what it means if they may not.
        """
        super().__init__(self._check)
        self._client = client
        self._purpose = purpose
        self._half = half

    def _check(self) -> None:
        try:
            reply = self._client.request(
                "GET", APPLICATION_KEYS, params={"page[size]": 1, "page[number]": 0}, purpose=self._purpose
            )
        except ForbiddenError as error:
            raise ForbiddenError(f"{error} {self._half}", status_code=error.status_code) from None
        except NotFoundError as error:  # of the list, and not of whatever was looked for
            raise UnexpectedReplyError(
                f"{error} {self._half} Check api_url and any proxy in between.", status_code=error.status_code
            ) from None
        if not isinstance((reply.data or {}).get("data"), list):
            raise UnexpectedReplyError(
                f"{self._purpose}: the answer is not a list of application keys. {self._half} "
                f"Check api_url and any proxy in between.",
                status_code=reply.status,
            )
