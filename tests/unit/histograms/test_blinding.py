"""What is hidden of the data, against expectations written by hand."""

import awkward as ak
import numpy as np
import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.models.analysis import Region, Sample, Variable
from wollemi.analysis.models.blinding import Hidden
from wollemi.analysis.plain.blinding import blinded_regions, blinding_of_data
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.view import view_of
from wollemi.histograms.blinded_events import visible_batches
from wollemi.histograms.blinding import (
    hidden_bins,
    hide_counts,
    hide_histograms,
    histogram_mask,
    note_shared_events,
    noted_mask,
    require_disjoint,
)
from wollemi.histograms.histogram import bin_edges, edges_axis, from_sums, notes
from wollemi.loading.blinding import check_blinding
from wollemi.model.binning import rebinned
from wollemi.plots.stack_drawing import blinded_ranges
from wollemi_engine.events.model import EventModel
from wollemi_likelihood.base.errors import WollemiError

AXIS = edges_axis("mass", (0.0, 1.0, 2.0, 4.0, 8.0))
OTHER = edges_axis("pt", (0.0, 5.0, 10.0))
REGIONS = {
    "sr": Region(selection="mass > 2 and pt > 1", variable="mass", monitor=("pt",)),
    "cr": Region(selection="mass < 1", variable="pt"),
}
VARIABLES = {
    "mass": Variable(expression="mass", edges=tuple(bin_edges(AXIS)), label="m"),
    "pt": Variable(expression="pt", edges=tuple(bin_edges(OTHER)), label="pt"),
    "jets": Variable(expression="jets", edges=(0, 1, 2), label="jets", per="object"),
}


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((1, 2), "001000"),
        ((1.5, 3), "001100"),
        ((1.5, 4.0), "001100"),
        ((0.5, 1), "010000"),
        ((0, 1), "110000"),
        ((-5, 0.5), "110000"),
        ((4, 8), "000011"),
        ((7, 100), "000011"),
        ((-9, 99), "111111"),
        ((9, 99), "000001"),
        ((-9, -5), "100000"),
    ],
)
def test_whole_bins_and_what_is_beyond_the_end_of_the_axis(window, expected):
    assert "".join("01"[flag] for flag in hidden_bins(AXIS, window).astype(int)) == expected


def test_masks():
    region, window = Hidden(regions=("sr",)), Hidden(windows={"mass": (1, 2)})
    assert histogram_mask(region, "sr", REGIONS["sr"], OTHER).all()
    assert histogram_mask(region, "cr", REGIONS["cr"], OTHER) is None
    assert histogram_mask(window, "sr", REGIONS["sr"], AXIS).tolist() == [
        False,
        False,
        True,
        False,
        False,
        False,
    ]
    # beside the variable of the window
    assert histogram_mask(window, "sr", REGIONS["sr"], OTHER).all()
    assert histogram_mask(window, "cr", REGIONS["cr"], OTHER).tolist() == [False] * 4


def test_masks_of_several_axes():
    """A bin is hidden if it is on one of the axes, under- and overflow of the others included; and
    beside such a histogram the others are hidden.
    """
    regions = {
        "sr": Region(selection="mass > 2", variable="both", monitor=("pt",)),
        "cr": Region(selection="mass < 1", variable="pt"),
    }
    document = {"variables": {"both": {"axes": ["pt", "mass"]}}, "regions": {}}
    found = blinding_of_data(document | {"blinding": {"windows": {"mass": [1, 2]}}})
    assert found["axes"] == {"both": ["pt", "mass"]}
    hidden = Hidden.model_validate(found)
    mask = histogram_mask(hidden, "sr", regions["sr"], (OTHER, AXIS))
    assert mask.shape == (4, 6)
    assert [column.tolist() for column in mask.T] == [[index == 2] * 4 for index in range(6)]
    assert histogram_mask(hidden, "sr", regions["sr"], OTHER).all()
    assert not histogram_mask(hidden, "cr", regions["cr"], OTHER).any()
    item = from_sums((OTHER, AXIS), np.ones((4, 6)), np.ones((4, 6)))
    (made,) = hide_histograms(hidden, regions, {"sr/both/nominal": item}).values()
    assert made.values(flow=True).tolist() == (~mask).astype(float).tolist()
    assert notes(made)["blinded"] == "001000" * 4


