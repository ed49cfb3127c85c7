# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is meant by an e-mail, a handle or an id: exactly that person, or nobody."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ApiError,
    ForbiddenError,
    LongListingError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.account import Account
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.directory import Directory
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NEIGHBOUR,
    NO_USERS_APP_KEY,
    NOBODY,
    OPERATOR,
    Organization,
)


def find(client, name):
    """Look one name up, in a task that asks for no other."""
    return Directory(client, Account(client)).find(name)


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
    standin.organization.add_user("carla@example.com", handle="Carla-Handle")
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
    assert len(standin.requests) == 4


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
    with pytest.raises(UnexpectedReplyError, match="does not contain that user"):
        find(client, user.id)


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {"id": "x"}}, {"data": {"attributes": {}}}, {"data": []}]
)
def test_an_answer_without_a_user_is_an_error(client, standin, body):
    standin.faults.add("json", endpoint="v2.user.get", body=body)
    with pytest.raises(UnexpectedReplyError, match="no user") as caught:
        find(client, standin.organization.find_user(LEAVER).id)
    assert caught.value.status_code == 200


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


# Equal, and not more than equal

SEARCHES = [
    {"search_covers_handles": covers, **how}
    for covers in (False, True)
    for how in ({}, {"search_folds": True}, {"search_minds_case": True})
]


@pytest.fixture(params=SEARCHES, ids=lambda flags: "+".join(name for name in flags if flags[name]) or "plain")
def any_search(request, standin):
    """The stand-in's search, in every way that it may work."""
    for flag, value in request.param.items():
        standin.organization.set_flag(flag, value)
    return standin


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("strasse@example.com", "straße@example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("ﬁnn@example.com", "finn@example.com"),
        ("isil@example.com", "\u0131s\u0131l@example.com"),
        ("\u0131s\u0131l@example.com", "isil@example.com"),
        ("rene@example.com", "rené@example.com"),
        ("ａnn@example.com", "ann@example.com"),  # noqa: RUF001
        ("аnn@example.com", "ann@example.com"),  # noqa: RUF001
    ],
)
def test_a_name_that_only_looks_alike_is_somebody_else(any_search, client, asked, other):
    there = any_search.organization.add_user(other)
    match = find(client, asked)
    assert (match.people, match.unclear) == ([], [])
    assert [one["id"] for one in find(client, other).people][-1:] == [there.id] or other == LEAVER


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("rene\u0301@example.com", "ren\u00e9@example.com"),
        ("REN\u00c9@example.com", "rene\u0301@example.com"),
        ("STRAßE@example.com", "straße@example.com"),
        ("ÅSA@EXAMPLE.COM", "åsa@example.com"),
    ],
)
def test_case_and_composition_of_letters_do_not_count(any_search, client, asked, stored):
    there = any_search.organization.add_user(stored)
    assert [one["id"] for one in find(client, asked).people] == [there.id]


# Handles, and the list of all users


@pytest.mark.parametrize("handle", ["ann.old@example.net", "Ann.Old@Example.net", "aold"])
def test_a_handle_that_differs_from_the_email_is_found_and_both_are_named(any_search, client, handle):
    there = any_search.organization.add_user("ann.new@example.com", handle=handle)
    for asked in (handle, handle.upper()):
        match = find(client, asked)
        assert [one["id"] for one in match.people] == [there.id]
        assert asked in match.warning
        assert "ann.new@example.com" in match.warning


def test_a_service_account_of_the_same_name_does_not_hide_that_the_handle_was_found(any_search, client):
    there = any_search.organization.add_user("ann.new@example.com", handle="ann.old@example.com")
    any_search.organization.add_user("ann.old@example.com", service_account=True)
    match = find(client, "ann.old@example.com")
    assert [one["id"] for one in match.people] == [there.id]
    assert "ann.new@example.com" in match.warning


def test_who_is_found_by_email_has_no_warning(any_search, client):
    any_search.organization.add_user("ann.new@example.com", handle="ann.old")
    assert find(client, "ann.new@example.com").warning is None
    assert find(client, LEAVER).warning is None


