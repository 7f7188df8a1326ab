"""A database for SModelS: efficiency maps of the signals, counts and limits of each bin, and the
covariance of the background.

It is a zip, because SModelS writes its caches into the folder that it reads.
"""

import logging
import sys

import numpy as np

from wollemi.archive.writing.zip import entry_of_bytes, write_archive
from wollemi.base.json_files import read_json
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi_publish.simplified.bins import read_bins
from wollemi_publish.simplified.likelihood import SimplifiedLikelihood
from wollemi_publish.simplified.smodels import database_files
from wollemi_publish.simplified.smodels_maps import efficiency_maps

LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "name",
    "title",
    "center_of_mass_tev",
    "luminosity_ifb",
    "datasets",
    "samples",
    "smodels",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "likelihood": "the simplified likelihood",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"database": "the database in a zip"},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the database."""
    settings, content = job.settings, read_json(job.input("likelihood"))
    smodels, bins, model = settings.smodels, read_bins(content), content["model"]
    assert smodels is not None  # the rule exists only where the section does
    signals = {name: np.array(item["signal_yields"]) for name, item in content["signals"].items()}
    # Blinded counts are not part of the database.
    counts = np.array([np.nan if count is None else count for count in model["data"]])
    simplified = SimplifiedLikelihood(
        counts, np.array(model["background_yields"]), np.array(model["covariance_matrix"])
    )
    maps = efficiency_maps(smodels, settings, bins, signals)
    files = database_files(smodels, settings, maps, simplified, bins)
    write_archive(
        job.output("database"),
        {name: entry_of_bytes(text.encode()) for name, text in files.items()},
    )
    hidden = sum(one.blinded for one in bins)
    LOGGER.info(
        "%d data sets%s",
        len(bins) - hidden,
        f"; {hidden} blinded bins are left out" if hidden else "",
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
