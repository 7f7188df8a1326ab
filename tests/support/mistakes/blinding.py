"""Mistakes with blinding."""

from functools import partial

from support.tiny.analysis import NO_STATISTICS
from support.tiny.mistakes import Run, set_value
from support.tiny.steps import RESULTS, fill, merge, process, run_step, skim


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
