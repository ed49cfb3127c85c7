# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small organization in which everything stands close to what must not be touched."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import Any

from ansible_collections.keywarden.datadog.tests.standin import ADMINISTRATOR, APP_KEY, Key, Organization, Token, User
from ansible_collections.keywarden.datadog.tests.standin.records import PERMISSIONS

LEAVER = "ann@example.com"
NEIGHBOUR = "joann@example.com"
GONE_ID = str(uuid.UUID(int=0xDEAD, version=4))
GONE_SECRET = "e" * 40


def uuid_of(text: str) -> str:
    """The same id for the same text, run after run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/{text}"))


def token_uuid_of(text: str) -> str:
    """As ``uuid_of``, but of version 4, as the IDs of tokens are."""
    return str(uuid.UUID(int=uuid.UUID(uuid_of(text)).int, version=4))


def secret_of(text: str) -> str:
    """The same secret for the same text: 40 hexadecimal digits."""
    return (uuid_of(text) + uuid_of(text + "!")).replace("-", "")[:40]


@dataclass
class World:
    """:ivar targets: the leaver's keys, by name.
    :ivar tokens: the leaver's access tokens, by name.
    :ivar own_token: one that may do everything, to run a task with.
    :ivar leaver: the person whose e-mail a service account shares.
    """

    organization: Organization
    leaver: User
    targets: list[Key]
    tokens: list[Token]
    own_token: Token


def world(keys: int = 3, tokens: int = 3, mark: str = "") -> World:
    """The leaver with that many keys and access tokens, and a substring neighbour, a service account of the same
    e-mail and an operator, each with keys and tokens of their own.

    :param mark: makes the IDs of keys and tokens other ones: a delete that a busy server reads late, from a run that
        gave up on it, must not meet the next run's.
    """
    organization = Organization.empty()
    leaver = organization.add_user(LEAVER, id=uuid_of("leaver"))
    others = [
        organization.add_user(NEIGHBOUR, id=uuid_of("neighbour")),
        organization.add_user(LEAVER, id=uuid_of("service"), service_account=True),
    ]
    targets = [add_key(organization, leaver, f"key {number:04}", mark) for number in range(keys)]
    held = [add_token(organization, leaver, f"token {number:04}", mark) for number in range(tokens)]
    for other in others:
        add_key(organization, other, f"of {other.id}", mark)
        add_token(organization, other, f"token of {other.id}", mark)
    own = organization.keys.by_secret(APP_KEY)
    if own and mark:
        del organization.keys[own.id]
        organization.keys[uuid_of(mark)] = dataclasses.replace(own, id=uuid_of(mark))
    administrator = organization.find_user(ADMINISTRATOR)
    own_token = add_token(organization, administrator, "own", mark, scopes=list(PERMISSIONS))
    return World(organization, leaver, targets, held, own_token)


def add_key(organization: Organization, owner: User, name: str, mark: str = "") -> Key:
    """A key of that owner with an id and a secret that follow from its name."""
    return organization.add_key(
        owner.id,
        name=name,
        id=uuid_of(mark + name),
        secret=secret_of(mark + name),
        created_at="2026-01-31T12:00:00.000000+00:00",
    )


def add_token(organization: Organization, owner: User, name: str, mark: str = "", **fields: Any) -> Token:
    """An access token of that owner with an id and a secret that follow from its name."""
    return organization.add_token(
        owner.id,
        name=name,
        id=token_uuid_of(mark + name),
        tail=secret_of(mark + name + " tail"),
        created_at="2026-01-31T12:00:00.000001Z",
        **fields,
    )
