# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for access tokens: what they report is what the stand-in knows, however Datadog may behave."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.description import Description
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import deletes
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    ADMINISTRATOR,
    LEAVER,
    NEIGHBOUR,
    NO_USERS_APP_KEY,
    NOBODY,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    SERVICE_TOKEN,
    Organization,
)
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

GONE = str(uuid.UUID(int=0xDEAD, version=4))
SWITCHES = [(name, value) for name in FLAGS if "token" in name for value in FLAGS[name]]
SWITCHES += [("honours_owned_by", False)]


@pytest.fixture
def tokens(standin):
    """The leaver's tokens, by name."""
    return standin.organization.tokens_of(LEAVER)


@pytest.fixture
def account(standin):
    """The service account that shares the leaver's e-mail."""
    users = standin.organization.users.values()
    return next(user for user in users if user.email == LEAVER and user.service_account)


def ids(tokens):
    return [token.id for token in tokens]


def living(standin):
    return set(standin.organization.tokens)


# Check, real, again


@pytest.mark.parametrize(("flag", "value"), SWITCHES)
def test_an_owners_tokens_are_predicted_removed_and_then_absent(modules, standin, tokens, flag, value):
    standin.organization.set_flag(flag, value)
    before = living(standin)
    rehearsal = modules.remove_tokens(owner=LEAVER, check=True)
    assert (rehearsal.outcomes, rehearsal.changed, rehearsal.failed) == (["deleted"] * 5, True, False)
    assert living(standin) == before
    assert not deletes(standin)
    real = modules.remove_tokens(owner=LEAVER, verify_timeout=1)
    lagging = flag == "revoked_tokens_listed" and value
    assert living(standin) == before - set(ids(tokens))
    assert [row["id"] for row in real.rows] == [row["id"] for row in rehearsal.rows] == ids(tokens)
    # A revoked token that is listed for ever cannot be told from a living one.
    assert real.outcomes == (["unknown"] * 5 if lagging else ["deleted"] * 5)
    assert real.failed == lagging
    again = modules.remove_tokens(owner=LEAVER, verify_timeout=1)
    assert (again.outcomes == []) != lagging
    assert again.failed == lagging
    assert living(standin) == before - set(ids(tokens))


@pytest.mark.parametrize(("flag", "value"), SWITCHES)
def test_named_tokens_are_predicted_removed_and_then_absent(modules, standin, tokens, account, flag, value):
    standin.organization.set_flag(flag, value)
    service = standin.organization.tokens_of(account.id)[0]
    named, before = [tokens[0].id, service.id, GONE], living(standin)
    rehearsal = modules.remove_tokens(token_id=named, check=True)
    assert rehearsal.outcomes == ["deleted", "deleted", "absent"]
    assert living(standin) == before
    real = modules.remove_tokens(token_id=named, verify_timeout=1)
    lagging = flag == "revoked_tokens_listed" and value
    assert living(standin) == before - set(named)
    assert real.outcomes == (["unknown"] * 2 if lagging else ["deleted"] * 2) + ["absent"]
    assert real.failed == lagging
    again = modules.remove_tokens(token_id=named, verify_timeout=1)
    assert "deleted" not in again.outcomes
    assert again.outcomes == ["absent"] * 3 or lagging
    assert again.changed is False


def test_the_result_has_the_words_of_the_keys_module(modules, tokens):
    run = modules.remove_tokens(owner=LEAVER, diff=True)
    assert run.result["counts"] == {**dict.fromkeys(run.result["counts"], 0), "deleted": 5}
    (owner,) = run.result["owners"]
    assert (owner["query"], owner["status"], owner["total"], owner["complete"]) == (LEAVER, "resolved", 5, True)
    assert run.result["listing"] == {"total": 5, "complete": True}
    assert "api_version" not in run.result
    (row, *_others) = run.rows
    assert row["status_code"] == 204
    assert row["requested_at"] <= row["verified_at"]
    before, after = run.result["diff"]["before"]["access_tokens"], run.result["diff"]["after"]["access_tokens"]
    assert ([one["id"] for one in before], after) == (ids(tokens), [])
    for token in tokens:
        assert token.tail not in run.output


