"""The frame of every program: arguments, log, complete outputs or none, record and exit code."""

import argparse
import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from wollemi.analysis.settings import Settings, read_luminosity
from wollemi.base.archived_files import present_path
from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import machine_error
from wollemi.base.memory import keep_freed_memory
from wollemi.base.whole_files import partial_path
from wollemi.job.command_line import Program, command_line_parser, command_lines
from wollemi.job.input_files import check_inputs
from wollemi.job.log import exit_code_of, log_file, messages_of, timing
from wollemi.job.records import make_record, relative_name, seal_record
from wollemi.job.watched_reads import Watch, watched
from wollemi.loading.expand import plain_document
from wollemi.loading.load import load_analysis, read_document
from wollemi.loading.places import place_error
from wollemi_likelihood.base.errors import EvaluationError, MissingBranchError, WollemiError

Batch = TypeVar("Batch", bound=Sized)
# The time of an event is measured on at least this many: below, opening files counts more.
_ENOUGH = 10_000


class Job:
    """One run of a program: its parsed arguments, and the names of its outputs until they are
    complete.
    """

    def __init__(self, program: Program, arguments: argparse.Namespace):
        self.program = program
        self.arguments = arguments
        self._found: list[Path] = []
        self._batches: list[tuple[float, int]] = []  # CPU time at which it comes, and events
        # All jobs of this process, for a program that `reads_together`.
        self.together: Sequence[Job] = [self]

    @cached_property
    def settings(self) -> Settings:
        """The declared sections of the analysis file; an input `luminosity` provides the luminosity
        that the file leaves open.
        """
        measured = self.inputs("luminosity") if "luminosity" in self.program.inputs else []
        luminosity = read_luminosity(measured[0]) if measured else None
        dataset = getattr(self.arguments, "dataset", None)
        return load_analysis(
            self.arguments.analysis,
            self.program.sections,
            dataset,
            luminosity,
            signed="mirrors" in self.program.options,
            # The run was planned with checked settings, and `_check_plan` requires the same ones.
            checked=getattr(self.arguments, "planned", None) is not None,
            part=getattr(self.arguments, "part", None),
        )

    def counted(self, batch: Batch) -> Batch:
        """A batch of events, counted as processed."""
        self._batches.append((time.process_time(), len(batch)))
        return batch

    def event_costs(self) -> tuple[int | None, float | None]:
        """Number of events processed, and the CPU time of one in seconds, from the second batch to
        the last, without what a job does once; None if there are too few events between.
        """
        if not self._batches:
            return None, None
        (begin, _), (end, last) = self._batches[1 % len(self._batches)], self._batches[-1]
        between = sum(number for _, number in self._batches[1:]) - last
        total = sum(number for _, number in self._batches)
        return total, (end - begin) / between if between >= _ENOUGH else None

    def option(self, name: str) -> Any:
        """Value of an option."""
        return getattr(self.arguments, name)

    def numbers(self, total: int, jobs: int) -> range:
        """Numbers of this job's toys or values, of which all jobs have nearly the same number.

        Args:
            total: Number of toys or values in all jobs.
            jobs: Number of jobs, which the option `part` numbers from 0.
        """
        part = self.option("part")
        return range(total * part // jobs, total * (part + 1) // jobs)

    def inputs(self, name: str) -> list[Path]:
        """Files of an input argument."""
        given = getattr(self.arguments, name) or []
        if name in self.program.part_inputs:
            return [path for paths in given for path in paths]
        return list(given)

    def input(self, name: str) -> Path:
        """The one file of an input argument."""
        (path,) = self.inputs(name)
        return path

    def read_file(self, path: Path) -> Path:
        """Note a file named in one of the program's inputs, so that the record contains it; returns
        its place.
        """
        path = Path(present_path(str(path)))
        check_inputs([path])
        self._found.append(path)
        return path

    def outputs(self, name: str) -> list[Path]:
        """Paths to write the files of an output argument: temporary names that become the real ones
        at the end.
        """
        return [partial_path(path) for path in getattr(self.arguments, name) or []]

    def output(self, name: str) -> Path:
        """Path to write the one file of an output argument."""
        (path,) = self.outputs(name)
        return path

    @property
    def targets(self) -> list[Path]:
        """Real names of all outputs."""
        return [
            path for name in self.program.outputs for path in getattr(self.arguments, name) or []
        ]

    @property
    def written(self) -> list[Path]:
        """Real names of all outputs and of the record."""
        return (
            self.targets
            if self.arguments.record is None
            else [*self.targets, self.arguments.record]
        )

    @property
    def sources(self) -> list[Path]:
        """All input files."""
        names = [*self.program.inputs, *self.program.part_inputs]
        return [path for name in names for path in self.inputs(name)] + self._found

    def write_json(self, name: str, value: Any) -> None:
        """Write the one file of an output argument as JSON."""
        self.output(name).write_text(render_json(value), encoding="utf-8")

    @contextlib.contextmanager
    def placing(self) -> Iterator[None]:
        """Locate an error by the keys of the analysis file, among jobs that one process runs
        together.

        Raises:
            WollemiError: The error of the body, located.
        """
        try:
            yield
        except WollemiError as error:
            placed = _placed(error, [self])
            if placed is error:  # an error raised from itself is its own cause
                raise
            raise placed from error


def run_program(
    program: Program, work: Callable[[Job], None], arguments: Sequence[str] | None = None
) -> int:
    """Run a program's work between parsing its arguments and writing its record.

    Outputs appear all together when the work is done, or not at all. A user error is printed
    without a traceback. Several jobs of a program that `reads_together` are done in one call of
    `work` with the first job.

    Args:
        program: Declared command line.
        work: Function that does the work of one job.
        arguments: Command line, several jobs separated by `+`; None for `sys.argv`.

    Returns:
        Exit code: 0, or 2 for a user error.
    """
    parser, lines = command_line_parser(program), command_lines(program, arguments)
    jobs = [Job(program, parser.parse_args(line)) for line in lines]
    for job in jobs:
        job.together = jobs
    keep_freed_memory()
    if not gc.isenabled():  # what is imported stays
        gc.freeze()
        gc.enable()
    # BLAS kernels and thread counts change the last bits of a sum.
    with threadpool_limits(limits=1), messages_of(program.name):
        return _exit_code(jobs, lambda: _logged(jobs, work))


def _logged(jobs: Sequence[Job], work: Callable[[Job], None]) -> int:
    # Jobs that run together share the log of the first.
    with log_file(jobs[0].arguments.log), timing(jobs[0].event_costs):
        return _exit_code(jobs, lambda: _work(jobs, work))


def _exit_code(jobs: Sequence[Job], work: Callable[[], int]) -> int:
    """Exit code of the work; a user or system error becomes a message."""
    folders = [path.parent for job in jobs for path in job.written]
    return exit_code_of(work, folders, lambda error: _placed(error, jobs))


def _work(jobs: Sequence[Job], work: Callable[[Job], None]) -> int:
    program = jobs[0].program
    try:
        for job in jobs:
            for target in job.targets:
                target.parent.mkdir(parents=True, exist_ok=True)
            check_inputs(job.sources)
            # The analysis file and a manifest are read before the watch begins.
            if program.sections:
                # Only the first job checks the files, as all read the same ones. The constant for
                # this name is in a module that most programs do not import.
                left_out = () if job is jobs[0] else ("part_files",)
                found = job.settings.digests.items()
                _check_plan(job, {name: digest for name, digest in found if name not in left_out})
        with contextlib.nullcontext() if program.brings_files else watched(_watch(jobs)):
            work(jobs[0])
        _finish(jobs)
    except Exception as error:
        # Now, because removing the partial files below frees space.
        named = machine_error(error, [path.parent for job in jobs for path in job.written])
        if named is None:
            raise
        raise named from error
    finally:
        for target in (path for job in jobs for path in job.written):
            with contextlib.suppress(OSError):
                partial_path(target).unlink()
    return 0


def _placed(error: WollemiError, jobs: Sequence[Job]) -> WollemiError:
    """The error, located by the keys of the analysis file if an expression of one of the jobs
    caused it.
    """
    if not isinstance(error, EvaluationError | MissingBranchError):
        return error
    for job in jobs:
        dataset = getattr(job.arguments, "dataset", None)
        if dataset is not None:
            document = plain_document(read_document(job.arguments.analysis))
            name = relative_name(job.arguments.analysis)
            placed = place_error(error, document, dataset, name)
            if placed is not error:
                return placed
    return error


def _watch(jobs: Sequence[Job]) -> Watch:
    """The files that jobs may read: their inputs, their analysis file and their own outputs."""
    program = jobs[0].program
    analysis = [jobs[0].arguments.analysis] if program.sections else []
    return Watch(
        Path(program.file),
        lambda: [
            *analysis,
            *(path for job in jobs for path in (*job.sources, *map(partial_path, job.written))),
        ],
    )


def _check_plan(job: Job, found: Mapping[str, str]) -> None:
    """Require the analysis that the run was planned with: a later edit would mix two analyses in
    one product.
    """
    given = job.arguments.planned
    if given is None:
        return
    planned = {name: digest for digests in given for name, digest in digests.items()}
    changed = sorted(
        name for name in planned.keys() | found.keys() if planned.get(name) != found.get(name)
    )
    if changed:
        names = ", ".join(f"'{name}'" for name in changed)
        problem = f"changed since this run was planned, in what this job depends on: {names}"
        raise WollemiError(
            str(job.arguments.analysis),
            problem,
            "run again: the next run is planned with the present file",
        )


def _finish(jobs: Sequence[Job]) -> None:
    """Rename the outputs when all are written, the record last: a record never appears without the
    files it describes.
    """
    for job in jobs:
        if job.arguments.record is not None:
            job.arguments.record.parent.mkdir(parents=True, exist_ok=True)
            partial_path(job.arguments.record).write_text(
                render_json(seal_record(_record(job))), encoding="utf-8"
            )
    for job in jobs:
        for target in job.written:
            os.replace(partial_path(target), target)


def _record(job: Job) -> dict[str, Any]:
    made = {relative_name(target): partial_path(target) for target in job.targets}
    options = {
        name: _plain(job.option(name))
        for name, option in job.program.options.items()
        if option.recorded
    }
    analysis = (
        {"analysis": relative_name(job.arguments.analysis), "settings": job.settings.digests}
        if job.program.sections
        else {}
    )
    return make_record(Path(job.program.file), job.sources, made, options) | analysis


def _plain(value: Any) -> Any:
    """The value of an option for the record, with relative paths."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return relative_name(value) if isinstance(value, Path) else value
