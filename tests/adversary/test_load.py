# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load: a large organization, many requests at once, a server that fails at random. Memory is that of the module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import without_ours
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, Organization, StandIn

KEYS, LEAVERS = 10_000, 1_000
LEAVER = "leaver@example.com"
LARGEST_MEMORY = 150  # MB

PROGRAM = r"""
import re, sys
from ansible.module_utils import basic
from ansible_collections.keywarden.datadog.plugins.modules import (
    datadog_access_token, datadog_access_token_info, datadog_app_key, datadog_app_key_info
)
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.stdin.buffer.read(), "legacy"
try:
    {
        "remove": datadog_app_key, "info": datadog_app_key_info,
        "remove tokens": datadog_access_token, "info tokens": datadog_access_token_info,
    }[sys.argv[1]].main()
finally:
    # Not what getrusage tells, which is handed down by the process that started this one.
    status = open("/proc/self/status").read()
    print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024, file=sys.stderr)
"""


def measured(module: str, **options: Any) -> tuple[dict[str, Any], float]:
    """Run a module in a process of its own: its result, and the most memory that it had, in MB."""
    tree = next(Path(entry) for entry in sys.path if (Path(entry) / "ansible_collections/keywarden/datadog").is_dir())
    arguments = {"api_key": API_KEY, "app_key": APP_KEY, "concurrency": 32, "max_retries": 8, "timeout": 10, **options}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**without_ours(os.environ), "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return json.loads(done.stdout), float(done.stderr.strip().splitlines()[-1])


@pytest.fixture
def large() -> Iterator[StandIn]:
    """10,000 keys, 1,000 of them the leaver's."""
    with StandIn(Organization.generated(KEYS, {LEAVER: LEAVERS})) as standin:
        yield standin


def fail_one_in_ten(standin: StandIn) -> None:
    """Every kind of request, in different ways."""
    faults: list[dict[str, Any]] = [
        {"act": "status", "status": 503, "body": "html"},
        {"act": "status", "status": 500, "body": "datadog"},
        {"act": "drop"},
        {"act": "drop_after"},
        {"act": "truncate"},
    ]
    for seed, fault in enumerate(faults):
        standin.faults.add(probability=0.02, seed=seed, **fault)


@pytest.mark.full
@pytest.mark.parametrize("selection", ["owner", "ids"])
def test_1000_of_10000_keys_go_and_none_else_though_one_request_in_ten_fails(
    large: StandIn, selection: str, record_property: Any
) -> None:
    record_property("cells", 1)
    leaving = {key.id for key in large.organization.keys_of(LEAVER)}
    staying = set(large.organization.keys) - leaving
    fail_one_in_ten(large)
    options: dict[str, Any] = {"owner": LEAVER} if selection == "owner" else {"app_key_id": sorted(leaving)}
    result, memory = measured("remove", state="absent", api_url=large.url, **options)
    failed = sum(one.fault is not None for one in large.requests)
    assert not result.get("failed"), result["msg"]
    assert result["counts"]["deleted"] == LEAVERS
    assert {row["id"] for row in result["application_keys"]} == leaving
    assert set(large.organization.keys) == staying
    assert failed > 0.05 * len(large.requests), "the server was too kind"
    assert memory < LARGEST_MEMORY
    assert max(one.under_way for one in large.requests) <= 32


@pytest.mark.full
def test_10000_keys_are_listed_whole_though_one_request_in_ten_fails(large: StandIn, record_property: Any) -> None:
    record_property("cells", 1)
    fail_one_in_ten(large)
    result, memory = measured("info", api_url=large.url)
    assert {row["id"] for row in result["application_keys"]} == set(large.organization.keys)
    assert result["listing"] == {"total": KEYS, "complete": True}
    assert memory < LARGEST_MEMORY


@pytest.mark.full
@pytest.mark.parametrize("selection", ["owner", "ids"])
def test_300_of_3000_tokens_go_and_none_else_though_one_request_in_ten_fails(
    selection: str, record_property: Any
) -> None:
    record_property("cells", 1)
    others = {f"person{number:03}@example.com": 27 for number in range(100)}
    with StandIn(Organization.generated(10, tokens={LEAVER: 300, **others})) as standin:
        leaving = {token.id for token in standin.organization.tokens_of(LEAVER)}
        staying = set(standin.organization.tokens) - leaving
        fail_one_in_ten(standin)
        options: dict[str, Any] = {"owner": LEAVER} if selection == "owner" else {"token_id": sorted(leaving)}
        result, memory = measured("remove tokens", state="absent", api_url=standin.url, **options)
        assert not result.get("failed"), result["msg"]
        assert result["counts"]["deleted"] == 300
        assert {row["id"] for row in result["access_tokens"]} == leaving
        assert set(standin.organization.tokens) == staying
        assert memory < LARGEST_MEMORY


def test_all_tokens_of_a_large_organization_are_listed_with_their_owners(record_property: Any) -> None:
    record_property("cells", 1)
    people = {f"person{number:03}@example.com": 10 for number in range(60)}
    with StandIn(Organization.generated(1, tokens=people)) as standin:
        result, memory = measured("info tokens", api_url=standin.url)
        assert {row["id"] for row in result["access_tokens"]} == set(standin.organization.tokens)
        assert {row["owner"]["email"] for row in result["access_tokens"]} >= set(people)
        assert len(standin.requests) <= 20, "so many owners are read with the list of all users"
        assert memory < LARGEST_MEMORY
