#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_access_token_info
short_description: Read Datadog access tokens
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Reads the access tokens that you list, all access tokens of certain owners, or all access tokens of the
    organization, including those of service accounts. Datadog recommends access tokens instead of application keys.
  - A listing is read to its last page and checked against the count that Datadog states. A listing that remains
    inconsistent is an error, never an incomplete result.
  - Datadog shows everybody their own tokens, so a list can look complete without the tokens of others. The module
    therefore fails unless the same credentials may also list the application keys of the organization, which requires
    the permission C(org_app_keys_read).
  - The tokens themselves, which are secrets, are not returned. Datadog shows them only when they are created.
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
options:
  token_id:
    description:
      - IDs of the access tokens to read. A single string is accepted.
    type: list
    elements: str
  owner:
    description:
      - Read all the access tokens of these people or service accounts. An item is an e-mail address, a handle, or the
        UUID of a user. It is matched case-insensitively.
      - An e-mail address or a handle selects a person, never a service account that shares it. Only a UUID can select a
        service account.
    type: list
    elements: str
  owner_names:
    description:
      - The display names of people in O(owner), as a mapping from their e-mail addresses or handles. List only the
        names that you know.
      - In an organization with more than 5,000 users, the module also searches for this name before it reports a person
        as unknown.
    type: dict
  filter:
    description:
      - Only tokens whose name matches this text, as Datadog's own free-text filter understands it.
    type: str
  expires_before:
    description:
      - Only tokens that expire before this date, in ISO 8601, or within this time from now, such as V(30d). This
        includes tokens that have already expired and are still listed.
      - The units are V(m) for minutes, V(h) for hours, V(d) for days and V(w) for weeks.
      - Tokens that never expire are not selected.
    type: str
  unused_for:
    description:
      - Only tokens last used longer ago than this age, such as V(90d), and tokens without a recorded use that were
        created longer ago than that.
      - A missing RV(access_tokens[].last_used_at) does not prove that a token is unused. If no token of the listing has
        a recorded use, the module warns.
    type: str
  fields:
    description:
      - Return only these fields, and C(id), in each row. V(owner) stands for everything that is known about the owner,
        V(owner.email) for the e-mail address alone.
      - Use it for large organizations. Ansible handles every value of a result several times, which takes longer than
        reading them from Datadog.
    type: list
    elements: str
  missing_owner:
    description:
      - What to do about an owner that Datadog does not know. V(fail) fails the task, because a typing error must not
        look like somebody without tokens. V(report) only reports it in RV(owners).
    type: str
    choices: [fail, report]
    default: fail
seealso:
  - module: keywarden.datadog.datadog_access_token
  - module: keywarden.datadog.datadog_app_key_info
  - name: Personal access tokens
    description: Datadog's documentation of personal access tokens.
    link: https://docs.datadoghq.com/account_management/personal-access-tokens/
"""

EXAMPLES = r"""
- name: Read all access tokens of a person
  keywarden.datadog.datadog_access_token_info:
    owner: ann@example.com
  register: result

- name: Find access tokens that expire within a month
  keywarden.datadog.datadog_access_token_info:
    expires_before: 30d

- name: Find access tokens that nobody seems to use, with a few facts about each
  keywarden.datadog.datadog_access_token_info:
    unused_for: 90d
    fields: [name, kind, expires_at, last_used_at, owner.email]
"""

RETURN = r"""
access_tokens:
  description: The tokens that exist, in the order of the selection. Unknown values are null.
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
not_found:
  description:
    - The IDs that do not exist according to Datadog, and that a complete list of the organization's tokens does not
      contain either.
  returned: always
  type: list
  elements: str
  sample: []
total:
  description: The number of RV(access_tokens).
  returned: always
  type: int
  sample: 1
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
      description: How many tokens the user owns that match O(filter).
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
organization:
  description:
    - The organization that the credentials belong to, if an answer that was needed anyway contains it. Otherwise null.
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

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.access_tokens import (
    NOUN,
    AccessTokens,
    access_token,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.credential import CredentialKind
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ids import checked_ids
from ansible_collections.keywarden.datadog.plugins.module_utils._module import run
from ansible_collections.keywarden.datadog.plugins.module_utils._reading import READING_OPTIONS, ReadingTask, filters_of
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.selection import Selection, of_owners

OPTIONS: dict[str, Any] = {
    **READING_OPTIONS,
    "token_id": {"type": "list", "elements": "str", "no_log": False},
    "filter": {"type": "str"},
    "expires_before": {"type": "str"},
    "unused_for": {"type": "str"},
}


class TokenReading(ReadingTask):
    """Reads access tokens."""

    noun = NOUN
    rows = "access_tokens"
    shape = access_token()

    def selection(self, params: dict[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """
        if params["token_id"] is not None:
            return Selection(refs=checked_ids("token_id", params["token_id"], NOUN))
        return of_owners(params, filters=filters_of(params), may_be_all=True)

    def kind(self, module: AnsibleModule, client: Client) -> CredentialKind:
        """The tokens of the organization."""
        return AccessTokens(client, owners=self.fields.wants("owner") or self.fields.wants("kind"))


def main() -> None:
    """Run the module."""
    run(
        OPTIONS,
        TokenReading(),
        mutually_exclusive=[
            ("token_id", "owner"),
            *[("token_id", option) for option in ("filter", "expires_before", "unused_for")],
        ],
    )


if __name__ == "__main__":
    main()
