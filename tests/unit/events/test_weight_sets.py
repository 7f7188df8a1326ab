import awkward as ak
import numpy as np
import pytest

from wollemi.events import weight_sets
from wollemi.events.weight_sets import member_factors
from wollemi_likelihood.base.errors import WollemiError

SET = {"weights": "LHEPdfWeight", "members": [2, 0], "nominal": 1}


def factors(lists):
    names = {"LHEPdfWeight": ak.Array(lists)}
    return list(member_factors("pdf", SET, names, "events.root", 10))


@pytest.mark.parametrize("more", [[[], []], [[8.0], [9.0]], [[8.0, 7.0], [9.0]]])
def test_members_of_equal_and_of_different_lists(more):
    lists = [[1.0, 2.0, 3.0, *more[0]], [5.0, 4.0, 3.0, *more[1]]]
    np.testing.assert_array_equal(factors(lists), [[1.5, 0.75], [0.5, 1.25]])


@pytest.mark.parametrize(("block", "at_once"), [(1, 1), (7, 200), (1024, 10**6)])
@pytest.mark.parametrize("kind", ["float32", "float64", "int32"])
@pytest.mark.parametrize("nominal", [None, 3])
def test_members_of_many_events(monkeypatch, block, at_once, kind, nominal):
    """The same bits, whatever is taken at once."""
    monkeypatch.setattr(weight_sets, "BLOCK", block)
    monkeypatch.setattr(weight_sets, "AT_ONCE", at_once)
    lists = np.random.default_rng(3).uniform(1, 9, (53, 6)).astype(kind)
    settings = {"weights": "w", "members": [5, 0, 2, 4], "nominal": nominal}
    found = member_factors("pdf", settings, {"w": ak.Array(lists)}, "events.root", 0)
    values = lists.astype(np.float64)
    expected = values[:, settings["members"]].T / (1 if nominal is None else values[:, nominal])
    np.testing.assert_array_equal(list(found), expected)


def test_events_that_any_member_spoils_are_counted(monkeypatch):
    monkeypatch.setattr(weight_sets, "AT_ONCE", 1)
    lists = [[1.0, 2.0, 3.0], [np.inf, 1.0, 3.0], [1.0, 1.0, np.nan]]
    with pytest.raises(WollemiError, match=r"of entry 11 are not finite.* \(2 such entries\)"):
        factors(lists)


def test_an_event_with_too_few_weights():
    with pytest.raises(WollemiError, match="entry 11 has 2 weights 'LHEPdfWeight'"):
        factors([[1.0, 2.0, 3.0], [1.0, 2.0]])


def test_a_nominal_weight_of_zero():
    with pytest.raises(WollemiError, match="of entry 11 are not finite, or the nominal one is 0"):
        factors([[1.0, 2.0, 3.0], [1.0, 0.0, 3.0]])