def test_the_journal_names_tokens_before_they_go(modules, standin, tokens, tmp_path):
    path = tmp_path / "journal"
    modules.remove_tokens(owner=LEAVER, journal=str(path))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    (plan,) = [line for line in lines if line["event"] == "plan"]
    assert plan["kind"] == "access token"
    assert [row["id"] for row in plan["rows"]] == ids(tokens)
    assert {line["id"] for line in lines if line["event"] == "request"} == set(ids(tokens))
    assert {line["outcome"] for line in lines if line["event"] == "outcome"} == {"deleted"}


# Outcomes


def test_a_204_without_effect_is_failed(modules, standin, tokens):
    standin.faults.add("answer", endpoint="v2.token.delete", effect=False)
    for run in (
        modules.remove_tokens(owner=LEAVER, verify_timeout=1),
        modules.remove_tokens(token_id=ids(tokens), verify_timeout=1),
    ):
        assert (run.outcomes, run.failed, run.changed) == (["failed"] * 5, True, False)
        assert "still there" in run.rows[0]["message"]
    assert len(standin.organization.tokens_of(LEAVER)) == 5


def test_a_204_whose_effect_cannot_be_read_is_unknown(modules, standin, tokens):
    standin.faults.add("status", method="GET", endpoint="v2.token.get", skip=1, status=400)
    run = modules.remove_tokens(token_id=tokens[0].id, verify_timeout=0)
    assert (run.outcomes, run.failed, run.changed) == (["unknown"], True, True)


def test_a_404_after_the_delete_without_a_list_is_unknown(modules, standin, tokens):
    """Its list is the second witness, and it cannot be read."""
    standin.faults.add("status", endpoint="v2.tokens.list", status=400)
    run = modules.remove_tokens(token_id=tokens[0].id, verify_timeout=0)
    assert (run.outcomes, run.failed, run.changed) == (["unknown"], True, True)
    assert tokens[0].id not in living(standin)


@pytest.mark.parametrize("lists", ["v2.tokens.list", "v2.keys.list"])
@pytest.mark.parametrize("body", [["Not Found"], [{"title": "Not Found", "detail": "no such route"}]])
def test_a_list_that_is_not_found_is_no_witness(modules, standin, tokens, lists, body):
    """Neither before a delete nor after one without effect does a 404 of the list say anything about a token."""
    gone = {"status": 404, "body": {"errors": body}, "effect": False}
    standin.faults.add("json", endpoint=lists, **gone)
    standin.faults.add("json", endpoint="v2.token.get", **gone)
    run = modules.remove_tokens(token_id=ids(tokens))
    assert (run.outcomes, run.failed, run.changed) == (["failed"] * 5, True, False)
    standin.faults.clear()
    standin.faults.add("answer", endpoint="v2.token.delete", effect=False)
    standin.faults.add("json", endpoint=lists, **gone)
    standin.faults.add("json", endpoint="v2.token.get", skip=1, **gone)
    run = modules.remove_tokens(token_id=tokens[0].id, verify_timeout=0)
    assert (run.outcomes, run.failed, run.changed) == (["unknown"], True, True)
    assert set(ids(tokens)) <= living(standin)


def test_a_404_of_a_living_token_is_never_absent(modules, standin, tokens):
    standin.faults.add("status", endpoint="v2.token.get", status=404)
    run = modules.remove_tokens(token_id=tokens[0].id)
    assert (run.outcomes, run.failed, run.changed) == (["failed"], True, False)
    assert not deletes(standin)


