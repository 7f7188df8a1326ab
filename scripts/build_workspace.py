"""Build the statistical model from the histograms: a pyhf workspace for each signal sample, or one
of all signals where they are fitted together.
"""

import logging
import sys

from wollemi.base.json_files import read_json, render_json
from wollemi.histograms.blinding import require_disjoint
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.absent_model import write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.base.errors import WollemiError, counted

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("name", "datasets", "samples", "regions", "systematics", "model")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "histograms of the datasets, each named <dataset>.json or <dataset>/members.json",  # noqa: E501
        "cutflows": (
            "cutflows of the datasets, each named <dataset>.json: they tell where events were "
            "lost; or nothing"
        ),
    },
    outputs={"workspaces": "pyhf workspaces, each named <signal>.json, or one of all signals"},
    options={
        "unbuildable": Option(
            "of a model that cannot be built: `stop`, or `skip`, which writes the reason in "
            "the place of the model",
            default="stop",
        )
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the workspace of each signal."""
    histograms = read_datasets(job.inputs("histograms"))
    require_disjoint(histograms, job.settings.samples)
    builder = WorkspaceBuilder(
        job.settings, histograms, {path.stem: read_json(path) for path in job.inputs("cutflows")}
    )
    try:
        workspaces = {target.stem: builder.build(target.stem) for target in job.targets}
    except WollemiError as error:
        if job.option("unbuildable") != "skip":
            raise
        LOGGER.warning("there will be no model: %s", error)
        write_absence(job, error)
        return
    for path, (signal, workspace) in zip(
        job.outputs("workspaces"), workspaces.items(), strict=True
    ):
        path.write_text(render_json(workspace), encoding="utf-8")
        bins = sum(len(item["data"]) for item in workspace["observations"])
        regions = counted(len(workspace["channels"]), "region")
        LOGGER.info("%s: %s, %s", signal, regions, counted(bins, "bin"))
    if len(workspaces) > 1:
        LOGGER.info("each model has one signal, and no events of the others: see model.poi")


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
