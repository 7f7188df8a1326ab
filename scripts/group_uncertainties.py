"""Uncertainty of the parameter of interest by groups of sources, for each signal: statistics of
data and simulation, systematics, normalizations.
"""

import logging
import sys
from collections.abc import Mapping, Sequence

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.imported import Imported
from wollemi.results.uncertainties import SignalUncertainties, Uncertainties
from wollemi.results.uncertainty_text import contribution_texts
from wollemi_likelihood.inference.uncertainties import grouped_uncertainties
from wollemi_likelihood.workspaces import Workspace, measured, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("uncertainties", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "imported": "what the published model is, if there is one",
    },
    outputs={"uncertainties": "uncertainties by groups of sources"},
    sections=SECTIONS,
)


def warn_of_empty_groups(
    groups: Mapping[str, Sequence[str]], workspaces: Sequence[Workspace]
) -> None:
    """Warn of systematics in groups that are in none of the models, for example after pruning."""
    known = {name for workspace in workspaces for name in workspace.likelihood.index}
    for group, names in groups.items():
        for name in names:
            if name not in known:
                LOGGER.warning("group %s: no model has %s", group, name)


def log_uncertainties(signal: str, found: SignalUncertainties) -> None:
    """Log the largest contributions."""
    for name, item in list(found.rows.items())[:4]:
        LOGGER.info("%s: %s: %s", signal, name, ", ".join(contribution_texts(item).values()))


def find_combination(job: Job) -> Imported | None:
    """Find the imported combination if the model is one."""
    imported = Imported.read(job.input("imported")) if job.inputs("imported") else None
    return imported if imported and imported.combined else None


@with_model(write_absence)
def main(job: Job) -> None:
    """Break down the uncertainty of each signal."""
    groups = job.settings.uncertainties.groups
    workspaces = measured(read_workspaces(job.inputs("workspaces"), job.settings.asimov))
    warn_of_empty_groups(groups, workspaces)
    combination = find_combination(job)
    by_analysis = combination.by_analysis if combination else None
    found = {
        item.signal: SignalUncertainties.of(grouped_uncertainties(item, groups, by_analysis))
        for item in workspaces
    }
    for signal, item in found.items():
        log_uncertainties(signal, item)
    product = Uncertainties(measurement=workspaces[0].measurement, uncertainties=found)
    job.write_json("uncertainties", product.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
