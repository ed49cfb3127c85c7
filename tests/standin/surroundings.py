# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds keys and tokens and is only ever reported: API keys, and OAuth clients with people's grants."""

from __future__ import annotations

import dataclasses
import datetime
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

REVOKED_STAY = 7.0  # days for which a revoked API key stays listed (documentation)


@dataclasses.dataclass
class ApiKey:
    """An API key of the organization. `created_by` is a user's id, or None for nobody (which no description has);
    `revoked_at` is None while it lives."""

    id: str
    name: str
    last4: str
    created_at: str
    created_by: str | None = None
    last_used_at: str | None = None
    revoked_at: str | None = None

    @property
    def modified_at(self) -> str:
        """Nobody changes one here."""
        return self.created_at


@dataclasses.dataclass
class OAuthClient:
    """An app that people of the organization let act for them. `disabled` by the organization, for everybody."""

    id: str
    name: str
    disabled: bool = False


@dataclasses.dataclass
class OAuthGrant:
    """What one user let one client do. `disabled` by the user, `org_disabled` by the organization."""

    id: str
    client_id: str
    user_id: str
    created_at: str
    last_exercised: str | None = None
    disabled: bool = False
    org_disabled: bool = False
    scopes: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Surroundings:
    """All of it, by id."""

    api_keys: dict[str, ApiKey] = dataclasses.field(default_factory=dict)
    oauth_clients: dict[str, OAuthClient] = dataclasses.field(default_factory=dict)
    oauth_grants: dict[str, OAuthGrant] = dataclasses.field(default_factory=dict)

    def add_api_key(self, created_by: str | None, **fields: Any) -> ApiKey:
        """A new API key; other fields as in ApiKey, each with a default."""
        made = {"id": str(uuid.uuid4()), "name": "new API key", "last4": uuid.uuid4().hex[:4], "created_at": _now()}
        key = ApiKey(**{**made, **fields, "created_by": created_by})
        self.api_keys[key.id] = key
        return key

    def add_grant(self, user_id: str, client: str, **fields: Any) -> OAuthGrant:
        """A new grant of a user to the client of this name, which is made where there is none."""
        known = next((one for one in self.oauth_clients.values() if one.name == client), None)
        if known is None:
            known = OAuthClient(str(uuid.uuid4()), client)
            self.oauth_clients[known.id] = known
        made = {"id": str(uuid.uuid4()), "created_at": _now(), "scopes": ["dashboards_read"]}
        grant = OAuthGrant(**{**made, **fields, "client_id": known.id, "user_id": user_id})
        self.oauth_grants[grant.id] = grant
        return grant

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """As plain data, which from_json takes back. There is no secret in it."""
        return {
            field.name: [dataclasses.asdict(one) for one in getattr(self, field.name).values()]
            for field in dataclasses.fields(self)
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Sequence[Mapping[str, Any]]]) -> Surroundings:
        """What to_json made; every part may be missing. :raises TypeError: for an unknown field."""
        made = cls()
        for part, record in (("api_keys", ApiKey), ("oauth_clients", OAuthClient), ("oauth_grants", OAuthGrant)):
            getattr(made, part).update({one["id"]: record(**one) for one in state.get(part, [])})
        return made


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")


def demo(ann: str, platform: str, now: datetime.datetime) -> Surroundings:
    """Those of the demonstration: `ann` made two API keys of five, and lets two of three apps act for her (ids)."""
    source = random.Random("surroundings")
    made = Surroundings()

    def ago(days: float) -> str:
        return (now - datetime.timedelta(days=days)).isoformat(timespec="microseconds")

    def new_id() -> str:
        return str(uuid.UUID(int=source.getrandbits(128), version=4))

    for name, creator, created, used in (
        ("agents", platform, 700, 0.1),
        ("browser tests", ann, 400, 3.0),
        ("forwarder", ann, 250, None),
        ("integration", platform, 600, 1.0),
        ("staging agents", platform, 300, 0.2),
    ):
        last4 = f"{source.getrandbits(16):04x}"
        last_used = None if used is None else ago(used)
        made.add_api_key(creator, id=new_id(), name=name, last4=last4, created_at=ago(created), last_used_at=last_used)
    mobile, chat, _unused = (OAuthClient(new_id(), name) for name in ("Mobile app", "Chat app", "Unused app"))
    made.oauth_clients.update({one.id: one for one in (mobile, chat, _unused)})
    for user, client, exercised, more in (
        (ann, mobile, 0.5, {}),
        (ann, chat, 90.0, {"disabled": True}),
        (platform, mobile, 2.0, {}),
    ):
        made.add_grant(user, client.name, id=new_id(), created_at=ago(200), last_exercised=ago(exercised), **more)
    return made
