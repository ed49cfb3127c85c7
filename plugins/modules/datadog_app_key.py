#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_app_key
short_description: Remove Datadog application keys
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Removes application keys that are named, or all keys of certain owners, and reads again until they are gone.
  - A key counts as removed only where a read shows it, and as absent only where Datadog itself says so. A page of a
    proxy, a missing permission or a lost answer never counts as either.
  - All keys of a selection are collected and the guards looked at before any of them is deleted. Each owner is a plan
    of its own, and so is a list of ids or keys. What holds back one plan leaves the others alone, and the task fails at
    the end.
  - One key that cannot be removed stops none of the others. Each key has its own outcome in the result, also when the
    task fails.
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details: It reads and looks at the guards as the real run does, and deletes nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - The state that the selected application keys are to have.
    type: str
    choices: [absent]
    required: true
  app_key_id:
    description:
      - Ids of the application keys to remove. A single string will do.
      - Exactly one of O(app_key_id), O(key) and O(owner) is required. An empty list is an error.
      - Needs O(api_version=v2).
    type: list
    elements: str
  key:
    description:
      - The application keys to remove. A single string will do.
      - Needs O(api_version=v1).
    type: list
    elements: str
  owner:
    description:
      - Remove all the keys of these people or service accounts.
      - An e-mail or a handle names a person. Upper and lower case do not count, nor how an accented letter is composed;
        C(ß) is not C(ss). Several matches are an error. The UUID of a user names a person or a service account.
      - Whom Datadog's search does not find is looked for in the list of all users, which is read once per task, or
        instead of searching where that takes fewer requests. Beyond 5,000 users it is not read; see O(owner_names).
      - Needs O(api_version=v2).
    type: list
    elements: str
  owner_names:
    description:
      - The display names of people in O(owner), by their e-mails or handles, where you know them. Others need none.
      - In an organization of more than 5,000 users, Datadog's search is asked for this name too before
        somebody counts as unknown, so that people whose e-mail has changed are found by their handle.
    type: dict
  keep:
    description:
      - Ids of application keys that stay, whatever the selection.
      - Needs O(api_version=v2).
    type: list
    elements: str
  max_keys:
    description:
      - A plan with more keys to remove than this deletes nothing and fails.
    type: int
  refuse_used_within:
    description:
      - If a key of a plan was used more recently than this age, such as V(7d), nothing of the plan is deleted and the
        task fails. The units are V(m) for minutes, V(h) for hours, V(d) for days and V(w) for weeks.
      - Datadog records uses only with Audit Trail. Where no key has a recorded use, the module warns.
      - Needs O(api_version=v2).
    type: str
  allow_self:
    description:
      - Whether the application key that this task runs with may be removed. Otherwise nothing of the plan that
        holds it is deleted and the task fails.
      - Where it may, it goes last, once all the others are verified.
    type: bool
    default: false
  missing_owner:
    description:
      - What to do about an owner that Datadog does not know. V(fail) fails the task, because a typing error must not
        read as "nothing to remove". V(report) only says so in RV(owners).
    type: str
    choices: [fail, report]
    default: fail
  verify:
    description:
      - Whether to read again until the keys are gone. Datadog says that a removal takes a few seconds to reach
        everywhere.
    type: bool
    default: true
  verify_timeout:
    description:
      - Seconds to go on reading. A key that is still there after that has failed.
    type: int
    default: 30
seealso:
  - module: keywarden.datadog.datadog_app_key_info
"""

EXAMPLES = r"""
- name: Remove an application key
  keywarden.datadog.datadog_app_key:
    state: absent
    app_key_id: 3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b

- name: Remove all application keys of a person, but not one that production uses
  keywarden.datadog.datadog_app_key:
    state: absent
    owner: ann@example.com
    keep:
      - 0b9a8c7d-5e4f-4a3b-8c2d-1e0f9a8b7c6d
    max_keys: 100

- name: Refuse if one of the keys was used in the last week
  keywarden.datadog.datadog_app_key:
    state: absent
    owner:
      - ann@example.com
      - bob@example.com
    refuse_used_within: 7d

- name: Remove an application key through API v1
  keywarden.datadog.datadog_app_key:
    state: absent
    api_version: v1
    key: "{{ old_application_key }}"
