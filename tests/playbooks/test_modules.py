# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a playbook uses it, on the installed artifact."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import StandIn


def removal(name: str = "Remove", **options: Any) -> dict[str, Any]:
    """A task."""
    return {"name": name, "keywarden.datadog.datadog_app_key": {"state": "absent", **options}}


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_one_playbook_really_removes_and_with_check_only_says_so(standin: StandIn, play: Player, check: bool) -> None:
    key = standin.organization.keys_of("bob@example.com")[0]
    run = play([removal(app_key_id=key.id)], check=check)
    assert run.rc == 0, run.output
    assert run.of("Remove").result["counts"]["deleted"] == 1
    assert (key.id in standin.organization.keys) is check


def test_a_warning_that_is_not_expected_fails_a_test(play: Player) -> None:
    with pytest.raises(AssertionError, match=r"unexpected warnings.*validate_certs is false"):
        play([removal(owner="bob@example.com", validate_certs=False)])
    run = play(
        [removal(owner="bob@example.com", validate_certs=False)],
        warnings=["^validate_certs is false: .* ca_path instead.$"],
    )
    assert run.of("Remove").status == "ok"
