# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key through either version: one shape, and "not found" only where Datadog says so of that key."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    CredentialsError,
    DatadogError,
    ForbiddenError,
    NotFoundError,
    OptionError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys import (
    application_key,
    checked_secrets,
    masked,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v1 import KeysV1
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v2 import KeysV2
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ids import checked_ids
from ansible_collections.keywarden.datadog.tests.standin import (
    NO_PERMISSION_APP_KEY,
    READ_ONLY_APP_KEY,
)

GONE = "00000000-0000-4000-8000-000000000000"
GONE_SECRET = "f" * 40
SHAPE = {"id", "name", "last4", "created_at", "last_used_at", "scopes", "leaked", "owner"}
OWNER = {"id", "name", "email", "handle", "title", "status", "disabled", "service_account", "verified"}


@pytest.fixture(params=["v1", "v2"])
def version(request):
    return request.param


@pytest.fixture
def key(standin):
    return standin.organization.keys_of("bob@example.com")[0]


@pytest.fixture
def keys(version, client):
    return KeysV1(client) if version == "v1" else KeysV2(client)


def ref(version, key):
    return key.secret if version == "v1" else key.id


def answer(client, version, key):
    """The true answer about a key, to be bent."""
    path = (
        ("api", "v1", "application_key", key.secret) if version == "v1" else ("api", "v2", "application_keys", key.id)
    )
    return copy.deepcopy(client.request("GET", path, params={"include": "owned_by"}, purpose="x").data)


# The shape


def test_both_versions_give_the_same_shape_with_unknown_facts_as_null(client, standin, key):
    first, second = KeysV1(client).get(key.secret).facts, KeysV2(client).get(key.id).facts
    assert set(first) == set(second) == SHAPE
    assert set(first["owner"]) == set(second["owner"]) == OWNER
    assert {name: first[name] for name in first if first[name] is not None and name != "owner"} == {
        "name": key.name,
        "last4": key.secret[-4:],
    }
    assert {name: value for name, value in first["owner"].items() if value is not None} == {"email": "bob@example.com"}


def test_v2_tells_all_that_there_is_to_know(client, standin, key):
    standin.organization.keys[key.id].scopes = ["dashboards_read"]
    standin.organization.keys[key.id].leaked = {
        "date": "2026-01-31T00:00:00Z",
        "leak_source": "https://git.example.com",
    }
    owner = standin.organization.find_user("bob@example.com")
    facts = KeysV2(client).get(key.id).facts
    assert facts == {
        "id": key.id,
        "name": key.name,
        "last4": key.last4,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "scopes": ["dashboards_read"],
        "leaked": {"date": "2026-01-31T00:00:00Z", "leak_source": "https://git.example.com"},
        "owner": {
            "id": owner.id,
            "name": "Bob Example",
            "email": "bob@example.com",
            "handle": "bob@example.com",
            "title": "Engineer",
            "status": "Active",
            "disabled": False,
            "service_account": False,
            "verified": True,
        },
    }


def test_include_owned_by_is_one_request_and_without_it_an_owner_is_an_id(client, standin, key):
    found = KeysV2(client).get(key.id)
    assert [sent.query for sent in standin.requests] == [{"include": ["owned_by"]}]
    assert {one["type"] for one in found.included} == {"users", "roles"}

    bare = KeysV2(client, include=[]).get(key.id)
    assert standin.requests[-1].query == {}
    assert bare.included == []
    assert {name: value for name, value in bare.facts["owner"].items() if value is not None} == {"id": key.owner_id}


def test_the_secret_that_v2_may_send_is_kept_apart_and_out_of_every_repr(client, standin, key):
    standin.organization.set_flag("include_secret", True)
    found = KeysV2(client).get(key.id)
    assert found.secret == key.secret
    assert key.secret not in repr(found)
    assert key.secret not in repr(found.facts)


def test_a_secret_in_an_included_object_is_taken_out(client, standin, key):
    body = answer(client, "v2", key)
    body["included"].append(
        {"type": "leaked_keys", "id": "x", "attributes": {"key": key.secret, "hash": key.secret, "date": "d"}}
    )
    standin.faults.add("json", body=body)
    found = KeysV2(client).get(key.id)
    assert key.secret not in repr(found.included)
    assert found.included[-1]["attributes"] == {"date": "d"}


@pytest.mark.parametrize(
    "odd",
    [
        *(None, "x", 7, [], {}, {"type": ["x"], "id": {"y": 1}}, {"type": "users", "id": 7}),
        *({"type": "users", "id": "x", "relationships": {"roles": odd}} for odd in (None, "x", 7, [], {"data": 7})),
    ],
)
def test_included_objects_of_another_shape_are_no_harm(client, standin, key, odd):
    body = answer(client, "v2", key)
    body["included"].append(odd)
    standin.faults.add("json", body=body)
    assert KeysV2(client).get(key.id).facts["owner"]["email"] == "bob@example.com"


# Gone, or only said to be


def test_datadogs_own_404_about_a_key_means_that_it_is_not_there(keys, version, standin):
    for act in (keys.get, keys.delete):
        with pytest.raises(NotFoundError) as caught:
            act(GONE_SECRET if version == "v1" else GONE)
        assert caught.value.__class__ is NotFoundError
        assert caught.value.status_code == 404


@pytest.mark.parametrize("kind", ["datadog", "objects", "html", "empty"])
def test_any_other_404_means_nothing(keys, version, standin, key, kind):
    """A proxy, a wrong api_url, a path that Datadog does not have: the key lives."""
    standin.faults.add("status", status=404, body=kind)
    for act in (keys.get, keys.delete):
        with pytest.raises(UnexpectedReplyError) as caught:
            act(ref(version, key))
        assert caught.value.status_code == 404
    assert key.id in standin.organization.keys


@pytest.mark.parametrize("end", [" in this region", "ation", ", but a replica has it", " yet"])
def test_a_404_that_goes_on_after_not_found_means_nothing(keys, version, standin, key, end):
    standin.faults.add("json", status=404, body={"errors": [f"Application key not found{end}"]}, effect=False)
    for act in (keys.get, keys.delete):
        with pytest.raises(UnexpectedReplyError):
            act(ref(version, key))
    assert key.id in standin.organization.keys


def test_a_404_without_errors_means_nothing(keys, version, standin, key):
    standin.faults.add("json", status=404, body={"message": "Application key not found"}, effect=False)
    for act in (keys.get, keys.delete):
        with pytest.raises(UnexpectedReplyError):
            act(ref(version, key))
    assert key.id in standin.organization.keys


# Answers that are not about this key


def test_a_200_without_the_object_is_an_error(keys, version, standin, key):
    for body in ({}, {"data": None}, {"data": []}, {"data": {}}, {"application_key": None}, {"application_key": {}}):
        standin.faults.clear()
        standin.faults.add("json", body=body)
        with pytest.raises(UnexpectedReplyError, match="does not contain that key") as caught:
            keys.get(ref(version, key))
        assert key.secret not in str(caught.value)


def test_an_answer_about_another_key_is_an_error(client, keys, version, standin, key):
    other = standin.organization.keys_of("bob@example.com")[1]
    standin.faults.add("json", body=answer(client, version, other))
    with pytest.raises(UnexpectedReplyError, match="does not contain that key") as caught:
        keys.get(ref(version, key))
    assert other.secret not in str(caught.value)


def test_an_object_of_another_type_is_an_error(client, standin, key):
    body = answer(client, "v2", key)
    body["data"]["type"] = "api_keys"
    standin.faults.add("json", body=body)
    with pytest.raises(UnexpectedReplyError):
        KeysV2(client).get(key.id)


@pytest.mark.parametrize("key_id", ["..", "x", "", "../users/x"])
def test_a_listed_key_whose_id_is_none_is_an_error_since_it_could_change_a_path(client, standin, key, key_id):
    body = answer(client, "v2", key)["data"]
    page = {"data": [{**body, "id": key_id}], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", body=page)
    with pytest.raises(UnexpectedReplyError):
        KeysV2(client).list()


# Deleting


def test_v2_deletes_with_an_empty_204(client, standin, key):
    assert KeysV2(client).delete(key.id) == 204
    assert key.id not in standin.organization.keys


def test_v1_deletes_with_200_and_the_object(client, standin, key):
    assert KeysV1(client).delete(key.secret) == 200
    assert key.id not in standin.organization.keys


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("body", [{}, {"data": {}}, {"status": "ok"}])
def test_another_success_is_no_success_and_the_key_may_be_gone_or_not(keys, version, standin, key, status, body):
    standin.faults.add("json", status=status, body=body, method="DELETE", effect=False)
    with pytest.raises(UnexpectedReplyError) as caught:
        keys.delete(ref(version, key))
    assert caught.value.effect_possible
    assert key.id in standin.organization.keys


def test_v1_wants_the_very_object_back(client, standin, key):
    other = standin.organization.keys_of("bob@example.com")[1]
    standin.faults.add("json", body=answer(client, "v1", other), method="DELETE", effect=False)
    with pytest.raises(UnexpectedReplyError) as caught:
        KeysV1(client).delete(key.secret)
    assert caught.value.effect_possible


# Permissions


def test_v2_names_the_permission_that_is_missing(make_client, standin, key):
    with pytest.raises(ForbiddenError, match="org_app_keys_read"):
        KeysV2(make_client(app_key=NO_PERMISSION_APP_KEY)).get(key.id)
    with pytest.raises(ForbiddenError, match="org_app_keys_write"):
        KeysV2(make_client(app_key=READ_ONLY_APP_KEY)).delete(key.id)


def test_a_403_of_v1_names_one_time_read_mode_and_the_way_out(client, standin, key):
    standin.organization.set_flag("one_time_read", True)
    masked = rf"\*+{key.secret[-4:]}"
    with pytest.raises(
        ForbiddenError,
        match=rf"^Reading application key {masked}: .*One-Time Read mode.*api_version: v2 with app_key_id",
    ):
        KeysV1(client).get(key.secret)


def test_refused_credentials_are_told_apart_from_that(make_client, standin, key):
    with pytest.raises(CredentialsError):
        KeysV1(make_client(api_key="f" * 32)).get(key.secret)


def test_v1_at_a_government_site_is_refused_before_any_request(mocker):
    client = mocker.Mock()
    client.address.government, client.address.name = True, "ddog-gov.com"
    with pytest.raises(OptionError, match=r"no application keys on ddog-gov\.com\. Use api_version: v2"):
        KeysV1(client)
    client.request.assert_not_called()


def test_a_v1_key_stands_in_the_url_and_nowhere_else(client, standin, key):
    """Masked by its last four characters in every message."""
    keys = KeysV1(client)
    for status in (400, 401, 403, 404, 409, 500):
        standin.faults.clear()
        standin.faults.add("json", status=status, body={"errors": [f"no {key.secret}"]})
        with pytest.raises(DatadogError) as caught:
            KeysV1(client).get(key.secret)
        assert masked(key.secret) in str(caught.value)
        assert key.secret not in str(caught.value)
    assert masked(key.secret) == "****" + key.secret[-4:]
    assert keys.unread(key.secret) == application_key(last4=key.secret[-4:])


# What users may name


@pytest.mark.parametrize(
    "item", ["x", "../users/x", "a/b", "?x=1", f"{GONE}\n", f" {GONE}", GONE + "0", GONE[:-1], "f" * 40]
)
def test_an_id_is_a_uuid_since_datadog_answers_404_to_anything_else(item):
    with pytest.raises(OptionError, match=r"^app_key_id: item 2 is not an application key ID") as caught:
        checked_ids("app_key_id", [GONE, item], "application key")
    # It may be a key that was put there by mistake.
    assert item not in str(caught.value)


def test_ids_are_taken_once_each_whatever_the_case_in_the_order_given():
    other = "abcdefab-0000-4000-8000-000000000000"
    assert checked_ids("app_key_id", [other.upper(), GONE, other], "application key") == [other, GONE]


@pytest.mark.parametrize(
    "item", ["x", "f" * 15, "f" * 129, "../" + "f" * 40, "f" * 40 + "\n", "f" * 20 + " " + "f" * 20, "ä" * 40]
)
def test_what_cannot_be_a_key_is_refused_without_telling_it(item):
    with pytest.raises(OptionError, match=r"^key: item 1 is not an application key") as caught:
        checked_secrets("key", [item])
    assert len(item) < 5 or item not in str(caught.value)


@pytest.mark.parametrize("item", ["f" * 40, "ddapp_" + "aB3" * 11 + "x"])
def test_both_forms_of_a_key_are_taken_once_each(item):
    assert checked_secrets("key", [item, item]) == [item]


@pytest.mark.parametrize("check", [lambda option, ids: checked_ids(option, ids, "access token"), checked_secrets])
@pytest.mark.parametrize(
    ("items", "sentence"), [([], "is an empty list"), ([""], "item 1 is blank"), ([" \n"], "item 1 is blank")]
)
def test_an_empty_list_and_a_blank_item_never_mean_all(check, items, sentence):
    with pytest.raises(OptionError, match=sentence):
        check("option", items)
