"""Measure a correction from what was counted in its bins; write it as a file of correctionlib."""

import logging
import sys

from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi.histograms.efficiencies import measured_efficiencies
from wollemi.histograms.histogram import add_all, histogram_name, read_histograms
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("measured_corrections",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"histograms": "cells of each dataset that it is measured in"},
    outputs={"map": "the correction, with its statistical uncertainty"},
    options={"correction": Option("name of the correction")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Measure one correction."""
    name = job.option("correction")
    measured = job.settings.selected["measured_corrections"][name]
    cell = histogram_name(name, name)
    cells = add_all([read_histograms(path)[cell] for path in job.inputs("histograms")])
    found = measured_efficiencies(f"corrections.{name}.measured", measured, cells)
    LOGGER.info(
        "%s: %.4g of all pass, %.2g %% of them outside of the bins",
        name,
        found.overall,
        100 * found.outside,
    )
    job.write_json("map", correction_file([correction_map(name, measured, found.values)]))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
