# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decisions hold for any kind of credential: a made-up one goes through all of them with nothing but an adapter."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    DatadogError,
    LostReplyError,
    NotFoundError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import now, timestamp
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.credential import (
    CredentialKind,
    Facts,
    Found,
    Listing,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.directory import Match
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.users import owner
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.guards import Guards
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.halt import Halt
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.journal import Journal, JournalError
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.plan import Plan, Row, all_rows, failure
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.removal import remove
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.selection import Selection, named
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.verification import Verification

ANN = owner(id="ann", email="ann@example.com", service_account=False)


def badge(number: int, **known: Any) -> Facts:
    """The facts of a badge, with the fields that every kind has and one of its own."""
    facts = {"id": f"badge-{number}", "name": f"door {number}", "created_at": None, "last_used_at": None}
    return {**facts, "owner": ANN, "colour": "green", **known}


class Badges(CredentialKind):
    """Door badges, kept in a dictionary instead of behind an API.

    :ivar stuck: those whose delete is accepted and does nothing; ``lost``, those whose delete loses its reply.
    """

    noun = "door badge"

    def __init__(self, *badges: Facts) -> None:
        self.there = {facts["id"]: facts for facts in badges}
        self.stuck: set[str] = set()
        self.lost: set[str] = set()

    site = "the gate"

    def each(self, work: Any, items: Any) -> list[Any]:
        return [work(item) for item in items]

    def expect_owners(self, names: Any, display_names: Any) -> None:
        pass  # there is only Ann

    waiting_until = None

    def check_before_delete(self, check: Any) -> None:
        self.check = check

    def find_owner(self, name: str) -> Match:
        return Match([ANN] if name == ANN["email"] else [])

    def unread(self, ref: str) -> Facts:
        return badge(0, id=ref, name=None)

    def get(self, ref: str) -> Found:
        if ref not in self.there:
            raise NotFoundError("No such badge.", status_code=404, said=["No such badge"])
        return Found(self.there[ref])

    def delete(self, ref: str) -> int:
        self.check()
        if ref not in self.there:
            raise NotFoundError("No such badge.", status_code=404, said=["No such badge"])
        if ref not in self.stuck:
            del self.there[ref]
        if ref in self.lost:
            raise LostReplyError("The gate did not answer.", effect_possible=True)
        return 204

    def list(self, *, purpose: str, owner_id: str | None = None, **_filters: Any) -> Listing:
        mine = [facts for facts in self.there.values() if owner_id in (None, facts["owner"]["id"])]
        return Listing(mine, [], len(mine), 1)

    def own(self, candidates: Mapping[str, Facts]) -> set[str]:
        return {ref for ref in candidates if ref == "badge-9"}


def run(badges: Badges, selection: Selection, guards: Guards = Guards(), rehearse: bool = False) -> dict[str, str]:  # noqa: B008
    """Remove; the outcomes by id."""
    plans: list[Plan] = []
    remove(badges, selection, guards, AT_ONCE, plans, rehearse=rehearse, warn=lambda _text: None)
    run.problem = failure(plans, badges.noun, "were not removed")  # type: ignore[attr-defined]
    return {row.name: row.result["outcome"] for row in all_rows(plans)}


AT_ONCE = Verification(True, 0)
UNREAD = "Not tried: badge-2 is in the same plan and could not be read, so a guard could not be checked."
ALL_OF_ANN = Selection(owners=["ann@example.com"])


def test_a_further_kind_is_removed_and_verified():
    badges = Badges(badge(1), badge(2), badge(3, owner=owner(id="bob")))
    assert run(badges, ALL_OF_ANN) == {"badge-1": "deleted", "badge-2": "deleted"}
    assert set(badges.there) == {"badge-3"}


def test_check_mode_removes_nothing_of_a_further_kind():
    badges = Badges(badge(1))
    assert run(badges, ALL_OF_ANN, rehearse=True) == {"badge-1": "deleted"}
    assert set(badges.there) == {"badge-1"}


def test_a_further_kind_reaches_the_outcomes_of_reads_and_deletes():
    badges = Badges(badge(1), badge(2), badge(3))
    badges.stuck, badges.lost = {"badge-2"}, {"badge-3"}
    named = Selection(refs=["badge-1", "badge-2", "badge-3", "badge-4"])
    assert run(badges, named) == {
        "badge-1": "deleted",
        "badge-2": "failed",
        "badge-3": "deleted",
        "badge-4": "absent",
    }
    assert set(badges.there) == {"badge-2"}
    assert "1 of 4 door badges were not removed" in run.problem


def test_check_mode_says_what_would_become_of_each():
    class Ghosts(Badges):
        def list(self, **asked: Any) -> Listing:
            shown = super().list(**asked)
            return Listing([*shown.facts, badge(5)], [], shown.total + 1, 1)

    plans: list[Plan] = []
    for selection in (ALL_OF_ANN, Selection(refs=["badge-2"])):
        remove(Ghosts(badge(1), badge(2)), selection, Guards(), AT_ONCE, plans, rehearse=True, warn=lambda _text: None)
    assert [(row.name, row.result["outcome"], row.message) for row in all_rows(plans)] == [
        ("badge-1", "deleted", "Would be deleted."),
        ("badge-2", "deleted", "Would be deleted."),
        ("badge-5", "absent", "A listing still shows it, but the gate says that it does not exist."),
        ("badge-2", "deleted", "Would be deleted."),
    ]


@pytest.mark.parametrize("why", ["journal", "halt"])
def test_a_delete_that_may_not_be_announced_is_not_sent(why):
    """By the announcement alone: here nobody asks again right before the delete."""

    class Deaf(Badges):
        def check_before_delete(self, check: Any) -> None:
            self.check = lambda: None

    class Full(Journal):
        def request(self, row: Row) -> None:
            raise JournalError("The disk is full.")

    badges, plans, halt = Deaf(badge(1), badge(2)), [], Halt()
    if why == "halt":
        halt.pull("The disk is full.")
    options = {"journal": Full() if why == "journal" else Journal(), "halt": halt}
    remove(badges, ALL_OF_ANN, Guards(), AT_ONCE, plans, rehearse=False, warn=lambda _text: None, **options)
    assert [(row.result["outcome"], row.message) for row in all_rows(plans)] == [
        ("skipped", "Not deleted: The disk is full.")
    ] * 2
    assert set(badges.there) == {"badge-1", "badge-2"}
    # A delete that waits for its next attempt is not sent any more either.
    assert halt.reason == "The disk is full."


def test_what_a_look_settles_is_on_disk_before_the_next_look():
    flushed = []

    class Watched(Journal):
        def flush(self) -> None:
            flushed.append({row.name: row.outcome for row in all_rows(plans)})

    badges, plans = Badges(badge(1), badge(2)), []
    badges.stuck = {"badge-2"}
    options = {"rehearse": False, "warn": lambda _text: None, "journal": Watched(), "halt": Halt()}
    remove(badges, ALL_OF_ANN, Guards(), AT_ONCE, plans, **options)
    assert flushed[0] == {"badge-1": "deleted", "badge-2": None}
    assert flushed[-1] == {"badge-1": "deleted", "badge-2": "failed"}


def test_progress_tells_what_is_done_of_how_much():
    told = []

    class Asked(Journal):
        @contextmanager
        def progress(self, tell: Any) -> Any:
            told.append(tell())
            yield
            told.append(tell())

    options = {"rehearse": False, "warn": lambda _text: None, "journal": Asked(), "halt": Halt()}
    remove(Badges(badge(1), badge(2)), ALL_OF_ANN, Guards(), AT_ONCE, [], **options)
    known = {"kind": "door badge", "total": 2, "waiting_until": None}
    assert told[-2:] == [{**known, "doing": "deleting", "done": 0}, {**known, "doing": "verifying", "done": 2}]


def test_a_row_says_why_it_is_gone_or_stays():
    class Odd(Badges):
        def delete(self, ref: str) -> int:
            status = super().delete(ref)
            if ref in ("badge-2", "badge-6"):
                raise RuntimeError("surprise")
            if ref == "badge-3":
                raise NotFoundError("No such badge.", status_code=404, said=["No such badge"])
            return status

    badges, plans = Odd(*(badge(number) for number in range(1, 7))), []
    badges.lost, badges.stuck = {"badge-1"}, {"badge-6"}
    guards = Guards(keep=frozenset({"badge-4"}))
    remove(badges, ALL_OF_ANN, guards, AT_ONCE, plans, rehearse=False, warn=lambda _text: None)
    rows = {row.name: (row.outcome, row.message) for row in all_rows(plans)}
    surprise = rows.pop("badge-2")
    assert surprise[0] == "deleted"
    assert "RuntimeError" in surprise[1]
    assert surprise[1].endswith(" A read showed that it is gone.")
    stays = rows.pop("badge-6")
    assert stays[0] == "failed"
    assert "RuntimeError" in stays[1]
    assert stays[1].endswith(" The door badge is still there.")
    assert rows == {
        "badge-1": ("deleted", "The answer to the delete was lost or unclear; a read showed that it is gone."),
        "badge-3": ("absent", "Someone else removed it after it was read."),
        "badge-4": ("kept", "Listed in keep."),
        "badge-5": ("deleted", None),
    }
    assert set(badges.there) == {"badge-4", "badge-6"}


def test_what_is_named_is_looked_up_in_a_listing_only_where_that_is_allowed():
    refs = [f"badge-{number}" for number in range(100)]
    for may_list in (False, True):
        badges = Badges(*(badge(number) for number in range(100)))
        plan = named(badges, refs, may_list=may_list)
        assert {row.listed for row in plan.rows} == {may_list}
    badges.can_list = False
    assert not any(row.listed for row in named(badges, refs, may_list=True).rows)


@pytest.mark.parametrize(
    ("guards", "reason"),
    [
        (Guards(most=1, most_option="max_badges"), "max_badges"),
        (Guards(refuse_used_within=timedelta(days=7)), "refuse_used_within"),
    ],
)
def test_guards_hold_back_a_further_kind(guards, reason):
    badges = Badges(badge(1), badge(2, last_used_at=timestamp(now())))
    assert "deleted" not in run(badges, ALL_OF_ANN, guards).values()
    assert set(badges.there) == {"badge-1", "badge-2"}
    assert reason in run.problem


def test_the_own_one_of_a_further_kind_goes_last_or_not_at_all():
    badges = Badges(badge(1), badge(9))
    assert run(badges, ALL_OF_ANN)["badge-9"] == "refused"
    assert set(badges.there) == {"badge-1", "badge-9"}
    assert set(run(badges, ALL_OF_ANN, Guards(allow_self=True)).values()) == {"deleted"}
    assert badges.there == {}


def test_the_own_one_stays_where_an_owner_could_not_be_looked_up():
    """Without it, what is left could not be removed."""
    badges = Badges(badge(1), badge(9))
    outcomes = run(badges, Selection(owners=["ann@example.com", "bob@example.com"]), Guards(allow_self=True))
    assert outcomes == {"badge-1": "deleted", "badge-9": "skipped"}
    assert set(badges.there) == {"badge-9"}


def test_what_is_seen_of_the_own_one_at_last_is_judged_by_its_own_look():
    """It is read by itself, so nothing is read once more that could be judged otherwise."""

    read = []

    class Reads(Badges):
        def get(self, ref: str) -> Found:
            read.append(ref)
            return super().get(ref)

    badges = Reads(badge(9))
    badges.stuck = {"badge-9"}
    assert run(badges, ALL_OF_ANN, Guards(allow_self=True)) == {"badge-9": "failed"}
    assert read == ["badge-9"]


@pytest.mark.parametrize(
    ("guards", "outcome", "why"),
    [
        (Guards(refuse_used_within=timedelta(days=7)), "skipped", UNREAD),
        (Guards(only=frozenset({"badge-1"})), "skipped", UNREAD),
        (Guards(only=frozenset({"badge-1"}), refuse_used_within=timedelta(days=7)), "skipped", UNREAD),
        (Guards(most=1), "refused", "The plan has 2 door badges to remove, more than max_keys (1) allows."),
        # Here nothing depends on the one that could not be read.
        (Guards(only=frozenset({"badge-1", "badge-2"})), "deleted", ""),
        (Guards(refuse_used_within=timedelta(days=7), keep=frozenset({"badge-2"})), "deleted", ""),
        (Guards(most=1, keep=frozenset({"badge-2"})), "deleted", ""),
        (Guards(most=2), "deleted", ""),
        (Guards(), "deleted", ""),
    ],
    ids=[
        *("used", "only the other", "used, only the other", "most"),
        *("both reviewed", "used, kept", "most, kept", "within the most", "none"),
    ],
)
@pytest.mark.parametrize("rehearse", [False, True], ids=["real", "check"])
def test_guards_take_into_account_what_could_not_be_read(guards, outcome, why, rehearse):
    class Hidden(Badges):
        def get(self, ref: str) -> Found:
            if ref == "badge-2":
                raise DatadogError("The gate is out of order.", status_code=503)
            return super().get(ref)

    badges = Hidden(badge(1), badge(2))
    outcomes = run(badges, Selection(refs=["badge-1", "badge-2"]), guards, rehearse)
    assert outcomes == {"badge-1": outcome, "badge-2": "failed"}
    assert ("badge-1" in badges.there) == (rehearse or outcome != "deleted")
    assert "badge-2" in badges.there
    assert why in run.problem
