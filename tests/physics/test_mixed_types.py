"""Files of one job that store a branch in different number types: the same histograms, or words."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.events.skimmed_files import runs_of, write_skimmed
from support.tiny.analysis import edit_analysis
from support.tiny.events import make_events
from support.tiny.steps import RESULTS, process, skim

from wollemi.events.produced_events import read_produced
from wollemi.histograms.histogram import read_histograms

FILES = [f"input/dy_high_{index}.root" for index in range(2)]
# Branch → its type in the files of the tests, and another that holds the same values.
TYPES = {
    "Muon_pt": ("float32", "float64"),
    "Muon_charge": ("int32", "int8"),
    "genWeight": ("float32", "float64"),
    "MET_pt": ("float32", "float64"),
    "run": ("uint32", "int64"),
    "event": ("uint64", "int64"),
}


@pytest.fixture
def parts(tiny):
    """Events of two files of one job."""
    rng = np.random.default_rng(5)
    found = [flat(make_events("dy_high", rng, 300)) for _ in FILES]
    for index, part in enumerate(found):
        part["luminosityBlock"] = part["luminosityBlock"] + np.uint32(1000 * index)
    item = {"files": FILES, "files_per_job": 2}
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["dy_high"].update(item))
    return found


def flat(branches):
    """The fields of collections as branches."""
    found = {}
    for name, values in branches.items():
        array = ak.Array(values)
        fields = {f"{name}_{field}": array[field] for field in array.fields} or {name: array}
        found |= fields
    return found


def write(parts, types):
    for file, part, kinds in zip(FILES, parts, types, strict=True):
        stored = {
            name: ak.values_astype(values, kinds[name]) if name in kinds else values
            for name, values in part.items()
        }
        write_skimmed(Path(file), stored, None)


def histograms():
    process("dy_high")
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    return {
        name: np.stack([item.values(flow=True), item.variances(flow=True)])
        for name, item in found.items()
    }


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_values_in_other_types(parts, order):
    """All branches at once, in the first or the second file."""
    write(parts, [{}, {}])
    expected = histograms()
    write(parts, [{name: other for name, (_, other) in TYPES.items()}, {}][::order])
    found = histograms()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_a_value_that_does_not_fit_is_named(parts, capsys):
    finer = {**parts[1], "MET_pt": ak.values_astype(parts[1]["MET_pt"], "float64") + 1e-9}
    write([parts[0], finer], [{}, {}])
    assert skim("dy_high") == 2
    message = capsys.readouterr().err
    assert f"{FILES[1]}: 'MET_pt' is stored as float64 here and as float32 in {FILES[0]}" in message
    assert "into a dataset of their own" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("branch", ["genEventSumw", "genEventSumw2"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sum_that_is_no_number_is_named(parts, capsys, branch, value):
    """Of the events before a skim, as `Runs` has it."""
    runs = runs_of(parts[1])
    write_skimmed(Path(FILES[0]), parts[0], runs_of(parts[0]))
    write_skimmed(Path(FILES[1]), parts[1], {**runs, branch: np.array([value])})
    assert skim("dy_high") == 2
    message = capsys.readouterr().err
    assert f"{FILES[1]}: " in message
    assert "Runs.genEventSumw" in message
    assert "Traceback" not in message


def test_members_that_are_no_numbers_are_not_known(parts):
    """They are needed only where a systematic uses them."""
    share = ak.from_regular(ak.Array([[np.nan, 1.0]]))
    write_skimmed(Path(FILES[0]), parts[0], {**runs_of(parts[0]), "LHEScaleSumw": share})
    assert read_produced(Path(FILES[0]), "nanoaod").members == {}
