# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits at scale: nobody sends before the reset, max_wait bounds it all, and a second run finishes the work."""

from __future__ import annotations

import time

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import deletes
from ansible_collections.keywarden.datadog.tests.standin import Organization

LEAVER = "leaver@example.com"


@pytest.fixture
def crowd(standin):
    """300 keys, 250 of them the leaver's."""
    standin.reset(Organization.generated(300, owners={LEAVER: 250}))
    return standin


def test_250_keys_under_200_per_hour_are_200_deleted_and_50_skipped_and_the_next_run_finishes(modules, crowd):
    others = {key.id for key in crowd.organization.keys.values()}
    others -= {key.id for key in crowd.organization.keys_of(LEAVER)}
    crowd.limit_mutations(200, 3600)
    begun = time.monotonic()
    run = modules.remove(owner=LEAVER, max_wait=5)
    assert time.monotonic() - begun < 60
    assert run.failed
    assert run.changed
    assert run.result["counts"] == {**run.result["counts"], "deleted": 200, "skipped": 50}
    assert len(crowd.organization.keys_of(LEAVER)) == 50
    skipped = [row for row in run.rows if row["outcome"] == "skipped"]
    assert {row["id"] for row in skipped} == {key.id for key in crowd.organization.keys_of(LEAVER)}
    for row in skipped:
        assert "max_wait" in row["message"]
        # The wait is named, in seconds.
        assert any(3500 < int(word) <= 3600 for word in row["message"].split() if word.isdigit())
        assert row["requested_at"] is None
    assert "50 skipped" in run.msg
    assert "Run it again in" in run.msg
    assert run.result["waited"] <= 5
    # What was deleted is verified all the same: reads have a limit of their own.
    assert all(row["verified_at"] for row in run.rows if row["outcome"] == "deleted")
    # Those under way when the last one was counted may have met the limit; nobody else tried.
    assert len(deletes(crowd)) <= 200 + 8

    crowd.limit_mutations(200, 3600)
    again = modules.remove(owner=LEAVER, max_wait=5)
    assert (again.failed, again.changed) == (False, True)
    assert again.result["counts"]["deleted"] == len(again.rows) == 50
    assert crowd.organization.keys_of(LEAVER) == []
    assert set(crowd.organization.keys) == others


def test_a_reset_within_max_wait_is_waited_for_and_nobody_sends_before_it(modules, crowd):
    crowd.reset(Organization.generated(60, owners={LEAVER: 30}))
    crowd.limit_mutations(10, 1.0)
    run = modules.remove(owner=LEAVER, max_wait=30, concurrency=4)
    assert not run.failed
    assert run.outcomes == ["deleted"] * 30
    assert 0 < run.result["waited"] <= 30
    times = sorted(sent.time for sent in crowd.requests if sent.method == "DELETE" and sent.status == 204)
    # Ten in each window of a second: the eleventh is at least nearly a second after the first.
    assert times[10] - times[0] > 0.8
    assert times[20] - times[10] > 0.8


def test_the_sum_of_all_waits_stays_within_max_wait(modules, crowd):
    crowd.reset(Organization.generated(60, owners={LEAVER: 30}))
    crowd.limit_mutations(5, 1.0)
    begun = time.monotonic()
    run = modules.remove(owner=LEAVER, max_wait=2, concurrency=4)
    assert run.failed
    assert run.result["waited"] <= 2
    assert time.monotonic() - begun < 20
    counts = run.result["counts"]
    assert counts["deleted"] >= 10
    assert counts["deleted"] + counts["skipped"] == 30
    assert len(crowd.organization.keys_of(LEAVER)) == counts["skipped"]


def test_a_listing_that_may_not_be_read_now_is_an_error_with_the_wait(modules, crowd):
    crowd.limit_reads(0, 3600)
    run = modules.read(max_wait=5)
    assert run.failed
    assert "Run it again in 3600 s, or raise max_wait" in run.msg


def test_an_owner_whose_listing_may_not_be_read_now_is_not_touched(modules, crowd):
    crowd.limit_reads(1, 3600)
    run = modules.remove(owner=LEAVER, max_wait=5)
    assert run.failed
    assert run.result["owners"][0]["status"] == "failed"
    assert deletes(crowd) == []


def test_a_limit_on_reads_in_the_verification_leaves_unknown_instead_of_deleted(modules, crowd):
    # Whose credentials these are, looking up the owner, and three pages twice.
    crowd.limit_reads(8, 3600)
    run = modules.remove(owner=LEAVER, max_wait=1, keep=[key.id for key in crowd.organization.keys_of(LEAVER)[3:]])
    assert run.failed
    assert run.result["counts"]["unknown"] == 3
    assert len(crowd.organization.keys_of(LEAVER)) == 247
