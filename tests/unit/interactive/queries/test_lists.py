import awkward as ak
import numpy as np

from wollemi_interactive.queries.lists import Value, element, lifted, missing, without_options

JETS = ak.Array([[[1, 2], [3]], [], [[4]]])  # of each event, of each jet


def test_a_value_is_repeated_for_each_element():
    event = Value(ak.Array([10, 20, 30]), 1)
    scopes = [event.array, JETS, JETS]
    assert lifted(event, scopes, 2).to_list() == [[10, 10], [], [30]]
    assert lifted(event, scopes, 3).to_list() == [[[10, 10], [10]], [], [[30]]]


def test_a_list_is_repeated_as_a_whole():
    lists = Value(ak.Array([[1, 2], [3], []]), 1)
    assert lifted(lists, [lists.array, JETS], 2).to_list() == [[[1, 2], [1, 2]], [], [[]]]


def test_a_constant():
    assert lifted(Value(7, 0), [ak.Array([1, 2]), JETS[:2]], 2).to_list() == [[7, 7], []]


def test_elements():
    lists = ak.Array([[1, 2], [], [3]])
    assert element(lists, 1, 0).to_list() == [1, None, 3]
    assert element(lists, 1, -1).to_list() == [2, None, 3]
    assert element(lists, 1, -2).to_list() == [1, None, None]
    assert element(JETS, 2, 1).to_list() == [[2, None], [], [None]]


def test_missing_values():
    found = element(ak.Array([[1, 2], [], [3]]), 1, 0)
    assert missing(found) == 1
    assert missing(ak.zip({"x": found, "y": np.arange(3)})) == 1
    plain = without_options(found[[0, 2]])
    assert missing(plain) == 0
    assert str(plain.type) == "2 * int64"
