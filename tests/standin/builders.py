# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready-made contents: the demonstration organization, generated ones of any size, and a nearly empty one."""

from __future__ import annotations

import datetime
import random
import uuid
from collections.abc import Mapping
from typing import Any

from . import surroundings
from .records import PERMISSIONS, SERVICE, Contents, Credentials, Key, Role, Token, User

# The credentials of every ready-made organization. They open nothing but the stand-in.
API_KEY = "7d1fa0c26b3e4985a0c7e2d94b6183fc"
APP_KEY = "3f9c81d27ab4e650d1c83e97f25b604ad8e17c93"
READ_ONLY_APP_KEY = "a41be7093cd2586f7e10b94d3c6a8f25e90d7b16"
NO_USERS_APP_KEY = "5c02e8f7b91d4a36c8e5079fd2b16a43f70c9e8d"
WRITE_ONLY_APP_KEY = "d80b3f61e4a7c92558f0ad1c7e9463b2c51a0f7e"
PLAIN_USER_APP_KEY = "ddapp_Qm7Zt2Vx9Lk4Rw8Bn3Hs6Jd1Fy5Gc0PaXe"
NO_PERMISSION_APP_KEY = "0e6d9b27c4f15a83b7d20c6e94fa1835d7b06c2f"
SCOPED_APP_KEY = "b2750ce91f8d34a6e0d97c1b5f42a86e3c90d7f4"
OPERATOR = "offboarding-automation@example.com"
LEAVER = "ann@example.com"
LEAVER_KEYS = 51
SECOND_LEAVER = "bob@example.com"
NEIGHBOUR = "joann@example.com"
NOBODY = "gone@example.com"
ADMINISTRATOR = "administrator@example.com"
LEAVER_TOKENS = 5

_NAMESPACE = uuid.UUID("6f1d3c5a-0b7e-5c42-9a86-2d4e8f10b793")
_HEX = "0123456789abcdef"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ADMIN = Role(id=str(uuid.uuid5(_NAMESPACE, "role admin")), name="Datadog Admin Role")
_STANDARD = Role(id=str(uuid.uuid5(_NAMESPACE, "role standard")), name="Datadog Standard Role")


def operator_id() -> str:
    """The user id of the service account that the documented credentials belong to."""
    return _user_id(OPERATOR)


def _user_id(mark: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "user " + mark))


def _operator() -> User:
    return User(
        id=operator_id(),
        email=OPERATOR,
        name="Offboarding automation",
        service_account=True,
        roles=[_ADMIN.id],
        permissions=list(PERMISSIONS),
    )


def zulu(moment: datetime.datetime, digits: int) -> str:
    """A time as tokens have it: UTC, with a Z, and 0 to 9 digits behind the second."""
    fraction = f"{moment.microsecond:06}000"[:digits]
    return f"{moment.astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%S}{'.' * bool(digits)}{fraction}Z"


def _administrator() -> User:
    return User(
        id=_user_id(ADMINISTRATOR),
        email=ADMINISTRATOR,
        name="Administrator",
        roles=[_ADMIN.id],
        permissions=list(PERMISSIONS),
    )


def _documented_tokens() -> list[Token]:
    """The two tokens that authenticate as the administrator and as the operator, the same in every organization."""

    def token(mark: str, owner: User, tail: str, **fields: Any) -> Token:
        return Token(
            id=str(uuid.UUID(int=uuid.uuid5(_NAMESPACE, "token " + mark).int, version=4)),
            name=mark,
            owner_id=owner.id,
            created_at="2026-01-05T09:00:00.000000001Z",
            tail=tail,
            scopes=list(PERMISSIONS),
            **fields,
        )

    return [
        token("administration", _administrator(), "4sT9wKq2Zr7Xv1Nc8Lb5Hd3Gf6Jm0PyQaWeRtYuI"),
        token("offboarding automation", _operator(), "9hB3nMk6Vx2Zc8Lq1Wd7Rf5Ty0Gj4PsUaIoEeXv", kind=SERVICE),
    ]


