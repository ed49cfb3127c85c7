# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the table of outcomes: what was seen, what is reported, and what is true at the server."""

from __future__ import annotations

import time

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import asked, deletes
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, StandIn


@pytest.fixture(params=["v1", "v2"])
def version(request):
    return request.param


@pytest.fixture
def keys(standin):
    """Two keys of one person."""
    return standin.organization.keys_of("bob@example.com")[:2]


@pytest.fixture
def remove(modules, version, keys):
    """remove(…): remove the first of the keys; remove(keys, …) removes these."""

    def run(some=None, **options):
        some = some or keys[:1]
        if version == "v1":
            named = {"api_version": "v1", "key": [key.secret for key in some]}
        else:
            named = {"app_key_id": [key.id for key in some]}
        return modules.remove(**{"max_retries": 0, **named, **options})

    return run


def lives(standin, key):
    return key.id in standin.organization.keys


# The first read


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        ({"act": "status", "status": 404, "body": "html"}, 404, "Check site, api_url and any proxy"),
        ({"act": "status", "status": 404, "body": "empty"}, 404, "Check site, api_url and any proxy"),
        ({"act": "status", "status": 404, "body": "datadog"}, 404, "api_url"),
        ({"act": "status", "status": 404, "body": "objects"}, 404, "api_url"),
        ({"act": "status", "status": 403, "body": "datadog"}, 403, "org_app_keys_read"),
        ({"act": "status", "status": 403, "body": "objects"}, 403, "org_app_keys_read"),
        ({"act": "status", "status": 403, "body": "html"}, 403, "Check site, api_url and any proxy"),
        ({"act": "status", "status": 401, "body": "datadog"}, 401, "api_key and app_key are not accepted"),
        ({"act": "status", "status": 401, "body": "html"}, 401, "Check site, api_url and any proxy"),
        ({"act": "status", "status": 500, "body": "datadog"}, 500, "answered 500"),
        ({"act": "status", "status": 500, "body": "html"}, 500, "Check site, api_url and any proxy"),
        (
            {"act": "redirect", "status": 302, "to": "https://login.example.com/?x=1"},
            302,
            "redirect that is not followed",
        ),
        ({"act": "json", "body": {}}, 200, "does not contain that key. Check api_url"),
        ({"act": "json", "body": {"data": None}}, 200, "does not contain that key. Check api_url"),
        ({"act": "json", "body": {"errors": ["Application key not found"]}}, 200, "does not contain that key"),
        ({"act": "json", "body": "Application key not found"}, 200, "Check site, api_url"),
        ({"act": "status", "status": 200, "body": "html"}, 200, "Check site, api_url"),
        ({"act": "status", "status": 200, "body": "empty"}, 200, "Check site, api_url"),
        ({"act": "drop"}, None, "Check the network"),
        ({"act": "truncate"}, None, "Check the network"),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_a_first_read_that_is_not_datadogs_own_404_is_an_error_and_never_absent(
    remove, standin, keys, fault, code, advice, check
):
    standin.faults.add(**fault)
    run = remove(check=check)
    assert run.failed
    assert not run.changed
    # Where the credentials are refused the key was not tried; everywhere else the read failed.
    assert run.outcomes == ["skipped" if "not accepted" in advice else "failed"]
    assert run.rows[0]["status_code"] == code
    assert advice in run.rows[0]["message"]
    assert advice in run.msg
    assert standin.url.partition("//")[2] in run.msg or "does not contain" in run.msg
    assert keys[0].secret not in run.output
    assert deletes(standin) == []
    assert lives(standin, keys[0])


def test_an_end_of_retries_is_an_error_and_all_of_them_were_tried(remove, standin, keys):
    standin.faults.add("status", status=500, body="datadog")
    assert remove(max_retries=2).outcomes == ["failed"]
    assert [sent.method for sent in asked(standin)] == ["GET"] * 3


def test_a_redirect_carries_nothing_to_another_port(remove, standin, keys):
    with StandIn() as other:
        standin.faults.add("redirect", to=other.url + "/api/v2/application_keys")
        assert remove().outcomes == ["failed"]
        assert other.requests == []


def test_refused_credentials_end_the_task_after_one_request_and_skip_the_rest(remove, standin, keys):
    run = remove(keys, api_key="f" * 32, concurrency=1)
    assert run.failed
    assert not run.changed
    assert run.outcomes == ["skipped", "skipped"]
    assert len(asked(standin)) == 1


# The delete


def test_deleted_is_an_accepted_delete_and_a_read_that_shows_it(remove, standin, keys):
    run = remove()
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert run.rows[0]["message"] is None
    assert not lives(standin, keys[0])


@pytest.mark.parametrize("act", ["drop_after", "gzip", "utf8"])
def test_a_reply_lost_after_the_effect_is_settled_by_a_read_deleted(remove, standin, keys, act):
    standin.faults.add(act, method="DELETE")
    run = remove()
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert "a read showed that it is gone" in run.rows[0]["message"]
    assert run.rows[0]["verified_at"]
    assert not lives(standin, keys[0])


