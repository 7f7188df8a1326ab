"""Restore stored results before `wollemi run` starts Snakemake."""

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
    """Restore stored results for the next run.

    Errors here do not end the run: Snakemake reports problems, and makes missing results.

    Args:
        analysis: Name of the analysis.
        arguments: Further arguments of Snakemake; in a dry run the results to be restored are only
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
        analysis: Name of the analysis, or a folder.
        arguments: Arguments of Snakemake, which may set `max_events`.
    """
    events = [text.partition("=")[2] for text in arguments if text.startswith("max_events=")]
    preview = "_preview" if events and events[-1] != "0" else ""
    return Path("results") / f"{Path(analysis).name}{preview}"
