# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The people of an organization: finding exactly the one that an e-mail, a handle or an id names, or nobody."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .._api.answers import UUID
from .._api.client import Client
from .._api.errors import DatadogError, ForbiddenError, LongListingError, NotFoundError, UnexpectedReplyError
from .._api.pages import PAGE_SIZE, read_all
from .account import Account
from .names import MOST_ALIKE, Index, folded
from .users import Facts, owner, user_facts

PATH = ("api", "v2", "users")
MAY_NOT_READ = "The application key needs the permission user_access_read (and that scope, if it is scoped)."
MOST_PAGES = 50  # organizations can be huge: 57,061 users in one recording
MOST_USERS = MOST_PAGES * PAGE_SIZE
# From so many names on it pays to look how long the list of all users is before searching for each.
PROBE_FROM = 5


@dataclass
class Match:
    """Who answers to a name.

    :ivar people: all that it names exactly; one is the answer, several are none.
    :ivar service_accounts: those that share it. They are never meant by an e-mail or a handle.
    :ivar unclear: those that it names exactly, of whom Datadog does not say whether they are service accounts.
        Nobody else is the answer then either.
    :ivar similar: where it names nobody, those with the most similar e-mails, the best first: ``{id, name, email}``.
    :ivar warning: what the user should know of the one that was found.
    :ivar remark: where it names nobody, where it was not looked for.
    """

    people: list[Facts]
    service_accounts: list[Facts] = field(default_factory=list)
    unclear: list[Facts] = field(default_factory=list)
    similar: list[Facts] = field(default_factory=list)
    warning: str | None = None
    remark: str | None = None


