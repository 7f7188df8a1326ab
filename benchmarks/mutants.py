"""Plant mutants in functions that compute physics, and run the tests that know their modules.

    PYTHONPATH=scripts:tests uv run --group test python benchmarks/mutants.py /tmp/mutants

A mutant changes one operator, comparison, constant, sign or function, chosen at random among all
packages, in a copy of the project. Its tests are the unit tests of the module's name, then other
files that depend on it, the narrowest first, up to the first failure or a limit of CPU time.
"""

import argparse
import ast
import copy
import importlib
import os
import random
import re
import resource
import shutil
import sys
from collections import namedtuple
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path, PurePath

import pytest
from support.project.dependencies import Dependencies
from support.project.paths import ROOT
from support.project.verdicts import Snapshot

CORE = "analysis/plain|event_loop|events|generation|histograms|inference|inputs|model|plots"
CORE += "|reinterpretation|results|tables"
COMPUTES = re.compile(
    rf"scripts/(wollemi/({CORE})|wollemi_(likelihood|engine|convert|publish|interactive))/.*\.py"
)
NOT_PHYSICS = re.compile(
    r".*/(compiler|base|catalogue|commands|upgrade|recast|style|layout|hooks|file_contents"
    r"|\w*drawing|remote\w*|table_files)\b.*"
)
DRAWING = re.compile(r"\b(Axes|Figure|SubFigure|axes|figure|log|message|problem)\b")
SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
PAIRS = ("min max", "minimum maximum", "argmin argmax", "any all", "floor ceil", "sin cos")
NAMES = {a: b for pair in PAIRS for a, b in (pair.split(), pair.split()[::-1])}
TEXT = (ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict)
# The plug-in of verdicts leaves runs with `--deselect` alone.
OPTIONS = "-x -q -n0 --deselect=_ --tb=line -p no:cacheprovider -W ignore::pytest.PytestWarning"
# Imported once, for all runs of tests.
HEAVY = "awkward hist iminuit llvmlite.binding matplotlib.pyplot pydantic pyhf scipy.stats uproot"
Mutant = namedtuple("Mutant", "path line start end old new")  # start and end in bytes


def mutants(path: str) -> Iterator[Mutant]:
    """Mutants of the functions of a module that compute."""
    source = (ROOT / path).read_bytes()
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    functions = [it for it in ast.walk(ast.parse(source)) if isinstance(it, ast.FunctionDef)]
    for node in (it for each in functions if _computes(each) for it in _expressions(each)):
        if new := _changed(node):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            texts = ast.unparse(node), f"({ast.unparse(new)})"
            yield Mutant(path, node.lineno, start, end, *texts)


def _computes(function: ast.FunctionDef) -> bool:
    """Whether a function calculates with numbers, and draws nothing."""
    returned = ast.unparse(function.returns) if function.returns else ""
    return not DRAWING.search(f"{ast.unparse(function.args)} {returned}") and any(
        (isinstance(node, ast.Name) and node.id in {"np", "ak", "math", "stats"})
        or _calculates(node)
        for statement in function.body
        for node in ast.walk(statement)
    )


def _calculates(node: ast.AST) -> bool:
    """Whether an operation does not join strings, lists or paths."""
    sides = [getattr(node, "left", None), getattr(node, "right", None)]
    texts = (isinstance(it, TEXT) or type(getattr(it, "value", 0)) is str for it in sides)
    return isinstance(node, ast.BinOp) and type(node.op) in SWAPPED and not any(texts)


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions of a function, without annotations, decorators and messages."""
    unused = {"annotation", "returns", "decorator_list"}
    for value in (value for name, value in ast.iter_fields(node) if name not in unused):
        for child in value if isinstance(value, list) else [value]:
            skipped = (ast.JoinedStr, ast.Raise, ast.Assert, ast.FunctionDef)
            if isinstance(child, ast.AST) and not isinstance(child, skipped):
                yield from [child] if isinstance(child, ast.expr) else []
                yield from _expressions(child)


def _changed(node: ast.expr) -> ast.expr | None:
    """Mutation of an expression, if it has one."""
    new = copy.deepcopy(node)
    if _calculates(new) or isinstance(new, ast.BoolOp):
        new.op = SWAPPED[type(new.op)]()
    elif isinstance(new, ast.Compare) and type(new.ops[0]) in SWAPPED:
        new.ops[0] = SWAPPED[type(new.ops[0])]()
    elif isinstance(new, ast.UnaryOp) and isinstance(new.op, ast.USub | ast.Not):
        return new.operand
    elif isinstance(new, ast.Constant) and type(new.value) in (int, float, bool):
        new.value = not new.value if isinstance(new.value, bool) else new.value + 1
    else:
        field = "attr" if isinstance(getattr(new, "func", None), ast.Attribute) else "id"
        if (name := getattr(getattr(new, "func", None), field, "")) not in NAMES:
            return None
        setattr(new.func, field, NAMES[name])
    return new


def tests_of(path: str, inputs: dict[str, frozenset[str]]) -> Iterator[list[str]]:
    """Groups of test files: the unit tests of the module's name, then the others that know it."""
    own = re.compile(rf"tests/unit/.*/test_{PurePath(path).stem}(_\w+)?\.py")
    yield (first := [test for test in inputs if own.fullmatch(test)])
    knowing = {it for it in inputs if path in inputs[it]} - {*first}  # without whole runs
    ranked = sorted(knowing, key=lambda it: (len(inputs[it]), it))
    yield from (ranked[at : at + 12] for at in range(0, len(ranked), 12))