def test_a_reply_lost_after_the_effect_and_a_404_to_the_retry_is_deleted_by_us_not_absent(remove, standin, keys):
    standin.faults.add("drop_after", method="DELETE", times=1)
    run = remove(max_retries=2)
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert len(deletes(standin)) == 2
    assert not lives(standin, keys[0])


@pytest.mark.parametrize("act", ["drop", "reset"])
def test_a_reply_lost_before_the_effect_is_settled_by_a_read_still_there(remove, standin, keys, act):
    standin.faults.add(act, method="DELETE")
    run = remove(verify_timeout=0)
    assert (run.outcomes, run.changed, run.failed) == (["failed"], False, True)
    assert "still there" in run.rows[0]["message"]
    assert lives(standin, keys[0])


@pytest.mark.parametrize("act", ["drop", "reset"])
def test_a_request_lost_before_the_effect_is_sent_again(remove, standin, keys, act):
    standin.faults.add(act, method="DELETE", times=1)
    run = remove(max_retries=1)
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert not lives(standin, keys[0])


def test_a_lost_reply_that_no_read_can_settle_is_unknown(remove, standin, keys):
    standin.faults.add("drop_after", method="DELETE")
    standin.faults.add("status", status=500, method="GET", skip=1)
    run = remove(verify_timeout=0)
    assert (run.outcomes, run.changed, run.failed) == (["unknown"], True, True)
    assert "could not be determined" in run.rows[0]["message"]
    assert run.rows[0]["requested_at"]
    assert run.rows[0]["verified_at"] is None


def test_an_accepted_delete_that_cannot_be_read_again_is_unknown(remove, standin, keys):
    standin.faults.add("status", status=500, method="GET", skip=1)
    run = remove(verify_timeout=0)
    assert (run.outcomes, run.changed, run.failed) == (["unknown"], True, True)
    assert "Datadog accepted the delete" in run.rows[0]["message"]
    assert not lives(standin, keys[0])


@pytest.mark.parametrize("kind", ["datadog", "objects", "html", "empty"])
def test_a_5xx_without_effect_is_settled_by_a_read_failed(remove, standin, keys, kind):
    standin.faults.add("status", status=503, body=kind, method="DELETE")
    run = remove(verify_timeout=0)
    assert (run.outcomes, run.changed, run.failed) == (["failed"], False, True)
    assert lives(standin, keys[0])


@pytest.mark.parametrize("kind", ["datadog", "html", "empty"])
@pytest.mark.parametrize("status", [499, 501, 502, 520, 524, 599])
def test_a_5xx_with_effect_is_settled_by_a_read_deleted(remove, standin, keys, status, kind):
    standin.faults.add("status", status=status, body=kind, method="DELETE", effect=True)
    run = remove()
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert not lives(standin, keys[0])


@pytest.mark.parametrize("answer", [{"status": 502, "body": "datadog"}, {"status": 404, "body": "html"}], ids=str)
@pytest.mark.parametrize("by", ["owner", "app_key_id"])
def test_after_an_unclear_delete_a_listing_without_the_key_is_not_enough(modules, standin, by, answer):
    """The listing is false, and whole by its own count. Only the key's own answer shows that it lives."""
    keys = standin.organization.keys_of("bob@example.com")
    wanted = {"owner": "bob@example.com"} if by == "owner" else {"app_key_id": [key.id for key in keys]}
    standin.faults.add("status", **answer, method="DELETE", key_id=keys[0].id)
    nothing = {"data": [], "meta": {"page": {"total_filtered_count": 0}}}
    standin.faults.add("json", endpoint="v2.keys.list", skip=1, body=nothing)
    run = modules.remove(**wanted, max_retries=0, verify_timeout=0)
    assert run.row(keys[0].id)["outcome"] == "failed"
    assert {row["outcome"] for row in run.rows if row["id"] != keys[0].id} == {"deleted"}
    assert {key.id for key in standin.organization.keys_of("bob@example.com")} == {keys[0].id}


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_refused_delete_is_failed_with_its_status(remove, standin, keys, status):
    standin.faults.add("status", status=status, body="datadog", method="DELETE")
    run = remove()
    assert (run.outcomes, run.changed, run.failed) == (["failed"], False, True)
    assert run.rows[0]["status_code"] == status
    assert lives(standin, keys[0])
    # Datadog's own refusal is an answer: nothing needs to be read again.
    assert [sent.method for sent in asked(standin)] == ["GET", "DELETE"]


