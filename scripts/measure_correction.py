"""Measure a correction from what was counted in its bins; write it as a file of correctionlib."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi.histograms.efficiencies import Efficiencies, measured_efficiencies
from wollemi.histograms.histogram import add_all, histogram_name, read_histograms
from wollemi.histograms.scale_factors import scale_factors
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("measured_corrections",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "cells of each simulated dataset that it is measured in",
        "data": "those of the data, for a scale factor, or nothing",
    },
    outputs={"map": "the correction, with its statistical uncertainty"},
    options={"correction": Option("name of the correction")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Measure one correction."""
    name = job.option("correction")
    measured = job.settings.selected["measured_corrections"][name]
    simulated = _efficiencies(job, name, "simulation", job.inputs("histograms"))
    values = {name: simulated.values}
    if job.inputs("data"):
        data = _efficiencies(job, name, "data", job.inputs("data"))
        where = f"corrections.{name}.measured"
        values = {
            name: scale_factors(where, measured, data.values, simulated.values),
            f"{name}_data": data.values,
            f"{name}_simulation": simulated.values,
        }
    maps = [correction_map(key, measured, found) for key, found in values.items()]
    job.write_json("map", correction_file(maps))


def _efficiencies(job: Job, name: str, what: str, paths: Sequence[Path]) -> Efficiencies:
    """Efficiencies in the cells of all files."""
    cell = histogram_name(name, name)
    cells = add_all([read_histograms(path)[cell] for path in paths])
    measured = job.settings.selected["measured_corrections"][name]
    found = measured_efficiencies(f"corrections.{name}.measured", measured, cells, what)
    LOGGER.info("%s: %.4g of all pass in %s", name, found.overall, what)
    LOGGER.info("%s: %.2g %% of %s are outside of the bins", name, 100 * found.outside, what)
    return found


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
