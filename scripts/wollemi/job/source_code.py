"""Which source files a program consists of, found with the standard library alone.

The Snakefile makes them inputs of the rule, the records take their digests: both by this one function.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

_IMPORT = re.compile(r"^[ \t]*((?:from [\w.]+ )?import (?:\([^)]*\)|[^\n(]+))", re.MULTILINE)


def source_files(program: str | Path) -> list[str]:
    """The program, every local module it imports, and their packages' `__init__.py`.

    Relative and dynamic imports are not seen: ruff forbids them.

    Args:
        program: path of the program; its folder is where local modules are looked for.

    Returns:
        Paths, the program first, the others sorted.
    """
    program = Path(program)
    root = program.parent
    # Most imports are those of libraries: one look at the folder spares thousands of looks for files.
    local = {path.stem for path in root.iterdir()}
    found: set[Path] = set()
    seen: set[str] = set()
    pending = [program]
    while pending:
        modules = [module for module in _imports(pending.pop().read_text(encoding="utf-8")) if module not in seen]
        seen.update(modules)
        for path in (path for module in modules if module.partition(".")[0] in local for path in _module_files(root, module)):
            if path not in found:
                found.add(path)
                pending.append(path)
    return [str(program), *sorted(str(path) for path in found - {program})]


def literal_constant(program: str | Path, name: str) -> Any:
    """The value of a top-level constant that is written as a literal, read without running the program.

    Args:
        program: path of the program.
        name: name of the constant.

    Raises:
        KeyError: the program has no such constant.
    """
    for node in ast.parse(Path(program).read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return ast.literal_eval(node.value)  # type: ignore[attr-defined]
    raise KeyError(f"{program} has no constant {name}")


@lru_cache(None)  # most modules belong to many programs
def _imports(text: str) -> list[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        # REANA 0.9 parses the workflow with Python 3.8, which knows no `match`: there the lines that import have to do.
        tree = ast.parse("\n".join(_IMPORT.findall(text)))
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules


def _module_files(root: Path, module: str) -> list[Path]:
    parts = module.split(".")
    candidates = [root.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    candidates.append(root.joinpath(*parts).with_suffix(".py"))
    return [path for path in candidates if path.is_file()]