@pytest.mark.parametrize("kind", ["html", "empty"])
@pytest.mark.parametrize("effect", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize("status", [200, 202, 302, 403, 404])
def test_an_answer_to_the_delete_that_is_not_datadogs_is_settled_by_a_read(remove, standin, keys, status, kind, effect):
    standin.faults.add("status", status=status, body=kind, method="DELETE", effect=effect)
    run = remove(verify_timeout=0)
    assert run.outcomes == (["deleted"] if effect else ["failed"])
    assert run.changed is effect
    assert run.failed is not effect
    assert lives(standin, keys[0]) is not effect


def test_a_204_from_someone_in_between_without_any_effect_is_found_out(remove, standin, keys, version):
    """A false "accepted": only the read afterwards tells."""
    if version == "v2":
        standin.faults.add("answer", method="DELETE", effect=False)
    else:
        body = {"application_key": {"hash": keys[0].secret, "name": "x", "owner": "x", "revoked": True}}
        standin.faults.add("json", body=body, method="DELETE", effect=False)
    run = remove(verify_timeout=1)
    assert (run.outcomes, run.changed, run.failed) == (["failed"], False, True)
    assert "accepted the delete, but the application key is still there after 1 s" in run.rows[0]["message"]
    assert lives(standin, keys[0])


def test_a_404_to_the_delete_with_the_key_still_there_is_failed(remove, standin, keys):
    standin.faults.add(
        "json", status=404, body={"errors": ["Application key not found"]}, method="DELETE", effect=False
    )
    run = remove(verify_timeout=0)
    assert (run.outcomes, run.changed, run.failed) == (["failed"], False, True)
    assert lives(standin, keys[0])


def test_a_key_that_someone_else_removes_after_the_read_is_absent_and_not_our_change(remove, standin, keys):
    standin.faults.add("actor", method="DELETE", delete_key="this", when="before")
    run = remove()
    assert (run.outcomes, run.changed, run.failed) == (["absent"], False, False)
    assert "Someone else" in run.rows[0]["message"]
    assert run.rows[0]["status_code"] == 404
    assert [one.by for one in standin.organization.deleted] == ["actor"]


def test_a_404_to_the_delete_that_no_read_confirms_is_unknown(remove, standin, keys):
    """The first read showed the key, so a lone 404 contradicts it."""
    standin.faults.add(
        "json", status=404, body={"errors": ["Application key not found"]}, method="DELETE", effect=False
    )
    standin.faults.add("status", status=500, method="GET", skip=1)
    run = remove(verify_timeout=0)
    assert run.outcomes == ["unknown"]
    assert run.failed
    assert lives(standin, keys[0])


# Verification


def test_a_slow_propagation_is_waited_for(remove, standin, keys):
    standin.propagation(get=0.4)
    run = remove(keys, verify_timeout=10)
    assert (run.outcomes, run.failed) == (["deleted", "deleted"], False)
    for row in run.rows:
        assert row["verified_at"] > row["requested_at"]
    assert sum(sent.method == "GET" for sent in asked(standin)) > 4


def test_a_key_that_is_still_there_after_verify_timeout_has_failed(modules, standin, keys):
    standin.propagation(get=60)
    begun = time.monotonic()
    run = modules.remove(app_key_id=keys[0].id, verify_timeout=1)
    assert 0.9 < time.monotonic() - begun < 30
    assert run.outcomes == ["failed"]
    assert run.failed
    assert "still there after 1 s" in run.rows[0]["message"]
    assert run.rows[0]["verified_at"] is None


def test_a_read_that_fails_for_a_while_does_not_end_the_verification(remove, standin, keys):
    standin.faults.add("status", status=500, method="GET", skip=1, times=2)
    run = remove(verify_timeout=10)
    assert (run.outcomes, run.failed) == (["deleted"], False)


@pytest.mark.parametrize("kind", ["html", "empty", "datadog"])
def test_a_404_that_is_not_about_the_key_verifies_nothing(remove, standin, keys, kind):
    standin.faults.add("status", status=404, body=kind, method="GET", skip=1)
    run = remove(verify_timeout=0)
    assert run.outcomes == ["unknown"]
    assert run.rows[0]["verified_at"] is None


def test_verify_off_reads_once_and_says_that_it_did_not_verify(remove, standin, keys):
    run = remove(verify=False)
    assert (run.outcomes, run.changed, run.failed) == (["deleted"], True, False)
    assert run.rows[0]["verified_at"] is None
    assert "Not verified" in run.rows[0]["message"]
    assert [sent.method for sent in asked(standin)] == ["GET", "DELETE"]
    assert not lives(standin, keys[0])


@pytest.mark.parametrize(("act", "outcome"), [("drop_after", "deleted"), ("drop", "failed")])
def test_a_lost_reply_is_settled_by_a_read_even_with_verify_off(remove, standin, keys, act, outcome):
    standin.faults.add(act, method="DELETE")
    run = remove(verify=False)
    assert run.outcomes == [outcome]
    assert lives(standin, keys[0]) is (outcome == "failed")


def test_credentials_that_go_bad_in_the_middle_leave_the_rest_skipped(remove, standin, keys):
    """Somebody revokes the API key after the first delete."""

    def revoke(organization):
        organization.credentials.api_keys.clear()

    standin.faults.add("actor", method="DELETE", when="after", times=1, call=revoke)
    run = remove(keys, concurrency=1, verify_timeout=0)
    assert run.failed
    # The first delete was accepted and can no longer be verified; the second was not tried, or refused.
    assert run.outcomes == ["unknown", "skipped"]
    assert lives(standin, keys[1])
    assert API_KEY not in run.output
