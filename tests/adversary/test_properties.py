# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties over generated organizations, selections, faults and other people who add and delete meanwhile."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import hypothesis
from ansible_collections.keywarden.datadog.plugins.module_utils._api import pages
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import selection
from ansible_collections.keywarden.datadog.tests.standin import APP_KEY, Key, Organization, StandIn
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS
from hypothesis import strategies as st

from . import oracle
from .faults import Fault, catalogue
from .harness import INFO, REMOVE, Run, hurried, run
from .world import add_key, add_token, token_uuid_of, uuid_of

NOW = datetime.datetime.now(datetime.timezone.utc)
PEOPLE = ("ann@example.com", "joann@example.com", "bob@example.com")
# Of access tokens and version 1 nothing is asked here.
SWITCHES = [name for name in FLAGS if "token" not in name and not name.startswith(("v1_", "one_time_read", "gov"))]
NEVER = [uuid_of(f"never {number}") for number in range(3)]

# The quick part of the suite tries few examples; `make nightly` many (its environment says so).
EXAMPLES = int(os.environ.get("ADVERSARY_EXAMPLES", "25"))
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)


@dataclass
class Case:
    """An organization as numbers of keys per person, and what is done to it.

    :ivar ages: days since each key's last use, None where none is recorded; as many as there are keys.
    :ivar switches: of the deployment.
    """

    keys: dict[str, int]
    ages: list[int | None]
    options: dict[str, Any]
    faults: list[dict[str, Any]] = field(default_factory=list)
    actors: list[tuple[int, str, str]] = field(default_factory=list)
    switches: dict[str, Any] = field(default_factory=dict)

    def organization(self) -> Organization:
        """The same organization each time."""
        made = Organization.empty()
        ages = iter(self.ages)
        for email, number in self.keys.items():
            user = made.add_user(email, id=uuid_of(email))
            for count in range(number):
                key = add_key(made, user, f"{email} {count:02}")
                age = next(ages, None)
                key.last_used_at = None if age is None else (NOW - datetime.timedelta(days=age)).isoformat()
        service = made.add_user(PEOPLE[0], id=uuid_of("service"), service_account=True)
        add_key(made, service, "service")
        for name, value in self.switches.items():
            made.set_flag(name, value)
        return made


def ids_of(keys: dict[str, int]) -> list[str]:
    """The ids of the keys that Case.organization makes of these numbers."""
    return [uuid_of(f"{email} {count:02}") for email, number in keys.items() for count in range(number)]


@st.composite
def selections(draw: st.DrawFn, keys: dict[str, int]) -> dict[str, Any]:
    """Options that select something, and guards."""
    known = ids_of(keys)
    options: dict[str, Any] = {"concurrency": draw(st.sampled_from([1, 4, 32]))}
    if draw(st.booleans()):
        options["app_key_id"] = draw(st.lists(st.sampled_from([*known, *NEVER]), min_size=1, max_size=6))
    else:
        owners = [*PEOPLE, PEOPLE[0].upper(), uuid_of(PEOPLE[1]), uuid_of("service"), "nobody@example.com"]
        options["owner"] = draw(st.lists(st.sampled_from(owners), min_size=1, max_size=3, unique=True))
        options["missing_owner"] = draw(st.sampled_from(["fail", "report"]))
    if known and draw(st.integers(0, 3)) == 0:
        options["keep"] = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))
    if draw(st.integers(0, 3)) == 0:
        options["max_keys"] = draw(st.integers(0, 4))
    if draw(st.integers(0, 3)) == 0:
        options["refuse_used_within"] = draw(st.sampled_from(["1d", "7d", "52w"]))
    return options


ENDPOINTS = ("v2.key.get", "v2.key.delete", "v2.keys.list", "v2.users.list", "v2.user.get", "v2.current_user")
READS = tuple(fault for fault in catalogue(mutates=False) if fault.act and not fault.heavy)
DELETES = tuple(fault for fault in catalogue(mutates=True) if fault.act and not fault.heavy and not fault.lies)
SLOW = ("timeout", "late")


