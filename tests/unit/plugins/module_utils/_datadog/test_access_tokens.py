# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: gone is what two witnesses say is gone, and half a view says nothing about anybody else."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ApiError,
    DatadogError,
    ForbiddenError,
    LongListingError,
    NotFoundError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.access_tokens import AccessTokens
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.owners import Owners
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.token_ids import BASE62, id_from_secret
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.users import owner
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    ADMINISTRATOR,
    LEAVER,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SERVICE_TOKEN,
    WRITE_ONLY_APP_KEY,
    Organization,
)
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

GONE = "00000000-0000-4000-8000-000000000000"
SHAPE = {
    "id",
    "kind",
    "name",
    "created_at",
    "expires_at",
    "last_used_at",
    "modified_at",
    "scopes",
    "owner",
}


@pytest.fixture
def tokens(client):
    return AccessTokens(client)


@pytest.fixture
def token(standin):
    return standin.organization.tokens_of(LEAVER)[0]


@pytest.fixture
def account(standin):
    """The service account that shares the leaver's e-mail."""
    users = standin.organization.users.values()
    return next(user for user in users if user.email == LEAVER and user.service_account)


def requested(standin):
    return [request.endpoint for request in standin.requests]


# What a token is


def test_a_token_has_the_documented_shape_and_its_owner_from_the_users(tokens, standin, token):
    facts = tokens.get(token.id).facts
    assert set(facts) == SHAPE
    assert facts["kind"] == "personal"
    assert (facts["name"], facts["expires_at"], facts["scopes"]) == (token.name, token.expires_at, token.scopes)
    assert (facts["owner"]["email"], facts["owner"]["service_account"]) == (LEAVER, False)
    assert token.tail not in str(facts)


def test_an_owner_is_read_once_for_all_tokens(tokens, standin):
    standin.reset(Organization.generated(5, tokens={LEAVER: 40, "bob@example.com": 40}))
    found = tokens.list()
    assert {facts["owner"]["email"] for facts in found.facts} >= {LEAVER, "bob@example.com"}
    assert requested(standin).count("v2.user.get") == 4


@pytest.mark.parametrize("labels", FLAGS["token_labels"])
def test_the_kind_is_what_the_owner_is_and_not_what_the_label_says(tokens, standin, account, labels):
    standin.organization.set_flag("token_labels", labels)
    kinds = {facts["id"]: facts["kind"] for facts in tokens.list().facts}
    truth = {token.id: token.kind for token in standin.organization.tokens.values()}
    assert kinds == truth
    assert [kinds[token.id] for token in standin.organization.tokens_of(account.id)] == ["service", "service"]


def test_without_the_permission_to_read_users_an_owner_is_an_id_and_the_label_tells_the_kind(make_client, standin):
    found = AccessTokens(make_client(app_key=NO_USERS_APP_KEY)).list().facts
    assert {facts["owner"]["email"] for facts in found} == {None}
    assert {facts["id"]: facts["kind"] for facts in found} == {
        token.id: token.kind for token in standin.organization.tokens.values()
    }


def test_a_user_who_could_not_be_read_is_asked_for_again(client):
    answers = [DatadogError("no luck"), owner(id="a", email=LEAVER)]

    def read(_user_id):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    owners = Owners(client, read)
    with pytest.raises(DatadogError):
        owners.of(["a"])
    assert owners.known("a")["email"] is None
    assert owners.of(["a", "a"])["a"]["email"] == LEAVER == owners.known("a")["email"]


@pytest.mark.parametrize(("others", "single"), [(60, 0), (1200, 45)])
def test_many_owners_are_read_with_the_list_of_users_unless_that_is_longer(tokens, standin, others, single):
    people = {f"owner{number:02}@example.com": 1 for number in range(43)}
    standin.reset(Organization.generated(1, owners=others, tokens=people))
    found = {facts["owner"]["email"] for facts in tokens.list().facts}
    assert found >= set(people)
    assert requested(standin).count("v2.user.get") == single


def test_many_owners_of_whom_the_list_cannot_be_read_are_read_one_by_one(tokens, standin):
    people = {f"owner{number:02}@example.com": 1 for number in range(43)}
    standin.reset(Organization.generated(1, tokens=people))
    standin.faults.add("status", endpoint="v2.users.list", status=403, body="datadog")
    assert {facts["owner"]["email"] for facts in tokens.list().facts} >= set(people)


