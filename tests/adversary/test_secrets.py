# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in one module run: through every secret option and variable, every answer field and every fault.

The matrix looks for secrets in each of its cells too. Here the server does its worst: it tells them back, in disguise.
"""

from __future__ import annotations

import base64
import json
import syslog
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, Organization, StandIn

from .harness import INFO, INFO_TOKENS, REMOVE, REMOVE_ACCESS, REMOVE_TOKENS, hurried, run
from .network import Detour, Places, detoured
from .secrets import disguises, traces
from .world import GONE_SECRET, World, world

# Every kind of character that a header can carry and some encoding changes.
AWKWARD: dict[str, Any] = {
    "api_key": "q7%2BzK+/8\"w'Lp=&x;R<t>9{v}#M!",
    "app_key": "Zt4'\\u0041%%n/+J\"e?x|k^0`d~B-:a",
}
V1_SECRET = "Xy-9_bQ7rT2wE5uK8mN1vC4zL6sD3gH0jF_a"


def with_credentials(organization: Organization, api_key: str, app_key: str) -> Organization:
    """The organization accepts these."""
    organization.credentials.api_keys.append(api_key)
    own = organization.keys.by_secret(APP_KEY)
    assert own is not None
    own.secret = app_key
    organization.keys[own.id] = own
    return organization


def awkward_world(standin: StandIn) -> World:
    """An organization that sends the secrets of its keys, with awkward credentials and a leaver's key of its own."""
    made = world()
    with_credentials(made.organization, **AWKWARD)
    key = made.targets[0]
    key.secret = V1_SECRET
    made.organization.keys[key.id] = key
    made.organization.set_flag("include_secret", True)
    standin.reset(made.organization)
    return made


@pytest.fixture
def made(standin: StandIn) -> World:
    """The awkward organization, as the stand-in's."""
    return awkward_world(standin)


def secrets_of(made: World) -> set[str]:
    """All that must not be told."""
    tokens = made.organization.tokens.values()
    told = {part for token in tokens for part in (token.secret, token.tail)}
    return {*AWKWARD.values(), API_KEY, *(key.secret for key in made.organization.keys.values()), V1_SECRET, *told}


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in basic": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexadecimal": lambda text: text.encode().hex(),
    "repr": repr,
    "json": json.dumps,
    "cut at the end": lambda text: text[:-3],
    "cut at the beginning": lambda text: text[3:],
    "upper case": str.upper,
}
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "message": lambda told: {"act": "json", "status": 403, "body": {"errors": [f"Forbidden for {told}"]}},
    "title": lambda told: {"act": "json", "status": 400, "body": {"errors": [{"title": told, "detail": told}]}},
    "not found": lambda told: {"act": "json", "status": 404, "body": {"errors": [f"Application key {told} not found"]}},
    "unauthorized": lambda told: {"act": "json", "status": 401, "body": {"errors": [told]}},
    "200 of another shape": lambda told: {"act": "json", "body": {"data": told, "application_key": told}},
    "location": lambda told: {"act": "redirect", "to": f"https://example.com/{quote(told)}"},
    "location host": lambda told: {"act": "redirect", "to": f"https://{quote(told)}.example.com/"},
    "content type": lambda told: {"act": "status", "body": "empty", "headers": {"Content-Type": f"text/{told}"}},
}


