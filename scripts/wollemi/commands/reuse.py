"""What `wollemi run` does before it starts Snakemake: bring back what was made once."""

import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.commands.programs import run_child, scripts_folder
from wollemi.history.store import store_folder

# Options with which Snakemake runs no job, or works in another folder.
_NO_JOB = frozenset(
    (
        "--unlock",
        "--touch",
        "-t",
        "--summary",
        "-S",
        "--detailed-summary",
        "-D",
        "--lint",
        "--list-rules",
        "--list",
        "-l",
        "--dag",
        "--rulegraph",
        "--filegraph",
        "--report",
        "--delete-all-output",
        "--delete-temp-output",
        "--cleanup-metadata",
        "--cleanup-shadow",
        "--version",
        "-v",
        "--help",
        "-h",
        "--containerize",
        "--generate-unit-tests",
        "--print-compilation",
        "--list-changes",
        "--lc",
        "--archive",
        "--directory",
        "-d",
    )
)
# Options with which Snakemake deliberately repeats jobs.
_FORCED = frozenset(("--forceall", "-F", "--force", "-f", "--forcerun", "-R"))
_DRY = frozenset(("-n", "--dry-run", "--dryrun"))


def makes_results(arguments: Sequence[str]) -> bool:
    """Whether a run with these arguments of Snakemake can change results."""
    return not _options(arguments) & (_NO_JOB | _DRY)


def _options(arguments: Sequence[str]) -> set[str]:
    return {argument.partition("=")[0] for argument in arguments}


def reuse_results(analysis: str, arguments: Sequence[str]) -> None:
    """Bring the results back that the store has for the run that is to come.

    Nothing here ends the run: Snakemake says what is wrong, and makes what does not come back.

    Args:
        analysis: its name.
        arguments: further arguments of Snakemake; in a dry run only what would come back is
            reported.
    """
    run = run_folder(analysis, arguments)
    folder = store_folder()
    asked = _options(arguments)
    if folder is None or not (folder / "states" / run.name).is_dir() or asked & (_NO_JOB | _FORCED):
        return
    only_say = ["--dry-run"] if asked & _DRY else []
    program = scripts_folder() / "manage_history.py"
    run_child([sys.executable, str(program), "reuse", str(run), *only_say])


def run_folder(analysis: str, arguments: Sequence[str] = ()) -> Path:
    """The folder of results of a run, which need not exist; a preview has its own.

    Args:
        analysis: its name, or a folder.
        arguments: of Snakemake, which may set `max_events`.
    """
    events = [text.partition("=")[2] for text in arguments if text.startswith("max_events=")]
    preview = "_preview" if events and events[-1] != "0" else ""
    return Path("results") / f"{Path(analysis).name}{preview}"