# The list, and the half view


def test_the_owner_filter_is_applied_here_where_the_deployment_ignores_it(tokens, standin):
    standin.organization.set_flag("honours_owned_by", False)
    person = standin.organization.find_user(LEAVER)
    found = tokens.list(owner_id=person.id)
    assert {facts["id"] for facts in found.facts} == {token.id for token in standin.organization.tokens_of(LEAVER)}


@pytest.mark.parametrize("page", FLAGS["token_page_size"])
def test_a_list_of_several_pages_is_whole(tokens, standin, page):
    standin.reset(Organization.generated(1, tokens={LEAVER: 230}))
    standin.organization.set_flag("token_page_size", page)
    assert {facts["id"] for facts in tokens.list(related=False).facts} == set(standin.organization.tokens)


def test_a_list_of_more_pages_than_are_wanted_is_given_up_after_the_first(tokens, standin):
    standin.reset(Organization.generated(1, tokens={LEAVER: 230}))
    with pytest.raises(LongListingError):
        tokens.list(most_pages=2)
    assert requested(standin) == ["v2.keys.list", "v2.tokens.list"]
    standin.clear_log()
    assert tokens.list(most_pages=3, related=False).total == len(standin.organization.tokens)


@pytest.mark.parametrize("view", FLAGS["token_half_view"])
@pytest.mark.parametrize("whose", [LEAVER, "carol@example.com", None])
def test_a_caller_who_sees_only_his_own_tokens_gets_no_list(make_client, standin, view, whose):
    standin.organization.set_flag("token_half_view", view)
    tokens = AccessTokens(make_client(app_key=PLAIN_USER_APP_KEY))
    owner_id = standin.organization.find_user(whose).id if whose else None
    with pytest.raises(ForbiddenError, match="org_app_keys_read"):
        tokens.list(owner_id=owner_id)


def test_whether_all_tokens_are_seen_is_asked_before_and_after_each_list(tokens, standin):
    """The answer after a list is the one before the next."""
    for _index in range(3):
        tokens.list(related=False)
    view, listed = "v2.keys.list", "v2.tokens.list"
    assert requested(standin) == [view, listed, view, listed, view, listed, view]
    assert all(one.query["page[size]"] == ["1"] for one in standin.requests if one.endpoint == view)