"""

RETURN = r"""
application_keys:
  description:
    - A row for each selected key, in the order in which they were asked for, an owner's keys by name.
    - What is not known is null.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The id of the key. API v1 does not tell it.
      type: str
    name:
      description: The name of the key.
      type: str
    last4:
      description: The last four characters of the key.
      type: str
    created_at:
      description: When it was created. API v1 does not tell it.
      type: str
    last_used_at:
      description: When it was last used, as far as Datadog recorded it. Null is not a proof of no use.
      type: str
    scopes:
      description: What the key may do. Null means all that its owner may do.
      type: list
      elements: str
    leaked:
      description: Where Datadog found the key in public, with C(date) and C(leak_source). Null for all others.
      type: dict
    owner:
      description: Whose key it is. API v1 tells only the e-mail.
      type: dict
      contains:
        id:
          description: The id of the user.
          type: str
        name:
          description: The name of the user.
          type: str
        email:
          description: The e-mail of the user.
          type: str
        handle:
          description: The handle of the user.
          type: str
        title:
          description: The title of the user.
          type: str
        status:
          description: The status of the user, such as V(Active) or V(Disabled).
          type: str
        disabled:
          description: Whether the user is disabled.
          type: bool
        service_account:
          description: Whether the user is a service account.
          type: bool
        verified:
          description: Whether the user is verified.
          type: bool
    outcome:
      description:
        - V(deleted), it was there, and it was removed; in check mode, it is there.
        - V(absent), Datadog says that it does not exist.
        - V(kept), it is named in O(keep).
        - V(refused), a guard stopped it. The task fails.
        - V(skipped), it was not tried, because a guard held back its plan, the credentials turned out bad,
          O(max_wait) ran out, or it appeared only while the task ran. The task fails.
        - V(failed), it could not be read or removed, or is still there after O(verify_timeout). The task fails.
        - V(unknown), the removal was sent, and no read could tell what became of it. The task fails.
      type: str
    status_code:
      description: The HTTP status of the last answer about the key that was not a plain read.
      type: int
    requested_at:
      description: When the removal was sent, in UTC.
      type: str
    verified_at:
      description: When a read showed that the key does not exist, in UTC.
      type: str
    message:
      description: What else there is to say about the outcome.
      type: str
  sample:
    - id: 3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b
      name: deploy
      last4: 0a1b
      created_at: "2026-03-01T09:30:00.000000+00:00"
      last_used_at: null
      scopes: null
      leaked: null
      owner:
        id: 6d9c5d3e-41aa-4f0b-8c53-2f1e0d9c8b7a
        name: Ann Example
        email: ann@example.com
        handle: ann@example.com
        title: null
        status: Active
        disabled: false
        service_account: false
        verified: true
      outcome: deleted
      status_code: 204
      requested_at: "2026-04-01T08:00:00.000Z"
      verified_at: "2026-04-01T08:00:00.450Z"
      message: null
counts:
  description: How many keys have each outcome.
  returned: always
  type: dict
  sample: {deleted: 1, absent: 0, kept: 0, refused: 0, skipped: 0, failed: 0, unknown: 0}
owners:
  description: A row for each O(owner).
  returned: always
  type: list
  elements: dict
  contains:
    query:
      description: The owner as asked for.
      type: str
    status:
      description:
        - V(resolved), V(unknown), V(ambiguous), or V(failed) where Datadog could not be asked.
        - Somebody of whom Datadog does not say whether they are a service account is V(ambiguous) too.
      type: str
    id:
      description: The id of the user.
      type: str
    email:
      description: The e-mail of the user.
      type: str
    disabled:
      description: Whether the user is disabled.
      type: bool
    total:
      description: How many keys the user owns.
      type: int
    complete:
      description: Whether the listing of these keys is complete.
      type: bool
    matches:
      description:
        - Who answers to an ambiguous owner, or who has the most similar e-mails to that of an unknown one, each like
          RV(application_keys[].owner).
      type: list
      elements: dict
    message:
      description: Why the owner could not be dealt with, or who may be meant instead. Null where all is well.
      type: str
listing:
  description:
    - Of a listing, how many keys Datadog states, and whether all of them were read. Null where keys were named.
  returned: always
  type: dict
  contains:
    total:
      description: The count.
      type: int
    complete:
      description: Whether all were read.
      type: bool
