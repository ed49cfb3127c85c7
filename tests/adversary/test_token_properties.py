# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of access tokens: under every way in which Datadog may behave, with faults, while others act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis
from ansible_collections.keywarden.datadog.tests.standin import PLAIN_USER_APP_KEY, Organization, StandIn
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS
from ansible_collections.keywarden.datadog.tests.standin.records import User
from hypothesis import strategies as st

from . import oracle
from .faults import Fault, catalogue
from .harness import INFO_TOKENS, REMOVE_TOKENS, Run, hurried, run
from .test_properties import CROWDS, NEVER, PEOPLE, SETTINGS, Crowd
from .world import add_key, add_token, token_uuid_of, uuid_of

# Version 1 has no access tokens, and where nothing tells a service account, people are ambiguous by design.
SWITCHES = [name for name in FLAGS if name not in ("one_time_read", "gov", "v1_switched_off", "v1_half_view")]
ENDPOINTS = ("v2.token.get", "v2.token.delete", "v2.tokens.list", "v2.keys.list", "v2.users.list", "v2.user.get")
READS = tuple(fault for fault in catalogue(mutates=False) if fault.act and not fault.heavy)
DELETES = tuple(fault for fault in catalogue(mutates=True) if fault.act and not fault.heavy and not fault.lies)
SLOW = ("timeout", "late", "bomb", "redirect-flood")
# Two lies that agree, a 404 and a false list in Datadog's own form, are believed; see "What nobody can promise".
BELIEVED = "shape-ownerless-tokens"
# What shows a caller his own tokens, and with these everybody's.
MINE = ["user_app_keys", "user_access_read"]
EVERYBODYS = ["org_app_keys_read", "org_app_keys_write"]


@dataclass
class Case:
    """:ivar tokens: how many each person has, and the service account that shares the first one's e-mail.
    :ivar switches: of the deployment.
    """

    tokens: dict[str, int]
    switches: dict[str, Any]
    options: dict[str, Any]
    faults: list[dict[str, Any]]
    actors: list[tuple[int, str]]

    def organization(self) -> Organization:
        """The same organization each time."""
        made = Organization.empty()
        for email, number in self.tokens.items():
            service = email == "service"
            user = made.add_user(PEOPLE[0] if service else email, id=uuid_of(email), service_account=service)
            for count in range(number):
                add_token(made, user, f"{email} {count:02}")
        for name, value in self.switches.items():
            made.set_flag(name, value)
        return made


def id_of(email: str, count: int) -> str:
    """The id of a token that Case.organization makes."""
    return token_uuid_of(f"{email} {count:02}")


def ids_of(tokens: dict[str, int]) -> list[str]:
    """The ids of all tokens that it makes."""
    return [id_of(email, count) for email, number in tokens.items() for count in range(number)]


@st.composite
def faults(draw: st.DrawFn) -> dict[str, Any]:
    """A fault for some requests, as the stand-in takes it."""
    endpoint = draw(st.sampled_from(ENDPOINTS))
    fault: Fault = draw(st.sampled_from(DELETES if endpoint == "v2.token.delete" else READS))
    hypothesis.assume(not fault.name.startswith((*SLOW, BELIEVED)))
    where = {"endpoint": endpoint, "skip": draw(st.integers(0, 4)), "times": draw(st.sampled_from([1, 2, None]))}
    return {"act": fault.act, "effect": fault.effect, **where, **fault.fields}