ACCESS_TOKEN, SERVICE_TOKEN = (token.secret for token in _documented_tokens())


class _Maker:
    """Makes keys with ids, secrets and dates from one seeded source, so that each run makes the same ones."""

    def __init__(self, seed: int | str, now: datetime.datetime | None) -> None:
        self.random = random.Random(seed)
        self.now = now or datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)

    def ago(self, **span: float) -> str:
        return (self.now - datetime.timedelta(**span)).isoformat(timespec="microseconds")

    def secret(self) -> str:
        # Both forms are in use: forty hexadecimal digits, and the newer prefixed one.
        if self.random.random() < 0.25:
            return "ddapp_" + "".join(self.random.choices(_LETTERS, k=34))
        return "".join(self.random.choices(_HEX, k=40))

    def key(self, name: str, owner_id: str, secret: str | None = None, used: bool = True) -> Key:
        """A key created 40 to 900 days ago; where it was used, 31 to 39 days ago."""
        number = self.random.getrandbits(128)
        created, since = self.random.uniform(40, 900), self.random.uniform(31, 39)
        return Key(
            # Version 4 and version 5 ids are both met.
            id=str(uuid.UUID(int=number, version=5 if number % 5 == 0 else 4)),
            name=name,
            secret=secret or self.secret(),
            owner_id=owner_id,
            created_at=self.ago(days=created),
            last_used_at=self.ago(days=since) if used else None,
        )

    def token(self, name: str, owner: User, used: bool = True, **fields: Any) -> Token:
        """A token created 40 to 300 days ago, a person's for a year; where it was used, 31 to 39 days ago."""
        made = self.now - datetime.timedelta(days=self.random.uniform(40, 300))
        since = datetime.timedelta(days=self.random.uniform(31, 39))
        token = Token(
            id=str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            name=name,
            owner_id=owner.id,
            created_at=zulu(made, self.random.choice((0, 3, 6, 9))),
            tail="".join(self.random.choices(_LETTERS, k=38)),
            scopes=["dashboards_read", "metrics_read"],
            expires_at=zulu(made + datetime.timedelta(days=365), 3),
            last_used_at=zulu(self.now - since, self.random.choice((0, 6))) if used else None,
        )
        if owner.service_account:
            token.kind, token.expires_at = SERVICE, None
        for name, value in fields.items():
            setattr(token, name, value)
        return token


def empty() -> Contents:
    """Nobody but the operator and an administrator, and only the key and the tokens that tests run with."""
    maker = _Maker("empty", None)
    return Contents(
        users=[_operator(), _administrator()],
        keys=[maker.key("offboarding automation", operator_id(), APP_KEY)],
        roles=[_ADMIN, _STANDARD],
        tokens=_documented_tokens(),
        credentials=Credentials([API_KEY]),
    )


