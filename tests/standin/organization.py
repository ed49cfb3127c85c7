# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one Datadog organization: the truth that tests compare reports with. No HTTP in here."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from . import builders
from .records import PERMISSIONS, SERVICE, Contents, Credentials, Deletion, Key, Role, Token, User
from .store import Store
from .surroundings import Surroundings

# Switches of a deployment, each with its values; the first is the usual one. Where nobody has shown how Datadog
# behaves, each plausible way is a value.
FLAGS: dict[str, tuple[Any, ...]] = {
    "one_time_read": (False, True),  # One-Time Read mode: version 1 is switched off
    "gov": (False, True),  # a government site: likewise
    # What version 1 says where it is switched off (not recorded), for lack of a permission, of good credentials, of
    # the path, or of the key.
    "v1_switched_off": ("permission", "credentials", "path", "key"),
    # With user_app_keys alone, version 1 answers 403 about another's key, or 404 (not recorded).
    "v1_half_view": ("forbidden", "hidden"),
    "include_secret": (False, True),  # version 2 shows `attributes.key` when one key is read
    "honours_owned_by": (True, False),  # off: an older deployment, which ignores filter[owned_by]
    # A DELETE of a token that is gone: 204 again (recorded), 404, or 204 even for an id that never was.
    "repeated_token_delete": ("204", "404", "204 for any id"),
    # What is said of a token that does not exist (not recorded): texts, then objects; see answers.no_such_token.
    "token_404": ("not found", "strings", "token not found", "objects", "detail", "titled"),
    # Revoked tokens vanish from listings (not recorded), or are listed for ever.
    "revoked_tokens_listed": (False, True),
    # With user_app_keys alone (not recorded): a list of one's own tokens and 403 for another's, or 404, or 403 for all.
    "token_half_view": ("own", "hidden", "forbidden"),
    # Types of service tokens and their owners: as recorded since 2026-05-28, or like personal ones (2026-04-08).
    "token_labels": ("new", "old"),
    # Whether the path of one personal token serves the tokens of service accounts too (not recorded; the description
    # has only personal tokens there).
    "service_tokens_everywhere": (False, True),
    # How many tokens a page has where nobody asks (not recorded).
    "token_page_size": (100, 10),
    "audit_trail": (True, False),  # off: no use of a key is recorded
    # Whether revoked API keys stay in the API's list for a week, as they do on the page (not recorded).
    "revoked_api_keys_listed": (False, True),
    # OAuth clients are published, not recorded: an organization may have no such routes, or may not open them.
    "oauth": ("here", "absent", "forbidden"),
    "oauth_filters": (True, False),  # off: filter[user][email] is ignored
    "oauth_names": (True, False),  # off: the names of the clients do not come along
    # What the search for users looks at and takes for equal (not documented).
    "search_covers_handles": (False, True),
    "search_folds": (False, True),  # ß for ss, and accented letters for plain ones
    "search_minds_case": (False, True),
    # What is said of a user who does not exist: "<id> not found" (recorded for a delete), or "User not found".
    "user_404": ("id", "user"),
    "tells_service_account": (True, False),  # off: users have no such attribute
    "includes_organization": (True, False),  # off: answers about users tell the id of the organization, not its name
}


