# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits: whatever the headers say, the task waits no longer than max_wait, and tells the truth afterwards."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.standin import StandIn

from . import oracle
from .harness import REMOVE, Run, hurried, run
from .world import LEAVER, world

MAX_WAIT = 3


def epoch(seconds: float) -> str:
    """A reset as other software has met it: the moment, not the seconds left."""
    return str(int(time.time() + seconds))


RESETS: dict[str, Callable[[], Any]] = {
    "absent": lambda: None,
    "zero": lambda: "0",
    "one": lambda: "1",
    "fraction": lambda: "0.2",
    "negative": lambda: "-5",
    "garbage": lambda: "soon",
    "empty": lambda: "",
    "twice": lambda: "1, 1",
    "nan": lambda: "nan",
    "infinite": lambda: "inf",
    "enormous": lambda: "1" + "0" * 300,
    "epoch": lambda: epoch(1),
    "epoch-milliseconds": lambda: epoch(1) + "000",
    "epoch-past": lambda: epoch(-60),
    "hour": lambda: "3600",
}
RETRY_AFTERS = {
    "absent": None,
    "one": "1",
    "hour": "3600",
    "negative": "-1",
    "garbage": "soon",
    "date-past": "Wed, 21 Oct 2015 07:28:00 GMT",
    "date-far": "Wed, 21 Oct 2099 07:28:00 GMT",
    "enormous": "9" * 400,
}
TOO_LONG = {"hour", "enormous", "epoch-milliseconds", "date-far"}


def removed_from(standin: StandIn, keys: int, **options: Any) -> tuple[Run, list[str]]:
    """Remove the leaver's keys; what happened, and the violations of the truth and of max_wait."""
    made = world(keys)
    standin.organization = made.organization
    truth = oracle.Truth.of(standin, [key.id for key in made.targets])
    with hurried():
        result = run(REMOVE, standin.url, **{"owner": LEAVER, "max_wait": MAX_WAIT, **options})
    truth.settle(standin)
    wrong = oracle.of_removal(result, truth)
    waited = result.result["waited"]
    if waited > int(str(options.get("max_wait", MAX_WAIT))):
        wrong.append(f"waited {waited}")
    # Waiting is all that takes time here: there are no time-outs.
    if result.seconds > waited + oracle.SLACK:
        wrong.append(f"took {result.seconds:.1f} s of which {waited} are told as waited")
    return result, [*wrong, result.text] if wrong else []


@pytest.mark.parametrize(
    ("method", "reset", "retry_after"),
    [
        pytest.param(*cell, marks=() if "absent" in cell and cell[0] == "DELETE" else pytest.mark.full)
        for cell in itertools.product(("GET", "DELETE"), RESETS, RETRY_AFTERS)
    ],
)
def test_a_429_with_any_headers_is_waited_for_within_max_wait_or_told(
    standin: StandIn, record_property: Any, method: str, reset: str, retry_after: str
) -> None:
    record_property("cells", 1)
    headers = {"X-RateLimit-Reset": RESETS[reset](), "Retry-After": RETRY_AFTERS[retry_after]}
    headers["X-RateLimit-Remaining"] = "0"
    standin.faults.add("status", status=429, headers=headers, method=method, path="/application_keys", times=1)
    result, wrong = removed_from(standin, 2)
    assert not wrong, "\n".join(wrong)
    # The reset is Datadog's own word; Retry-After counts where that says nothing.
    decides = reset if reset in TOO_LONG | {"one", "fraction", "epoch"} else retry_after
    if decides in TOO_LONG:
        assert result.failed
        assert "max_wait" in result.msg
        assert result.seconds < MAX_WAIT, "it waited although that could not help"
    else:
        assert not result.failed, result.text
        assert not standin.organization.keys_of(LEAVER)


@pytest.mark.parametrize("reset", RESETS)
def test_remaining_0_on_a_success_holds_the_next_delete_back(
    standin: StandIn, record_property: Any, reset: str
) -> None:
    record_property("cells", 1)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESETS[reset]()}
    standin.faults.add("answer", headers=headers, method="DELETE", times=1)
    result, wrong = removed_from(standin, 3, concurrency=1)
    assert not wrong, "\n".join(wrong)
    sent = [one.time for one in standin.requests if one.method == "DELETE"]
    if reset in TOO_LONG:
        assert len(sent) == 1
        assert result.outcomes.count("skipped") == 2
        assert all("max_wait" in row["message"] for row in result.rows if row["outcome"] == "skipped")
    else:
        assert result.outcomes == ["deleted"] * 3, result.text
        pause = {"one": 1.0, "fraction": 0.2}.get(reset, 0.0)
        assert sent[1] - sent[0] >= pause * 0.95


@pytest.mark.parametrize("probability", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("reset", ["absent", "zero", "one", "hour"])
def test_a_storm_of_429_under_32_requests_at_once_stays_within_max_wait(
    standin: StandIn, record_property: Any, probability: float, reset: str
) -> None:
    record_property("cells", 1)
    headers = {"X-RateLimit-Reset": RESETS[reset](), "X-RateLimit-Remaining": "0"}
    standin.faults.add("status", status=429, headers=headers, method="DELETE", probability=probability, seed=7)
    result, wrong = removed_from(standin, 64, concurrency=32, max_retries=4)
    assert not wrong, "\n".join(wrong)
    assert result.failed or not standin.organization.keys_of(LEAVER)


def test_a_storm_of_429_over_everything_stays_within_max_wait(standin: StandIn, record_property: Any) -> None:
    record_property("cells", 1)
    standin.faults.add("status", status=429, headers={"X-RateLimit-Reset": "1"}, probability=0.5, seed=3)
    _result, wrong = removed_from(standin, 40, concurrency=32, max_retries=3)
    assert not wrong, "\n".join(wrong)


def test_what_the_limit_leaves_undone_is_told_and_a_second_run_finishes_it(standin: StandIn) -> None:
    standin.limit_mutations(5, 3600)
    first, wrong = removed_from(standin, 12, concurrency=32)
    assert not wrong, "\n".join(wrong)
    assert first.result["counts"]["deleted"] == 5
    assert first.result["counts"]["skipped"] == 7
    assert "3600 s" in first.msg
    standin.limit_mutations(100, 3600)
    second = run(REMOVE, standin.url, owner=LEAVER)
    assert (second.failed, second.outcomes) == (False, ["deleted"] * 7)
    assert not standin.organization.keys_of(LEAVER)


def test_nobody_sends_before_the_reset_when_32_want_to(standin: StandIn) -> None:
    standin.limit_mutations(8, 2)
    result, wrong = removed_from(standin, 20, concurrency=32, max_wait=20, max_retries=8)
    assert not wrong, "\n".join(wrong)
    assert result.outcomes == ["deleted"] * 20
    deletes = [one for one in standin.requests if one.method == "DELETE"]
    refused = sum(one.status == 429 for one in deletes)
    # Those that were under way when the first limit was met; after that everybody waits.
    assert refused <= 32 + 8, refused
