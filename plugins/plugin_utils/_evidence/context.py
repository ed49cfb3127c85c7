# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task of the evidence knows of Ansible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Callable, NamedTuple

from .page import Look


class Context(NamedTuple):
    """What the task knows of Ansible.

    :ivar variables: those of the task.
    :ivar extra: the extra variables, and ``extra_texts`` how they were given.
    :ivar basedir: the playbook's directory.
    :ivar play: Ansible's play; None outside one.
    :ivar look: gives how the page is to look, and ``index_look`` likewise for the index over all runs.
    :ivar read_file: gives the content of a file, decrypted; raises OptionError.
    :ivar loaded: the names in a file of variables that Ansible has read before.
    :ivar scratch: a directory that all tasks of this ansible-playbook share, and that goes with it; None if none.
    """

    variables: Mapping[str, Any]
    extra: Mapping[str, Any]
    extra_texts: tuple[str, ...]
    basedir: str
    play: Any
    look: Callable[[], Look]
    index_look: Callable[[], Look]
    read_file: Callable[[str], bytes]
    loaded: Callable[[str], Collection[str]]
    scratch: str | None = None
