"""What the Snakefile imports runs on Python 3.8, with which REANA 0.9 parses the workflow, and so
does what runs in images of other frameworks. A slow test parses each analysis that ships with it;
here is what these do not reach.
"""

import ast
import re
from pathlib import Path

import pytest
from support.project.paths import ROOT

from wollemi.job import source_code
from wollemi.job.code_text import code_text

SCRIPTS = ROOT / "scripts"
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]
IMPORT = re.compile(r"^ *from (wollemi[\w.]*) import", re.MULTILINE)
BUILTINS = {"dict", "list", "set", "tuple", "frozenset", "type"}
LATER = {"removeprefix", "removesuffix", "pairwise", "cache", "bit_count", "is_relative_to"}


def planned(paths=(*RULES, SCRIPTS / "run_command.py")):
    """Files of the package that planning and `run_command` import, directly and through others."""
    pending = sorted({name for path in paths for name in IMPORT.findall(path.read_text())})
    found = set()
    while pending:
        for path in map(Path, source_code._module_files(SCRIPTS, pending.pop())):
            if path not in found:
                found.add(path)
                pending += source_code._imports(code_text(path.read_text()))
    return sorted(found)


def newer(text):
    """What Python 3.8 does not have: grammar, and names that only a run would meet."""
    try:
        tree = ast.parse(text, feature_version=(3, 8))
    except SyntaxError as error:
        return [str(error)]
    return [ast.unparse(node) for node in ast.walk(tree) if is_newer(node)]


def is_newer(node):
    called = node.func if isinstance(node, ast.Call) else None
    made = called.value if isinstance(called, ast.Subscript) else None
    if isinstance(made, ast.Name) and made.id in BUILTINS:
        return True
    if called is not None and getattr(called, "id", "") == "zip":
        return any(keyword.arg == "strict" for keyword in node.keywords)
    name = getattr(node, "attr", "") if isinstance(node, ast.Attribute) else ""
    imported = [item.name for item in node.names] if isinstance(node, ast.ImportFrom) else []
    return bool(LATER & {name, *imported})


def test_nothing_newer_is_imported():
    files = [*planned(), SCRIPTS / "run_command.py"]
    assert len(files) > 50
    assert SCRIPTS / "wollemi/job/records.py" in files
    found = {str(path.relative_to(SCRIPTS)): newer(path.read_text()) for path in files}
    assert {path: items for path, items in found.items() if items} == {}


@pytest.mark.parametrize(
    "text",
    [
        "a = list[str]()",
        "a = dict[str, list[int]]()",
        "b = a.removeprefix('x')",
        "from itertools import pairwise",
        "from functools import cache",
        "for a in zip(b, c, strict=True): pass",
        "match a:\n    case 1: pass",
        "with (open('a') as b, open('c') as d): pass",
    ],
)
def test_what_is_newer_is_found(text):
    assert newer(text)
    assert not newer(
        "from __future__ import annotations\ndef f(a: list[str]) -> dict[str, int]: ..."
    )
