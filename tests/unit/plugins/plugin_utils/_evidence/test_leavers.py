# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leavers as users write them: each entry stands for itself, and none is lost without a word."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.leavers import (
    checked,
    listed,
    lost_words,
    require,
)
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.leavers_file import entries

ANN, BOB = "ann@example.com", "bob@example.com"
USER = "6d9c5d3e-41aa-4f0b-8c53-2f1e0d9c8b7a"
ROW = {"leaver": ANN, "query": ANN, "name": None, "ticket": None, "left_at": None, "problem": None}


def of(given: Any) -> list[dict[str, Any]]:
    """The leavers of a value as users write it."""
    return checked(listed(given))[0]


@pytest.mark.parametrize("given", [f"{ANN},{BOB}", f" {ANN} , {BOB} ", [ANN, BOB], f'["{ANN}","{BOB}"]'])
def test_a_list_and_a_text_with_commas_are_the_same(given: Any) -> None:
    assert [one["query"] for one in of(given)] == [ANN, BOB]


@pytest.mark.parametrize("given", [42, True, None])
def test_what_is_no_list_is_an_error_with_the_right_form(given: Any) -> None:
    with pytest.raises(OptionError, match=r"leavers=ann@example\.com,bob@example\.com"):
        listed(given)


def test_emails_handles_and_ids_are_taken() -> None:
    given = [ANN, "a.nn-handle", USER, {"id": USER.upper()}, {"email": "Bob@Example.com"}]
    assert [one["query"] for one in of(given)] == [ANN, "a.nn-handle", USER, "Bob@Example.com"]


def test_who_is_named_twice_is_one_with_all_that_is_known() -> None:
    given = [ANN.upper(), {"email": ANN, "ticket": "HR-1", "name": "Ann"}, {"email": ANN, "ticket": 7}]
    assert of(given) == [{**ROW, "leaver": ANN.upper(), "query": ANN.upper(), "ticket": "HR-1, 7", "name": "Ann"}]


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-31T17:00:00+02:00", "2026-03-31T15:00:00.000Z"),
        ("2026-03-31", "2026-03-31T00:00:00.000Z"),
        (datetime.date(2026, 3, 31), "2026-03-31T00:00:00.000Z"),
        (None, None),
        ("", None),
    ],
)
def test_the_moment_of_leaving_is_read_in_utc(value: Any, moment: str | None) -> None:
    assert of([{"email": ANN, "left_at": value}]) == [{**ROW, "left_at": moment}]


def test_a_date_that_cannot_be_read_keeps_nobody_from_being_removed() -> None:
    leavers, notes = checked(listed([{"email": ANN, "left_at": "last Friday"}]))
    assert leavers == [ROW]
    assert notes == ["Leaver 1: left_at is 'last Friday', which is not a date. Write for example 2026-01-31T17:00:00Z."]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.yml", "- email: ann@example.com\n  ticket: HR-1\n  email: bob@example.com\n"),
        ("x.json", '[{"email": "ann@example.com", "email": "bob@example.com"}]'),
    ],
)
def test_a_member_that_is_given_twice_in_a_file_loses_nobody(name: str, text: str) -> None:
    with pytest.raises(OptionError, match="'email' is given twice"):
        entries(f"/etc/{name}", text.encode())
    assert [entry for _where, entry in entries("/etc/x.yml", b"- {email: ann@example.com}")] == [{"email": ANN}]


def test_a_member_that_is_given_twice_in_a_json_text_loses_nobody() -> None:
    secret = "ddpat_" + "a" * 40
    with pytest.raises(OptionError, match="'email' is given twice") as caught:
        listed(f'[{{"email": "{secret}", "email": "bob@example.com"}}]')
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["- note: key {secret}: revoked", "- email: {secret}\n  email: b@example.com", "- {secret}: [", "- *{secret}"],
)
@pytest.mark.parametrize("secret", ["ddpat_" + "a" * 40, "0123456789abcdef" * 2])
def test_a_yaml_file_that_is_not_valid_is_not_quoted(text: str, secret: str) -> None:
    with pytest.raises(OptionError, match=r"x\.yml is not valid YML: .* \(line [12], column \d+\)$") as caught:
        entries("/etc/x.yml", text.format(secret=secret).encode())
    assert secret[:24] not in str(caught.value)


