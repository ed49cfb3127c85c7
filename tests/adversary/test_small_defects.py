# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mutation testing found unwatched: behaviour at the edges that no other test would miss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import now, timestamp
from ansible_collections.keywarden.datadog.tests.standin import APP_KEY, LEAVER, Key, StandIn

from .harness import INFO, REMOVE, hurried, run, tls_context
from .network import Detour, Places, detoured
from .world import World, add_key, uuid_of, world


@pytest.fixture
def made(standin: StandIn) -> World:
    """A small organization."""
    made = world()
    standin.reset(made.organization)
    return made


def own_key(standin: StandIn) -> Key:
    """The key that the modules run with."""
    own = standin.organization.keys.by_secret(APP_KEY)
    assert own is not None
    return own


# The key that the task runs with


def test_the_own_key_that_stays_after_an_accepted_delete_has_failed(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("answer", method="DELETE", effect=False)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=own.id, allow_self=True)
    assert result.outcomes == ["failed"]
    assert "still there" in result.msg
    assert own.id in standin.organization.keys


def test_the_own_key_whose_delete_is_lost_before_the_effect_has_failed(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("drop", method="DELETE")
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=own.id, allow_self=True)
    assert result.outcomes == ["failed"]
    assert own.id in standin.organization.keys


@pytest.mark.parametrize("effect", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("act", ["lost", "502"])
def test_a_refusal_after_an_unclear_delete_of_the_own_key_proves_nothing(
    standin: StandIn, made: World, act: str, status: int, effect: bool
) -> None:
    """It may be gone, or somebody changed its permissions: only an accepted delete makes a refusal a proof."""
    own = own_key(standin)
    fault = {"act": "drop"} if act == "lost" else {"act": "status", "status": 502}
    standin.faults.add(**fault, method="DELETE", effect=effect)
    body = {"status": "error", "code": status, "errors": ["Forbidden"]}
    standin.faults.add("json", method="GET", endpoint="v2.key.get", status=status, body=body, skip=1)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=own.id, allow_self=True)
    assert result.outcomes == ["unknown"]
    assert result.failed
    assert (own.id in standin.organization.keys) is not effect


def test_the_own_key_whose_delete_is_lost_after_the_effect_is_unknown(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("drop_after", method="DELETE", times=1)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=own.id, allow_self=True)
    assert result.outcomes == ["unknown"]
    assert own.id not in standin.organization.keys


def test_the_own_key_that_cannot_be_read_again_is_unknown(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("status", method="GET", path="application_keys/", skip=1, status=503, body="html")
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=own.id, allow_self=True)
    assert result.outcomes == ["unknown"]
    assert "accepted the delete" in result.msg


def test_the_own_key_says_why_it_stays_when_another_failed(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("status", method="DELETE", status=403, body="datadog")
    result = run(REMOVE, standin.url, app_key_id=[own.id, made.targets[0].id], allow_self=True)
    assert result.outcomes == ["skipped", "failed"]
    assert "the application key that this task runs with" in result.rows[0]["message"]


def test_the_own_key_is_known_by_its_last_four_where_nobody_says_whose_it_is(standin: StandIn, made: World) -> None:
    own = own_key(standin)
    standin.faults.add("status", endpoint="v2.current_user", status=500)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=[own.id, made.targets[0].id])
    assert result.outcomes == ["refused", "skipped"]
    assert not standin.organization.deleted


def told(key: Key, **attributes: str) -> dict[str, Any]:
    """The answer about a key with its name and these attributes alone."""
    owner = {"data": {"type": "users", "id": key.owner_id}}
    attributes["name"] = key.name
    item = {"type": "application_keys", "id": key.id, "attributes": attributes, "relationships": {"owned_by": owner}}
    return {"data": item}


@pytest.mark.parametrize("last4", [None, "", "****", "abc", "....", "abcde"])
def test_a_key_that_does_not_tell_its_last_four_may_be_the_own_one(
    standin: StandIn, made: World, last4: str | None
) -> None:
    own = own_key(standin)
    body = told(own) if last4 is None else told(own, last4=last4)
    standin.faults.add("json", endpoint="v2.key.get", body=body)
    result = run(REMOVE, standin.url, app_key_id=own.id)
    assert result.outcomes == ["refused"]
    assert own.id in standin.organization.keys


def test_where_two_keys_may_be_the_own_one_a_refusal_proves_neither_gone(standin: StandIn, made: World) -> None:
    """Datadog accepts the delete of one without carrying it out, and somebody removes the other meanwhile."""
    own = own_key(standin)
    other = add_key(standin.organization, standin.organization.users[own.owner_id], "other")
    for key in (own, other):
        standin.faults.add("json", endpoint="v2.key.get", key_id=key.id, body=told(key), times=1)
    standin.faults.add("answer", method="DELETE", key_id=other.id, effect=False)
    body = {"status": "error", "code": 401, "errors": ["Unauthorized"]}
    standin.faults.add("json", endpoint="v2.key.get", key_id=other.id, status=401, body=body, skip=1)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=[other.id, own.id], allow_self=True)
    assert result.outcomes[0] == "unknown"
    assert result.failed
    assert other.id in standin.organization.keys


def test_where_two_keys_may_be_the_own_one_a_refused_delete_spares_the_other(standin: StandIn, made: World) -> None:
    """They are in two plans, as a key each of two people, and nobody says whose credentials the task runs with."""
    own = own_key(standin)
    somebody = standin.organization.add_user("somebody@example.com")
    other = add_key(standin.organization, somebody, "alike")
    other.secret = "a" * 36 + APP_KEY[-4:]
    standin.faults.add("status", endpoint="v2.current_user", status=500)
    standin.faults.add("status", method="DELETE", key_id=other.id, status=403, body="datadog")
    with hurried():
        result = run(REMOVE, standin.url, owner=["somebody@example.com", own.owner_id], allow_self=True)
    assert result.outcomes == ["failed", "skipped"]
    assert own.id in standin.organization.keys


