"""Write the workspaces of several analyses as one, with the parameters that they share.

Regions and parameters are prefixed with the name of their analysis; nothing is shared because of
equal names. OUTPUT.inputs.json, next to the output, lists the inputs' digests and the shared
parameters.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.digests import file_digest
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.model.combination import combine
from wollemi.model.published import chosen_measurement, read_workspace
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean


def named(text: str) -> tuple[str, str]:
    """Parse an option NAME=VALUE.

    Raises:
        argparse.ArgumentTypeError: The text is something else.
    """
    name, equals, value = text.partition("=")
    if not (name and equals and value) or "." in name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=..., with a name without a dot")
    return name, value


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the combination."""
    parser = argparse.ArgumentParser(prog="combine_workspaces.py", description=__doc__)
    parser.add_argument("output", type=Path, help="workspace of pyhf, JSON")
    parser.add_argument("inputs", nargs="+", type=named, metavar="ANALYSIS=WORKSPACE")
    parser.add_argument(
        "--shared",
        action="append",
        type=named,
        default=[],
        metavar="NAME=ANALYSIS.PARAMETER,...",
        help="parameters that are one, such as mu=ee.mu,mumu.mu",
    )
    parser.add_argument("--poi", default="mu", help="parameter of interest; default mu")
    parser.add_argument(
        "--measurement",
        action="append",
        type=named,
        default=[],
        metavar="ANALYSIS=NAME",
        help="which of several measurements of a workspace counts",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    paths = {name: Path(path) for name, path in options.inputs}
    if len(paths) < len(options.inputs):
        raise WollemiError("inputs", "two have one name", "give each analysis its own")
    shared = {name: members.split(",") for name, members in options.shared}
    if len(shared) < len(options.shared):
        names = [name for name, _ in options.shared]
        twice = next(name for name in names if names.count(name) > 1)
        together = ",".join(members for name, members in options.shared if name == twice)
        raise WollemiError("--shared", f"'{twice}' is there twice", f"write {twice}={together}")
    measurements = dict(options.measurement)
    for name in measurements:
        if name not in paths:
            problem = f"'{name}' is none of the inputs{did_you_mean(name, paths)}"
            raise WollemiError("--measurement", problem, f"name one of {', '.join(paths)}")
    workspaces = {
        name: chosen_measurement(
            str(path), read_workspace(path), measurements.get(name), f"--measurement {name}=NAME"
        )
        for name, path in paths.items()
    }
    made = combine(workspaces, shared, options.poi)
    about = {
        "inputs": {
            name: {"file": path.name, "sha256": file_digest(path)}
            | ({"measurement": measurements[name]} if name in measurements else {})
            for name, path in paths.items()
        },
        "shared": shared,
        "poi": options.poi,
    }
    write_whole(options.output, json.dumps(made, indent=1) + "\n")
    beside = options.output.with_name(f"{options.output.name}.inputs.json")
    write_whole(beside, json.dumps(about, indent=2) + "\n")
    print(
        f"{options.output}: {counted(len(made['channels']), 'region')} of "
        f"{counted(len(paths), 'analysis')}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
