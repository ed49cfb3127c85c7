# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small organization in which everything stands close to what must not be touched."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ansible_collections.keywarden.datadog.tests.standin import Key, Organization, User

LEAVER = "ann@example.com"
NEIGHBOUR = "joann@example.com"
GONE_ID = str(uuid.UUID(int=0xDEAD, version=4))
GONE_SECRET = "e" * 40


def uuid_of(text: str) -> str:
    """The same id for the same text, run after run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/{text}"))


def secret_of(text: str) -> str:
    """The same secret for the same text: 40 hexadecimal digits."""
    return (uuid_of(text) + uuid_of(text + "!")).replace("-", "")[:40]


@dataclass
class World:
    """:ivar targets: the leaver's keys, by name.
    :ivar leaver: the person whose e-mail a service account shares.
    """

    organization: Organization
    leaver: User
    targets: list[Key]


def world(keys: int = 3) -> World:
    """The leaver with that many keys, and a substring neighbour, a service account of the same e-mail and an
    operator, each with keys of their own."""
    organization = Organization.empty()
    leaver = organization.add_user(LEAVER, id=uuid_of("leaver"))
    others = [
        organization.add_user(NEIGHBOUR, id=uuid_of("neighbour")),
        organization.add_user(LEAVER, id=uuid_of("service"), service_account=True),
    ]
    targets = [add_key(organization, leaver, f"key {number:04}") for number in range(keys)]
    for other in others:
        add_key(organization, other, f"of {other.id}")
    return World(organization, leaver, targets)


def add_key(organization: Organization, owner: User, name: str) -> Key:
    """A key of that owner with an id and a secret that follow from its name."""
    return organization.add_key(
        owner.id,
        name=name,
        id=uuid_of(name),
        secret=secret_of(name),
        created_at="2026-01-31T12:00:00.000000+00:00",
    )
