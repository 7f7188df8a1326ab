"""Limits on new signals from an archived analysis: backgrounds, data, selection and code stay as
they were published.

Checks every file of the archive, replaces its signals by the new ones, runs only the steps that
depend on them, with the archived code and packages, and gives limit, CLs, cutflow and acceptance of
each. See docs/reinterpretation.md.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from reexecute_archive import (
    Stopwatch,
    environment_for,
    open_archive,
    positive_number,
    removed_on_error,
    say,
    work_folder,
)

from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.run import process_variables, run_snakemake
from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi_likelihood.base.caches import copy_machine_code
from wollemi_likelihood.base.errors import WollemiError

try:
    from wollemi.reinterpretation.failures import explained, limit_is_above_bounds
    from wollemi.reinterpretation.groups import signal_groups
    from wollemi.reinterpretation.models import read_signals
    from wollemi.reinterpretation.results import collect_results, write_plots
    from wollemi.reinterpretation.run import (
        SignalRun,
        check_analysis,
        generator_cross_sections,
        make_checked,
        make_run,
        raise_bounds,
    )
    from wollemi.reinterpretation.text import report_text
except ModuleNotFoundError as missing:
    print(
        f"reinterpret_signal: the package {missing.name} is not installed\n"
        "  → run it in the environment of a checkout: uv run python scripts/reinterpret_signal.py",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

ROOT = Path(__file__).resolve().parent.parent
MOST_RAISES = 3  # maximum number of tenfold increases of the upper bound of the signal strength


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reinterpret_signal.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--archive", type=Path, required=True, help="the archive, or the folder it was unpacked to"
    )
    parser.add_argument(
        "--signal",
        type=Path,
        required=True,
        nargs="+",
        metavar="FILE",
        help="YAML files of new signals",
    )
    work = (
        "a new folder for all that is written (default: <archive>_reinterpreted beside the archive)"
    )
    parser.add_argument("--work", type=Path, metavar="FOLDER", help=work)
    parser.add_argument(
        "--cores", type=positive_number, default=2, metavar="N", help="jobs at once (default: 2)"
    )
    environment = (
        "use this Python environment; without it the present one if its packages are the "
        "archive's, else a new one"
    )
    parser.add_argument("--environment", type=Path, metavar="FOLDER", help=environment)
    return parser


def fitting_environment(archive: Archive, arguments: argparse.Namespace) -> None:
    """Use the present environment if the archive was locked with the packages of this checkout."""
    lock = ROOT / "uv.lock"
    same = (
        lock.is_file()
        and "uv.lock" in archive.digests
        and lock.read_bytes() == (archive.root / "uv.lock").read_bytes()
    )
    if arguments.environment is None and same:
        arguments.environment = Path(sys.prefix)


def what_it_is(archive: Archive, path: Path) -> dict[str, Any]:
    """Identity that a signal may refer to: analysis, version and, for a zip file, SHA-256."""
    about = {key: archive.description[key] for key in ("analysis", "wollemi")}
    return about | ({"archive_sha256": file_digest(path)} if path.is_file() else {})


def targets(run: SignalRun) -> list[str]:
    """List the products of a run: limits, CLs, named results, and the limit plot of signals that
    are on its axis.
    """
    points = run.document["limits"].get("points", {})
    plotted = len(points) > 1 and points.keys() == run.signals.keys()
    plots = [f"plots/limits.{suffix}" for suffix in ("pdf", "png", "json")] if plotted else []
    named = ["results.json"] if run.document.get("results") else []
    return [
        f"{run.archive.run}/{name}"
        for name in ("limits.json", "likelihood/cls.json", *named, *plots)
    ]


@contextmanager
def in_words_of_signals(run: SignalRun, work: Path, existed: bool) -> Iterator[None]:
    """Turn a failure caused by the signals into an error of their file, and clean up."""
    try:
        yield
    except WollemiError as found:
        samples = {name: run.datasets(name) for name in run.signals}
        error = (
            found
            if found.where.startswith(run.where)
            else explained(run.where, samples, run.results)
        )
        if error is None:
            raise
        shutil.rmtree(work)
        if existed:
            work.mkdir()
        raise error from None


def run_group(run: SignalRun, make: Any) -> list[str]:
    """Run the workflow for signals of one kind; return warnings.

    Args:
        run: Run whose folder is filled.
        make: Function that makes products.
    """
    generator_cross_sections(run, make)
    warnings: list[str] = []
    while True:
        try:
            make(targets(run))
            return warnings
        except WollemiError:
            if not limit_is_above_bounds(run.results) or len(warnings) == MOST_RAISES:
                raise
            warnings.append(raise_bounds(run))
            say(warnings[-1])


def reinterpret(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Run all steps.

    Args:
        arguments: Arguments of the command line.
        work: Folder for all output.

    Returns:
        Results of the new signals.

    Raises:
        WollemiError: The user has to correct something, or a step of the analysis failed.
    """
    watch, signals = Stopwatch(), read_signals(arguments.signal)
    where = ", ".join(map(str, arguments.signal))
    groups, existed = signal_groups(signals, where), work.exists()
    with removed_on_error(work):
        with watch.step("checking", "checking every file of the archive"):
            archive = open_archive(arguments.archive, work)
        work.mkdir(parents=True, exist_ok=True)
        with watch.step("environment", "making the environment"):
            fitting_environment(archive, arguments)
            environment, origin = environment_for(archive, arguments, work)
        about = what_it_is(archive, arguments.archive)
        runs = [
            make_run(archive, group, work / folder, where, about)
            for folder, group in groups.items()
        ]
        for run in runs:
            copy_machine_code(run.folder)
    warnings = []
    step = watch.step("running", f"running what depends on {len(signals)} new signal(s)")
    with step, ThreadPoolExecutor() as pool:
        checks = [pool.submit(check_analysis, run, environment) for run in runs]
        for run in runs:
            snakemake = partial(
                run_snakemake,
                archive,
                run.folder,
                environment,
                arguments.cores,
                process_variables(work),
                say,
            )
            with in_words_of_signals(run, work, existed):
                warnings += run_group(run, partial(make_checked, checks, snakemake))
    head = {
        "analysis": archive.description["analysis"],
        "wollemi": archive.description["wollemi"],
        "environment": origin,
    }
    found = head | collect_results(runs, list(signals), warnings) | {"seconds": watch.seconds}
    write_plots(found, runs, work)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Reinterpret the archive named on the command line."""
    parsed = _parser().parse_args(arguments)
    return exit_code(lambda: _main(parsed), [parsed.work or parsed.archive.parent])


def _main(parsed: argparse.Namespace) -> int:
    work = work_folder(parsed.archive, parsed.work, "reinterpreted")
    found = reinterpret(parsed, work)
    print(report_text(found), end="")
    target = work / "reinterpretation.json"
    write_whole(target, render_json(found))
    print(f"all numbers: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