def test_a_handle_of_a_service_account_is_never_a_person(any_search, client):
    any_search.organization.add_user("x@example.com", handle="robot", service_account=True)
    match = find(client, "robot")
    assert match.people == []
    assert [one["email"] for one in match.service_accounts] == ["x@example.com"]
    assert match.similar == []


def asked_of(standin):
    """What the requests for users asked, in order: the filter, or None for the list of all."""
    return [sent.query.get("filter", [None])[0] for sent in standin.requests if sent.endpoint == "v2.users.list"]


def test_one_search_is_enough_for_who_is_found(client, standin):
    find(client, LEAVER)
    assert asked_of(standin) == [LEAVER]


def test_all_users_are_read_once_however_many_are_unknown(client, standin):
    directory = Directory(client, Account(client))
    names = [f"nobody{number}@example.com" for number in range(4)]
    directory.expect(names)
    assert all(match.people == [] for match in client.each(directory.find, names))
    asked = asked_of(standin)
    # Who comes after all users were read needs no search.
    assert set(filter(None, asked)) <= set(names)
    assert asked.count(None) == 1


def test_a_list_of_all_users_that_cannot_be_read_makes_nobody_unknown(client, standin):
    standin.faults.add("status", endpoint="v2.users.list", path=r"users\?page", status=403, body="datadog")
    directory = Directory(client, Account(client))
    for _time in range(2):
        with pytest.raises(ForbiddenError, match="user_access_read"):
            directory.find(NOBODY)
    assert emails(directory.find(LEAVER)) == [LEAVER]


def users(count):
    """An organization of so many users, and its own operator."""
    return Organization.generated(1, owners={f"u{number:05}@example.com": 0 for number in range(count - 11)})


def test_hundreds_of_owners_cost_no_more_than_the_list_of_users(make_client, standin):
    standin.reset(users(2000))
    for number in range(50):
        standin.organization.add_user(f"leaver{number}@example.com", handle=f"l{number}")
    names = [f"leaver{number}@example.com" for number in range(500)]
    client = make_client()
    directory = Directory(client, Account(client))
    directory.expect(names)
    found = client.each(directory.find, names)
    assert [bool(match.people) for match in found] == [number < 50 for number in range(500)]
    assert len(standin.requests) <= 60
    assert len(standin.requests) in (21, 42)


@pytest.mark.parametrize(("owners", "lists"), [(1, 0), (4, 0), (5, 1), (20, 1), (41, 2)])
def test_few_owners_are_searched_for_and_many_are_looked_up_in_the_list(make_client, standin, owners, lists):
    standin.reset(users(1500))
    names = [f"u{number:05}@example.com" for number in range(owners)]
    client = make_client()
    directory = Directory(client, Account(client))
    directory.expect(names)
    assert [emails(match) for match in client.each(directory.find, names)] == [[name] for name in names]
    asked = asked_of(standin)
    assert len(asked) <= owners + 1 if lists < 2 else len(asked) < owners
    assert asked.count(None) == (lists if lists < 2 else len(asked))


def test_beyond_50_pages_parts_of_the_name_are_searched_for_instead(client, standin):
    standin.reset(users(5001))
    there = standin.organization.add_user("ann.married@example.com", name="Ann Example", handle="ann@example.net")
    directory = Directory(client, Account(client))
    directory.expect(["Ann@example.net"], {"ann@EXAMPLE.net": "Ann Example"})
    match = directory.find("Ann@example.net")
    assert [one["id"] for one in match.people] == [there.id]
    assert asked_of(standin) == ["ann@example.net", None, "ann", "Ann Example"]

    for name in ("ann.exampel@example.net", "bob"):
        match = directory.find(name)
        assert (match.people, match.unclear) == ([], [])
        assert "more than 5,000 users" in match.remark
    assert asked_of(standin)[4:] == ["ann.exampel@example.net", "ann.exampel", "bob"]
    assert emails(directory.find("u00000@example.com")) == ["u00000@example.com"]