@st.composite
def faults(draw: st.DrawFn) -> dict[str, Any]:
    """A fault for some requests, as the stand-in takes it."""
    endpoint = draw(st.sampled_from(ENDPOINTS))
    fault: Fault = draw(st.sampled_from(DELETES if endpoint == "v2.key.delete" else READS))
    hypothesis.assume(not fault.name.startswith(SLOW))
    return {
        "act": fault.act,
        "endpoint": endpoint,
        "effect": fault.effect,
        "skip": draw(st.integers(0, 4)),
        "times": draw(st.sampled_from([1, 2, None])),
        **fault.fields,
    }


@st.composite
def cases(draw: st.DrawFn, faulty: bool = False, crowded: bool = False) -> Case:
    """Organizations with up to a dozen keys."""
    keys = {email: draw(st.integers(0, 4)) for email in PEOPLE}
    ages = draw(
        st.lists(st.sampled_from([None, 0, 3, 30, 400]), min_size=sum(keys.values()), max_size=sum(keys.values()))
    )
    switches = {name: draw(st.sampled_from(FLAGS[name])) for name in SWITCHES}
    case = Case(keys, ages, draw(selections(keys)), switches=switches)
    if faulty:
        case.faults = draw(st.lists(faults(), max_size=3))
    if crowded:
        known = ids_of(keys) or NEVER
        actor = st.tuples(st.integers(0, 6), st.sampled_from(["add", "delete"]), st.sampled_from([*known, *PEOPLE]))
        case.actors = draw(st.lists(actor, min_size=1, max_size=3))
    return case


def selected_by(case: Case, organization: Organization) -> list[str]:
    """The ids that the options select, worked out from the organization alone."""
    if "app_key_id" in case.options:
        return list(dict.fromkeys(case.options["app_key_id"]))
    chosen: list[str] = []
    for owner in case.options["owner"]:
        user = organization.users.get(owner.lower()) or next(
            (one for one in organization.users.values() if one.email == owner.lower() and not one.service_account),
            None,
        )
        if user:
            chosen += [key.id for key in organization.keys_of(user.id)]
    return list(dict.fromkeys(chosen))


@contextlib.contextmanager
def served(standin: StandIn, case: Case) -> Iterator[oracle.Truth]:
    """The case's organization with its faults and actors; settles the truth at the end."""
    standin.reset(case.organization())
    truth = oracle.Truth.of(standin, selected_by(case, standin.organization))
    for fault in case.faults:
        standin.faults.add(**fault)
    for skip, what, whom in case.actors:
        standin.faults.add("actor", skip=skip, times=1, call=lambda made, w=what, o=whom: act(made, w, o))
    with hurried():
        yield truth
    truth.settle(standin)


def act(organization: Organization, what: str, whom: str) -> None:
    """What somebody else does to a key or a person; if it fits neither, nothing."""
    if what == "delete":
        organization.delete_key(whom)
    elif whom in PEOPLE:
        add_key(organization, organization.find_user(whom), f"newcomer {len(organization.keys)}")


def remove(standin: StandIn, case: Case, **more: Any) -> Run:
    """Carry out the case's removal."""
    return run(REMOVE, standin.url, **{**case.options, **more})


def by_id(result: Run) -> dict[str, str]:
    """The outcome of each id."""
    return {row["id"]: row["outcome"] for row in result.rows}


def test_reported_outcomes_equal_the_truth_whatever_faults_meet(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True), st.booleans())
    def holds(case: Case, verify: bool) -> None:
        tried.append(1)
        with served(standin, case) as truth:
            result = remove(standin, case, verify=verify)
        wrong = oracle.of_removal(result, truth, verified=verify)
        wrong = [one for one in wrong if not allowed_by_guard(one, case, result)]
        assert not wrong, "\n".join([*wrong, result.text])

    holds()


def test_reported_outcomes_equal_the_truth_while_others_add_and_delete(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True, crowded=True))
    def holds(case: Case) -> None:
        tried.append(1)
        with served(standin, case) as truth:
            result = remove(standin, case)
        mine = {one.id for one in standin.organization.deleted if one.by != "actor"}
        reported = by_id(result)
        assert not result.crashed, result.text
        for key_id, outcome in reported.items():
            if outcome in oracle.GONE:
                assert key_id not in standin.organization.keys, result.text
        for key_id in mine:
            assert reported.get(key_id) in ("deleted", "unknown", "absent"), (key_id, result.text)
        assert not oracle.of_strangers(standin.organization, case.options), result.text
        assert not oracle._of_sums(result)
        # Who is told "ok" has no key left that was selected, not even one that came meanwhile and was seen.
        if not result.failed and not {"keep"} & set(case.options):
            assert not set(truth.selected) & set(standin.organization.keys), result.text

    holds()