@pytest.mark.parametrize("view", FLAGS["token_half_view"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_permission_that_is_given_or_taken_beside_a_list_leaves_no_list(make_client, standin, view, skip):
    """With half a view the list lacks what lives, and its own count fits."""
    standin.organization.set_flag("token_half_view", view)
    (person,) = {one.owner_id for one in standin.organization.keys.values() if one.secret == PLAIN_USER_APP_KEY}
    permissions = standin.organization.users[person].permissions

    def give(_organization):
        permissions.append("org_app_keys_read")

    def take(_organization):
        permissions.remove("org_app_keys_read")

    tokens = AccessTokens(make_client(app_key=PLAIN_USER_APP_KEY))
    standin.faults.add("actor", skip=skip, times=1, call=give)
    with suppress(ForbiddenError):
        assert {facts["id"] for facts in tokens.list(related=False).facts} == set(standin.organization.tokens)
    standin.faults.clear()
    permissions[:] = [*dict.fromkeys([*permissions, "org_app_keys_read"])]
    assert len(tokens.list(related=False).facts) == len(standin.organization.tokens)
    standin.faults.add("actor", skip=skip, times=1, call=take)
    if skip < 2:
        with pytest.raises(ForbiddenError, match="org_app_keys_read"):
            tokens.list(related=False)
    else:
        assert len(tokens.list(related=False).facts) == len(standin.organization.tokens)


def test_a_view_that_could_not_be_checked_is_checked_again(tokens, standin):
    standin.faults.add("status", endpoint="v2.keys.list", status=400, times=1)
    with pytest.raises(ApiError):
        tokens.list()
    assert tokens.list().facts


# Gone: two witnesses


@pytest.mark.parametrize("wording", FLAGS["token_404"])
def test_a_404_in_any_wording_and_a_complete_list_mean_that_it_is_not_there(tokens, standin, wording):
    standin.organization.set_flag("token_404", wording)
    with pytest.raises(NotFoundError):
        tokens.get(GONE)
    assert set(requested(standin)) == {"v2.token.get", "v2.keys.list", "v2.tokens.list"}


def test_a_404_of_a_token_that_is_listed_means_nothing(tokens, standin, token):
    standin.faults.add("status", endpoint="v2.token.get", status=404)
    with pytest.raises(UnexpectedReplyError, match=f"^Reading access token {token.id}: .* still shows it"):
        tokens.get(token.id)


@pytest.mark.parametrize("everywhere", FLAGS["service_tokens_everywhere"])
def test_a_404_on_both_paths_of_a_listed_service_token_means_nothing(tokens, standin, account, everywhere):
    standin.organization.set_flag("service_tokens_everywhere", everywhere)
    token = standin.organization.tokens_of(account.id)[0]
    standin.faults.add("status", method="GET", path=f"access_tokens/{token.id}", status=404)
    with pytest.raises(UnexpectedReplyError, match=f"^Reading access token {token.id}: .* still shows it"):
        tokens.get(token.id)


def test_a_404_of_a_token_that_is_listed_in_another_shape_means_nothing(tokens, standin, token):
    standin.faults.add("status", endpoint="v2.token.get", status=404)
    item = {"type": "tokens", "id": token.id, "attributes": {}}
    standin.faults.add(
        "json", endpoint="v2.tokens.list", body={"data": [item], "meta": {"page": {"total_filtered_count": 1}}}
    )
    with pytest.raises(UnexpectedReplyError, match=f"^Reading access token {token.id}: .* in another shape"):
        tokens.get(token.id)


@pytest.mark.parametrize("view", FLAGS["token_half_view"])
def test_a_404_to_a_caller_who_sees_only_his_own_tokens_means_nothing(make_client, standin, token, view):
    standin.organization.set_flag("token_half_view", view)
    for token_id in (token.id, GONE):
        with pytest.raises(ForbiddenError):
            AccessTokens(make_client(app_key=PLAIN_USER_APP_KEY)).get(token_id)


@pytest.mark.parametrize("body", ["html", "empty"])
def test_a_404_of_somebody_else_means_nothing(tokens, standin, token, body):
    standin.faults.add("status", endpoint="v2.token.get", status=404, body=body)
    with pytest.raises(UnexpectedReplyError):
        tokens.get(token.id)
    assert "v2.tokens.list" not in requested(standin)


def test_a_404_without_a_list_means_nothing(tokens, standin, token):
    standin.organization.delete_token(token.id)
    standin.faults.add("status", endpoint="v2.tokens.list", status=500)
    with pytest.raises(DatadogError) as caught:
        tokens.get(token.id)
    assert not isinstance(caught.value, NotFoundError)


def test_a_404_to_the_list_is_told_as_one_about_no_token(tokens, standin):
    standin.faults.add("status", endpoint="v2.tokens.list", status=404)
    with pytest.raises(UnexpectedReplyError, match=r"^Listing access tokens.* There is no such list at this address"):
        tokens.get(GONE)


def test_a_list_from_before_the_delete_is_no_witness(tokens, standin):
    with pytest.raises(NotFoundError):
        tokens.get(GONE)
    late = standin.organization.add_token(LEAVER)
    standin.faults.add("answer", endpoint="v2.token.delete", effect=False)
    assert tokens.delete(late.id) == 204
    standin.faults.add("status", endpoint="v2.token.get", key_id=late.id, status=404)
    with pytest.raises(UnexpectedReplyError):
        tokens.get(late.id)


def test_a_list_that_lags_is_read_again(tokens, standin, token):
    standin.propagation(listing=60)
    tokens.delete(token.id)
    with pytest.raises(UnexpectedReplyError):
        tokens.get(token.id)
    standin.propagation()
    with pytest.raises(NotFoundError):
        tokens.get(token.id)


def test_many_404s_share_one_list(tokens, standin):
    def gone(ref):
        with pytest.raises(NotFoundError):
            tokens.get(ref)

    tokens.each(gone, [str(uuid.uuid4()) for _index in range(40)])
    assert requested(standin).count("v2.token.get") == 40
    assert requested(standin).count("v2.tokens.list") == 1
    ids = [token.id for token in standin.organization.tokens_of(LEAVER)]
    tokens.each(tokens.delete, ids)
    tokens.each(gone, ids)
    assert requested(standin).count("v2.tokens.list") == 2


def test_many_404s_share_one_list_that_fails_too(tokens, standin):
    standin.faults.add("status", endpoint="v2.tokens.list", status=400, body="datadog")
    standin.latency = 0.05  # so that those that ask at once do so while the list is read

    def unclear(ref):
        with pytest.raises(DatadogError) as caught:
            tokens.get(ref)
        assert not isinstance(caught.value, NotFoundError)

    tokens.each(unclear, [str(uuid.uuid4()) for _index in range(40)])
    # Eight at once share each of them.
    assert requested(standin).count("v2.tokens.list") <= 10


def test_revoked_tokens_that_stay_listed_do_not_count_as_gone(tokens, standin, token):
    standin.organization.set_flag("revoked_tokens_listed", True)
    assert tokens.delete(token.id) == 204
    with pytest.raises(UnexpectedReplyError):
        tokens.get(token.id)


@pytest.mark.parametrize("again", FLAGS["repeated_token_delete"])
def test_a_second_delete_says_what_it_says(tokens, standin, token, again):
    standin.organization.set_flag("repeated_token_delete", again)
    assert tokens.get(token.id).facts["id"] == token.id
    assert tokens.delete(token.id) == 204
    if again == "404":
        with pytest.raises(NotFoundError):
            tokens.delete(token.id)
    else:
        assert tokens.delete(token.id) == 204
    with pytest.raises(NotFoundError):
        tokens.get(token.id)


# Answers of another shape


@pytest.mark.parametrize(
    "change",
    [
        {"type": "application_keys"},
        {"id": GONE},
        {"id": "../users"},
        {"attributes": None},
    ],
)
def test_an_answer_that_does_not_hold_the_token_is_an_error(tokens, client, standin, token, change):
    true = client.request("GET", ("api", "v2", "personal_access_tokens", token.id), purpose="Reading").data
    standin.faults.add("json", endpoint="v2.token.get", body={"data": {**true["data"], **change}})
    with pytest.raises(UnexpectedReplyError, match=f"answer about access token {token.id} does not contain that token"):
        tokens.get(token.id)


@pytest.mark.parametrize("change", [{"type": "users"}, {"id": "x"}, {"attributes": []}, {"relationships": {}}])
def test_a_list_with_something_else_in_it_is_an_error(tokens, client, standin, token, change):
    true = client.request("GET", ("api", "v2", "personal_access_tokens", token.id), purpose="Reading").data
    body = {"data": [{**true["data"], **change}], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", endpoint="v2.tokens.list", body=body)
    with pytest.raises(UnexpectedReplyError):
        tokens.list(owner_id=token.owner_id)


def test_odd_attributes_do_no_harm(tokens, client, standin, token):
    true = client.request("GET", ("api", "v2", "personal_access_tokens", token.id), purpose="Reading").data
    odd = {"name": 7, "created_at": {"a": 1}, "expires_at": 12, "scopes": [1, "a"], "key": token.secret}
    standin.faults.add("json", endpoint="v2.token.get", body={"data": {**true["data"], "attributes": odd}})
    facts = tokens.get(token.id).facts
    assert (facts["name"], facts["scopes"], facts["last_used_at"]) == (None, ["a"], None)
    assert token.secret not in str(facts)


# Service accounts


@pytest.mark.parametrize("labels", FLAGS["token_labels"])
@pytest.mark.parametrize("everywhere", FLAGS["service_tokens_everywhere"])
def test_a_service_accounts_token_is_read_and_revoked_by_the_accounts_path(
    tokens, standin, account, labels, everywhere
):
    standin.organization.set_flag("token_labels", labels)
    standin.organization.set_flag("service_tokens_everywhere", everywhere)
    token = standin.organization.tokens_of(account.id)[0]
    assert tokens.get(token.id).facts["kind"] == "service"
    assert tokens.delete(token.id) == 204
    assert requested(standin)[-1] == "v2.service_account.token.delete"
    assert token.id not in standin.organization.tokens
    with pytest.raises(NotFoundError):
        tokens.get(token.id)
    assert "v2.token.delete" not in requested(standin)


def test_an_email_never_names_the_service_account_that_shares_it(tokens, account, standin):
    match = tokens.find_owner(LEAVER)
    assert [person["service_account"] for person in match.people] == [False]
    assert [one["id"] for one in match.service_accounts] == [account.id]
    found = tokens.list(owner_id=match.people[0]["id"])
    assert not {token.id for token in standin.organization.tokens_of(account.id)} & {
        facts["id"] for facts in found.facts
    }


# The task's own token


def test_the_id_follows_from_the_secret(standin):
    for token in standin.organization.tokens.values():
        assert id_from_secret(token.secret) == token.id
    for _index in range(200):
        made = standin.organization.add_token(LEAVER)
        assert id_from_secret(made.secret) == made.id


@pytest.mark.parametrize(
    "secret",
    [
        "ddpat_4sT9wKq2Zr7Xv1Nc8Lb5Hd3Gf6Jm0PyQaWeRtYuI",
        "ddpat_" + "z" * 22 + "_abcdefgh",
        "ddpat_" + "0" * 22 + "_abcdefgh",
        "ddpat_" + "0" * 21 + "_abcdefgh",
        "ddpat_" + "0" * 23 + "_abcdefgh",
        "ddapp_" + ACCESS_TOKEN[6:],
        ACCESS_TOKEN[:29],
        ACCESS_TOKEN.replace("_", "-"),
        "3f9c81d27ab4e650d1c83e97f25b604ad8e17c93",
        "",
    ],
)
def test_what_does_not_decode_cleanly_tells_no_id(secret):
    assert id_from_secret(secret) is None


def test_another_alphabet_would_be_noticed_nearly_always():
    other = BASE62[:10] + BASE62[36:] + BASE62[10:36]
    believed = 0
    for _index in range(500):
        number, digits = uuid.uuid4().int, ""
        for _place in range(22):
            number, digit = divmod(number, 62)
            digits = other[digit] + digits
        believed += id_from_secret(f"ddpat_{digits}_abcdefgh") is not None
    assert believed < 50


def candidates(tokens):
    return {facts["id"]: facts for facts in tokens.list().facts}


@pytest.mark.parametrize("secret", [ACCESS_TOKEN, SERVICE_TOKEN])
def test_the_own_token_is_known_by_its_id(make_client, standin, secret):
    tokens = AccessTokens(make_client(app_key=secret, api_key=None))
    assert tokens.own(candidates(tokens)) == {standin.organization.tokens.by_secret(secret).id}


def test_a_task_with_an_application_key_has_no_own_token(tokens):
    assert tokens.own(candidates(tokens)) == set()


def test_others_are_not_refused_where_the_own_token_is_known(make_client, standin, token):
    second = standin.organization.add_token(ADMINISTRATOR)
    tokens = AccessTokens(make_client(app_key=ACCESS_TOKEN, api_key=None))
    chosen = {ref: facts for ref, facts in candidates(tokens).items() if ref in (token.id, second.id)}
    assert tokens.own(chosen) == set()


@pytest.mark.parametrize("told", [None, GONE])
def test_where_the_own_token_cannot_be_told_all_of_the_caller_count(make_client, standin, monkeypatch, told):
    module = "ansible_collections.keywarden.datadog.plugins.module_utils._datadog.access_tokens"
    monkeypatch.setattr(f"{module}.id_from_secret", lambda _secret: told)
    second = standin.organization.add_token(ADMINISTRATOR)
    tokens = AccessTokens(make_client(app_key=ACCESS_TOKEN, api_key=None))
    mine = {second.id, standin.organization.tokens.by_secret(ACCESS_TOKEN).id}
    assert tokens.own(candidates(tokens)) == mine
    chosen = candidates(tokens)
    tokens = AccessTokens(make_client(app_key=ACCESS_TOKEN, api_key=None))
    standin.faults.add("status", endpoint="v2.current_user", status=400)
    assert tokens.own(chosen) == set(chosen)


# Permissions


def test_a_permission_that_is_missing_is_named(make_client, standin, token, account):
    readable = AccessTokens(make_client(app_key=READ_ONLY_APP_KEY))
    with pytest.raises(ForbiddenError, match="org_app_keys_write"):
        readable.delete(token.id)
    service = standin.organization.tokens_of(account.id)[0]
    readable.get(service.id)
    with pytest.raises(ForbiddenError, match="service_account_write"):
        readable.delete(service.id)
    for app_key in (NO_PERMISSION_APP_KEY, WRITE_ONLY_APP_KEY):
        with pytest.raises(ForbiddenError, match="org_app_keys_read"):
            AccessTokens(make_client(app_key=app_key)).get(token.id)
    assert len(standin.organization.tokens) == 14
