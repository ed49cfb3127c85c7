#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_access_token
short_description: Remove Datadog access tokens
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Removes the access tokens that you list, or all access tokens of certain owners, and reads again until they are
    gone. Datadog calls this revoking a token.
  - Datadog answers a repeated removal as if it were the first one, so its answer proves nothing. A token that is
    selected by ID counts as removed or absent only if Datadog says that it does not exist and a complete list of the
    organization's tokens does not contain it either. A token that is selected by owner counts as removed if a complete
    list contained it before and no longer does.
  - Datadog shows everybody their own tokens, so a list can look complete without the tokens of others. The module
    therefore fails unless the same credentials may also list the application keys of the organization, which requires
    the permission C(org_app_keys_read).
  - All tokens of a selection are collected, and the guards are checked before any of them is deleted. Each owner is a
    plan of its own, and so is a list of IDs. If a guard holds back one plan, the others are still carried out, and the
    task fails at the end.
  - An e-mail address never selects the tokens of a service account that shares it. Name the service account by its
    UUID to remove its tokens.
  - If the play that started the task is gone, because it was stopped, timed out or lost its connection, the task sends
    no further deletes. With O(journal), there is a record of what it did until then.
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.removal
  - keywarden.datadog.removal.owner
  - keywarden.datadog.removal.tokens
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details: It reads and evaluates the guards like the real run, and deletes nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  token_id:
    description:
      - IDs of the access tokens to remove, of people or of service accounts. A single string is accepted.
      - Exactly one of O(token_id) and O(owner) is required. An empty list is an error.
    type: list
    elements: str
seealso:
  - module: keywarden.datadog.datadog_access_token_info
  - module: keywarden.datadog.datadog_app_key
  - name: Personal access tokens
    description: Datadog's documentation of personal access tokens.
    link: https://docs.datadoghq.com/account_management/personal-access-tokens/
"""

EXAMPLES = r"""
- name: Remove an access token
  keywarden.datadog.datadog_access_token:
    state: absent
    token_id: 5e0d9c8b-7a6f-4e5d-8c4b-3a2f1e0d9c8b

- name: Remove all access tokens of a person
  keywarden.datadog.datadog_access_token:
    state: absent
    owner: ann@example.com
    max_tokens: 20

- name: Refuse if one of the tokens was used in the last week
  keywarden.datadog.datadog_access_token:
    state: absent
    owner:
      - ann@example.com
      - bob@example.com
    refuse_used_within: 7d