@dataclass
class Crowd:
    """Pages that are small, and people who delete one key and create another between any two requests for them.

    :ivar swaps: before or after which request for a page, and which key goes.
    :ivar stuck: a key whose delete is accepted and not carried out.
    :ivar used: a key that production uses.
    :ivar thing: what one of them is: a key, or a token.
    """

    keys: int
    page: int
    swaps: list[tuple[int, str, int]]
    stuck: int
    used: int
    thing: str = "key"

    def add(self, made: Organization, email: str, name: str, created_at: str) -> None:
        """One more, of that person."""
        one = {"key": add_key, "token": add_token}[self.thing](made, made.find_user(email), name)
        one.created_at = created_at

    def id_of(self, number: int) -> str:
        """The ID of one of those that are there at first."""
        name = f"{self.thing} {number % self.keys:02}"
        return uuid_of(name) if self.thing == "key" else token_uuid_of(name)

    def organization(self, honours_owned_by: bool = True) -> Organization:
        """The same organization each time; the leaver owns every other key."""
        made = Organization.empty()
        made.set_flag("honours_owned_by", honours_owned_by)
        for email in PEOPLE[:2]:
            made.add_user(email, id=uuid_of(email))
        for number in range(self.keys):
            self.add(made, PEOPLE[number % 2], f"{self.thing} {number:02}", f"2026-01-01T00:{number:02}:00+00:00")
        return made

    @contextlib.contextmanager
    def meets(self, standin: StandIn) -> Iterator[None]:
        """The pages, and the people."""

        def swap(organization: Organization, victim: str) -> None:
            delete = {"key": organization.delete_key, "token": organization.delete_token}[self.thing]
            if delete(victim):
                number = len(organization.deleted)
                self.add(organization, PEOPLE[1], f"newcomer {number}", f"2030-01-01T00:{number:02}:00+00:00")

        for skip, when, victim in self.swaps:
            gone = self.id_of(victim)
            standin.faults.add(
                "actor",
                endpoint=f"v2.{self.thing}s.list",
                skip=skip,
                times=1,
                when=when,
                call=lambda made, gone=gone: swap(made, gone),
            )
        with hurried(), mock.patch.object(pages, "PAGE_SIZE", self.page):
            yield


CROWDS = st.builds(
    Crowd,
    thing=st.just("key"),
    keys=st.integers(3, 14),
    page=st.integers(1, 4),
    swaps=st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from(["before", "after"]), st.integers(0, 13)), min_size=1, max_size=5
    ),
    stuck=st.integers(0, 6),
    used=st.integers(0, 6),
)