QUICK = ("plain", "base64 in basic", "json")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "encoding", [pytest.param(name, marks=() if name in QUICK else pytest.mark.full) for name in ENCODINGS]
)
def test_what_the_server_tells_back_is_not_passed_on(
    standin: StandIn, made: World, record_property: Any, encoding: str, place: str
) -> None:
    record_property("cells", 7)
    told = ENCODINGS[encoding]
    for secret in (*AWKWARD.values(), V1_SECRET):
        standin.faults.clear()
        fault = PLACES[place](told(secret))
        standin.faults.add(fault.pop("act"), **fault)
        tasks: list[tuple[ModuleType, dict[str, Any]]] = [
            (REMOVE, {"api_version": "v1", "key": [V1_SECRET]}),
            (REMOVE, {"app_key_id": [key.id for key in made.targets]}),
            (REMOVE, {"owner": LEAVER}),
            (INFO, {}),
            (REMOVE_TOKENS, {"owner": LEAVER}),
            (INFO_TOKENS, {"token_id": [token.id for token in made.tokens]}),
            (REMOVE_ACCESS, {"user": LEAVER}),
        ]
        for module, options in tasks:
            with hurried():
                result = run(module, standin.url, diff=True, max_retries=0, **AWKWARD, **options)
            assert not result.crashed, result.text
            assert not traces(result.text, [secret, told(secret)]), result.text


@pytest.mark.parametrize("module", [REMOVE, INFO], ids=["remove", "info"])
def test_no_secret_of_an_answer_is_in_a_result(standin: StandIn, made: World, module: ModuleType) -> None:
    tasks: list[dict[str, Any]] = [
        {"api_version": "v1", "key": [*(key.secret for key in made.targets), GONE_SECRET]},
        {"app_key_id": [key.id for key in made.targets]},
        {"owner": LEAVER},
    ]
    for options in tasks:
        for check in (True, False):
            result = run(module, standin.url, check=check, diff=True, **AWKWARD, **options)
            assert not result.failed, result.text
            assert not traces(result.text, [*secrets_of(made), GONE_SECRET])


def test_secrets_in_every_field_that_could_hold_one_are_left_out(standin: StandIn, made: World) -> None:
    target = made.targets[0]
    item = {
        "type": "application_keys",
        "id": target.id,
        "attributes": {"name": "n", "last4": "1234", "key": V1_SECRET, "hash": V1_SECRET, "secret": V1_SECRET},
        "relationships": {"owned_by": {"data": {"type": "users", "id": made.leaver.id}}},
        "key": V1_SECRET,
    }
    included = [
        {"type": "users", "id": made.leaver.id, "attributes": {"name": "Ann", "key": V1_SECRET, "hash": V1_SECRET}},
        {"type": "users", "id": "u", "attributes": {"secret": V1_SECRET, "x": {"y": [V1_SECRET]}, "icon": [V1_SECRET]}},
        {"type": "users", "id": "v", "attributes": {"token": V1_SECRET}, "secret": V1_SECRET, "meta": {"k": V1_SECRET}},
        {"type": "roles", "id": "r", "attributes": {"name": "n"}, "relationships": {"x": {"data": V1_SECRET}}},
        {
            "type": "roles",
            "id": "s",
            "relationships": {"permissions": {"data": [{"id": "p", "type": "permissions"}], "meta": V1_SECRET}},
            "links": V1_SECRET,
        },
        {"type": "api_keys", "id": "k", "attributes": {"name": V1_SECRET}},
        {"type": "leaked_keys", "id": "leak", "attributes": {"date": "2026-01-01", "key": V1_SECRET}},
        {"type": "application_keys", "id": "x", "attributes": {"key": V1_SECRET}},
    ]
    page = {"meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", method="GET", path="application_keys/", body={"data": item, "included": included})
    standin.faults.add(
        "json", method="GET", path=r"application_keys\?", body={"data": [item], "included": included, **page}
    )
    tasks: list[dict[str, Any]] = [{}, {"app_key_id": target.id}, {"owner": made.leaver.id}]
    for options in tasks:
        result = run(INFO, standin.url, **AWKWARD, **options)
        assert not result.failed, result.text
        assert not traces(result.text, [V1_SECRET])
        related = {one["id"]: one for one in result.result["included"]}
        assert related[made.leaver.id]["attributes"] == {"name": "Ann"}
        permission = {"id": "p", "type": "permissions"}
        assert related["s"] == {"type": "roles", "id": "s", "relationships": {"permissions": {"data": [permission]}}}


