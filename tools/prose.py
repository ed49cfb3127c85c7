# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that people read, checked by proselint with a style of ours (prose.yml) beside its own checks.

    python -m tools.prose [FILE…]

README and guides, the documentation of modules and roles, and the messages in the code: what is code in them is
blanked out, the rest keeps its place. Findings are on stdout; the exit code is 1 if there are any.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from proselint.checks import __register__ as own_checks
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, engine, types
from proselint.tools import LintFile

CHECKOUT = Path(__file__).resolve().parent.parent
STYLE = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DIRECTIVE = re.compile(r"^( *)\.\. (?:[\w-]+::|_).*\n(?:\1 +:\w.*\n)*", re.MULTILINE)
_BLOCK = re.compile(r"^( *)\.\. code-block::.*\n(?:(?:\1 +.*)?\n)+", re.MULTILINE)
_HEADER = re.compile(r"\A\.\.\n(?:  .*\n)+")
_TARGET = re.compile(r"(?<=[\w.?)]) ?<[^>\s]+>(?=`)|\]\([^)]*\)|:\w+:(?=`)")
_ROLE = re.compile(r":ans\w+:`[^`]*`")
_LITERAL = re.compile(r"``[^`]+``|`[^`\n]+`(?!_)(?=[\s.,;:)|])")
_MARKUP = re.compile(r"\b(?:[CEMOPVU]|RV|HORIZONTALLINE)\((?:[^()]|\([^()]*\))*\)")
_PROSE_KEYS = ("description", "short_description", "notes", "details")


def blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match replaced by spaces, its line breaks kept."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def markdown(text: str) -> str:
    """The prose of a page in Markdown."""
    for pattern in (_COMMENT, _FENCE, _TARGET, _LITERAL):
        text = blank(pattern, text)
    return text


def restructured(text: str) -> str:
    """The prose of a page in reStructuredText, whose links keep their text."""
    for pattern in (_HEADER, _BLOCK, _DIRECTIVE, _ROLE, _TARGET):
        text = blank(pattern, text)
    return re.sub(r"(?<!`)`([^`]+)`_?", r" \1 ", blank(re.compile(r"``[^`]+``"), text))


def documented(text: str, line: int) -> Iterator[tuple[int, str]]:
    """The descriptions in documentation in YAML, with the line of each.

    :param line: that of the text's first line.
    """

    def walk(node: yaml.Node, prose: bool) -> Iterator[tuple[int, str]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from walk(value, key.value in _PROSE_KEYS and not isinstance(value, yaml.MappingNode))
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item, prose)
        elif prose:
            yield line + node.start_mark.line, blank(_MARKUP, node.value)

    root = yaml.compose(text)
    if root:
        yield from walk(root, False)


def strings(text: str) -> Iterator[tuple[int, str]]:
    """The messages and the documentation in a Python file, with the line that each begins on."""
    tree = ast.parse(text)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            inside.add(id(node.body[0].value))  # type: ignore[attr-defined]
        if isinstance(node, ast.JoinedStr):
            inside.update(map(id, ast.walk(node)))
            inside.discard(id(node))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            inside.add(id(node.value))
    for node in ast.walk(tree):
        if id(node) in inside or not isinstance(node, (ast.Constant, ast.JoinedStr)):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        told = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
        if re.match(r"\n?\w+:\s", told) and "\n" in told.strip():
            yield from documented(told, node.lineno)
        elif len(re.findall(r"[A-Za-z]{2,} ", told)) > 2:
            yield node.lineno, told


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """The prose of a file in pieces, with the line that each begins on."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield from strings(text)
    elif file.suffix == ".yml":
        yield from documented(text, 1)
    else:
        yield 1, (markdown if file.suffix == ".md" else restructured)(text)


def checks() -> tuple[dict[str, bool], CheckRegistry]:
    """The checks of proselint that fit and those of our style: which are enabled, and all of them."""
    registry = CheckRegistry()
    registry.register_many(own_checks)
    options = engine.RegexOptions(case_insensitive=True)
    for name, rule in STYLE["rules"].items():
        sensitive = engine.RegexOptions(case_insensitive=False) if rule.get("case") else options
        for pattern in rule["patterns"]:
            registry.register(
                Check(
                    check_type=types.ExistenceSimple(pattern=pattern, exceptions=tuple(rule.get("except", []))),
                    engine=engine.Fancy(opts=sensitive),
                    path=f"style.{name}",
                    message=f"{rule['message']} Found '{{}}'.",
                )
            )
    return {**dict.fromkeys(STYLE["proselint"], True), "style": True}, registry


def files() -> list[Path]:
    """Everything that people read."""
    found = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    for pattern in (
        "docs/docsite/**/*.rst",
        "roles/**/README.md",
        "roles/*/meta/argument_specs.yml",
        "plugins/**/*.py",
    ):
        found += sorted(CHECKOUT.glob(pattern))
    return [file for file in found if file.name not in STYLE["not checked"]]


def findings(file: Path, enabled: dict[str, bool], registry: CheckRegistry) -> Iterator[str]:
    """What is wrong in a file, a line each."""
    allowed = re.compile("|".join(STYLE["vocabulary"]))
    for line, text in texts(file):
        piece = LintFile(source=str(file), content=text)
        for check in registry.get_all_enabled(enabled):
            for result in check.check_with_flags(piece.content):
                start, end = result.span
                around = piece.content[max(start - 30, 0) : end + 30]
                if allowed.search(around) and check.path.split(".")[0] != "style":
                    continue
                # A line break was put before the text.
                where = max(line + piece.content[: start + 1].count("\n") - 1, 1)
                yield f"{file.relative_to(CHECKOUT)}:{where}: {result.check_path}: {' '.join(result.message.split())}"


def main(arguments: list[str]) -> int:
    """Check the files, or everything. 1 if something is wrong."""
    enabled, registry = checks()
    count = 0
    for file in [Path(argument).resolve() for argument in arguments] or files():
        for finding in sorted(set(findings(file, enabled, registry))):
            print(finding)
            count += 1
    print(f"{count} findings")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
