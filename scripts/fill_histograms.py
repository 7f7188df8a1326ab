"""Fill the histograms of every region, variable and variation from the events of one part of a
dataset.
"""

import logging
import sys
from collections.abc import Iterator

import awkward as ak

from wollemi.analysis.plain.weight_sets import is_member
from wollemi.event_loop.filler import Filler, fill_batches
from wollemi.events.event_models import load_event_model
from wollemi.histograms.blinded_events import visible_batches
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import write_histograms
from wollemi.histograms.weight_ratios import check_ratios
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.inputs.skim_files import has_columns
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "event_weight",
    "objects",
    "columns",
    "skim",
    "variables",
    "regions",
    "object_variations",
    "weight_variations",
    "fill_corrections",
    "weight_sets",
    "branches",
    "stored_kinematics",
    "hidden",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "events": "events of one part",
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing",
        "corrections": "files of its corrections, in their order, or nothing",
    },
    outputs={
        "histograms": "histograms of the part, and those of members of weight sets, if there are any",  # noqa: E501
        "cutflow": "events of each region",
    },
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Fill the histograms of one part."""
    settings = job.settings
    model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))
    events = job.input("events")
    # Of a part without any usable file there are no columns: nothing can be evaluated.
    batches: Iterator[ak.Array] = iter(())
    if has_columns(events):
        batches = read_batches(events, Layout(), settings.branches, more=settings.stored_kinematics)
    hidden, regions = settings.hidden, settings.regions
    if hidden is not None:
        batches = visible_batches(batches, model, hidden, regions, settings.variables)
    filler = Filler(settings, model)
    histograms, counts = fill_batches(filler, map(job.counted, batches))
    check_ratios(histograms, settings.weight_variations, job.option("dataset"))
    if hidden is not None:
        histograms, counts = (
            hide_histograms(hidden, regions, histograms),
            hide_counts(hidden, regions, filler.axes, counts),
        )
    members = {
        name: item
        for name, item in histograms.items()
        if is_member(name, settings.selected["weight_sets"])
    }
    for path, chosen in zip(
        job.outputs("histograms"), (histograms.keys() - members.keys(), members), strict=False
    ):
        write_histograms(path, {name: histograms[name] for name in histograms if name in chosen})
    variants = [name for name, region in regions.items() if region.without is not None]
    noted = {"variants": variants} if variants else {}
    job.write_json("cutflow", {"dataset": job.option("dataset")} | noted | counts)
    selected = sum(counts["selected"].values())
    LOGGER.info(
        "%s: %d events in a region, %d histograms", job.option("dataset"), selected, len(histograms)
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
