import pickle

import pytest

from wollemi_likelihood.base.errors import (
    ConfigurationError,
    EvaluationError,
    MissingBranchError,
    UnknownNameError,
    WollemiError,
    counted,
)

ERRORS = [
    WollemiError("here", "is wrong", "correct it"),
    ConfigurationError("analysis.yaml", ["a: one", "b: two"]),
    EvaluationError("muon.pt >", "is not an expression", "correct it"),
    UnknownNameError("dy.json", "has no histogram 'mas'", "list(...) names all"),
    MissingBranchError(
        "events.root", "has no branch 'genWeigth'", "correct it", {"genWeigth": "genWeight"}
    ),
]


def kinds(kind):
    return {kind, *(below for child in kind.__subclasses__() for below in kinds(child))}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_worker_can_hand_it_over(error):
    """An exception that cannot be unpickled breaks a pool of processes, which looks like a lack of
    memory.
    """
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_each_kind_is_tried():
    assert {
        kind for kind in kinds(WollemiError) if kind.__module__ == "wollemi_likelihood.base.errors"
    } == set(map(type, ERRORS))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (11, "11 files")]
)
def test_a_number_agrees_with_its_noun(number, text):
    assert counted(number, "file") == text
