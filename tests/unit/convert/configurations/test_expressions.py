"""Expressions of uproot, evaluated by it, and of ROOT, against the rules of its TTreeFormula."""

import awkward as ak
import numpy as np
import pytest
import uproot

from wollemi_convert.configurations.expressions import ROOT, UPROOT, joined, ratio, terms, translate
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.expressions.syntax import ExpressionError

RNG = np.random.default_rng(3)
EVENTS = {
    "x": RNG.normal(size=200),
    "y": RNG.normal(size=200),
    "n": RNG.integers(-3, 4, 200),
    "flags": RNG.integers(0, 16, 200),
    "is_good": RNG.random(200) > 0.4,
}
OF_UPROOT = [
    "x > 0",
    "(x > 0) & (y < 1)",
    "(x > 0) | ~(y < 1) & is_good",
    "~is_good",
    "is_good & (n == 2)",
    "is_good & (x**2 + y**2 < 1.5)",
    "(flags & 4) != 0",
    "0.7 * x",
    "sqrt(abs(x)) * exp(-y)",
    "where(x > 0, x, -y) / 2",
    "arctan2(x, y) - absolute(y)",
    "x * (n > 0)",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    path = tmp_path_factory.mktemp("expressions") / "events.root"
    with uproot.recreate(path) as file:
        file.mktree("events", {name: values.dtype for name, values in EVENTS.items()})
        file["events"].extend(EVENTS)
    with uproot.open(path) as file:
        yield file["events"]


def ours(text):
    """Values of an expression of the language of an analysis file."""
    names = {name: ak.Array(values) for name, values in EVENTS.items()}
    return np.asarray(ak.values_astype(evaluate(text, names), np.float64))


@pytest.mark.parametrize("text", OF_UPROOT)
def test_what_uproot_computes(tree, text):
    theirs = tree.arrays([text])[text]
    assert ours(translate(text, UPROOT)) == pytest.approx(np.asarray(theirs, float), nan_ok=True)


def quotient(above, below):
    return np.divide(above, below, out=np.zeros(len(below)), where=below != 0)


X, Y, N, FLAGS, GOOD = EVENTS.values()
OF_ROOT = {
    "x>0 && !(y<1) || n==2": ((X > 0) & ~(Y < 1)) | (N == 2),
    "!n==0": (N == 0) == 0,  # ! binds tighter than ==
    "x/n": quotient(X, N.astype(float)),  # x/0 is 0
    "x/2": X / 2,
    "1/(x*n)": quotient(np.ones(200), X * N),
    "x^2*(n>0)": X**2 * (N > 0),
    "pow(x,2)-TMath::Abs(y)": X**2 - abs(Y),
    "sqrt(x)": np.sqrt(abs(X)),
    "log(x)": np.log(np.where(X > 0, X, 1)),  # 0 unless x > 0
    "TMath::Max(x,y)+min(x,0)": np.maximum(X, Y) + np.minimum(X, 0),
    "(flags&4)!=0": FLAGS & 4 != 0,
    "(x>0)&(y>0)|(n==1)": (X > 0) & (Y > 0) | (N == 1),
    "fabs(x)*1e3": abs(X) * 1e3,
}


@pytest.mark.parametrize("text", OF_ROOT)
def test_what_root_computes(text):
    expected = np.asarray(OF_ROOT[text], float)
    assert ours(translate(text, ROOT)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("x<y<1", ROOT, "compares the result of a comparison"),
        ("flags&4!=0", ROOT, "needs brackets around '&'"),
        ("n%2==0", ROOT, "has '%', whose sign differs"),
        ("x>0 ? y : n", ROOT, "is not plain arithmetic"),
        ("(int)x", ROOT, "is not plain arithmetic"),
        ("Sum$(x)", ROOT, "is not plain arithmetic"),
        ("max(x)", ROOT, "calls max"),
        ("jet.pt > 3", ROOT, "has a name with a point"),
        ("myFunction(x)", ROOT, "calls myFunction"),
        ("np.sqrt(x)", UPROOT, "calls a method"),
        ("x[y > 0]", UPROOT, "an index is a whole number"),
        ("", UPROOT, "is not plain arithmetic"),
    ],
)
def test_what_could_mean_something_else_is_refused(text, language, reason):
    with pytest.raises(ExpressionError, match=r"(?s).*") as error:
        translate(text, language)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        (["0.7 * w"], ["w"], "0.7"),
        (["w_up"], ["w"], "w_up / w"),
        (["a * b", "c", "up / p"], ["b", "a * c"], "up / p"),
        (["a"], ["a"], "1"),
        (["a * a"], ["a"], "a"),
        (["c"], ["a * b"], "c / (a * b)"),
        ([], ["a"], "1 / a"),
    ],
)
def test_ratio_of_weights(above, below, expected):
    assert ratio(above, below) == expected


def test_terms_join_again():
    text = "a > 0 and (b or c) and (not d)"
    assert terms(text) == ["a > 0", "b or c", "not d"]
    assert joined(terms(text), "and") == text
    assert (terms(""), joined([], "and"), joined(["a", ""], "*")) == ([], "", "a")
