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
from collections.abc import Mapping
from typing import Any

from . import builders
from .records import PERMISSIONS, Contents, Credentials, Deletion, Key, Role, Token, User

SORTS = ("name", "created_at", "last4")
FLAGS = (
    "one_time_read",  # One-Time Read mode: version 1 is switched off
    "gov",  # a government site: likewise
    "include_secret",  # version 2 shows `attributes.key` when one key is read
    "honours_owned_by",  # on by default; off: an older deployment, which ignores filter[owned_by]
)


class Keys(collections.UserDict[str, Key]):
    """The living application keys by id. Keeps the secrets' index and the sorted orders as it changes."""

    def __init__(self) -> None:
        self._by_secret: dict[str, Key] = {}
        self._sorted: dict[str, list[Key]] = {}
        super().__init__()

    def __setitem__(self, key_id: str, key: Key) -> None:
        if key_id in self.data:
            del self[key_id]
        self.data[key_id] = key
        self._by_secret[key.secret] = key
        self._sorted.clear()

    def __delitem__(self, key_id: str) -> None:
        key = self.data.pop(key_id)
        self._by_secret.pop(key.secret, None)
        for ordered in self._sorted.values():
            ordered.remove(key)

    def by_secret(self, secret: str) -> Key | None:
        """The living key with this secret."""
        return self._by_secret.get(secret)

    def ordered(self, sort: str) -> list[Key]:
        """All keys, ascending, ties broken by id. `sort` is one of SORTS. Not to be changed by the caller."""
        if sort not in self._sorted:
            self._sorted[sort] = sort_keys(self.data.values(), sort)
        return self._sorted[sort]


def sort_keys(keys: Any, sort: str) -> list[Key]:
    """These keys in the stable order that listings have."""
    return sorted(keys, key=lambda key: (getattr(key, sort), key.id))


class Organization:
    """Users, keys and credentials of one organization, and the switches of its deployment.

    `keys` (by id) is the truth: what is not in there is gone, whatever an answer says. `deleted` tells, in order, what
    went, when and by whom. Tests may change everything from their own thread while they hold `lock`.
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
        self.keys = Keys()
        for key in contents.keys:
            self.keys[key.id] = key
        self.deleted: list[Deletion] = []
        # Deleted keys that reads may still show: (key, time.monotonic() of the deletion).
        self.fading: dict[str, tuple[Key, float]] = {}
        self.one_time_read = self.gov = self.include_secret = False
        self.honours_owned_by = True
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
    ) -> Organization:
        """Exactly `keys` keys of `owners` people (a number, or {e-mail: number of keys}): see builders.generated."""
        return cls(builders.generated(keys, owners, seed, now))

    @classmethod
    def empty(cls) -> Organization:
        """Nobody but the operator, and only the key that it runs with."""
        return cls(builders.empty())

    def set_flag(self, flag: str, value: bool) -> None:
        """:raises ValueError: if there is no such flag."""
        if flag not in FLAGS:
            raise ValueError(f"unknown flag {flag!r}: one of {', '.join(FLAGS)}")
        setattr(self, flag, bool(value))

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
            key = self.keys.pop(key_id, None)
            if key is None:
                return False
            self.deleted.append(Deletion(key.id, key.name, key.owner_id, time.time(), by))
            self.fading[key.id] = (key, time.monotonic())
        return True

    def disable_user(self, user: str) -> None:
        """Disable a user (id or e-mail). The keys stay listed but no longer authenticate."""
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

    def visible(self, key_id: str, seconds: float) -> Key | None:
        """The key, also for `seconds` after its deletion."""
        if key_id in self.keys:
            return self.keys[key_id]
        key, deleted = self.fading.get(key_id, (None, 0.0))
        return key if key is not None and time.monotonic() - deleted < seconds else None

    def visible_secret(self, secret: str, seconds: float) -> Key | None:
        """The key with this secret, also for `seconds` after its deletion."""
        key = self.keys.by_secret(secret)
        if key is not None or not seconds:
            return key
        faded = next((key for key, _deleted in self.fading.values() if key.secret == secret), None)
        return self.visible(faded.id, seconds) if faded else None

    def listed(self, sort: str, seconds: float) -> list[Key]:
        """All keys in order, with those deleted less than `seconds` ago."""
        if not seconds:
            return self.keys.ordered(sort)
        now = time.monotonic()
        shown = [key for key, deleted in self.fading.values() if now - deleted < seconds and key.id not in self.keys]
        return sort_keys([*self.keys.values(), *shown], sort) if shown else self.keys.ordered(sort)

    # As JSON

    def summary(self) -> dict[str, Any]:
        """Counts for people: {"keys", "deleted", "keys_by_owner": {e-mail (or "service account <name>"): n}}."""
        with self.lock:
            counts: collections.Counter[str] = collections.Counter()
            for key in self.keys.values():
                owner = self.users[key.owner_id]
                counts[f"service account {owner.name}" if owner.service_account else owner.email] += 1
            return {
                "keys": len(self.keys),
                "deleted": len(self.deleted),
                "keys_by_owner": dict(sorted(counts.items())),
            }

    def to_json(self, secrets: bool = True) -> dict[str, Any]:
        """Everything as plain data, which from_json takes back. Without `secrets` it is only to be looked at."""
        with self.lock:
            keys = [dataclasses.asdict(key) for key in self.keys.ordered("name")]
            state = {
                "name": self.name,
                "org_id": self.org_id,
                "flags": {flag: getattr(self, flag) for flag in FLAGS},
                "roles": [dataclasses.asdict(role) for role in self.roles.values()],
                "users": [dataclasses.asdict(user) for user in self.users.values()],
                "keys": keys,
                "credentials": dataclasses.asdict(self.credentials),
            }
        if not secrets:
            del state["credentials"]
            for key in keys:
                del key["secret"]
        return state

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Organization:
        """What to_json made; every part may be missing.

        :raises TypeError: for an unknown field. :raises ValueError: for an unknown flag.
        """
        credentials = state.get("credentials", {})
        contents = Contents(
            users=[User(**user) for user in state.get("users", [])],
            keys=[Key(**key) for key in state.get("keys", [])],
            roles=[Role(**role) for role in state.get("roles", [])],
            credentials=Credentials(
                api_keys=list(credentials.get("api_keys", [])),
                tokens={secret: Token(**token) for secret, token in credentials.get("tokens", {}).items()},
            ),
            flags=dict(state.get("flags", {})),
        )
        return cls(contents, name=state.get("name", "Example"), org_id=state.get("org_id", 321813))