@pytest.mark.parametrize("again", FLAGS["repeated_token_delete"])
@pytest.mark.parametrize("effect", [True, False])
def test_a_lost_reply_to_a_delete_is_settled_by_reads(modules, standin, tokens, again, effect):
    standin.organization.set_flag("repeated_token_delete", again)
    standin.faults.add("reset", endpoint="v2.token.delete", effect=effect)
    run = modules.remove_tokens(owner=LEAVER, max_retries=1, verify_timeout=1)
    assert run.outcomes == (["deleted"] if effect else ["failed"]) * 5
    assert bool(standin.organization.tokens_of(LEAVER)) is not effect


def test_a_token_that_another_hand_revokes_first_is_gone(modules, standin, tokens):
    standin.organization.set_flag("repeated_token_delete", "404")
    standin.faults.add("actor", endpoint="v2.token.delete", key_id=tokens[0].id, times=1, delete_token="this")
    run = modules.remove_tokens(owner=LEAVER)
    assert run.outcomes == ["absent"] + ["deleted"] * 4
    assert not run.failed


def test_a_token_that_appears_meanwhile_is_skipped_and_fails(modules, standin):
    standin.faults.add("actor", endpoint="v2.token.delete", times=1, add_token={"owner": LEAVER, "name": "new"})
    run = modules.remove_tokens(owner=LEAVER)
    assert run.outcomes == ["deleted"] * 5 + ["skipped"]
    assert run.failed
    assert [token.name for token in standin.organization.tokens_of(LEAVER)] == ["new"]


def test_propagation_is_waited_for(modules, standin):
    standin.propagation(get=0.3, listing=0.3)
    run = modules.remove_tokens(owner=LEAVER, verify_timeout=5)
    assert (run.outcomes, run.failed) == (["deleted"] * 5, False)


def test_an_expired_token_that_is_listed_counts_as_there(modules, standin):
    run = modules.remove_tokens(owner="carol@example.com")
    assert run.outcomes == ["deleted"] * 2
    ends = sorted(row["expires_at"] for row in run.rows)
    assert ends[0] < datetime.now(timezone.utc).isoformat()
    assert standin.organization.tokens_of("carol@example.com") == []


# Guards


def test_kept_refused_and_skipped(modules, standin, tokens):
    before = living(standin)
    run = modules.remove_tokens(owner=LEAVER, max_tokens=4)
    assert (run.outcomes, run.failed) == (["refused"] * 5, True)
    assert "max_tokens" in run.msg
    run = modules.remove_tokens(owner=LEAVER, refuse_used_within="1d")
    assert (sorted(run.outcomes), run.failed) == (["refused"] + ["skipped"] * 4, True)
    assert living(standin) == before
    keep = [row["id"] for row in run.rows if row["outcome"] == "refused"]
    run = modules.remove_tokens(owner=LEAVER, refuse_used_within="1d", keep=keep)
    assert (sorted(run.outcomes), run.failed) == (["deleted"] * 4 + ["kept"], False)
    assert living(standin) == before - set(ids(tokens)) | set(keep)


def test_only_what_was_reviewed_goes(modules, standin, tokens):
    run = modules.remove_tokens(owner=LEAVER, only=ids(tokens)[1:])
    assert run.failed
    assert not deletes(standin)
    run = modules.remove_tokens(owner=LEAVER, only=[*ids(tokens), GONE])
    assert run.outcomes == ["deleted"] * 5


@pytest.mark.parametrize(("secret", "owner"), [(ACCESS_TOKEN, ADMINISTRATOR), (SERVICE_TOKEN, None)])
def test_the_tasks_own_token_stays_unless_allowed_and_then_goes_last(modules, standin, secret, owner):
    own = standin.organization.tokens.by_secret(secret)
    more = [standin.organization.add_token(own.owner_id, name=f"other {number}") for number in range(3)]
    credentials = {"app_key": secret, "api_key": None, "owner": owner or own.owner_id}
    run = modules.remove_tokens(**credentials)
    assert run.failed
    assert run.row(own.id)["outcome"] == "refused"
    assert "runs with" in run.msg
    assert not deletes(standin)
    run = modules.remove_tokens(**credentials, allow_self=True)
    assert (run.outcomes, run.failed) == (["deleted"] * 4, False)
    assert not {own.id, *ids(more)} & living(standin)
    assert deletes(standin)[-1] == own.id


