"""Write a datacard of Combine, with its histograms, as a workspace of pyhf.

What HistFactory cannot say (parametric models, formulas, uniform constraints) is refused by line.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.base.errors import WollemiError
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.datacards.parsing import parse_card
from wollemi.datacards.templates import read_templates
from wollemi.datacards.workspace import workspace_of

# Of the product of the factors at ±1σ, which is 1 for a log-normal uncertainty.
ASYMMETRIC = 0.01


def strength(text: str) -> tuple[str, str]:
    """An option SIGNAL=NAME.

    Raises:
        argparse.ArgumentTypeError: it is something else.
    """
    signal, equals, name = text.partition("=")
    if not (signal and equals and name):
        raise argparse.ArgumentTypeError(f"'{text}' is not SIGNAL=NAME, such as qqH=r_qqH")
    return signal, name


def convert(options: argparse.Namespace) -> dict[str, Any]:
    """The workspace of a datacard.

    Raises:
        WollemiError: the card, or what it names, cannot be read.
    """
    path: Path = options.card
    low, high = options.bounds
    if not low < high:
        raise WollemiError("--bounds", f"{low:g} is not below {high:g}", "give the lower one first")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WollemiError(str(path), f"it cannot be read: {error}", "name a datacard") from error
    try:
        card = parse_card(text)
        strengths = dict(options.strength)
        unknown = sorted(set(strengths) - card.signals)
        if unknown:
            problem = f"'{unknown[0]}' is no signal: these are {', '.join(sorted(card.signals))}"
            raise WollemiError("--strength", problem, "name a process with a number of 0 or below")
        templates = read_templates(card, path.parent, options.mass)
        return workspace_of(card, templates, (low, high), strengths)
    except WollemiError as error:
        raise WollemiError(f"{path}, {error.where}", error.problem, error.remedy) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the workspace."""
    parser = argparse.ArgumentParser(prog="convert_datacard.py", description=__doc__)
    parser.add_argument("card", type=Path, help="datacard; its histograms lie beside it")
    parser.add_argument("output", type=Path, help="workspace of pyhf, JSON")
    parser.add_argument("--mass", help="what $MASS stands for in the paths of histograms")
    parser.add_argument(
        "--bounds",
        nargs=2,
        type=float,
        default=(0.0, 20.0),
        metavar=("LOW", "HIGH"),
        help="of the signal strengths; default 0 20, as in Combine",
    )
    parser.add_argument(
        "--strength",
        action="append",
        type=strength,
        default=[],
        metavar="SIGNAL=NAME",
        help="a signal whose strength is not r, such as qqH=r_qqH",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    workspace = convert(options)
    write_whole(options.output, json.dumps(workspace, indent=1) + "\n")
    modifiers = [
        modifier
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    ]
    names = {item["name"] for item in modifiers}
    regions, asymmetric = len(workspace["channels"]), sum(map(is_asymmetric, modifiers))
    print(f"{options.output}: {regions} regions, {len(names)} names of parameters")
    if asymmetric:
        print(
            f"note: HistFactory interpolates {asymmetric} asymmetric normalizations otherwise than "
            "Combine between ±1σ (docs/coming_from_combine.md)"
        )
    return 0


def is_asymmetric(modifier: Mapping[str, Any]) -> bool:
    """Whether the factors at ±1σ are so far from inverse that interpolations differ visibly."""
    factors = modifier["data"] if modifier["type"] == "normsys" else {"lo": 1.0, "hi": 1.0}
    return abs(float(factors["lo"] * factors["hi"]) - 1) > ASYMMETRIC


if __name__ == "__main__":
    sys.exit(main())