@pytest.mark.parametrize("name", ["o'neil@example.com", "o'neil", "team/ann"])
def test_an_apostrophe_and_a_slash_are_part_of_names(name: str) -> None:
    assert [leaver["query"] for leaver in of([name])] == [name]


def test_further_members_are_ignored_and_named_once() -> None:
    given = [{"email": ANN, "office": "Berlin"}, {"email": BOB, "office": "Oslo", "id": "4711"}]
    leavers, notes = checked(listed(given))
    assert [one["query"] for one in leavers] == [ANN, BOB]
    assert notes == ["Ignored, because nothing here uses it: office, id (beside an e-mail)."]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("", "has neither an e-mail address nor an ID"),
        ("  ", "is blank"),
        ({"ticket": "HR-1"}, "has neither an e-mail address nor an ID"),
        ({"email": None}, "has neither an e-mail address nor an ID"),
        ({"email": 42}, "is not text but int"),
        ({"id": "4711"}, "id is '4711', which is not a Datadog user ID"),
        (None, "is neither an e-mail address nor a mapping"),
        ([ANN], "is neither an e-mail address nor a mapping"),
        (f"{ANN} {BOB}", "has a space at character 16. Separate leavers with commas and no spaces"),
        ("Ann <ann@example.com>", "has a space at character 4"),
        ("<ann@example.com>", "which is not an e-mail"),
        ("'ann@example.com'", "which is not an e-mail"),
        ("a@b@c", "which is not an e-mail"),
        ("*", "which is not an e-mail"),
        ("x" * 321, "has more than 320 characters"),
        ("ann\u200b@example.com", "character 4 is U+200B (ZERO WIDTH SPACE)"),
        ("\u00a0ann@example.com", "character 1 is U+00A0 (NO-BREAK SPACE)"),
        ("\ufeffann@example.com", "character 1 is U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("\u0430nn@example.com", "character 1 is U+0430 (CYRILLIC SMALL LETTER A)"),
        ("ann\x00@example.com", "character 4 is U+0000"),
    ],
    ids=repr,
)
def test_an_entry_that_nobody_can_be_meant_by_says_why_and_where(entry: Any, sentence: str) -> None:
    (leaver,) = of([entry])
    assert leaver["query"] is None
    assert leaver["problem"].startswith("Leaver 1")
    assert sentence in leaver["problem"]


SECRETS = ["ddapp_" + "a" * 34, "0123456789abcdef" * 2, "0123456789" * 4]
AROUND = [
    "{}",
    "DD_APP_KEY={}",
    '"{}"',
    "{}:",
    "{}\u200b",
    "my key {}",
    "{},ann@example.com",
    "{};ann@example.com",
    "bob@example.com|{}|ann@example.com",
    "https://api.datadoghq.com/api/v1/x/{}",
]


# Too short to be told from another word, except at the beginning.
SHORT = "ddpat_x_y"


@pytest.mark.parametrize(
    ("secret", "around"),
    [(secret, around) for secret in SECRETS for around in AROUND] + [(SHORT, "{}"), (SHORT, "{}:")],
)
def test_what_looks_like_a_credential_is_refused_and_not_shown(secret: str, around: str) -> None:
    (leaver,) = of([around.format(secret)])
    assert leaver["query"] is None
    assert "looks like a credential" in leaver["problem"]
    assert secret not in str(leaver)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_credential_elsewhere_in_an_entry_is_not_shown(secret: str) -> None:
    entry = {"email": ANN, "name": f"Ann {secret}", "left_at": secret, secret: 1, f"x {secret}": 2}
    (leaver,), notes = checked([("Leaver 1", entry)])
    assert leaver["query"] == ANN
    assert leaver["name"] == "Ann ********"
    assert secret not in str((leaver, notes))
    assert secret not in str(lost_words({"_raw_params": secret}))