def test_the_own_token_is_known_by_its_id_where_it_is_named(modules, standin):
    own = standin.organization.tokens.by_secret(ACCESS_TOKEN)
    other = standin.organization.add_token(ADMINISTRATOR)
    credentials = {"app_key": ACCESS_TOKEN, "api_key": None}
    assert modules.remove_tokens(**credentials, token_id=own.id).outcomes == ["refused"]
    assert modules.remove_tokens(**credentials, token_id=other.id).outcomes == ["deleted"]
    assert own.id in living(standin)


# Whose


def test_a_service_account_keeps_its_tokens_unless_it_is_named_by_its_id(modules, standin, account):
    theirs = standin.organization.tokens_of(account.id)
    run = modules.remove_tokens(owner=LEAVER)
    assert standin.organization.tokens_of(account.id) == theirs
    assert not set(ids(theirs)) & {row["id"] for row in run.rows}
    assert any(f"{account.id} shares {LEAVER}. Its access tokens are left alone;" in text for text in run.warnings)
    run = modules.remove_tokens(owner=account.id)
    assert run.outcomes == ["deleted"] * 2
    assert {row["kind"] for row in run.rows} == {"service"}
    assert standin.organization.tokens_of(account.id) == []


@pytest.mark.parametrize("labels", FLAGS["token_labels"])
@pytest.mark.parametrize("everywhere", FLAGS["service_tokens_everywhere"])
def test_labels_do_not_decide_whose_a_token_is(modules, standin, account, labels, everywhere):
    standin.organization.set_flag("token_labels", labels)
    standin.organization.set_flag("service_tokens_everywhere", everywhere)
    before = living(standin)
    mine, theirs = standin.organization.tokens_of(LEAVER), standin.organization.tokens_of(account.id)
    assert modules.remove_tokens(owner=LEAVER).outcomes == ["deleted"] * 5
    assert living(standin) == before - set(ids(mine))
    run = modules.remove_tokens(owner=account.id)
    assert (run.outcomes, {row["kind"] for row in run.rows}) == (["deleted"] * 2, {"service"})
    assert living(standin) == before - set(ids([*mine, *theirs]))


def test_neighbours_and_others_are_untouched_where_the_owner_filter_is_ignored(modules, standin, tokens):
    standin.organization.set_flag("honours_owned_by", False)
    before = living(standin)
    assert modules.remove_tokens(owner=[LEAVER, SECOND_LEAVER]).outcomes == ["deleted"] * 7
    assert len(before - living(standin)) == 7
    assert standin.organization.tokens_of(NEIGHBOUR)


def test_an_unknown_owner_fails_unless_that_is_to_be_reported(modules, standin):
    run = modules.remove_tokens(owner=[NOBODY, SECOND_LEAVER])
    assert run.failed
    assert run.outcomes == ["deleted"] * 2
    run = modules.remove_tokens(owner=NOBODY, missing_owner="report")
    assert not run.failed
    assert [one["status"] for one in run.result["owners"]] == ["unknown"]


# The half view


@pytest.mark.parametrize("view", FLAGS["token_half_view"])
@pytest.mark.parametrize("what", [{"owner": "by id"}, {"token_id": "living"}, {"token_id": [GONE]}])
@pytest.mark.parametrize("check", [False, True])
def test_half_a_view_is_neither_absent_nor_nothing_to_remove(modules, standin, tokens, view, what, check):
    standin.organization.set_flag("token_half_view", view)
    carol = standin.organization.find_user("carol@example.com")
    carol.permissions.append("user_access_read")
    if "owner" in what:
        what = {"owner": LEAVER}
    elif what["token_id"] == "living":
        what = {"token_id": [tokens[0].id]}
    run = modules.remove_tokens(**what, app_key=PLAIN_USER_APP_KEY, check=check)
    assert run.failed
    assert not run.changed
    assert set(run.outcomes) <= {"failed", "skipped"}
    assert "org_app_keys_read" in run.msg
    assert len(living(standin)) == 14
    run = modules.read_tokens(**what, app_key=PLAIN_USER_APP_KEY)
    assert run.failed
    assert run.result["not_found"] == []
    assert "org_app_keys_read" in run.msg