def generated(
    keys: int,
    owners: int | Mapping[str, int] = 10,
    seed: int = 0,
    now: datetime.datetime | None = None,
    tokens: Mapping[str, int] | None = None,
) -> Contents:
    """Exactly `keys` keys. The first is the operator's (with 0 keys only the access tokens authenticate).

    :param owners: how many people share the keys, or a mapping from e-mail to the number of keys of each
        (those left over belong to ten other people).
    :param tokens: how many access tokens people have, by e-mail; beside the two that authenticate.
    """
    maker = _Maker(seed, now)
    shares: dict[str, int] = {} if isinstance(owners, int) else {email.lower(): n for email, n in owners.items()}
    room = keys - (1 if keys else 0)
    if sum(shares.values()) > room:
        raise ValueError(f"{sum(shares.values())} keys for the owners do not fit into {room}")
    more = {email.lower(): n for email, n in (tokens or {}).items()}
    others = [f"person{i:04}@example.com" for i in range(owners if isinstance(owners, int) else 10)]
    users = [
        User(id=_user_id(email), email=email, name=email.split("@", 1)[0].title(), roles=[_STANDARD.id])
        for email in dict.fromkeys([*shares, *others, *more])
    ]
    owner_ids: list[str] = [_user_id(email) for email, count in shares.items() for _index in range(count)]
    owner_ids += [_user_id(maker.random.choice(others)) for _index in range(room - len(owner_ids))] if others else []
    maker.random.shuffle(owner_ids)
    made = [maker.key("offboarding automation", operator_id(), APP_KEY)] if keys else []
    for number, owner_id in enumerate(owner_ids):
        made.append(maker.key(f"key {number:05}", owner_id, used=maker.random.random() > 0.25))
    people = {user.email: user for user in users}
    return Contents(
        users=[_operator(), _administrator(), *users],
        keys=made,
        tokens=_documented_tokens()
        + [maker.token(f"token {i:05}", people[email]) for email, n in more.items() for i in range(n)],
        roles=[_ADMIN, _STANDARD],
        credentials=Credentials([API_KEY]),
    )


# Names before and after "dd_auth_cli-" in the order of the listing, so that a leaver's keys lie on both pages.
_EARLY = ("airflow", "alerts", "ansible", "backup", "billing", "canary", "ci", "cost report", "cron", "dashboards")
_LATE = ("deploy", "export", "grafana", "jenkins", "metrics", "notebook", "pager", "reports", "slo", "terraform", "ui")


def demo(now: datetime.datetime | None = None) -> Contents:
    """The organization of the demonstration: 146 keys and 14 tokens, always the same ids and secrets.

    Only the dates depend on `now` (default: the present), so that ages stay what they are.
    """
    maker = _Maker("demo", now)

    def person(email: str, name: str, *permissions: str, mark: str = "", service: bool = False) -> User:
        return User(
            id=_user_id(mark or email),
            email=email,
            name=name,
            title=None if service else "Engineer",
            service_account=service,
            roles=[_STANDARD.id],
            permissions=list(permissions),
        )

    ann = person(LEAVER, "Ann Example", "user_app_keys")
    ann_service = person(LEAVER, "Ann's exporter", mark="service of ann", service=True)
    ann_service.handle = ann_service.id
    bob = person(SECOND_LEAVER, "Bob Example", "user_app_keys")
    joann = person(NEIGHBOUR, "Joann Example", "user_app_keys")
    platform = person("platform@example.com", "Platform team", "user_app_keys")
    carol = person("carol@example.com", "Carol Example", "user_app_keys")
    dave = person("dave@example.com", "Dave Example")
    dave.disabled, dave.status = True, "Disabled"
    erin = person("erin@example.com", "Erin Example")
    erin.verified, erin.status = False, "Pending"
    auditor = person("auditor@example.com", "Auditor", "org_app_keys_read", "user_access_read")
    no_users = person("keys-only@example.com", "Keys only", "org_app_keys_read", "org_app_keys_write")
    write_only = person("write-only@example.com", "Write only", "org_app_keys_write", "user_access_read")
    nothing = person("nothing@example.com", "No permission")
    operator = _operator()

    special = [
        maker.key("offboarding automation", operator.id, APP_KEY),
        maker.key("offboarding automation, read scopes", operator.id, SCOPED_APP_KEY),
        maker.key("audit", auditor.id, READ_ONLY_APP_KEY),
        maker.key("keys without users", no_users.id, NO_USERS_APP_KEY),
        maker.key("write without read", write_only.id, WRITE_ONLY_APP_KEY),
        maker.key("carol's own", carol.id, PLAIN_USER_APP_KEY),
        maker.key("no permission", nothing.id, NO_PERMISSION_APP_KEY),
    ]
    special[0].last_used_at = maker.ago(minutes=5)
    special[1].scopes = ["org_app_keys_read", "user_access_read"]
    managed = [
        maker.key(f"{what} - Datadog Managed - {platform.email}", platform.id)
        for what in ("AWS integration", "Azure integration", "Synthetics", "Workflow automation")
    ]

    def login_helper(owner: User, count: int) -> list[Key]:
        return [maker.key(f"dd_auth_cli-{maker.random.getrandbits(40):010x}", owner.id) for _index in range(count)]

    logins = login_helper(ann, 30) + login_helper(joann, 7) + login_helper(carol, 20) + login_helper(platform, 20)
    ann_named = [maker.key(f"{what} (ann)", ann.id) for what in _EARLY + _LATE]
    others = (
        [maker.key(f"exporter {i}", ann_service.id) for i in range(1, 5)]
        + [maker.key(f"{what} (bob)", bob.id) for what in ("backup", "ci", "export", "metrics", "pager", "terraform")]
        + [maker.key(f"{what} (joann)", joann.id) for what in ("alerts", "ci", "slo", "terraform")]
        + [maker.key(f"{what} (dave)", dave.id) for what in ("cron", "deploy", "jenkins")]
        + [maker.key(f"{what} (platform)", platform.id) for what in _EARLY + _LATE[:-1]]
    )
    ann_named[0].last_used_at, ann_named[-1].last_used_at = maker.ago(hours=2), maker.ago(hours=20)
    ann_named[3].scopes = ["dashboards_read"]
    others[-1].scopes = ["metrics_read", "timeseries_query"]
    others[-2].leaked = {"date": maker.ago(days=9), "leak_source": "https://git.example.com/platform/dotfiles"}
    for key in logins[:15] + logins[35:52] + others[4:7] + others[14:18]:
        key.last_used_at = None
    keys = special + managed + logins + ann_named + others
    # The listing must not depend on the order in which this function makes the keys.
    maker.random.shuffle(keys)
    users = [operator, ann, ann_service, bob, joann, platform, carol, dave, erin]
    users += [auditor, no_users, write_only, nothing, _administrator()]
    ann.last_login_at = maker.ago(days=2)
    return Contents(
        users=users,
        keys=keys,
        tokens=_documented_tokens() + _demo_tokens(_Maker("demo tokens", now), ann, ann_service, bob, joann, carol),
        roles=[_ADMIN, _STANDARD],
        credentials=Credentials([API_KEY]),
        surroundings=surroundings.demo(ann.id, platform.id, maker.now),
    )


