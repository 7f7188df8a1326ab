"""Mistakes with systematics and backgrounds from data."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction
from pathlib import Path

import numpy as np

from support.products.background_toys import (
    TRANSFER,
    document,
    estimate_background,
    make_histograms,
    write_inputs,
)
from support.tiny.mistakes import Run, check_run, set_value
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, build_workspace, lint_templates, read_th1, run_step
from wollemi.histograms.histogram import scaled

NO_EFFECT = {"kind": "normalization", "up": 1.0, "down": 1.0, "samples": ["dy"]}


def factor_in_per_cent() -> Run:
    """Of 2 %."""
    rate = {"kind": "normalization", "up": 2.0, "down": 0.98, "samples": ["dy"]}
    set_value("systematics", "rate", value=rate)
    return check_run


def correlations() -> Run:
    rate = {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": ["dy"]}
    set_value("systematics", "rate_{eras}", value=rate)
    set_value("systematics", "rate_{era}", value=rate)
    set_value("systematics", "rate_{sample}", value=rate)
    set_value("systematics", "rate_dy", value=rate | {"eras": [2012], "regions": "serch"})
    return check_run


def cross_sections_of_eras() -> Run:
    """A limit in pb is on one cross section, which eras at two energies have not."""
    set_value("center_of_mass_tev", value=[7, 8])
    set_value("luminosity_ifb", value={2011: 0.05, 2012: 0.05})
    for dataset in ("dy_low", "dy_high", "dy_alternative", "signal_200", "signal_300"):
        set_value("datasets", dataset, "era", value=2012)
    early = {
        "files": ["input/dy_alternative_0.root"],
        "tree": "Events",
        "era": 2011,
        "weight": "genWeight",
        "cross_section_pb": 0.8,
    }
    set_value("datasets", "signal_early", value=early)
    set_value("samples", "signal_200", "datasets", value=["signal_200", "signal_early"])
    return check_run


def templates_to_plot() -> Run:
    """Data are not varied, and names are those of the analysis."""
    asked = {"systematics": ["pile_up"], "regions": "serch", "samples": ["data"]}
    set_value("plots", "templates", value=asked)
    return check_run


def plots_by_choice() -> Run:
    """Names are those of the analysis, groups do not overlap, bins are joined, not divided."""
    groups = {
        "other": {"samples": ["dy", "dyy"]},
        "signal_200": {"samples": ["dy", "signal_300"]},
    }
    set_value("plots", "groups", value=groups)
    set_value("plots", "signal_to_background", value="signal_20")
    set_value("plots", "shapes", value={"regions": "serch", "samples": ["data"]})
    set_value("plots", "edges", value={"mt": [0, 15, 50], "mass": [0, 1]})
    return check_run


def unit_of_limits() -> Run:
    set_value("plots", "limit_y", value={"label": "σ(X → µµ) [fb]"})
    return check_run


def region_groups() -> Run:
    """A name that is none, that of a region, no variable in common, other bins in the fit, and a
    region without one of its cuts.
    """
    more = {"selection": "dimuon_mass > 200", "variable": "mass_search", "role": "validation"}
    set_value("regions", "more", value=more)
    cuts = {"muons": "count(muon) == 2", "mass": "60 < dimuon_mass < 120"}
    peak = {"selection": cuts, "variable": "mass_peak", "n_minus_one": {"mass": "mass_peak"}}
    set_value("regions", "peak", value=peak)
    set_value("model", "fit_edges", value={"more": [150, 275, 400]})
    groups = {
        "both": ["search", "peak"],
        "wide": ["search", "more"],
        "peak": ["serch"],
        "loose": ["peak_without_mass", "peak"],
    }
    named = {name: {"regions": regions} for name, regions in groups.items()}
    set_value("plots", "region_groups", value=named)
    set_value("plots", "log_y", value=["wide", "wild"])
    return check_run


def eras_of_plots() -> Run:
    """A name that is none, and a luminosity of all eras together."""
    set_value("plots", "eras", value=["search", "serch"])
    return check_run


def several_axes() -> Run:
    """An axis that is not there, bins of its own, and a key that needs a single axis."""
    set_value("variables", "both", value={"axes": ["mass_search", "mt"]})
    set_value("variables", "other", value={"axes": ["mt", "mass"], "bins": [2, 0, 1]})
    set_value("variables", "mt", value={"expression": "mt", "edges": [0, 10, 20], "unit": "GeV"})
    set_value("regions", "search", "monitor", value=["both"])
    set_value("plots", "edges", value={"both": [0, 15, 50]})
    return check_run


def categories() -> Run:
    """Bins of its own, a name that is not there in a condition, and keys that need numbers."""
    conditions = {"heavy": "dimuon_mas > 300", "light": "dimuon_mass > 0"}
    own = {"categories": conditions, "edges": [0, 1, 2], "label": "Kind"}
    set_value("variables", "kind", value=own)
    set_value("regions", "search", "monitor", value=["kind"])
    set_value("plots", "log_x", value=["kind"])
    set_value("blinding", value={"windows": {"kind": [0, 1]}})
    return check_run


def merged_flow() -> Run:
    """Of categories, which have none, and beside a dataset whose histograms were filled
    elsewhere.
    """
    kind = {"categories": {"heavy": "dimuon_mass > 300"}, "label": "Kind", "merge_flow": True}
    set_value("variables", "kind", value=kind)
    set_value("variables", "mass_search", "merge_flow", value=True)
    return check_run


def regularization() -> Run:
    """A parameter that is held, one that is not there, too few, and results that take a penalty for
    a measurement.
    """
    set_value("model", "fixed", value={"norm_dy": 1})
    set_value(
        "model", "regularization", value={"parameters": ["norm_dy", "norm_ddy"], "strength": 2}
    )
    return check_run


def shape_factors() -> Run:
    """Of a signal, with a name that is taken, in regions of other numbers of bins; and a
    normalization in a region that is not there.
    """
    set_value("model", "free_normalizations", "norm_dy", "regions", value="serch")
    given = {"samples": ["dy", "signal_200"], "regions": ["search", "peak"]}
    set_value("model", "shape_factors", value={"norm_dy": given})
    set_value("model", "fit_edges", value={"peak": [60, 90, 120]})
    return check_run


def interpolation_codes() -> Run:
    """A code that pyhf has and this project has not, and one of the other kind."""
    set_value("model", "interpolation", value={"normsys": "code2", "histosys": "code4"})
    return check_run


def interpolation_of_combine() -> Run:
    """Combine's interpolation, and what a card of Combine does not have."""
    set_value("model", "interpolation", value="combine")
    set_value("model", "mc_statistics_constraint", value="poisson")
    given = {"samples": ["dy"], "regions": ["search"]}
    set_value("model", "shape_factors", value={"shape_dy": given})
    return check_run