def test_half_a_view_of_everything_is_an_error(modules):
    run = modules.read_tokens(app_key=PLAIN_USER_APP_KEY)
    assert run.failed
    assert "org_app_keys_read" in run.msg


def test_permissions_that_are_missing_are_named(modules, standin, tokens, account):
    assert "org_app_keys_write" in modules.remove_tokens(owner=LEAVER, app_key=READ_ONLY_APP_KEY).msg
    assert "user_access_read" in modules.remove_tokens(owner=LEAVER, app_key=NO_USERS_APP_KEY).msg
    assert "service_account_write" in modules.remove_tokens(owner=account.id, app_key=READ_ONLY_APP_KEY).msg
    assert len(living(standin)) == 14
    assert modules.remove_tokens(token_id=tokens[0].id, app_key=NO_USERS_APP_KEY).outcomes == ["deleted"]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("named", [False, True])
def test_a_service_account_whose_tokens_may_not_be_removed_stops_no_persons_tokens(
    modules, standin, tokens, account, named, concurrency
):
    auditor = standin.organization.find_user("auditor@example.com")
    auditor.permissions.append("org_app_keys_write")
    accounts = [account, standin.organization.add_user("second@example.com", service_account=True)]
    standin.organization.add_token(accounts[1].id)
    theirs = {token.id for one in accounts for token in standin.organization.tokens_of(one.id)}
    what = {"token_id": [*theirs, *ids(tokens)]} if named else {"owner": [*(one.id for one in accounts), LEAVER]}
    run = modules.remove_tokens(**what, app_key=READ_ONLY_APP_KEY, concurrency=concurrency)
    assert run.failed
    assert "service_account_write" in run.msg
    assert {row["id"] for row in run.rows if row["outcome"] == "deleted"} == set(ids(tokens))
    assert not set(ids(tokens)) & living(standin)
    assert theirs <= living(standin)


# Reading


def test_all_tokens_come_with_their_owners_every_page(modules, standin):
    standin.reset(Organization.generated(3, tokens={LEAVER: 150, SECOND_LEAVER: 80}))
    run = modules.read_tokens()
    assert {row["id"] for row in run.rows} == living(standin)
    assert run.result["listing"] == {"total": 232, "complete": True}
    assert {row["owner"]["email"] for row in run.rows} >= {LEAVER, SECOND_LEAVER}


def test_named_tokens_that_do_not_exist_are_told(modules, tokens):
    run = modules.read_tokens(token_id=[tokens[0].id.upper(), GONE])
    assert [row["id"] for row in run.rows] == [tokens[0].id]
    assert run.result["not_found"] == [GONE]
    assert not run.failed


def test_filters_of_a_listing(modules, standin):
    def names(**options):
        run = modules.read_tokens(**options)
        assert not run.failed
        return sorted(row["name"] for row in run.rows)

    assert names(owner=LEAVER, filter="laptop") == ["laptop (ann)"]
    assert names(expires_before="7d", owner=NEIGHBOUR) == ["slo (joann)"]
    assert names(expires_before="5d", owner=NEIGHBOUR) == []
    soon = (datetime.now(timezone.utc) + timedelta(days=7)).date().isoformat()
    assert names(expires_before=soon, owner=NEIGHBOUR) == ["slo (joann)"]
    assert "exporter" not in names(expires_before="5000d")
    assert len(names(expires_before="5000d")) == 10
    assert names(owner=LEAVER, unused_for="30d") == ["ci (ann)", "laptop (ann)", "notebook (ann)", "terraform (ann)"]
    far = standin.organization.add_token(LEAVER, name="far", expires_at="2098-01-01T00:00:00Z")
    assert far.name in names(expires_before="2099-01-01")
    standin.organization.add_token(LEAVER, name="odd", expires_at="someday")
    assert "odd" not in names(expires_before="2099-01-01")


