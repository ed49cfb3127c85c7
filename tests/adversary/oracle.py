# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The truth: what a module reported, held against what the server knows. An empty list of violations is a pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, Organization, StandIn

from .harness import SECOND, Run
from .secrets import traces

GONE = ("deleted", "absent")
MAY_HAVE_CHANGED = ("deleted", "unknown")
FAILS = ("refused", "skipped", "failed", "unknown")
DEFECT = "defect of the collection"

# Beside what the options allow: start-up, and a busy machine.
SLACK = 3.0


def living(standin: StandIn) -> set[str]:
    """The ids of all keys and access tokens that live."""
    return {*standin.organization.keys, *standin.organization.tokens}


@dataclass
class Truth:
    """The server's side of one run.

    :ivar before: the ids of the keys and access tokens that lived when it began.
    :ivar after: those that live now that it has ended.
    :ivar selected: the ids in the order asked for, also of keys that never lived.
    :ivar secrets: that must not be in any output.
    """

    before: set[str]
    after: set[str]
    selected: Sequence[str]
    secrets: Collection[str]
    touched: Collection[str] = field(default_factory=list)

    @classmethod
    def of(cls, standin: StandIn, selected: Sequence[str]) -> Truth:
        """Before the run; `settle` afterwards."""
        keys, tokens = standin.organization.keys.values(), standin.organization.tokens.values()
        secrets = {API_KEY, APP_KEY, *(key.secret for key in keys)}
        secrets.update(part for token in tokens for part in (token.secret, token.tail))
        return cls(living(standin), set(), selected, secrets)

    def settle(self, standin: StandIn) -> None:
        """After the run."""
        self.after = living(standin)
        deletes = {one.key_id or "?" for one in standin.requests if one.method == "DELETE"}
        # A busy server may read a delete of an earlier run only now, one that the run had given up on.
        self.touched = deletes & {*self.before, *self.selected, "?"}

    @property
    def gone(self) -> set[str]:
        """What lived before and does not now."""
        return set(self.before) - set(self.after)


def of_strangers(organization: Organization, options: Mapping[str, Any]) -> list[str]:
    """What went although the options do not name it, nor its owner. What others removed meanwhile is their business."""
    named = {*(options.get("app_key_id") or ()), *(options.get("token_id") or ())}
    asked = options.get("owner") or ()
    owners = {owner.lower() for owner in ([asked] if isinstance(asked, str) else asked)}
    people = {
        user.id
        for user in organization.users.values()
        if user.id in owners or (user.email in owners and not user.service_account)
    }
    return [
        f"removed although it is not selected: {one.id} of {one.owner_id}"
        for one in organization.deleted
        if one.by != "actor" and one.id not in named and one.owner_id not in people
    ]


def of_any_run(run: Run, truth: Truth) -> list[str]:
    """What holds for every module, whatever happened."""
    wrong = []
    if run.crashed or DEFECT in run.text or "Traceback" in run.text:
        wrong.append(f"no orderly end: {run.text[-1500:]}")
    wrong += [f"a secret is told: {trace[:6]}…" for trace in traces(run.text, truth.secrets)]
    if truth.gone - set(truth.selected):
        wrong.append(f"removed outside the selection: {truth.gone - set(truth.selected)}")
    if set(truth.touched) - set(truth.selected):
        wrong.append(f"sent a delete for what was not selected: {truth.touched}")
    if run.failed and not run.msg.strip():
        wrong.append("fails without a word")
    return wrong


