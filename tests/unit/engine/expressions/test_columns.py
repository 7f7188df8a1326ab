"""Names computed on demand: once, and in another view only if something that they use changes."""

import pytest

from wollemi_engine.expressions.columns import Columns


def columns(calls, nominal=None, changed=(), values=(1, 10)):
    """`sum` uses `a` and `b`, `twice` uses `sum`; what is computed is noted."""

    def noted(name, value):
        calls.append(name)
        return value

    compute = {
        "a": lambda names: noted("a", values[0]),
        "b": lambda names: noted("b", values[1]),
        "sum": lambda names: noted("sum", names["a"] + names["b"]),
        "twice": lambda names: noted("twice", 2 * names["sum"]),
        "bad": lambda names: names["a"] / 0,
    }
    return Columns(compute, nominal, changed, keeps=True)


@pytest.mark.parametrize(
    ("changed", "values", "computed", "expected"),
    [
        ((), (1, 10), [], 22),
        ({"b"}, (1, 20), ["b", "sum", "twice"], 42),
        ({"twice"}, (1, 10), ["twice"], 22),
        ({"elsewhere"}, (1, 10), [], 22),
    ],
)
def test_a_view_computes_what_has_changed(changed, values, computed, expected):
    calls = []
    nominal = columns(calls)
    assert nominal["twice"] == nominal["twice"] == 22
    assert calls == ["a", "b", "sum", "twice"]
    calls.clear()
    view = columns(calls, nominal, changed, values)
    assert view["twice"] == view["twice"] == expected
    assert sorted(calls) == sorted(computed)
    assert nominal["twice"] == 22


def test_what_the_nominal_view_did_not_need_is_computed():
    calls = []
    nominal = columns(calls)
    assert nominal["a"] == 1
    assert columns(calls, nominal, {"b"}, (1, 20))["sum"] == 21
    assert calls == ["a", "b", "sum"]


def test_expressions_are_kept_with_what_they_use():
    nominal = columns([])
    for changed, expected in (((), "first"), ({"a"}, "first"), ({"b"}, "second")):
        view = columns([], nominal, changed)
        assert nominal.kept(("value", "b + 0"), lambda: nominal["b"] and "first") == "first"
        assert view.kept(("value", "b + 0"), lambda names=view: names["b"] and "second") == expected


def test_an_error_leaves_nothing_behind():
    nominal = columns([])
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            nominal["bad"]
    with pytest.raises(KeyError):
        nominal["unknown"]
    assert not nominal.uses
    assert "unknown" not in nominal
    assert list(nominal) == ["a", "b", "sum", "twice", "bad"]
    assert len(nominal) == 5