def test_a_ticket_of_hexadecimal_digits_is_one_and_a_key_is_none() -> None:
    (ticket,) = of([{"email": ANN, "ticket": SECRETS[1]}])
    assert ticket["ticket"] == SECRETS[1]
    (key,) = of([{"email": ANN, "ticket": SECRETS[0]}])
    assert key["ticket"] == "********"


@pytest.mark.parametrize(
    "name", ["0123456789abcdef0123456789abcdef@example.com", "a.0123456789abcdef0123456789abcdef@example.com"]
)
def test_an_email_address_of_many_digits_is_no_credential(name: str) -> None:
    (leaver,) = of([name])
    assert leaver["query"] == name


def test_one_bad_entry_stops_none_of_the_others() -> None:
    assert [one["query"] for one in of([ANN, "  ", BOB, None])] == [ANN, None, BOB, None]


def test_nobody_is_an_error_unless_it_is_said_to_be_fine() -> None:
    with pytest.raises(OptionError, match="There are no leavers"):
        require([], allow_nobody=False)
    require([], allow_nobody=True)


def read(name: str, content: str | bytes) -> list[tuple[str, Any]]:
    """The entries of a file."""
    return entries(f"/srv/{name}", content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_csv_file_names_its_columns_and_its_rows(mark: str, delimiter: str) -> None:
    rows = [["E-Mail", " Name ", "ticket", "office"], [ANN, '"Example, Ann"', "HR-1", "Oslo"], [""], [BOB]]
    text = mark + "\r\n".join(delimiter.join(row) for row in rows)
    assert read("leavers.csv", text) == [
        ("Row 2 of leavers.csv", {"email": ANN, "name": "Example, Ann", "ticket": "HR-1", "office": "Oslo"}),
        ("Row 4 of leavers.csv", {"email": BOB}),
    ]


def test_a_csv_row_with_too_many_cells_is_nobody() -> None:
    (leaver,) = checked(read("leavers.csv", "email,name\nann@example.com,Example, Ann\n"))[0]
    assert leaver["problem"] == "Row 2 of leavers.csv is neither an e-mail address nor a mapping with email or id."


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.csv", f"{ANN}\n{BOB}\n", "has no column email or id, but ann@example.com."),
        ("x.csv", "email,email\na,b\n", "has the column email twice"),
        ("x.csv", b"email\nj\xf6rg@example.com\n", "is not UTF-8 (byte 8)"),
        ("x.csv", "email\nann@example.com\n".encode("utf-16"), "is not UTF-8"),
        ("x.json", "{", "is not valid JSON"),
        ("x.json", '{"leavers": []}', "must contain a list of leavers, but contains dict"),
        ("x.yml", "- a: b: c", "is not valid YML"),
        ("x.yaml", "ann@example.com", "must contain a list of leavers, but contains str"),
        ("x.yaml", "- !!python/object/apply:os.system [id]", "is not valid YAML"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_an_error(name: str, content: str | bytes, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(name, content)
    assert sentence in str(caught.value)


def test_json_yaml_and_text_files_are_read() -> None:
    assert read("x.json", '["ann@example.com", {"id": "1"}]')[1] == ("Item 2 of x.json", {"id": "1"})
    assert read("x.yml", "- ann@example.com\n- {email: b@c, left_at: 2026-01-31}\n")[1] == (
        "Item 2 of x.yml",
        {"email": "b@c", "left_at": datetime.date(2026, 1, 31)},
    )
    assert read("x", "# who\n\nann@example.com\n") == [("Line 3 of x", ANN)]
    assert read("x.yml", "") == read("x.csv", "\n") == read("x.txt", "") == []
