"""Nothing that is blinded leaks: whole runs whose data differ only in what is blinded have the same
products, byte for byte.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from support.products.blinded_runs import BLINDING, data_sets, finish, simulate
from support.project.paths import ROOT
from support.tiny.analysis import make_analysis
from support.tiny.steps import RESULTS

HIDDEN = {"first": 3257, "second": 3019}  # numbers of blinded events that stand nowhere else
# What holds the events by its nature, or digests of it.
OF_THE_EVENTS = {
    "input/data.root",
    f"{RESULTS}/events/data/0.parquet",
    f"{RESULTS}/cutflow/data/skim_0.json",
    f"{RESULTS}/identifiers/data/0.parquet",
    f"{RESULTS}/records/skim_events/data_0.json",
    f"{RESULTS}/records/fill_histograms/data_0.json",
    f"{RESULTS}/records/merge_parts/data.json",
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory, inputs):
    """Folders of whole runs: (blinded or not, name of the data) → folder."""
    base, found = tmp_path_factory.mktemp("simulated") / "tiny", {}
    with pytest.MonkeyPatch.context() as patch:
        make_analysis(base, inputs)
        shutil.copytree(ROOT / "workflow/report", base / "report")
        patch.chdir(base)
        simulate(base)
        for name, data in data_sets(HIDDEN).items():
            for blinded in (True, False):
                folder = Path(shutil.copytree(base, tmp_path_factory.mktemp(name) / "tiny"))
                patch.chdir(folder)
                finish(data, BLINDING if blinded else None)
                found[blinded, name] = folder
    return found


def contents(folder):
    """Every file but the machine code that is kept, logs without the lines of time and memory."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    files = {str(path.relative_to(folder)): path for path in found if ".wollemi" not in path.parts}
    timing = re.compile(rb"^.*s wall, .*$", re.MULTILINE)
    return {
        name: timing.sub(b"", path.read_bytes()) if name.endswith(".log") else path.read_bytes()
        for name, path in files.items()
    }


def differing(runs, blinded):
    first, second = (contents(runs[blinded, name]) for name in HIDDEN)
    assert first.keys() == second.keys()
    return {name for name in first if first[name] != second[name]}


def test_products_do_not_depend_on_what_is_blinded(runs):
    assert differing(runs, True) == OF_THE_EVENTS


def test_without_blinding_they_do(runs):
    """So that the test above can fail."""
    names = """cutflow/data.json histograms/data.json workspaces/signal_200.json fit.json limits.json significances.json
    summary.json index.html logs/compute_limits.log plots/search_mass_search.json plots/search_mt.png plots/peak_mass_peak.pdf
    plots/pulls.png plots/postfit_search.json plots/limits.pdf records/build_workspace.json
    intervals.json intervals/0.json plots/interval_mu_signal_200.json tables/intervals.csv toy_fits.json toy_fits/1.json plots/toys_signal_200.png tables/toy_fits.md
    region_limits.json discovery.json plots/discovery.json tables/discovery.csv tables/region_limits.tex predictions.json
    ranking.json scans.json goodness.json goodness/1.json uncertainties.json plots/uncertainties_signal_200.json tables/uncertainties.csv plots/goodness.json tables/goodness.md plots/scan_plane_signal_200.json tables/scans.csv plots/ranking_signal_200.json likelihood/BkgOnly.json likelihood/cls.json likelihood/README.md
    tables/selected.csv tables/yields.md tables/limits.tex tables/cutflow_peak.csv"""  # noqa: E501
    assert {f"{RESULTS}/{name}" for name in names.split()} <= differing(runs, False)


def test_templates_are_looked_at_without_data(runs):
    assert f"{RESULTS}/lint.json" in contents(runs[False, "first"])
    assert f"{RESULTS}/lint.json" not in differing(runs, False)


def test_an_extrapolation_knows_no_data(runs):
    assert f"{RESULTS}/extrapolation.json" in contents(runs[False, "first"])
    assert f"{RESULTS}/extrapolation.json" not in differing(runs, False)


@pytest.mark.parametrize("name", HIDDEN)
def test_the_number_of_blinded_events_stands_nowhere(runs, name):
    number = re.compile(
        rb"(?<![\w.])" + f"{HIDDEN[name]:,}".replace(",", ",?").encode() + rb"(?!\w)"
    )
    text = {
        path: content
        for path, content in contents(runs[True, name]).items()
        if re.search(r"\.(json|html|log|yaml|md|csv|tex)$", path)
    }
    assert len(text) > 60
    assert [path for path, content in text.items() if number.search(content)] == []


def read(folder, name):
    return json.loads((folder / RESULTS / name).read_text(encoding="utf-8"))


