# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of ``module_utils/_managing.py``."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - The state that the selected credentials are to have.
    type: str
    choices: [absent]
    required: true
  owner:
    description:
      - Remove everything of this kind that these people or service accounts own.
      - An e-mail or a handle names a person. Upper and lower case do not count, nor how an accented letter is composed;
        C(ß) is not C(ss). Several matches are an error. The UUID of a user names a person or a service account.
      - Whom Datadog's search does not find is looked for in the list of all users, which is read once per task, or
        instead of searching where that takes fewer requests. Beyond 5,000 users it is not read; see O(owner_names).
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
      - IDs of what must stay, whatever the selection.
    type: list
    elements: str
  only:
    description:
      - IDs that somebody has reviewed, for example the rows of a run in check mode.
      - If something is selected that is not in this list, nothing of its plan is deleted and the task fails. An ID in
        this list that no longer exists is fine. With an empty list nothing can be deleted.
    type: list
    elements: str
  refuse_used_within:
    description:
      - If something of a plan was used more recently than this age, such as V(7d), nothing of the plan is deleted and
        the task fails. The units are V(m) for minutes, V(h) for hours, V(d) for days and V(w) for weeks.
      - A last use that cannot be read, or that lies in the future, counts as just now.
      - Datadog records uses only with Audit Trail. Where nothing has a recorded use, the module warns.
    type: str
  allow_self:
    description:
      - Whether the credential that this task runs with may be removed. Otherwise nothing of the plan that holds it is
        deleted, and the task fails.
      - Where it may be removed, it goes last, once all the others are verified.
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
      - Whether to read again until everything is gone. Datadog says that a removal takes a few seconds to reach
        everywhere.
    type: bool
    default: true
  verify_timeout:
    description:
      - Seconds to go on reading, from 0 to 3600. What is still there after that has failed.
    type: int
    default: 30
  journal:
    description:
      - The absolute path of a new file in which the task records what it is about to do before it does it, and what
        became of it. The file is readable by its owner only. It holds no secret.
      - The file has one JSON object per line. The whole plan comes first, then each delete before it is sent, and each
        outcome as soon as it is known. A delete is sent only once its line is on the disk, so whenever a run ends,
        the journal names everything that the run may have deleted.
      - If the file exists already or cannot be written, nothing is deleted. If the disk fills up later, no further
        delete is sent. In check mode the journal holds the plan.
    type: path
"""
