"""Convert a pyhf workspace for other programs: HS3, XML of HistFactory, a datacard of Combine."""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hist
import pyhf
import uproot

from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import whole_file, write_whole
from wollemi.model.published import chosen_measurement, read_workspace
from wollemi_convert.datacards.writing import card_of
from wollemi_convert.histfactory.writing import SCHEMA, xml_of
from wollemi_convert.hs3.writing import VERSION, hs3_of
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.interpolation import require_default

NOTES = 5  # number of notes shown
TITLES = {"hs3": "HS3", "histfactory": "HistFactory's XML", "combine": "a card of Combine"}
FORMATS = {".json": "hs3", ".xml": "histfactory", ".txt": "combine"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document."""
    parser = argparse.ArgumentParser(prog="convert_workspace.py", description=__doc__)
    parser.add_argument("workspace", type=Path, help="workspace of pyhf, JSON")
    parser.add_argument(
        "output",
        type=Path,
        help="HS3 (.json), top-level XML (.xml) or datacard (.txt): other files go beside it",
    )
    parser.add_argument(
        "--to", choices=sorted(FORMATS.values()), help="output format; default: from the file name"
    )
    parser.add_argument(
        "--measurement", metavar="NAME", help="which one of several; XML has all by default"
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    output: Path = options.output
    chosen = options.to or FORMATS.get(output.suffix)
    if chosen is None:
        known = ", ".join(f"{suffix} ({name})" for suffix, name in FORMATS.items())
        problem = f"the suffix '{output.suffix}' names no format: {known}"
        raise WollemiError(str(output), problem, "use one of them, or --to")
    workspace = read_workspace(options.workspace)
    if chosen != "histfactory" or options.measurement:
        workspace = chosen_measurement(
            str(options.workspace), workspace, options.measurement, "--measurement"
        )
    require_default(workspace, TITLES[chosen])
    regions = len(workspace["channels"])
    if chosen == "hs3":
        write_whole(output, json.dumps(hs3_of(workspace), indent=1) + "\n")
        print(f"{output}: HS3 {VERSION}, {counted(regions, 'region')}")
    elif chosen == "combine":
        write_card(workspace, output)
        print(f"{output}: datacard of Combine, {counted(regions, 'channel')}")
    else:
        write_xml(workspace, output)
        print(
            f"{output}: HistFactory, {counted(regions, 'region')}; run hist2workspace in "
            f"{output.parent}"
        )
    return 0


def write_xml(workspace: dict[str, Any], output: Path) -> None:
    """Write the files of a HistFactory model; the top-level file comes last."""
    texts, histograms = xml_of(workspace, output.stem)
    write_histograms(output.with_name(histograms.file), histograms.content)
    with whole_file(output.with_name(SCHEMA)) as partial:
        shutil.copyfile(pyhf.schema.path / SCHEMA, partial)
    for name, text in texts.items():
        write_whole(output if name == f"{output.stem}.xml" else output.with_name(name), text)


def write_card(workspace: dict[str, Any], output: Path) -> None:
    """Write the files of a datacard, and list differences in Combine."""
    card = card_of(workspace, f"{output.stem}.root")
    write_histograms(output.with_suffix(".root"), card.histograms)
    write_whole(output, card.text)
    for note in card.notes[:NOTES]:
        print(f"note: {note}")
    if len(card.notes) > NOTES:
        print(f"note: and {len(card.notes) - NOTES} more")


def write_histograms(path: Path, histograms: Mapping[str, tuple[Floats, Floats]]) -> None:
    """Write a ROOT file of TH1 with numbered bins."""
    with whole_file(path) as partial, uproot.recreate(partial) as file:
        for name, (events, errors) in histograms.items():
            axis = hist.axis.Regular(len(events), 0, len(events))
            made = hist.Hist(axis, storage=hist.storage.Weight())
            made.view().value, made.view().variance = events, errors**2
            file[name] = made


if __name__ == "__main__":
    sys.exit(main())
