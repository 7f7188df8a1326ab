"""Run an archived analysis again on a fresh machine, and compare every product with the archived
one.

Checks every file of the archive, makes the Python environment from its lock file (offline, if the
wheels are inside), runs the chain from the production files (from the deepest products where some
cannot be had), and compares. Needs Python 3.11 to 3.13 and nothing else. Exit code: 0 all products
are identical or equal within the tolerances, 1 not, 2 an error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (reported before imports that need it)
    print(
        "reexecute_archive.py: Python 3.11 or newer is needed\n  → run it with python3.11, "
        "3.12 or 3.13",
        file=sys.stderr,
    )
    sys.exit(2)
if __name__ == "__main__":
    sys.dont_write_bytecode = True  # unpacked archives stay unchanged

import argparse
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from wollemi.archive.reading.archive import (
    Archive,
    open_source,
    read_description,
    read_manifest,
    unpack,
)
from wollemi.archive.reading.availability import answers, jobs_to_take_over, unavailable_files
from wollemi.archive.reading.checks import check_files, check_records
from wollemi.archive.reading.comparison import Pair, compare_run
from wollemi.archive.reading.environment import create_environment, existing_environment
from wollemi.archive.reading.json_comparison import Verdict
from wollemi.archive.reading.report import Reexecution, report_json, report_text
from wollemi.archive.reading.run import (
    archived_targets,
    prepare_run,
    process_variables,
    run_snakemake,
)
from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi_likelihood.base.errors import WollemiError, counted


def positive_number(text: str) -> int:
    """Parse an integer of at least 1: with 0 cores Snakemake waits forever.

    Raises:
        argparse.ArgumentTypeError: The text is something else.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reexecute_archive.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("archive", type=Path, help="the archive, or the folder it was unpacked to")
    work = "a new folder for all that is written (default: <archive>_reexecuted beside the archive)"
    parser.add_argument("--work", type=Path, metavar="FOLDER", help=work)
    parser.add_argument(
        "--cores", type=positive_number, default=2, metavar="N", help="jobs at once (default: 2)"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="also write the report as JSON here (it is report.json in the work folder)",
    )
    environment = "use this Python environment instead of making one from the lock file"
    parser.add_argument("--environment", type=Path, metavar="FOLDER", help=environment)
    return parser


