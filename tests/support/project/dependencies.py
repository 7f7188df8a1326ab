"""The files of the project that a test file depends on, read from its code.

Modules in `tests` are followed definition by definition, because a support module serves many tests
that need little of it. Modules in `scripts` count with all their imports. Whatever the code does
not show, such as the reads of a subprocess, counts as a dependency on the whole workflow.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple

from support.project.paths import ROOT
from wollemi.job.source_code import file_facts

CONFTEST = "tests/conftest.py"
ALL = "."
# Files that no program and no rule reads; the others are the workflow.
NOT_WORKFLOW = ("tests", "docs", "benchmarks", ".github", ".gitlab", ".ci")
# Every test depends on these.
ALWAYS = {CONFTEST, *(f"tests/support/project/{name}.py" for name in ("verdicts", "dependencies"))}
# Code of `scripts` that shows that it reads or starts more than it imports → what that is.
UNSHOWN = {
    '"uv.lock"': "uv.lock",
    '"envs/': "envs",
    "sys.executable": "workflow",
    "workflow_root(": "workflow",
    "scripts_folder(": "workflow",
    "module_beside(": "workflow",
}
# Functions that run modules by name; a literal shows which.
BY_NAME = {"run_step", "run_together", "import_module", "iter_modules", "run_path", "run_module"}
HARMLESS = {"cp", "git", "tar"}
# Its functions pass such names on.
BY_PARAMETER = "tests/support/tiny/steps.py"
# Functions that copy from the project what constants beside them name.
NAMED_BESIDE = {"make_project", "run_project", "complete_project", "write_small_archive"}


class Definition(NamedTuple):
    """What a definition of a test module refers to.

    Args:
        names: Names of other definitions in its module.
        fixtures: Names of its arguments, which may be fixtures.
        modules: Names of modules, or of definitions in modules.
        paths: Files and folders that its strings may name.
        reach: "workflow" or `ALL` if it may read more than it names.
    """

    names: set[str]
    fixtures: set[str]
    modules: set[str]
    paths: set[str]
    reach: set[str]


class Dependencies:
    """The dependencies of test files.

    Args:
        files: Paths of all files of the project, relative to its folder.
    """

    def __init__(self, files: Collection[str]) -> None:
        self.files = files
        self._edges: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        folders = {str(folder) for file in files for folder in PurePath(file).parents} - {"."}
        self._places = {*files, *folders}
        self._modules = {
            ".".join(PurePath(file.removesuffix("/__init__.py")).with_suffix("").parts[1:]): file
            for file in files
            if file.endswith(".py") and file.startswith(("scripts/", "tests/"))
        }

    def of(self, test: str) -> frozenset[str]:
        """Files and folders that a test file depends on, itself included.

        Args:
            test: Path of the test file.
        """
        nodes = {(test, name) for name in definitions(test)} | {(CONFTEST, "")}
        pending, places = list(nodes), set(ALWAYS)
        while pending:
            path, name = pending.pop()
            places.add(path)
            if (path, name) not in self._edges:
                self._edges[path, name] = frozenset(self._followed(path, name))
            new = self._edges[path, name] - nodes
            nodes |= new
            pending += new
            if path.startswith("tests/"):
                found = definitions(path)[name]
                places |= {place for text in found.paths for place in self._named(text)}
                places |= found.reach
            else:
                places |= _unshown(path)
        if ALL in places:
            return frozenset({ALL})
        if places & {"workflow", "benchmarks"}:  # these import from all packages
            tops = {file.partition("/")[0] for file in self.files}
            places |= {top for top in tops - {*NOT_WORKFLOW} if not top.endswith(".md")}
        known = places & self._places
        return frozenset(
            place for place in known if not known & set(map(str, PurePath(place).parents))
        )

    def _followed(self, path: str, name: str) -> Iterator[tuple[str, str]]:
        if not path.startswith("tests/"):
            yield from self._imported(file_facts(str(ROOT / path)).imports)
            return
        found = definitions(path)[name]
        yield (path, "")
        yield from ((path, other) for other in found.names & definitions(path).keys())
        yield from ((CONFTEST, it) for it in found.fixtures & definitions(CONFTEST).keys())
        yield from self._imported(found.modules)

    def _imported(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Modules, their packages, and the definitions imported from test modules."""
        for name in names:
            parts = name.split(".")
            for end in range(1, len(parts) + 1):
                if (path := self._modules.get(".".join(parts[:end]))) is None:
                    continue
                yield (path, "")
                if path.startswith("tests/"):
                    rest = set(parts[end : end + 1])
                    defined = definitions(path).keys()
                    yield from ((path, it) for it in rest & defined or (set() if rest else defined))
                elif name == "wollemi":  # imports the module of `open` when it is called
                    yield (self._modules["wollemi.finished.finished_run"], "")

    def _named(self, text: str) -> Iterator[str]:
        """Existing files and folders that a string names; of a pattern, the folder before it."""
        if text.strip("/") in self._places:
            yield text.strip("/")
        for word in re.findall(r"[\w.-]+(?:/[\w.-]*)+", text):
            place = word.rstrip("/.")
            if place not in self._places and text.endswith(word):
                place = place.rpartition("/")[0]
            if place in self._places:
                yield place


