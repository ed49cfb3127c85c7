# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: every kind of request, every fault, once and always; the server's state is the oracle.

A cell is one run of a module whose requests of one kind meet one fault. See scenarios.py for the rows, faults.py for
the columns and oracle.py for what must hold.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.standin import StandIn
from ansible_collections.keywarden.datadog.tests.standin.faults import Fault as Trap

from . import oracle
from .faults import TOO_LATE, Fault, catalogue
from .harness import REMOVING, Run, hurried, run
from .network import Detour, Places, detoured
from .scenarios import SCENARIOS, Scenario
from .world import GONE_ID, World, world

EXTENTS = {"once": 1, "always": None}

Cell = tuple[Scenario, Fault, str]


def cells() -> list[Cell]:
    """The whole matrix."""
    return [
        (scenario, fault, extent)
        for scenario in SCENARIOS
        for fault, extent in itertools.product(catalogue(scenario.method == "DELETE"), EXTENTS)
        # Where nobody is asked for, this is a listing as it should be, only false.
        if (scenario.name, fault.name)
        not in (("v2 info all", "shape-ownerless-keys"), ("token info all", "shape-ownerless-tokens"))
    ]


def sample(whole: list[Cell]) -> list[Cell]:
    """A part in which every scenario and every fault stands, each fault in each extent: the same one every time."""
    light = [cell for cell in whole if not cell[1].heavy]
    chosen = light[::23]
    seen = {(fault.name, extent) for _scenario, fault, extent in chosen}
    for number, cell in enumerate(light):
        # From varying scenarios: the first that has the fault would always be the same.
        if (cell[1].name, cell[2]) not in seen and number % 5 == hash_of(cell[1].name) % 5:
            seen.add((cell[1].name, cell[2]))
            chosen.append(cell)
    return chosen


def hash_of(text: str) -> int:
    """A number that is the same in every process, unlike hash()."""
    return sum(text.encode())


def parameters() -> list[object]:
    """The cells; those beyond the sample are marked `full`."""
    whole = cells()
    quick = {id(cell) for cell in sample(whole)}
    return [
        pytest.param(
            *cell,
            id=f"{cell[0]}-{cell[1].name}-{cell[2]}".replace(" ", "_").replace(",", ""),
            marks=() if id(cell) in quick else (pytest.mark.full,),
        )
        for cell in whole
    ]


@contextlib.contextmanager
def armed(standin: StandIn, places: Places, scenario: Scenario, fault: Fault, extent: str) -> Iterator[Detour | Trap]:
    """Under this, the requests that the scenario names meet the fault. What it gives knows how many have met it."""
    if fault.act is None:
        detour = Detour(places.base(fault.name), scenario.method, scenario.path, scenario.skip, EXTENTS[extent])
        with detoured(detour):
            yield detour
        return
    yield standin.faults.add(
        fault.act,
        method=scenario.method,
        path=scenario.path,
        skip=scenario.skip,
        times=EXTENTS[extent],
        effect=fault.effect,
        **fault.fields,
    )


def selected_by(scenario: Scenario, made: World) -> list[str]:
    """The ids that the scenario selects, in its order."""
    targets = [one.id for one in (made.tokens if scenario.tokens else made.targets)]
    options = scenario.options(made)
    if "user" in options:
        return [*(key.id for key in made.targets), *(token.id for token in made.tokens)]
    if "owner" in options:
        owner = made.organization.find_user(options["owner"][0])
        if owner.service_account:
            return [token.id for token in made.organization.tokens_of(owner.id)]
        return targets
    if "app_key_id" in options or "token_id" in options:
        return list(options.get("app_key_id") or options["token_id"])
    if "key" in options:
        return [*targets, GONE_ID]
    return [*(made.organization.tokens if scenario.tokens else made.organization.keys)]


@pytest.mark.parametrize(("scenario", "fault", "extent"), parameters())
def test_whatever_goes_wrong_the_report_is_true(
    standin: StandIn, places: Places, record_property: Any, scenario: Scenario, fault: Fault, extent: str
) -> None:
    record_property("cells", 1)
    made = world(scenario.keys, scenario.keys, mark=uuid.uuid4().hex)
    standin.reset(made.organization)
    truth = oracle.Truth.of(standin, selected_by(scenario, made))
    options = {**scenario.options(made), **scenario.more}
    strangers = places.requests_to_strangers
    with hurried(), armed(standin, places, scenario, fault, extent) as met:
        result = run(scenario.module, standin.url, check=scenario.check, **options)
        truth.settle(standin)
    wrong = _violations(scenario, fault, result, truth)
    if not met.hits:
        wrong.append("no request met the fault")
    requests = len(standin.requests) + (met.hits if isinstance(met, Detour) else 0)
    wrong += oracle.of_time(result, requests, max_wait=5, verify_timeout=1)
    if places.requests_to_strangers > strangers:
        wrong.append("a server whose certificate nobody vouches for got a request")
    if fault.name.startswith("late-effect"):
        time.sleep(TOO_LATE)
        truth.settle(standin)
        wrong += oracle.of_any_run(result, truth)
    assert not wrong, "\n".join([*wrong, "", result.text[:3000]])


def _violations(scenario: Scenario, fault: Fault, result: Run, truth: oracle.Truth) -> list[str]:
    if scenario.module not in REMOVING:
        return oracle.of_reading(result, truth)
    return oracle.of_removal(
        result,
        truth,
        check=scenario.check,
        verified=scenario.more.get("verify", True),
        lied=fault.lies,
    )
