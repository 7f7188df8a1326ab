"""New signals and archived ones that take a part of their datasets."""

from support.events.truth_splits import document

from wollemi.reinterpretation.checks import signal_problems
from wollemi.reinterpretation.document import new_datasets
from wollemi.reinterpretation.models import NewSignal

NEW = {"like": "ttb", "datasets": {"ttbar": {"files": ["new.root"]}}}


def test_a_signal_that_is_a_part_of_its_datasets_cannot_be_followed():
    content = document()
    content["samples"]["ttb"]["role"] = "signal"
    assert signal_problems("new", NewSignal.model_validate(NEW), content, {}) == [
        "new.like: 'ttb' takes a part of its datasets (selection), which a new signal cannot; an "
        "archive whose datasets have the selection can be followed"
    ]


def test_the_selection_of_a_dataset_is_that_of_the_new_one():
    content = document()
    content["samples"] = {"ttb": {"role": "signal", "datasets": "ttbar"}}
    content["datasets"]["ttbar"]["selection"] = "b_hadrons > 0"
    content["systematics"] = {}
    signal = NewSignal.model_validate(NEW)
    assert signal_problems("new", signal, content, {}) == []
    (found,) = dict(new_datasets("new", signal, content)).values()
    assert found["selection"] == "b_hadrons > 0"
    assert found["files"] == ["new.root"]
