# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error that nobody foresaw is the outcome of the row that it met, and of no other."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v2 import KeysV2
from ansible_collections.keywarden.datadog.tests.standin import NEIGHBOUR, SECOND_LEAVER


@pytest.fixture
def bobs(standin):
    return standin.organization.keys_of(SECOND_LEAVER)


@pytest.fixture
def surprise(mocker):
    """surprise(method, key_id, skip): that method of the adapter raises for that key, from so many calls on."""

    def plant(method, key_id, skip=0, after=False):
        real, calls = getattr(KeysV2, method), []

        def odd(kind, ref, *more):
            if ref != key_id:
                return real(kind, ref, *more)
            calls.append(ref)
            if len(calls) <= skip:
                return real(kind, ref, *more)
            if after:
                real(kind, ref, *more)
            raise RuntimeError("a surprise")

        mocker.patch.object(KeysV2, method, odd)

    return plant


def test_a_surprise_while_reading_fails_that_key_alone(modules, standin, bobs, surprise):
    surprise("get", bobs[1].id)
    run = modules.remove(app_key_id=[key.id for key in bobs])
    assert run.outcomes == ["deleted", "failed"] + ["deleted"] * 4
    assert "defect of the collection: RuntimeError" in run.rows[1]["message"]
    assert [key.id for key in standin.organization.keys_of(SECOND_LEAVER)] == [bobs[1].id]


@pytest.mark.parametrize(("after", "outcome"), [(False, "failed"), (True, "deleted")])
def test_a_surprise_while_deleting_is_settled_by_a_read(modules, standin, bobs, surprise, after, outcome):
    surprise("delete", bobs[1].id, after=after)
    run = modules.remove(app_key_id=[key.id for key in bobs], verify_timeout=1)
    assert run.outcomes == ["deleted", outcome] + ["deleted"] * 4
    assert "defect of the collection: RuntimeError" in run.rows[1]["message"]
    assert (bobs[1].id in standin.organization.keys) is not after


def test_a_surprise_while_verifying_leaves_that_key_unknown_alone(modules, bobs, surprise):
    surprise("get", bobs[1].id, skip=1)
    run = modules.remove(app_key_id=[key.id for key in bobs], verify_timeout=0)
    assert run.outcomes == ["deleted", "unknown"] + ["deleted"] * 4
    assert "defect of the collection: RuntimeError" in run.rows[1]["message"]
    assert run.failed


def test_a_surprise_in_the_verifying_listing_leaves_each_key_to_be_read(modules, standin, mocker):
    real, listings = KeysV2.list, []

    def odd(kind, **options):
        listings.append(options["purpose"])
        if len(listings) > 1:
            raise RuntimeError("a surprise")
        return real(kind, **options)

    mocker.patch.object(KeysV2, "list", odd)
    run = modules.remove(owner=SECOND_LEAVER, verify_timeout=0)
    assert run.outcomes == ["deleted"] * 6
    assert all(row["verified_at"] for row in run.rows)
    assert len(listings) == 2
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_a_surprise_with_one_owner_leaves_the_others_alone(modules, standin, mocker):
    real = KeysV2.list

    def odd(kind, **options):
        if SECOND_LEAVER in options["purpose"]:
            raise RuntimeError("a surprise")
        return real(kind, **options)

    mocker.patch.object(KeysV2, "list", odd)
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR])
    assert [owner["status"] for owner in run.result["owners"]] == ["failed", "resolved"]
    assert run.outcomes == ["deleted"] * 11
    assert "defect of the collection" in run.msg
    assert len(standin.organization.keys_of(SECOND_LEAVER)) == 6
