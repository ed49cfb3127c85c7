# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners as users write them: what cannot be one person is refused, and nobody is dropped for looking like another."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog import names as module
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.names import (
    Index,
    checked_owner_names,
    checked_owners,
    folded,
)


def test_owners_are_taken_once_each_whatever_the_case_in_the_order_given():
    assert checked_owners("owner", [" B@example.com", "a@example.com ", "b@EXAMPLE.com"]) == [
        "B@example.com",
        "a@example.com",
    ]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "owner is an empty list. Name at least one; an empty list never means all."),
        ([""], "owner: item 1 is blank."),
        (["a@example.com", " \t"], "owner: item 2 is blank."),
    ],
)
def test_no_owner_and_a_blank_owner_are_errors(names, sentence):
    with pytest.raises(OptionError) as caught:
        checked_owners("owner", names)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "names",
    [
        ["strasse@example.com", "straße@example.com"],
        ["ﬁnn@example.com", "finn@example.com"],
        ["isil@example.com", "\u0131s\u0131l@example.com"],
        ["\u0130@example.com", "i@example.com"],
        ["rene@example.com", "rené@example.com"],
        ["ſam@example.com", "sam@example.com"],  # noqa: RUF001
    ],
)
def test_names_that_only_look_alike_stay_two_owners(names):
    assert checked_owners("owner", names) == names
    assert checked_owners("owner", [*names, names[0].upper().lower()])[:2] == names


@pytest.mark.parametrize(
    "names",
    [
        ["rene\u0301@example.com", "ren\u00e9@example.com"],
        ["REN\u00c9@example.com", "rene\u0301@EXAMPLE.com"],
        ["STRAßE@example.com", "straße@example.com"],
    ],
)
def test_two_spellings_of_one_name_are_one_owner(names):
    assert checked_owners("owner", names) == names[:1]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a@example.com b@example.com", "a blank at position 14"),
        ("a@example.com\tb@example.com", "a blank"),
        ("a@example.com\nb@example.com", "a blank"),
        ("a@example.com\u00a0b", "a blank"),
        ("Ann Example", "a blank"),
        ("a@example.com,b@example.com", "a comma"),
        ("a@example.com;b@example.com", "a semicolon"),
        ("<a@example.com>", "an angle bracket"),
        ('["a@example.com"', "a square bracket at position 1"),
        ("b@example.com]", "a square bracket"),
        ("{a@example.com", "a curly bracket"),
        ('"b@example.com', "a quotation mark without its counterpart"),
        ("a@example.comb@example.com", "more than one @"),
        ("\ufeffa@example.com", "an invisible character (U+FEFF ZERO WIDTH NO-BREAK SPACE) at position 1"),
        ("a\u200b@example.com", "an invisible character (U+200B ZERO WIDTH SPACE) at position 2"),
        ("a\u00ad@example.com", "U+00AD"),
        ("a\u202e@example.com", "U+202E"),
        ("a\u2060@example.com", "U+2060"),
        ("a\u3164@example.com", "U+3164"),
        ("a\ufe0f@example.com", "U+FE0F"),
        ("a\x00@example.com", "U+0000"),
        ("a\x7f@example.com", "U+007F"),
        ("a\ud800@example.com", "U+D800"),
        ("a" * 400, "more than 320 characters"),
    ],
)
def test_what_cannot_be_one_owner_is_refused_and_not_shown(name, reason):
    with pytest.raises(OptionError) as caught:
        checked_owners("owner", ["ok@example.com", name])
    message = str(caught.value)
    assert message.startswith("owner: item 2 has ")
    assert reason in message
    assert name not in message


@pytest.mark.parametrize(
    "name",
    [
        "a.b+c_d-e@sub.example.com",
        "o'neil@example.com",
        "straße@example.com",
        "дмитрий@пример.example",
        "handle",
        "a/b",
    ],
)
def test_what_can_be_an_email_or_a_handle_is_taken(name):
    assert checked_owners("owner", [f" {name} "]) == [name]


def test_every_character_that_no_name_can_hold_is_looked_at():
    unusable = [char for char in map(chr, range(sys.maxunicode + 1)) if module._unusable(char)]
    assert len(unusable) > 1000
    assert all(module.SUSPICIOUS.fullmatch(char) for char in unusable)


def test_a_name_in_ascii_is_folded_like_any_other():
    for char in map(chr, range(128)):
        composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", char).lower())
        assert folded(char) == composed


def test_an_owner_whose_display_name_says_nothing_has_none():
    given = {"a@example.com": None, "b@example.com": " ", "c@example.com": "", "d@example.com": " Ann Example "}
    assert checked_owner_names("owner_names", given) == {"d@example.com": "Ann Example"}
    assert checked_owner_names("owner_names", None) == {}


@pytest.mark.parametrize("called", [7, True, ["Ann"], {"first": "Ann"}, 0, []])
def test_a_display_name_that_is_not_text_is_refused(called):
    with pytest.raises(OptionError, match=r"^owner_names: a display name is not text\."):
        checked_owner_names("owner_names", {"a@example.com": called})


@pytest.mark.parametrize(
    "mistyped",
    [
        "maria.lopez@example.com",
        "maria.lopz-diaz@example.com",
        "mariia.lopez-diaz@example.com",
        "maria.lopes-diaz@example.com",
        "maira.lopez-diaz@example.com",
        "lopez-diaz.maria@example.com",
        "maria_lopez_diaz@example.com",
        "maria.lopez-diaz@exmaple.com",
        "maria.lopez-diaz@example.org",
        "maria.lopez-diaz",
    ],
)
def test_a_usual_typing_error_leads_to_the_person_who_was_meant(mistyped):
    others = ["mario.lopez@example.com", "marta.diaz@example.com", "lena.lopez@example.com", "m.diaz@example.com"]
    meant = "maria.lopez-diaz@example.com"
    assert meant in Index([*others, meant]).alike(mistyped)


@pytest.mark.parametrize("name", ["carl.hunt@example.com", "zzyzx@example.com", "x@example.com", "x", "@example.com"])
def test_a_stranger_is_like_nobody_although_all_have_the_same_domain(name):
    assert Index(["ann.example@example.com", "bob@example.com", "carlos.diaz@example.com"]).alike(name) == []


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("jhon@example.com", "john@example.com"), ("tmo@example.com", "tom@example.com"), ("jo", "jon@example.com")],
)
def test_a_typing_error_in_a_short_name_leads_to_who_was_meant(mistyped, meant):
    assert Index(["bob@example.com", "carla@example.com", meant]).alike(mistyped) == [meant]


def test_similar_names_among_thousands_are_found_without_comparing_all(mocker):
    index = Index([f"person{number:05}@example.com" for number in range(5000)] + ["ann.example@example.com"])
    compared = mocker.spy(module, "_shared")
    for number in range(500):
        index.alike(f"persom{number:05}@example.com")
    assert 500 <= compared.call_count <= 500 * 20
    assert index.alike("ann.exampel@example.com")[0] == "ann.example@example.com"
    assert index.alike("person00042@exampel.com")[0] == "person00042@example.com"
    assert folded("ANN@EXAMPLE.COM") == "ann@example.com"
