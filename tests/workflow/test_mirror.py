"""One name everywhere: each module and each program has its tests where one looks for them."""

import ast
import contextlib
import importlib
import io
import re
from functools import partial

import pytest
from support.project.paths import ROOT
from support.project.rule_files import written_rules

from wollemi.job.job import run_program

TESTS = ROOT / "tests"
PROGRAMS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
PAGES = "".join(
    path.read_text()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("**/*.md")]
)
RULES = {program for _, program, _ in written_rules()}


def modules_of(test):
    """Modules that a file of unit tests may be about: `test_fit_minos.py` is about `fit`, or
    `fit_minos`. Tests in `unit/likelihood` are about `wollemi_likelihood`.
    """
    words = test.stem.removeprefix("test_").split("_")
    first, *inner = test.parent.relative_to(TESTS / "unit").parts or ("",)
    beside = ROOT / f"scripts/wollemi_{first}"
    folder = (beside if beside.is_dir() else ROOT / "scripts/wollemi" / first).joinpath(*inner)
    return [folder / f"{'_'.join(words[:last])}.py" for last in range(len(words), 0, -1)]


UNIT = sorted((TESTS / "unit").rglob("*.py"))


@pytest.mark.parametrize("path", UNIT, ids=lambda path: str(path.relative_to(TESTS)))
def test_unit_tests_lie_as_their_modules(path):
    assert path.name.startswith("test_")
    assert any(module.is_file() for module in modules_of(path)), "no module has this name"


def test_what_tests_share_lies_in_support():
    assert [path.name for path in TESTS.glob("*.py")] == ["conftest.py"]
    assert not [
        path.name for path in (TESTS / "support").glob("*.py") if path.name != "__init__.py"
    ]
    others = [
        path
        for folder in ("programs", "workflow", "physics")
        for path in (TESTS / folder).rglob("*.py")
    ]
    assert all(path.name.startswith("test_") for path in others)


def help_of(program):
    """The exit code and the text of `--help`."""
    module = importlib.import_module(program)
    run = (
        partial(run_program, module.PROGRAM, module.main)
        if hasattr(module, "PROGRAM")
        else module.main
    )
    with contextlib.redirect_stdout(io.StringIO()) as printed, pytest.raises(SystemExit) as left:
        run(["--help"])
    return left.value.code, printed.getvalue()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_has_tests_help_a_rule_and_a_line_in_the_documentation(program):
    tests = TESTS / f"programs/test_{program}.py"
    assert tests.is_file()
    assert re.search(r"^def test_", tests.read_text(), re.MULTILINE)
    code, text = help_of(program)
    assert code == 0
    assert f"usage: {program}" in text
    assert (program in RULES) == hasattr(importlib.import_module(program), "PROGRAM")
    assert re.search(rf"\b{program}\b", PAGES)


@pytest.mark.parametrize("program", sorted(RULES))
def test_a_program_of_a_rule_is_its_interface_and_a_short_main(program):
    nodes = ast.parse((ROOT / f"scripts/{program}.py").read_text(encoding="utf-8")).body
    lengths = {
        node.name: node.end_lineno - node.lineno + 1
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert lengths.pop("main") <= 50
    assert sum(lengths.values()) <= 60
