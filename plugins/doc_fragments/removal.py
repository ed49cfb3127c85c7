# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of ``module_utils/_managing.py``, ``_key_removal.py`` and ``_token_removal.py``."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - The desired state of the selected credentials.
    type: str
    choices: [absent]
    required: true
  organization_id:
    description:
      - The ID of the organization that the credentials of the task must belong to, as RV(organization) returns it. If
        they belong to another organization, or if Datadog does not say to which one, nothing is deleted and the task
        fails.
    type: str
  keep:
    description:
      - The IDs of credentials that are not removed, whatever the selection.
    type: list
    elements: str
  only:
    description:
      - The IDs that somebody has reviewed, for example the rows of a run in check mode.
      - If a selected credential is not in this list, nothing in its plan is deleted and the task fails. IDs in this
        list that no longer exist are ignored. If the list is empty, nothing can be deleted.
    type: list
    elements: str
  refuse_used_within:
    description:
      - If a credential in a plan was used more recently than this age, such as V(7d), nothing in the plan is deleted
        and the task fails. The units are V(m) for minutes, V(h) for hours, V(d) for days and V(w) for weeks.
      - A time of last use that cannot be read, or that is in the future, counts as just now. One without a time of day
        or without a time zone counts as the latest moment that it can mean.
      - Datadog records uses only with Audit Trail. If nothing has a recorded use, the module warns.
    type: str
  allow_self:
    description:
      - Whether the credential that this task runs with may be removed. If not, nothing in the plan that contains it is
        deleted, and the task fails.
      - If it may be removed, it is removed last, after all others are verified. This needs O(verify=true).
    type: bool
    default: false
  verify:
    description:
      - Whether to read again until everything is gone. According to Datadog, it takes a few seconds until a removal
        takes effect everywhere.
      - If this is V(false), an accepted delete has the outcome V(deleted) without proof, and the message C(Not
        verified.). A delete whose answer was lost or unclear is still read once.
    type: bool
    default: true
  verify_timeout:
    description:
      - The number of seconds to keep reading, from 0 to 3600. A credential that is still there after that has failed.
    type: int
    default: 30
  journal:
    description:
      - The absolute path of a new file in which the task records what it is about to do before it does it, and the
        result. Only the owner of the file can read it. It never contains a secret.
      - The file has one JSON object per line. The complete plan comes first, then each delete before it is sent, and
        each outcome as soon as it is known. A delete is sent only after its line is on the disk, so whenever a run
        ends, the journal names everything that the run may have deleted.
      - If the file already exists or cannot be written, nothing is deleted. If the disk fills up later, no further
        deletes are sent. In check mode, the journal contains the plan.
    type: path
"""

    OWNER = r"""
options:
  owner:
    description:
      - Remove all credentials of this kind that these people or service accounts own.
      - An e-mail address or a handle selects a person. It is matched case-insensitively, and regardless of how an
        accented letter is composed; C(ß) does not match C(ss). Several matches are an error. The UUID of a user selects
        a person or a service account.
      - Anyone whom Datadog's search does not find is looked up in the list of all users, which is read once per task,
        or instead of searching if that takes fewer requests. The list is not read if the organization has more than
        5,000 users; see O(owner_names).
    type: list
    elements: str
  owner_names:
    description:
      - The display names of people in O(owner), as a mapping from their e-mail addresses or handles. List only the
        names that you know.
      - In an organization with more than 5,000 users, the module also searches for this name before it reports a person
        as unknown, so that people whose e-mail address has changed are found by their handle.
    type: dict
  missing_owner:
    description:
      - What to do about an owner that Datadog does not know. V(fail) fails the task, because a typing error must not
        look like "nothing to remove". V(report) only reports it in RV(owners).
    type: str
    choices: [fail, report]
    default: fail
"""

    KEYS = r"""
options:
  max_keys:
    description:
      - If a plan has more keys to remove than this, nothing in the plan is deleted and the task fails. From 0 to
        1000000.
    type: int
  managed_keys:
    description:
      - What to do about keys that Datadog's own integrations run on although a person owns them. Their names have the
        form C(Some Integration - Datadog Managed - ann@example.com).
      - V(refuse) leaves these keys in place, deletes the rest of the plan, and fails. Reconnect the integration as
        another user first. V(delete) treats them like all other keys.
    type: str
    choices: [refuse, delete]
    default: refuse
"""

    TOKENS = r"""
options:
  max_tokens:
    description:
      - If a plan has more tokens to remove than this, nothing in the plan is deleted and the task fails.
    type: int
"""
