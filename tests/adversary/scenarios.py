# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fault strikes: each kind of request, in each way that leads to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ansible_collections.keywarden.datadog.tests.standin import APP_KEY, LEAVER

from .harness import INFO, INFO_TOKENS, REMOVE, REMOVE_ACCESS, REMOVE_TOKENS
from .world import GONE_ID, GONE_SECRET, World, uuid_of

V1_KEY = r"/api/v1/application_key/"
V2_KEY = r"/api/v2/application_keys/"
V2_LIST = r"/api/v2/application_keys\?"
USERS = r"/api/v2/users\?"
USER = r"/api/v2/users/"
TOKEN = r"/api/v2/personal_access_tokens/"
TOKENS = r"/api/v2/personal_access_tokens\?"
SERVICE_TOKEN = r"/api/v2/service_accounts/[^/]+/access_tokens/"
WHOAMI = r"/api/v2/current_user"

MANY = 10

Options = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """:ivar operation: what the request that meets the fault is for.
    :ivar options: of the module, from the world.
    :ivar method, path: which requests meet the fault, after the first `skip` of them.
    :ivar keys: how many keys or access tokens the leaver has.
    :ivar selects_own: whether the key that the module runs with is selected too.
    """

    name: str
    operation: str
    module: ModuleType
    options: Options
    method: str
    path: str
    skip: int = 0
    keys: int = 3
    check: bool = False
    selects_own: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens(self) -> bool:
        """Whether it is about access tokens."""
        return self.module in (REMOVE_TOKENS, INFO_TOKENS)

    def __str__(self) -> str:
        return f"{self.name}, {self.operation}"


def _ids(world: World) -> dict[str, Any]:
    return {"app_key_id": [*(key.id for key in world.targets), GONE_ID]}


def _secrets(world: World) -> dict[str, Any]:
    return {"api_version": "v1", "key": [*(key.secret for key in world.targets), GONE_SECRET]}


def _owner(_world: World) -> dict[str, Any]:
    return {"owner": [LEAVER]}


def _user(_world: World) -> dict[str, Any]:
    return {"user": [LEAVER]}


def _owner_id(_world: World) -> dict[str, Any]:
    return {"owner": [uuid_of("leaver")]}


def _own(world: World) -> dict[str, Any]:
    own = world.organization.keys.by_secret(APP_KEY)
    assert own is not None
    return {"app_key_id": [own.id, *(key.id for key in world.targets)], "allow_self": True}


def _all(_world: World) -> dict[str, Any]:
    return {}


def _token_ids(world: World) -> dict[str, Any]:
    return {"token_id": [*(token.id for token in world.tokens), GONE_ID]}


def _service_account(_world: World) -> dict[str, Any]:
    return {"owner": [uuid_of("service")]}


def _own_token(world: World) -> dict[str, Any]:
    named = [world.own_token.id, *(token.id for token in world.tokens)]
    return {"token_id": named, "allow_self": True, "app_key": world.own_token.secret, "api_key": None}


