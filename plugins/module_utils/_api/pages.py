# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A listing that is whole: every page, checked against the count that the API states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .client import Client
from .errors import IncompleteListingError, LongListingError, UnexpectedReplyError

PAGE_SIZE = 100  # the most that Datadog gives
LARGEST = 1_000_000  # a count beyond this is a garbled answer, not an organization
ATTEMPTS = 3  # others create and delete keys while the pages are read


@dataclass
class Listing:
    """All the objects of a listing.

    :ivar items: each with a distinct ``id``.
    :ivar included: the related objects of all pages.
    :ivar total: the count that the API states, which equals the number of items.
    """

    items: list[Mapping[str, Any]]
    included: list[Mapping[str, Any]]
    total: int


@dataclass
class _Page:
    items: Sequence[Mapping[str, Any]]
    included: Sequence[Mapping[str, Any]] = field(default_factory=list)
    total: int = 0


def read_all(
    client: Client,
    path: Sequence[str],
    params: Mapping[str, str | int],
    *,
    purpose: str,
    when_forbidden: str,
    most_pages: int | None = None,
) -> Listing:
    """Read every page, the first alone and the others side by side.

    A listing that does not add up (short, long, with a changed count, with an item twice) is read again.

    :param most_pages: give up after the first page if there are more.
    :raises LongListingError: there are more.
    :raises IncompleteListingError: it never added up.
    :raises DatadogError: a page could not be read.
    """

    def read(number: int) -> _Page:
        reply = client.request(
            "GET",
            path,
            params={**params, "page[size]": PAGE_SIZE, "page[number]": number},
            purpose=purpose,
            when_forbidden=when_forbidden,
        )
        return _page(reply.data or {}, purpose)

    for _attempt in range(ATTEMPTS):
        first = read(0)
        count_of_pages = pages_of(first.total)
        if most_pages is not None and count_of_pages > most_pages:
            raise LongListingError(f"{purpose}: {count_of_pages} pages.")
        # A first page that is not full contradicts its own count; the others would not mend it.
        pages = [first]
        if len(first.items) == min(PAGE_SIZE, first.total):
            pages += client.each(read, range(1, count_of_pages))
        items = {item["id"]: item for page in pages for item in page.items}
        count = sum(len(page.items) for page in pages)
        if len(items) == count == first.total and all(page.total == count for page in pages):
            return Listing(list(items.values()), [item for page in pages for item in page.included], count)
    raise IncompleteListingError(
        f"{purpose}: the pages do not add up to the count that Datadog states "
        f"({len(items)} of {first.total}, read {ATTEMPTS} times). Others may be changing keys right now: run it again."
    )


def pages_of(total: int) -> int:
    """How many pages so many objects fill."""
    return -(-total // PAGE_SIZE)


def _page(data: Mapping[str, Any], purpose: str) -> _Page:
    items = data.get("data")
    meta = data.get("meta")
    page = meta.get("page") if isinstance(meta, dict) else None
    total = page.get("total_filtered_count") if isinstance(page, dict) else None
    included = data.get("included") or []
    if (
        not isinstance(items, list)
        or not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items)
        or not isinstance(included, list)
        or not isinstance(total, int)
        or isinstance(total, bool)
        or not 0 <= total <= LARGEST
    ):
        raise UnexpectedReplyError(
            f"{purpose}: the answer is no page of a listing with its count. "
            f"Look at api_url, and at a proxy on the way.",
            status_code=200,
        )
    return _Page(items, [item for item in included if isinstance(item, dict)], total)
