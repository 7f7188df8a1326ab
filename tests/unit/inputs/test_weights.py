"""Weights are found by name and content in every layout, and nothing else is taken for one."""

import json
from itertools import product
from zlib import crc32

import awkward as ak
import numpy as np
import pytest
import uproot
from support.events.weighted import CONTENTS, EVENTS, LAYOUTS, NAMED, NAMES, kinematics
from support.project.paths import SHARED_DATA, needs_shared_data
from support.tiny.events import write_root

from wollemi.inputs.event_files import open_events
from wollemi.inputs.inspection import file_weights, guess_layout
from wollemi.inputs.schemas import Layout
from wollemi.inputs.weights import branch_to_sum, check_weights, find_weights, is_weight_name
from wollemi_likelihood.base.errors import WollemiError

CASES = [
    (layout, name, content)
    for layout in LAYOUTS
    for name, content in product(NAMES if layout in NAMED else ["its own"], CONTENTS)
]


@pytest.mark.parametrize(("layout", "name", "content"), CASES)
def test_one_weight_is_found_with_its_sum(tmp_path, layout, name, content):
    random = np.random.default_rng(crc32(f"{layout} {name} {content}".encode()))
    weights = CONTENTS[content](random)
    suffix, write = LAYOUTS[layout]
    path = tmp_path / f"simulation{suffix}"
    expression = write(path, name, weights, kinematics(random))
    (found,) = file_weights(path, guess_layout(path))
    assert found.expression == expression
    assert found.events == EVENTS
    assert found.total == pytest.approx(sum(float(weight) for weight in weights), rel=1e-9)
    assert found.negative == sum(weight < 0 for weight in weights) / EVENTS
    assert (found.size is None) == (content == "corrected")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_kinematics_are_not_weights(tmp_path, layout):
    """Weights that are all 0, as in some files of data, are not weights either."""
    suffix, write = LAYOUTS[layout]
    path = tmp_path / f"data{suffix}"
    write(path, "weight", np.zeros(EVENTS), kinematics(np.random.default_rng(3)))
    found = {item.expression for item in file_weights(path, guess_layout(path))}
    assert found <= {"LHEWeight_originalXWGTUP"}


@needs_shared_data
@pytest.mark.parametrize("name", ["zz", "wz", "ww", "single_top", "qcd"])
def test_weights_of_the_cms_tutorial(name):
    """Numbers of events and sums of weights are those of a plain loop, stored with the files."""
    path = SHARED_DATA / f"hep_tutorial/{name}.root"
    events, total, _ = json.loads(path.with_name("oracle.json").read_text())[name]["all"]
    (found,) = file_weights(path, guess_layout(path))
    assert (found.expression, found.events) == ("EventWeight", events)
    assert found.total == pytest.approx(total, rel=1e-6)


@needs_shared_data
def test_recorded_events_have_no_weights():
    files = [*SHARED_DATA.glob("h4l/*/*.csv"), *SHARED_DATA.glob("dimuon_2012/*.root")]
    assert len(files) == 7
    assert [file_weights(path, guess_layout(path)) for path in files] == [[]] * 7


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_weight_of_another_name_is_found_by_its_values(tmp_path, kind):
    """Both signs of one size is what generators at next-to-leading order give."""
    random = np.random.default_rng(5)
    values = random.choice([-250.71, 250.71], EVENTS, p=[0.3, 0.7]).astype(kind)
    with uproot.recreate(tmp_path / "nlo.root") as file:
        file["t"] = {**kinematics(random), "xwgt_nlo_evt0": values, "factor": values}
    with uproot.recreate(tmp_path / "other.root") as file:
        file["t"] = {**kinematics(random), "factor": values}
    assert is_weight_name("xwgt_nlo_evt0")
    for name, expected in (("nlo", "xwgt_nlo_evt0"), ("other", "factor")):
        path = tmp_path / f"{name}.root"
        (found,) = file_weights(path, guess_layout(path))
        assert found.expression == expected
        assert found.size == pytest.approx(250.71)
    layout = guess_layout(path)
    with open_events(path, layout) as opened:
        assert find_weights(opened, layout, by_values=False) == []


def test_only_the_first_events_are_summed(tmp_path):
    weights = np.random.default_rng(8).normal(1, 0.5, 2500)
    with uproot.recreate(tmp_path / "many.root") as file:
        file["t"] = {"weight": weights}
    layout = guess_layout(tmp_path / "many.root")
    with open_events(tmp_path / "many.root", layout) as opened:
        (first,), (whole,) = find_weights(opened, layout), find_weights(opened, layout, None)
    assert first.total == pytest.approx(weights[:1000].sum())
    assert whole.total == pytest.approx(weights.sum())
    assert f"of {first.events:,} events" in str(first)


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        *("weight_mc_NOSYS", "weight_nominal", "XSecWeight", "evt_scale1fb", "Generator_weight"),
        *("weight_2018", "EventHeader_weight", "XWGTUP", "sampleWeight", "GENWEIGHT"),
    ],
)
def test_names_of_weights(name):
    assert is_weight_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "W",
            "w_mass",
            "wt_pt",
            "met_w",
            "event",
            "charge",
            "nWeights",
            "numWeights",
            "wtag_score",
        ),
        *("puWeight", "btagWeight_CSVV2", "L1PreFiringWeight_Nom", "PSWeight", "LHEPdfWeight"),
        *("weight_up", "weightDown", "weight_pileup", "weight_leptonSF", "weight_bTagSF_DL1r_77"),
        *("SumWeights", "genEventSumw", "sumOfWeights", "lep_w", "jet_weight", "weighted_mass"),
        *("EventHeader_weights_begin", "nEvent_Weight", "weight_mc_GEN_MUR05", "Muon_w"),
    ],
)
def test_other_names(name):
    assert not is_weight_name(name)


def test_the_branch_that_is_summed(tmp_path):
    """As `wollemi draw` chooses: a choice of the user, the only possible weight, or a question."""
    size = 20
    weights = {
        "none": ({}, None),
        "one": ({"weight_total": np.linspace(-1, 2, size)}, "weight_total"),
        "by its values": ({"x": np.tile([0.7, -0.7], size // 2)}, "x"),
        "two": ({"mcWeight": np.ones(size), "eventWeight": np.full(size, 2.0)}, "several possible"),
        "a list": ({"Event_Weight": ak.Array([[1.0, 2.0]] * size)}, "in a list"),
    }
    for name, (branches, expected) in weights.items():
        path = tmp_path / f"{name}.root"
        write_root(path, {"pt": np.arange(size, dtype=np.float64), **branches})
        layout, broken = Layout("ntuple", "Events"), tmp_path / "broken.root"
        broken.write_bytes(path.read_bytes()[:100])
        for given in ("", "none", "pt"):
            try:
                found = branch_to_sum([broken, path], layout, given)
            except WollemiError as error:
                found = str(error)
            if given or expected is None:
                assert found == (given if given == "pt" else None)
            else:
                assert expected in found
                assert found == expected or "choose with --weight BRANCH; none counts" in found


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([[1.0], [2.0]], "is not one number per event"),
        ([{"x": 1.0}, {"x": 2.0}], "is not one number per event"),
        ([1.0, float("nan")], "of entry 6 is nan"),
        ([-float("inf"), 1.0], "of entry 5 is -inf"),
    ],
)
def test_weights_that_cannot_be_summed(values, problem):
    check_weights(ak.Array([1.0, -2.0]), "a.root", "w")
    with pytest.raises(WollemiError, match=problem):
        check_weights(ak.Array(values), "a.root", "w", 5)
