# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where evidence goes: a directory that is there, outlives the run, and is nobody's but the user's."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Any

from ...module_utils._api.errors import OptionError

DEFAULT = "~/offboard-evidence"
# A container's own file system goes with the container. Whoever mounts a volume creates this file in it.
MARKER = ".offboard-evidence"


def resolved(path: str, playbook: str, option: str = "offboard_report_dir") -> str:
    """The absolute path that is meant.

    :param path: absolute, or relative to the playbook's directory; to the current one where the playbook is part of
        a collection.
    :param playbook: the playbook's directory.
    :param option: its name, for messages.
    :raises OptionError: it is empty, of an unknown user, or inside a collection.
    """
    if not path.strip():
        raise OptionError(f"{option} is empty. Give an absolute path.")
    expanded = os.path.expanduser(path)
    if expanded.startswith("~"):
        raise OptionError(f"{option} is {path!r}, and there is no such user. Give an absolute path.")
    base = os.getcwd() if in_collection(playbook) else playbook
    return os.path.normpath(os.path.join(base, expanded))


def directory(path: str, playbook: str, variables: Mapping[str, Any]) -> str:
    """The directory in which each run makes its own; the default is made where it is missing.

    :param variables: Ansible's, by which an execution environment is known.
    :raises OptionError: evidence would not be safe there.
    """
    place = resolved(path, playbook)
    if in_collection(place):
        raise OptionError(f"offboard_report_dir {place} is inside a collection, which an update would replace.")
    if in_execution_environment(variables) and not os.path.isfile(os.path.join(place, MARKER)):
        raise OptionError(
            f"This job runs in an execution environment, and {place} has no file {MARKER}. Without a volume, the "
            f"evidence would be lost with the container. Mount a volume there, and create that file in it once."
        )
    if place == os.path.expanduser(DEFAULT):
        return place
    try:
        is_directory = stat.S_ISDIR(os.stat(place).st_mode)
    except OSError as error:
        raise OptionError(
            f"offboard_report_dir {place} cannot be used: {error.strerror}. Create the directory first."
        ) from error
    if not is_directory:
        raise OptionError(f"offboard_report_dir {place} is not a directory.")
    return place


def in_collection(path: str) -> bool:
    """Whether a path is inside a collection."""
    return f"{os.sep}ansible_collections{os.sep}" in os.path.realpath(path) + os.sep


def in_execution_environment(variables: Mapping[str, Any]) -> bool:
    """Whether this runs as a job of a controller, or in a container of ansible-runner."""
    if any(str(name).startswith(("awx_job_", "tower_job_")) for name in variables):
        return True
    # Without a controller and without a container, ansible-runner sets the one that is left out.
    if any(name.startswith(("AWX_", "TOWER_JOB")) for name in os.environ if name != "AWX_ISOLATED_DATA_DIR"):
        return True
    container = any(os.path.exists(path) for path in ("/run/.containerenv", "/.dockerenv"))
    return container and os.path.isdir("/runner")
