"""Mistakes a user can make. Each public function prepares one in the tiny analysis and returns the
run that meets it.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import check_analysis
import fetch_dataset
import numpy as np
import uproot
import yaml

from support.services.loopback import serving
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import Run, check_run, set_value, skim_run
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, build_workspace, fetch, fill, read_th1, skim
from wollemi.loading.load import load_analysis

WEB_PAGE = "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"
SIMULATION = Path("input/dy_high_0.root")


def varied_weight_of_nothing() -> Run:
    set_value("systematics", "trigger", "up", value="1 + 0.001 * muon[2].pt")
    assert skim("dy_high") == 0
    return partial(fill, "dy_high")


def whole_weight_as_variation() -> Run:
    """A weight with one factor varied, where the factor alone is expected."""
    set_value(
        "systematics",
        "pileup",
        "up",
        value="6000 * genWeight * (1 + 0.01 * (Pileup_nTrueInt - 20))",
    )
    assert skim("dy_high") == 0
    return partial(fill, "dy_high")


def branches_to_keep_that_no_file_has() -> Run:
    set_value("skim", "keep", value=["Pileup_nTruInt", "muon.charge", "muon.dxy"])
    Path("config/config.yaml").write_text("mirrors: mirror\n")
    return check_run


def missing_file() -> Run:
    SIMULATION.unlink()
    return skim_run()


def truncated_file() -> Run:
    SIMULATION.write_bytes(SIMULATION.read_bytes()[:-1000])
    return skim_run()


def web_page() -> Run:
    SIMULATION.write_text(WEB_PAGE)
    return skim_run()


def web_page_as_csv() -> Run:
    Path("input/dy_high.csv").write_text(WEB_PAGE)
    set_value("datasets", "dy_high", "files", value=["input/dy_high.csv"])
    return skim_run()


def other_file() -> Run:
    SIMULATION.write_text("pt,eta\n1,2\n")
    return skim_run()


def wrong_tree() -> Run:
    set_value("datasets", "dy_high", "tree", value="Event")
    return skim_run()


def no_tree() -> Run:
    """A file of histograms among those of events."""
    with uproot.recreate(SIMULATION) as file:
        file["mass"] = np.histogram(np.ones(3), bins=3)
    return skim_run()


def no_keys() -> Run:
    """The job that wrote the file was killed before it wrote the list of its objects."""
    uproot.recreate(SIMULATION).close()
    return skim_run()


def missing_branch() -> Run:
    set_value("datasets", "dy_high", "weight", value="genWeigth")
    return skim_run()


def _unstated() -> None:
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["dy_high"].pop("weight"))


def weight_that_is_not_stated() -> Run:
    _unstated()
    return check_run


def run_without_a_stated_weight() -> Run:
    _unstated()
    return skim_run()


def unknown_name() -> Run:
    set_value("regions", "search", "selection", value="dimuon_mas > 150")
    return skim_run()


def unknown_field() -> Run:
    set_value("regions", "search", "selection", value="muon[0].chrage > 0")
    return skim_run()


def list_as_selection() -> Run:
    set_value("skim", "selection", value="muon.pt > 30")
    return skim_run()


def list_as_variable() -> Run:
    set_value("variables", "mt", "expression", value="muon.pt")
    assert skim_run()() == 0
    return partial(fill, "dy_high")


def nan_weight() -> Run:
    events = make_events("dy_high", np.random.default_rng(3), 20)
    events["genWeight"][[7, 9]] = np.nan
    write_root(SIMULATION, events)
    return skim_run()


def empty_data() -> Run:
    write_root(
        Path("input/data.root"),
        make_events("dy_high", np.random.default_rng(3), 0, simulated=False),
    )
    set_value("datasets", "data", "files", value=["input/data.root"])
    return skim_run("data")


def missing_hook() -> Run:
    hooks = Path(ANALYSIS).with_name("hooks.py")
    hooks.write_text(hooks.read_text().replace("transverse_mass", "transverse_momentum"))
    return skim_run()


def _fill_with_hook(line: str) -> Run:
    """The histograms of a dataset, where the hook of the column `mt` does something more."""
    assert skim("dy_high") == 0
    hooks = Path(ANALYSIS).with_name("hooks.py")
    text = hooks.read_text().replace("    x, y =", f"    {line}\n    x, y =")
    hooks.write_text(text.replace("import numpy", "import os, time\nimport numpy"))
    return partial(fill, "dy_high")


def hook_that_reads_a_file() -> Run:
    Path("shift.txt").write_text("1.02")
    return _fill_with_hook("MET_pt = MET_pt * np.loadtxt('shift.txt')")


def hook_that_reads_the_clock_at_the_check() -> Run:
    hooks = Path(ANALYSIS).with_name("hooks.py")
    hooks.write_text(
        hooks.read_text() + "\nfrom datetime import datetime\n\nNOW = datetime.now()\n"
    )
    return check_run


def edited_during_the_run() -> Run:
    """Another file of data than the one that the run was planned with."""
    digests = load_analysis(Path(ANALYSIS), fetch_dataset.SECTIONS, "data").digests
    planned = " ".join(f"{section}={digest}" for section, digest in digests.items())
    files = yaml.safe_load(Path(ANALYSIS).read_text())["datasets"]["data"]["files"]
    assert fetch(planned=planned) == 0
    set_value("plots", "experiment", value="Another color is no part of it")
    assert fetch(planned=planned) == 0
    set_value("datasets", "data", "files", value=[files[0] | {"size": 5}])
    return partial(fetch, planned=planned)


def wrong_checksum() -> Run:
    expected = {"size": 5, "sha256": "1" * 64}

    def run() -> int:
        with serving([(200, WEB_PAGE.encode())]) as url:
            set_value("datasets", "data", "files", value=[expected | {"url": url}])
            return fetch(mirrors=())

    return run


def missing_histogram() -> Run:
    set_value("datasets", "signal_300", "histograms", "search", value=["search/mass_serch"])
    return read_th1


def other_bins() -> Run:
    set_value("variables", "mass_search", "bins", value=[20, 150, 400])
    return read_th1


def _processed() -> None:
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    assert read_th1() == 0


def _empty(datasets: tuple[str, ...], bins: slice, left: float = 0.0) -> None:
    """Leave a share of the events, none by default, in bins (underflow is bin 0) of the signal
    region.
    """
    for dataset in datasets:
        path = Path(f"{RESULTS}/histograms/{dataset}.json")
        content = json.loads(path.read_text())
        for name, histogram in content.items():
            if name.startswith("search/mass"):
                values = histogram["storage"]["values"]
                values[bins] = [left * value for value in values[bins]]
        path.write_text(json.dumps(content))


def region_without_background() -> Run:
    _processed()
    _empty(("dy_low", "dy_high"), slice(None))
    return build_workspace


def signal_outside_of_the_bins() -> Run:
    """Bins of the fit that begin above the mass of a signal."""
    _processed()
    set_value("model", "fit_edges", value={"search": [250, 300, 400]})
    return build_workspace


def data_without_expectation() -> Run:
    _processed()
    _empty(("dy_low", "dy_high", "signal_200", "signal_300"), slice(3, 5))
    return build_workspace


def negative_backgrounds_kept() -> Run:
    """In two bins, all variations alike."""
    _processed()
    set_value("model", "floor_negative_bins", value="keep")
    _empty(("dy_low", "dy_high"), slice(3, 5), left=-0.5)
    return build_workspace


def vanishing_variation() -> Run:
    _processed()
    _empty(("dy_alternative",), slice(None))
    return build_workspace


def duplicate_key() -> Run:
    path = Path(ANALYSIS)
    path.write_text("title: one\n" + path.read_text())
    return check_run


def no_yaml() -> Run:
    Path(ANALYSIS).write_text("name: tiny\n  title: [A tiny search\n")
    return check_run


def equal_keys() -> Run:
    path = Path(ANALYSIS)
    path.write_text(path.read_text() + 'checks: {ranges: {"2012": [0, 1], 2012: [0, 2]}}\n')
    return check_run


def alias_bomb() -> Run:
    path = Path(ANALYSIS)
    lines = [
        f"description{new}: &d{new} [{', '.join([f'*d{new - 1}'] * 9)}]\n" for new in range(1, 30)
    ]
    path.write_text(f"{path.read_text()}description0: &d0 [x]\n{''.join(lines)}")
    return check_run


def open_doors() -> Run:
    set_value("datasets", "../../../x", value={"files": ["input/dy_high_0.root"]})
    set_value("center_of_mass_tev", value=8000)
    set_value(
        "variables", "mt", value={"expression": "mt", "bins": [1_000_000_000, 0, 1], "label": "m"}
    )
    set_value("systematics", "luminosity", "up", value={})
    set_value("samples", "dy", "datasets", value=["dy_low", "dy_low"])
    return check_run


def tower_of_powers() -> Run:
    set_value("regions", "peak", "selection", value="count(muon) == 9**9**9")
    set_value("skim", "selection", value=" + ".join(["MET_pt"] * 1000))
    set_value("datasets", "data", "weight", value="genWeight")
    return check_run


SHORT: dict[str, Callable[[], Run]] = {
    "missing_hooks_file": lambda: partial(skim_run(), hooks=()),
    "hook_that_asks_a_server": lambda: _fill_with_hook(
        "from urllib.request import urlopen; urlopen('http://127.0.0.1:9/shift.txt')"
    ),
    "hook_that_reads_clock_and_environment": lambda: _fill_with_hook(
        "MET_pt = np.random.normal(size=3) if time.time() < float(os.environ['END']) else MET_pt"
    ),
    "unreachable_url": lambda: partial(fetch, mirrors=()),
    "missing_analysis": lambda: partial(
        check_analysis.main, ["config/analyses/tinny/analysis.yaml"]
    ),
}
