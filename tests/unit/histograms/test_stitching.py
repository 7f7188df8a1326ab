"""Sums of weights of slices, their closure, and the remarks on them."""

import numpy as np
import pytest

from wollemi.analysis.models.datasets import Dataset
from wollemi.events.cutflow import cutflow_line
from wollemi.histograms.stitching import share_of_slice, slice_entry, slice_remarks
from wollemi_likelihood.base.errors import WollemiError

PLACED = {
    "name": "one_jet",
    "inclusive": "dy",
    "inclusive_cross_section_pb": 100.0,
    "selection": "jets == 1",
    "datasets": ["dy_one_jet", "dy_1j"],
}
DATASET = Dataset.model_validate({"files": ["a"], "cross_section_pb": 20.0, "slice": PLACED})


def skim(dataset, weights, inside):
    lines = [
        cutflow_line("all events", weights),
        cutflow_line("slice of the dataset", weights, inside),
    ]
    return {"dataset": dataset, "skim": lines}


@pytest.fixture
def parts():
    """The part of the inclusive dataset, and two jobs of another one with 3 events outside."""
    rng = np.random.default_rng(2)
    inclusive = rng.choice([-1.0, 1.0, 2.0], 4000)
    inside = rng.random(4000) < 0.2
    others = [rng.choice([1.0, 3.0], 300) for _ in range(2)]
    flags = [np.arange(300) >= number for number in (1, 2)]
    jobs = [skim("dy_1j", weights, kept) for weights, kept in zip(others, flags, strict=True)]
    total = np.sum(inclusive[inside]) + sum(map(np.sum, (others[0][1:], others[1][2:])))
    return skim("dy_one_jet", inclusive, inside), jobs, total


def merged(jobs):
    lines = [
        {key: jobs[0]["skim"][i][key] + jobs[1]["skim"][i][key] for key in ("events",)}
        | {"cut": jobs[0]["skim"][i]["cut"]}
        | {
            key: jobs[0]["skim"][i][key] + jobs[1]["skim"][i][key]
            for key in ("sum_of_weights", "sum_of_weights_squared")
        }
        for i in range(2)
    ]
    return {"skim": lines}


def test_all_datasets_of_a_slice_have_one_sum(parts):
    part, jobs, total = parts
    first = slice_entry("dy_one_jet", DATASET, part, jobs)["slice"]
    second = slice_entry("dy_1j", DATASET, merged(jobs), [part])["slice"]
    assert first["sum_of_weights"] == second["sum_of_weights"] == pytest.approx(total, rel=1e-13)
    assert (first["outside"], second["outside"]) == (0, 3)
    assert {**first, "outside": 3} == second


def test_the_error_of_a_share_is_that_of_toys():
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(600):
        weights = rng.choice([-1.0, 1.0, 3.0], rng.poisson(500))
        inside = rng.random(weights.size) < 0.3
        lines = skim("d", weights, inside)["skim"]
        shares.append(share_of_slice(*lines))
    values, errors = np.array(shares).T
    assert np.mean(values) == pytest.approx(0.3, abs=0.004)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_a_dataset_without_slice_has_no_entry():
    plain = Dataset.model_validate({"files": ["a"], "cross_section_pb": 20.0})
    assert slice_entry("d", plain, {"skim": []}, []) == {}


def test_skimmed_files_do_not_tell_the_sum_of_a_slice(parts):
    part, jobs, _ = parts
    with pytest.raises(
        WollemiError, match="do not state the sum of weights of its slice 'one_jet'"
    ):
        slice_entry("dy_one_jet", DATASET, part | {"produced": {"events": 1}}, jobs)


@pytest.mark.parametrize(
    ("given", "own", "error", "remarked"),
    [
        (100.0, 103.0, 0.9, True),
        (100.0, 103.0, 1.1, False),
        (100.0, 100.9, 0.1, False),
        (100.0, 98.0, 0.1, True),
    ],
)
def test_a_cross_section_that_does_not_fit_is_told(given, own, error, remarked):
    found = {"name": "one_jet", "inclusive": "dy"}
    found |= {"cross_section_pb": given, "inclusive_pb": own, "inclusive_error_pb": error}
    assert bool(slice_remarks(found)) is remarked


def test_what_is_told(parts, caplog):
    part, jobs, _ = parts
    wrong = DATASET.model_copy(update={"scale_factor": 2.0})
    slice_entry("dy_one_jet", wrong, part, jobs)
    slice_entry("dy_1j", wrong, merged(jobs), [part])
    first, second = [record.message for record in caplog.records]
    assert first.startswith("dy: slice one_jet has 40 pb, of which the inclusive dataset has ")
    assert second == "dy_1j: 3 events are outside slice one_jet, and are left out"
