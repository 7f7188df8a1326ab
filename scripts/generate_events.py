"""Generate collisions with Pythia 8, pass them through a simple detector, write them as a ROOT file
like NanoAOD or PHYSLITE.

Or let a function of the analysis make the events. Equal settings give equal bytes. Pythia is under
the GNU General Public License; no other step imports it, nor does this one for a function of the
analysis.
"""

from __future__ import annotations

import sys

from wollemi.generation.part import generate_by_hook, generate_with_pythia
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("generator", "source")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing"
    },
    outputs={
        "events": "ROOT file with the trees Events and Runs, another tree, or the RNTuple EventData"
    },
    options={
        "dataset": Option("name of the dataset"),
        "part": Option("number of the part", int, default=0),
        "max_events": Option("preview: generate at most so many events; 0: all", int, default=0),
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Generate one part of a dataset."""
    generation = job.settings.dataset.generate
    assert generation is not None  # the rule exists only for such datasets
    most = job.option("max_events")
    events = min(generation.events, most) if most else generation.events
    job.counted(range(events))
    if generation.hook is not None:
        generate_by_hook(job, generation.hook, events)
    else:
        generate_with_pythia(job, events)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
