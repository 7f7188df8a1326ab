"""What every program does beside its own work: arguments, log, whole outputs or none, the record, the exit code."""

import argparse
import contextlib
import logging
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from wollemi.analysis_files import load_analysis
from wollemi.command_line import Program, command_line_parser
from wollemi.errors import WollemiError
from wollemi.luminosity import read_luminosity
from wollemi.records import file_digest, make_record, relative_name, render_json, seal_record
from wollemi.settings import Settings

LOGGER = logging.getLogger("wollemi")


class Job:
    """One run of a program: its parsed arguments, and where outputs are written before they are whole."""

    def __init__(self, program: Program, arguments: argparse.Namespace):
        self.program = program
        self.arguments = arguments
        self._found: list[Path] = []

    @cached_property
    def settings(self) -> Settings:
        """The declared sections of the analysis file; an input `luminosity` says what the file leaves open."""
        measured = self.inputs("luminosity") if "luminosity" in self.program.inputs else []
        luminosity = read_luminosity(measured[0]) if measured else None
        dataset = getattr(self.arguments, "dataset", None)
        return load_analysis(self.arguments.analysis, self.program.sections, dataset, luminosity)

    def option(self, name: str) -> Any:
        """Value of an option."""
        return getattr(self.arguments, name)

    def inputs(self, name: str) -> list[Path]:
        """Files of an input argument."""
        return list(getattr(self.arguments, name) or [])

    def input(self, name: str) -> Path:
        """The one file of an input argument."""
        (path,) = self.inputs(name)
        return path

    def read_file(self, path: Path) -> Path:
        """Note a file that the program finds named in one of its inputs, so that the record has it."""
        _check_inputs([path])
        self._found.append(path)
        return path

    def outputs(self, name: str) -> list[Path]:
        """Where to write the files of an output argument: temporary names that become the real ones at the end."""
        return [partial_path(path) for path in getattr(self.arguments, name) or []]

    def output(self, name: str) -> Path:
        """Where to write the one file of an output argument."""
        (path,) = self.outputs(name)
        return path

    @property
    def targets(self) -> list[Path]:
        """Real names of all outputs."""
        return [path for name in self.program.outputs for path in getattr(self.arguments, name) or []]

    @property
    def sources(self) -> list[Path]:
        """All input files."""
        return [path for name in self.program.inputs for path in self.inputs(name)] + self._found

    def write_json(self, name: str, value: Any) -> None:
        """Write the one file of an output argument as JSON."""
        self.output(name).write_text(render_json(value), encoding="utf-8")


def partial_path(path: Path) -> Path:
    """The temporary name beside a target; the same at every try, so that a killed job leaves at most one of it."""
    return path.with_name(f".partial.{path.name}")


def run_program(program: Program, work: Callable[[Job], None], arguments: Sequence[str] | None = None) -> int:
    """Run a program's work between parsing its arguments and writing its record.

    Outputs appear all together when the work is done, or not at all. A user's error is printed without a traceback.

    Args:
        program: the command line.
        work: does the work of one job.
        arguments: the command line; none: `sys.argv`.

    Returns:
        The exit code: 0, or 2 for a user's error.
    """
    job = Job(program, command_line_parser(program).parse_args(arguments))
    # BLAS kernels and thread counts change the last bits of a sum.
    with threadpool_limits(limits=1), _logging(program.name, job.arguments.log), _timing():
        try:
            for target in job.targets:
                target.parent.mkdir(parents=True, exist_ok=True)
            _check_inputs(job.sources)
            work(job)
            _finish(job)
        except WollemiError as error:
            LOGGER.error("%s", error)
            return 2
        finally:
            for target in job.targets:
                partial_path(target).unlink(missing_ok=True)
    return 0


def _check_inputs(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.is_dir():
            raise WollemiError(str(path), "this input is a folder, not a file", "name the files in it")
        if path.is_symlink() and not path.exists():
            raise WollemiError(str(path), "this input is a link to nothing", "restore the file it names, or correct the link")
        if not path.is_file():
            raise WollemiError(str(path), "this input file does not exist", "check the path, or run the step that makes it")
        if not os.access(path, os.R_OK):
            raise WollemiError(str(path), "this input file may not be read", "ask its owner for the permission to read it")


def _finish(job: Job) -> None:
    """Give the outputs their names, the record last: a record stands only beside what it describes."""
    made = {relative_name(target): file_digest(partial_path(target)) for target in job.targets}
    for target in job.targets:
        os.replace(partial_path(target), target)
    record = job.arguments.record
    if record is None:
        return
    options = {name: _plain(job.option(name)) for name, option in job.program.options.items() if option.recorded}
    analysis = (
        {"analysis": relative_name(job.arguments.analysis), "settings": job.settings.digests} if job.program.sections else {}
    )
    content = make_record(Path(job.program.file), job.sources, made, options) | analysis
    record.parent.mkdir(parents=True, exist_ok=True)
    partial_path(record).write_text(render_json(seal_record(content)), encoding="utf-8")
    os.replace(partial_path(record), record)


def _plain(value: Any) -> Any:
    """An option's value for the record, with relative paths."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return relative_name(value) if isinstance(value, Path) else value


@contextlib.contextmanager
def _logging(name: str, path: Path | None) -> Iterator[None]:
    """Messages to standard error, and with their level to the log file, which also gets the details."""
    LOGGER.setLevel(logging.DEBUG)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    handlers[0].setLevel(logging.INFO)
    handlers[0].setFormatter(logging.Formatter(f"{name}: %(message)s"))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(path, mode="w", encoding="utf-8"))
        handlers[1].setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    for handler in handlers:
        LOGGER.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            LOGGER.removeHandler(handler)
            if isinstance(handler, logging.FileHandler):
                handler.close()


@contextlib.contextmanager
def _timing() -> Iterator[None]:
    """End the log with wall time, CPU time and peak memory."""
    start = time.monotonic()
    try:
        yield
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        LOGGER.debug("%.1f s wall, %.1f s CPU, %.0f MB peak memory", wall, cpu, usage.ru_maxrss / 1024)
