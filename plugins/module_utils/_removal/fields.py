# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which facts a result holds: Ansible handles each of them several times, which large listings feel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._api.errors import OptionError
from .._datadog.credential import Facts


@dataclass(frozen=True)
class Fields:
    """:ivar chosen: the names of the facts to keep, each with the names inside of it; None inside means all of it.
    Without any name all facts are kept.
    """

    chosen: Mapping[str, Sequence[str] | None] = field(default_factory=dict)

    @classmethod
    def checked(cls, option: str, names: Sequence[str] | None, shape: Facts) -> Fields:
        """What a user asks for. ``id`` is always there.

        :param option: the option's name, for the message.
        :param names: None for all; a dot leads into an object, as in ``owner.email``.
        :param shape: the facts of any credential of the kind.
        :raises OptionError: the list is empty, or a name is not one of the facts.
        """
        if names is None:
            return cls()
        if not names:
            raise OptionError(f"{option} is an empty list. Leave the option out to get all fields.")
        chosen: dict[str, list[str] | None] = {"id": None}
        for name in names:
            outer, dot, inner = name.strip().partition(".")
            inside = shape.get(outer)
            if outer not in shape or (dot and inner not in (inside if isinstance(inside, dict) else ())):
                raise OptionError(f"{option}: {name!r} is not a field. The fields are {', '.join(_names(shape))}.")
            known = chosen.get(outer, [])
            chosen[outer] = None if not inner or known is None else [*known, inner]
        return cls(chosen)

    @property
    def all(self) -> bool:
        """Whether all facts are kept."""
        return not self.chosen

    def wants(self, name: str) -> bool:
        """Whether anything of this fact is kept."""
        return self.all or name in self.chosen

    def of(self, facts: Facts) -> dict[str, Any]:
        """What is kept of these facts."""
        if self.all:
            return facts
        return {
            name: facts[name] if inside is None else {one: (facts[name] or {}).get(one) for one in inside}
            for name, inside in self.chosen.items()
        }


def _names(shape: Facts) -> list[str]:
    names: list[str] = []
    for name, inside in shape.items():
        names.append(name)
        if isinstance(inside, dict):
            names += [f"{name}.{one}" for one in inside]
    return names