def symmetrized_twice() -> Run:
    """A mirror image of one side has no second side."""
    systematic = {"kind": "weight", "up": "1.1", "down": "symmetrize", "samples": ["dy"]}
    set_value("systematics", "trigger", value={**systematic, "symmetrization": "maximum"})
    return check_run


def estimates() -> Run:
    """Of the tiny analysis' regions one is fitted, and they have different variables."""
    transfer = {
        "from": "peak",
        "to": "search",
        "factor": 0.1,
        "factor_uncertainty": 0.2,
        "subtract": ["dyy"],
    }
    set_value(
        "samples",
        "fakes",
        value={"role": "background", "estimate": {"transfer": transfer, "as": "histogram"}},
    )
    regions = {"A": "search", "B": "peak", "C": "peek", "D": "peak"}
    set_value("samples", "qcd", value={"role": "background", "estimate": {"abcd": regions}})
    set_value(
        "samples",
        "dy_low",
        value={"role": "background", "estimate": {"transfer": transfer, "abcd": regions}},
    )
    set_value("samples", "nothing", value={"role": "signal"})
    set_value("systematics", "trigger", "samples", value=["fakes"])
    set_value("systematics", "luminosity", "samples", value=["fakes", "dyy"])
    return check_run


def scans() -> Run:
    """Two plots of one name, and what no schema sees."""
    set_value("model", "poi_bounds", value=[-1, 10])
    plane = {"parameters": ["mu", "pile_up"], "ranges": {"mu": [-2, 3], "trigger": [1, 0]}}
    set_value("scans", value={"plane": plane, "mu": {"parameters": "muu"}})
    set_value("regions", "scan", value={"selection": "MET_pt > 10", "variable": "mu_signal_200"})
    variable = {"expression": "MET_pt", "bins": [2, 0, 100], "label": "MET"}
    set_value("variables", "mu_signal_200", value=variable)
    return check_run


