# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While an organization waits for a rate limit the operator sees how far it is, and until when it waits."""

from __future__ import annotations

import re

from ansible_collections.keywarden.datadog.tests.playbooks.offboarding import Offboard, host, owned
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, Organization, StandIn

LINE = re.compile(
    r"limited, application keys: deleting, (\d+) of 30 done(?:, waiting until \d\d:\d\d:\d\d UTC)?\.", re.ASCII
)


def test_a_long_wait_of_one_organization_is_seen_while_another_is_done(
    standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    for server in (standin, other):
        server.reset(Organization.generated(40, {LEAVER: 30}))
    standin.limit_mutations(20, 16.0)
    run = offboard(
        [LEAVER],
        organizations={"limited": host(standin), "quick": host(other)},
        extra_vars={"offboard_credentials": ["application_keys"]},
    )
    assert run.rc == 0, run.output
    assert owned(standin) == owned(other) == 0
    told = [line for line in run.stdout.splitlines() if line.startswith(("limited, ", "quick, "))]
    assert any(LINE.fullmatch(line) and "waiting until" in line for line in told), run.output
    # The other one took no ten seconds, unless the machine was busy; then it says no more than that.
    assert all(LINE.fullmatch(line) or "at work" in line or "reading" in line for line in told), told
    assert max(map(len, told)) <= 120
    assert API_KEY not in run.output
    assert APP_KEY not in run.output


def test_a_plan_that_waits_long_is_seen_too_whatever_the_strategy(
    standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    for server in (standin, other):
        server.reset(Organization.generated(40, {LEAVER: 30}))
    standin.limit_reads(20, 16.0)
    run = offboard(
        [LEAVER],
        organizations={"limited": host(standin), "quick": host(other)},
        extra_vars={"offboard_credentials": ["application_keys"]},
        play={"strategy": "free"},
        check=True,
        warnings=("^Using run_once with the free strategy is not currently supported",),
    )
    assert run.rc == 0, run.output
    assert owned(standin) == owned(other) == 30
    told = [line for line in run.stdout.splitlines() if line.startswith("limited, ")]
    assert any("waiting until" in line and re.search(r"verifying, \d+ of 30 done", line) for line in told), run.output
