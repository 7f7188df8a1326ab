"""Pseudo-data: a Poisson number in each bin, drawn from histograms of separately seeded samples, or
their sum itself.

Events of the templates' own samples would not be data: they would know the templates' fluctuations.
A sum that is not fluctuated may be made of templates: it shows what the fit does with its own
expectation, and does not test its statistical errors.
"""

import sys

from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import (
    axis_of,
    histogram_name,
    notes,
    read_histograms,
    with_notes,
    write_histograms,
)
from wollemi.histograms.pseudodata import drawn_line, factors_of, observed, summed
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.cutflow import Cutflow

SECTIONS = ("source", "regions", "hidden")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"expected": "histograms of the datasets to draw from"},
    outputs={"histograms": "pseudo-data", "cutflow": "what was drawn"},
    options={"dataset": Option("name of the pseudo-data")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Sum the expectations, and draw from them if requested."""
    drawing = job.settings.dataset.draw
    assert drawing is not None  # the rule exists only for such datasets
    sources = {path.stem: read_histograms(path) for path in job.inputs("expected")}
    expected = summed(sources, factors_of(drawing))
    preview = any(
        notes(item).get("preview") for source in sources.values() for item in source.values()
    )
    noted = {"dataset": job.option("dataset"), "preview": preview, "pseudo_data": True}
    drawn = {
        name: with_notes(observed(name, item, drawing), noted) for name, item in expected.items()
    }
    hidden, all_regions = job.settings.hidden, job.settings.regions
    if hidden is not None:
        drawn = hide_histograms(hidden, all_regions, drawn)
    write_histograms(job.output("histograms"), drawn)
    fitted = {
        region: histogram_name(region, item.variable)
        for region, item in job.settings.regions.items()
    }
    cut = "drawn events" if drawing.fluctuate else "expected events"
    regions = {
        region: [drawn_line(cut, drawn[name])] for region, name in fitted.items() if name in drawn
    }
    content = {
        "dataset": job.option("dataset"),
        "preview": preview,
        "files": [],
        "skim": [],
        "account": {},
        "normalization": 1.0,
    }
    content |= {"regions": regions, "sum_of_weights": None}
    if hidden is not None:
        axes = {axis.name: axis for axis in map(axis_of, drawn.values())}
        content = hide_counts(hidden, all_regions, axes, content)
    job.write_json("cutflow", Cutflow.model_validate(content).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
