# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of evidence: the same facts in all of them, harmless whatever the names are, and honest about the state."""

from __future__ import annotations

import copy
import csv
import html.parser
import io
import re
from collections import defaultdict
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import summary
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import (
    MOST_REMAINING,
    UNFIT,
    Look,
    PageError,
    as_html,
)
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.table import as_csv
from ansible_collections.keywarden.datadog.tests.helpers.action import LOOK
from ansible_collections.keywarden.datadog.tests.helpers.evidence import finished, started, told

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HOSTILE = [
    "plain",
    "<script>alert(1)</script>",
    "</td></tr></table><h1>All is well</h1>",
    "' onmouseover='alert(1)",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt; &amp;",
    "\u202egpj.exe",
    "\u05e9\u05dc\u05d5\u05dd (production)",
    "\U0001f511\U0001f680 \U0001f469\u200d\U0001f467",
    '=HYPERLINK("http://example.com")',
    "+1",
    "-1",
    "@sum",
    "\ttab",
    " =1+1",
    "\uff1d1+1",
    "'quoted",
    'a,b;c\n"d"',
    "{{ 7 * 7 }}",
    "x" * 500,
    "\x00\x1b[31mred\x07",
    "half \ud83d",
    "a;=1+1",
    'a; "=1+1',
    "a\t+1",
    "a\n@sum",
]


class Page(html.parser.HTMLParser):
    """Reads a page: its elements, the cells of its tables row by row, and what stands in the rest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.rows: defaultdict[str, list[list[list[str]]]] = defaultdict(list)
        self.text = ""
        self._table: str | None = None
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "table":
            self._table = given["class"]
        elif tag == "tr" and self._table:
            self.rows[self._table].append([])
        elif tag == "td" and self._table:
            self._in_cell = True
            self.rows[self._table][-1].append([])
        elif tag == "time" and self._in_cell and self._table:
            # The exact text stands behind what is shown.
            self.rows[self._table][-1][-1].append(str(given["datetime"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._in_cell = False
        elif tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._table:
            self.rows[self._table][-1][-1].append(data)
        self.text += data


def facts_of(names: list[str], plan: bool = False, finish: bool = True, msg: str | None = None) -> dict[str, Any]:
    """A run in two organizations, the second without an account; a key for each name, with all kinds of facts."""
    outcomes = ["deleted", "kept", "failed", "unknown", "absent"]
    keys = []
    for number, name in enumerate(names):
        outcome = "deleted" if plan else outcomes[number % len(outcomes)]
        tried = outcome in ("deleted", "failed", "unknown") and not plan
        keys.append(
            {
                "id": f"00000000-0000-4000-8000-{number:012}",
                "name": name,
                "last4": "0a1b",
                "created_at": f"2025-03-{number % 28 + 1:02}T09:30:00.123456+00:00",
                "last_used_at": "2026-03-30T01:02:03.000000+00:00" if number % 3 else None,
                "scopes": ["dashboards_read", "metrics_read"] if number % 4 == 1 else None,
                "owner": {"id": "user-1"},
                "outcome": outcome,
                "status_code": {"deleted": 204, "failed": 403}.get(outcome) if tried else None,
                "requested_at": f"2026-04-01T08:00:{number % 60:02}.001Z" if tried else None,
                "verified_at": f"2026-04-01T08:01:{number % 60:02}.002Z" if outcome == "deleted" and not plan else None,
                "message": f"Because of {name}." if outcome != "deleted" else None,
            }
        )
    owner = {"query": "ann@example.com", "status": "resolved", "id": "user-1", "disabled": True, "complete": True}
    owner["total"] = len(names)
    gone = {"query": "gone@example.com", "status": "unknown"}
    leavers = [{"email": "ann@example.com", "ticket": "<b>HR</b>-1", "name": "<i>Ann</i>"}, "gone@example.com"]
    facts = started(leavers, ["<i>One</i>", "Two"], plan=plan, guards={"max_keys": 5})
    result = {"owners": [owner, gone], "application_keys": keys, "site": "datadoghq.eu", "warnings": ["Mind <that>."]}
    evidence.record(facts, told("<i>One</i>", {**result, "msg": msg} if msg else result))
    evidence.count(facts)
    if not finish:
        return facts
    unknown = [{**gone, "query": "ann@example.com"}, {**owner, "query": "gone@example.com", "id": "user-2", "total": 0}]
    second = {"owners": unknown, "application_keys": [], "site": "us5.datadoghq.com"}
    evidence.record(facts, told("Two", second))
    return finished(facts)


def table(facts: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the CSV form, after the round trip through bytes."""
    text = as_csv(facts, DIGEST).encode("utf-8", "backslashreplace").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def page(facts: dict[str, Any]) -> Page:
    """The HTML form, after the round trip through bytes."""
    return Page(as_html(facts, DIGEST, "offboard-1.json", LOOK).encode("utf-8", "backslashreplace").decode())