def test_who_is_found_by_two_searches_does_not_hide_who_comes_next(client, standin):
    standin.reset(users(5001))
    standin.organization.add_user("aex@example.org", name="Ann Example")
    there = standin.organization.add_user("married@example.com", name="Ann Example-Two", handle="aex@example.net")
    directory = Directory(client, Account(client))
    directory.expect(["aex@example.net"], {"aex@example.net": "Ann Example"})
    assert [one["id"] for one in directory.find("aex@example.net").people] == [there.id]
    assert asked_of(standin) == ["aex@example.net", None, "aex", "Ann Example"]


def test_a_search_with_too_many_hits_is_an_error_and_no_answer(client, standin):
    standin.reset(users(5100))
    with pytest.raises(LongListingError, match=r"finds more than 5,000 users.*ID"):
        find(client, "u")


# Typing errors


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("an@example.com", "ann@example.com"),
        ("anne@example.com", "ann@example.com"),
        ("ann@exmaple.com", "ann@example.com"),
        ("ann@example.org", "ann@example.com"),
        ("platfrom@example.com", "platform@example.com"),
        ("platform", "platform@example.com"),
        ("strasse@example.com", "straße@example.com"),
    ],
)
def test_a_typing_error_names_who_may_be_meant(client, standin, asked, meant):
    standin.organization.add_user("straße@example.com")
    match = find(client, asked)
    assert match.people == []
    assert emails_of(match.similar)[0] == meant
    assert len(match.similar) <= 3


def emails_of(users):
    return [one["email"] for one in users]


def test_nobody_alike_is_nobody(client):
    assert find(client, "zzyzx@example.com").similar == []


# Whose kind is not told


@pytest.mark.parametrize("flag", [None, "yes", 0, 1, [], {}])
@pytest.mark.parametrize("by", ["email", "handle", "id"])
def test_a_user_who_may_be_a_service_account_is_nobodys_answer(any_search, client, by, flag):
    user = any_search.organization.add_user("x@example.com", handle="xhandle", service_account=flag)
    match = find(client, getattr(user, by))
    assert match.people == []
    assert [one["id"] for one in match.unclear] == [user.id]


def test_a_user_without_the_attribute_is_nobodys_answer(client, standin):
    standin.organization.set_flag("tells_service_account", False)
    for name in (LEAVER, standin.organization.find_user(LEAVER).id):
        match = find(client, name)
        assert match.people == []
        assert match.unclear


# 404s


@pytest.mark.parametrize("wording", ["id", "user"])
def test_datadogs_404_about_a_user_means_nobody(client, standin, wording):
    standin.organization.set_flag("user_404", wording)
    assert find(client, "00000000-0000-4000-8000-00000000000A").people == []


UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "error",
    [
        f"{UNKNOWN_ID} not found",
        f"User {UNKNOWN_ID} not found.",
        f"User with id '{UNKNOWN_ID}' not found",
        "user not found",
        {"title": "Not Found", "detail": "User not found"},
    ],
)
def test_other_words_for_a_user_who_does_not_exist_mean_nobody(client, standin, error):
    standin.faults.add("json", endpoint="v2.user.get", status=404, body={"errors": [error]})
    assert find(client, UNKNOWN_ID).people == []


@pytest.mark.parametrize(
    "error",
    [
        "Not Found",
        "Not found",
        "Page not found",
        "Organization not found",
        "Users endpoint not found",
        "Application key not found",
        "11111111-0000-4000-8000-000000000000 not found",
        {"title": "Not Found", "detail": "No route matches"},
        {"title": "Not Found"},
    ],
)
def test_a_404_about_anything_else_makes_nobody_unknown(client, standin, error):
    standin.faults.add("json", endpoint="v2.user.get", status=404, body={"errors": [error]})
    with pytest.raises(UnexpectedReplyError, match="Datadog answers differently about a user"):
        find(client, UNKNOWN_ID)


# Odd records


@pytest.mark.parametrize("odd", [None, 7, 1e300, True, [], {"a": "b"}, ["ann@example.com"], ""])
def test_odd_names_of_others_do_not_matter(client, standin, odd):
    user = standin.organization.add_user("x@example.com")
    for attribute in ("email", "handle", "name", "title", "status"):
        setattr(user, attribute, odd)
    standin.organization.add_user("c@example.com", handle="carla")
    assert emails(find(client, "carla")) == ["c@example.com"]
