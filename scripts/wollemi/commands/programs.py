"""Locate the workflow and start programs for the commands of `wollemi`."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from wollemi.base.user_commands import started_by_uv, user_command
from wollemi.base.whole_files import partial_path
from wollemi.commands.carried import WORKFLOW
from wollemi.houses import require
from wollemi_likelihood.base.nearest import did_you_mean

PACKAGE = Path(__file__).resolve().parents[1]
CANCELLATION = 60  # seconds for Snakemake to cancel jobs of a batch system
LAST = 5  # seconds for the second attempt to end it
CARRIED = PACKAGE / "project"  # in a wheel; a checkout has the programs next to the package


def scripts_folder() -> Path:
    """Folder of the programs: from the workflow in the current folder, otherwise from this
    package.
    """
    if Path("Snakefile").is_file() and Path("scripts").is_dir():
        return Path("scripts")
    return CARRIED / "scripts" if CARRIED.is_dir() else PACKAGE.parent


def run_program(name: str, *arguments: str | Path) -> None:
    """Run a program in place of this command and end with its exit code.

    A separate process, because a program may limit threads, write a log and replace imported
    modules, as in a job.

    Raises:
        WollemiError: A package next to the core, which the program uses, is missing.
    """
    program = scripts_folder() / f"{name}.py"
    text = program.read_text(encoding="utf-8") if program.is_file() else ""
    for package in re.findall(r"^from (wollemi_\w+)", text, re.MULTILINE):
        if not (program.parent / package).is_dir():
            require(package, name)
    command = [sys.executable, str(program), *map(str, arguments)]
    raise SystemExit(_wait(command, {}, own_session=False))


def run_snakemake(*arguments: str, verbose: bool, inherited: Sequence[int] = ()) -> int:
    """Run Snakemake on the workflow in the current folder, with the console of `wollemi` unless
    `verbose` is set.

    Args:
        arguments: Command line of Snakemake.
        verbose: Whether to show Snakemake's own messages.
        inherited: File descriptors that Snakemake inherits.

    Returns:
        Snakemake's exit code.

    Raises:
        click.UsageError: Snakemake is not installed.
    """
    if importlib.util.find_spec("snakemake") is None:
        way = "omit --no-default-groups" if started_by_uv() else 'pip install "wollemi[workflow]"'
        raise click.UsageError(f"Snakemake is not installed: {way}")
    console = ["--printshellcmds"] if verbose else ["--logger", "wollemi"]
    # The rules call `python`, which must be this interpreter.
    path = os.pathsep.join(
        [str(Path(sys.executable).parent), *filter(None, [os.environ.get("PATH")])]
    )
    # Only here: Snakemake imports every available plugin, and this one would bring the installed
    # package into other checkouts.
    plugins = os.pathsep.join(
        [str(PACKAGE / "commands/plugin"), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    variables = (
        {"PATH": path}
        if verbose
        else {"PATH": path, "WOLLEMI_CONSOLE": "on", "PYTHONPATH": plugins}
    )
    command = [sys.executable, "-m", "snakemake", *console, *arguments]
    return _wait(command, variables, own_session=True, inherited=inherited)


def _wait(
    command: list[str],
    variables: dict[str, str],
    own_session: bool,
    inherited: Sequence[int] = (),
) -> int:
    """Exit code of a command; if a signal ended it, the code that a shell would return.

    In a separate session, Ctrl-C reaches it only through `_stop`, and no job prints a traceback;
    each further Ctrl-C goes on to the next step of `_stop` at once.
    """
    seconds: float | None = None  # until the next step
    stop: Iterator[float] = iter(())
    early: list[int] = []  # signals before the command is watched
    numbers = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)
    ]
    for number in numbers:
        signal.signal(number, lambda signalled, _: early.append(signalled))
    with (
        subprocess.Popen(  # noqa: S603
            command,
            env=os.environ | variables,
            start_new_session=own_session,
            pass_fds=inherited,
        ) as process,
        ending_with_this(process, own_session),
    ):
        while True:
            try:
                while numbers:
                    signal.signal(numbers.pop(), _interrupt)
                if early:
                    _interrupt(early.pop(), None)
                code = process.wait(seconds)
                if seconds is not None:
                    _signal_session(process.pid, signal.SIGTERM)  # jobs that it has left
                return code if code >= 0 else 128 - code
            except (KeyboardInterrupt, subprocess.TimeoutExpired) as interrupt:
                if own_session:
                    stop = _stop(process) if seconds is None else stop
                    seconds = next(stop, LAST)
                elif interrupt.args:  # Ctrl-C reaches it directly
                    process.send_signal(signal.SIGTERM)


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(*[number] * (number != signal.SIGINT))


def run_child(command: Sequence[str]) -> None:
    """Run a command that ends with this process; its exit code does not matter."""
    with subprocess.Popen(command) as process, ending_with_this(process, own_session=False):  # noqa: S603
        process.wait()


@contextlib.contextmanager
def ending_with_this(process: subprocess.Popen[bytes], own_session: bool) -> Iterator[None]:
    """End a child if this process is killed: a shell waits for the end of a pipe that only this
    process holds.

    Args:
        process: Child process.
        own_session: Whether to end its whole session, as `_stop` does.
    """
    number = process.pid
    end = f"kill -TERM {number}"
    if own_session:
        end = f"""wait_for() {{ for _ in $(seq $2); do kill -0 $1 || return; sleep 1; done; }}
            kill -INT {number}; wait_for {number} {LAST}
            kill -TERM -{number}; wait_for -{number} {CANCELLATION}; kill -KILL -{number}"""
    with subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", f"read -r _ || {{ {end}; }}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as watch:
        try:
            yield
        finally:
            with contextlib.suppress(BrokenPipeError):
                watch.communicate(b"\n")


def _stop(process: subprocess.Popen[bytes]) -> Iterator[float]:
    """End Snakemake and all its jobs; every output is complete or absent.

    Snakemake itself receives no SIGTERM, which blocks its scheduler forever if it arrives while the
    scheduler holds its lock (`JobScheduler.exit_gracefully` of Snakemake 9 takes that lock again).
    Nor do the commands with which it cancels batch jobs: they start after the first SIGTERM.

    Yields:
        Seconds to wait after each step.
    """
    import psutil

    for seconds in (CANCELLATION, LAST):
        with contextlib.suppress(psutil.NoSuchProcess):
            jobs = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            for job in jobs:
                with contextlib.suppress(psutil.NoSuchProcess):
                    job.terminate()
        yield seconds
    _signal_session(process.pid, signal.SIGKILL)


def _signal_session(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def workflow_root() -> Path:
    """Folder of this package's workflow, in a wheel or in a checkout."""
    return CARRIED if CARRIED.is_dir() else PACKAGE.parents[1]


