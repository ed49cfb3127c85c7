# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization that the documentation speaks of: its people, and the ids in its examples."""

from __future__ import annotations

import datetime
import uuid

from ansible_collections.keywarden.datadog.tests.standin import Organization

DEPLOY = "3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b"
PRODUCTION = "0b9a8c7d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
SERVICE_ACCOUNT = "5b7f3c9a-20d4-4e6b-9a51-7c8d9e0f1a2b"
SERVICE_TOKEN_ID = "9d8e7f6a-5b4c-4d3e-8f2a-1b0c9d8e7f6a"
TOKEN = "5e0d9c8b-7a6f-4e5d-8c4b-3a2f1e0d9c8b"
OLD_APPLICATION_KEY = "c07e49d1b86f2a35e9d4180cb73f65a2d91e4b0a"


def _ago(days: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    return moment.isoformat(timespec="microseconds")


def _zulu(days: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def documented() -> Organization:
    """Everybody and every key and token that an example names, and one of each kind that the guides look for."""
    organization = Organization.empty()
    for email in (
        "ann@example.com",
        "bob@example.com",
        "carol@example.com",
        "dave@example.com",
        "erin@example.com",
        "frank@example.com",
    ):
        organization.add_user(email)
    organization.add_user("exporters@example.com", id=SERVICE_ACCOUNT, service_account=True)
    organization.disable_user("dave@example.com")

    def key(owner: str, name: str, used: float | None = 40, created: float = 400, **fields: object) -> None:
        last_used_at = None if used is None else _ago(used)
        # The ids stay the same, as one playbook of a page may write them down for the next.
        made = {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "created_at": _ago(created), **fields}
        organization.add_key(owner, name=name, last_used_at=last_used_at, **made)

    key("ann@example.com", "deploy", id=DEPLOY, secret="2d8f7b1c" * 4 + "94e60a1b")
    key("ann@example.com", "reports", used=None)
    key("ann@example.com", "dashboards", scopes=["dashboards_read"])
    key("carol@example.com", "old script", secret=OLD_APPLICATION_KEY)
    key("bob@example.com", "backup")
    key("carol@example.com", "terraform", used=1)
    key("carol@example.com", "forgotten", used=200)
    key("carol@example.com", "never used", used=None)
    key(
        "carol@example.com",
        "in a public repository",
        leaked={"date": _ago(3), "leak_source": "https://git.example.com/x"},
    )
    key("carol@example.com", "dd_auth_cli-0a1b2c3d")
    key("carol@example.com", "dd_auth_cli-of-today", used=0.01, created=0.02)
    key("dave@example.com", "cron")
    key("erin@example.com", "notebook")
    key("frank@example.com", "slo")
    key(SERVICE_ACCOUNT, "exporter 1")
    key(SERVICE_ACCOUNT, "exporter 2", id=PRODUCTION, scopes=["metrics_read"])

    def token(owner: str, name: str, used: float | None = 40, ends: float = 200, **fields: object) -> None:
        made = {"id": str(uuid.UUID(int=uuid.uuid5(uuid.NAMESPACE_DNS, name).int, version=4)), **fields}
        last_used_at = None if used is None else _zulu(-used)
        organization.add_token(
            owner, name=name, last_used_at=last_used_at, created_at=_zulu(-150), expires_at=_zulu(ends), **made
        )

    token("ann@example.com", "laptop", id=TOKEN)
    token("ann@example.com", "notebook", used=None)
    token("bob@example.com", "pipeline")
    token("carol@example.com", "forgotten script", used=120)
    token("carol@example.com", "ends soon", ends=6)
    token("carol@example.com", "has ended", ends=-2)
    organization.add_token(SERVICE_ACCOUNT, name="exporter, old")
    organization.add_token(SERVICE_ACCOUNT, name="exporter", id=SERVICE_TOKEN_ID, last_used_at=_zulu(-1))
    return organization
