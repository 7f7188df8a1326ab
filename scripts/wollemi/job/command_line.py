"""The declared command line of a program: the files that it reads and writes, and its options."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wollemi.base.numbers import text_number
from wollemi_likelihood.base.errors import WollemiError

# As expanded by a shell.
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
AND = "+"  # separates the command lines of jobs that one process runs together


@dataclass(frozen=True)
class Option:
    """A command line option that is neither an input nor an output.

    Args:
        help: Description, with the unit.
        type: Function that converts the text.
        default: Value if the option is not given; `...` if it is required.
        repeat: Whether the option takes several values.
        recorded: Whether the record contains the value; false for a location that cannot change the
            outputs.
    """

    help: str
    type: Callable[[str], Any] = str
    default: Any = ...
    repeat: bool = False
    recorded: bool = True


# For each program that fetches public files.
MIRRORS = Option(
    "folders to search by name and checksum before the URL",
    Path,
    default=(),
    repeat=True,
    recorded=False,
)


@dataclass(frozen=True)
class Program:
    """The command line of a program.

    Args:
        file: `__file__` of the program.
        description: Docstring of the program.
        inputs: Argument → help; each takes one or more files.
        part_inputs: The same for one file per part of a dataset, named by ranges, `{0..99}`: a list
            would be too long for a command line.
        outputs: Argument → help; each takes one or more files.
        options: Other arguments. An option named `dataset` selects the dataset of the settings.
        sections: `SECTIONS` of the program; empty if the program does not read an analysis file.
        brings_files: Whether the program fetches public files, whose digests are in the analysis
            file; other programs must not read undeclared files or open a connection.
        reads_together: Whether one process may run the jobs of several datasets that read the same
            files.
    """

    file: str
    description: str | None
    inputs: Mapping[str, str] = field(default_factory=dict)
    part_inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    brings_files: bool = False
    reads_together: bool = False

    @property
    def name(self) -> str:
        """Name of the program, the rule, the log and the test."""
        return Path(self.file).stem


def command_line_parser(program: Program) -> argparse.ArgumentParser:
    """The parser of a program: the analysis file, inputs, options, outputs, record and log."""
    parser = argparse.ArgumentParser(
        prog=f"{program.name}.py",
        description=program.description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if program.sections:
        parser.add_argument(
            "--analysis", type=Path, required=True, metavar="FILE", help="the analysis file"
        )
        planned = (
            "its sections as the run was planned with them, SECTION=SHA256 …: another content "
            "is refused"
        )
        parser.add_argument("--planned", type=_digests, nargs="+", metavar="DIGESTS", help=planned)
    for name, text in program.inputs.items():
        parser.add_argument(
            _flag(name), type=Path, nargs="*", required=True, metavar="FILE", help=text
        )
    for name, text in program.part_inputs.items():
        parser.add_argument(
            _flag(name),
            type=numbered_paths,
            nargs="*",
            required=True,
            metavar="RANGE",
            help=f"{text}: files such as 'events/{{0..99}}.parquet'",
        )
    for name, option in program.options.items():
        required = option.default is ...
        parser.add_argument(
            _flag(name),
            type=option.type,
            required=required,
            default=None if required else option.default,
            nargs="*" if option.repeat else None,
            help=option.help,
        )
    for name, text in program.outputs.items():
        parser.add_argument(
            _flag(name),
            type=Path,
            nargs="+",
            required=True,
            metavar="FILE",
            help=f"{text} (written)",
        )
    parser.add_argument("--record", type=Path, metavar="FILE", help="provenance record (written)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="log (written)")
    return parser


def command_lines(program: Program, arguments: Sequence[str] | None = None) -> list[list[str]]:
    """The arguments of each job that one process runs together.

    Args:
        program: Program of the jobs.
        arguments: Arguments of all jobs, separated by `+`; None for `sys.argv`.
    """
    lines: list[list[str]] = [[]]
    for word in sys.argv[1:] if arguments is None else arguments:
        if word == AND and program.reads_together:
            lines.append([])
        else:
            lines[-1].append(word)
    return lines


def finite(text: str) -> float:
    """The value of an option, a finite number.

    Raises:
        argparse.ArgumentTypeError: The text is not a finite number.
    """
    try:
        return text_number("option", "it", text)
    except WollemiError as error:
        raise argparse.ArgumentTypeError(error.problem) from None


def numbered_paths(text: str) -> list[Path]:
    """The files named by a range: `events/{0..2}.parquet` is three files; a name without a range is
    one file.

    Args:
        text: Path with at most one range.
    """
    numbers = _RANGE.search(text)
    if numbers is None:
        return [Path(text)]
    before, after = text[: numbers.start()], text[numbers.end() :]
    return [
        Path(f"{before}{number}{after}") for number in range(int(numbers[1]), int(numbers[2]) + 1)
    ]


def _digests(text: str) -> dict[str, str]:
    return dict(item.split("=") for item in text.split())


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
