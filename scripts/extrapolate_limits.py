"""Expected limits and significances of each signal at other luminosities, under scenarios of the
systematic uncertainties; of signals that are fitted together, of each parameter of interest with
the other ones free.
"""

import logging
import sys
from collections.abc import Sequence

from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
from wollemi.histograms.normalization import era_luminosity
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.cross_sections import signal_cross_section
from wollemi.results.extrapolation import (
    ExpectedPoint,
    Extrapolation,
    ScenarioRules,
    SignalExtrapolation,
    exclusions,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.extrapolation import (
    Measured,
    extrapolated,
    measured_models,
    scaling_of,
    unknown_names,
)

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("extrapolation", "uncertainties", "limits", "luminosity_ifb", "samples", "datasets")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"extrapolation": "expected limits and significances at other luminosities"},
    sections=SECTIONS,
)


def luminosities(settings: Settings) -> list[float]:
    """Luminosities of the analysis and of its settings in fb⁻¹, increasing."""
    today = era_luminosity(settings.luminosity_ifb, None)
    return sorted({today, *settings.extrapolation.luminosities_ifb})


def extrapolate(settings: Settings, measured: Measured) -> SignalExtrapolation:
    """Compute expected results of a signal in all scenarios.

    Args:
        settings: Settings of the analysis.
        measured: Signal with its model.
    """
    today, values = era_luminosity(settings.luminosity_ifb, None), luminosities(settings)
    groups, limits = settings.uncertainties.groups, settings.limits
    from_data = [name for name, sample in settings.samples.items() if sample.estimate is not None]
    found = {}
    for name, scenario in settings.extrapolation.scenarios.items():
        scalings = [scaling_of(scenario, value / today, groups, from_data) for value in values]
        for unknown in unknown_names(measured.workspace, scenario, groups):
            LOGGER.warning("%s: scenario %s: the model has no %s", measured.name, name, unknown)
        points = extrapolated(measured, values, scalings, limits.level)
        found[name] = tuple(map(ExpectedPoint.of, points))
    return SignalExtrapolation(
        point=(limits.points or {}).get(measured.name),
        cross_section_pb=signal_cross_section(
            measured.samples,
            settings.samples,
            settings.datasets,
            limits.cross_section_fraction,
        ),
        scenarios=found,
    )


def extrapolate_all(
    settings: Settings, measured: Sequence[Measured]
) -> tuple[dict[str, SignalExtrapolation], dict[str, str]]:
    """Compute expected results of all signals, with reasons for the missing ones.

    Args:
        settings: Settings of the analysis.
        measured: Signals with their models.

    Raises:
        WollemiError: None of the signals has results.
    """
    found, left_out = {}, {}
    for item in measured:
        try:
            found[item.name] = extrapolate(settings, item)
        except WollemiError as error:
            if item is measured[-1] and not found:
                raise
            left_out[item.name] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: left out: %s", item.name, left_out[item.name])
    return found, left_out


@with_model(write_absence)
def main(job: Job) -> None:
    """Extrapolate the results of all signals."""
    settings = job.settings
    measured = [
        item
        for path in job.inputs("workspaces")
        for item in measured_models(path.stem, read_json(path))
    ]
    found, left_out = extrapolate_all(settings, measured)
    for signal, item in found.items():
        for scenario, points in item.scenarios.items():
            last = points[-1]
            LOGGER.info(
                "%s, %s: %g fb⁻¹: expected limit %.4g, significance %.2f σ",
                *(signal, scenario, last.luminosity_ifb, last.median, last.significance),
            )
    level = settings.limits.level
    scaled = {item.name: item.samples for item in measured if item.is_of_several}
    poi = "" if scaled else measured[0].poi
    product = Extrapolation(
        measurement=measured[0].workspace["measurements"][0]["name"],
        level=level,
        luminosity_ifb=era_luminosity(settings.luminosity_ifb, None),
        rules=tuple(
            ScenarioRules(
                name=name,
                systematics=scenario.systematics,
                groups=scenario.groups,
                floor=scenario.floor,
                mc_statistics=scenario.mc_statistics,
            )
            for name, scenario in settings.extrapolation.scenarios.items()
        ),
        signals=found,
        exclusion=exclusions(found, level),
    )
    noted = {"poi": "" if poi == "mu" else poi, "left_out": left_out, "scaled": scaled}
    product = product.noting(**{key: value for key, value in noted.items() if value})
    job.write_json("extrapolation", product.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
