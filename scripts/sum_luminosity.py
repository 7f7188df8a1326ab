"""Add up the luminosity of the certified blocks of each era: what simulation is scaled to."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.certification import WHOLE, known_luminosity, measured_luminosities
from wollemi.inputs.luminosity_blocks import read_blocks
from wollemi.inputs.luminosity_tables import (
    certified_luminosity,
    check_coverage,
    check_declared,
    read_table,
)
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.luminosity import LuminosityFile

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("certified", "luminosity_ifb")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "blocks": (
            "certified blocks of each era that has a table, in the order of the section `certified`"
        ),
        "tables": "tables of luminosity by block, in the same order",
    },
    outputs={"luminosity": "luminosity of each era"},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the luminosities."""
    selected = job.settings.plain
    declared = selected.get("luminosity_ifb")
    numbers: dict[str, Any] = dict(declared) if isinstance(declared, Mapping) else {WHOLE: declared}
    eras = {}
    for era, blocks, table in zip(
        measured_luminosities(selected), job.inputs("blocks"), job.inputs("tables"), strict=True
    ):
        eras[era] = certified_luminosity(read_table(table), read_blocks(blocks)) | {
            "declared_ifb": numbers.get(era)
        }
        check_coverage(eras[era], str(table))
        check_declared(numbers.get(era), eras[era]["luminosity_ifb"], era)
        LOGGER.info(
            "%s%.6g fb⁻¹ in certified blocks", era and f"{era}: ", eras[era]["luminosity_ifb"]
        )
    measured = {era: item["luminosity_ifb"] for era, item in eras.items()}
    used = [(era, numbers.get(era) or measured[era]) for era in known_luminosity(selected) or ()]
    # A list, because the eras have the order of the energies above the plots.
    job.write_json(
        "luminosity", LuminosityFile.model_validate({"luminosity_ifb": used, "eras": eras}).plain()
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
