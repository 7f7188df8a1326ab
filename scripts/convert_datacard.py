"""Write a datacard of Combine, an XML of HistFactory, or a document of HS3 for pyhf.

What a workspace cannot say (parametric models, formulas, other constraints) is refused by place.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.job.command_line import finite
from wollemi.model.foreign import is_hs3
from wollemi.model.published_file import parsed
from wollemi_convert.datacards.interpolation import asymmetric_factors
from wollemi_convert.datacards.reading import read_model as card_model
from wollemi_convert.histfactory.reading import read_model as xml_model
from wollemi_convert.hs3.reading import workspace_of
from wollemi_likelihood.base.errors import WollemiError, counted


def strength(text: str) -> tuple[str, str]:
    """Parse an option SIGNAL=NAME.

    Raises:
        argparse.ArgumentTypeError: The text is something else.
    """
    signal, equals, name = text.partition("=")
    if not (signal and equals and name):
        raise argparse.ArgumentTypeError(f"'{text}' is not SIGNAL=NAME, such as qqH=r_qqH")
    return signal, name


def read_text(path: Path) -> str:
    """Read the content of a file.

    Raises:
        WollemiError: The file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a datacard, a top-level XML of HistFactory, or JSON of HS3"
        raise WollemiError(str(path), f"it cannot be read: {error}", remedy) from error


def is_xml(text: str) -> bool:
    """Whether a text is XML."""
    return text.lstrip().startswith("<")


def is_card(text: str) -> bool:
    """Whether a text is neither XML nor JSON."""
    return not text.lstrip().startswith(("<", "{"))


def hs3_model(path: Path, text: str) -> dict[str, Any]:
    """Convert an HS3 document to a workspace.

    Raises:
        WollemiError: The file is other JSON, or cannot be expressed as a workspace.
    """
    content = parsed(str(path), text.encode())
    if not is_hs3(content):
        remedy = "a workspace of pyhf needs no conversion"
        raise WollemiError(str(path), "is JSON, but not of HS3", remedy)
    return workspace_of(str(path), content)


def convert(options: argparse.Namespace, text: str) -> dict[str, Any]:
    """Convert a file to a workspace.

    Raises:
        WollemiError: The file, or a file that it refers to, cannot be expressed as a workspace.
    """
    path: Path = options.model
    if not is_card(text):
        if options.bounds or options.strength or options.mass or options.interpolation:
            problem = "--bounds, --strength, --mass and --interpolation are for datacards"
            raise WollemiError(str(path), problem, "change the file instead")
        return xml_model(path) if is_xml(text) else hs3_model(path, text)
    low, high = options.bounds or (0.0, 20.0)
    if not low < high:
        raise WollemiError("--bounds", f"{low:g} is not below {high:g}", "give the lower one first")
    exact = options.interpolation is not None
    strengths = dict(options.strength)
    return card_model(path, text, options.mass, (low, high), strengths, exact=exact)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the workspace."""
    parser = argparse.ArgumentParser(prog="convert_datacard.py", description=__doc__)
    parser.add_argument("model", type=Path, help="datacard, top-level XML of HistFactory, or HS3")
    parser.add_argument("output", type=Path, help="workspace of pyhf, JSON")
    parser.add_argument("--mass", help="value of $MASS in the paths of histograms")
    parser.add_argument(
        "--bounds",
        nargs=2,
        type=finite,
        metavar=("LOW", "HIGH"),
        help="of the signal strengths of a card; default 0 20, as in Combine",
    )
    parser.add_argument(
        "--strength",
        action="append",
        type=strength,
        default=[],
        metavar="SIGNAL=NAME",
        help="a signal whose strength is not r, such as qqH=r_qqH",
    )
    parser.add_argument(
        "--interpolation",
        choices=["combine"],
        help="for a card: exactly the likelihood of Combine, in a workspace for Wollemi alone; "
        "default: the likelihood of HistFactory",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    text = read_text(options.model)
    workspace = convert(options, text)
    write_whole(options.output, json.dumps(workspace, indent=1) + "\n")
    names = {
        modifier["name"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    regions, asymmetric = len(workspace["channels"]), asymmetric_factors(workspace)
    print(f"{options.output}: {counted(regions, 'region')}, {len(names)} names of parameters")
    if asymmetric and is_card(text) and options.interpolation is None:
        print(
            f"note: HistFactory interpolates {asymmetric} asymmetric normalizations otherwise than "
            "Combine between ±1σ (docs/coming_from_combine.md)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
