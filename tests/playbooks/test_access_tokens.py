# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for access tokens as a playbook uses them: real `ansible-playbook` on the installed artifact."""

from __future__ import annotations

from typing import Any

from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NOBODY,
    PLAIN_USER_APP_KEY,
    SECOND_LEAVER,
    StandIn,
)

REMOVE = "keywarden.datadog.datadog_access_token"
READ = "keywarden.datadog.datadog_access_token_info"
SHARES = r"Service account \S+ shares ann@example\.com"
USED = r"Used within the last day: .*dd_auth_cli-"
GONE = "00000000-0000-4000-8000-000000000000"


def removal(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, REMOVE: {"state": "absent", **options}}


def test_one_playbook_of_tokens_checked_run_and_run_again(standin: StandIn, play: Player) -> None:
    """Named and owned tokens; the server is looked at after each run."""
    organization = standin.organization
    bobs = organization.tokens_of(SECOND_LEAVER)
    victims = {bobs[0].id} | {token.id for token in organization.tokens_of(LEAVER)}
    playbook = [
        {"name": "Read", READ: {"owner": LEAVER}},
        removal("By ID", token_id=[bobs[0].id, GONE]),
        removal("By owner", owner=[LEAVER, NOBODY], missing_owner="report", max_tokens=10),
    ]
    before = set(organization.tokens)
    preview = play(playbook, check=True, diff=True, warnings=[SHARES, USED])
    assert preview.rc == 0, preview.output
    assert set(organization.tokens) == before
    assert {sent.method for sent in standin.requests} == {"GET"}

    real = play(playbook, diff=True, warnings=[SHARES, USED])
    assert real.rc == 0, real.output
    assert set(organization.tokens) == before - victims
    assert [row["outcome"] for row in real.of("By ID").result["access_tokens"]] == ["deleted", "absent"]
    for name in ("By ID", "By owner"):
        for part in ("counts", "owners", "listing", "diff", "changed"):
            assert preview.of(name).result.get(part) == real.of(name).result.get(part)
    assert len(real.of("Read").result["access_tokens"]) == 5

    again = play(playbook, warnings=[SHARES])
    assert again.rc == 0, again.output
    assert not again.of("By ID").result["changed"]
    assert not again.of("By owner").result["changed"]
    assert set(organization.tokens) == before - victims
    for run in (preview, real, again):
        assert not [token for token in organization.tokens.values() if token.tail in run.output]


def test_credentials_that_see_half_fail_the_play_in_words(standin: StandIn, play: Player) -> None:
    standin.organization.find_user("carol@example.com").permissions.append("user_access_read")
    run = play([removal("Remove", owner=LEAVER)], env={"DD_APP_KEY": PLAIN_USER_APP_KEY}, warnings=[SHARES])
    assert run.rc != 0
    assert "org_app_keys_read" in run.of("Remove").result["msg"]
    assert len(standin.organization.tokens_of(LEAVER)) == 5


def test_a_service_accounts_tokens_go_by_its_id_and_the_shared_email_warns(standin: StandIn, play: Player) -> None:
    users = standin.organization.users.values()
    account = next(user for user in users if user.email == LEAVER and user.service_account)
    run = play([removal("Remove", owner=account.id)])
    assert run.rc == 0, run.output
    assert standin.organization.tokens_of(account.id) == []
    assert len(standin.organization.tokens_of(LEAVER)) == 5
