"""Every guard of docs/safeguards.md is held by a test that is there."""

import ast
import re

import pytest
from support.project.paths import ROOT

PAGE = (ROOT / "docs/safeguards.md").read_text(encoding="utf-8")
ROWS = [
    line
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith(("| ---", "| silent error", "| input |"))
]


def held_by(row):
    """What the last cell of a row names."""
    return re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1])


def assert_there(name):
    path, _, function = name.partition("::")
    assert path.startswith("tests/"), name
    assert (ROOT / path).is_file(), name
    if path.endswith(".py"):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {
            item.name
            for item in ast.walk(tree)
            if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
        }
        assert function in tests if function else tests, name


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip()[:50] for row in ROWS])
def test_each_guard_is_held_by_a_test(row):
    assert held_by(row)
    for name in held_by(row):
        assert_there(name)


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_none.py",
        "tests/unit/likelihood/test_fit_minos.py::test_none",
        "README.md",
        "tests/support/project/paths.py",
    ],
    ids=["file", "test", "no test", "no tests"],
)
def test_a_name_of_nothing_is_found(name):
    with pytest.raises(AssertionError):
        assert_there(name)


def test_the_page_has_rows():
    assert len(ROWS) > 35