def test_whoever_lived_all_the_time_is_in_a_complete_listing(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(CROWDS)
    def holds(crowd: Crowd) -> None:
        tried.append(1)
        standin.reset(crowd.organization())
        before = set(standin.organization.keys)
        with crowd.meets(standin):
            result = run(INFO, standin.url, concurrency=1)
        assert not result.crashed, result.text
        if not result.failed:
            assert result.result["listing"]["complete"] is True
            assert before & set(standin.organization.keys) <= {row["id"] for row in result.rows}, result.text

    holds()


def test_named_keys_are_what_is_said_of_them_while_pages_shift(standin: StandIn, tried: list[int]) -> None:
    """They are looked up in pages that are read once, and verified in pages that are read twice."""
    others = 4  # that are not named, and may go at any moment
    crowds = st.builds(
        Crowd,
        keys=st.integers(16, 24),
        page=st.integers(4, 8),
        swaps=st.lists(
            st.tuples(st.integers(0, 12), st.sampled_from(["before", "after"]), st.integers(0, others - 1)), max_size=4
        ),
        stuck=st.integers(others, 15),
        used=st.just(0),
    )

    @SETTINGS
    @hypothesis.given(crowds)
    def holds(crowd: Crowd) -> None:
        tried.append(1)
        standin.reset(crowd.organization())
        named = [crowd.id_of(number) for number in range(others, crowd.keys)] + NEVER
        stuck = crowd.id_of(crowd.stuck)
        standin.faults.add("answer", method="DELETE", effect=False, key_id=stuck)
        with crowd.meets(standin), mock.patch.object(selection, "PER_REQUEST_WORTH_IT", 1):
            result = run(REMOVE, standin.url, app_key_id=named, concurrency=1, verify_timeout=1)
        living = set(standin.organization.keys)
        assert not result.crashed, result.text
        assert not {row["id"] for row in result.rows if row["outcome"] in oracle.GONE} & living, result.text
        assert not oracle.of_strangers(standin.organization, {"app_key_id": named}), result.text
        if not result.failed:
            assert not set(named) & living, result.text

    holds()


def test_no_key_in_use_is_missed_and_no_living_key_is_called_gone_while_pages_shift(
    standin: StandIn, tried: list[int]
) -> None:
    @SETTINGS
    @hypothesis.given(CROWDS, st.booleans())
    def holds(crowd: Crowd, guarded: bool) -> None:
        tried.append(1)
        # Without that filter the leaver's keys are spread over pages that all the others shift.
        standin.reset(crowd.organization(honours_owned_by=False))
        mine = sorted(key.id for key in standin.organization.keys_of(PEOPLE[0]))
        stuck, used = mine[crowd.stuck % len(mine)], mine[crowd.used % len(mine)]
        standin.organization.keys[used].last_used_at = NOW.isoformat()
        standin.faults.add("answer", method="DELETE", effect=False, key_id=stuck)
        with crowd.meets(standin):
            guard = {"refuse_used_within": "7d"} if guarded else {}
            result = run(REMOVE, standin.url, owner=PEOPLE[0], concurrency=1, verify_timeout=1, **guard)
        living = set(standin.organization.keys)
        assert not result.crashed, result.text
        for row in result.rows:
            assert row["outcome"] not in oracle.GONE or row["id"] not in living, result.text
        assert not oracle.of_strangers(standin.organization, {"owner": PEOPLE[0]}), result.text
        if guarded and used in living:
            assert {one.by for one in standin.organization.deleted} <= {"actor"}, result.text
        if not result.failed:
            assert not set(mine) & living, result.text

    holds()


def allowed_by_guard(violation: str, case: Case, result: Run) -> bool:
    """What `keep` keeps lives on although the task is ok."""
    return violation.startswith("ok although") and "kept" in result.outcomes


def test_a_run_after_the_faults_finishes_and_the_next_is_a_no_op(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True))
    def holds(case: Case) -> None:
        tried.append(1)
        case.switches["tells_service_account"] = True  # otherwise nobody is known to be a person
        guards = {"keep", "max_keys", "refuse_used_within"} & set(case.options)
        hypothesis.assume(not guards and "nobody@example.com" not in case.options.get("owner", []))
        with served(standin, case) as truth:
            remove(standin, case)
        standin.faults.clear()
        second = remove(standin, case)
        assert not second.failed, second.text
        assert not set(truth.selected) & set(standin.organization.keys)
        third = remove(standin, case)
        assert (third.failed, third.result["changed"]) == (False, False)
        assert set(third.outcomes) <= {"absent"}
        untouched = set(truth.before) - set(truth.selected)
        assert untouched == oracle.living(standin)

    holds()


def test_check_mode_predicts_the_rows_of_the_real_run(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases())
    def holds(case: Case) -> None:
        tried.append(1)
        with served(standin, case) as truth:
            predicted = remove(standin, case, check=True, diff=True)
            assert oracle.living(standin) == set(truth.before)
            real = remove(standin, case, diff=True)
        assert [(row["id"], row["name"], row["outcome"]) for row in predicted.rows] == [
            (row["id"], row["name"], row["outcome"]) for row in real.rows
        ]
        same = ("counts", "changed", "failed", "owners", "listing", "diff")
        assert {name: predicted.result.get(name) for name in same} == {name: real.result.get(name) for name in same}

    holds()


