"""Bins of the fit: against hist's rebinning, and what is no edge."""

import copy

import hist
import numpy as np
import pytest
from build_workspace import SECTIONS
from support.example.analysis import DOCUMENT

from wollemi.analysis.models.analysis import Region, Variable
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.histogram import axis_of, axis_of_variable, bin_edges, edges_axis, from_sums
from wollemi.loading.all import check_references
from wollemi.loading.load import validate_analysis
from wollemi.model.binning import fit_axis, in_plot_bins, rebinned
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.base.errors import WollemiError

AXIS = axis_of_variable("m", Variable(expression="m", bins=(25, 50, 550), label="m", unit="GeV"))
FIT = np.arange(110.0, 551.0, 40.0).tolist()


def test_as_hist_does_it():
    random = np.random.default_rng(3)
    theirs = hist.Hist(hist.axis.Regular(25, 50, 550), storage=hist.storage.Weight())
    theirs.fill(random.uniform(0, 700, 5000), weight=random.normal(2, 1, 5000))
    view = theirs.view(flow=True)
    ours = rebinned(from_sums(AXIS, view.value, view.variance), FIT)
    expected = theirs[110j :: hist.rebin(2)]  # what the Analysis Grand Challenge does
    assert bin_edges(axis_of(ours)).tolist() == expected.axes[0].edges.tolist() == FIT
    assert ours.values().tolist() == expected.values().tolist()
    assert ours.variances().tolist() == expected.variances().tolist()
    assert ours.values(flow=True).sum() == pytest.approx(view.value.sum(), rel=1e-12)
    assert ours.values(flow=True)[0] == pytest.approx(view.value[:4].sum(), rel=1e-12)


def test_uneven_bins():
    histogram = from_sums(
        edges_axis("m", (0.0, 1.0, 2.0, 4.0)),
        np.array([1.0, 2, 4, 8, 16]),
        np.array([1.0, 1, 1, 1, 1]),
    )
    joined = rebinned(histogram, (0, 2.0000000001))
    assert (
        bin_edges(axis_of(joined)).tolist(),
        joined.values(flow=True).tolist(),
        joined.variances(flow=True).tolist(),
    ) == (
        [0.0, 2.0],
        [1, 6, 24],
        [1, 2, 2],
    )


def test_an_edge_that_is_not_there():
    with pytest.raises(WollemiError, match="histogram m: has no bin edge at 120"):
        rebinned(from_sums(AXIS, np.zeros(27), np.zeros(27)), (110, 120))


def test_without_edges_the_axis_stays():
    assert fit_axis(AXIS, None) is AXIS
    assert bin_edges(fit_axis(AXIS, FIT)).tolist() == FIT


def test_the_workspace_has_the_bins_of_the_fit():
    """A region with its own edges equals one whose histograms have been joined beforehand."""
    axis, random = edges_axis("mass", (0.0, 1.0, 2.0, 4.0)), np.random.default_rng(1)
    names = [
        f"{region}/mass/{v}"
        for region in ("sr", "cr")
        for v in ("nominal", "scale_up", "scale_down", "pdf_up")
    ]

    def histogram():
        values = random.uniform(5, 20, 5)
        return from_sums(axis, values, values * 0.2)

    fine = {dataset: {name: histogram() for name in names} for dataset in DOCUMENT["datasets"]}
    joined = {
        dataset: {
            name: rebinned(item, (1, 4)) if name[:2] == "sr" else item
            for name, item in items.items()
        }
        for dataset, items in fine.items()
    }
    document = copy.deepcopy(DOCUMENT)
    plain = Settings(validate_analysis(document, "x"), SECTIONS)
    document = copy.deepcopy(DOCUMENT)
    document["model"]["fit_edges"] = {"sr": [1, 4]}
    coarse = Settings(validate_analysis(document, "x"), SECTIONS)
    built = WorkspaceBuilder(coarse, fine).build("signal")
    assert built == WorkspaceBuilder(plain, joined).build("signal")
    assert [len(item["data"]) for item in built["observations"]] == [1, 3]


@pytest.mark.parametrize(
    ("edges", "problem"),
    [
        ({"sr": [0, 2]}, None),
        ({"sr": [0, 1.5]}, "model.fit_edges.sr: 1.5 is not an edge of its variable"),
        ({"sr": [2, 1]}, "model.fit_edges.sr: must increase, and be at least two"),
        ({"sr": [2]}, "model.fit_edges.sr: must increase, and be at least two"),
        ({"src": [1, 2]}, "model.fit_edges: 'src' is not a fitted region; did you mean 'sr'?"),
        ({"vr": [1, 2]}, "model.fit_edges: 'vr' is not a fitted region"),
    ],
)
def test_what_is_checked(edges, problem):
    document = copy.deepcopy(DOCUMENT)
    document["model"]["fit_edges"] = edges
    found = check_references(document)
    assert [text[: len(problem)] for text in found] == [problem] if problem else found == []


@pytest.mark.parametrize("bins", [{"bins": [25, 50, 550]}, {"log_bins": [30, 1, 1000]}])
def test_edges_of_regular_bins_are_known(bins):
    document = copy.deepcopy(DOCUMENT)
    document["variables"]["mass"] = {"expression": "m", "label": "m", **bins}
    axis = axis_of_variable("m", Variable(**document["variables"]["mass"]))
    document["model"]["fit_edges"] = {"sr": bin_edges(axis)[[1, 4, -1]].tolist()}
    assert check_references(document) == []


def test_bins_of_plots_are_those_of_a_variable_in_all_regions():
    edges = [float(edge) for edge in bin_edges(AXIS)]
    flat = np.ones(len(edges) + 1)
    noted = {"blinded": "0" * 5 + "1" + "0" * 21}
    plain = from_sums(AXIS, flat, flat, noted)
    found = {"a": {f"{region}/{name}/nominal": plain for region in ("sr", "cr") for name in "mn"}}
    regions = {
        "sr": Region(selection="1 > 0", variable="n", monitor=("m",)),
        "cr": Region(selection="1 > 0", variable="m"),
    }
    made = in_plot_bins(found, regions, {"m": [50.0, 150.0, 550.0]})["a"]
    for region in ("sr", "cr"):
        assert made[f"{region}/m/nominal"].values(flow=True).tolist() == [1, 5, 20, 1]
        # a bin that is blinded in part is blinded
        assert noted_mask([made[f"{region}/m/nominal"]]).tolist() == [True, False]
    assert made["sr/n/nominal"] is plain
    assert in_plot_bins(found, regions, {}) == found
