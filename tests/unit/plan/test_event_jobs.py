"""Files of the jobs that read events."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from wollemi.analysis.view import view_of
from wollemi.plan.event_jobs import Parts, event_inputs, of_each, process_outputs, skim_outputs
from wollemi.plan.plan import Plan
from wollemi_likelihood.base.errors import WollemiError

DOCUMENT = {
    "datasets": {
        "a": {"files": ["1.root", "2.root", "3.root"], "files_per_job": 2},
        "b": {"files": ["1.root", "2.root"], "tolerate": "50%", "files_per_job": 2},
    },
    "samples": {"s": {"role": "signal", "datasets": ["a", "b"]}},
}
PLAN = Plan(view_of(DOCUMENT), "run", hooks=["hooks.py"])


def part(number):
    return SimpleNamespace(part=str(number))


def test_items_of_further_datasets_have_numbers():
    assert of_each(["a", "b", "c"], lambda dataset: {"x": dataset, "y": 1}) == {
        **{"x": "a", "y": 1, "x_1": "b", "y_1": 1},
        **{"x_2": "c", "y_2": 1},
    }


def test_outputs_of_a_part_have_its_wildcards():
    for outputs in (skim_outputs("a"), process_outputs("a")):
        assert all("{analysis}" in path and "{part}" in path for path in outputs.values())
        assert len(set(outputs.values())) == len(outputs)


def test_inputs_beside_the_files():
    inputs = event_inputs(PLAN, "skim_corrections")("a")
    assert inputs == {"hooks": [], "corrections": [], "certified": [], "parts": []}


def test_files_of_a_part():
    files = Parts(PLAN).files("a")
    assert [files(part(number)) for number in (0, 1)] == [["1.root", "2.root"], ["3.root"]]
    with pytest.raises(WollemiError, match="dataset a: has no part 2, only 2"):
        files(part(2))


def test_missing_files_that_are_tolerated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("2.root").touch()
    assert Parts(PLAN).files("b")(part(0)) == ["2.root"]
    assert Parts(PLAN).present("a", ["1.root"]) == ["1.root"]


def test_the_digest_of_a_part_covers_its_files_alone():
    before = Parts(PLAN).digest("a")
    changed = {**DOCUMENT["datasets"]["a"], "files": ["1.root", "2.root", "4.root"]}
    document = {**DOCUMENT, "datasets": {**DOCUMENT["datasets"], "a": changed}}
    after = Parts(Plan(view_of(document), "run")).digest("a")
    assert before(part(0)) == after(part(0)) != before(part(1)) != after(part(1))
    assert before(part(0)).startswith("part_files=")
