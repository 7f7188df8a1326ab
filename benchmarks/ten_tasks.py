"""Ten everyday tasks on a finished run of the default analysis, each one command.

    UV_PROJECT_ENVIRONMENT=/tmp/user uv sync --locked
    uv run python benchmarks/ten_tasks.py /tmp/ten --wollemi /tmp/user/bin/python

The folder gets a clone of this checkout with a run and its archive, made once. Each task has a copy
of it, in which a setting is edited as a user would edit it (not timed), and one command is run:
wall time, and CPU time of all its processes. `docs/benchmarks.md` has the commands.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ANALYSIS = "zprime"
SETTINGS = f"config/analyses/{ANALYSIS}/analysis.yaml"
STATE = "YESTERDAY"  # in a command: the state that the run was

# Those of docs/reinterpretation.md.
SIGNAL = """zprime_3300:
  like: zprime_3000
  point: 3.3
  datasets:
    zprime_3000:
      generate:
        settings:
          - NewGaugeBoson:ffbar2gmZZprime = on
          - Zprime:gmZmode = 3
          - 32:m0 = 3300.
          - PhaseSpace:mHatMin = 1650.
        events: 3000
        seed: 77000
      cross_section_pb: 0.001429
"""


@dataclass(frozen=True)
class Edit:
    """A change of a file: a text that stands there once, and what it becomes."""

    old: str
    new: str
    path: str = SETTINGS

    def apply(self, project: Path) -> None:
        """Change the file of a project.

        Raises:
            SystemExit: the text is not there once.
        """
        path = project / self.path
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            sys.exit(f"{path}: '{self.old}' is there {text.count(self.old)} times, not once")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Task:
    """What a user does.

    Args:
        name: in words.
        command: of `wollemi`.
        edits: before it.
        before: commands before it, which are not timed.
        codes: exit codes that are right.
    """

    name: str
    command: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    codes: tuple[int, ...] = (0,)


# Of the analysis that ships.
CUT = Edit("count(muon) == 0 and mass_ee > 400", "count(muon) == 0 and mass_ee > 450")
COLOR = Edit('zprime_3000: {color: "#832db6"}', 'zprime_3000: {color: "#e76300"}')
BINS = Edit("plots:\n", "plots:\n  edges: {mass_emu: [250, 350, 500, 1000]}\n")
SYSTEMATIC = Edit(
    "systematics:\n  # ASSUME: the luminosity",
    'systematics:\n  trigger: {kind: weight, up: "1 + 0.005 * count(muon)", '
    'down: "1 - 0.005 * count(muon)"}\n  # ASSUME: the luminosity',
)
REFITTED = ("run", ANALYSIS, f"results/{ANALYSIS}/fit.json")
TASKS = (
    Task("open a product", ("show", ANALYSIS, "limits")),
    Task("draw", ("draw", ANALYSIS, "electron[0].pt", "--region", "signal_ee")),
    Task(
        "change a cut and see one plot",
        ("draw", ANALYSIS, "mass_ee", "--region", "signal_ee"),
        (CUT,),
    ),
    Task(
        "change a color",
        ("run", ANALYSIS, f"results/{ANALYSIS}/plots/signal_ee_mass_ee.pdf"),
        (COLOR,),
    ),
    Task("add a systematic, and fit", REFITTED, (SYSTEMATIC,)),
    Task(
        "rebin a plot",
        ("run", ANALYSIS, f"results/{ANALYSIS}/plots/control_emu_mass_emu.pdf"),
        (BINS,),
    ),
    Task("refit with a parameter held", ("refit", ANALYSIS, "mu=0", "--signal", "zprime_3000")),
    Task("limit of a new signal", ("reinterpret", f"{ANALYSIS}.zip", "signal.yaml")),
    Task("a table of yields in LaTeX", ("show", ANALYSIS, "yields", "--latex")),
    Task(
        "compare with yesterday",
        ("compare", STATE, f"results/{ANALYSIS}"),
        (SYSTEMATIC,),
        (REFITTED,),
        (0, 1),
    ),
)


def shown(command: tuple[str, ...]) -> str:
    """A command as a user types it."""
    quoted = (f'"{word}"' if "[" in word else word for word in command)
    return f"uv run wollemi {' '.join(quoted)}"


@dataclass(frozen=True)
class Cost:
    """Time of the clock, and CPU time of all processes, in s."""

    wall: float
    cpu: float


def timed(command: list[str], folder: Path, log: Path) -> tuple[Cost, int]:
    """Run a command in a folder to its end: its cost, and its exit code.

    Args:
        command: program and arguments.
        folder: where it runs.
        log: where its output goes.
    """
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        # The usage of the process with all that it has waited for.
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost = Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime)
    return cost, process.returncode


def run_command(
    python: str, project: Path, command: tuple[str, ...], log: Path, codes: tuple[int, ...] = (0,)
) -> Cost:
    """Run a command of `wollemi` in a project to its end.

    Args:
        python: of an environment as users have it.
        project: the folder.
        command: its arguments.
        log: where its output goes.
        codes: exit codes that are right.

    Raises:
        SystemExit: it failed.
    """
    cost, code = timed([python, "-m", "wollemi.commands.main", *command], project, log)
    if code not in codes:
        sys.exit(f"{shown(command)} ended with exit code {code}: see {log}")
    return cost


def make_project(folder: Path, python: str) -> Path:
    """A clone with a run of the default analysis, its archive and a file of signals; what is there
    is kept.
    """
    project = folder / "project"
    if not project.is_dir():
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project)], check=True)
    cost = run_command(python, project, ("run", ANALYSIS), folder / "run.log")
    print(f"run: {cost.wall:.1f} s, {cost.cpu:.1f} CPU s", flush=True)
    if not (project / f"{ANALYSIS}.zip").is_file():
        run_command(python, project, ("archive", ANALYSIS), folder / "archive.log")
    (project / "signal.yaml").write_text(SIGNAL, encoding="utf-8")
    return project


def present_state(python: str, project: Path, folder: Path) -> str:
    """The name of the state that the results are.

    Raises:
        SystemExit: the store has none.
    """
    log = folder / "history.log"
    run_command(python, project, ("history", ANALYSIS), log)
    found = re.search(r"^([0-9a-f]{10}) ", log.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        sys.exit(f"{project} has no state: see {log}")
    return found[1]


def measure(task: Task, number: int, project: Path, folder: Path, python: str) -> Cost:
    """Do a task on a new copy of the project."""
    copy, log = folder / "copy", folder / f"task_{number}.log"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, symlinks=True)
    os.sync()  # the disk is not still busy with the copy
    for edit in task.edits:
        edit.apply(copy)
    for command in task.before:
        run_command(python, copy, command, log)
    command = task.command
    if STATE in command:
        state = present_state(python, project, folder)
        command = tuple(state if word == STATE else word for word in command)
    return run_command(python, copy, command, log, task.codes)


def table_lines(costs: dict[int, list[Cost]]) -> Iterator[str]:
    """The lines of a table in Markdown: medians."""
    yield "| | task | command | wall s | CPU s |"
    yield "| --- | --- | --- | --- | --- |"
    for number, found in costs.items():
        task = TASKS[number - 1]
        wall = statistics.median(cost.wall for cost in found)
        cpu = statistics.median(cost.cpu for cost in found)
        yield f"| {number} | {task.name} | `{shown(task.command)}` | {wall:.1f} | {cpu:.1f} |"


def main() -> None:
    """Do all tasks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    numbers = range(1, len(TASKS) + 1)
    parser.add_argument("folder", type=Path, help="for the run, its copies and the logs")
    parser.add_argument(
        "--wollemi", default=sys.executable, help="Python of an environment as users have it"
    )
    parser.add_argument("--tasks", nargs="+", type=int, choices=numbers, default=list(numbers))
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    project = make_project(folder, arguments.wollemi)
    costs: dict[int, list[Cost]] = {number: [] for number in arguments.tasks}
    for _ in range(arguments.repetitions):
        for number in arguments.tasks:
            task = TASKS[number - 1]
            cost = measure(task, number, project, folder, arguments.wollemi)
            costs[number].append(cost)
            print(f"{task.name}: {cost.wall:.1f} s, {cost.cpu:.1f} CPU s", flush=True)
    print("\n".join(table_lines(costs)))


if __name__ == "__main__":
    main()
