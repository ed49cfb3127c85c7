# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a kind of credential is to the decisions above: something to read, list and delete, with an owner and facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Callable, TypeVar

from .._api.client import Client
from .ages import now
from .directory import Directory, Match

Facts = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Found:
    """One credential that was read.

    :ivar facts: the shape of its kind. Every kind has ``id``, ``name``, ``created_at``, ``last_used_at`` and ``owner``.
    :ivar included: the related objects as Datadog sent them.
    :ivar secret: the credential itself, where the answer had it.
    """

    facts: Facts
    included: Sequence[Mapping[str, Any]] = ()
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Found({self.facts!r})"


@dataclass
class Listing:
    """A listing.

    :ivar facts: of every credential, in the order of the listing.
    :ivar included: the related objects as Datadog sent them, without anything secret.
    :ivar total: the count that the API states.
    :ivar requests: how many requests it takes to read it whole.
    """

    facts: list[Facts]
    included: list[Mapping[str, Any]]
    total: int
    requests: int


class CredentialKind(ABC):
    """The credentials of one kind in one organization. Each is addressed by its reference: its id, or its secret.

    :cvar noun: what one of them is called.
    :cvar can_list: whether they can be listed, by owner and as a whole.
    :ivar account: whose credentials the task runs with.
    """

    noun = "credential"
    can_list = True

    def __init__(self, client: Client, directory: Directory | None = None) -> None:
        """:param directory: of the task, where somebody else needs it too."""
        self._client = client
        self._directory = directory or Directory(client)
        self.account = self._directory.account

    @property
    def site(self) -> str:
        """What messages call the other side."""
        return self._client.address.name

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do ``work`` for all the items side by side; the results are in the order of the items."""
        return self._client.each(work, items)

    @property
    def waiting_until(self) -> datetime | None:
        """When the wait for a rate limit or before another attempt is over; None where nothing waits."""
        left = self._client.waits.left
        return now() + timedelta(seconds=left) if left else None

    def check_before_delete(self, check: Callable[[], None]) -> None:
        """Have ``check`` called right before every attempt of a delete. What it raises ends that delete."""
        self._client.before_change = check

    def expect_owners(self, names: Sequence[str], display_names: Mapping[str, str]) -> None:
        """Announce which owners will be looked up; see ``Directory.expect``."""
        self._directory.expect(names, display_names)

    def find_owner(self, name: str) -> Match:
        """Who is named by an e-mail, a handle or an id.

        :raises DatadogError: the request to Datadog failed.
        """
        return self._directory.find(name)

    @abstractmethod
    def unread(self, ref: str) -> Facts:
        """What is known of a credential without reading it."""

    @abstractmethod
    def get(self, ref: str) -> Found:
        """Read one.

        :raises NotFoundError: Datadog says that this very one does not exist.
        :raises DatadogError: anything else that is no answer to the question.
        """

    @abstractmethod
    def delete(self, ref: str) -> int:
        """Delete one; the status of the answer.

        :raises NotFoundError: Datadog says that this very one does not exist.
        :raises DatadogError: anything else; see ``effect_possible``.
        """

    @abstractmethod
    def list(
        self,
        *,
        purpose: str,
        owner_id: str | None = None,
        name: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        most_pages: int | None = None,
        related: bool = True,
        whole: bool = True,
    ) -> Listing:
        """All that match, every page.

        :param purpose: what the listing is for, as the beginning of an error's sentence.
        :param owner_id: whose.
        :param name: Datadog's own free text on names.
        :param most_pages: give up after the first page if there are more.
        :param related: whether related objects are fetched too; without them an owner is only an id.
        :param whole: whether it matters what the listing lacks; otherwise fewer requests do.
        :raises LongListingError: there are more pages.
        :raises IncompleteListingError: it never added up.
        :raises DatadogError: a page could not be read.
        """

    @abstractmethod
    def own(self, candidates: Mapping[str, Facts]) -> set[str]:
        """Which of these, by reference, is or may be the credential that this task runs with."""

    def is_deleted_last(self, facts: Facts) -> bool:
        """Whether deleting it takes another permission than most do, so that its refusal must not stop the others."""
        return False

    def is_managed(self, facts: Facts) -> bool:
        """Whether an integration of Datadog's runs on it, though a person owns it."""
        return False
