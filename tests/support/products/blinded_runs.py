"""The tiny analysis with blinded data: sets of data that differ only in what is hidden, and whole
runs with them.
"""

import importlib
import shutil
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import yaml

from support.products.hepdata_runs import write as write_hepdata
from support.products.hepdata_texts import publication
from support.products.inputs import read_products
from support.products.simplified_runs import SMODELS, simplified, smodels
from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis
from support.tiny.events import CROSS_SECTION_PB, make_events, write_root
from support.tiny.steps import (
    ANALYSIS,
    RESULTS,
    build_workspace,
    fill,
    lint_templates,
    merge,
    process,
    read_th1,
    run_step,
    skim,
)
from wollemi.analysis.view import view_of
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PLOTS, PRODUCTS

BLINDING = {"regions": ["search"], "windows": {"mass_peak": [85, 97]}}
FIT_EDGES = [66, 78, 90, 102, 120]  # one of these bins is hidden in part
EVENTS = {"dy_low": 3600, "dy_high": 1800}  # of the data: as expected
SIMULATION = ("dy_low", "dy_high", "signal_200")
SIGNALS = ("signal_200", "signal_300")
# pyhf is not compared with; the other two are run on their own.
FITS = {
    item.program: item.name
    for item in PRODUCTS
    if not item.batches and item.name not in ("model_check", "predictions", "region_limits")
}
PROGRAMS = (
    "lint_templates",
    *(item.program for item in PRODUCTS if item.name != "model_check"),
    *(item.batches for item in PRODUCTS if item.batches),
    *(entry.program for entry in PLOTS if entry.program != "plot_contour"),
    "throw_toys",
    "write_hepdata",
    "write_likelihood",
    "write_simplified",
    "write_smodels",
    "plot_simplified",
    "plot_regions",
    "summarize_results",
    "write_tables",
)
SUMMARY_TEMPLATES = (
    "summary.html.j2",
    "overview.rst.j2",
    *(f"parts/{name}" for name in ("frame.html.j2", "pieces.html.j2", "style.css", "chain.svg")),
)
FORMATS = ("pdf", "png", "json")
TABLES = {"csv": "csv", "markdown": "md", "latex": "tex"}
HISTOGRAMS = [
    f"{RESULTS}/histograms/{name}.json" for name in ("data", "dy_low", "dy_high", *SIGNALS)
]
REGION_PLOTS = ("search_mass_search", "search_mt", "peak_mass_peak")


def blinded_flags(events: dict[str, Any]) -> np.ndarray:
    """Which events are in the hidden region or have a mass in the hidden window, by numpy and
    vector alone.
    """
    import vector

    vector.register_awkward()
    muons = ak.with_name(events["Muon"], "Momentum4D")
    good = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
    pair = ak.pad_none(good, 2)
    mass = ak.to_numpy(ak.fill_none((pair[:, 0] + pair[:, 1]).mass, np.nan))
    opposite = ak.to_numpy(ak.fill_none(pair[:, 0].charge != pair[:, 1].charge, False))
    selected = ak.to_numpy((ak.num(good) == 2) & ak.fill_none(pair[:, 0].pt > 30, False))
    return (selected & (mass > 150) & opposite) | ((mass >= 84) & (mass < 102))


def take(events: dict[str, Any], index: np.ndarray) -> dict[str, Any]:
    """Some of the events."""
    return {name: values[index] for name, values in events.items()}