@pytest.fixture
def blinded(runs):
    return runs[True, "first"]


def test_hidden_bins_are_empty_and_noted(blinded, runs):
    hidden, shown = (
        read(folder, "histograms/data.json") for folder in (blinded, runs[False, "first"])
    )
    for name in ("search/mass_search/nominal", "search/mt/nominal"):
        assert hidden[name]["metadata"]["blinded"] == "1" * len(hidden[name]["storage"]["values"])
        assert set(hidden[name]["storage"]["values"]) == {0.0}
    peak = hidden["peak/mass_peak/nominal"]
    assert peak["metadata"]["blinded"] == "000001110000"  # 84–102 GeV: whole bins
    visible = [
        0.0 if flag == "1" else value
        for flag, value in zip("000001110000", values(shown), strict=True)
    ]
    assert values(hidden) == visible
    assert sum(visible) > 0


def values(histograms):
    return histograms["peak/mass_peak/nominal"]["storage"]["values"]


def test_counts_of_the_data(blinded):
    cutflow = read(blinded, "cutflow/data.json")
    assert all(
        line["events"] is None and line["sum_of_weights"] is None
        for line in cutflow["regions"]["search"]
    )
    *before, last = cutflow["regions"]["peak"]
    assert all(line["events"] is None for line in before)
    assert last["events"] == sum(values(read(blinded, "histograms/data.json")))
    assert [line["events"] for line in cutflow["skim"][1:]] == [None] * (len(cutflow["skim"]) - 1)
    account = cutflow["account"]
    assert account["selected"] == {"peak": last["events"]}
    assert account["entries"] == sum(account["unselected"].values()) + last["events"]
    assert set(account["unselected"]) == {
        "not read, in a preview",
        "rejected by the skim, in no region, or blinded",
    }


def test_the_model_has_the_expected_background_there(blinded):
    workspace = read(blinded, "workspaces/signal_200.json")
    assert workspace["measurements"][0]["name"] == "tiny [BLINDED]"
    channels = {channel["name"]: channel["samples"] for channel in workspace["channels"]}
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    (search,) = [sample["data"] for sample in channels["search"] if sample["name"] == "dy"]
    assert observed["search"] == pytest.approx(search, rel=1e-12)
    (peak,) = [sample["data"] for sample in channels["peak"] if sample["name"] == "dy"]
    data = values(read(blinded, "histograms/data.json"))[1:-1]  # from 60 GeV, each 6 GeV wide
    assert observed["peak"] == pytest.approx(
        [data[1] + data[2], peak[1], peak[2], data[7] + data[8] + data[9]], rel=1e-12
    )


def test_nothing_is_called_observed(blinded):
    for item in read(blinded, "limits.json")["limits"].values():
        assert item["observed"] is item["observed_pb"] is item["curve"]["observed"] is None
        assert len(item["expected"]) == 5
    assert read(blinded, "limits.json")["exclusion"]["observed"] is None
    assert {tuple(item) for item in read(blinded, "likelihood/cls.json")["signals"].values()} == {
        ("asimov", "expected")
    }
    assert "CLs of Asimov data" in (blinded / RESULTS / "likelihood/README.md").read_text(
        encoding="utf-8"
    )
    assert {
        item["observed"] for item in read(blinded, "significances.json")["significances"].values()
    } == {None}
    summary = read(blinded, "summary.json")
    assert summary["marks"] == ["BLINDED"]
    assert all("[BLINDED]" in line for line in summary["headline"][:-1])
    assert {table["observed"] for table in summary["yields"].values()} == {None}
    assert all(item["strength"]["value"] is None for item in summary["results"].values())
    assert not any(re.search(r"observed \d", line) for line in summary["lines"])
    page = (blinded / RESULTS / "index.html").read_text(encoding="utf-8")
    assert "BLINDED: some of the data are hidden" in page


def test_plots_say_so_and_show_no_data_there(blinded):
    for path in (blinded / RESULTS / "plots").glob("*.json"):
        assert "BLINDED" in json.loads(path.read_text())["marks"], path.name
    assert set(read(blinded, "plots/search_mt.json")["data"]["events"]) == {None}
    drawn = read(blinded, "plots/postfit_peak.json")["data"]
    assert (
        [value is None for value in drawn["events"]]
        == drawn["blinded"]
        == [False, True, True, False]
    )
    drawn = read(blinded, "plots/peak_mass_peak.json")["data"]
    assert (
        [value is None for value in drawn["events"]]
        == drawn["blinded"]
        == [i in (4, 5, 6) for i in range(10)]
    )
    assert read(blinded, "plots/limits.json")["observed"] is None