def test_a_guard_that_trips_leaves_its_plan_whole_and_the_others_are_carried_out(
    standin: StandIn, tried: list[int]
) -> None:
    @SETTINGS
    @hypothesis.given(cases())
    def holds(case: Case) -> None:
        tried.append(1)
        # Otherwise nobody is known to be a person, and no use is told.
        case.switches.update(tells_service_account=True, audit_trail=True)
        with served(standin, case) as truth:
            organization = standin.organization
            plans = [case.options["app_key_id"]] if "app_key_id" in case.options else None
            if plans is None:
                plans = [selected_by(Case({}, [], {"owner": [one]}), organization) for one in case.options["owner"]]
            used = {key.id: key.last_used_at for key in organization.keys.values()}
            result = remove(standin, case)
        seen: set[str] = set()
        for plan in plans:
            mine = [key_id for key_id in dict.fromkeys(plan) if key_id in truth.before and key_id not in seen]
            seen.update(mine)
            to_go = [key_id for key_id in mine if key_id not in case.options.get("keep", [])]
            tripped = len(to_go) > case.options.get("max_keys", 99) or any(
                too_fresh(used[key_id], case.options.get("refuse_used_within")) for key_id in to_go
            )
            left = set(mine) & set(standin.organization.keys)
            assert left == (set(mine) if tripped else set(mine) - set(to_go)), result.text

    holds()


def too_fresh(used: str | None, age: str | None) -> bool:
    """Whether a key was used more recently than the age."""
    if used is None or age is None:
        return False
    span = datetime.timedelta(**{{"d": "days", "w": "weeks"}[age[-1]]: int(age[:-1])})
    return NOW - datetime.datetime.fromisoformat(used) < span


def test_the_order_of_the_input_does_not_matter(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(), st.randoms(use_true_random=False))
    def holds(case: Case, random: Any) -> None:
        tried.append(1)
        selector = "app_key_id" if "app_key_id" in case.options else "owner"
        shuffled = list(case.options[selector])
        random.shuffle(shuffled)
        with served(standin, case):
            first = remove(standin, case)
        left = set(standin.organization.keys)
        with served(standin, case):
            second = remove(standin, case, **{selector: shuffled})
        # Guards look at plans, and a key that two owners' names lead to stands in the first plan.
        assert by_id(first) == by_id(second)
        assert left == set(standin.organization.keys)
        if selector == "app_key_id":
            assert [row["id"] for row in second.rows] == list(dict.fromkeys(shuffled))

    holds()


@st.composite
def questions(draw: st.DrawFn) -> tuple[Case, dict[str, Any]]:
    """A case, and filters of a listing."""
    case = draw(cases())
    filters: dict[str, Any] = {}
    if draw(st.booleans()):
        filters["owner"] = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        filters["unused_for"] = draw(st.sampled_from(["1d", "7d", "52w"]))
    if draw(st.booleans()):
        filters["filter"] = draw(st.sampled_from(["ann", "01", "EXAMPLE", "no such name"]))
    return case, filters


def test_a_listing_is_exactly_the_keys_that_a_reader_of_the_organization_would_choose(
    standin: StandIn, tried: list[int]
) -> None:
    @SETTINGS
    @hypothesis.given(questions())
    def holds(question: tuple[Case, dict[str, Any]]) -> None:
        tried.append(1)
        case, filters = question
        # Otherwise nobody is known to be a person, and no use is told.
        case.switches.update(tells_service_account=True, audit_trail=True)
        with served(standin, case) as truth:
            made = standin.organization
            owners = {made.find_user(one).id for one in filters.get("owner", [])}
            wanted = {key.id for key in made.keys.values() if chosen(key, owners, filters)}
            result = run(INFO, standin.url, **filters)
        assert not oracle.of_any_run(result, truth)
        assert not result.failed, result.text
        assert {row["id"] for row in result.rows} == wanted
        assert result.result["total"] == len(result.rows) == len(wanted)

    holds()


def chosen(key: Key, owners: set[str], filters: dict[str, Any]) -> bool:
    """Whether the filters admit a key; written anew from the documentation of the options."""
    if owners and key.owner_id not in owners:
        return False
    if filters.get("filter", "").lower() not in key.name.lower():
        return False
    if "unused_for" in filters:
        return not too_fresh(key.last_used_at or key.created_at, filters["unused_for"])
    return True