def data_sets(hidden: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Data with the same visible events, and so many blinded ones among as many others, which are
    rejected by every cut.

    Args:
        hidden: name of the data → its number of blinded events.
    """
    rng = np.random.default_rng(11)
    parts = [make_events(name, rng, events, simulated=False) for name, events in EVENTS.items()]
    pool = {name: ak.concatenate([part[name] for part in parts]) for name in parts[0]}
    flags = blinded_flags(pool)
    visible, blinded = np.flatnonzero(~flags), np.flatnonzero(flags)
    rejected = np.flatnonzero(ak.to_numpy(ak.num(pool["Muon"])) == 0)
    found = {}
    for name, number in hidden.items():
        others = np.resize(rejected, max(hidden.values()) - number)
        events = take(pool, np.concatenate([visible, rng.permutation(blinded)[:number], others]))
        found[name] = events | {"event": np.arange(len(events["event"]), dtype=np.uint64) + 1}
    return found


def use_local_data(document: dict[str, Any]) -> None:
    """Data under a path, as a checksum in the analysis file would tell them apart; coarser bins in
    the fit of the peak.
    """
    document["datasets"]["data"] = {"files": ["input/data.root"]}
    del document["systematics"]["generator"]
    document["publication"] = {"smodels": SMODELS, "hepdata": publication()["hepdata"]}
    document["model"]["fit_edges"] = {"peak": FIT_EDGES}
    document["luminosity_ifb"] = EVENTS["dy_low"] / CROSS_SECTION_PB["dy_low"] / 1000


def simulate(folder: Path) -> None:
    """Make everything that does not depend on the data, in the working folder."""
    for program in PROGRAMS:
        # records tell which packages are there: the same in each run
        importlib.import_module(program)
    importlib.import_module("contourpy")  # matplotlib loads it with the first contour
    importlib.import_module("llvmlite")  # and a fit, if it is the first of this process
    edit_analysis(folder, use_local_data)
    for dataset in SIMULATION:
        process(dataset)
    assert read_th1() == 0


def finish(data: dict[str, Any], blinding: dict[str, Any] | None) -> None:
    """Run the data, the model, plots and the summary in the working folder."""
    write_root(Path("input/data.root"), data)
    document = yaml.safe_load(Path(ANALYSIS).read_text())
    if blinding:
        document["blinding"] = blinding
    Path(ANALYSIS).write_text(yaml.safe_dump(document, sort_keys=False))
    assert [skim("data"), fill("data"), merge("data")] == [0, 0, 0]
    assert lint_templates() == 0
    assert build_workspace() == 0
    workspaces = [f"{RESULTS}/workspaces/{signal}.json" for signal in SIGNALS]
    toys = [f"{RESULTS}/toy_limits/{signal}.json" for signal in SIGNALS]
    for signal, workspace, path in zip(SIGNALS, workspaces, toys, strict=True):
        run("throw_toys", signal, workspace=workspace, limits=path)
    for program, product in FITS.items():
        more = {"toys": toys} if program == "compute_limits" else {}
        run(program, workspaces=workspaces, **more, **{product: f"{RESULTS}/{product}.json"})
    limits = f"{RESULTS}/region_limits.json"
    run("compute_region_limits", workspace=workspaces[0], limits=limits)
    fit, predictions = f"{RESULTS}/fit.json", f"{RESULTS}/predictions.json"
    run("predict_regions", fit=fit, histograms=HISTOGRAMS, predictions=predictions)
    for item in PRODUCTS:
        if item.batches:
            in_batches(item.batches, item.program, item.name, workspaces)
    published = {
        "background": "BkgOnly.json",
        "patchset": "patchset.json",
        "cls": "cls.json",
        "readme": "README.md",
    }
    outputs = {name: f"{RESULTS}/likelihood/{file}" for name, file in published.items()}
    template = "report/likelihood_readme.md.j2"
    run("write_likelihood", workspaces=workspaces, template=template, **outputs)
    shutil.copyfile(ROOT / "workflow/report/simplified_readme.md.j2", "simplified_readme.md.j2")
    assert simplified() == 0
    assert smodels() == 0
    plan = Plan(view_of(read_document(Path(ANALYSIS))), "tiny")
    summarize(draw(plan))
    summary = {"summary": f"{RESULTS}/summary.json", "ranking": f"{RESULTS}/ranking.json"}
    tables = {name: plan.tables(suffix) for name, suffix in TABLES.items()}
    run("write_tables", workspaces=workspaces, **summary, **tables)
    assert write_hepdata() == 0


def run(program: str, job: str = "", **arguments: Any) -> None:
    """Run a program, or a job of it, whose record and log have the names of the workflow."""
    name = f"{program}/{job}" if job else program
    files = {"record": f"{RESULTS}/records/{name}.json", "log": f"{RESULTS}/logs/{name}.log"}
    assert run_step(program, **arguments, **files) == 0


def in_batches(step: str, merge_step: str, product: str, workspaces: list[str]) -> None:
    """Run a step in two batches, and the one that merges them."""
    batches = [f"{RESULTS}/{product}/{part}.json" for part in range(2)]
    for part, batch in enumerate(batches):
        run(step, str(part), workspaces=workspaces, part=part, batch=batch)
    run(merge_step, batches=batches, **{product: f"{RESULTS}/{product}.json"})


def draw(plan: Plan) -> list[str]:
    """Run the programs that plot; the files of the numbers."""
    inputs: dict[str, dict[str, Any]] = {
        "plot_regions": {"histograms": HISTOGRAMS},
        "plot_fit": {"histograms": HISTOGRAMS[:1]},
        "plot_simplified": {"closure": f"{RESULTS}/simplified/closure.json"},
    }
    plots = {"plot_regions": REGION_PLOTS, "plot_simplified": ("closure_plot",)}
    plots |= {entry.program: tuple(plan.drawn_by(entry.program)) for entry in PLOTS}
    del plots["plot_contour"]
    for program, names in plots.items():
        outputs = {
            suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names] for suffix in FORMATS
        }
        products = read_products(program, f"{RESULTS}/") | inputs.get(program, {})
        run(program, **products, **outputs)
    del plots["plot_simplified"]
    return [f"{RESULTS}/plots/{name}.json" for names in plots.values() for name in names]


def summarize(numbers: list[str]) -> None:
    """Run the summary.

    Args:
        numbers: Files of the numbers of the plots.
    """
    products = read_products("summarize_results", f"{RESULTS}/") | {"lint": f"{RESULTS}/lint.json"}
    del products["model_check"]
    run(
        "summarize_results",
        templates=[f"report/{name}" for name in SUMMARY_TEMPLATES],
        cutflows=[path.replace("/histograms/", "/cutflow/") for path in HISTOGRAMS],
        numbers=numbers,
        page=f"{RESULTS}/index.html",
        overview=f"{RESULTS}/overview.rst",
        summary=f"{RESULTS}/summary.json",
        **products,
    )
