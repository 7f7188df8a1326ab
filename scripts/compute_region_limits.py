"""Model-independent limits of each signal region, on events and visible cross section of any
signal, with CLb, p0 and its significance.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
from wollemi.histograms.normalization import era_luminosity
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.region_limits import RegionLimit, RegionLimits
from wollemi.results.region_limits_text import region_line
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.region_limits import region_limit
from wollemi_likelihood.region_workspace import region_workspace

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("region_limits", "regions", "samples", "luminosity_ifb")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspace": "pyhf workspace of any signal",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"limits": "model-independent limits"},
    sections=SECTIONS,
)


def roles(settings: Settings, workspace: Mapping[str, Any]) -> dict[str, str]:
    """Role of each region of the model."""
    return {item["name"]: settings.regions[item["name"]].role for item in workspace["channels"]}


def limit_regions(
    settings: Settings, workspace: Mapping[str, Any]
) -> tuple[dict[str, RegionLimit], dict[str, str]]:
    """Compute limits of all signal regions, with reasons for the missing ones.

    Args:
        settings: Settings of the analysis.
        workspace: Workspace of any signal.

    Raises:
        WollemiError: None of the regions has limits.
    """
    asked, luminosity = settings.region_limits, era_luminosity(settings.luminosity_ifb, None)
    signals = [name for name, sample in settings.samples.items() if sample.role == "signal"]
    names = [name for name, role in roles(settings, workspace).items() if role == "signal"]
    found, left_out = {}, {}
    for name in names:
        others = [other for other in names if other != name]
        try:
            model = region_workspace(workspace, name, others, signals)
            limit = region_limit(model, name, asked.level, asked.toys, luminosity or None)
            found[name] = RegionLimit.of(limit)
        except WollemiError as error:
            if name == names[-1] and not found:
                raise
            left_out[name] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no limits: %s", name, left_out[name])
    return found, left_out


@with_model(write_absence)
def main(job: Job) -> None:
    """Compute the limits of all signal regions."""
    settings, workspace = job.settings, read_json(job.input("workspace"))
    found, left_out = limit_regions(settings, workspace)
    level = settings.region_limits.level
    for name, item in found.items():
        LOGGER.info("%s", region_line(name, item, level))
    controls = (name for name, role in roles(settings, workspace).items() if role != "signal")
    product = RegionLimits(
        measurement=workspace["measurements"][0]["name"],
        level=level,
        luminosity_ifb=era_luminosity(settings.luminosity_ifb, None) or None,
        control_regions=tuple(controls),
        regions=found,
        **({"left_out": left_out} if left_out else {}),
    )
    job.write_json("limits", product.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