@pytest.mark.parametrize("encoding", ["plain", "percent", "base64", "base64 in basic", "hexadecimal", "upper case"])
def test_a_secret_of_the_task_in_names_and_the_journal_is_masked(
    standin: StandIn, made: World, tmp_path: Any, encoding: str
) -> None:
    for number, secret in enumerate(AWKWARD.values()):
        made.targets[number].name = made.leaver.name = f"copy of {ENCODINGS[encoding](secret)}"
    journal = tmp_path / "journal"
    tasks: list[tuple[ModuleType, dict[str, Any]]] = [(INFO, {"owner": LEAVER})]
    tasks += [(REMOVE, {"app_key_id": [key.id for key in made.targets[:2]], "journal": str(journal)})]
    for module, options in tasks:
        result = run(module, standin.url, diff=True, **AWKWARD, **options)
        assert not result.failed, result.text
        assert not traces(result.text, AWKWARD.values()), result.text
    assert "copy of" in journal.read_text()
    assert not traces(journal.read_text(), AWKWARD.values())


def test_secrets_in_every_field_of_a_token_are_left_out(standin: StandIn, made: World) -> None:
    token = made.tokens[0]
    secret = token.secret
    attributes = dict.fromkeys(("key", "public_portion", "secret", "hash", "token"), secret)
    item = {
        "type": "personal_access_tokens",
        "id": token.id,
        "attributes": {"name": "n", "scopes": [], **attributes},
        "relationships": {"owned_by": {"data": {"type": "users", "id": made.leaver.id}}},
        "key": secret,
    }
    page = {"meta": {"page": {"total_filtered_count": 1}}, "included": [{"type": "users", "key": secret}]}
    standin.faults.add("json", method="GET", path="personal_access_tokens/", body={"data": item})
    standin.faults.add("json", method="GET", path=r"personal_access_tokens\?", body={"data": [item], **page})
    tasks: list[dict[str, Any]] = [{}, {"token_id": token.id}, {"owner": made.leaver.id}]
    for options in tasks:
        result = run(INFO_TOKENS, standin.url, **AWKWARD, **options)
        assert not result.failed, result.text
        assert not traces(result.text, [secret, token.tail])
    for options in tasks[1:]:
        result = run(REMOVE_TOKENS, standin.url, check=True, diff=True, **AWKWARD, **options)
        assert not result.failed, result.text
        assert not traces(result.text, [secret, token.tail])


def test_a_token_given_as_an_id_is_not_told(standin: StandIn, made: World) -> None:
    secret = made.tokens[0].secret
    for options in ({"token_id": [secret]}, {"owner": LEAVER, "keep": [secret]}, {"owner": LEAVER, "only": [secret]}):
        result = run(REMOVE_TOKENS, standin.url, **AWKWARD, **options)
        assert result.failed
        assert not traces(result.text, [secret, made.tokens[0].tail])


def test_return_key_passes_on_the_secret_of_a_key_and_nothing_else(standin: StandIn, made: World) -> None:
    target = made.targets[0]
    result = run(INFO, standin.url, app_key_id=target.id, return_key=True, **AWKWARD)
    assert [row["key"] for row in result.rows] == [V1_SECRET]
    assert not traces(json.dumps({**result.result, "application_keys": []}), secrets_of(made))


@pytest.mark.parametrize("variable", ["DD_API_KEY", "DATADOG_API_KEY"])
@pytest.mark.parametrize("other", ["DD_APP_KEY", "DATADOG_APP_KEY"])
def test_secrets_from_the_environment_are_not_told(standin: StandIn, made: World, variable: str, other: str) -> None:
    environment = {variable: AWKWARD["api_key"], other: AWKWARD["app_key"]}
    tasks: list[dict[str, Any]] = [
        {"owner": LEAVER},
        {"app_key_id": "no id"},
        {"api_version": "v1", "key": V1_SECRET},
    ]
    for options in tasks:
        result = run(REMOVE, standin.url, env=environment, api_key=None, app_key=None, check=True, **options)
        assert standin.requests or "no id" in options.values()
        assert not traces(result.text, secrets_of(made))