@lru_cache(None)
def _unshown(path: str) -> frozenset[str]:
    text = (ROOT / path).read_text(encoding="utf-8") if path.endswith(".py") else ""
    return frozenset(reach for code, reach in UNSHOWN.items() if code in text)


@lru_cache(None)
def definitions(path: str) -> dict[str, Definition]:
    """Definitions of a test module by name; "" stands for the code that runs at import."""
    body = ast.parse((ROOT / path).read_bytes()).body
    statements: dict[str, list[ast.stmt]] = {"": []}
    for statement in body:
        if ast.unparse(statement).startswith("if __name__ =="):
            continue
        for name in _names(statement):
            statements.setdefault(name, []).append(statement)
    imported = {
        name: target
        for statement in statements[""]
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for name, target in imports(statement)
    }
    return {name: _definition(code, imported, path) for name, code in statements.items()}


def _names(statement: ast.stmt) -> list[str]:
    """Definitions that a statement belongs to; assignments that call something run at import."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        runs = statement.name.startswith("pytest_") or any(
            "autouse" in ast.unparse(decorator) for decorator in statement.decorator_list
        )
        return [statement.name, *([""] if runs else [])]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        stored = _stored(statement)
        runs = not stored or any(isinstance(node, ast.Call) for node in ast.walk(statement))
        return [*stored, *([""] if runs else [])]
    return [""]


def _stored(statement: ast.stmt) -> list[str]:
    """Names that an assignment at the top of a module defines."""
    targets = [*statement.targets] if isinstance(statement, ast.Assign) else []
    targets += [statement.target] if isinstance(statement, ast.AnnAssign) else []
    return [node.id for it in targets for node in ast.walk(it) if isinstance(node, ast.Name)]


def imports(statement: ast.AST) -> Iterator[tuple[str, str]]:
    """Local name → module, or definition of a module."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            yield from ((item.asname or item.name.split(".")[0], item.name) for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                (item.asname or item.name, f"{node.module}.{item.name}") for item in node.names
            )


def _definition(code: list[ast.stmt], imported: dict[str, str], path: str) -> Definition:
    found = Definition(set(), set(), set(), set(), set())
    elsewhere: set[int] = set()  # strings that are keys or docstrings; parents come first in a walk
    for node in (node for statement in code for node in ast.walk(statement)):
        if isinstance(node, ast.Name):
            found.names.add(node.id)
            if node.id in imported:
                found.modules.add(imported[node.id])
        elif isinstance(node, ast.arg):
            found.fixtures.add(node.arg)
        elif isinstance(node, ast.Subscript):
            elsewhere.add(id(node.slice))
        elif isinstance(node, ast.Dict):
            elsewhere.update(map(id, node.keys))
        elif isinstance(node, ast.Expr):
            elsewhere.add(id(node.value))
        elif isinstance(getattr(node, "value", None), str) and id(node) not in elsewhere:
            found.paths.add(node.value)
            if re.fullmatch(r"[\w.]+", node.value):
                found.modules.add(node.value)
        elif isinstance(node, ast.Call) and "fixture" in ast.unparse(node.func):
            found.fixtures.update(it.value for it in ast.walk(node) if isinstance(it, ast.Constant))
        if isinstance(node, ast.Call) and path not in BY_PARAMETER and _starts(node):
            found.reach.add("workflow")
    for statement in code:
        found.modules.update(target for _, target in imports(statement))
        if _roots(statement):
            found.reach.add(ALL)
    return found


def _starts(call: ast.Call) -> bool:
    """Whether a call runs code that its arguments do not show: a program, or a module by name."""
    function = ast.unparse(call.func)
    first = call.args[0] if call.args else None
    if function.startswith(("subprocess.", "multiprocessing.")):
        head = first.elts[0] if isinstance(first, ast.List) and first.elts else None
        return not (isinstance(head, ast.Constant) and head.value in HARMLESS)
    return function.rpartition(".")[2] in BY_NAME and not isinstance(first, ast.Constant)


def _roots(statement: ast.stmt) -> bool:
    """Whether code uses the folder of the project other than for a place that it names."""
    if getattr(statement, "name", "") in NAMED_BESIDE or "ROOT" in _stored(statement):
        return False
    named = {
        id(node.left if isinstance(node, ast.BinOp) else node.value)
        for node in ast.walk(statement)
        if (isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant | ast.JoinedStr))
        or (isinstance(node, ast.Attribute) and node.attr == "parent")
    }
    return any(
        (isinstance(node, ast.Name) and node.id == "ROOT" and id(node) not in named)
        or (isinstance(node, ast.Call) and ast.unparse(node) == "Path(__file__)")
        for node in ast.walk(statement)
    )