SHAPELESS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def grafted(draw: st.DrawFn, body: Any) -> Any:
    """The body with any JSON in the place of one of its parts."""
    if isinstance(body, dict) and body and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(body)))
        return {**body, name: grafted(draw, body[name])}
    if isinstance(body, list) and body and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(body) - 1))
        return [grafted(draw, one) if number == place else one for number, one in enumerate(body)]
    return draw(SHAPELESS)


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """The answer about a key, or a listing of it, with one part replaced."""
    item = {
        "type": "application_keys",
        "id": uuid_of(f"{PEOPLE[0]} 00"),
        "attributes": {
            "name": "n",
            "last4": "1234",
            "created_at": "2026-01-01T00:00:00Z",
            "last_used_at": None,
            "scopes": None,
        },
        "relationships": {
            "owned_by": {"data": {"type": "users", "id": uuid_of(PEOPLE[0])}},
            "leak_information": {"data": {"type": "leaked_keys", "id": "leak"}},
        },
    }
    user = {"type": "users", "id": uuid_of(PEOPLE[0]), "attributes": {"email": PEOPLE[0], "name": "Ann"}}
    leak = {"type": "leaked_keys", "id": "leak", "attributes": {"date": "2026-01-01", "leak_source": "x"}}
    single = draw(st.booleans())
    body: dict[str, Any] = {"data": item if single else [item], "included": [user, leak]}
    if not single:
        body["meta"] = {"page": {"total_filtered_count": 1}}
    return grafted(draw, body)


def test_no_shape_of_an_answer_leads_to_a_traceback(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(bodies(), st.sampled_from([REMOVE, INFO]), st.booleans())
    def holds(body: Any, module: Any, by_owner: bool) -> None:
        tried.append(1)
        options: dict[str, Any] = {"owner": [PEOPLE[0]]} if by_owner else {"app_key_id": [uuid_of(f"{PEOPLE[0]} 00")]}
        case = Case({PEOPLE[0]: 1}, [None], options)
        with served(standin, case) as truth:
            standin.faults.add("json", method="GET", path="application_keys", body=body)
            result = run(module, standin.url, check=True, diff=True, **options)
        assert not oracle.of_any_run(result, truth)
        # What is printed has to be JSON for everybody, which NaN is not.
        json.loads(json.dumps(result.result, allow_nan=False))

    holds()


def test_an_owner_is_never_the_wrong_person(standin: StandIn, tried: list[int]) -> None:
    names = st.text("anjo@.exmplcob ", min_size=1, max_size=16) | st.sampled_from(
        [
            "ann",
            "ann@example",
            "Ann@Example.COM",
            " ann@example.com ",
            "joann@example.com",
            "ann@example.com.",
            "@",
            "a",
        ]
    )

    @SETTINGS
    @hypothesis.given(names)
    def holds(name: str) -> None:
        tried.append(1)
        hypothesis.assume(name.strip())
        with served(standin, Case(dict.fromkeys(PEOPLE, 2), [], {"app_key_id": NEVER})) as truth:
            made = standin.organization
            right = [one for one in PEOPLE if one == name.strip().lower()]
            wanted = {key.id for one in right for key in made.keys_of(one)}
            run(REMOVE, standin.url, owner=[name], missing_owner="report")
        assert truth.before - oracle.living(standin) == wanted

    holds()


def test_the_key_of_the_task_itself_is_never_removed_by_accident(standin: StandIn, tried: list[int]) -> None:
    @SETTINGS
    @hypothesis.given(cases(faulty=True))
    def holds(case: Case) -> None:
        tried.append(1)
        case.options = {**case.options, "max_keys": None, "keep": None}
        with served(standin, case):
            own = standin.organization.keys.by_secret(APP_KEY)
            assert own is not None
            selection = case.options.get("app_key_id")
            more = (
                {"app_key_id": [*selection, own.id]} if selection else {"owner": [*case.options["owner"], own.owner_id]}
            )
            result = remove(standin, case, **more)
        assert own.id in standin.organization.keys, result.text
        assert result.failed

    holds()