def test_hidden_bins_lose_their_content_in_every_variation():
    filled = {
        f"sr/mass/{name}": from_sums(AXIS, np.arange(6.0), np.arange(6.0), {"dataset": "d"})
        for name in ("nominal", "x_up")
    }
    hidden = hide_histograms(Hidden(windows={"mass": (1, 2)}), REGIONS, filled)
    for item in hidden.values():
        assert (
            item.values(flow=True).tolist()
            == item.variances(flow=True).tolist()
            == [0, 1, 0, 3, 4, 5]
        )
        assert notes(item) == {"dataset": "d", "blinded": "001000"}
    assert noted_mask(hidden.values()).tolist() == [False, True, False, False]
    assert noted_mask(filled.values()) is None


def test_hidden_events_are_left_out():
    batch = ak.Array(
        {
            "mass": [0.5, 3.0, 3.0, 7.0, np.nan],
            "pt": [2.0, 0.5, 4.0, 9.0, 9.0],
            "jets": [[], [0.5], [1.5, 5], [3], [0, 1]],
        }
    )
    model = EventModel({}, {}, {})

    def kept(**blinding):
        (found,) = visible_batches([batch], model, Hidden(**blinding), REGIONS, VARIABLES)
        return found["pt"].to_list()

    assert kept(regions=("sr",)) == [2.0, 0.5, 9.0]
    # the whole bin from 4 to 8, and NaN is in no bin
    assert kept(windows={"mass": (5, 6)}) == [2.0, 0.5, 4.0, 9.0]
    assert kept(windows={"mass": (0, 1), "pt": (5, 6)}) == [0.5, 4.0]
    assert kept(windows={"jets": (1, 1.5)}) == [2.0, 0.5, 9.0]  # any of the values
    assert kept(windows={"jets": (1, 2)}) == [2.0, 0.5]  # to the end of the axis, and beyond
    assert kept(regions=("sr", "cr")) == [0.5, 9.0]


def line(cut, events):
    return {
        "cut": cut,
        "events": events,
        "sum_of_weights": 1.0 * events,
        "sum_of_weights_squared": 1.0 * events,
    }


def test_counts_tell_only_the_ends_of_visible_regions():
    counts = {
        "regions": {
            "sr": [line("mass > 2", 5), line("pt > 1", 0)],
            "cr": [line("a", 9), line("b", 7)],
        },
        "selected": {"cr": 7},
    }
    axes = {"mass": AXIS, "pt": OTHER}
    hidden = hide_counts(Hidden(regions=("sr",)), REGIONS, axes, counts)
    assert [item["events"] for item in hidden["regions"]["sr"]] == [None, None]
    assert [item["events"] for item in hidden["regions"]["cr"]] == [None, 7]
    assert [item["cut"] for item in hidden["regions"]["sr"]] == ["mass > 2", "pt > 1"]
    assert hidden["blinded"] == {"regions": ["sr"], "windows": {}, "yields": ["sr"]}
    partly = hide_counts(Hidden(windows={"mass": (1, 2)}), REGIONS, axes, counts)["blinded"]
    assert partly == {"regions": [], "windows": {"mass": [1, 2]}, "yields": ["sr"]}