class Directory:
    """Looks names up. One object per task, whatever kinds of credentials it is about, shared by its threads.

    The list of all users is read once at most, and a name that was looked up is not looked up again.

    :ivar account: whose credentials the task runs with. It is told the organization that the answers name.
    """

    def __init__(self, client: Client, account: Account | None = None) -> None:
        """:param account: where somebody else needs it too."""
        self._client = client
        self.account = account or Account(client)
        self._lock = threading.Lock()
        self._found: dict[str, Match] = {}
        self._expected = 1
        self._display_names: Mapping[str, str] = {}
        self._probed = False
        self._everyone: _Users | None = None
        self._trouble: DatadogError | None = None

    def expect(self, names: Sequence[str], display_names: Mapping[str, str] | None = None) -> None:
        """Announce the names that will be looked up, to choose what takes fewer requests.

        :param display_names: what people are called, by the names that are looked up; searched for as well where
            there are too many users to read all of them.
        """
        self._expected = sum(not UUID.fullmatch(name) for name in names)
        self._display_names = {folded(name): called for name, called in (display_names or {}).items()}

    def find(self, name: str) -> Match:
        """Who is named by an e-mail or a handle, equal but for case and composition, or by a user's id.

        Datadog's own search takes any part of a name or e-mail, so its hits are only candidates (description of the
        operation, and seen in public reports). Nobody documents whether it covers handles or minds case, so
        nobody is unknown before the list of all users was read.

        :raises DatadogError: the request to Datadog failed. The next call asks again.
        """
        known = self._found.get(name)
        if known is None:
            known = self._found[name] = self._find(name)
        return known

    def _find(self, name: str) -> Match:
        if UUID.fullmatch(name):
            return self._find_by_id(name.lower())
        everyone = self._everyone_if_it_pays()
        if everyone is None:
            # E-mails are stored in lower case; whether the search minds is not documented.
            match = self._search(name, folded(name) if "@" in name else name).match(name)
            if match.people or match.unclear:
                return match
            everyone = self._everyone_if_not_too_many()
        if everyone is not None:
            return everyone.match(name)
        return self._search_parts(name)

    def described(self, user_id: str) -> Facts:
        """A user by ID. Nothing but the ID where these credentials may not read it, or Datadog does not know it.

        :raises DatadogError: it could not be read for another reason.
        """
        try:
            match = self._find_by_id(user_id)
        except ForbiddenError:
            return owner(id=user_id)
        return (match.people + match.unclear + [owner(id=user_id)])[0]

    def everyone(self, most_pages: int) -> Sequence[Facts]:
        """All users, if they fill no more pages than that. Otherwise, or where they cannot be listed, nobody."""
        with self._lock:
            if self._everyone is None:
                try:
                    self._everyone = self._read({}, "Listing users", min(most_pages, MOST_PAGES))
                except DatadogError:
                    return ()  # reading each of them tells what is wrong, or goes well
            return self._everyone.all

    def _find_by_id(self, user_id: str) -> Match:
        try:
            reply = self._client.request(
                "GET",
                (*PATH, user_id),
                purpose=f"Looking up owner {user_id}",
                when_forbidden=MAY_NOT_READ,
            )
        except NotFoundError as error:
            if any(_says_no_such_user(text, user_id) for text in error.said):
                return Match([])
            raise UnexpectedReplyError(
                f"{error} Datadog answers differently about a user who does not exist. Check site and api_url.",
                status_code=error.status_code,
            ) from None
        data = reply.data or {}
        user = user_facts(data.get("data"))
        if user["id"] != user_id:
            raise UnexpectedReplyError(
                f"Datadog's answer about user {user_id} does not contain that user. Check api_url.",
                status_code=reply.status,
            )
        included = data.get("included")
        self.account.note([data.get("data")], included if isinstance(included, list) else ())
        return Match([], unclear=[user]) if user["service_account"] is None else Match([user])

    def _search(self, name: str, text: str) -> _Users:
        """:raises LongListingError: there are too many hits to read them all."""
        try:
            return self._read({"filter": text}, f"Looking up owner {name}", MOST_PAGES)
        except LongListingError:
            raise LongListingError(
                f"Looking up owner {name}: Datadog's search finds more than {MOST_USERS:,} users for it. "
                f"Name the owner by the whole e-mail address or by ID."
            ) from None

    def _search_parts(self, name: str) -> Match:
        """Among too many users to read: by what else is known of the name, so that a typing error may show."""
        local, at, _domain = name.partition("@")
        called = self._display_names.get(folded(name), "").strip()
        searches = {}
        if at and local:
            searches[folded(local)] = "the part before the @"
        if called:
            searches[called] = "the display name"
        users = _Users()
        made = ["the e-mail address" if at else "the handle"]
        for text, what in searches.items():
            try:
                users.add(self._search(name, text).all)
                made.append(what)
            except LongListingError:
                pass  # so common a text that it tells nothing
        match = users.match(name)
        if not (match.people or match.unclear):
            match.remark = (
                f"The organization has more than {MOST_USERS:,} users, too many to compare with all of them; "
                f"only searches were made (for {' and '.join(made)}), and they may not cover handles."
            )
        return match

    def _everyone_if_it_pays(self) -> _Users | None:
        """The list of all users, if reading it takes fewer requests than searching for every name that is expected."""
        if self._expected < PROBE_FROM:
            return self._everyone
        with self._lock:
            if not self._probed:
                self._probed = True
                # Every page is read twice, until both agree.
                pages = min(MOST_PAGES, max(1, (self._expected - 1) // 2))
                try:
                    self._everyone = self._read({}, "Listing users", pages)
                except LongListingError as error:
                    self._trouble = error if pages == MOST_PAGES else None
                except DatadogError:
                    pass  # searching tells what is wrong, or goes well
            return self._everyone

    def _everyone_if_not_too_many(self) -> _Users | None:
        """The list of all users; None if there are too many.

        :raises DatadogError: it could not be read.
        """
        with self._lock:
            if self._everyone is None and self._trouble is None:
                try:
                    self._everyone = self._read({}, "Listing users", MOST_PAGES)
                except DatadogError as error:
                    self._trouble = error
            if isinstance(self._trouble, LongListingError):
                return None
            if self._trouble is not None:
                raise self._trouble
            return self._everyone

    def _read(self, params: Mapping[str, str], purpose: str, most_pages: int) -> _Users:
        listing = read_all(
            self._client, PATH, params, purpose=purpose, when_forbidden=MAY_NOT_READ, most_pages=most_pages
        )
        self.account.note(listing.items, listing.included)
        users = _Users()
        users.add(map(user_facts, listing.items))
        return users


class _Users:
    """Users by their e-mails and handles."""

    def __init__(self) -> None:
        self.all: list[Facts] = []
        self._ids: set[str] = set()
        self._by_name: dict[str, list[Facts]] = defaultdict(list)
        self._index: Index | None = None
        self._lock = threading.Lock()

    def add(self, users: Iterable[Facts]) -> None:
        """Add users, each once."""
        for user in users:
            if user["id"] in self._ids:
                continue
            self._ids.add(user["id"])
            self.all.append(user)
            for name in {folded(text) for text in (user["email"], user["handle"]) if text}:
                self._by_name[name].append(user)

    def match(self, name: str) -> Match:
        """Who answers to an e-mail or a handle."""
        wanted = folded(name)
        exact = self._by_name.get(wanted, [])
        match = Match(
            people=[user for user in exact if user["service_account"] is False],
            service_accounts=[user for user in exact if user["service_account"] is True],
            unclear=[user for user in exact if user["service_account"] is None],
        )
        if not (match.people or match.unclear):
            match.similar = self._similar(wanted)
        elif len(match.people) == 1 and not match.unclear and folded(match.people[0]["email"] or "") != wanted:
            (person,) = match.people
            match.warning = (
                f"Owner {name} was found by the handle; the e-mail address of this account is {person['email']} "
                f"(ID {person['id']}). Check that this is the person you mean."
            )
        return match

    def _similar(self, wanted: str) -> list[Facts]:
        with self._lock:  # made once, not by each thread that needs it
            if self._index is None:
                names = (user[name] for user in self.all for name in ("email", "handle"))
                self._index = Index(name for name in names if name)
        similar: dict[str, Facts] = {}
        for name in self._index.alike(wanted):
            for user in self._by_name[name]:
                if not user["service_account"] and user["email"]:
                    # Hundreds of leavers may be unknown: Ansible handles each value of a result many times.
                    similar.setdefault(user["id"], {fact: user[fact] for fact in ("id", "name", "email")})
        return list(similar.values())[:MOST_ALIKE]


def _says_no_such_user(text: str, user_id: str) -> bool:
    """Whether a 404's text speaks of this user.

    Recorded is ``<id> not found``. The words of a path that does not exist are ``Not Found``.
    """
    of_the_user = rf"(?:^|: )(?:user (?:with id )?['\"]?{user_id}['\"]?|user|{user_id}) (?:was )?not found(?:[.:!]|$)"
    return re.search(of_the_user, text, re.IGNORECASE) is not None
