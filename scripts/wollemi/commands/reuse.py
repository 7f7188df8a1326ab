"""What `wollemi run` does before it starts Snakemake: bring back what was made once."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.commands.programs import scripts_folder
from wollemi.history.store import store_folder

# Options with which Snakemake plans nothing, or runs what is made already on purpose.
_NO_RUN = frozenset(
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
        "--forceall",
        "-F",
        "--force",
        "-f",
        "--forcerun",
        "-R",
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
_DRY = frozenset(("-n", "--dry-run", "--dryrun"))


def reuse_results(analysis: str, arguments: Sequence[str], dry_run: bool) -> None:
    """Bring the results back that the store has for the run that is to come.

    Nothing here ends the run: Snakemake says what is wrong, and makes what does not come back.

    Args:
        analysis: its name.
        arguments: further arguments of Snakemake.
        dry_run: whether only to say what would come back.
    """
    run = run_folder(analysis, arguments)
    folder = store_folder()
    asked = {argument.partition("=")[0] for argument in arguments}
    if folder is None or not (folder / "states" / run.name).is_dir() or asked & _NO_RUN:
        return
    only_say = ["--dry-run"] if dry_run or asked & _DRY else []
    program = scripts_folder() / "manage_history.py"
    subprocess.run([sys.executable, str(program), "reuse", str(run), *only_say], check=False)  # noqa: S603


def run_folder(analysis: str, arguments: Sequence[str] = ()) -> Path:
    """The folder of results of a run, which need not exist; a preview has its own.

    Args:
        analysis: its name, or a folder.
        arguments: of Snakemake, which may set `max_events`.
    """
    events = [text.partition("=")[2] for text in arguments if text.startswith("max_events=")]
    preview = "_preview" if events and events[-1] != "0" else ""
    return Path("results") / f"{Path(analysis).name}{preview}"
