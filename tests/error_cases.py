"""Mistakes a user can make. Each public function prepares one in the tiny analysis and returns the run that meets it."""

import json
from collections.abc import Callable
from functools import partial
from inspect import isfunction
from pathlib import Path
from typing import Any

import awkward as ak
import check_analysis
import numpy as np
import uproot
from loopback import serving
from steps import RESULTS, build_workspace, fetch, fill, process, read_th1, skim, split
from tiny import ANALYSIS, edit_analysis
from tiny_events import make_events, write_root

Run = Callable[[], int]
WEB_PAGE = "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"
SIMULATION = Path("input/dy_high_0.root")


def _set(*path: str, value: Any) -> None:
    """Set one value of the analysis file."""

    def change(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    edit_analysis(Path.cwd(), change)


def _skim(dataset: str = "dy_high") -> Run:
    assert split(dataset) == 0
    return partial(skim, dataset)


def varied_weight_of_nothing() -> Run:
    _set("systematics", "trigger", "up", value="1 + 0.001 * muon[2].pt")
    assert split("dy_high") == skim("dy_high") == 0
    return partial(fill, "dy_high")


def missing_file() -> Run:
    SIMULATION.unlink()
    return _skim()


def truncated_file() -> Run:
    SIMULATION.write_bytes(SIMULATION.read_bytes()[:-1000])
    return _skim()


def web_page() -> Run:
    SIMULATION.write_text(WEB_PAGE)
    return _skim()


def web_page_as_csv() -> Run:
    Path("input/dy_high.csv").write_text(WEB_PAGE)
    _set("datasets", "dy_high", "files", value=["input/dy_high.csv"])
    return _skim()


def other_file() -> Run:
    SIMULATION.write_text("pt,eta\n1,2\n")
    return _skim()


def wrong_tree() -> Run:
    _set("datasets", "dy_high", "tree", value="Event")
    return _skim()


def no_tree() -> Run:
    """A file of histograms among those of events."""
    with uproot.recreate(SIMULATION) as file:
        file["mass"] = np.histogram(np.ones(3), bins=3)
    return _skim()


def no_keys() -> Run:
    """The job that wrote the file was killed before it wrote the list of its objects."""
    uproot.recreate(SIMULATION).close()
    return _skim()


def missing_branch() -> Run:
    _set("datasets", "dy_high", "weight", value="genWeigth")
    return _skim()


def unknown_name() -> Run:
    _set("regions", "search", "selection", value="dimuon_mas > 150")
    return _skim()


def unknown_field() -> Run:
    _set("regions", "search", "selection", value="muon[0].chrage > 0")
    return _skim()


def list_as_selection() -> Run:
    _set("skim", "selection", value="muon.pt > 30")
    return _skim()


def list_as_variable() -> Run:
    _set("variables", "mt", "expression", value="muon.pt")
    assert _skim()() == 0
    return partial(fill, "dy_high")


def nan_weight() -> Run:
    events = make_events("dy_high", np.random.default_rng(3), 20)
    events["genWeight"][[7, 9]] = np.nan
    write_root(SIMULATION, events)
    return _skim()


def empty_data() -> Run:
    write_root(Path("input/data.root"), make_events("dy_high", np.random.default_rng(3), 0, simulated=False))
    _set("datasets", "data", "files", value=["input/data.root"])
    return _skim("data")


def missing_hook() -> Run:
    hooks = Path(ANALYSIS).with_name("hooks.py")
    hooks.write_text(hooks.read_text().replace("transverse_mass", "transverse_momentum"))
    return _skim()


def missing_hooks_file() -> Run:
    return partial(_skim(), hooks=())


def unreachable_url() -> Run:
    return partial(fetch, mirrors=())


def wrong_checksum() -> Run:
    expected = {"size": 5, "sha256": "1" * 64}

    def run() -> int:
        with serving([(200, WEB_PAGE.encode())]) as url:
            _set("datasets", "data", "files", value=[expected | {"url": url}])
            return fetch(mirrors=())

    return run


def missing_histogram() -> Run:
    _set("datasets", "signal_300", "histograms", "search", value=["search/mass_serch"])
    return read_th1


def other_bins() -> Run:
    _set("variables", "mass_search", "bins", value=[20, 150, 400])
    return read_th1


def _processed() -> None:
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        process(dataset)
    assert read_th1() == 0


def _empty(datasets: tuple[str, ...], bins: slice) -> None:
    """Take the events out of bins (underflow is bin 0) of the signal region."""
    for dataset in datasets:
        path = Path(f"{RESULTS}/histograms/{dataset}.json")
        content = json.loads(path.read_text())
        for name, histogram in content.items():
            if name.startswith("search/mass"):
                values = histogram["storage"]["values"]
                values[bins] = [0.0] * len(values[bins])
        path.write_text(json.dumps(content))


def region_without_background() -> Run:
    _processed()
    _empty(("dy_low", "dy_high"), slice(None))
    return build_workspace


def data_without_expectation() -> Run:
    _processed()
    _empty(("dy_low", "dy_high", "signal_200", "signal_300"), slice(3, 5))
    return build_workspace


def vanishing_variation() -> Run:
    _processed()
    _empty(("dy_alternative",), slice(None))
    return build_workspace


def _check() -> int:
    return check_analysis.main([ANALYSIS])


def missing_analysis() -> Run:
    return partial(check_analysis.main, ["config/analyses/tinny/analysis.yaml"])


def unknown_sample() -> Run:
    _set("systematics", "luminosity", "samples", value=["signal_20"])
    return _check


def duplicate_key() -> Run:
    path = Path(ANALYSIS)
    path.write_text("title: one\n" + path.read_text())
    return _check


def no_yaml() -> Run:
    Path(ANALYSIS).write_text("name: tiny\n  title: [A tiny search\n")
    return _check


def several_problems() -> Run:
    _set("skim", "selektion", value="1 > 0")
    _set("luminosity_ifb", value=-1)
    _set("regions", "search", "role", value="signals")
    _set("regions", "peak", value={"selection": "1 > 0"})
    _set("systematics", "trigger", value={"kind": "weight", "up": "1.1", "samples": ["dy"]})
    _set("datasets", "data", "files", value=[{"url": "ftp://127.0.0.1/data.root", "size": 1}])
    return _check


def several_names() -> Run:
    _set("samples", "dy", "datasets", value=["dy_lo", "dy_high"])
    _set("regions", "search", "variable", value="mass")
    _set("regions", "peak", "selection", value="cout(muon) > 1")
    _set("datasets", "dy_high", value={"files": ["input/dy_high_0.root"], "tree": "Events"})
    return _check


def object_circle() -> Run:
    _set("objects", "muon", "away_from", value={"pair": 0.4})
    _set("objects", "pair", value={"combine": ["muon", "muon"]})
    return _check


def object_shapes() -> Run:
    _set("objects", "nothing", value={"cuts": "pt > 20"})
    _set("objects", "both", value={"collection": "Jet", "select": "muon", "near": {"muno": 0.4}})
    _set("objects", "one", value={"combine": ["muon", "muno"], "mass_gev": 1, "fields": {"mass": "1"}, "order": "pt +"})
    _set("objects", "mixture", value={"combine": ["muon", "both", "muon"]})
    _set("objects", "lepton", value={"select": "muon", "fields": {"a": "b + 1", "b": "charge"}})
    return _check


def object_names() -> Run:
    """What can only be checked when the objects themselves are in order."""
    _set("objects", "pair", value={"combine": ["muon", "muon"], "cuts": "first.charge != second.charge and masss > 5"})
    _set("objects", "either", value={"union": ["muon", "pair"]})
    _set("regions", "search", "selection", value="pair[0].third.pt > 5 and pair[0].chrage == 0 and muon[0].first.pt > 2")
    _set("regions", "peak", "selection", value="(muon[0] + muon[1]).charge == 0")
    _set("skim", "selection", value="mt(muon[0].pt, MET_pt) > 3")
    _set("columns", "mt", "uses", value=["muno.pt", "MET_pt", "MET_phi"])
    _set("systematics", "muon_scale", "object", value="pair")
    _set("variables", "mass_search", value={"expression": "muon.pt", "per": "object", "bins": [10, 0, 100], "label": "p"})
    return _check


def unknown_leg_field() -> Run:
    _set("objects", "pair", value={"combine": ["muon", "muon"]})
    _set("regions", "search", "selection", value="pair[0].first.chrage > 0")
    return _skim()


def too_many_combinations() -> Run:
    _set("objects", "four", value={"combine": ["muon"] * 4})
    _set("skim", "selection", value="count(four) > 0")
    events = make_events("dy_high", np.random.default_rng(3), 2)
    events["Muon"] = ak.concatenate([events["Muon"][:, :1]] * 100, axis=1)
    write_root(SIMULATION, events)
    return _skim()


def too_many_entries() -> Run:
    _set("variables", "mt", "per", value="object")
    assert _skim()() == 0
    return partial(fill, "dy_high")


CASES: dict[str, Callable[[], Run]] = {
    name: item for name, item in list(vars().items()) if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
