"""Expected limits and significances of each signal at other luminosities, under scenarios of the
systematic uncertainties.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.settings import Settings
from wollemi.base.errors import WollemiError
from wollemi.base.json_files import read_json
from wollemi.histograms.normalization import era_luminosity
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.extrapolation import (
    Extrapolation,
    ScenarioRules,
    SignalExtrapolation,
    exclusions,
)
from wollemi.statistics.extrapolation import extrapolated, scaling_of, unknown_names
from wollemi.statistics.limit_report import signal_cross_section

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
    """That of the analysis and those asked for, increasing, in fb⁻¹."""
    today = era_luminosity(settings.luminosity_ifb, None)
    return sorted({today, *settings.extrapolation.luminosities_ifb})


def extrapolate(
    settings: Settings, signal: str, workspace: Mapping[str, Any]
) -> SignalExtrapolation:
    """Expected results of one signal in all scenarios.

    Args:
        settings: of the analysis.
        signal: name of the signal sample.
        workspace: its model.
    """
    today, values = era_luminosity(settings.luminosity_ifb, None), luminosities(settings)
    groups, limits = settings.uncertainties.groups, settings.limits
    from_data = [name for name, sample in settings.samples.items() if sample.estimate is not None]
    found = {}
    for name, scenario in settings.extrapolation.scenarios.items():
        scalings = [scaling_of(scenario, value / today, groups, from_data) for value in values]
        for unknown in unknown_names(workspace, scenario, groups):
            LOGGER.warning("%s: scenario %s: the model has no %s", signal, name, unknown)
        found[name] = extrapolated(workspace, signal, values, scalings, limits.level)
    return SignalExtrapolation(
        point=(limits.points or {}).get(signal),
        cross_section_pb=signal_cross_section(
            [settings.samples[signal]], settings.datasets, limits.cross_section_fraction
        ),
        scenarios=found,
    )


def extrapolate_all(
    settings: Settings, paths: Sequence[Path]
) -> tuple[dict[str, SignalExtrapolation], dict[str, str]]:
    """Expected results of all signals, and why others have none.

    Args:
        settings: of the analysis.
        paths: workspaces, each named <signal>.json.

    Raises:
        WollemiError: there are none of any signal.
    """
    found, left_out = {}, {}
    for path in paths:
        try:
            found[path.stem] = extrapolate(settings, path.stem, read_json(path))
        except WollemiError as error:
            if path is paths[-1] and not found:
                raise
            left_out[path.stem] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: left out: %s", path.stem, left_out[path.stem])
    return found, left_out


@with_model(write_absence)
def main(job: Job) -> None:
    """Extrapolate the results of all signals."""
    settings, paths = job.settings, job.inputs("workspaces")
    found, left_out = extrapolate_all(settings, paths)
    for signal, item in found.items():
        for scenario, points in item.scenarios.items():
            last = points[-1]
            LOGGER.info(
                "%s, %s: %g fb⁻¹: expected limit %.4g, significance %.2f σ",
                *(signal, scenario, last.luminosity_ifb, last.median, last.significance),
            )
    level = settings.limits.level
    measurement = read_json(paths[0])["measurements"][0]
    poi = measurement["config"]["poi"]
    product = Extrapolation(
        measurement=measurement["name"],
        level=level,
        luminosity_ifb=era_luminosity(settings.luminosity_ifb, None),
        rules=tuple(
            ScenarioRules(name=name, **scenario.model_dump())
            for name, scenario in settings.extrapolation.scenarios.items()
        ),
        signals=found,
        exclusion=exclusions(found, level),
    )
    noted = {"poi": "" if poi == "mu" else poi, "left_out": left_out}
    product = product.noting(**{key: value for key, value in noted.items() if value})
    job.write_json("extrapolation", product.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