SCENARIOS = (
    Scenario("v1 keys", "get", REMOVE, _secrets, "GET", V1_KEY),
    Scenario("v1 keys", "delete", REMOVE, _secrets, "DELETE", V1_KEY),
    Scenario("v1 keys", "verify", REMOVE, _secrets, "GET", V1_KEY, skip=4),
    Scenario("v2 ids", "get", REMOVE, _ids, "GET", V2_KEY),
    Scenario("v2 ids", "delete", REMOVE, _ids, "DELETE", V2_KEY),
    Scenario("v2 ids", "verify", REMOVE, _ids, "GET", V2_KEY, skip=4),
    # From ten ids on they are looked up and verified in listings.
    Scenario("v2 many ids", "list", REMOVE, _ids, "GET", V2_LIST, keys=MANY),
    Scenario("v2 many ids", "get", REMOVE, _ids, "GET", V2_KEY, keys=MANY),
    Scenario("v2 many ids", "delete", REMOVE, _ids, "DELETE", V2_KEY, keys=MANY),
    Scenario("v2 many ids", "verify", REMOVE, _ids, "GET", V2_LIST, skip=1, keys=MANY),
    Scenario("v2 owner", "users", REMOVE, _owner, "GET", USERS),
    Scenario("v2 owner", "user", REMOVE, _owner_id, "GET", USER),
    Scenario("v2 owner", "list", REMOVE, _owner, "GET", V2_LIST),
    Scenario("v2 owner", "delete", REMOVE, _owner, "DELETE", V2_KEY),
    Scenario("v2 owner", "verify", REMOVE, _owner, "GET", V2_LIST, skip=1),
    Scenario("v2 own key", "whoami", REMOVE, _own, "GET", WHOAMI, selects_own=True),
    # The others are read, deleted and verified before: 4 + 3 reads, 3 deletes.
    Scenario("v2 own key", "delete", REMOVE, _own, "DELETE", V2_KEY, skip=3, selects_own=True),
    Scenario("v2 own key", "verify", REMOVE, _own, "GET", V2_KEY, skip=7, selects_own=True),
    Scenario("v1 unverified", "delete", REMOVE, _secrets, "DELETE", V1_KEY, more={"verify": False}),
    Scenario("v2 unverified", "delete", REMOVE, _ids, "DELETE", V2_KEY, more={"verify": False}),
    Scenario("v1 check", "get", REMOVE, _secrets, "GET", V1_KEY, check=True),
    Scenario("v2 check", "get", REMOVE, _ids, "GET", V2_KEY, check=True),
    Scenario("v2 owner check", "users", REMOVE, _owner, "GET", USERS, check=True),
    Scenario("v2 owner check", "list", REMOVE, _owner, "GET", V2_LIST, check=True),
    Scenario("v1 info", "get", INFO, _secrets, "GET", V1_KEY),
    Scenario("v2 info", "get", INFO, _ids, "GET", V2_KEY),
    Scenario("v2 info owner", "users", INFO, _owner, "GET", USERS),
    Scenario("v2 info owner", "list", INFO, _owner, "GET", V2_LIST),
    Scenario("v2 info all", "list", INFO, _all, "GET", V2_LIST),
    Scenario("v2 info all", "second page", INFO, _all, "GET", V2_LIST + r".*page%5Bnumber%5D=1", keys=101),
    # A token that is gone is looked for in a list as well, once before the deletes and once after.
    Scenario("token ids", "get", REMOVE_TOKENS, _token_ids, "GET", TOKEN),
    Scenario("token ids", "list", REMOVE_TOKENS, _token_ids, "GET", TOKENS),
    Scenario("token ids", "owner", REMOVE_TOKENS, _token_ids, "GET", USER),
    Scenario("token ids", "delete", REMOVE_TOKENS, _token_ids, "DELETE", TOKEN),
    Scenario("token ids", "verify", REMOVE_TOKENS, _token_ids, "GET", TOKEN, skip=4),
    Scenario("token ids", "list again", REMOVE_TOKENS, _token_ids, "GET", TOKENS, skip=1),
    Scenario("token owner", "users", REMOVE_TOKENS, _owner, "GET", USERS),
    Scenario("token owner", "view", REMOVE_TOKENS, _owner, "GET", V2_LIST),
    Scenario("token owner", "list", REMOVE_TOKENS, _owner, "GET", TOKENS),
    Scenario("token owner", "delete", REMOVE_TOKENS, _owner, "DELETE", TOKEN),
    Scenario("token owner", "verify", REMOVE_TOKENS, _owner, "GET", TOKENS, skip=1),
    Scenario("service tokens", "delete", REMOVE_TOKENS, _service_account, "DELETE", SERVICE_TOKEN),
    # The others are read, deleted and verified before: 4 + 3 reads, 3 deletes.
    Scenario("own token", "delete", REMOVE_TOKENS, _own_token, "DELETE", TOKEN, skip=3, selects_own=True),
    Scenario("own token", "verify", REMOVE_TOKENS, _own_token, "GET", TOKEN, skip=7, selects_own=True),
    Scenario("token unverified", "delete", REMOVE_TOKENS, _token_ids, "DELETE", TOKEN, more={"verify": False}),
    Scenario("token check", "list", REMOVE_TOKENS, _owner, "GET", TOKENS, check=True),
    Scenario("user", "users", REMOVE_ACCESS, _user, "GET", USERS),
    Scenario("user", "list keys", REMOVE_ACCESS, _user, "GET", V2_LIST),
    Scenario("user", "list tokens", REMOVE_ACCESS, _user, "GET", TOKENS),
    Scenario("user", "delete keys", REMOVE_ACCESS, _user, "DELETE", V2_KEY),
    Scenario("user", "delete tokens", REMOVE_ACCESS, _user, "DELETE", TOKEN),
    Scenario("user", "verify keys", REMOVE_ACCESS, _user, "GET", V2_LIST, skip=1),
    Scenario("user", "verify tokens", REMOVE_ACCESS, _user, "GET", TOKENS, skip=1),
    Scenario("user", "remains", REMOVE_ACCESS, _user, "GET", USER),
    Scenario("user check", "list tokens", REMOVE_ACCESS, _user, "GET", TOKENS, check=True),
    Scenario("token info", "get", INFO_TOKENS, _token_ids, "GET", TOKEN),
    Scenario("token info", "list", INFO_TOKENS, _token_ids, "GET", TOKENS),
    Scenario("token info all", "list", INFO_TOKENS, _all, "GET", TOKENS),
    Scenario("token info all", "second page", INFO_TOKENS, _all, "GET", TOKENS + r".*page%5Bnumber%5D=1", keys=101),
)
