import awkward as ak
import numpy as np
import pytest

from wollemi.base.errors import WollemiError
from wollemi.events.weight_sets import member_factors

SET = {"weights": "LHEPdfWeight", "members": [2, 0], "nominal": 1}


def factors(lists):
    return member_factors("pdf", SET, {"LHEPdfWeight": ak.Array(lists)}, "events.root", 10)


@pytest.mark.parametrize("more", [[[], []], [[8.0], [9.0]], [[8.0, 7.0], [9.0]]])
def test_members_of_equal_and_of_different_lists(more):
    lists = [[1.0, 2.0, 3.0, *more[0]], [5.0, 4.0, 3.0, *more[1]]]
    np.testing.assert_array_equal(factors(lists), [[1.5, 0.75], [0.5, 1.25]])


def test_an_event_with_too_few_weights():
    with pytest.raises(WollemiError, match="entry 11 has 2 weights 'LHEPdfWeight'"):
        factors([[1.0, 2.0, 3.0], [1.0, 2.0]])


def test_a_nominal_weight_of_zero():
    with pytest.raises(WollemiError, match="of entry 11 are not finite, or the nominal one is 0"):
        factors([[1.0, 2.0, 3.0], [1.0, 0.0, 3.0]])
