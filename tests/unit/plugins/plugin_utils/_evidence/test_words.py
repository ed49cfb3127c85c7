# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts and lists in sentences."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.words import are, named, number


@pytest.mark.parametrize(("count", "text"), [(0, "0 keys are"), (1, "1 key is"), (2, "2 keys are")])
def test_noun_and_verb_go_with_their_count(count: int, text: str) -> None:
    assert f"{number(count, 'key')} {are(count)}" == text


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b, 2 more")]
)
def test_a_long_list_says_how_many_more_there_are(names: list[str], text: str) -> None:
    assert named(names, 2) == text
