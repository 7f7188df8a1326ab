"""Compare runs of one analysis that were made in different ways: a table of products × runs.

Each product has the same SHA-256 as in the first run, or its numbers agree within the tolerances of
`scripts/wollemi/archive/reading/tolerances.py`, or it is different. Records tell of the same work
if they differ in nothing but packages, which are listed, and the digests of products within
tolerance. Exit code: 0 all runs agree, 1 something is different or missing, 2 an error.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.comparison import (
    DIFFERENT,
    EQUAL,
    IDENTICAL,
    MISSING,
    Comparison,
    Outcome,
    Pair,
    compare_run,
    outcomes_by_kind,
)
from wollemi.archive.reading.json_comparison import Verdict
from wollemi.archive.tables import compare_files
from wollemi.base.digests import file_digest
from wollemi.base.errors import WollemiError
from wollemi.base.machine_errors import exit_code

RECORDS = "records"
CELLS = {
    IDENTICAL: "same SHA-256",
    EQUAL: "within tolerance",
    DIFFERENT: "**different**",
    MISSING: "**missing**",
}
# The worst status of a kind of products counts.
SEVERITY = tuple(CELLS)


def named_folder(text: str) -> tuple[str, Path]:
    """Name and folder of a run, from `NAME=FOLDER` or `FOLDER`."""
    name, separator, folder = text.partition("=")
    return (name, Path(folder)) if separator else (text, Path(text))


def read_run(path: Path) -> Archive:
    """A folder of results, seen as an archive.

    Args:
        path: such as `elsewhere/results/zprime`.

    Raises:
        WollemiError: it is no folder of results.
    """
    folder = path.resolve()
    if folder.parent.name != "results" or not (folder / RECORDS).is_dir():
        raise WollemiError(
            str(path),
            "this is not a folder of results with records",
            "name one, such as results/zprime",
        )
    root = folder.parent.parent
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return Archive(
        root,
        {"run": folder.name},
        {file.relative_to(root).as_posix(): file_digest(file) for file in files},
    )


def compare_tables_here(pairs: Mapping[str, Pair]) -> dict[str, Verdict]:
    """Compare Parquet and ROOT files by their columns, zip files by their arrays."""
    found = compare_files({name: (str(then), str(now)) for name, (then, now) in pairs.items()})
    return {name: Verdict(*verdict) for name, verdict in found}


def compare_with(reference: Archive, path: Path) -> Comparison:
    """Compare a run with the first one.

    Args:
        reference: the first run.
        path: folder of results of the other one.

    Raises:
        WollemiError: it is no folder of results of the same name.
    """
    other = read_run(path)
    if other.run != reference.run:
        raise WollemiError(
            str(path), f"this is not {reference.run}", "compare runs of one analysis"
        )
    return compare_run(reference, other.root, (), (), compare_tables_here)


def cell_text(kind: str, outcomes: Sequence[Outcome]) -> str:
    """The worst of some outcomes, and of how many files it is that of."""
    statuses = [outcome.status for outcome in outcomes]
    worst = max(statuses, key=SEVERITY.index, default=MISSING)
    count = statuses.count(worst)
    text = "same work" if (kind, worst) == (RECORDS, EQUAL) else CELLS[worst]
    return text if count == len(statuses) else f"{text} ({count} of {len(statuses)})"


def table_lines(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """The table in Markdown: a kind of product a line, a run a column."""
    tables = {
        name: outcomes_by_kind(comparison.outcomes) for name, comparison in comparisons.items()
    }
    yield f"| product | {' | '.join(tables)} |"
    yield f"| --- |{' --- |' * len(tables)}"
    for kind in dict.fromkeys(kind for table in tables.values() for kind in table):
        yield (
            f"| {kind} | "
            f"{' | '.join(cell_text(kind, table.get(kind, [])) for table in tables.values())} |"
        )


def detail_lines(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """What differs in each run: packages, then each file with its largest deviation or first
    difference.
    """
    for run, comparison in comparisons.items():
        yield from (f"{run}: {line}" for line in comparison.environment)
        bad = {
            name: outcome
            for name, outcome in comparison.records.items()
            if outcome.status in (DIFFERENT, MISSING)
        }
        for name, outcome in {**comparison.products, **bad}.items():
            if outcome.status != IDENTICAL:
                yield f"{run}: {name}: {outcome.status}: {outcome.text}"


def report(first: str, comparisons: Mapping[str, Comparison]) -> str:
    """Table and details as text."""
    lines: Iterable[str] = (
        f"Compared with {first}:",
        "",
        *table_lines(comparisons),
        "",
        *detail_lines(comparisons),
    )
    return "\n".join(lines).rstrip() + "\n"


def compare_all(runs: Sequence[tuple[str, Path]]) -> int:
    """Compare all runs with the first and print the report.

    Returns:
        The exit code.

    Raises:
        WollemiError: a user's error.
    """
    (first, folder), *others = runs
    if len(dict(runs)) < len(runs):
        raise WollemiError(
            "compare_runs.py", "two runs have the same name", "name them NAME=FOLDER"
        )
    reference = read_run(folder)
    comparisons = {name: compare_with(reference, path) for name, path in others}
    print(report(first, comparisons), end="")
    return 0 if all(comparison.agrees for comparison in comparisons.values()) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the runs named on the command line."""
    parser = argparse.ArgumentParser(prog="compare_runs.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    form = "[NAME=]FOLDER"
    parser.add_argument(
        "reference",
        type=named_folder,
        metavar=form,
        help="the first run, such as laptop=results/zprime",
    )
    parser.add_argument(
        "others", type=named_folder, nargs="+", metavar=form, help="the runs to compare with it"
    )
    given = parser.parse_args(arguments)
    return exit_code(lambda: compare_all([given.reference, *given.others]))


if __name__ == "__main__":
    sys.exit(main())