def test_fields_leave_out_the_rest_and_the_requests_for_it(modules, standin):
    run = modules.read_tokens(fields=["name", "expires_at"])
    assert {frozenset(row) for row in run.rows} == {frozenset({"id", "name", "expires_at"})}
    assert "v2.user.get" not in [request.endpoint for request in standin.requests]
    run = modules.read_tokens(fields=["owner.email", "kind"], owner=LEAVER)
    assert run.rows[0]["owner"] == {"email": LEAVER}
    assert modules.read_tokens(fields=["key"]).failed


def test_info_changes_nothing_and_tells_no_secret(modules, standin):
    before = living(standin)
    run = modules.read_tokens()
    assert not run.changed
    assert living(standin) == before
    assert not [token for token in standin.organization.tokens.values() if token.tail in run.output]
    assert {"key", "public_portion"}.isdisjoint(run.rows[0])


# Options


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"token_id": []}, "token_id is an empty list"),
        ({"token_id": ["laptop"]}, "token_id: item 1 is not an access token ID"),
        ({"owner": []}, "owner is an empty list"),
        ({"owner": LEAVER, "keep": ["x"]}, "keep: item 1 is not an access token ID"),
        ({"owner": LEAVER, "max_tokens": -1}, "max_tokens is -1"),
        ({"owner": LEAVER, "refuse_used_within": "soon"}, "refuse_used_within"),
        ({}, "one of the following is required: token_id, owner"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_request(modules, standin, options, sentence):
    run = modules.remove_tokens(**options)
    assert run.failed
    assert sentence in run.msg
    assert not standin.requests


@pytest.mark.parametrize("option", ["token_id", "keep", "only"])
def test_a_secret_in_place_of_an_id_is_masked(modules, standin, tokens, option):
    secret = tokens[0].secret
    options = {"token_id": secret} if option == "token_id" else {"owner": LEAVER, option: [secret]}
    run = modules.remove_tokens(**options)
    assert run.failed
    assert secret not in run.output
    assert tokens[0].tail not in run.output
    assert not standin.requests


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"filter": " "}, "filter is blank"),
        ({"expires_before": "soon"}, "expires_before"),
        ({"unused_for": "2026-01-01"}, "unused_for"),
        ({"token_id": GONE, "expires_before": "7d"}, "mutually exclusive"),
    ],
)
def test_filters_that_cannot_be_meant_are_refused(modules, standin, options, sentence):
    run = modules.read_tokens(**options)
    assert run.failed
    assert sentence in run.msg
    assert not standin.requests


# The description


def test_every_request_of_the_modules_is_described(modules, standin, tokens, account):
    description = Description()
    modules.read_tokens()
    modules.read_tokens(owner=[LEAVER, account.id], filter="ci", unused_for="1d", expires_before="1d")
    modules.read_tokens(token_id=[tokens[0].id, GONE])
    modules.remove_tokens(owner=[LEAVER, account.id], check=True)
    modules.remove_tokens(token_id=[tokens[0].id, standin.organization.tokens_of(account.id)[0].id, GONE])
    modules.remove_tokens(owner=[LEAVER, account.id])
    modules.remove_tokens(owner=ADMINISTRATOR, app_key=ACCESS_TOKEN, api_key=None, allow_self=True)
    seen = {request.endpoint for request in standin.requests}
    assert seen >= {
        "v2.tokens.list",
        "v2.token.get",
        "v2.token.delete",
        "v2.service_account.token.get",
        "v2.service_account.token.delete",
        "v2.keys.list",
        "v2.users.list",
        "v2.user.get",
    }
    for request in standin.requests:
        description.request(request.method, request.path, request.query)
