import ast
import time

import pytest

from wollemi_likelihood.expressions.syntax import (
    ExpressionError,
    parse_expression,
    split_conjunction,
    used_names,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "sum(jet.pt) > 200 and any(electron.pt > 30)",
            {"jet", "jet.pt", "electron", "electron.pt"},
        ),
        ("(muon[0] + muon[1]).mass", {"muon"}),
        ("muon[0].charge * MET_pt", {"muon", "muon.charge", "MET_pt"}),
        ("60 < mass < 120", {"mass"}),
        ("where(nJet > 2, 1.0, 0.5)", {"nJet"}),
    ],
)
def test_names(text, names):
    assert used_names(text) == names


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("__import__('os')", "'__import__' is not a function"),
        ("mas(x)", "did you mean 'max'"),
        ("x.sum()", "methods cannot be called"),
        ("[1, 2]", "List is not part"),
        ("lambda: 1", "Lambda is not part"),
        ("'text'", "only numbers"),
        ("x[y]", "an index is a whole number"),
        ("x[1:2]", "an index is a whole number|Slice is not part"),
        ("x +", "is not an expression"),
        ("max(x, key=1)", "keyword is not part|no named arguments"),
        ("a if b else c", "IfExp is not part"),
    ],
)
def test_what_is_not_in_the_language(text, problem):
    with pytest.raises(ExpressionError, match=problem):
        parse_expression(text)


def test_terms_of_a_selection():
    assert split_conjunction("a > 1 and (b or c) and not d") == ["a > 1", "b or c", "not d"]
    assert split_conjunction("a > 1") == ["a > 1"]


def test_terms_where_python_cannot_write_expressions(monkeypatch):
    monkeypatch.delattr(ast, "unparse")
    assert split_conjunction(" a > 1 and (b or c) and not d") == ["a > 1", "b or c", "not d"]
    assert split_conjunction("a > 1 ") == ["a > 1"]


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "pt > 9**9**9",
        "1/0",
        "pt + 5 % 0",
        "(-8)**0.5",
        "1e400",
        "9**300",
        "pt * 9223372036854775808",
        "9" * 5000,
        "0x" + "f" * 3000,
        "pt" + " + pt" * 1000,
        "-" * 3000 + "pt",
        "(" * 300 + "pt" + ")" * 300,
        "not " * 1000 + "pt",
        "pt" + ".x" * 500,
        "abs(" * 150 + "pt" + ")" * 150,
        "pt\x00",
        "x" * 20_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_expression_is_a_bomb(text):
    began = time.process_time()
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    # Far above what it takes, and far below what a bomb does: a busy machine has pauses.
    assert time.process_time() - began < 2
    assert len(str(caught.value)) < 500


LONG = ["pt" + " + pt" * 90, " and ".join(["pt > 1"] * 900)]


@pytest.mark.parametrize("text", [*LONG, "2.0**300", "10**18", "2**-1", "where(pt > 1, 1e30, 0)"])
def test_long_expressions_that_are_fine(text):
    assert used_names(text) <= {"pt"}