def test_regions_that_share_simulated_events_with_a_hidden_one_are_refused():
    plain = from_sums(OTHER, np.ones(4), np.ones(4))
    names = ("sr/pt/nominal", "cr/pt/nominal", "vr/pt/nominal")
    data = hide_histograms(
        Hidden(regions=("sr",)), REGIONS | {"vr": REGIONS["cr"]}, dict.fromkeys(names, plain)
    )
    samples = {
        "data": Sample(role="data", datasets=("data",)),
        "dy": Sample(role="background", datasets=("dy",)),
    }

    def check(selected, blinded=data):
        simulated = note_shared_events(dict.fromkeys(names, plain), selected)
        require_disjoint({"data": blinded, "dy": simulated}, samples)

    check({"sr": 4, "cr": 5, "cr + vr": 3})
    check({"sr + vr": 1}, dict.fromkeys(names, plain))  # nothing is hidden
    with pytest.raises(
        WollemiError, match=r"regions.vr: shares simulated events with the blinded region 'sr'"
    ):
        check({"sr": 4, "cr": 5, "sr + vr": 1})


def test_regions_derived_from_a_hidden_one_are_hidden():
    regions = {
        "first": {"derived_from": "second"},
        "second": {"derived_from": "sr"},
        "sr": {},
        "cr": {},
    }
    document = {"regions": regions, "blinding": {"regions": "sr"}}
    assert blinded_regions(document) == ["first", "second", "sr"]
    assert blinded_regions({"regions": regions}) == []
    # They have events of other regions, too: these stay there.
    assert blinding_of_data(document) == {
        "regions": ["sr"],
        "derived": ["first", "second"],
        "windows": {},
    }
    hidden = Hidden(regions=("sr",), derived=("cr",))
    assert histogram_mask(hidden, "cr", REGIONS["cr"], OTHER).all()


def test_data_behind_an_estimate_cannot_be_hidden():
    estimate = {"estimate": {"transfer": {"from": "cr", "to": ["sr"], "factor": 1.0}}}
    samples = {
        "data": {"role": "data", "datasets": "data"},
        "fakes": {"role": "background", "datasets": "fakes"} | estimate,
    }
    document = DOCUMENT | {"samples": samples, "datasets": {"data": {}, "fakes": estimate}}
    assert check_blinding(view_of(document | {"blinding": {"regions": ["sr"]}})) == []
    for blinding in ({"regions": ["cr"]}, {"windows": {"mass": [1, 2]}}):
        (problem,) = check_blinding(view_of(document | {"blinding": blinding}))
        assert (
            problem
            == "samples.fakes.estimate: the data of 'cr' are blinded; estimate it from others"
        )


def test_joined_bins_are_hidden_if_one_of_them_is():
    item = from_sums(AXIS, np.ones(6), np.ones(6), {"blinded": "001000"})
    joined = rebinned(item, [0, 2, 8])
    assert notes(joined)["blinded"] == "0100"
    assert noted_mask([joined]).tolist() == [True, False]


def test_only_steps_of_the_data_see_the_blinding():
    document = DOCUMENT | {"blinding": {"regions": ["sr"]}}
    assert select_sections(document, ["hidden"], "data") == {
        "hidden": {"regions": ["sr"], "derived": [], "windows": {}}
    }
    for dataset in ("signal", "dy_low", "top_shower"):
        assert (
            select_sections(document, ["hidden"], dataset)
            == select_sections(DOCUMENT, ["hidden"], dataset)
            == {"hidden": None}
        )


def test_a_skim_that_is_the_hidden_region_is_a_problem():
    document = DOCUMENT | {
        "blinding": {"regions": ["sr"]},
        "skim": {"selection": "m > 1 and q > 0"},
    }
    assert check_blinding(view_of(document | {"skim": {"selection": "m > 0.5"}})) == []
    (problem,) = check_blinding(view_of(document))
    assert "the skim has every cut of 'sr'" in problem


def test_ranges_of_neighboring_bins():
    flags = np.array([True, True, False, True, False, True])
    assert list(blinded_ranges(flags)) == [(0, 2), (3, 4), (5, 6)]
    assert list(blinded_ranges(np.zeros(3, bool))) == []