def workflow_files(
    root: Path, package: Path, carried: Sequence[str], left_out: Sequence[str] = ()
) -> dict[str, Path]:
    """The files of a workflow, its programs, the package and its side packages.

    Args:
        root: Folder of the Snakefile.
        package: Folder of `wollemi`, which is not below the root in a wheel.
        carried: Names of files and folders in the root.
        left_out: Names of files and folders to leave out, at any depth.

    Returns:
        Files by their path in a folder of the workflow.
    """
    found = {name: root / name for name in carried if (root / name).is_file()}
    for name in carried:
        found |= _files_below(root / name, name, left_out)
    found |= {f"scripts/{path.name}": path for path in sorted((root / "scripts").glob("*.py"))}
    for folder in [
        package,
        *sorted(path.parent for path in package.parent.glob("wollemi_*/__init__.py")),
    ]:
        found |= _files_below(folder, f"scripts/{folder.name}", (CARRIED.name,))
    return {name: path for name, path in found.items() if name not in left_out}


def _files_below(folder: Path, name: str, left_out: Sequence[str]) -> dict[str, Path]:
    """Files of a folder by their path under a name."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    below = {path.relative_to(folder): path for path in files}
    ignored = {"__pycache__", *left_out}
    return {
        f"{name}/{inner.as_posix()}": path
        for inner, path in below.items()
        if ignored.isdisjoint(inner.parts)
    }


def copy_files(folder: Path, files: Mapping[str, Path]) -> None:
    """Copy files with their permissions.

    Args:
        folder: Target folder.
        files: Files by their path in the target folder.
    """
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder / name)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Temporary folder to fill; it becomes the new folder at the end, and an error leaves nothing.

    Args:
        folder: New folder; it may exist and be empty.

    Raises:
        click.UsageError: The folder has content.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} has files in it: name a new folder")
    partial = partial_path(folder.absolute())
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        if folder.is_dir():  # it may be the current folder of a shell
            for path in sorted(partial.iterdir()):
                path.rename(folder / path.name)
        else:
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def start_folder(folder: Path) -> None:
    """Copy the workflow, its programs and the included analyses into a new folder.

    Raises:
        click.UsageError: The folder has content, or this is a checkout, which already is such a
            folder.
    """
    if not CARRIED.is_dir():
        raise click.UsageError(
            f"this is a checkout, and has the workflow itself: cd {PACKAGE.parents[1]}"
        )
    with new_folder(folder) as partial:
        copy_files(partial, workflow_files(CARRIED, PACKAGE, WORKFLOW))


def check_checkout() -> None:
    """Check that the current folder contains a workflow.

    Raises:
        click.UsageError: The folder has no Snakefile.
    """
    if not Path("Snakefile").is_file():
        way = (
            f"make one with `{user_command('wollemi start FOLDER')}`"
            if CARRIED.is_dir()
            else f"change to {PACKAGE.parents[1]}"
        )
        raise click.UsageError(
            f"no Snakefile in {Path.cwd()}: change to a folder of the workflow, or {way}"
        )


def analyses() -> list[str]:
    """Names of the analyses in the current folder."""
    return sorted(path.parent.name for path in Path("config/analyses").glob("*/analysis.yaml"))


def default_analysis(folder: Path = Path()) -> str:
    """Name of the default analysis of the workflow in a folder."""
    path = folder / "config/config.yaml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.search(r"^analysis: *(\w+)", text, re.MULTILINE)
    return found[1] if found else "zprime"


def analysis_file(name: str) -> Path:
    """Path of an analysis file, given by the analysis name or as a path.

    Raises:
        click.UsageError: The analysis does not exist.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    found = Path("config/analyses") / name / "analysis.yaml"
    if not found.is_file():
        raise click.UsageError(
            f"there is no analysis '{name}'{did_you_mean(name, analyses())}: {found} does not exist"
        )
    return found


def results_folder(name: str) -> Path:
    """Folder of results, given by the analysis name or as a path.

    Raises:
        click.UsageError: The results do not exist yet.
    """
    for path in (Path(name), Path("results") / name):
        if (path / "records").is_dir():
            return path
    way = user_command(f"wollemi run {name}")
    raise click.UsageError(
        f"no results of '{name}'{did_you_mean(name, _finished())}: run it with `{way}`"
    )


def _finished() -> list[str]:
    return sorted(path.parent.name for path in Path("results").glob("*/records"))