@pytest.mark.parametrize("problem", ["refused", "no-such-name", "connect-timeout", "tls-handshake", "tls-certificate"])
def test_a_v1_key_in_the_url_is_in_no_connection_error(
    standin: StandIn, places: Places, made: World, problem: str
) -> None:
    for module in (REMOVE, INFO):
        with hurried(), detoured(Detour(places.base(problem), "GET", "/api/v1/")):
            result = run(module, standin.url, api_version="v1", key=V1_SECRET, **AWKWARD)
        assert result.failed
        assert not traces(result.text, secrets_of(made))


BAD_SECRETS = {
    "line break": "0123456789abcdef\n0123456789abcdef",
    "carriage return and header": "0123456789abcdef\r\nX-Injected: 0123456789",
    "space": "0123456789abcdef 0123456789abcdef",
    "non-ASCII": "0123456789abcd\u00e9f0123456789abcdef\u4e2d",
    "nul": "0123456789abcdef\x000123456789abcdef",
    "surrounded": "  0123456789abcdef0123456789abcdef  ",
    "short": "tooshort1234567",
}


@pytest.mark.parametrize("option", ["api_key", "app_key", "application_key", "key"])
@pytest.mark.parametrize("flaw", BAD_SECRETS)
def test_a_secret_that_cannot_be_one_is_refused_untold_and_unsent(standin: StandIn, option: str, flaw: str) -> None:
    secret = BAD_SECRETS[flaw]
    options: dict[str, Any] = {"owner": LEAVER, option: secret}
    if option == "key":
        options = {"api_version": "v1", "key": [secret]}
    elif option == "application_key":
        options["app_key"] = None
    result = run(REMOVE, standin.url, **options)
    assert result.failed
    assert not result.crashed, result.text
    assert standin.requests == []
    assert option.replace("application_key", "app_key") in result.msg
    assert not traces(result.text, [secret, secret.strip()])


def test_a_key_given_as_an_id_is_not_told(standin: StandIn) -> None:
    result = run(REMOVE, standin.url, app_key_id=[V1_SECRET])
    assert result.failed
    assert not traces(result.text, [V1_SECRET])


WRAPPINGS: dict[str, Callable[[str, str], Any]] = {
    "comma": lambda one, two: f"{one},{two}",
    "comma and blanks": lambda one, two: f" {one} , {two} ",
    "list": lambda one, two: [one, two],
    "list with blanks": lambda one, two: [f" {one}", f"{two}\n"],
    "list in a list": lambda one, two: [[one], [two]],
    "mapping": lambda one, two: {one: two},
    "mapping as a key": lambda one, two: {one: {two: None}},
    "mapping in a list": lambda one, two: [{"key": one}, {two: 1}],
    "semicolon": lambda one, two: f"{one};{two}",
    "lines": lambda one, two: f"{one}\n{two}\n",
    "a list as text": lambda one, two: f"['{one}', '{two}']",
    "json": lambda one, two: json.dumps({"keys": [one, {"key": two}]}),
    "json in json": lambda one, two: [json.dumps(json.dumps([one, two]))],
}
NUMBERS = ("1234567890123456789012345678901234567890", "9876543210987654321098765432109876543210")


