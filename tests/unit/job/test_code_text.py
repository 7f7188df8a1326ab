"""What of a source is code: judged by Python's own syntax tree."""

import ast
import importlib.util
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.project.seeds import slow_but

from wollemi.job.code_text import code_digest, code_text

OWN = ("scripts", "tests")
LIBRARIES = ("awkward", "pydantic", "jsonschema", "json", "asyncio")


def tree(source):
    """The syntax tree, statements that are nothing but a string as `...`."""
    parsed = ast.parse(source)
    for node in ast.walk(parsed):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str | bytes)
        ):
            node.value = ast.Constant(...)
    return ast.dump(parsed)


@pytest.mark.parametrize("name", slow_but(["scripts", "json"], [*OWN, *LIBRARIES]))
def test_what_is_left_is_the_same_program(name):
    own = name in OWN
    folder = ROOT / name if own else Path(importlib.util.find_spec(name).origin).parent
    for path in folder.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert tree(code_text(source)) == tree(source), path


SOURCE = '''"""Docstring."""

# A comment.
def f(x):  # another
    """What it does."""
    return x + "# no comment" + """
  kept

"""
'''


def test_comments_docstrings_and_blank_lines_are_no_code():
    bare = '...\ndef f(x):\n    ...\n    return x + "# no comment" + """\n  kept\n\n"""\n'
    assert code_text(SOURCE) == bare
    assert code_digest(
        SOURCE.replace("What it does", "Does it").replace("# A comment.", "")
    ) == code_digest(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x +", "x -"),
        ("# no", "# a"),
        ("  kept", " kept"),
        ("f(x)", "f(y)"),
        ("    return", "  return"),
    ],
)
def test_anything_else_is_code(old, new):
    assert code_digest(SOURCE.replace(old, new)) != code_digest(SOURCE)
