"""Impact of each parameter on the parameter of interest, for each signal: what limits the result,
the largest first.
"""

import sys

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.ranking import Ranking, SignalRanking
from wollemi_likelihood.inference.ranking import ranked
from wollemi_likelihood.workspaces import measured, read_workspaces

SECTIONS = ("model", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"ranking": "impacts"},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Rank the parameters for all signals."""
    workspaces = measured(read_workspaces(job.inputs("workspaces"), job.settings.asimov))
    rankings = {item.signal: SignalRanking.of(ranked(item)) for item in workspaces}
    job.write_json(
        "ranking", Ranking(measurement=workspaces[0].measurement, rankings=rankings).plain()
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
