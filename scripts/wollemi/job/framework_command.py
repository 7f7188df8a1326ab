"""A command of another framework: it runs in an empty folder that contains only its inputs, and
leaves its outputs there. Standard library only, as of Python 3.8.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from wollemi.job.watched_commands import Reads, watching
from wollemi_likelihood.base.errors import WollemiError, listed

SHELL = ("bash", "-e", "-o", "pipefail", "-c")
_SHOWN = 15  # lines of its output in a message


class Command(NamedTuple):
    """A command and its inputs.

    Args:
        name: Name in the analysis file.
        run: Lines of the shell script.
        files: Files copied into its folder.
        lists: Dataset → paths of its files.
        outputs: Names of all output files.
    """

    name: str
    run: str
    files: Sequence[Path]
    lists: Mapping[str, Sequence[Path]]
    outputs: Sequence[str]

    @property
    def place(self) -> str:
        """Key of the command in the analysis file."""
        return f"commands.{self.name}"


@contextmanager
def command_folder(command: Command, beside: Path) -> Iterator[Path]:
    """A temporary folder with the files of a command and the lists of its datasets.

    Args:
        command: Command to run.
        beside: Folder of its outputs, on the same file system.
    """
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(".run_*"):  # left by a job that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".run_", dir=beside) as name:
        folder = Path(name)
        for path in command.files:
            shutil.copy(path, folder / path.name)
        for dataset, paths in command.lists.items():
            lines = "".join(f"{os.path.abspath(path)}\n" for path in paths)
            (folder / f"{dataset}.txt").write_text(lines, encoding="utf-8")
        yield folder


def run_command(command: Command, folder: Path, say: Callable[[str], object]) -> list[str]:
    """Run a command in its folder.

    Args:
        command: Command to run.
        folder: Folder from `command_folder`.
        say: Function that receives each printed line.

    Returns:
        Reads that could not be watched, in words; empty if all reads were watched.

    Raises:
        WollemiError: The command failed (with its last lines) or read undeclared files.
    """
    declared = [*command.files, *(path for paths in command.lists.values() for path in paths)]
    reads = Reads(folder, declared)
    with watching(reads) as before:
        code, last = _run(command.run, folder, say, before)
    if code:
        printed = "".join(f"\n    {line}" for line in last)
        raise WollemiError(
            command.place,
            f"failed with exit code {code}{':' if printed else ''}{printed}",
            "correct the command or its files; the log has all that it printed",
        )
    if reads.undeclared:
        raise WollemiError(
            command.place,
            f"reads files that it does not declare: no record would contain them"
            f"{listed([*reads.undeclared], _SHOWN)}",
            f"add them to {command.place}.files, and read the copies in its folder; files of "
            f"events belong to a dataset of {command.place}.inputs",
        )
    return [*reads.unseen]


def _run(
    lines: str,
    folder: Path,
    say: Callable[[str], object],
    before: Callable[[], None] | None,
) -> tuple[int, Sequence[str]]:
    """Exit code of a command, and its last lines."""
    # Compiled Python modules would be undeclared files.
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    last: deque[str] = deque(maxlen=_SHOWN)
    with subprocess.Popen(  # noqa: S603
        [*SHELL, lines],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        preexec_fn=before,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            text = line.rstrip()
            say(text)
            last.append(text)
    return process.returncode, [*last]


def check_outputs(command: Command, folder: Path) -> None:
    """Make sure that a command has written its outputs and nothing else. Hidden files do not count.

    Args:
        command: Command that has run.
        folder: Folder in which it ran.

    Raises:
        WollemiError: An output is missing or empty, or there are other files.
    """
    given = {path.name for path in command.files} | {f"{name}.txt" for name in command.lists}
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() and not path.relative_to(folder).parts[0].startswith(".")
    )
    others = [name for name in found if name not in given and name not in command.outputs]
    missing = [name for name in command.outputs if name not in found]
    if missing:
        problem = f"did not make its output '{missing[0]}'"
        if others:
            problem += f", but '{others[0]}'"
        raise WollemiError(command.place, problem, f"correct {command.place}.outputs, or its run")
    for name in command.outputs:
        path = folder / name
        if path.is_symlink():
            raise WollemiError(
                command.place, f"its output '{name}' is a link", "let it copy the file instead"
            )
        if not path.stat().st_size:
            raise WollemiError(
                command.place, f"its output '{name}' is empty", "see what it printed in the log"
            )
    if others:
        raise WollemiError(
            command.place,
            f"made files that are not among its outputs:{listed(others, _SHOWN)}",
            f"add them to {command.place}.outputs, or let it remove them",
        )
