"""Options that are numbers: of every command and program, finite or refused in words."""

import ast

import click
import pytest
from support.project.paths import ROOT

from wollemi.commands.main import main
from wollemi.commands.new import _cross_section
from wollemi.commands.numbers import Number
from wollemi_likelihood.base.errors import WollemiError

BAD = ("nan", "inf", "-inf", "1e400", "9" * 400, "1_000", "x", "", "0x1", "[]")
COUNTS = (click.IntRange, click.types.IntParamType)


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("is_positive", [True, False])
def test_what_is_refused(text, is_positive):
    with pytest.raises(click.BadParameter, match="not a"):
        Number(is_positive).convert(text, None, None)


def test_what_is_a_number():
    assert Number().convert("-1.5e1", None, None) == -15
    assert Number(is_positive=True).convert("13.0", None, None) == 13
    for text in ("0", "-1", "-0."):
        with pytest.raises(click.BadParameter, match="not above 0"):
            Number(is_positive=True).convert(text, None, None)


@pytest.mark.parametrize(
    "text", [*(f"dy.root={bad}" for bad in BAD), "6025", "=6025", "dy.root=-1"]
)
def test_cross_sections(text):
    with pytest.raises(WollemiError, match="is not a cross section"):
        _cross_section(text)
    assert _cross_section("a=b.root=6.5") == ("a=b.root", 6.5)


def types(kind):
    """The types of an option with one value, or several."""
    return kind.types if isinstance(kind, click.Tuple) else (kind,)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_no_command_takes_a_plain_float(name):
    found = [kind for item in main.commands[name].params for kind in types(item.type)]
    assert not [kind for kind in found if isinstance(kind, click.types.FloatParamType)]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: path.stem
)
def test_no_program_takes_a_plain_float(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    types = [item.value for call in calls for item in call.keywords if item.arg == "type"]
    assert "float" not in [getattr(kind, "id", "") for kind in types]
