"""TRExFitter's test configurations, imported and run, against its own reference fits."""

import re
import shutil
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from check_analysis import main as check
from support.products.imported_fits import import_tiny, workspace_of_tiny
from support.project.paths import clone, needs_clone
from support.tiny.analysis import ANALYSIS

from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.likelihood import Likelihood

REPOSITORY = "liboyang0112/TRExFitter"
EXAMPLES = clone(REPOSITORY) / "test"
# Our Gaussian constraints of the statistics, and yield and shape mirrored separately.
TOLERANCE = 0.04  # of the error
POI = "mu_XS_ttH"

pytestmark = needs_clone(REPOSITORY)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reference(name):
    """Parameter → estimate, upper and lower error, of its own fit."""
    path = EXAMPLES / f"reference/{name}/Fits/{name}.txt"
    lines = path.read_text().splitlines()
    rows = [line.split() for line in lines[1 : lines.index("")]]
    return {row[0]: tuple(map(float, row[1:])) for row in rows}


def renamed(name):
    return re.sub(r"staterror_(\w+)\[(\d+)\]", r"gamma_stat_\1_bin_\2", name)


def fitted(workspace):
    """Parameter → estimate and error, with TRExFitter's names, and the likelihood."""
    likelihood = Likelihood.from_workspace(workspace)
    best = fit(likelihood)
    assert best.status.converged
    pairs = zip(best.values, best.errors, strict=True)
    found = dict(zip(map(renamed, likelihood.index), pairs, strict=True))
    return found, likelihood, best


def same_fits(found, expected, record_property):
    """Check that estimates agree to a fraction of their errors."""
    assert found.keys() == expected.keys()
    differences = {name: (found[name][0] - row[0]) / row[1] for name, row in expected.items()}
    record_property("differences", {name: float(value) for name, value in differences.items()})
    assert {name: d for name, d in differences.items() if abs(d) > TOLERANCE} == {}


def test_histograms(folder, record_property):
    _, found = import_tiny(EXAMPLES / "configs/FitExample.config")
    assert check([ANALYSIS]) == 0
    parameters, _likelihood, _best = fitted(workspace_of_tiny())
    same_fits(parameters, reference("FitExample"), record_property)
    assert [line.partition(":")[0] for line in found.unsaid] == [
        "Job, MCstatConstraint POISSON",
        "Symmetrisation",
        "Fit 'myFit', doLHscan 'SigXsecOverSM'",
    ]


def test_statistics_alone(folder):
    """StatOnly: one parameter, with its MINOS error at the bound."""
    import_tiny(EXAMPLES / "configs/FitExampleStatOnly.config")
    _, likelihood, best = fitted(workspace_of_tiny())
    assert list(likelihood.index) == ["SigXsecOverSM"]
    ((estimate, upper, _),) = reference("FitExampleStatOnly").values()
    assert best.values[0] == pytest.approx(estimate, abs=1e-6)
    errors = minos(likelihood, best, ["SigXsecOverSM"])["SigXsecOverSM"]
    assert errors.upper == pytest.approx(upper, rel=1e-3)


def write_data(folder):
    """The files of events; those that are the data of the example have a file of their own, since
    events cannot be both data and simulation here.
    """
    folder.mkdir()
    source = EXAMPLES / "inputs/Ntuple"
    for path in source.glob("*.root"):
        shutil.copy(path, folder)
    names = ["nJets", "HT_all", "TTHClassBDTOutput_2017paper", "weight_normalise", "weight_mc"]
    events = ak.concatenate(
        [uproot.open(source / f"{name}.root")["nominal_Loose"].arrays(names)
         for name in ("tt_aMCNloP8", "ttH_PP8")]
    )  # fmt: skip
    early = (events.weight_normalise < 1e-7) & (events.weight_mc >= 1355.5)
    late = (events.weight_normalise > 1e-7) & (events.HT_all > 1_500_000)
    columns = {name: np.asarray(events[early | late][name]) for name in names}
    with uproot.recreate(folder / "data.root") as file:
        file.mktree("nominal_Loose", {name: values.dtype for name, values in columns.items()})
        file["nominal_Loose"].extend(columns)


def chosen_edges():
    """Bin edges that TRExFitter's TransfoD has chosen, from its log."""
    log = (EXAMPLES / "logs/FitExampleNtuple/LOG_NTUPLE_n").read_text(errors="replace")
    line = log.split("Your final binning from automatic binning function is:")[1].splitlines()[1]
    return [float(number) for number in re.findall(r"(-?\d+\.\d+) - ", line)]


def test_events_of_tth(folder, record_property):
    """Yields to the digits of its table, and the fit of ttH with its six systematics."""
    write_data(folder / "ntuples")
    text = (EXAMPLES / "configs/FitExampleNtuple.config").read_text()
    text = text.replace("test/inputs/Ntuple", "ntuples")
    text = text.replace('NtupleFiles: "tt_aMCNloP8","ttH_PP8"', 'NtupleFiles: "data"')
    Path("tth.config").write_text(text)
    edges = f"edges: {chosen_edges()}"
    _, found = import_tiny(
        Path("tth.config"), lambda made: made.replace("bins: [20, -1, 1]", edges)
    )
    assert any("AutoBin" in line for line in found.unsaid)
    assert check([ANALYSIS]) == 0
    workspace = workspace_of_tiny()
    yields = {
        (channel["name"], sample["name"]): sum(sample["data"])
        for channel in workspace["channels"]
        for sample in channel["samples"]
    }
    table = (EXAMPLES / "reference/FitExampleNtuple/Tables/Yields.txt").read_text().splitlines()
    regions = ("ljets_5j3b_HT", "ljets_6j4b_BDT")
    for row, sample in zip(table[1:5], ("ttlight", "ttc", "ttb", "ttH"), strict=True):
        numbers = [float(cell.split()[0]) for cell in row.split("|")[2:4]]
        assert [yields[region, sample] for region in regions] == pytest.approx(numbers, rel=1e-5)
    assert {item["name"]: sum(item["data"]) for item in workspace["observations"]} == {
        "ljets_5j3b_HT": 963,
        "ljets_6j4b_BDT": 1042,
    }
    parameters, likelihood, best = fitted(workspace)
    expected = reference("FitExampleNtuple")
    same_fits(parameters, expected, record_property)
    errors = minos(likelihood, best, [POI])[POI]
    _, upper, lower = expected[POI]
    assert (errors.upper, errors.lower) == pytest.approx((upper, lower), rel=0.02)
