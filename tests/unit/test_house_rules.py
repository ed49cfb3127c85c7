# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house rules of plugins/: documented, typed, and imports in one direction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.module_utils import _version

COLLECTION = Path(_version.__file__).parents[2]
UTILS = sorted((COLLECTION / "plugins/module_utils").glob("*.py"))
MODULES = sorted((COLLECTION / "plugins/modules").glob("*.py"))
FILES = UTILS + MODULES

Function = (ast.FunctionDef, ast.AsyncFunctionDef)

# From the way in down to requests: a file imports from those below it only.
LAYERS = [
    ["_module", "_evidence_files"],
    ["_evidence_csv", "_evidence_html"],
    ["_evidence", "_evidence_style"],
    ["_removal", "_guards"],
    ["_selection"],
    ["_filters", "_plan", "_users"],
    ["_keys_v1", "_keys_v2"],
    ["_keys", "_pages"],
    ["_http"],
    ["_retry", "_connection"],
    ["_ages", "_requests"],
    ["_errors", "_version"],
]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def definitions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Functions, methods and classes with their dotted names; not what is inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from definitions(child, f"{prefix}{child.name}.")
        elif isinstance(child, Function):
            yield prefix + child.name, child


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def imported(file: Path) -> set[str]:
    """The module_utils that a file imports."""
    names = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.level == 1:
                names.add(node.module)
            elif ".module_utils." in node.module:
                names.add(node.module.rpartition(".")[2])
    return names - {"basic"}


def test_the_version_is_galaxys() -> None:
    galaxy = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))
    assert galaxy["version"] == _version.VERSION


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_public_name_says_what_it_is(file: Path) -> None:
    silent = [
        name
        for name, node in definitions(tree_of(file))
        if is_public(name) and not ast.get_docstring(node)  # type: ignore[arg-type]
    ]
    assert silent == []


@pytest.mark.parametrize("file", UTILS, ids=lambda file: file.stem)
def test_every_file_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(tree_of(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_function_has_type_hints(file: Path) -> None:
    bare = []
    for node in ast.walk(tree_of(file)):
        if isinstance(node, Function):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            arguments += [one for one in (node.args.vararg, node.args.kwarg) if one]
            hinted = all(one.annotation or one.arg in ("self", "cls", "_self") for one in arguments)
            if not hinted or node.returns is None:
                bare.append(node.name)
    assert bare == []


def test_module_utils_are_private() -> None:
    assert [file.name for file in UTILS if not file.name.startswith("_")] == []


def test_every_file_has_its_layer() -> None:
    assert sorted(DEPTH) == [file.stem for file in UTILS]


@pytest.mark.parametrize("file", UTILS, ids=lambda file: file.stem)
def test_imports_go_one_way_down(file: Path) -> None:
    assert {name for name in imported(file) if DEPTH[name] <= DEPTH[file.stem]} == set()


def test_only_one_file_imports_requests() -> None:
    found = []
    for file in FILES:
        for node in ast.walk(tree_of(file)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.partition(".")[0] in ("requests", "urllib3") for name in names):
                found.append(file.stem)
    assert sorted(set(found)) == ["_requests"]


def test_the_layers_below_know_nothing_of_ansible() -> None:
    knowing = [file.stem for file in UTILS if "from ansible" in file.read_text(encoding="utf-8")]
    assert knowing == ["_module"]