"""

RETURN = r"""
access_tokens:
  description:
    - A row for each selected token, in the order of the selection. The tokens of an owner are sorted by name.
    - Unknown values are null.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the token.
      type: str
    kind:
      description: V(personal) for the token of a person, or V(service) for the token of a service account.
      type: str
    name:
      description: The name of the token.
      type: str
    created_at:
      description: When it was created.
      type: str
    expires_at:
      description:
        - When the token expires or expired. Null for a token of a service account that never expires.
        - An expired token that Datadog still lists counts as existing.
      type: str
    last_used_at:
      description: When it was last used, as far as Datadog recorded it. Null does not prove that it is unused.
      type: str
    modified_at:
      description: When its name or scopes were last changed. Null if that never happened.
      type: str
    scopes:
      description: What the token may do.
      type: list
      elements: str
    owner:
      description:
        - The owner of the token. Without the permission C(user_access_read), only the ID is known.
      type: dict
      contains:
        id:
          description: The ID of the user.
          type: str
        name:
          description: The name of the user.
          type: str
        email:
          description: The e-mail address of the user.
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
        - V(deleted), it was there and was removed. In check mode, it is there.
        - V(absent), Datadog says that it does not exist, and a complete list does not contain it.
        - V(kept), it is listed in O(keep).
        - V(refused), a guard prevented the removal. The task fails.
        - V(skipped), the removal was not attempted, because a guard held back the plan, the credentials turned out to
          be invalid or lack a permission, O(max_wait) ran out, the play is gone, the task was interrupted, the journal
          could not be written, or it appeared while the task was running. The task fails.
        - V(failed), it could not be read or removed, or is still there after O(verify_timeout). The task fails.
        - V(unknown), the removal was sent, and no read could determine what became of it. The task fails.
      type: str
    status_code:
      description: The HTTP status of the last answer about the token that was not a plain read.
      type: int
    requested_at:
      description: When the removal was sent, in UTC.
      type: str
    verified_at:
      description: When a read showed that the token does not exist, in UTC.
      type: str
    message:
      description: More information about the outcome.
      type: str
  sample:
    - id: 5e0d9c8b-7a6f-4e5d-8c4b-3a2f1e0d9c8b
      kind: personal
      name: laptop
      created_at: "2026-03-01T09:30:00.123456Z"
      expires_at: "2027-03-01T09:30:00.123Z"
      last_used_at: null
      modified_at: null
      scopes: [dashboards_read]
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
  description: How many tokens have each outcome.
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
      description: The owner as given in the task.
      type: str
    status:
      description:
        - V(resolved), V(unknown), V(ambiguous), or V(failed) if the request to Datadog failed.
        - If Datadog does not state whether an account is a service account, the status is V(ambiguous) too.
      type: str
    id:
      description: The ID of the user.
      type: str
    email:
      description: The e-mail address of the user.
      type: str
    disabled:
      description: Whether the user is disabled.
      type: bool
    total:
      description: How many tokens the user owns.
      type: int
    complete:
      description: Whether the listing of these tokens is complete.
      type: bool
    matches:
      description:
        - The accounts that match an ambiguous owner, or those with the e-mail addresses most similar to an unknown
          owner. Of the latter, only C(id), C(name) and C(email); otherwise, each is like RV(access_tokens[].owner).
      type: list
      elements: dict
    message:
      description: Why the owner could not be processed, or who may be meant instead. Null if there is no problem.
      type: str
listing:
  description:
    - For a listing, the number of tokens that Datadog states, and whether all of them were read. Null if tokens were
      selected by ID.
  returned: always
  type: dict
  contains:
    total:
      description: The number that Datadog states.
      type: int
    complete:
      description: Whether all were read.
      type: bool
caller:
  description:
    - The account that the credentials of this task belong to. Null if it could not be determined, which does not fail
      the task.
  returned: always
  type: dict
  contains:
    id:
      description: The ID of the user or service account.
      type: str
    email:
      description: The e-mail address of the account.
      type: str
    handle:
      description: The handle of the account.
      type: str
    service_account:
      description: Whether it is a service account.
      type: bool
  sample:
    id: 0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f
    email: offboarding-automation@example.com
    handle: 0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f
    service_account: true
organization:
  description:
    - The organization that the credentials belong to. Null if it could not be determined.
  returned: always
  type: dict
  contains:
    id:
      description: Datadog's own ID of the organization.
      type: str
    name:
      description: The name of the organization. Null if Datadog does not provide it.
      type: str
  sample:
    id: 5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d
    name: Example
site:
  description: The site, or the host of O(api_url).
  returned: always
  type: str
  sample: datadoghq.com
waited:
  description: Seconds spent waiting, for rate limits and between attempts.
  returned: always
  type: float
  sample: 0.0
"""

from typing import Any

from ansible_collections.keywarden.datadog.plugins.module_utils._managing import REMOVAL_OPTIONS
from ansible_collections.keywarden.datadog.plugins.module_utils._module import OWNER_OPTIONS, run
from ansible_collections.keywarden.datadog.plugins.module_utils._token_removal import TOKEN_OPTIONS, TokenRemoval

OPTIONS: dict[str, Any] = {
    **REMOVAL_OPTIONS,
    **OWNER_OPTIONS,
    **TOKEN_OPTIONS,
    "token_id": {"type": "list", "elements": "str", "no_log": False},
}


def main() -> None:
    """Run the module."""
    selectors = ("token_id", "owner")
    run(OPTIONS, TokenRemoval(), mutually_exclusive=[selectors], required_one_of=[selectors])


if __name__ == "__main__":
    main()
