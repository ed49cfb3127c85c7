# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: the stand-in answers as recorded, and where nothing is recorded as its switches say."""

from __future__ import annotations

import datetime
import re
import string
import uuid
from typing import Any, Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.standin import StandIn, Token
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

Call = Callable[..., requests.Response]

TOKENS = "/api/v2/personal_access_tokens"
SCHEMES = {"personal": "ddpat_", "service": "ddsat_"}


def account_of(dd: StandIn) -> str:
    """The service account that shares the leaver's e-mail."""
    users = dd.organization.users.values()
    return next(user.id for user in users if user.email == standin.LEAVER and user.service_account)


def one_of(dd: StandIn, user: str = standin.LEAVER) -> Token:
    return dd.organization.tokens_of(user)[0]


def listing(call: Call, path: str = TOKENS, **query: Any) -> dict[str, Any]:
    answer = call("GET", path, params={"page[size]": 100, "page[number]": 0, **query})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    return dict(answer.json())


# Shapes


def test_a_personal_token_has_the_recorded_shape(dd: StandIn, call: Call) -> None:
    token = next(token for token in dd.organization.tokens_of(standin.LEAVER) if token.modified_at is None)
    answer = call("GET", f"{TOKENS}/{token.id}")
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert answer.json() == {
        "data": {
            "id": token.id,
            "type": "personal_access_tokens",
            "attributes": {
                "created_at": token.created_at,
                "expires_at": token.expires_at,
                "last_used_at": token.last_used_at,
                "name": token.name,
                "public_portion": token.public_portion,
                "scopes": token.scopes,
            },
            "relationships": {"owned_by": {"data": {"id": token.owner_id, "type": "users"}}},
        }
    }
    assert re.fullmatch(r"[0-9A-Za-z]{22}", token.public_portion)


def test_a_service_token_has_the_recorded_shape_and_the_old_labels_where_told(dd: StandIn, call: Call) -> None:
    token = one_of(dd, account_of(dd))
    item = next(item for item in listing(call)["data"] if item["id"] == token.id)
    assert item["type"] == "service_access_tokens"
    assert item["relationships"]["owned_by"]["data"] == {"id": token.owner_id, "type": "service_account"}
    assert item["attributes"]["expires_at"] is None
    assert item["attributes"]["public_portion"].startswith("ddsat_")
    dd.organization.set_flag("token_labels", "old")
    item = next(item for item in listing(call)["data"] if item["id"] == token.id)
    assert item["type"] == "personal_access_tokens"
    assert item["relationships"]["owned_by"]["data"]["type"] == "users"