def plots_of_one_name() -> Run:
    """The fit in another variable of a region, and in a region that is called like both."""
    region = {"selection": "MET_pt > 10", "variable": "mass_peak", "role": "validation"}
    set_value("regions", "search_mt", value=region)
    return check_run


def intervals() -> Run:
    """Of no parameter, outside the model's bounds, and with a range outside the physical region."""
    set_value("model", "poi_bounds", value=[-1, 5])
    bounds, ranges = {"mu": [-2, 4], "trigger": [0, 1]}, {"mu": [0, 5], "pile_up": [0, 1]}
    section = {"parameters": ["mu", "pile_up"], "bounds": bounds, "ranges": ranges}
    set_value("intervals", value=section)
    return check_run


def scan_of_nothing() -> Run:
    """The simulation of this scan's systematic has no effect, so that no model has it."""
    set_value("systematics", "trigger", value=NO_EFFECT)
    set_value("scans", value={"trigger": {"parameters": "trigger"}})
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    read_th1()
    build_workspace()
    workspaces = [f"{RESULTS}/workspaces/{name}.json" for name in ("signal_200", "signal_300")]
    return partial(
        run_step, "scan_likelihood", workspaces=workspaces, scans=f"{RESULTS}/scans.json"
    )


def uncertainties() -> Run:
    """A name that is none, one in two groups, a group with the name of a systematic."""
    groups = {
        "weights": ["pile_up", "trigger"],
        "detector": ["trigger", "muon_scale", "mu"],
        "generator": ["luminosity"],
    }
    set_value("uncertainties", value={"groups": groups})
    return check_run


def extrapolation() -> Run:
    """Names of groups that are none, luminosities that do not increase, and no luminosity to begin
    with.
    """
    set_value("luminosity_ifb", value=None)
    groups = {"trigger": "halved", "theori": "halved", "norm_dy": "none"}
    section = {"luminosities_ifb": [300, 100], "scenarios": {"later": {"groups": groups}}}
    set_value("uncertainties", value={"groups": {"theory": ["generator"]}})
    set_value("extrapolation", value=section)
    return check_run


def region_limits() -> Run:
    """Without a signal region, or a model."""
    set_value("regions", "search", "role", value="control")
    set_value("region_limits", value={"toys": 1000})
    return check_run


def discovery() -> Run:
    """Without places of the signals."""
    set_value("limits", "points", value=None)
    set_value("discovery", value={})
    return check_run


def theory_uncertainties() -> Run:
    """In one direction alone, and in percent."""
    set_value("limits", "theory_uncertainty", value={"signal_200": 10, "signal_300": {"up": 0.1}})
    return check_run


def theory_of_unknown_signals() -> Run:
    """Names that are none."""
    set_value("limits", "theory_uncertainty", value={"signal_20": 0.1})
    return check_run


def interpolation() -> Run:
    """Between points that are none, in steps that are too small, beside toys."""
    set_value("limits", "interpolation", value={"step": 0.01})
    set_value("limits", "toys", value=1000)
    return check_run


def accepted_flaws() -> Run:
    """Of names that are none."""
    wrong = {"systematics": "pile_up", "samples": ["dyy"], "regions": ["serch"]}
    entry = {"flaw": "huge", "reason": "It is known."}
    set_value("lint", value={"accepted": {"known": entry | wrong, "right": entry}})
    return check_run


def flawed_templates() -> Run:
    """A run fails for flaws of the level that the analysis gives."""
    set_value("lint", value={"fail": "warning"})
    set_value("systematics", "luminosity", "down", value=1.01)
    for dataset in ("dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    read_th1()
    lint_templates()
    Path("signal_200.json").write_text("{}")
    return partial(
        run_step, "require_model", workspaces=["signal_200.json"], lint=f"{RESULTS}/lint.json"
    )


def nothing_remains() -> Run:
    """Far more simulation than data."""
    histograms = make_histograms(np.random.default_rng(1))
    histograms["mc"] = {name: scaled(item, 100.0) for name, item in histograms["mc"].items()}
    write_inputs(document(TRANSFER, "histogram"), histograms)
    return estimate_background


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