def of_removal(run: Run, truth: Truth, *, check: bool = False, verified: bool = True, lied: bool = False) -> list[str]:
    """What must hold for the managing module.

    :param verified: whether it was to read again. If not, a key that was only said to be deleted may live.
    :param lied: whether the API may have said that it did not carry out a delete that it did.
    """
    wrong = of_any_run(run, truth)
    rows = run.rows
    known = [row["id"] for row in rows] if any(row["id"] for row in rows) else list(truth.selected)
    for key_id, row in zip(known, rows):
        wrong += _of_row(key_id, row, truth, check, verified, lied)
    if check:
        if truth.touched or truth.gone:
            wrong.append("check mode changed something")
    else:
        reported = {key_id for key_id, row in zip(known, rows)}
        if truth.gone - reported:
            wrong.append(f"removed and not reported: {truth.gone - reported}")
    wrong += _of_sums(run)
    if not run.failed and any(key_id in truth.after for key_id in truth.selected) and verified and not check:
        wrong.append(f"ok although a selected key lives: {run.outcomes}")
    return wrong


def _of_row(key_id: str, row: dict[str, Any], truth: Truth, check: bool, verified: bool, lied: bool) -> list[str]:
    wrong, outcome, message = [], row["outcome"], row["message"] or ""
    lives = key_id in truth.after
    if outcome == "absent" and lives:
        wrong.append(f"FALSE SUCCESS: {key_id} is reported absent and lives")
    if outcome == "deleted" and not check:
        if lives and (verified or message != "Not verified."):
            wrong.append(f"FALSE SUCCESS: {key_id} is reported deleted and lives")
        if verified and not row["verified_at"]:
            wrong.append(f"{key_id} is reported deleted and no read showed it")
        if not row["requested_at"]:
            wrong.append(f"{key_id} is reported deleted without the time of the request")
    if key_id in truth.gone and outcome not in ("deleted", "absent", "unknown"):
        believed = outcome in ("failed", "skipped") and lied and "answered 4" in message
        if not believed:
            wrong.append(f"{key_id} is gone and reported {outcome}: {message}")
    if outcome in FAILS and not message:
        wrong.append(f"{key_id} is {outcome} without a word")
    if key_id not in truth.selected:
        wrong.append(f"a row for {key_id}, which was not selected")
    return wrong


def _of_sums(run: Run) -> list[str]:
    wrong, outcomes = [], run.outcomes
    counts = run.counts
    if {name: outcomes.count(name) for name in counts} != counts or sum(counts.values()) != len(outcomes):
        wrong.append(f"counts {counts} do not add up to {outcomes}")
    if bool(run.result.get("changed")) != any(outcome in MAY_HAVE_CHANGED for outcome in outcomes):
        wrong.append(f"changed is {run.result.get('changed')} with {outcomes}")
    if any(outcome in FAILS for outcome in outcomes) and not run.failed:
        wrong.append(f"ok with {outcomes}")
    return wrong


def of_reading(run: Run, truth: Truth) -> list[str]:
    """What must hold for the info module."""
    wrong = of_any_run(run, truth)
    if run.result.get("changed") or truth.gone or truth.touched:
        wrong.append("reading changed something")
    found = [row["id"] for row in run.rows]
    if any(found):
        wrong += [f"reports {one}, which does not live or was not asked for" for one in set(found) - set(truth.before)]
    missing = run.result.get("not_found", [])
    living = [key_id for key_id in truth.selected if key_id in truth.after]
    if len(missing) > len(truth.selected) - len(living):
        wrong.append(f"FALSE SUCCESS: {missing} reported as not found")
    wrong += [f"FALSE SUCCESS: {one} lives and is not found" for one in missing if one in truth.after]
    if not run.failed and len(run.rows) < len(living):
        wrong.append(f"SHORT ANSWER: {len(run.rows)} of {len(living)} and no error")
    return wrong


def of_time(run: Run, requests: int, *, max_wait: float, verify_timeout: float) -> list[str]:
    """No request takes longer than its time-out, and beside requests there are only waits and the verification."""
    wrong = []
    waited = run.result.get("waited", 0.0)
    if waited > max_wait:
        wrong.append(f"waited {waited} s of {max_wait} s")
    allowed = requests * SECOND + waited + verify_timeout * SECOND + SLACK
    if run.seconds > allowed:
        wrong.append(f"took {run.seconds:.1f} s, at most {allowed:.1f} s are allowed ({requests} requests)")
    return wrong