def test_v1_knows_the_own_key_by_itself_not_by_its_last_four(standin: StandIn, made: World) -> None:
    other = made.targets[0]
    other.secret = "a" * 36 + APP_KEY[-4:]
    made.organization.keys[other.id] = other
    result = run(REMOVE, standin.url, api_version="v1", key=other.secret)
    assert result.outcomes == ["deleted"]
    assert other.id not in standin.organization.keys
    result = run(REMOVE, standin.url, api_version="v1", key=[APP_KEY, made.targets[1].secret])
    assert result.outcomes == ["refused", "skipped"]


# Words and facts that people decide by


def test_check_mode_says_what_it_would_do(standin: StandIn, made: World) -> None:
    result = run(REMOVE, standin.url, owner=LEAVER, check=True)
    assert {row["message"] for row in result.rows} == {"Would be deleted."}


def test_an_outcome_that_is_unknown_tells_both_what_was_sent_and_why_nobody_knows(
    standin: StandIn, made: World
) -> None:
    standin.faults.add("status", endpoint="v2.key.delete", status=504, body="html")
    standin.faults.add("status", endpoint="v2.key.get", skip=1, status=503, body="empty")
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=made.targets[0].id)
    assert result.outcomes == ["unknown"]
    assert "answered 504" in result.rows[0]["message"]
    assert "answered 503" in result.rows[0]["message"]


def test_a_newcomer_is_shown_with_its_facts(standin: StandIn, made: World) -> None:
    standin.faults.add(
        "actor", method="DELETE", times=1, call=lambda organization: organization.add_key(made.leaver.id, name="new")
    )
    result = run(REMOVE, standin.url, owner=LEAVER)
    (row,) = [row for row in result.rows if row["outcome"] == "skipped"]
    assert (row["name"], row["owner"]["email"]) == ("new", LEAVER)
    assert "Run the task again" in row["message"]
    assert result.failed


@pytest.mark.parametrize(
    ("problem", "words"),
    [("refused", "the connection was refused"), ("no-such-name", "its name could not be resolved")],
)
def test_a_connection_error_says_what_is_wrong(
    standin: StandIn, places: Places, made: World, problem: str, words: str
) -> None:
    with hurried(), detoured(Detour(places.base(problem), "GET", "/api")):
        result = run(INFO, standin.url)
    assert words in result.msg


@pytest.mark.parametrize(("number", "end"), [(10, None), (11, "and 1 more"), (12, "and 2 more")])
def test_a_warning_names_ten_keys_and_counts_the_others(standin: StandIn, number: int, end: str | None) -> None:
    made = world(number)
    for key in made.targets:
        key.last_used_at = timestamp(now())
    standin.reset(made.organization)
    result = run(REMOVE, standin.url, owner=LEAVER, check=True)
    (warning,) = [text for text in result.warnings if "Used within the last day" in text]
    assert [key.id in warning for key in made.targets] == [True] * 10 + [False] * (number - 10)
    assert ("more" in warning) == (end is not None)
    assert end is None or warning.endswith(f"{end}.")


def test_a_verifying_listing_that_fails_says_that_it_is_the_second(standin: StandIn, made: World) -> None:
    standin.faults.add("status", endpoint="v2.keys.list", skip=1, status=401, body="datadog")
    with hurried():
        result = run(REMOVE, standin.url, owner=LEAVER)
    assert result.outcomes == ["unknown"] * 3
    assert f"Listing the application keys of {LEAVER} again: " in result.msg


def test_ambiguous_owners_are_told_apart(standin: StandIn, made: World) -> None:
    twin = made.organization.add_user(LEAVER, id=uuid_of("twin"), disabled=True)
    result = run(REMOVE, standin.url, owner=LEAVER)
    assert f"{twin.id} ({LEAVER}, disabled)" in result.msg
    assert f"{made.leaver.id} ({LEAVER}, active)" in result.msg
    assert not standin.organization.deleted


def test_a_wait_that_is_too_long_says_whose_wish_it_is(standin: StandIn, made: World) -> None:
    standin.faults.add("status", method="DELETE", status=429, headers={"Retry-After": "3600"})
    result = run(REMOVE, standin.url, app_key_id=made.targets[0].id)
    assert "Datadog asks to wait: the next attempt is due in 3600 s" in result.msg
    standin.faults.clear()
    standin.faults.add("status", method="DELETE", status=429)
    result = run(REMOVE, standin.url, app_key_id=made.targets[0].id, max_wait=0)
    assert "Too many requests" in result.msg


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_both_variables_for_authorities_are_read(
    authority: trustme.CA, made: World, tmp_path: Path, variable: str
) -> None:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    with StandIn(made.organization, tls=tls_context(authority.issue_cert("127.0.0.1"))) as standin:
        assert not run(INFO, standin.url, env={variable: str(file)}).failed
        broken = run(INFO, standin.url, env={variable: str(tmp_path)[:-1]})
    assert variable in broken.msg


def test_pauses_between_attempts_grow_and_are_bounded() -> None:
    policy = retry.RetryPolicy.within(retry.Waits(100), 20)
    pauses = []
    for _attempt in range(12):
        pauses.append(policy.get_backoff_time())
        policy = policy.increment("GET", "/", error=OSError())
    for number, pause in enumerate(pauses):
        highest = min(retry.BACKOFF_CAP, retry.BACKOFF_FACTOR * 2 ** max(0, number - 1))
        assert highest / 2 <= pause <= highest
