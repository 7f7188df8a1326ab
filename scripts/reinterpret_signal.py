"""Limits on new signals from an archived analysis: backgrounds, data, selection and code stay as they were published.

Checks every file of the archive, puts the new signals in the place of its own, runs only what depends on them, with the archived
code and packages, and gives limit, CLs, cutflow and acceptance of each. See docs/reinterpretation.md.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reexecute_archive import Stopwatch, environment_for, open_archive, positive_number, removed_on_error, say, work_folder

from wollemi.archive_reading import Archive
from wollemi.errors import WollemiError
from wollemi.records import render_json
from wollemi.reexecution import prepare_run, process_variables, run_snakemake
from wollemi.reinterpretation import frozen_products, with_signals
from wollemi.reinterpretation_report import describe_signal, report_text
from wollemi.signal_configuration import NewSignal, read_signals
from wollemi.strict_yaml import load_yaml

ROOT = Path(__file__).resolve().parent.parent


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reinterpret_signal.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--archive", type=Path, required=True, help="the archive, or the folder it was unpacked to")
    parser.add_argument("--signal", type=Path, required=True, nargs="+", metavar="FILE", help="YAML files of new signals")
    work = "a new folder for all that is written (default: <archive>_reinterpreted beside the archive)"
    parser.add_argument("--work", type=Path, metavar="FOLDER", help=work)
    parser.add_argument("--cores", type=positive_number, default=2, metavar="N", help="jobs at once (default: 2)")
    environment = "use this Python environment; without it the present one if its packages are the archive's, else a new one"
    parser.add_argument("--environment", type=Path, metavar="FOLDER", help=environment)
    return parser


def fitting_environment(archive: Archive, arguments: argparse.Namespace) -> None:
    """Where the archive was locked with the packages of this checkout, its environment is at hand."""
    lock = ROOT / "uv.lock"
    same = lock.is_file() and "uv.lock" in archive.digests and lock.read_bytes() == (archive.root / "uv.lock").read_bytes()
    if arguments.environment is None and same:
        arguments.environment = Path(sys.prefix)


def write_analysis(archive: Archive, folder: Path, signals: Mapping[str, NewSignal], environment: Path) -> dict[str, Any]:
    """Put the new signals into the analysis file of the run; the archived program checks it.

    Args:
        archive: the archive.
        folder: the working folder of the run.
        signals: the new signals.
        environment: of Python.

    Returns:
        The analysis as plain values.

    Raises:
        WollemiError: it is no sound analysis with them.
    """
    path = f"config/analyses/{archive.description['analysis']}/analysis.yaml"
    document = with_signals(load_yaml(archive.root / path), signals)
    files = frozen_products(archive, document, signals)
    prepare_run(archive, folder, files, time.time())
    # JSON is YAML, too.
    (folder / path).write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    command = [str(environment / "bin/python"), "-B", "scripts/check_analysis.py", path]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise WollemiError("the analysis with the new signals", f"\n{done.stderr.strip()}", "correct the file of the signals")
    return document


def reinterpret(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    """All steps.

    Args:
        arguments: of the command line.
        work: folder for all that is written.

    Returns:
        The results.

    Raises:
        WollemiError: a user's error, or a step of the analysis fails.
    """
    watch, signals = Stopwatch(), read_signals(arguments.signal)
    with removed_on_error(work):
        with watch.step("checking", "checking every file of the archive"):
            archive = open_archive(arguments.archive, work)
        work.mkdir(parents=True, exist_ok=True)
        with watch.step("environment", "making the environment"):
            fitting_environment(archive, arguments)
            environment, origin = environment_for(archive, arguments, work)
        document = write_analysis(archive, work / "run", signals, environment)
    named = ["results.json"] if document.get("results") else []
    results = [f"{archive.run}/{name}" for name in ("limits.json", "likelihood/cls.json", *named)]
    with watch.step("running", f"running what depends on {len(signals)} new signal(s)"):
        run_snakemake(archive, work / "run", environment, arguments.cores, process_variables(work), say, results)
    folder = work / "run" / archive.run
    limits = json.loads((folder / "limits.json").read_text(encoding="utf-8"))
    found = {name: describe_signal(name, document["samples"][name]["datasets"], folder) for name in signals}
    points = {name: signal.point for name, signal in signals.items() if signal.point is not None}
    head = {"analysis": archive.description["analysis"], "wollemi": archive.description["wollemi"], "environment": origin}
    return head | {
        "level": limits["level"],
        "exclusion": limits["exclusion"],
        "points": points,
        "signals": found,
        "seconds": watch.seconds,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Reinterpret the archive named on the command line."""
    parsed = _parser().parse_args(arguments)
    try:
        work = work_folder(parsed.archive, parsed.work, "reinterpreted")
        found = reinterpret(parsed, work)
    except WollemiError as error:
        print(error, file=sys.stderr)
        return 2
    print(report_text(found["signals"], found["level"]), end="")
    target = work / "reinterpretation.json"
    target.write_text(render_json(found), encoding="utf-8")
    print(f"all numbers: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
