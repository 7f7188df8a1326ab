"""No function is longer than a screen, no file longer than one sitting: the numbers of
CONTRIBUTING.md hold.
"""

import ast

from support.project.paths import ROOT

FUNCTION, FILE = 60, 400
PACKAGE = 9000
# House → its lines at most. A feature that needs more says by how much in CHANGELOG.md.
HOUSES = {
    "programs": 8_970,
    "rules": 1_450,
    "wollemi": 72_560,
    "wollemi_convert": 4_900,
    "wollemi_engine": 7_900,
    "wollemi_interactive": 9_700,
    "wollemi_likelihood": 13_510,
    "wollemi_publish": 3_300,
}
# File → why it is longer.
LONGER = {"write_schemas.py": "the texts of the pages that it writes"}
FILES = {
    str(path.relative_to(ROOT / "scripts")): path.read_text(encoding="utf-8")
    for path in (ROOT / "scripts").rglob("*.py")
}


def long_functions(text):
    """Functions and methods above the limit, with their lines."""
    if len(text.splitlines()) <= FUNCTION:
        return {}
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lines = {node.name: node.end_lineno - node.lineno + 1 for node in found}
    return {name: number for name, number in lines.items() if number > FUNCTION}


def test_functions_are_short():
    found = {path: long_functions(text) for path, text in FILES.items()}
    assert {path: functions for path, functions in found.items() if functions} == {}


def test_files_are_short_but_those_with_a_reason():
    assert {path for path, text in FILES.items() if text.count("\n") > FILE} == set(LONGER)


def sizes(depth):
    """Lines of the houses (depth 1) or of their packages (depth 2)."""
    found = {}
    for path, text in FILES.items():
        folders = path.split("/")[:-1][:depth] or ["programs"]
        name = ".".join(folders)
        found[name] = found.get(name, 0) + text.count("\n")
    return found


def test_houses_do_not_grow_unnoticed():
    rules = [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]
    found = sizes(1) | {"rules": sum(path.read_text().count("\n") for path in rules)}
    assert found.keys() == HOUSES.keys()
    assert {name: lines for name, lines in found.items() if lines > HOUSES[name]} == {}


def test_a_person_can_hold_a_package():
    found = {name: lines for name, lines in sizes(2).items() if "." in name}
    assert {name: lines for name, lines in found.items() if lines > PACKAGE} == {}


def test_a_long_method_is_seen():
    text = "class A:\n    def b(self):\n" + "        self\n" * FUNCTION
    assert long_functions(text) == {"b": FUNCTION + 1}