def outcome(copied: Path, tests: list[str], limit: float) -> tuple[str, float]:
    """First failing test of files, "limit", or the exit code of a crash; CPU seconds."""
    console = copied.parent / "console.txt"
    if (process := os.fork()) == 0:
        code = 99
        try:
            with console.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 1))
            os.chdir(copied)
            for name in [it for it in sys.modules if re.match("support|wollemi", it)]:
                del sys.modules[name]
            sys.path = [it for it in sys.path if it not in (f"{ROOT}/scripts", f"{ROOT}/tests")]
            code = pytest.main([*OPTIONS.split(), *tests])
        finally:
            sys.stdout.flush()
            os._exit(int(code))
    _, status, usage = os.wait4(process, 0)
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", console.read_text(), re.MULTILINE)
    code = os.waitstatus_to_exitcode(status)
    ends = {0: "", 5: "", -9: "limit"}  # 5: all skipped; -9: SIGKILL
    killer = failed[1] if failed else ends.get(code, f"exit {code}")
    return killer, usage.ru_utime + usage.ru_stime


def killed_by(mutant: Mutant, copied: Path, groups: Iterator[list[str]], limit: float) -> str:
    """Test that kills a mutant, empty if it survives."""
    module, killer = copied / mutant.path, ""
    source = module.read_bytes()
    module.write_bytes(source[: mutant.start] + mutant.new.encode() + source[mutant.end :])
    for tests in groups:
        if tests and not killer and limit > 1:
            killer, seconds = outcome(copied, tests, limit)
            limit -= seconds
    module.write_bytes(source)
    return killer


def main() -> None:
    """Print the killer of each mutant, then a killer that fails without mutants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="empty folder")
    parser.add_argument("--number", type=int, default=100, help="number of mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=20, help="CPU seconds per mutant")
    parser.add_argument("--only", nargs="*", type=int, help="numbers of mutants to run")
    asked = parser.parse_args()
    files = Snapshot().files
    modules = [it for it in files if COMPUTES.fullmatch(it) and not NOT_PHYSICS.fullmatch(it)]
    every = sorted({mutant for path in modules for mutant in mutants(path)})
    planted = random.Random(asked.seed).sample(every, asked.number)  # a random order
    dependencies, tests = Dependencies(files), re.compile(r"tests/.*/test_\w+\.py")
    inputs = {test: dependencies.of(test) for test in filter(tests.fullmatch, files)}
    copied = asked.folder / "project"
    for path in files:
        (copied / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copied / path)
    os.environ |= {"WOLLEMI_CLONES": str(ROOT.parent), "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    _ = [importlib.import_module(name) for name in HEAVY.split()]
    print(f"{asked.number} of {len(every)} mutants, seed {asked.seed}\n")
    print("| | place | code | mutant | killed by |\n| --- | --- | --- | --- | --- |", flush=True)
    killers = set()
    for number, mutant in enumerate(planted, 1):
        if not asked.only or number in asked.only:
            killer = killed_by(mutant, copied, tests_of(mutant.path, inputs), asked.limit)
            killers |= {killer.partition("::")[0]} if "::" in killer else set()
            place = f"{mutant.path.removeprefix('scripts/')}:{mutant.line}"
            code = " | ".join(f"`{it}`".replace("|", "\\|") for it in (mutant.old, mutant.new))
            print(f"| {number} | {place} | {code} | {killer} |", flush=True)
    print(f"\nWithout mutants fails: {outcome(copied, sorted(killers), 600)[0] or 'none'}")


if __name__ == "__main__":
    main()
