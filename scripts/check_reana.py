"""Check whether REANA can run the analyses: the rules, and the specification of each. With --write,
write the specifications first.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.reana.plan import plan_analysis
from wollemi.reana.rule_checks import check_rules, local_images
from wollemi.reana.specification import (
    make_specification,
    reana_parameters,
    specification_path,
    write_specification,
)
from wollemi.reana.specification_checks import check_specification
from wollemi_likelihood.base.errors import WollemiError


def shipped_analyses() -> list[str]:
    """Names of the analyses in the working folder."""
    return sorted(path.parent.name for path in Path("config/analyses").glob("*/analysis.yaml"))


def reana_problems(name: str, write: bool) -> list[WollemiError]:
    """Find problems of an analysis on REANA.

    Args:
        name: Name of the analysis.
        write: Whether to write its specification first.
    """
    try:
        plan = plan_analysis(reana_parameters(name))
        if write:
            for path in write_specification(name, make_specification(name, plan)):
                print(f"{path}: written")
        for image in local_images(plan):
            note = (
                f"the image '{image}' is on this machine only; docs/environments.md says how to "
                "publish it"
            )
            print(f"{specification_path(name)}: note: {note}")
        return [*check_rules(plan), *check_specification(name, plan)]
    except WollemiError as error:
        return [error]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the analyses named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="check_reana.py", description=__doc__)
    parser.add_argument(
        "analyses", nargs="*", metavar="ANALYSIS", help="name of an analysis (all by default)"
    )
    parser.add_argument(
        "--write", action="store_true", help="first write the specifications and their parameters"
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    problems: dict[str, None] = {}
    for name in options.analyses or shipped_analyses():
        found = [str(problem) for problem in reana_problems(name, options.write)]
        problems |= dict.fromkeys(found)
        if not found:
            print(f"{specification_path(name)}: no problems")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 2 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
