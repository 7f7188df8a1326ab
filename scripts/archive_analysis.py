"""Archive a finished analysis: one zip file that anyone can verify, read and rerun.

It holds the workflow, its configuration and lock file, every product and record, a README, and
RO-Crate metadata (Provenance Run Crate). Only an intact and complete run is archived. Equal
results give equal bytes. See docs/archive.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wollemi.archive.writing.contents import archive_entries
from wollemi.archive.writing.files import check_checkout
from wollemi.archive.writing.finished_run import FinishedRun, finished_run
from wollemi.archive.writing.requirements import find_uv
from wollemi.archive.writing.zip import write_archive
from wollemi.base.citation import FILE, author_name
from wollemi.base.machine_errors import exit_code
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import run_folder
from wollemi_likelihood.base.errors import WollemiError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="archive_analysis.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "results",
        type=Path,
        help="folder of results, such as results/zprime; run this beside the Snakefile",
    )
    parser.add_argument(
        "--archive",
        type=Path,
        required=True,
        metavar="FILE",
        help="the archive, such as zprime.zip (written)",
    )
    parser.add_argument(
        "--production-files",
        action="store_true",
        help="also archive the production files",
    )
    parser.add_argument(
        "--wheels",
        action="store_true",
        help="also archive the packages, for this Python and platform",
    )
    return parser


def archive(arguments: argparse.Namespace) -> FinishedRun:
    """Run the command line.

    Returns:
        Archived run.

    Raises:
        WollemiError: The user has to correct something.
    """
    run, present = run_folder(arguments.results), PresentState()
    check_place(arguments.archive, run)
    check_checkout()
    find_uv()  # before the long work
    finished = finished_run(run, present)
    with tempfile.TemporaryDirectory(prefix="wollemi-archive-") as folder:
        wheels = Path(folder) if arguments.wheels else None
        entries = archive_entries(finished, arguments.production_files, wheels)
        write_archive(arguments.archive, entries)
    return finished


def check_place(path: Path, run: Path) -> None:
    """Refuse an archive inside the archived run, where it would be a stray file.

    Raises:
        WollemiError: The path is inside the run, or cannot be a file.
    """
    if path.resolve().is_relative_to(run.resolve()):
        raise WollemiError(
            str(path),
            f"an archive of {run} cannot lie in it",
            "write it elsewhere, such as archives/",
        )
    if next(parent for parent in path.resolve().parents if parent.exists()).is_file():
        raise WollemiError(
            str(path), "a part of this path is a file", "name another place with --archive"
        )
    if path.is_dir():
        raise WollemiError(
            str(path), "this is a folder", f"name a file, such as {path / f'{run.name}.zip'}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Archive the results named on the command line."""
    parsed = _parser().parse_args(arguments)
    return exit_code(lambda: _main(parsed), [parsed.archive.parent])


def _main(parsed: argparse.Namespace) -> int:
    run = archive(parsed)
    print(f"{parsed.archive}: {parsed.archive.stat().st_size / 1e6:,.1f} MB")
    names = ", ".join(map(author_name, run.citation["authors"]))
    source = "" if run.about else f" (from {FILE}; publication.about can name others)"
    print(f"by {names}{source}")
    for text in run.chain.unseen:
        print(f"not watched: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
