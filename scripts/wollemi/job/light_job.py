"""Running a program with nothing but Python, in the container or environment of another framework.
Standard library only, as of Python 3.8.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from wollemi.job.command_line import Program, command_line_parser
from wollemi.job.log import exit_code_of, log_file, messages_of, timing


def run_program(
    program: Program,
    work: Callable[[argparse.Namespace], None],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a program whose work writes its outputs and its record itself.

    Args:
        program: Declared command line.
        work: Function that does the work, given the parsed arguments.
        arguments: Command line; None for `sys.argv`.

    Returns:
        Exit code: 0, or 2 for a user error.
    """
    given = command_line_parser(program).parse_args(arguments)
    paths = [path for name in program.outputs for path in getattr(given, name)]
    folders = [path.parent for path in paths]

    def done() -> int:
        work(given)
        return 0

    def logged() -> int:
        with log_file(given.log), timing():
            return exit_code_of(done, folders)

    with messages_of(program.name):
        return exit_code_of(logged, folders)
