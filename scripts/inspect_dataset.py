"""Show the content of a file of events: trees, branches with type and unit, sizes, sums of
weights, first events.

Ends with an entry for the section `datasets` of an analysis file.
"""

import argparse
import fnmatch
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from wollemi.base.machine_errors import exit_code
from wollemi.inputs.inspection import (
    Branch,
    file_weights,
    find_histograms,
    find_trees,
    first_events,
    guess_layout,
    list_branches,
    recorded_sums,
)
from wollemi.inputs.schemas import TREES, Layout
from wollemi.inputs.weights import WeightCandidate
from wollemi_likelihood.base.errors import WollemiError, counted


def describe(path: Path, layout: Layout, guessed: bool, pattern: str) -> Iterator[str]:
    """Describe a file in lines.

    Args:
        path: Path of the file.
        layout: Layout of the events in the file.
        guessed: Whether the layout is a guess.
        pattern: Pattern of branches to list, such as `Muon_*`.

    Raises:
        WollemiError: The file cannot be read.
    """
    yield f"{path}: {path.stat().st_size:,} bytes"
    for name, kind, entries, number, compression in find_trees(path):
        yield (
            f"  {kind} {name}: {counted(entries, 'entry', ',')}, "
            f"{counted(number, 'branch')}, {compression}"
        )
    entries, branches, derived = list_branches(path, layout)
    yield (
        f"  schema: {layout.schema}{' (by its names)' if guessed else ''}, "
        f"{counted(entries, 'event', ',')}\n"
    )
    yield from branch_table([branch for branch in branches if _matches(branch, pattern)])
    if derived:
        others = [
            f"{name} (of {', '.join(item.branches)})" for name, item in sorted(derived.items())
        ]
        yield f"\nalso: {', '.join(others)}"
    names = [branch.known_as for branch in branches] + list(derived)
    weights = file_weights(path, layout)
    sums = {found.expression: found.total for found in weights} | recorded_sums(path)
    for name, value in sums.items():
        yield f"\nsum of weights ({name}): {value:.12g}"
    yield "\nfirst events:"
    for name, values in first_events(path, layout, dict.fromkeys(names), 5).items():
        yield f"  {name}: {', '.join(_short(value) for value in values)}"
    yield f"\nto paste into an analysis file:\n\n{datasets_entry(path, layout, weights)}"


def histogram_lines(path: Path) -> list[str]:
    """Describe a file of histograms without trees; empty for other files.

    Args:
        path: Path of the file.
    """
    histograms = find_histograms(path)
    if not histograms or find_trees(path):
        return []
    lines = [f"{path}: {path.stat().st_size:,} bytes, histograms and no trees"]
    lines += [f"  {kind} {name}" for name, kind in histograms]
    paths = [name for name, kind in histograms if kind.startswith("TH1")][:1]
    entry = (
        f"{_dataset_name(path)}:\n    files: [{json.dumps(str(path))}]\n    histograms: "
        f"{{REGION: {json.dumps(paths)}}}"
    )
    return (
        [
            *lines,
            (
                "\nto paste into an analysis file, with the names of its "
                f"regions:\n\ndatasets:\n  {entry}"
            ),
        ]
        if paths
        else lines
    )


def _matches(branch: Branch, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in (branch.name, branch.known_as))


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_short, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def branch_table(branches: Iterable[Branch]) -> list[str]:
    """List the branches: name in the file, in expressions, type, unit, baskets, their mean size in
    bytes, compression factor.
    """
    rows = [("branch", "name", "type", "unit", "baskets", "bytes each", "factor")]
    rows += [(item.name, item.known_as, item.kind, item.unit, *_sizes(item)) for item in branches]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _sizes(item: Branch) -> tuple[str, str, str]:
    if not item.baskets or not item.bytes_stored or item.bytes_read is None:
        return "" if item.baskets is None else str(item.baskets), "", ""
    return (
        str(item.baskets),
        f"{item.bytes_stored / item.baskets:.0f}",
        f"{item.bytes_read / item.bytes_stored:.2f}",
    )


def _dataset_name(path: Path) -> str:
    name = re.sub(r"\W", "_", path.stem, flags=re.ASCII)
    return name if name[:1].isalpha() else f"dataset_{name}"


def datasets_entry(path: Path, layout: Layout, weights: Sequence[WeightCandidate]) -> str:
    """Build an entry of the section `datasets` as YAML.

    Args:
        path: Path of the file.
        layout: Layout of the events in the file.
        weights: Possible weights of the events.
    """
    lines = ["datasets:", f"  {_dataset_name(path)}:", f"    files: [{json.dumps(str(path))}]"]
    if layout.schema != "nanoaod":
        lines.append(f"    schema: {layout.schema}")
    if layout.tree is not None and layout.tree not in TREES[layout.schema]:
        lines.append(f"    tree: {json.dumps(layout.tree)}")
    if layout.schema == "ntuple":
        lines.append(
            f"    energy_unit: {layout.energy_unit}  # judged by the size of the momenta: check it"
        )
    if weights:
        first, *others = (found.expression for found in weights)
        lines += [
            f"    weight: {first}" + (f"  # or {', '.join(others)}: choose" if others else ""),
            "    cross_section_pb: 1.0  # put the cross section here, in pb",
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Describe each file named on the command line."""
    parser = argparse.ArgumentParser(prog="inspect_dataset.py", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="ROOT, CSV or Parquet")
    parser.add_argument(
        "--schema", choices=TREES, help="names and units in the file (judged by its names)"
    )
    parser.add_argument("--tree", help="name of the TTree or RNTuple; default: the schema's")
    parser.add_argument(
        "--energy-unit", choices=("GeV", "MeV"), default="GeV", help="of --schema ntuple"
    )
    parser.add_argument(
        "--branches", default="*", metavar="PATTERN", help="list only these, such as 'Muon_*'"
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    for path in options.files:
        if not path.is_file():
            raise WollemiError(str(path), "this file does not exist", "correct the path")
        histograms = histogram_lines(path)
        if histograms:
            print("\n".join(histograms))
            continue
        layout = (
            Layout(options.schema, options.tree, options.energy_unit)
            if options.schema
            else guess_layout(path)
        )
        for line in describe(path, layout, options.schema is None, options.branches):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
