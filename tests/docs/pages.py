# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as data: its pages, and the blocks of code in them."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDES = CHECKOUT / "docs/docsite/rst"
LANDING = CHECKOUT / "docs/docsite/landing.rst"
MODULES = sorted((CHECKOUT / "plugins/modules").glob("*.py"))

_FENCE = re.compile(r"^```(?P<language>[\w+-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(
    r"^\.\. code-block:: (?P<language>\S+)\n(?P<options>(?: +:\w+:.*\n)*)\n(?P<text>(?:(?: +.*)?\n)+)", re.MULTILINE
)
_SAVED_AS = re.compile(r"Save this as `([\w.-]+)`")


class _Reader(yaml.SafeLoader):
    """YAML with Ansible's own tags: their text as it stands."""


for _tag in ("!unsafe", "!vault"):
    _Reader.add_constructor(_tag, lambda loader, node: node.value)


@dataclasses.dataclass
class Block:
    """A block of code. `file` is the name that a reader saves it under, if the page gives one."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None = None

    @property
    def data(self) -> Any:
        """What the YAML in it says; None where it is something else."""
        return yaml.load(self.text, _Reader) if self.language in ("yaml", "yaml+jinja") else None

    @property
    def is_playbook(self) -> bool:
        """Whether `ansible-playbook` takes it."""
        return isinstance(self.data, list) and any(
            {"hosts", "ansible.builtin.import_playbook"} & set(one) for one in self.data
        )

    def __str__(self) -> str:
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"


def text_pages() -> list[Path]:
    """Everything for people: Markdown in the checkout that is ours, and the guides."""
    roots = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "roles").rglob("*.md"), *(CHECKOUT / "tests").rglob("*.md")]
    return sorted(page for page in [*roots, LANDING, *GUIDES.glob("*.rst")] if page.name != "CHANGELOG.md")


def guide_pages() -> list[Path]:
    """What a user follows: the README, the roles' READMEs, the guides."""
    readmes = [CHECKOUT / "README.md", *sorted((CHECKOUT / "roles").rglob("README.md"))]
    return [*readmes, LANDING, *sorted(GUIDES.glob("*.rst"))]


def blocks(page: Path) -> list[Block]:
    """The blocks of code of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in (_DIRECTIVE if page.suffix == ".rst" else _FENCE).finditer(text):
        before = text[: match.start()]
        if page.suffix == ".rst":
            caption = re.search(r":caption: (\S+)", match["options"])
            file = caption[1] if caption else None
        else:
            # The paragraph right before the block names the file.
            named = _SAVED_AS.findall(before.rstrip().rsplit("\n\n", 1)[-1])
            file = named[-1] if named else None
        line = before.count("\n") + 1
        found.append(Block(page, line, match["language"], textwrap.dedent(match["text"]).strip() + "\n", file))
    return found


def commands(page: Path) -> list[str]:
    """The lines that a page tells people to type."""
    typed = []
    for block in blocks(page):
        if block.language in ("console", "bash"):
            lines = block.text.replace("\\\n", " ").splitlines()
            typed += [re.sub(r"\s+", " ", line.removeprefix("$ ")) for line in lines]
    return typed


def documentation(module: Path, part: str) -> str:
    """DOCUMENTATION, EXAMPLES or RETURN of a module, as text."""
    match = re.search(rf'^{part} = r?"""\n?(.*?)"""', module.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert match, f"{module.name} has no {part}"
    return match[1]
