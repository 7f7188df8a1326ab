"""A command of another framework: it runs in an empty folder, with what it is given and nothing
else, and leaves there what it makes. Standard library only, as of Python 3.8.
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
    """What to run, and what with.

    Args:
        name: its name in the analysis file.
        run: lines of the shell.
        files: copied into its folder.
        lists: dataset → paths of its files.
        outputs: names of all files that it makes.
    """

    name: str
    run: str
    files: Sequence[Path]
    lists: Mapping[str, Sequence[Path]]
    outputs: Sequence[str]

    @property
    def place(self) -> str:
        """Where it is in the analysis file."""
        return f"commands.{self.name}"


@contextmanager
def command_folder(command: Command, beside: Path) -> Iterator[Path]:
    """A folder with the files of a command and the lists of its datasets, removed in the end.

    Args:
        command: the command.
        beside: folder of its outputs, on the same file system.
    """
    beside.mkdir(parents=True, exist_ok=True)
    for left in beside.glob(".run_*"):  # by a job that was killed
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
        command: the command.
        folder: from `command_folder`.
        say: receives each line that it prints.

    Returns:
        What could not be watched, in words; nothing if every file that it read is declared.

    Raises:
        WollemiError: it fails; includes its last lines. Or it reads files that it does not declare.
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
    # Compiled modules of Python would be files that it does not tell of.
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
    """Make sure that a command has made its outputs, and nothing else. Hidden files do not count.

    Args:
        command: the command.
        folder: where it has run.

    Raises:
        WollemiError: an output is missing or empty, or there are other files.
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
