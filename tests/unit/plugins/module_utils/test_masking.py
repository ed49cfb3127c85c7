# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result is masked as Ansible masks it, whatever the shortcut past what holds no secret."""

from __future__ import annotations

import datetime
import json
from typing import Any

import hypothesis
import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.keywarden.datadog.plugins.module_utils import _masking
from ansible_collections.keywarden.datadog.plugins.module_utils._masking import masked
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, LEAVER
from hypothesis import strategies as st

SECRET = 'it"s \\ a sécret\n'
# Few characters, so that texts and secrets meet; those that JSON writes in another way among them.
CHARACTERS = 'ab1"\\\né\ud83d\x00'
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 2000), st.floats(0, 20), st.text(CHARACTERS, max_size=6))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(CHARACTERS, max_size=3), inner, max_size=4),
    ),
    max_leaves=12,
)
RESULTS = st.dictionaries(st.text("xyz", max_size=2), VALUES, max_size=4)
SECRETS = st.sets(st.text(CHARACTERS, min_size=1, max_size=3), max_size=4)


@hypothesis.settings(max_examples=600, deadline=None)
@hypothesis.given(RESULTS, SECRETS)
def test_every_result_is_masked_as_ansible_masks_it(result: dict[str, Any], secrets: set[str]) -> None:
    assert json.dumps(masked(result, secrets), sort_keys=True) == json.dumps(
        remove_values(result, secrets), sort_keys=True
    )


@pytest.mark.parametrize("place", ["{}", "before {} after"])
@pytest.mark.parametrize("nest", [lambda text: [text], lambda text: {"rows": [{"name": text}]}])
def test_a_secret_is_masked_however_deep_it_is_and_however_json_writes_it(nest: Any, place: str) -> None:
    told = masked({"rows": nest(place.format(SECRET)), "others": ["as they are"]}, {SECRET})
    assert "cret" not in json.dumps(told)
    assert told["others"] == ["as they are"]


def test_what_is_not_json_is_left_to_ansible() -> None:
    result = {"rows": [{"at": datetime.datetime(2026, 5, 5), "text": SECRET}]}
    assert masked(result, {SECRET}) == remove_values(result, {SECRET}) != result


def test_what_holds_no_secret_is_not_copied() -> None:
    """That is what the shortcut is for: ten thousand rows take longer to copy than to read."""
    rows = [{"name": LEAVER}]
    assert masked({"rows": rows}, {SECRET})["rows"] is rows


def test_the_modules_results_are_masked_with_it(modules, standin, mocker) -> None:
    standin.organization.keys_of(LEAVER)[0].name = f"holds {API_KEY}"
    used = mocker.spy(_masking, "remove_values")
    mocker.patch.object(basic, "remove_values", basic.remove_values)
    run = modules.read(owner=LEAVER)
    assert used.call_count
    assert not run.failed
    assert API_KEY not in run.output
    assert "holds ********" in [row["name"] for row in run.rows]