class Stopwatch:
    """Measures the wall time of each step and reports its beginning."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[None]:
        """Time a step.

        Args:
            name: Name in the report.
            text: Text printed at the beginning.
        """
        say(f"{text} ...")
        start = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - start


def say(text: str) -> None:
    """Print a line of progress."""
    print(text, file=sys.stderr, flush=True)


def work_folder(archive: Path, asked: Path | None, done: str = "reexecuted") -> Path:
    """Absolute path of the folder for all output, which is empty or does not exist yet.

    Args:
        archive: Path of the archive.
        asked: Folder chosen by the user.
        done: Suffix of the default name.

    Raises:
        WollemiError: The folder is not empty, or is inside the unpacked archive.
    """
    archive = Path(os.path.abspath(archive))
    folder = (
        Path(os.path.abspath(asked))
        if asked
        else archive.with_name(f"{archive.name.removesuffix('.zip')}_{done}")
    )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WollemiError(
            str(folder), "this folder is not empty", "remove it, or name another one with --work"
        )
    if folder.is_relative_to(archive):
        raise WollemiError(
            str(folder), "it lies in the archive itself", "name a folder elsewhere with --work"
        )
    return folder


def open_archive(path: Path, work: Path) -> Archive:
    """Check an archive; zip files are unpacked to `archive` in the work folder.

    Raises:
        WollemiError: The file is not an archive, or is damaged.
    """
    with open_source(path) as source:
        description, digests = read_description(path, source), read_manifest(path, source)
        check_files(path, source, digests)
        root = Path(os.path.abspath(path))
        if not path.is_dir():
            root = work / "archive"
            unpack(source, digests, root)
    archive = Archive(root, description, digests)
    check_records(path, archive)
    return archive


def environment_for(
    archive: Archive, arguments: argparse.Namespace, work: Path
) -> tuple[Path, str]:
    """Folder of the environment, and origin of its packages."""
    variables = process_variables(work)
    if arguments.environment is not None:
        return existing_environment(arguments.environment, variables), "as it was given"
    folder = work / "environment"
    return folder, create_environment(archive, folder, variables, work / "environment.log")


def compare_tables_by(python: Path, pairs: Mapping[str, Pair]) -> dict[str, Verdict]:
    """Compare Parquet, ROOT and zip files with the environment's Python: this one may be bare."""
    given = json.dumps({name: [str(path) for path in pair] for name, pair in pairs.items()})
    command = [str(python), "-B", str(Path(__file__).with_name("compare_products.py"))]
    done = subprocess.run(command, check=False, input=given, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise WollemiError(
            "compare_products.py",
            f"it failed:\n{done.stderr[-2000:]}",
            "this is a bug: please report it",
        )
    return {name: Verdict(*verdict) for name, verdict in json.loads(done.stdout).items()}


def check_report(path: Path | None) -> None:
    """Check before the long work that the report can be written.

    Raises:
        WollemiError: The folder does not exist, or the path is a folder.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        problem = "this is a folder" if path.is_dir() else "its folder does not exist"
        raise WollemiError(str(path), problem, "name a file in a folder that exists with --report")


@contextmanager
def removed_on_error(folder: Path) -> Iterator[None]:
    """Clean up after an error before the run; an existing empty folder stays."""
    existed = folder.exists()
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if existed:
            folder.mkdir(exist_ok=True)
        raise


def reexecute(arguments: argparse.Namespace, work: Path) -> Reexecution:
    """Run all steps.

    Args:
        arguments: Arguments of the command line.
        work: Folder for all output.

    Raises:
        WollemiError: The user has to correct something, or a step of the analysis failed.
    """
    watch = Stopwatch()
    with removed_on_error(work):
        with watch.step("checking", "checking every file of the archive"):
            archive = open_archive(arguments.archive, work)
        work.mkdir(parents=True, exist_ok=True)
        with watch.step("environment", "making the environment"):
            environment, origin = environment_for(archive, arguments, work)
        with watch.step("production files", "looking for the production files"):
            absent = unavailable_files(archive, answers)
    records = archive.records()
    jobs = jobs_to_take_over(records, absent, archive.digests)
    files = [
        name for job in jobs for name in (job, *records[job]["outputs"]) if name in archive.digests
    ]
    prepare_run(archive, work / "run", files, time.time(), absent)
    with watch.step(
        "running", f"running {len(records) - len(jobs)} of {counted(len(records), 'job')}"
    ):
        targets = archived_targets(archive, records)
        run_snakemake(
            archive,
            work / "run",
            environment,
            arguments.cores,
            process_variables(work),
            say,
            targets,
        )
    with watch.step("comparing", "comparing"):
        python = environment / "bin/python"
        names = tuple(name for name, _ in absent)
        found = compare_run(
            archive, work / "run", files, names, lambda pairs: compare_tables_by(python, pairs)
        )
    return Reexecution(archive, origin, names, len(records), tuple(jobs), found, watch.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Re-execute the archive named on the command line."""
    parsed = _parser().parse_args(arguments)
    return exit_code(lambda: _main(parsed), [parsed.work or parsed.archive.parent])


def _main(parsed: argparse.Namespace) -> int:
    check_report(parsed.report)
    work = work_folder(parsed.archive, parsed.work)
    done = reexecute(parsed, work)
    text = report_text(done)
    print(text, end="")
    write_whole(work / "report.txt", text)
    for path in {work / "report.json", parsed.report or work / "report.json"}:
        write_whole(path, render_json(report_json(done)))
    return 0 if done.comparison.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
