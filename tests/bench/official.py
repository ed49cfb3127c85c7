# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that people would write on Datadog's own client: one call after the other, or in a pool of threads."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.users_api import UsersApi

PAGE_SIZE = 100


class Script:
    """The work on one client; credentials come from the environment, as the client reads them."""

    def __init__(self, client: ApiClient, workers: int) -> None:
        self._client = client
        self._workers = workers
        self._keys = KeyManagementApi(client)

    def _each(self, call: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        if self._workers == 1:
            return [call(item) for item in items]
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(call, items))

    def _gone(self, key_id: str) -> bool:
        try:
            self._keys.get_application_key(key_id)
        except NotFoundException:
            return True
        return False

    def delete(self, ids: list[str]) -> None:
        """Delete keys by id."""
        self._each(self._keys.delete_application_key, ids)

    def delete_verified(self, ids: list[str]) -> None:
        """Read, delete and read again."""
        there = [key_id for key_id, gone in zip(ids, self._each(self._gone, ids)) if not gone]
        self.delete(there)
        assert all(self._each(self._gone, there))

    def list(self, **parameters: Any) -> list[Any]:
        """All the keys that match, every page."""

        def read(number: int) -> Any:
            return self._keys.list_application_keys(page_size=PAGE_SIZE, page_number=number, **parameters)

        first = read(0)
        total = first.meta.page.total_filtered_count
        others = self._each(read, range(1, -(-total // PAGE_SIZE)))
        keys = [key for page in [first, *others] for key in page.data]
        assert len(keys) == total
        return keys

    def offboard(self, leaver: str) -> None:
        """Delete all the keys of a person, and list them again."""
        users = UsersApi(self._client).list_users(page_size=PAGE_SIZE, filter=leaver).data
        (owner,) = [user.id for user in users if user.attributes.email == leaver]
        self.delete([key.id for key in self.list(filter_owned_by=owner)])
        assert not self.list(filter_owned_by=owner)


def main() -> None:
    """Do one work of the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["delete", "delete_verified", "offboard", "list"])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--variables", type=Path, required=True)
    options = parser.parse_args()
    variables = json.loads(options.variables.read_text(encoding="utf-8"))
    with ApiClient(Configuration(host=os.environ["DD_HOST"])) as client:
        script = Script(client, options.workers)
        if options.work == "list":
            assert len(script.list(include="owned_by")) == variables["total"]
        elif options.work == "offboard":
            script.offboard(variables["leaver"])
        else:
            getattr(script, options.work)(variables["ids"])


if __name__ == "__main__":
    main()
