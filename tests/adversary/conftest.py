# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the suite share, and the numbers at its end."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from ansible_collections.keywarden.datadog.tests.standin import StandIn

from . import harness
from .network import Places

KINDS = ("cells", "properties", "examples", "mutants")


@pytest.fixture(scope="session")
def shared_standin() -> Iterator[StandIn]:
    """One server for many tests; use `standin`."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def standin(shared_standin: StandIn) -> StandIn:
    """A server with the demonstration's organization, without faults."""
    shared_standin.reset()
    return shared_standin


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="session")
def places(authority: trustme.CA, shared_standin: StandIn) -> Iterator[Places]:
    """Where connections fail."""
    with Places(harness.tls_context(authority.issue_cert("127.0.0.1")), shared_standin) as places:
        yield places


@pytest.fixture
def tried(record_property: Any) -> list[int]:
    """Counts the examples of a property: append to it for each."""
    examples: list[int] = []
    record_property("properties", 1)
    record_property("examples", examples)
    return examples


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was tried, and how it went."""
    tried: dict[str, collections.Counter[str]] = {kind: collections.Counter() for kind in KINDS}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            for kind, number in getattr(report, "user_properties", []):
                if kind in tried:
                    tried[kind][outcome] += number if isinstance(number, int) else len(number)
    if any(tried.values()):
        terminalreporter.section("the adversary's suite")
        for kind, counter in tried.items():
            if counter:
                told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counter.items(), reverse=True))
                terminalreporter.write_line(f"{kind} tried: {sum(counter.values())} ({told})")
