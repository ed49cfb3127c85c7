# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of access tokens: people's, and those of service accounts."""

from __future__ import annotations

from . import answers, shapes
from .answers import Answer, RefusalError
from .call import Call
from .records import SERVICE, Token

SORTS = ("name", "created_at", "expires_at", "last_used_at")


def _sees_all(call: Call) -> bool:
    return call.caller.may("org_app_keys_read")


def _page(call: Call, wanted: list[Token], of_account: bool = False) -> Answer:
    text = (call.parameter("filter") or "").lower()
    tokens = [token for token in wanted if text in token.name.lower()]
    page = call.page(tokens, call.organization.flags["token_page_size"])
    body = {
        "data": [shapes.v2_token(call.organization, token, of_account) for token in page],
        "meta": {"page": {"total_filtered_count": len(tokens)}},
    }
    return answers.vnd(body)


def _listed(call: Call) -> list[Token]:
    sort, descending = call.choice("sort", "name", SORTS)
    seconds = float("inf") if call.organization.flags["revoked_tokens_listed"] else call.fades["listing"]
    tokens = call.organization.tokens.listed(sort, seconds)
    return tokens[::-1] if descending else tokens


def _refused(call: Call) -> RefusalError:
    """What is said of a token that the caller may not see."""
    if call.organization.flags["token_half_view"] == "hidden":
        return RefusalError(answers.no_such_token(call.organization.flags["token_404"], call.params["key_id"]))
    return RefusalError(answers.no_permission())


def _no_such_token(call: Call) -> RefusalError:
    return RefusalError(answers.no_such_token(call.organization.flags["token_404"], call.params["key_id"]))


def _here(call: Call, token: Token) -> bool:
    return token.kind != SERVICE or call.organization.flags["service_tokens_everywhere"]


def _deleted(call: Call, token: Token | None, was_here: bool) -> Answer:
    """204, with neither body nor content type, also again and again (recorded)."""
    again = call.organization.flags["repeated_token_delete"]
    if token is None and again != "204 for any id" and not (again == "204" and was_here):
        raise _no_such_token(call)
    if token is not None and call.effect:
        call.organization.delete_token(token.id, by=call.caller.user.id)
    return Answer(204, b"", None)


# People's, and in the list everybody's


def v2_tokens_list(call: Call) -> Answer:
    """A page of all tokens, personal and service ones; with user_app_keys alone of the caller's own."""
    call.require("user_app_keys", "org_app_keys_read")
    tokens = _listed(call)
    if not _sees_all(call):
        if call.organization.flags["token_half_view"] == "forbidden":
            raise RefusalError(answers.no_permission())
        tokens = [token for token in tokens if token.owner_id == call.caller.user.id]
    owners = call.query.get("filter[owned_by]")
    if owners and call.organization.flags["honours_owned_by"]:
        tokens = [token for token in tokens if token.owner_id in owners]
    return _page(call, tokens)


def v2_token_get(call: Call) -> Answer:
    """One token."""
    call.require("user_app_keys", "org_app_keys_read")
    token = call.organization.tokens.visible(call.params["key_id"], call.fades["get"])
    if not _sees_all(call) and (token is None or token.owner_id != call.caller.user.id):
        raise _refused(call)
    if token is None or not _here(call, token):
        raise _no_such_token(call)
    return answers.vnd({"data": shapes.v2_token(call.organization, token)})


def v2_token_delete(call: Call) -> Answer:
    """Revoke one token."""
    call.require("user_app_keys", "org_app_keys_write")
    store, token_id = call.organization.tokens, call.params["key_id"]
    known = store.visible(token_id, float("inf"))
    if known is not None and not _here(call, known):
        raise _no_such_token(call)
    if not call.caller.may("org_app_keys_write") and (known is None or known.owner_id != call.caller.user.id):
        raise _refused(call)
    return _deleted(call, store.get(token_id), known is not None)


# Of a service account


def v2_service_tokens_list(call: Call) -> Answer:
    """A page of a service account's tokens."""
    account = call.service_account()
    return _page(call, [token for token in _listed(call) if token.owner_id == account], of_account=True)


def v2_service_token_get(call: Call) -> Answer:
    """One token of a service account."""
    account = call.service_account()
    token = call.organization.tokens.visible(call.params["key_id"], call.fades["get"])
    if token is None or token.owner_id != account:
        raise _no_such_token(call)
    return answers.vnd({"data": shapes.v2_token(call.organization, token, of_account=True)})


def v2_service_token_delete(call: Call) -> Answer:
    """Revoke one token of a service account."""
    account = call.service_account()
    store, token_id = call.organization.tokens, call.params["key_id"]
    known = store.visible(token_id, float("inf"))
    if known is not None and known.owner_id != account:
        raise _no_such_token(call)
    return _deleted(call, store.get(token_id), known is not None)
