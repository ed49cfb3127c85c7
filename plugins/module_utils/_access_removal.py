# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The removal of all that lets people in: one task for each kind of credential, and a look at what remains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._api.client import Client
from ._api.errors import OptionError
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory
from ._datadog.users import NOBODY
from ._key_removal import KEY_OPTIONS, KeyRemoval
from ._managing import REMOVAL_OPTIONS, RemovalTask, close, journal_of
from ._module import Done, Task, perform
from ._removal.deletion import waiting_until
from ._removal.halt import Halt
from ._removal.journal import Journal
from ._removal.parent import Parents
from ._removal.plan import RESOLVED
from ._removal.selection import of_owners
from ._token_removal import TOKEN_OPTIONS, TokenRemoval
from ._user_access import USER_OPTIONS, UserAccess

# By the member of the result that one of them fills.
KINDS: dict[str, Callable[[], RemovalTask]] = {KeyRemoval.rows: KeyRemoval, TokenRemoval.rows: TokenRemoval}
REMAINS = "remaining access"

OPTIONS: dict[str, Any] = {
    **REMOVAL_OPTIONS,
    **KEY_OPTIONS,
    **TOKEN_OPTIONS,
    **USER_OPTIONS,
    "user_names": {"type": "dict"},
    "credentials": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
    "remains": {"type": "bool", "default": True},
}


class AccessRemoval(Task):
    """Removes the credentials of users, kind by kind, and reads what they still hold.

    The kinds share the client, whoever was looked up, and the journal. Nothing else: what goes wrong with one of them
    stops no other.
    """

    def __init__(self) -> None:
        """Nothing is begun yet."""
        self._tasks: dict[str, RemovalTask] = {}
        self._done: dict[str, Done] = {}
        self._remains: dict[str, Any] | None = None
        self._directory: Directory | None = None
        self._journal = Journal()
        self._warned: set[str] = set()

    def work(self, module: AnsibleModule, client: Client) -> None:
        """Remove one kind after the other, then look at what remains.

        :raises OptionError: an option cannot be meant; nothing was asked or done then.
        """
        params = module.params
        tasks = _prepared(params)
        directory = self._directory = Directory(client)
        # What Datadog refuses of one kind says nothing of the others.
        kinds = {name: task.kind(params, client.apart(), directory) for name, task in tasks.items()}
        parents = Parents()
        self._journal = journal_of(module, client.address.name, directory.account)
        self._tasks = tasks
        for name in _own_last(kinds, client, params):
            self._remove(module, name, kinds[name], Halt([parents.gone]))
        known = self._known()
        self._remains = {"users": [], "not_seen": []} if params["remains"] else None
        if params["remains"] and known:
            self._look(module, client, directory, known, kinds)

    def _remove(self, module: AnsibleModule, name: str, kind: CredentialKind, halt: Halt) -> None:
        task = self._tasks[name]
        # As long as something else was not dealt with, the credentials of this task are needed to do so.
        spare_own = any(done.problem for done in self._done.values())

        def warn(text: str) -> None:
            if text not in self._warned:
                self._warned.add(text)
                module.warn(text)

        done = perform(module, task, lambda: task.remove(module, kind, self._journal, halt, warn, spare_own=spare_own))
        self._done[name] = done
        if done.interrupted:
            raise KeyboardInterrupt

    def _known(self) -> list[str]:
        """The users, as they were asked for, whom the organization knows: those who can still hold something."""
        owners = [owner for done in self._done.values() for owner in done.result.get("owners", ())]
        return list(dict.fromkeys(owner["query"] for owner in owners if owner["status"] == RESOLVED))

    def _look(
        self,
        module: AnsibleModule,
        client: Client,
        directory: Directory,
        known: list[str],
        kinds: Mapping[str, CredentialKind],
    ) -> None:
        access = UserAccess()
        kind, tokens = next(iter(kinds.values())), kinds.get(TokenRemoval.rows)

        def read() -> None:
            with self._journal.progress(
                lambda: {
                    "kind": REMAINS,
                    "doing": "reading",
                    "done": access.done,
                    "total": len(known),
                    "waiting_until": waiting_until(kind),
                }
            ):
                access.read(client, directory, known, tokens)

        done = perform(module, access, read)
        self._remains = _part(done, "changed")
        if not module.check_mode:
            self._take_in_newcomers(module, self._remains.get("users", ()))
        if done.interrupted:
            raise KeyboardInterrupt

    def _take_in_newcomers(self, module: AnsibleModule, users: Sequence[Mapping[str, Any]]) -> None:
        """Whoever got a key while the tokens were removed still gets in: that is a failure, as within one kind."""
        people = [(row, row["user"]) for row in users if row["user"]]
        for name, done in self._done.items():
            task = self._tasks[name]
            held = {
                user["id"]: [{**one, "owner": {fact: user[fact] for fact in NOBODY}} for one in row[name] or ()]
                for row, user in people
            }
            if task.add_newcomers(held):
                self._done[name] = Done(task.result(module), done.problem or task.problem(), done.interrupted)

    def problem(self) -> str | None:
        """What went wrong with each kind; said once where it is the same for all."""
        problems = {self._tasks[name].noun: done.problem for name, done in self._done.items() if done.problem}
        if len(set(problems.values())) == 1 and len(problems) == len(self._tasks):
            return next(iter(problems.values()))
        return " ".join(f"{noun.capitalize()}s: {text}" for noun, text in problems.items()) or None

    def end(self, problem: str | None) -> str | None:
        """Close the journal."""
        return close(self._journal, problem)

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """What was done of each kind, and what remains. A kind that was not begun is null."""
        account = self._directory.account if self._directory else None
        result: dict[str, Any] = {
            "changed": any(done.result["changed"] for done in self._done.values()),
            **dict.fromkeys(KINDS),
            **{name: _part(done) for name, done in self._done.items()},
            "remains": self._remains,
            **(account.told() if account else {"caller": None, "organization": None}),
        }
        if module._diff:
            told = [done.result["diff"] for done in self._done.values() if "diff" in done.result]
            result["diff"] = {
                when: {name: rows for one in told for name, rows in one[when].items()} for when in ("before", "after")
            }
        return result


def _prepared(params: Mapping[str, Any]) -> dict[str, RemovalTask]:
    """The tasks, each with its options understood.

    :raises OptionError: one of them cannot be meant.
    """
    if not params["credentials"]:
        raise OptionError("credentials is empty. Name at least one kind of credential, or omit it for all of them.")
    selection = of_owners(params, "user")
    tasks = {name: make() for name, make in KINDS.items() if name in params["credentials"]}
    for task in tasks.values():
        task.prepare(params, selection)
    return tasks


def _own_last(kinds: Mapping[str, CredentialKind], client: Client, params: Mapping[str, Any]) -> list[str]:
    """The kinds in their order. The one that may take the credentials of this task with it is the last."""
    own = TokenRemoval.rows if client.credentials.is_token else KeyRemoval.rows
    return sorted(kinds, key=lambda name: params["allow_self"] and name == own)


def _part(done: Done, *left_out: str) -> dict[str, Any]:
    """What was done, as a module of its own returns it, but for what is the same for all parts of this one."""
    common = ("caller", "organization", "diff", *left_out)
    told = {name: value for name, value in done.result.items() if name not in common}
    return {**told, **({"failed": True, "msg": done.problem} if done.problem else {})}
