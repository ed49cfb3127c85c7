# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is meant by an e-mail, a handle or an id: exactly that person, or nobody."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ApiError,
    ForbiddenError,
    OptionError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.users import checked_owners, current_id, find
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NEIGHBOUR,
    NO_USERS_APP_KEY,
    NOBODY,
    OPERATOR,
    PLAIN_USER_APP_KEY,
    Organization,
)


def emails(match):
    return [one["email"] for one in match.people]


@pytest.mark.parametrize("name", ["ann@example.com", "ANN@Example.COM", "Ann@example.com"])
def test_an_email_names_its_person_whatever_the_case(client, standin, name):
    match = find(client, name)
    assert emails(match) == [LEAVER]
    assert match.people[0]["id"] == standin.organization.find_user(LEAVER).id


def test_a_substring_neighbour_is_somebody_else(client):
    assert emails(find(client, NEIGHBOUR)) == [NEIGHBOUR]
    # The server's own search finds both of them.
    assert emails(find(client, LEAVER)) == [LEAVER]


@pytest.mark.parametrize(
    "name", ["nn@example.com", "ann@example.co", "ann", "Ann Example", "example.com", "@", "%", "*"]
)
def test_a_part_of_an_email_or_a_display_name_names_nobody(client, name):
    assert find(client, name).people == []


def test_a_service_account_with_the_same_email_is_not_meant_but_told(client, standin):
    (account,) = find(client, LEAVER).service_accounts
    assert account["service_account"] is True
    assert account["email"] == LEAVER
    assert account["id"] != standin.organization.find_user(LEAVER).id


def test_an_email_of_service_accounts_only_names_nobody(client):
    match = find(client, OPERATOR)
    assert match.people == []
    assert [one["email"] for one in match.service_accounts] == [OPERATOR]


def test_two_people_with_one_email_are_both_returned(client, standin):
    standin.organization.add_user("bob@example.com", handle="bob-two")
    assert emails(find(client, "bob@example.com")) == ["bob@example.com"] * 2


def test_a_handle_names_its_person_whatever_the_case(client, standin):
    standin.organization.add_user("carla@example.com", name="carla-handle too", handle="Carla-Handle")
    assert emails(find(client, "carla-HANDLE")) == ["carla@example.com"]


def test_a_handle_equal_to_someone_elses_email_makes_both_candidates(client, standin):
    standin.organization.add_user("other@example.com", name="bob@example.com", handle="bob@example.com")
    assert sorted(emails(find(client, "bob@example.com"))) == ["bob@example.com", "other@example.com"]


def test_a_disabled_person_is_found(client):
    (person,) = find(client, "dave@example.com").people
    assert person["disabled"] is True
    assert person["status"] == "Disabled"


def test_nobody_is_found_for_who_is_not_there(client):
    match = find(client, NOBODY)
    assert (match.people, match.service_accounts) == ([], [])


def test_the_person_is_found_on_whichever_page_they_stand(client, standin):
    organization = Organization.generated(2, owners={f"x{number:03}ann@example.com": 0 for number in range(150)})
    wanted = organization.add_user("ann@example.com", name="zzz")
    standin.reset(organization)
    assert [one["id"] for one in find(client, "ann@example.com").people] == [wanted.id]
    assert len(standin.requests) == 2


@pytest.mark.parametrize("upper", [False, True])
def test_an_id_names_a_person_or_a_service_account(client, standin, upper):
    for user in (standin.organization.find_user(LEAVER), standin.organization.find_user(OPERATOR)):
        name = user.id.upper() if upper else user.id
        match = find(client, name)
        assert [one["id"] for one in match.people] == [user.id]
        assert match.service_accounts == []


def test_an_unknown_id_names_nobody(client):
    assert find(client, "00000000-0000-4000-8000-000000000000").people == []


def test_an_answer_about_somebody_else_is_an_error(client, standin):
    user = standin.organization.find_user(LEAVER)
    other = client.request(
        "GET", ("api", "v2", "users", standin.organization.find_user(NEIGHBOUR).id), purpose="x"
    ).data
    standin.faults.add("json", endpoint="v2.user.get", body=other)
    with pytest.raises(UnexpectedReplyError, match="does not hold that user"):
        find(client, user.id)


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {"id": "x"}}, {"data": {"attributes": {}}}, {"data": []}]
)
def test_an_answer_without_a_user_is_an_error(client, standin, body):
    standin.faults.add("json", endpoint="v2.user.get", body=body)
    with pytest.raises(UnexpectedReplyError, match="no user"):
        find(client, standin.organization.find_user(LEAVER).id)


@pytest.mark.parametrize("kind", ["html", "empty"])
def test_a_404_that_is_not_datadogs_does_not_mean_that_there_is_no_such_user(client, standin, kind):
    standin.faults.add("status", status=404, body=kind)
    with pytest.raises(UnexpectedReplyError):
        find(client, standin.organization.find_user(LEAVER).id)


def test_a_404_to_the_search_is_an_error_since_a_search_has_an_answer(client, standin):
    standin.faults.add("status", status=404, body="datadog")
    with pytest.raises(ApiError):
        find(client, LEAVER)


def test_a_missing_permission_is_named(make_client, standin):
    client = make_client(app_key=NO_USERS_APP_KEY)
    for name in (LEAVER, standin.organization.find_user(LEAVER).id):
        with pytest.raises(ForbiddenError, match=f"^Looking up owner {name}: .* needs the permission user_access_read"):
            find(client, name)


def test_every_user_may_ask_who_they_are(make_client, standin):
    carol = standin.organization.find_user("carol@example.com")
    assert current_id(make_client(app_key=PLAIN_USER_APP_KEY)) == carol.id


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
