# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What people still hold in an organization: their account, and everything that lets them in or outlives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._api.client import Client
from .._api.errors import ENDS_THE_TASK, DatadogError, UnexpectedReplyError
from .._datadog import api_keys, oauth_grants, user_details
from .._datadog.access_tokens import AccessTokens
from .._datadog.application_keys_v2 import KeysV2
from .._datadog.credential import CredentialKind, Facts
from .._datadog.directory import Directory, Match
from .._datadog.names import folded
from .look import COMPLETE, Look, look, side_by_side

RESOLVED, UNKNOWN, AMBIGUOUS, FAILED = "resolved", "unknown", "ambiguous", "failed"
KEYS_READ = "org_app_keys_read"
KINDS = ("application_keys", "access_tokens", "api_keys_created", "oauth_grants", "service_accounts")


class Holdings:
    """Reads what people hold. One object per task: what concerns the whole organization is read once.

    :ivar account: whose credentials these are.
    :ivar read: the names that were read so far.
    """

    def __init__(
        self, client: Client, directory: Directory | None = None, tokens: CredentialKind | None = None
    ) -> None:
        """:param directory: of the task, and ``tokens`` those of the organization, where others need them too."""
        self._client = client
        self._directory = directory or Directory(client)
        self.account = self._directory.account
        self._keys: CredentialKind = KeysV2(client, self._directory)
        self._tokens = tokens or AccessTokens(client, self._directory)
        # An organization may answer a 403 here for what it has switched off. It says nothing of the credentials.
        self._apart = client.apart()
        self.read: list[str] = []

    def of(self, names: Sequence[str]) -> list[Facts]:
        """A row for each name.

        ``{query, status, message, matches, user, seen}`` and for each of KINDS a list, or None where that kind could
        not be seen. ``status`` is RESOLVED, UNKNOWN, AMBIGUOUS or FAILED; ``user`` is the shape of ``users.owner``
        with ``last_login_at``; ``seen`` has ``{status, permission, message}`` for each of KINDS. Rows of keys and
        tokens have no ``owner``: it is the user. ``service_accounts`` are those that share the e-mail, with the
        number of their keys and tokens.

        :raises DatadogError: the credentials are not accepted, or Datadog asks to wait for too long.
        """
        self._directory.expect(names)
        self.account.start()
        *matches, self._api_keys, self._grants = side_by_side(
            self._client.each,
            [
                *(lambda name=name: self._find(name) for name in names),
                lambda: look(lambda: api_keys.list_api_keys(self._client.apart()), api_keys.PERMISSION),
                lambda: look(oauth_grants.OAuthGrants(self._apart).read, oauth_grants.PERMISSION, may_be_absent=True),
            ],
        )
        return self._client.each(self._told_row, list(zip(names, matches)))

    def _told_row(self, pair: tuple[str, Match | DatadogError]) -> Facts:
        row = self._row(*pair)
        self.read.append(row["query"])
        return row

    def _find(self, name: str) -> Match | DatadogError:
        try:
            return self._directory.find(name)
        except ENDS_THE_TASK:
            raise
        except DatadogError as error:
            return error

    def _row(self, name: str, match: Match | DatadogError) -> Facts:
        row: Facts = {"query": name, "status": FAILED, "message": None, "matches": [], "user": None}
        row.update(dict.fromkeys(KINDS))
        row["seen"] = {kind: Look(FAILED, message=f"{name} is not resolved to one account.").seen for kind in KINDS}
        if isinstance(match, DatadogError):
            row["message"] = str(match)
        elif len(match.people) == 1 and not match.unclear:
            self._fill(row, match, match.people[0])
        elif match.people or match.unclear:
            row.update(status=AMBIGUOUS, matches=[*match.people, *match.unclear])
            row["message"] = (
                f"{name} is ambiguous on {self._client.address.name}: {_named(row['matches'])}. "
                f"Give the ID of the right one."
            )
        else:
            row.update(status=UNKNOWN, matches=match.similar)
            alike = f" Similar: {_named(match.similar)}." if match.similar else ""
            row["message"] = (
                f"{name} is not known on {self._client.address.name} as the e-mail address or handle of a person, or "
                f"as an ID.{alike}{' ' + match.remark if match.remark else ''}"
            )
        return row

    def _fill(self, row: Facts, match: Match, user: Facts) -> None:
        keys, tokens, grants, accounts, now = side_by_side(
            self._client.each,
            [
                lambda: look(lambda: self._owned(self._keys, user), KEYS_READ),
                lambda: look(lambda: self._owned(self._tokens, user), KEYS_READ, may_be_absent=True),
                lambda: self._grants.then(lambda grants: grants.of(user), oauth_grants.PERMISSION),
                lambda: look(lambda: self._accounts(row["query"], match, user), user_details.PERMISSION),
                # Who it is may have been found out long ago; whether the account is disabled is asked now.
                lambda: look(lambda: user_details.read_user(self._client, user["id"]), user_details.PERMISSION),
            ],
        )
        created = self._api_keys
        if created.status == COMPLETE:
            created = Look(COMPLETE, [key for key in created.found if key["created_by"] == user["id"]])
        row.update(
            status=RESOLVED,
            user=now.found or {**user, "last_login_at": None},
            message=" ".join(filter(None, [match.warning, now.message])) or None,
        )
        for kind, one in zip(KINDS, (keys, tokens, created, grants, accounts)):
            row[kind], row["seen"][kind] = one.found, one.seen

    def _owned(self, kind: CredentialKind, user: Facts) -> list[Facts]:
        purpose = f"Listing the {kind.noun}s of {user['email'] or user['id']}"
        listing = kind.list(purpose=purpose, owner_id=user["id"], related=False)
        rows = [{name: value for name, value in facts.items() if name != "owner"} for facts in listing.facts]
        return sorted(rows, key=lambda row: (str(row["name"]).casefold(), row["id"]))

    def _accounts(self, query: str, match: Match, user: Facts) -> list[Facts]:
        """The service accounts that share the e-mail, each with how many keys and tokens it has."""
        if not user["email"]:
            raise UnexpectedReplyError(
                f"The e-mail address of user {user['id']} is not known, so accounts that share it cannot be found.",
                status_code=200,
            )
        by_email = folded(query) == folded(user["email"])
        found = match if by_email else self._directory.find(user["email"])
        if any(one["id"] != user["id"] for one in found.unclear):
            raise UnexpectedReplyError(
                f"For some accounts with the e-mail address {user['email']}, Datadog does not state whether they are "
                f"service accounts: {_named(found.unclear)}.",
                status_code=200,
            )
        accounts = [one for one in found.service_accounts if one["id"] != user["id"]]

        def counted(account: Facts) -> Facts:
            keys = look(lambda: self._owned(self._keys, account), KEYS_READ)
            tokens = look(lambda: self._owned(self._tokens, account), KEYS_READ)
            return {
                **account,
                "application_keys": None if keys.found is None else len(keys.found),
                "access_tokens": None if tokens.found is None else len(tokens.found),
                "message": " ".join(filter(None, [keys.message, tokens.message])) or None,
            }

        return self._client.each(counted, accounts)


def not_seen(rows: Sequence[Facts]) -> list[str]:
    """Sentences, each once: which kinds could not be seen, and why."""
    sentences: dict[str, None] = {}
    for row in rows:
        if row["status"] != RESOLVED:
            continue
        for kind in KINDS:
            seen = row["seen"][kind]
            if seen["status"] != COMPLETE:
                what = kind.replace("_", " ").replace("api", "API").replace("oauth", "OAuth")
                needs = f" ({seen['permission']})" if seen["permission"] else ""
                sentences[f"{what[0].upper()}{what[1:]}: {seen['status']}{needs}. {seen['message']}"] = None
    return list(sentences)


def _named(users: Sequence[Any]) -> str:
    return ", ".join(f"{user['email']} ({user['id']})" for user in users)