@pytest.mark.parametrize(
    "option", ["key", "api_key", "app_key", "application_key", "app_key_id", "keep", "owner", "typo"]
)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_secret_is_not_told_whatever_it_is_wrapped_in(
    standin: StandIn, made: World, monkeypatch: pytest.MonkeyPatch, wrapping: str, option: str
) -> None:
    told: list[str] = []
    monkeypatch.setattr(syslog, "syslog", lambda *arguments: told.append(str(arguments[-1])))
    monkeypatch.setattr("ansible.module_utils.basic.has_journal", False)
    secrets = ("ddapp_" + "aZ4tQ9" * 6, "f00dbabe" * 5)
    wrapped = WRAPPINGS[wrapping](*secrets)
    options: dict[str, Any] = {"api_version": "v1", "key": wrapped} if option == "key" else {"owner": LEAVER}
    options[option] = wrapped
    if option == "application_key":
        options["app_key"] = None
    for module in (REMOVE, INFO):
        result = run(module, standin.url, **{**AWKWARD, **options})
        assert not result.crashed, result.text
        assert not traces(result.text + "\n".join(told), secrets), result.text
    # A text with separators in it is a strange secret, but one.
    if option not in ("key", "api_key", "app_key", "application_key"):
        assert standin.requests == []


def test_a_secret_is_not_told_where_it_stands_as_an_option(standin: StandIn, made: World) -> None:
    secrets = ("ddapp_" + "aZ4tQ9" * 6, "f00dbabe" * 5)
    for secret in secrets:
        result = run(REMOVE, standin.url, **{**AWKWARD, "owner": LEAVER, secret: 1})
        assert result.failed
        assert not traces(result.text, secrets), result.text
    assert standin.requests == []


@pytest.mark.parametrize("number", [int(NUMBERS[0]), [int(one) for one in NUMBERS], {int(NUMBERS[0]): int(NUMBERS[1])}])
def test_a_secret_of_digits_only_is_not_told(standin: StandIn, made: World, number: Any) -> None:
    for options in ({"api_version": "v1", "key": number}, {"app_key": number, "owner": LEAVER}):
        result = run(REMOVE, standin.url, **{**AWKWARD, **options})
        assert not result.crashed, result.text
        assert not traces(result.text, NUMBERS), result.text


def test_syslog_gets_no_secret(standin: StandIn, made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(syslog, "syslog", lambda *arguments: told.append(str(arguments[-1])))
    monkeypatch.setattr("ansible.module_utils.basic.has_journal", False)
    tasks: list[dict[str, Any]] = [{"api_version": "v1", "key": [V1_SECRET, GONE_SECRET]}, {"owner": LEAVER}]
    for options in tasks:
        run(REMOVE, standin.url, **AWKWARD, **options)
    assert any("Invoked with" in text for text in told), "nothing was logged, so nothing was tested"
    assert not traces("\n".join(told), [*secrets_of(made), GONE_SECRET])


def test_masking_does_not_destroy_the_report(standin: StandIn, made: World) -> None:
    target = made.targets[0]
    result = run(REMOVE, standin.url, api_version="v1", key=[V1_SECRET, GONE_SECRET], **AWKWARD)
    assert [(row["name"], row["last4"], row["outcome"]) for row in result.rows] == [
        (target.name, V1_SECRET[-4:], "deleted"),
        (None, GONE_SECRET[-4:], "absent"),
    ]
    assert result.rows[0]["owner"]["email"] == LEAVER
    assert "says that it does not exist" in result.rows[1]["message"]
    left = made.targets[1]
    standin.faults.add("json", method="DELETE", status=403, body={"errors": ["Forbidden", "Failed permission checks"]})
    result = run(REMOVE, standin.url, app_key_id=left.id, **AWKWARD)
    assert result.rows[0]["id"] == left.id
    assert result.rows[0]["name"] == left.name
    for word in (left.id, "403", "Forbidden", "Failed permission checks", "org_app_keys_write"):
        assert word in result.msg


def test_the_search_for_traces_finds_what_it_is_for() -> None:
    secret = AWKWARD["api_key"]
    for name, encode in ENCODINGS.items():
        if name not in ("percent twice",):
            assert traces(f'{{"msg": "Forbidden for {encode(secret)}."}}', [secret]), name
    assert all(traces(disguise, [secret]) for disguise in disguises(secret))
    assert not traces(json.dumps({"msg": "****" + secret[-4:], "id": made_up_id()}), [secret])


def made_up_id() -> str:
    """An id in a text where no secret is."""
    return "3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b"
