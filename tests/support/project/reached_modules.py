"""Modules that programs import when they run, without imports for types."""

import ast
from functools import lru_cache
from pathlib import Path

from support.project.paths import ROOT


def reached(modules):
    """Modules that some modules import in turn, with these.

    Args:
        modules: Names of modules in `scripts`, or of programs.
    """
    found, pending = set(), set(modules)
    while pending:
        module = pending.pop()
        found.add(module)
        for file in files_of(module):
            pending |= imported_modules(file) - found
    return found


def files_of(module):
    """Files of a module in `scripts`; none for other modules."""
    base = ROOT / "scripts" / module.replace(".", "/")
    return [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()]


@lru_cache(None)  # most files belong to many programs
def imported_modules(path):
    """Modules that a file imports, anywhere but under `if TYPE_CHECKING`."""
    body = [
        node
        for node in ast.parse(Path(path).read_text()).body
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    nodes = list(ast.walk(ast.Module(body, [])))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {node.module, *(name for name in below if files_of(name))}
    return names