@st.composite
def cases(draw: st.DrawFn, faulty: bool = False, crowded: bool = False) -> Case:
    """Organizations with up to a dozen tokens."""
    tokens = {email: draw(st.integers(0, 3)) for email in (*PEOPLE, "service")}
    switches = {name: draw(st.sampled_from(FLAGS[name])) for name in SWITCHES}
    options: dict[str, Any] = {"concurrency": draw(st.sampled_from([1, 4, 32]))}
    known = ids_of(tokens)
    if draw(st.booleans()):
        options["token_id"] = draw(st.lists(st.sampled_from([*known, *NEVER]), min_size=1, max_size=6))
    else:
        owners = [*PEOPLE, PEOPLE[0].upper(), uuid_of(PEOPLE[1]), uuid_of("service"), "nobody@example.com"]
        options["owner"] = draw(st.lists(st.sampled_from(owners), min_size=1, max_size=3, unique=True))
        options["missing_owner"] = draw(st.sampled_from(["fail", "report"]))
    actor = st.tuples(st.integers(0, 6), st.sampled_from([*(known or NEVER), *PEOPLE]))
    return Case(
        tokens,
        switches,
        options,
        draw(st.lists(faults(), max_size=2)) if faulty else [],
        draw(st.lists(actor, min_size=1, max_size=3)) if crowded else [],
    )


def selected_by(case: Case, organization: Organization) -> list[str]:
    """The ids that the options select, worked out from the organization alone."""
    if "token_id" in case.options:
        return list(dict.fromkeys(case.options["token_id"]))
    chosen: list[str] = []
    for owner in case.options["owner"]:
        people = [one for one in organization.users.values() if one.email == owner.lower() and not one.service_account]
        for user in [organization.users[owner]] if owner in organization.users else people:
            chosen += [token.id for token in organization.tokens_of(user.id)]
    return list(dict.fromkeys(chosen))


def add_caller(organization: Organization, permissions: list[str]) -> User:
    """Somebody whose application key is PLAIN_USER_APP_KEY."""
    caller = organization.add_user("half@example.com", permissions=list(permissions))
    key = add_key(organization, caller, "half")
    key.secret = PLAIN_USER_APP_KEY
    organization.keys[key.id] = key  # found by its secret from now on
    return caller


def act(organization: Organization, whom: str) -> None:
    """Somebody else revokes a token, or a person makes one."""
    if whom in PEOPLE:
        add_token(organization, organization.find_user(whom), f"newcomer {len(organization.tokens)}")
    else:
        organization.delete_token(whom)


def carried_out(standin: StandIn, case: Case, **more: Any) -> tuple[Run, oracle.Truth]:
    """The case's removal, and what is true of it."""
    standin.reset(case.organization())
    truth = oracle.Truth.of(standin, selected_by(case, standin.organization))
    for fault in case.faults:
        standin.faults.add(**fault)
    for skip, whom in case.actors:
        standin.faults.add("actor", skip=skip, times=1, call=lambda made, one=whom: act(made, one))
    with hurried():
        result = run(REMOVE_TOKENS, standin.url, **{**case.options, **more})
    truth.settle(standin)
    return result, truth


def test_reported_tokens_equal_the_truth_however_datadog_behaves(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True), st.booleans())
    def holds(case: Case, verify: bool) -> None:
        tried.append(1)
        result, truth = carried_out(standin, case, verify=verify)
        wrong = oracle.of_removal(result, truth, verified=verify)
        assert not wrong, "\n".join([*wrong, result.text])

    holds()


def test_reported_tokens_equal_the_truth_while_others_make_and_revoke(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True, crowded=True))
    def holds(case: Case) -> None:
        tried.append(1)
        result, truth = carried_out(standin, case)
        assert not result.crashed, result.text
        outcomes = {row["id"]: row["outcome"] for row in result.rows}
        living = set(standin.organization.tokens)
        assert not {one for one, outcome in outcomes.items() if outcome in oracle.GONE} & living, result.text
        mine = {one.id for one in standin.organization.deleted if one.by != "actor"}
        assert mine <= {one for one, outcome in outcomes.items() if outcome in ("deleted", "unknown", "absent")}
        assert not oracle.of_strangers(standin.organization, case.options), result.text
        if not result.failed:
            assert not set(truth.selected) & living, result.text

    holds()


