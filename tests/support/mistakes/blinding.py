"""Mistakes with blinding."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction

from support.tiny.analysis import NO_STATISTICS
from support.tiny.mistakes import Run, check_run, set_value
from support.tiny.steps import RESULTS, fill, merge, process, run_step, skim


def blinding_names() -> Run:
    set_value(
        "blinding",
        value={"regions": ["serch", "peak"], "windows": {"mas_peak": [80, 100], "mt": [20, 10]}},
    )
    set_value(
        "skim", "selection", value="count(muon) == 2 and muon[0].pt > 30 and 60 < dimuon_mass < 120"
    )
    return check_run


def blinding_of_nothing() -> Run:
    set_value("blinding", value={})
    set_value("samples", "data", "role", value="background")
    set_value("datasets", "data", "normalization", value="none")
    return check_run


def blinding_of_a_shared_region() -> Run:
    """A validation region that contains the hidden one."""
    set_value("datasets", "data", value={"files": ["mirror/data.root"]})
    set_value(
        "regions",
        "high",
        value={"selection": "dimuon_mass > 130", "variable": "mt", "role": "validation"},
    )
    set_value("blinding", value={"regions": ["search"]})
    for section, value in NO_STATISTICS.items():
        set_value(section, value=value)
    samples = {
        "data": {"role": "data", "datasets": "data"},
        "dy": {"role": "background", "datasets": "dy_high"},
    }
    set_value("samples", value=samples)
    process("dy_high")
    assert [skim("data"), fill("data"), merge("data")] == [0, 0, 0]
    histograms = [f"{RESULTS}/histograms/{name}.json" for name in ("data", "dy_high")]
    names = ("search_mass_search", "search_mt", "peak_mass_peak", "high_mt")
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names]
        for suffix in ("pdf", "png", "json")
    }
    return partial(
        run_step,
        "plot_regions",
        histograms=histograms,
        record=f"{RESULTS}/records/plot_regions.json",
        **outputs,
    )


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