def _demo_tokens(maker: _Maker, ann: User, ann_service: User, bob: User, joann: User, carol: User) -> list[Token]:
    """Twelve: one of Ann's was used today, one of Carol's is past its end, one of Joann's ends in a week."""

    def login_helper(owner: User, ago: float) -> Token:
        """As recorded: a day of life, and every scope that there is."""
        made = maker.now - datetime.timedelta(hours=ago)
        return maker.token(
            f"dd_auth_cli-{maker.random.getrandbits(40):010x}",
            owner,
            created_at=zulu(made, 6),
            expires_at=zulu(made + datetime.timedelta(days=1), 9),
            last_used_at=zulu(made + datetime.timedelta(minutes=1), 3),
            scopes=[f"scope_{number:03}" for number in range(321)],
        )

    return [
        login_helper(ann, ago=5),
        maker.token("laptop (ann)", ann),
        maker.token("notebook (ann)", ann, used=False),
        maker.token("terraform (ann)", ann, modified_at=zulu(maker.now - datetime.timedelta(days=12), 6)),
        maker.token("ci (ann)", ann),
        maker.token("exporter", ann_service),
        maker.token("exporter, next", ann_service, used=False),
        maker.token("backup (bob)", bob),
        maker.token("ci (bob)", bob, used=False),
        maker.token("slo (joann)", joann, expires_at=zulu(maker.now + datetime.timedelta(days=6), 3)),
        login_helper(carol, ago=60),
        maker.token("notebook (carol)", carol),
    ]
