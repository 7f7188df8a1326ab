"""Write the simplified likelihood of CMS-NOTE-2017-001, in the format of spey, and compare its
limits with the full likelihood.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
from wollemi.histograms.histogram import bin_edges, unit_of
from wollemi.histograms.unrolling import read_unrolled
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import fitted_bins
from wollemi.results.marks import measurement_marks
from wollemi.results.simplified import ClosureFile, SimplifiedFile
from wollemi_likelihood.likelihood import Likelihood
from wollemi_publish.simplified.bins import Bin, region_bins
from wollemi_publish.simplified.closure import closure_of, describe_closure
from wollemi_publish.simplified.likelihood import describe_likelihood, signal_yields, simplify
from wollemi_publish.simplified.readme import render_readme

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("name", "title", "regions", "fit_edges", "smodels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "limits": "upper limits of the full likelihood",
        "histograms": "histograms of the data: they know the bins",
        "template": "template of the README",
    },
    outputs={
        "likelihood": "the simplified likelihood",
        "closure": "its limits and those of the full likelihood",
        "readme": "README",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the simplified likelihood and its closure."""
    settings, full = job.settings, read_json(job.input("limits"))
    workspaces = {path.stem: read_json(path) for path in job.inputs("workspaces")}
    data = [read_unrolled(path) for path in job.inputs("histograms")]
    regions = {name: region for name, region in settings.regions.items() if region.role == "signal"}
    bins: list[Bin] = []
    for name, region in regions.items():
        axis, blinded = fitted_bins(data, name, region.variable, settings.fit_edges.get(name))
        bins += region_bins(name, axis.name, bin_edges(axis), unit_of(axis), blinded)
    first = next(iter(workspaces))
    simplified = simplify(workspaces[first], first, list(regions))
    likelihoods = {
        name: Likelihood.from_workspace(workspace) for name, workspace in workspaces.items()
    }
    signals = {
        name: signal_yields(likelihood, name, list(regions))
        for name, likelihood in likelihoods.items()
    }
    highest = (
        likelihoods[first].parameters[likelihoods[first].index[likelihoods[first].poi]].bounds[1]
    )
    closures = {
        name: closure_of(simplified, signals[name], limit, full["level"], highest)
        for name, limit in full["limits"].items()
    }
    closure = describe_closure(closures, full)
    _tell(closure)
    about = _about(settings, full, closure)
    job.write_json("closure", ClosureFile.model_validate(closure).plain())
    described = SimplifiedFile.model_validate(describe_likelihood(simplified, bins, signals, about))
    job.write_json("likelihood", described.plain())
    text = render_readme(job.input("template"), about, bins, settings.smodels)
    job.output("readme").write_text(text, encoding="utf-8")


def _about(
    settings: Settings, full: Mapping[str, Any], closure: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "name": settings.name,
        "title": settings.title,
        "measurement": full["measurement"],
        "marks": list(measurement_marks(full["measurement"])),
        "level": full["level"],
        "closure": closure["summary"],
    }


def _tell(closure: Mapping[str, Any]) -> None:
    summary = closure["summary"]
    say = LOGGER.info if summary["closes"] else LOGGER.warning
    say(
        "limits of the simplified likelihood differ by up to %.2g %%",
        100 * summary["largest_difference"],
    )
    for name in summary["signals_outside"]:
        LOGGER.warning(
            "%s: more than %g %% from the full likelihood", name, 100 * summary["tolerance"]
        )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