class Organization:
    """Users, keys, tokens and credentials of one organization, and the switches of its deployment.

    `keys` and `tokens` (by id) are the truth: what is not in there is gone, whatever an answer says. `deleted` tells,
    in order, what went, when and by whom. Tests may change everything from their own thread while they hold `lock`.
    """

    def __init__(self, contents: Contents | None = None, name: str = "Example", org_id: int = 321813) -> None:
        contents = contents or Contents()
        self.name = name
        self.org_id = org_id
        self.uuid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/org/{org_id}"))
        self.lock = threading.RLock()
        self.users: dict[str, User] = {user.id: user for user in contents.users}
        self.roles: dict[str, Role] = {role.id: role for role in contents.roles}
        self.credentials: Credentials = contents.credentials
        self.keys = Store(contents.keys)
        self.tokens = Store(contents.tokens)
        self.deleted: list[Deletion] = []
        self.surroundings = contents.surroundings
        self.flags = {flag: values[0] for flag, values in FLAGS.items()}
        for flag, value in contents.flags.items():
            self.set_flag(flag, value)

    @classmethod
    def demo(cls, now: datetime.datetime | None = None) -> Organization:
        """146 keys with two leavers, a neighbour, a service account that shares an e-mail: see builders.demo."""
        return cls(builders.demo(now))

    @classmethod
    def generated(
        cls,
        keys: int,
        owners: int | Mapping[str, int] = 10,
        seed: int = 0,
        now: datetime.datetime | None = None,
        tokens: Mapping[str, int] | None = None,
    ) -> Organization:
        """Exactly `keys` keys of `owners` people (a number, or {e-mail: number of keys}): see builders.generated.
        `tokens` is {e-mail: number of tokens}, beside those that authenticate."""
        return cls(builders.generated(keys, owners, seed, now, tokens))

    @classmethod
    def empty(cls) -> Organization:
        """Nobody but the operator, and only the key that it runs with."""
        return cls(builders.empty())

    def set_flag(self, flag: str, value: Any) -> None:
        """:raises ValueError: if there is no such flag, or it has no such value."""
        if flag not in FLAGS:
            raise ValueError(f"unknown flag {flag!r}: one of {', '.join(FLAGS)}")
        if value not in FLAGS[flag]:
            raise ValueError(f"unknown value {value!r} of {flag}: one of {', '.join(map(repr, FLAGS[flag]))}")
        self.flags[flag] = value

    # What people do to an organization

    def add_user(self, email: str, **fields: Any) -> User:
        """A new user; `fields` as in User. `permissions="all"` gives every permission."""
        if fields.get("permissions") == "all":
            fields["permissions"] = list(PERMISSIONS)
        user = User(**{"id": str(uuid.uuid4()), "email": email, "name": email.split("@", 1)[0], **fields})
        with self.lock:
            self.users[user.id] = user
        return user

    def add_key(self, owner: str, **fields: Any) -> Key:
        """A new key of `owner` (user id or e-mail of a person); other fields as in Key, each with a default."""
        with self.lock:
            made = {
                "id": str(uuid.uuid4()),
                "name": "new key",
                "secret": uuid.uuid4().hex + uuid.uuid4().hex[:8],
                "created_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds"),
            }
            key = Key(**{**made, **fields, "owner_id": self.find_user(owner).id})
            self.keys[key.id] = key
        return key

    def delete_key(self, key_id: str, by: str = "actor") -> bool:
        """Remove a key now. False if there is no such key."""
        with self.lock:
            key = self.keys.end(key_id)
            if key is None:
                return False
            self.deleted.append(Deletion(key.id, key.name, key.owner_id, time.time(), by, "key"))
        return True

    def add_token(self, owner: str, **fields: Any) -> Token:
        """A new token of `owner` (user id or e-mail of a person); other fields as in Token, each with a default.

        The kind follows from the owner; a person's token ends after a year.
        """
        with self.lock:
            user, now = self.find_user(owner), datetime.datetime.now(datetime.timezone.utc)
            made = {
                "id": str(uuid.uuid4()),
                "name": "new token",
                "tail": uuid.uuid4().hex + uuid.uuid4().hex[:6],
                "created_at": builders.zulu(now, 9),
                "scopes": ["dashboards_read"],
                "expires_at": None if user.service_account else builders.zulu(now + datetime.timedelta(days=365), 3),
            }
            kind = {"kind": SERVICE} if user.service_account else {}
            token = Token(**{**made, **kind, **fields, "owner_id": user.id})
            self.tokens[token.id] = token
        return token

    def delete_token(self, token_id: str, by: str = "actor") -> bool:
        """Revoke a token now. False if there is no such token."""
        with self.lock:
            token = self.tokens.end(token_id)
            if token is None:
                return False
            self.deleted.append(Deletion(token.id, token.name, token.owner_id, time.time(), by, "token"))
        return True

    def disable_user(self, user: str) -> None:
        """Disable a user (id or e-mail). Keys and tokens stay listed but no longer authenticate."""
        with self.lock:
            found = self.find_user(user)
            found.disabled, found.status = True, "Disabled"

    # Questions

    def find_user(self, user: str) -> User:
        """By id, or by e-mail (people before service accounts).

        :raises KeyError: if there is no such user.
        """
        if user in self.users:
            return self.users[user]
        same = [one for one in self.users.values() if one.email == user.lower()]
        if not same:
            raise KeyError(user)
        return min(same, key=lambda one: one.service_account)

    def keys_of(self, user: str) -> list[Key]:
        """The living keys of one user (id or e-mail, as in find_user), by name."""
        owner_id = self.find_user(user).id
        with self.lock:
            return [key for key in self.keys.ordered("name") if key.owner_id == owner_id]

    def tokens_of(self, user: str) -> list[Token]:
        """The living tokens of one user (id or e-mail, as in find_user), by name."""
        owner_id = self.find_user(user).id
        with self.lock:
            return [token for token in self.tokens.ordered("name") if token.owner_id == owner_id]

    # As JSON

    def summary(self) -> dict[str, Any]:
        """Counts for people: {"keys", "tokens", "deleted", "deleted_tokens", "keys_by_owner", "tokens_by_owner"},
        the last two as {e-mail (or "service account <name>"): n}; "deleted" is of keys."""
        with self.lock:
            return {
                "keys": len(self.keys),
                "tokens": len(self.tokens),
                "deleted": sum(one.kind == "key" for one in self.deleted),
                "deleted_tokens": sum(one.kind == "token" for one in self.deleted),
                "keys_by_owner": self._by_owner(self.keys.values()),
                "tokens_by_owner": self._by_owner(self.tokens.values()),
            }

    def _by_owner(self, some: Iterable[Key | Token]) -> dict[str, int]:
        counts: collections.Counter[str] = collections.Counter()
        for one in some:
            owner = self.users[one.owner_id]
            counts[f"service account {owner.name}" if owner.service_account else owner.email] += 1
        return dict(sorted(counts.items()))

    def to_json(self, secrets: bool = True) -> dict[str, Any]:
        """Everything as plain data, which from_json takes back. Without `secrets` it is only to be looked at."""
        with self.lock:
            keys = [dataclasses.asdict(key) for key in self.keys.ordered("name")]
            tokens = [dataclasses.asdict(token) for token in self.tokens.ordered("name")]
            state = {
                "name": self.name,
                "org_id": self.org_id,
                "flags": dict(self.flags),
                "roles": [dataclasses.asdict(role) for role in self.roles.values()],
                "users": [dataclasses.asdict(user) for user in self.users.values()],
                "keys": keys,
                "tokens": tokens,
                "surroundings": self.surroundings.to_json(),
                "credentials": dataclasses.asdict(self.credentials),
            }
        if not secrets:
            del state["credentials"]
            for key in keys:
                del key["secret"]
            for token in tokens:
                del token["tail"]
        return state

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Organization:
        """What to_json made; every part may be missing.

        :raises TypeError: for an unknown field. :raises ValueError: for an unknown flag.
        """
        credentials = dict(state.get("credentials", {}))
        contents = Contents(
            users=[User(**user) for user in state.get("users", [])],
            keys=[Key(**key) for key in state.get("keys", [])],
            tokens=[Token(**token) for token in state.get("tokens", [])],
            roles=[Role(**role) for role in state.get("roles", [])],
            credentials=Credentials(**credentials),
            surroundings=Surroundings.from_json(state.get("surroundings", {})),
            flags=dict(state.get("flags", {})),
        )
        return cls(contents, name=state.get("name", "Example"), org_id=state.get("org_id", 321813))
