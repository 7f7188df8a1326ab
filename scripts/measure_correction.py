"""Measure a correction from the counts in its bins; write it as a correctionlib file."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.measured import counts_data, is_fake_rate, is_pileup
from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi.histograms.distributions import read_targets
from wollemi.histograms.efficiencies import (
    Efficiencies,
    measured_efficiencies,
    outside_fraction,
)
from wollemi.histograms.fake_rates import fake_rates
from wollemi.histograms.histogram import (
    Histogram,
    add_all,
    histogram_name,
    notes,
    read_histograms,
)
from wollemi.histograms.pileup_weights import pileup_weights
from wollemi.histograms.scale_factors import scale_factors
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.plots.noted_marks import noted_marks
from wollemi_likelihood.base.arrays import Floats

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("measured_corrections",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "cells of each simulated dataset that it is measured in",
        "data": "those of the data, for all kinds but an efficiency, or nothing",
        "target": "files with the distribution of the data, for pile-up, or nothing",
    },
    outputs={"map": "the correction, with its variations"},
    options={"correction": Option("name of the correction")},
    sections=SECTIONS,
)
Maps = dict[str, Mapping[str, Floats]]  # correction → variation → value in each cell


def main(job: Job) -> None:
    """Measure one correction."""
    name = job.option("correction")
    measured = job.settings.measured_corrections[name]
    if is_pileup(measured):
        values = _pileup(job, name, measured)
    elif is_fake_rate(measured):
        values = _fake_rate(job, name, measured)
    else:
        values = _efficiencies(job, name, measured)
    maps = [correction_map(key, measured, found) for key, found in values.items()]
    given = [argument for argument in ("histograms", "data") if job.inputs(argument)]
    marks = noted_marks([_cells(job, name, argument) for argument in given])
    job.write_json("map", correction_file(maps, marks))


def _efficiencies(job: Job, name: str, measured: Mapping[str, Any]) -> Maps:
    """Measure an efficiency, or a scale factor with both of its efficiencies."""
    where = f"corrections.{name}.measured"
    simulated = measured_efficiencies(where, measured, _cells(job, name, "histograms"))
    _tell(name, simulated, "simulation")
    if not counts_data(measured):
        return {name: simulated.values}
    data = measured_efficiencies(where, measured, _cells(job, name, "data"), "data")
    _tell(name, data, "data")
    return {
        name: scale_factors(where, measured, data.values, simulated.values),
        f"{name}_data": data.values,
        f"{name}_simulation": simulated.values,
    }


def _fake_rate(job: Job, name: str, measured: Mapping[str, Any]) -> Maps:
    data, prompt = (_cells(job, name, argument) for argument in ("data", "histograms"))
    found = fake_rates(f"corrections.{name}.measured", measured, data, prompt)
    _tell(name, found, "data without prompt leptons")
    return {name: found.values}


def _pileup(job: Job, name: str, measured: Mapping[str, Any]) -> Maps:
    simulated, data = _cells(job, name, "histograms"), _distributions(job, name, measured)
    values = pileup_weights(
        f"corrections.{name}.measured",
        measured,
        {variation: found for variation, (found, _) in data.items()},
        simulated.values(),
        preview=bool(notes(simulated).get("preview")),
    )
    _tell_outside(name, outside_fraction(simulated), "simulation")
    for variation, (_, outside) in data.items():
        _tell_outside(name, outside, f"the data ({variation})")
    return {name: values}


def _distributions(
    job: Job, name: str, measured: Mapping[str, Any]
) -> dict[str, tuple[Floats, float]]:
    """Distribution of data by variation, shape (bins,), and the fraction outside the bins."""
    if measured.get("target"):
        return read_targets(measured, job.inputs("target"))
    data = _cells(job, name, "data")
    return {"nominal": (data.values(), outside_fraction(data))}


def _cells(job: Job, name: str, argument: str) -> Histogram:
    """Sum of the counts in all files of an argument."""
    cell = histogram_name(name, name)
    return add_all([read_histograms(path)[cell] for path in job.inputs(argument)])


def _tell(name: str, found: Efficiencies, what: str) -> None:
    LOGGER.info("%s: %.4g of all pass in %s", name, found.overall, what)
    _tell_outside(name, found.outside, what)


def _tell_outside(name: str, fraction: float, what: str) -> None:
    LOGGER.info("%s: %.2g %% of %s are outside of the bins", name, 100 * fraction, what)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