site:
  description: The site, or the host of O(api_url).
  returned: always
  type: str
  sample: datadoghq.com
api_version:
  description: The version of the API.
  returned: always
  type: str
  sample: v2
waited:
  description: Seconds spent waiting, for rate limits and between attempts.
  returned: always
  type: float
  sample: 0.0
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import parse_age
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys import (
    checked_ids,
    checked_secrets,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.names import (
    checked_owner_names,
    checked_owners,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._module import at_least, keys_for, require_version, run
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.guards import Guards
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.plan import (
    CHANGED,
    DELETED,
    Plan,
    all_rows,
    counts,
    listing_of,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.removal import remove
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.selection import Selection
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.verification import Verification

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["absent"], "required": True},
    "app_key_id": {"type": "list", "elements": "str", "no_log": False},
    "key": {"type": "list", "elements": "str", "no_log": True},
    "owner": {"type": "list", "elements": "str"},
    "owner_names": {"type": "dict"},
    "keep": {"type": "list", "elements": "str"},
    "max_keys": {"type": "int", "no_log": False},
    "refuse_used_within": {"type": "str"},
    "allow_self": {"type": "bool", "default": False},
    "missing_owner": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
    "verify": {"type": "bool", "default": True},
    "verify_timeout": {"type": "int", "default": 30},
}


def guards(params: dict[str, Any]) -> Guards:
    """The guards of the task.

    :raises OptionError: one of them cannot be understood.
    """
    age = params["refuse_used_within"]
    return Guards(
        keep=frozenset(checked_ids("keep", params["keep"]) if params["keep"] else ()),
        most=params["max_keys"],
        refuse_used_within=None if age is None else parse_age("refuse_used_within", age),
        allow_self=params["allow_self"],
    )


def selection(params: dict[str, Any]) -> Selection:
    """What the task selects.

    :raises OptionError: it is empty, or holds what cannot be meant.
    """
    if params["key"] is not None:
        return Selection(refs=checked_secrets("key", params["key"]))
    if params["app_key_id"] is not None:
        return Selection(refs=checked_ids("app_key_id", params["app_key_id"]), may_list=True)
    return Selection(
        owners=checked_owners("owner", params["owner"]),
        owner_names=checked_owner_names("owner_names", params["owner_names"]),
        unknown_is_problem=params["missing_owner"] == "fail",
    )


def work(module: AnsibleModule, client: Client, plans: list[Plan]) -> None:
    """Collect, guard, delete and verify."""
    params = module.params
    require_version(module, "v2", "app_key_id", "owner", "keep", "refuse_used_within")
    require_version(module, "v1", "key")
    at_least(module, 0, "max_keys", "verify_timeout")
    held_by = guards(params)
    remove(
        keys_for(module, client),
        selection(params),
        held_by,
        Verification(params["verify"], params["verify_timeout"]),
        plans,
        rehearse=module.check_mode,
        warn=module.warn,
    )


def present(module: AnsibleModule, plans: list[Plan]) -> dict[str, Any]:
    """The result of what was done so far."""
    rows = [row.result for row in all_rows(plans)]
    result = {
        "changed": any(row["outcome"] in CHANGED for row in rows),
        "application_keys": rows,
        "counts": counts(rows),
        "owners": [plan.owner for plan in plans if plan.owner],
        "listing": listing_of(plans),
    }
    if module._diff:
        result["diff"] = diff(rows)
    return result


def diff(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The selected keys that exist, before and after, in the form of ``--diff``."""

    def brief(row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row["id"],
            "last4": row["last4"],
            "name": row["name"],
            "owner": row["owner"]["email"],
        }

    before = [row for row in rows if row["outcome"] != "absent"]
    after = [row for row in before if row["outcome"] != DELETED]
    return {
        "before": {"application_keys": [brief(row) for row in before]},
        "after": {"application_keys": [brief(row) for row in after]},
    }


def main() -> None:
    """Run the module."""
    selectors = ("app_key_id", "key", "owner")
    run(
        OPTIONS,
        work,
        present,
        shortfall="were not dealt with",
        mutually_exclusive=[selectors],
        required_one_of=[selectors],
    )


if __name__ == "__main__":
    main()
