# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Listings: whole ones are every page, checked against the count that the API states, and all of one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from .answers import Reply
from .client import Client
from .errors import IncompleteListingError, LongListingError, UnexpectedReplyError

PAGE_SIZE = 100  # the most that Datadog gives
LARGEST = 1_000_000  # a count beyond this is a garbled answer, not an organization
# What a whole listing may hold at the most, in bytes; an object has about one thousand, and a user two or three.
LARGEST_LISTING = 32 << 20, 8 << 10  # and for each object
# Others create and delete while the pages are read: at most so many collects, until two in a row agree.
COLLECTS = 6


Objects = Sequence[Mapping[str, Any]]
# Makes of the objects of a page, and of the related ones that came with them, what the listing is to hold of each.
Understand = Callable[[Objects, Objects], Sequence[Any]]


def _as_they_are(items: Objects, _included: Objects) -> Sequence[Any]:
    return items


@dataclass
class Listing:
    """All the objects of a listing.

    :ivar items: what ``understand`` made of each; their IDs are distinct.
    :ivar included: the related objects of all pages.
    :ivar total: the count that the API states, which equals the number of items.
    :ivar requests: how many requests it takes to read it whole, if nothing changes meanwhile.
    """

    items: list[Any]
    included: list[Mapping[str, Any]]
    total: int
    requests: int


@dataclass
class _Page:
    ids: Sequence[str]
    items: Sequence[Any]
    included: Objects
    total: int


def read_all(
    client: Client,
    path: Sequence[str],
    params: Mapping[str, str | int],
    *,
    purpose: str,
    when_forbidden: str,
    related: Mapping[str, str | int] | None = None,
    understand: Understand = _as_they_are,
    most_pages: int | None = None,
    whole: bool = True,
) -> Listing:
    """Read every page, the first alone and the others side by side, and more than one page twice.

    While pages are read, somebody may delete an object of an earlier page: the later ones move up, and one of them
    moves from an unread page to a read one. If something new was added too, even the count fits. So a listing of
    several pages is believed only when two collects in a row have the same objects: what was deleted during the first
    is in it and not in the second.

    :param related: parameters that fetch related objects. Pages that were not expected go without them: of the first
        collect, all but the first page, which may be all of it.
    :param understand: is called for each page by itself, while others are still on their way.
    :param most_pages: give up after the first page if there are more.
    :param whole: whether it matters what the listing lacks. Otherwise every page is read once: what it has is true.
    :raises LongListingError: there are more.
    :raises IncompleteListingError: it never added up, or no two collects agreed.
    :raises DatadogError: a page could not be read.
    """
    wanted = related or {}
    size, most = 0, float("inf")
    known: dict[int, tuple[Reply, _Page]] = {}  # by number; where there are related objects, none says the same twice

    def read(more: Mapping[str, str | int], number: int) -> _Page:
        nonlocal size
        if size > most:
            raise UnexpectedReplyError(
                f"{purpose}: the pages are larger than what they list can be. Check api_url and any proxy in between.",
                status_code=200,
            )
        earlier, page = known.get(number, (None, None))
        reply = client.request(
            "GET",
            path,
            params={**params, **more, "page[size]": PAGE_SIZE, "page[number]": number},
            purpose=purpose,
            when_forbidden=when_forbidden,
            before=earlier,
        )
        size += len(reply.body)
        if page is None or reply is not earlier:
            page = _page(reply.data or {}, purpose, understand if more == wanted else _as_they_are)
            if not wanted:
                known[number] = reply, page
        return page

    before: _Collect | None = None
    requests = 0
    for _attempt in range(COLLECTS):
        size = 0
        # The first page alone tells how many there are; afterwards it is known, or nearly.
        expected = max(1, pages_of(len(before.items))) if before else 1
        pages = client.each(partial(read, wanted), range(expected))
        first = pages[0]
        count_of_pages = pages_of(first.total)
        if most_pages is not None and count_of_pages > most_pages:
            raise LongListingError(f"{purpose}: {count_of_pages} pages.")
        # A first page that is not full contradicts its own count; the others would not mend it.
        if len(first.items) == min(PAGE_SIZE, first.total):
            most = LARGEST_LISTING[0] + LARGEST_LISTING[1] * first.total
            # Where there are more than expected, another collect has to follow, and that has the related objects.
            pages += client.each(partial(read, {} if whole else wanted), range(expected, count_of_pages))
        requests += len(pages)
        now = _Collect(pages)
        if not whole:
            again = requests if len(pages) > 1 else 0
            return Listing(list(now.items.values()), now.included, first.total, requests + again)
        if not now.adds_up:
            before = None
        elif len(pages) == 1 or (before and before.items.keys() == now.items.keys()):
            return Listing(list(now.items.values()), now.included, len(now.items), requests)
        else:
            before = now
    problem = (
        f"the pages do not add up to the count that Datadog states ({len(now.items)} of {first.total}"
        if before is None
        else f"it had other entries each time ({first.total} at last"
    )
    raise IncompleteListingError(
        f"{purpose}: {problem}, read {COLLECTS} times). Others may be changing keys right now: run it again."
    )


class _Collect:
    """The pages of one pass."""

    def __init__(self, pages: Sequence[_Page]) -> None:
        # An ID in another case is the same: two forms of one object must not make up for a missing one.
        self.items = {item_id.lower(): item for page in pages for item_id, item in zip(page.ids, page.items)}
        self.included = [item for page in pages for item in page.included]
        count = sum(len(page.items) for page in pages)
        self.adds_up = len(self.items) == count and all(page.total == count for page in pages)


def pages_of(total: int) -> int:
    """How many pages so many objects fill."""
    return -(-total // PAGE_SIZE)


def _page(data: Mapping[str, Any], purpose: str, understand: Understand) -> _Page:
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
            f"{purpose}: the answer is not a page of a listing with its count. Check api_url and any proxy in between.",
            status_code=200,
        )
    included = [item for item in included if isinstance(item, dict)]
    return _Page([item["id"] for item in items], understand(items, included), included, total)