def in_csv(value: Any) -> str:
    """How a fact stands in a cell, but for the apostrophe before what looks like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(value) if isinstance(value, list) else str(value)
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode()


def unmarked(cell: str) -> str:
    """The text of a cell without the apostrophe that makes it a text."""
    return re.sub(r"(\A|[;\t\r\n])'(?=[\s\"']*[=+\-@\uff1d])|\A'(?=\t)", r"\1", cell)


def on_page(value: Any) -> str:
    """How a fact stands on the page."""
    return UNFIT.sub("\ufffd", in_csv(value) if not isinstance(value, str) else value)


@pytest.mark.parametrize("plan", [False, True], ids=["real", "plan"])
def test_all_forms_hold_the_same_keys(plan: bool) -> None:
    facts = facts_of(HOSTILE, plan=plan)
    rows = [row for row in table(facts) if row["record"] == "credential"]
    cells = page(facts).rows["keys"][1:]
    assert len(rows) == len(cells) == len(facts["credentials"]) == len(HOSTILE)
    for key, row, cell in zip(facts["credentials"], rows, cells):
        # Which module it is from is for machines.
        for name, value in ((name, value) for name, value in key.items() if name != "of"):
            column = {"outcome": "status"}.get(name, name)
            assert unmarked(row[column]) == in_csv(value), name
        shown = ["".join(parts) for parts in cell]
        assert on_page(key["name"]) in shown[0]
        assert key["id"] in shown[0]
        assert key["last4"] in shown[0]
        assert key["created_at"] in cell[1]
        assert (key["last_used_at"] or "none recorded") in cell[2]
        assert (" ".join(key["scopes"] or []) or "not scoped") in shown[3]
        assert key["outcome"] in cell[4]
        assert (f"HTTP {key['status_code']}" in cell[4]) is (key["status_code"] is not None)
        assert on_page(key["message"] or "") in shown[4]
        assert (key["requested_at"] or "") in shown[5]
        assert (key["verified_at"] or "") in shown[6]


@pytest.mark.parametrize("plan", [False, True], ids=["real", "plan"])
def test_all_forms_hold_the_same_leavers(plan: bool) -> None:
    facts = facts_of(["one", "two"], plan=plan)
    rows = [row for row in table(facts) if row["record"] == "leaver"]
    cells = page(facts).rows["leavers"][1:]
    assert len(rows) == len(cells) == len(facts["leavers"]) == 4
    for leaver, row, cell in zip(facts["leavers"], rows, cells):
        assert {name: unmarked(row[name]) for name in leaver if name in row and name != "name"} == {
            name: in_csv(value) for name, value in leaver.items() if name in row and name != "name"
        }
        assert unmarked(row["name_of_leaver"]) == in_csv(leaver["name"])
        shown = ["".join(parts) for parts in cell]
        assert shown[0] == leaver["leaver"] + (leaver["ticket"] or "")
        assert shown[1] == leaver["organization"] + leaver["site"]
        assert shown[2] == leaver["status"]
        assert shown[3] == (leaver["account_id"] or "") + ("disabled" if leaver["account_disabled"] else "")
        assert shown[4] == ("" if leaver["listed"] is None else f"{leaver['listed']} of {leaver['listed']}")
        assert shown[5] == leaver["message"]


def test_all_forms_hold_the_same_run() -> None:
    facts = facts_of(["one", "two", "three"])
    first = table(facts)[0]
    text = page(facts).text
    for name in ("run_id", "mode", "state", "version"):
        assert first[name] == facts[name]
        assert facts[name] in text
    assert first["json_sha256"] == DIGEST
    assert DIGEST in text
    for one in (summary.headline(facts), summary.guards_text(facts["guards"])):
        assert one in first["message"]
        assert one in text
    for word, count in {**facts["counts"]["leavers"], **facts["counts"]["credentials"]["application key"]}.items():
        assert f"{count} {word}" in text
    warned = [row["message"] for row in table(facts) if row["record"] == "organization"]
    assert warned == ["Mind <that>.", ""]
    assert "Mind <that>." in text


def test_no_name_becomes_an_element_or_an_attribute_of_the_page() -> None:
    usual = {tag for tag, _attributes in page(facts_of(["plain"] * len(HOSTILE))).elements}
    elements = page(facts_of(HOSTILE)).elements
    assert {tag for tag, _attributes in elements} == usual
    assert not usual & {"script", "img", "iframe", "link", "object", "form", "i", "b"}
    attributes = {name for _tag, given in elements for name in given}
    assert attributes == {
        "charset",
        "class",
        "content",
        "data-name",
        "datetime",
        "href",
        "http-equiv",
        "id",
        "lang",
        "name",
        "open",
        "scope",
    }


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    text = as_html(facts_of(HOSTILE), DIGEST, "offboard-1.json", LOOK)
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|\ssrc=\w", re.sub(r"<td.*", "", text))
    links = [given["href"] for tag, given in Page(text).elements if "href" in given]
    assert links
    assert all(link.startswith("#") for link in links)


def test_each_name_keeps_its_direction_of_writing_to_itself() -> None:
    text = as_html(facts_of(HOSTILE), DIGEST, "offboard-1.json", LOOK)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert "<bdi>\ufffdgpj.exe</bdi>" in text
    assert "<bdi>\u05e9\u05dc\u05d5\u05dd (production)</bdi>" in text


def test_a_credential_takes_little_of_the_page() -> None:
    few, many = (len(as_html(facts_of(["a key"] * count), DIGEST, "offboard-1.json", LOOK)) for count in (100, 200))
    # A page of 2,000 of them, in the forms that take the most, stays under 2 MB.
    assert (many - few) / 100 < 900


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits(delimiter: str) -> None:
    text = as_csv(facts_of(HOSTILE), DIGEST).encode("utf-8", "backslashreplace").decode("utf-8-sig")
    # A spreadsheet that splits elsewhere may also take the line ends within quotes for ends of rows.
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    lines += [line.split(delimiter) for line in text.splitlines()] if delimiter != "," else []
    cells = [cell for line in lines for cell in line]
    assert not [cell for cell in cells if re.match('[\t\r]|[\\s"]*[=+@\uff1d\uff0b\uff0d\uff20-]', cell)]
    if delimiter == ",":
        assert '\'=HYPERLINK("http://example.com")' in cells
        assert "plain" in cells


def test_every_row_of_the_table_says_what_kind_of_run_it_is_from() -> None:
    for plan, mode in ((True, "plan"), (False, "real")):
        assert {row["mode"] for row in table(facts_of(["one"], plan=plan))} == {mode}


def test_a_plan_says_so_in_all_forms() -> None:
    facts = facts_of(["one"], plan=True)
    assert facts["mode"] == "plan"
    text = page(facts).text
    assert "Offboarding plan" in text
    assert "This is a plan. Nothing was deleted." in text
    assert not [row for row in table(facts) if row["status"] in ("deleted", "removed")]
    shown = [part for row in page(facts).rows["keys"] + page(facts).rows["leavers"] for cell in row for part in cell]
    assert not {"deleted", "removed"} & set(shown)


def test_a_run_that_has_not_finished_says_so_in_all_forms() -> None:
    facts = facts_of(["one"], finish=False)
    assert (facts["state"], facts["finished_at"]) == ("running", None)
    assert "Not finished" in page(facts).text
    assert "not recorded" in [cell[2][0] for cell in page(facts).rows["leavers"][1:]]
    rows = table(facts)
    assert {row["state"] for row in rows} == {"running"}
    assert [row["status"] for row in rows if row["record"] == "leaver"].count("not recorded") == 2


def test_before_anything_is_recorded_a_leaver_has_one_row_on_the_page_and_all_rows_in_the_other_forms() -> None:
    places = ["one", "two", "three"]
    bad = {"id": "ann@example.com", "ticket": "T-1"}  # of the same text as a good entry
    facts = started(["ann@example.com", bad, "bob@example.com", "two words", "two words"], places)

    def shown(facts: dict[str, Any]) -> list[list[str]]:
        return [[row[0][0], row[1][0] if row[1] else "", row[2][0]] for row in page(facts).rows["leavers"][1:]]

    assert shown(facts) == [
        ["ann@example.com", "all 3 organizations", "not recorded"],
        ["ann@example.com", "", "failed"],
        ["bob@example.com", "all 3 organizations", "not recorded"],
        ["two words", "", "failed"],
        ["two words", "", "failed"],
    ]
    assert summary.remains_text(facts) == (
        "not known for 6 of 6 pairs of leaver and organization; not known for 3 of the entries, which cannot be used"
    )
    all_rows = [*places, "", *places, "", ""]
    assert [row["organization"] for row in table(facts) if row["record"] == "leaver"] == all_rows
    # What a journal tells of one leaver is not hidden by what is not known of the others.
    known = copy.deepcopy(facts)
    known["leavers"][-3]["account_id"] = "0b29"
    assert [row[1] for row in shown(known)] == all_rows
    evidence.record(facts, told("one", {}))
    assert [row[1] for row in shown(facts)] == all_rows
    # A run that ends without any record says so of each organization.
    assert [row[1] for row in shown(finished(started(["ann@example.com"], places)))] == places


def test_organizations_that_say_the_same_of_somebody_unknown_share_a_row_on_the_page_only() -> None:
    places = ["one", "two"]
    facts = started(["ann@example.com", "bob@example.com", "carl@example.com"], places)
    for place in places:
        nobody = {"query": "ann@example.com", "status": "unknown", "message": "Nobody has this name.", "matches": []}
        bob = {**nobody, "query": "bob@example.com"}
        carl = {**nobody, "query": "carl@example.com"}
        if place == "two":
            bob.update(status="resolved", id="b0b", email="bob@example.com", total=0, complete=True, message=None)
            carl.update(message="Nobody has this name. Only searches were made.")
        result = {"owners": [nobody, bob, carl], "application_keys": []}
        evidence.record(facts, told(place, result, site="datadoghq.com"))
    finished(facts)
    shown = [[row[0][0], *row[1], row[2][0]] for row in page(facts).rows["leavers"][1:]]
    assert shown == [
        ["ann@example.com", "all 2 organizations", "datadoghq.com", "no account"],
        # That nobody has a name is evidence, and how it was looked for.
        ["bob@example.com", "one", "datadoghq.com", "no account"],
        ["bob@example.com", "two", "datadoghq.com", "nothing to remove"],
        ["carl@example.com", "one", "datadoghq.com", "no account"],
        ["carl@example.com", "two", "datadoghq.com", "no account"],
    ]
    assert "Only searches were made." in page(facts).text
    rows = [row["organization"] for row in table(facts) if row["record"] == "leaver"]
    assert rows == places * 3


def test_organizations_on_different_sites_share_no_row() -> None:
    facts = started(["ann@example.com"], ["one", "two"])
    nobody = {"query": "ann@example.com", "status": "unknown", "message": "Nobody has this name.", "matches": []}
    for place, site in (("one", "datadoghq.com"), ("two", "datadoghq.eu")):
        evidence.record(facts, told(place, {"owners": [nobody], "application_keys": []}, site=site))
    rows = page(finished(facts)).rows["leavers"][1:]
    assert [row[1] for row in rows] == [["one", "datadoghq.com"], ["two", "datadoghq.eu"]]


@pytest.mark.parametrize("plan", [False, True], ids=["real", "plan"])
def test_whatever_is_not_gone_stands_under_what_remains(plan: bool) -> None:
    facts = facts_of(["one", "two", "three", "four", "five"], plan=plan)
    rows = page(facts).rows["remains"][1:]
    left = [row for row in facts["credentials"] if row["outcome"] not in ("deleted", "absent", "to delete")]
    assert [row[0][-1] for row in rows] == [row["id"] for row in left]
    assert ("What remains" in page(facts).text) is bool(left)


def test_an_account_that_is_not_disabled_remains() -> None:
    facts = facts_of(["one"])
    # The second person's account says nothing of that.
    assert "1 account not disabled" not in page(facts).text
    facts["leavers"][0]["account_disabled"] = False
    assert "1 account not disabled" in page(facts).text
    assert summary.remains_text(facts) == "1 account not disabled"


def test_what_a_person_has_to_decide_on_stands_under_what_remains() -> None:
    facts = facts_of(["one"])
    facts["leavers"][0]["remains"] = {"notes": ["The account is disabled.", "1 OAuth app may act for this person: X."]}
    assert "1 OAuth app may act for this person: X." in page(facts).text
    assert "The account is disabled." not in page(facts).text
    assert summary.remains_text(facts) == "1 decision for a person to make"
    facts["leavers"][0]["remains"] = {"notes": ["The account is disabled."]}
    assert "What remains" not in page(facts).text


def test_nothing_is_said_not_to_remain_of_what_nobody_has_seen() -> None:
    assert summary.remains_text(facts_of(["one"])) == "no application key"
    assert (
        summary.remains_text(facts_of(["one"], finish=False)) == "not known for 2 of 4 pairs of leaver and organization"
    )


def test_hundreds_that_remain_are_counted_and_not_all_named_twice() -> None:
    facts = facts_of([f"key {number}" for number in range(500)])
    shown = page(facts)
    assert len(shown.rows["remains"]) == 1 + MOST_REMAINING
    assert f"And {300 - MOST_REMAINING} more" in shown.text


def test_success_is_only_shown_where_every_leaver_is_dealt_with() -> None:
    good, bad = "All leavers are dealt with", "Not all leavers are dealt with"
    assert good in page(facts_of(["one"])).text
    failed = page(facts_of(["one", "two", "three"])).text  # the third key has failed
    assert bad in failed
    assert good not in failed
    assert good not in page(facts_of(["one"], finish=False)).text
    assert good not in page(facts_of(["one"], plan=True)).text


def test_five_hundred_keys_are_all_there() -> None:
    facts = facts_of([f"key {number}" for number in range(500)])
    assert len(page(facts).rows["keys"]) == 501
    assert len([row for row in table(facts) if row["record"] == "credential"]) == 500


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "yesterday"])
def test_a_date_that_no_calendar_has_is_shown_as_it_is(date: str) -> None:
    facts = facts_of(["one"])
    facts["credentials"][0]["last_used_at"] = date
    assert page(facts).rows["keys"][1][2] == [date]


def test_a_template_of_the_users_own_is_escaped_and_told_where_it_is_wrong() -> None:
    facts = facts_of(["<b>"])
    own = Look("<p>{{ run.credentials[0].name }}</p>", LOOK.style)
    assert as_html(facts, DIGEST, "offboard-1.json", own) == "<p>&lt;b&gt;</p>"
    with pytest.raises(PageError, match=r"cannot be used: .*has no attribute 'nothing'"):
        as_html(facts, DIGEST, "offboard-1.json", Look("{{ run.nothing }}", ""))
    with pytest.raises(PageError, match=r"cannot be used \(line 2\): "):
        as_html(facts, DIGEST, "offboard-1.json", Look("\n{% if %}", ""))


def test_a_style_cannot_leave_its_element() -> None:
    text = as_html(facts_of(["one"]), DIGEST, "offboard-1.json", Look(LOOK.template, "</style><script>"))
    assert text.count("</style>") == 1
