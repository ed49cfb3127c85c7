# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in's answers about access tokens have the form that Datadog's description gives them."""

from __future__ import annotations

import itertools
import uuid
from typing import Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.helpers.description import Description
from ansible_collections.keywarden.datadog.tests.standin import StandIn
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

Call = Callable[..., requests.Response]

TOKENS = "/api/v2/personal_access_tokens"
SWITCHES = [name for name in FLAGS if "token" in name]


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


def hold(description: Description, call: Call, method: str, path: str, **options: object) -> int:
    """Send a request and hold the answer against the description; the status."""
    answer = call(method, path, **options)
    query = requests.models.PreparedRequest()
    query.prepare_url("http://x", options.get("params"))  # type: ignore[arg-type]
    asked = requests.compat.urlsplit(query.url)
    values: dict[str, list[str]] = {}
    for name, value in [pair.split("=", 1) for pair in asked.query.split("&") if pair]:
        values.setdefault(requests.utils.unquote(name), []).append(requests.utils.unquote(value))
    request = description.request(method, path, values)
    description.answer(request, answer.status_code, answer.content, answer.headers.get("Content-Type", ""))
    return answer.status_code


@pytest.mark.parametrize(
    ("flag", "value"), [*itertools.chain(*([(name, value) for value in FLAGS[name]] for name in SWITCHES))]
)
def test_every_answer_is_described_under_every_switch(
    dd: StandIn, call: Call, description: Description, flag: str, value: object
) -> None:
    dd.organization.set_flag(flag, value)
    person = dd.organization.find_user(standin.LEAVER)
    account = next(one for one in dd.organization.users.values() if one.service_account and one.email == person.email)
    service = f"/api/v2/service_accounts/{account.id}/access_tokens"
    seen = []
    for app_key in (standin.APP_KEY, standin.PLAIN_USER_APP_KEY):
        page = {"page[size]": 100, "page[number]": 0, "sort": "created_at", "filter[owned_by]": [person.id, account.id]}
        seen.append(hold(description, call, "GET", TOKENS, app_key=app_key, params=page))
        seen.append(hold(description, call, "GET", TOKENS, app_key=app_key))
        seen.append(hold(description, call, "GET", service, app_key=app_key))
        for path, owner in ((TOKENS, person), (TOKENS, account), (service, account)):
            token = dd.organization.add_token(owner.id)
            for one in (f"{path}/{token.id}", f"{path}/{uuid.uuid4()}"):
                seen += [
                    hold(description, call, method, one, app_key=app_key) for method in ("GET", "DELETE", "DELETE")
                ]
    assert {200, 204, 403, 404} <= set(seen)


def test_users_and_the_check_of_the_view_are_described(dd: StandIn, call: Call, description: Description) -> None:
    person = dd.organization.find_user(standin.LEAVER)
    page = {"page[size]": 1, "page[number]": 0}
    seen = hold(description, call, "GET", TOKENS), hold(description, call, "GET", f"{TOKENS}/{uuid.uuid4()}")
    assert seen == (200, 404)
    for app_key, status in ((standin.APP_KEY, 200), (standin.NO_PERMISSION_APP_KEY, 403)):
        assert hold(description, call, "GET", "/api/v2/application_keys", app_key=app_key, params=page) == status
        assert hold(description, call, "GET", f"/api/v2/users/{person.id}", app_key=app_key) == status
    assert hold(description, call, "GET", "/api/v2/current_user") == 200


def test_what_is_not_described_is_noticed(description: Description) -> None:
    for method, path, query in (
        ("GET", TOKENS, {"filter[owner_uuid]": [str(uuid.uuid4())]}),
        ("GET", TOKENS, {"page[size]": ["101"]}),
        ("GET", TOKENS, {"sort": ["owner"]}),
        ("GET", TOKENS + "/no-uuid", {}),
        ("POST", TOKENS, {}),
        ("GET", "/api/v2/personal_access_token", {}),
    ):
        with pytest.raises(Exception):  # noqa: B017, PT011
            description.request(method, path, query)
    request = description.request("GET", TOKENS, {})
    for body in (b'{"data": []}', b'{"data": [{"id": "x"}], "meta": {"page": {"total_filtered_count": 1}}}', b"[]"):
        with pytest.raises(Exception):  # noqa: B017, PT011
            description.answer(request, 200, body, "application/vnd.api+json")
    with pytest.raises(Exception):  # noqa: B017, PT011
        description.answer(request, 200, b'{"data": [], "meta": {"page": {"total_filtered_count": 0}}}', "text/html")