def test_times_end_in_z_and_a_token_never_changed_has_no_modified_at(call: Call) -> None:
    items = [item["attributes"] for item in listing(call)["data"]]
    times = [item[name] for item in items for name in ("created_at", "expires_at", "last_used_at") if item[name]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", text) for text in times)
    assert len({len(text) for text in times}) > 2
    assert [item["name"] for item in items if "modified_at" in item] == ["terraform (ann)"]


def test_no_answer_holds_a_secret(dd: StandIn, call: Call) -> None:
    text = call("GET", TOKENS, params={"page[size]": 100}).text
    assert not [token for token in dd.organization.tokens.values() if token.tail in text or token.secret in text]


# Listing


def test_the_list_holds_people_and_service_accounts_on_pages(dd: StandIn, call: Call) -> None:
    pages = [listing(call, **{"page[size]": 10, "page[number]": number}) for number in range(3)]
    assert [len(page["data"]) for page in pages] == [10, 4, 0]
    assert {page["meta"]["page"]["total_filtered_count"] for page in pages} == {14}
    assert {item["id"] for page in pages for item in page["data"]} == set(dd.organization.tokens)


def test_the_owner_filter_may_be_repeated_or_ignored(dd: StandIn, call: Call) -> None:
    owners = [dd.organization.find_user(email).id for email in (standin.LEAVER, standin.SECOND_LEAVER)]
    found = listing(call, **{"filter[owned_by]": owners})
    assert {item["relationships"]["owned_by"]["data"]["id"] for item in found["data"]} == set(owners)
    assert len(found["data"]) == 7
    dd.organization.set_flag("honours_owned_by", False)
    assert len(listing(call, **{"filter[owned_by]": owners})["data"]) == 14


@pytest.mark.parametrize("sort", ["name", "created_at", "expires_at", "last_used_at"])
def test_the_list_sorts_both_ways(call: Call, sort: str) -> None:
    up = [item["attributes"][sort] or "" for item in listing(call, sort=sort)["data"]]
    down = [item["attributes"][sort] or "" for item in listing(call, sort="-" + sort)["data"]]
    assert up == sorted(up) == down[::-1]


def test_the_list_filters_names_and_has_a_default_page(dd: StandIn, call: Call) -> None:
    assert len(listing(call, filter="DD_auth")["data"]) == 2
    assert len(call("GET", TOKENS).json()["data"]) == 14
    dd.organization.set_flag("token_page_size", 10)
    assert len(call("GET", TOKENS).json()["data"]) == 10
    assert call("GET", TOKENS, params={"sort": "owner"}).status_code == 400
    assert call("GET", TOKENS, params={"page[size]": 101}).status_code == 400


def test_a_service_account_lists_only_its_own(dd: StandIn, call: Call) -> None:
    account = account_of(dd)
    found = listing(call, f"/api/v2/service_accounts/{account}/access_tokens")
    assert {item["id"] for item in found["data"]} == {token.id for token in dd.organization.tokens_of(account)}
    person = dd.organization.find_user(standin.LEAVER).id
    assert call("GET", f"/api/v2/service_accounts/{person}/access_tokens").status_code == 404


# Revoking


@pytest.mark.parametrize(("again", "status"), [("204", 204), ("404", 404), ("204 for any id", 204)])
def test_revoking_is_204_without_content_type_and_again(dd: StandIn, call: Call, again: str, status: int) -> None:
    dd.organization.set_flag("repeated_token_delete", again)
    token = one_of(dd)
    answer = call("DELETE", f"{TOKENS}/{token.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert token.id not in dd.organization.tokens
    assert call("DELETE", f"{TOKENS}/{token.id}").status_code == status
    assert [(one.id, one.kind) for one in dd.organization.deleted] == [(token.id, "token")]
    assert call("GET", f"{TOKENS}/{token.id}").status_code == 404
    assert call("DELETE", f"{TOKENS}/{uuid.uuid4()}").status_code == (204 if "any" in again else 404)


def test_service_tokens_go_by_the_path_of_their_account(dd: StandIn, call: Call) -> None:
    account, person = account_of(dd), one_of(dd)
    token = one_of(dd, account)
    path = f"/api/v2/service_accounts/{account}/access_tokens"
    assert call("GET", f"{path}/{token.id}").json()["data"]["type"] == "service_access_tokens"
    for method in ("GET", "DELETE"):
        assert call(method, f"{path}/{person.id}").status_code == 404
    dd.organization.set_flag("service_tokens_everywhere", False)
    for method in ("GET", "DELETE"):
        assert call(method, f"{TOKENS}/{token.id}").status_code == 404
    assert token.id in dd.organization.tokens
    assert [call("DELETE", f"{path}/{token.id}").status_code for _index in range(2)] == [204, 204]
    assert token.id not in dd.organization.tokens
    dd.organization.set_flag("service_tokens_everywhere", True)
    assert call("DELETE", f"{TOKENS}/{one_of(dd, account).id}").status_code == 204


@pytest.mark.parametrize("wording", FLAGS["token_404"])
def test_a_404_is_json_with_errors_in_every_wording(dd: StandIn, call: Call, wording: str) -> None:
    dd.organization.set_flag("token_404", wording)
    answer = call("GET", f"{TOKENS}/{uuid.uuid4()}")
    (error,) = answer.json()["errors"]
    kind = "application/json" if isinstance(error, str) else "application/vnd.api+json"
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, kind)


def test_revoked_tokens_fade_or_stay_listed(dd: StandIn, call: Call) -> None:
    token = one_of(dd)
    dd.propagation(get=60, listing=60)
    call("DELETE", f"{TOKENS}/{token.id}")
    assert call("GET", f"{TOKENS}/{token.id}").status_code == 200
    assert token.id in {item["id"] for item in listing(call)["data"]}
    dd.propagation()
    assert token.id not in {item["id"] for item in listing(call)["data"]}
    dd.organization.set_flag("revoked_tokens_listed", True)
    assert token.id in {item["id"] for item in listing(call)["data"]}
    assert call("GET", f"{TOKENS}/{token.id}").status_code == 404


# Credentials and permissions


@pytest.mark.parametrize("secret", [standin.ACCESS_TOKEN, standin.SERVICE_TOKEN])
def test_a_secret_holds_its_id_and_opens_nothing_once_revoked(dd: StandIn, call: Call, secret: str) -> None:
    token = dd.organization.tokens.by_secret(secret)
    assert token is not None
    assert secret.startswith(SCHEMES[token.kind])
    number, digits = 0, string.digits + string.ascii_uppercase + string.ascii_lowercase
    for digit in secret.split("_")[1]:
        number = number * 62 + digits.index(digit)
    assert str(uuid.UUID(int=number)) == token.id
    owner = dd.organization.users[token.owner_id]
    assert owner.service_account == (token.kind == "service")
    assert call("GET", TOKENS, app_key=secret, api_key=None).status_code == 200
    dd.organization.delete_token(token.id)
    assert call("GET", TOKENS, app_key=secret, api_key=None).status_code == 403


def test_any_living_token_authenticates_as_its_owner_until_it_ends(dd: StandIn, call: Call) -> None:
    dd.organization.add_token(standin.LEAVER, scopes=[])
    token = dd.organization.add_token(standin.LEAVER)
    who = call("GET", "/api/v2/current_user", token.secret, None).json()["data"]
    assert who["attributes"]["email"] == standin.LEAVER
    token.expires_at = "2026-01-05T09:00:00Z"
    assert call("GET", "/api/v2/current_user", token.secret, None).status_code == 403
    other = dd.organization.add_token(standin.LEAVER)
    dd.organization.disable_user(standin.LEAVER)
    assert call("GET", "/api/v2/current_user", other.secret, None).status_code == 403
    assert call("GET", f"{TOKENS}/{other.id}").status_code == 200


@pytest.mark.parametrize(
    ("view", "listed", "others", "own"),
    [("own", 200, 403, 200), ("hidden", 200, 404, 200), ("forbidden", 403, 403, 200)],
)
def test_half_a_view_shows_only_the_callers_own(
    dd: StandIn, call: Call, view: str, listed: int, others: int, own: int
) -> None:
    dd.organization.set_flag("token_half_view", view)
    other, mine = one_of(dd), one_of(dd, "carol@example.com")
    answer = call("GET", TOKENS, standin.PLAIN_USER_APP_KEY)
    assert answer.status_code == listed
    if listed == 200:
        assert {item["id"] for item in answer.json()["data"]} == {
            token.id for token in dd.organization.tokens_of("carol@example.com")
        }
    for method in ("GET", "DELETE"):
        assert call(method, f"{TOKENS}/{other.id}", standin.PLAIN_USER_APP_KEY).status_code == others
    assert call("GET", f"{TOKENS}/{mine.id}", standin.PLAIN_USER_APP_KEY).status_code == own
    assert call("DELETE", f"{TOKENS}/{mine.id}", standin.PLAIN_USER_APP_KEY).status_code == 204
    assert other.id in dd.organization.tokens


@pytest.mark.parametrize(
    ("app_key", "read", "write"),
    [
        (standin.APP_KEY, 200, 204),
        (standin.READ_ONLY_APP_KEY, 200, 403),
        (standin.NO_USERS_APP_KEY, 200, 204),
        (standin.WRITE_ONLY_APP_KEY, 403, 204),
        (standin.NO_PERMISSION_APP_KEY, 403, 403),
        (standin.SCOPED_APP_KEY, 200, 403),
    ],
)
def test_each_credential_may_what_it_is_named_for(dd: StandIn, call: Call, app_key: str, read: int, write: int) -> None:
    token = one_of(dd)
    assert call("GET", TOKENS, app_key).status_code == read
    assert call("DELETE", f"{TOKENS}/{token.id}", app_key).status_code == write
    assert (token.id in dd.organization.tokens) == (write == 403)


# The organization and its control


def test_demo_has_the_tokens_that_tests_count_on(dd: StandIn) -> None:
    organization = dd.organization
    assert len(organization.tokens) == 14
    assert len(organization.tokens_of(standin.LEAVER)) == standin.LEAVER_TOKENS == 5
    assert len(organization.tokens_of(standin.SECOND_LEAVER)) == 2
    assert len(organization.tokens_of(account_of(dd))) == 2
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    past = [token.owner_id for token in organization.tokens.values() if token.expires_at and token.expires_at < now]
    assert past == [organization.find_user("carol@example.com").id]
    now_at = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
    one, other = (standin.Organization.demo(now_at).to_json() for _index in range(2))
    assert one == other


def test_generated_gives_people_their_tokens() -> None:
    organization = standin.Organization.generated(10, tokens={standin.LEAVER: 120, "new@example.com": 1})
    assert len(organization.tokens_of(standin.LEAVER)) == 120
    assert len(organization.tokens_of("new@example.com")) == 1
    assert len(organization.tokens) == 123
    again = standin.Organization.from_json(organization.to_json())
    assert again.to_json() == organization.to_json()
    assert not any(token.tail in str(organization.to_json(secrets=False)) for token in organization.tokens.values())


def test_control_makes_and_revokes_tokens(dd: StandIn, call: Call) -> None:
    made = requests.post(f"{dd.url}/_standin/tokens", json={"owner": standin.LEAVER, "name": "made"}, timeout=5).json()
    assert dd.organization.tokens[made["id"]].name == "made"
    assert call("GET", "/api/v2/current_user", made["secret"], None).status_code == 200
    gone = requests.delete(f"{dd.url}/_standin/tokens/{made['id']}", timeout=5).json()
    assert gone == {"deleted": True}
    summary = requests.get(f"{dd.url}/_standin/summary", timeout=5).json()
    assert (summary["tokens"], summary["deleted_tokens"], summary["deleted"]) == (14, 1, 0)
    assert summary["tokens_by_owner"][standin.LEAVER] == 5
    flags = {"flags": {"token_404": "no such wording"}}
    assert requests.put(f"{dd.url}/_standin/settings", json=flags, timeout=5).status_code == 400


def test_another_person_adds_and_revokes_tokens_meanwhile(dd: StandIn, call: Call) -> None:
    token = one_of(dd)
    dd.faults.add("actor", endpoint="v2.token.get", times=1, delete_token="this", add_token={"owner": standin.LEAVER})
    assert call("GET", f"{TOKENS}/{token.id}").status_code == 404
    assert len(dd.organization.tokens_of(standin.LEAVER)) == 5
    assert dd.requests[-1].key_id == token.id
