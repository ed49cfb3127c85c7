# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows, counts and the sentence that fails a task."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys import application_key
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.plan import (
    CHANGED,
    FAILURES,
    OUTCOMES,
    Plan,
    Row,
    all_rows,
    counts,
    failure,
    listing_of,
    related,
)

SECRET = "0123456789abcdef0123456789abcdef01234567"


def row(key_id: str = "id", outcome: str | None = None, message: str | None = None) -> Row:
    made = Row(key_id, application_key(id=key_id))
    if outcome:
        made.settle(outcome, message)
    return made


def owner(status: str):
    return {"query": "x", "status": status}


def test_only_what_was_or_may_have_been_deleted_counts_as_changed():
    assert sorted(CHANGED) == ["deleted", "unknown"]


def test_what_was_not_dealt_with_fails_the_task():
    assert sorted(FAILURES) == ["failed", "refused", "skipped", "unknown"]
    assert set(OUTCOMES) == FAILURES | {"deleted", "absent", "kept"}


def test_a_row_that_nothing_was_decided_about_was_not_tried():
    assert row().result["outcome"] == "skipped"
    assert row().result["message"]


def test_a_row_whose_delete_was_sent_and_not_settled_is_unknown():
    sent = row()
    sent.requested_at = "2026-01-31T00:00:00.000Z"
    assert sent.result["outcome"] == "unknown"


def test_a_row_shows_no_secret():
    made = Row(SECRET, application_key(last4=SECRET[-4:]), secret=SECRET)
    assert SECRET not in repr(made)
    assert SECRET not in repr(made.result)
    assert made.name == "****4567"


def test_counts_name_every_outcome_and_add_up_to_the_rows():
    rows = [row(outcome=outcome).result for outcome in OUTCOMES for _number in range(OUTCOMES.index(outcome))]
    assert counts(rows) == {outcome: OUTCOMES.index(outcome) for outcome in OUTCOMES}
    assert counts([]) == dict.fromkeys(OUTCOMES, 0)


@pytest.mark.parametrize(
    ("plans", "listing"),
    [
        ([], {"total": None, "complete": None}),
        ([Plan()], {"total": None, "complete": None}),
        ([Plan(listed=0)], {"total": 0, "complete": True}),
        (
            [Plan(listed=3, owner=owner("resolved")), Plan(listed=4, owner=owner("resolved"))],
            {"total": 7, "complete": True},
        ),
        ([Plan(listed=3, owner=owner("resolved")), Plan(owner=owner("unknown"))], {"total": 3, "complete": True}),
        ([Plan(listed=3, owner=owner("resolved")), Plan(owner=owner("ambiguous"))], {"total": 3, "complete": False}),
        ([Plan(owner=owner("failed"))], {"total": 0, "complete": False}),
    ],
)
def test_a_listing_is_complete_only_where_every_owner_could_be_listed(plans, listing):
    assert listing_of(plans) == listing


def test_related_objects_come_once_each():
    user, role = {"type": "users", "id": "a"}, {"type": "roles", "id": "a"}
    assert related([Plan(included=[user, role]), Plan(included=[dict(user)])]) == [user, role]


def test_nothing_fails_where_all_went_well():
    plans = [Plan([row(outcome="deleted"), row(outcome="absent"), row(outcome="kept")]), Plan()]
    assert failure(plans, "application key", "were not removed") is None


def test_the_failing_sentence_counts_and_gives_each_reason_once():
    rows = [row(outcome="deleted"), row(outcome="failed", message="Why."), row(outcome="failed", message="Why.")]
    plans = [Plan([*rows, row(outcome="skipped", message="Because.")]), Plan(problem="Owner x is unknown.")]
    assert failure(plans, "application key", "were not removed") == (
        "3 of 4 application keys were not removed (1 skipped, 2 failed). Owner x is unknown. Why. Because."
    )


def test_a_failure_without_a_message_is_counted_and_adds_no_words():
    plans = [Plan([row("a", "failed"), row("b", "deleted")])]
    assert failure(plans, "application key", "were not removed") == (
        "1 of 2 application keys were not removed (1 failed)."
    )


def test_failures_that_differ_by_the_name_are_told_once_and_other_outcomes_by_name():
    """What is unknown, or was held back, has to be looked at one by one."""
    for outcome, told in (
        ("failed", ["a: why."]),
        ("unknown", ["a: why.", "b: why."]),
        ("refused", ["a: why.", "b: why."]),
    ):
        plans = [Plan([row(name, outcome, f"{name}: why.") for name in ("a", "b")])]
        text = failure(plans, "application key", "were not removed")
        assert text == f"2 of 2 application keys were not removed (2 {outcome}). " + " ".join(told)


def test_the_failing_sentence_of_thousands_stays_readable():
    plans = [Plan([row(f"id-{number}", "failed", f"Reason {number}.") for number in range(1000)])]
    text = failure(plans, "application key", "were not removed")
    assert "1000 of 1000" in text
    assert len(text) < 500
    assert text.endswith(" Reason 4. And 995 more reasons, each in its row.")


@pytest.mark.parametrize(("number", "told", "more"), [(5, 5, None), (6, 5, "And 1 more "), (7, 5, "And 2 more ")])
def test_the_failing_sentence_tells_five_reasons_and_counts_the_others(number, told, more):
    plans = [Plan([row(f"id-{one}", "failed", f"Reason {one}.") for one in range(number)])]
    text = failure(plans, "application key", "were not removed")
    assert [f"Reason {one}." in text for one in range(number)] == [True] * told + [False] * (number - told)
    assert more in text if more else "more" not in text


def test_rows_keep_the_order_of_their_plans():
    plans = [Plan([row("a"), row("b")]), Plan([row("c")])]
    assert [one.ref for one in all_rows(plans)] == ["a", "b", "c"]
    plans[0].rows[0].settle("kept")
    assert [one.ref for one in plans[0].to_remove] == ["b"]
