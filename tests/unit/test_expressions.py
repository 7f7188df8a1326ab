import ast

import pytest

from wollemi.expressions import ExpressionError, parse_expression, split_conjunction, used_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sum(jet.pt) > 200 and any(electron.pt > 30)", {"jet", "jet.pt", "electron", "electron.pt"}),
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
        ("x +", "is no expression"),
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