def test_without_faults_every_selected_token_goes_and_a_second_run_is_a_no_op(
    standin: StandIn, tried: list[int]
) -> None:
    @SETTINGS
    @hypothesis.given(cases())
    def holds(case: Case) -> None:
        tried.append(1)
        case.switches.update(revoked_tokens_listed=False, tells_service_account=True)
        case.options["missing_owner"] = "report"
        first, truth = carried_out(standin, case)
        assert not first.failed, first.text
        assert truth.after == truth.before - set(truth.selected)
        with hurried():
            second = run(REMOVE_TOKENS, standin.url, **case.options)
        assert (second.failed, second.result["changed"]) == (False, False), second.text
        assert set(second.outcomes) <= {"absent"}

    holds()


def test_a_permission_that_comes_or_goes_meanwhile_hides_no_living_token(standin: StandIn, tried: list[int]) -> None:
    """Without it Datadog shows the caller's own tokens only, and answers 404 about those of others."""

    @SETTINGS
    @hypothesis.given(cases(), st.integers(0, 12), st.booleans(), st.booleans())
    def holds(case: Case, skip: int, granted: bool, reading: bool) -> None:
        tried.append(1)
        organization = case.organization()
        caller = add_caller(organization, MINE if granted else MINE + EVERYBODYS)
        standin.reset(organization)

        def change(_organization: Organization) -> None:
            caller.permissions[:] = MINE + EVERYBODYS if granted else MINE

        standin.faults.add("actor", skip=skip, times=1, call=change)
        selected = set(selected_by(case, organization))
        options = {**case.options, "app_key": PLAIN_USER_APP_KEY}
        with hurried():
            result = run(INFO_TOKENS if reading else REMOVE_TOKENS, standin.url, **options)
        living = set(organization.tokens)
        gone = {row["id"] for row in result.rows if row.get("outcome") in oracle.GONE}
        assert not (gone | set(result.result.get("not_found", []))) & living, result.text
        if not result.failed:
            found = {row["id"] for row in result.rows} if reading else set()
            assert not selected & living - found, result.text

    holds()


def test_no_living_token_is_called_gone_while_pages_shift(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(CROWDS, st.booleans())
    def holds(crowd: Crowd, named: bool) -> None:
        tried.append(1)
        crowd.thing = "token"
        # Without that filter the leaver's tokens are spread over pages that all the others shift.
        standin.reset(crowd.organization(honours_owned_by=False))
        mine = {token.id for token in standin.organization.tokens_of(PEOPLE[0])}
        standin.faults.add("answer", method="DELETE", effect=False, key_id=crowd.id_of(2 * crowd.stuck))
        options = {"token_id": sorted(mine)} if named else {"owner": PEOPLE[0]}
        with crowd.meets(standin):
            result = run(REMOVE_TOKENS, standin.url, concurrency=1, verify_timeout=1, **options)
        living = set(standin.organization.tokens)
        assert not result.crashed, result.text
        assert not {row["id"] for row in result.rows if row["outcome"] in oracle.GONE} & living, result.text
        assert not oracle.of_strangers(standin.organization, options), result.text
        if not result.failed:
            assert not mine & living, result.text

    holds()


def test_half_a_view_never_reports_anything_as_gone(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(), st.booleans(), st.booleans())
    def holds(case: Case, check: bool, reading: bool) -> None:
        tried.append(1)
        organization = case.organization()
        add_caller(organization, MINE)
        standin.reset(organization)
        before = set(organization.tokens)
        options = {**case.options, "missing_owner": "fail", "app_key": PLAIN_USER_APP_KEY}
        if reading:
            options.pop("check", None)
        with hurried():
            result = run(INFO_TOKENS if reading else REMOVE_TOKENS, standin.url, check=check, **options)
        assert result.failed, result.text
        assert set(organization.tokens) == before
        assert not set(result.result.get("not_found", []))
        assert not {"deleted", "absent", "unknown"} & {row.get("outcome") for row in result.rows}, result.text

    holds()
