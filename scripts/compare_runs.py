"""Compare runs of one analysis: what explains the difference, the numbers that moved, and a table
of products × runs.

A run is a folder of results, an archive, or a state of `wollemi history`. The first
sentence lists the differences of the inputs: settings with their values, seeds, input files, code,
packages. Then strengths and pulls of the fits, limits, significances and yields that changed, and
where each cutflow begins to differ.

In the table each product has the same SHA-256 as in the first run, or its numbers agree within the
tolerances of `scripts/wollemi/archive/reading/tolerances.py`, or it is different. Records
describe the same work if they differ only in packages, which are listed, and in the digests of
products within tolerance.

With --page the result is also written as one HTML page, with the cutflows side by side and the
changed plots of both runs on one axis; the text then has a line on each of them.

Exit code: 0 all runs agree, 1 something is different or missing, 2 an error.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
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
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.history.causes import find_causes, sentence
from wollemi.history.opened import RECORDS, OpenedRun, opened_run
from wollemi.history.physics import change_lines, changed_cuts, find_changes
from wollemi_likelihood.base.errors import WollemiError

CELLS = {
    IDENTICAL: "same SHA-256",
    EQUAL: "within tolerance",
    DIFFERENT: "**different**",
    MISSING: "**missing**",
}
# Kinds of products show the worst status of their files.
SEVERITY = tuple(CELLS)
REPORT = Path(__file__).resolve().parents[1] / "workflow/report"


def named_run(text: str) -> tuple[str, str]:
    """Parse name and place of a run from `NAME=RUN` or `RUN`."""
    name, separator, place = text.partition("=")
    return (name, place) if separator else (text, text)


def compare_tables_here(pairs: Mapping[str, Pair]) -> dict[str, Verdict]:
    """Compare Parquet and ROOT files by column, zip files by array."""
    found = compare_files({name: (str(then), str(now)) for name, (then, now) in pairs.items()})
    return {name: Verdict(*verdict) for name, verdict in found}


def compare_with(reference: Archive, other: Archive) -> Comparison:
    """Compare a run with the first one.

    Args:
        reference: First run.
        other: Run to compare.

    Raises:
        WollemiError: The run belongs to another analysis.
    """
    if other.run != reference.run:
        raise WollemiError(
            str(other.root / other.run),
            f"this is not {reference.run}",
            "compare runs of one analysis",
        )
    return compare_run(reference, other.root, (), (), compare_tables_here)


def explanation(first: str, then: OpenedRun, name: str, now: OpenedRun) -> str:
    """Explain the difference of two runs and its effects as text.

    Args:
        first: Name of the first run.
        then: First run.
        name: Name of the second run.
        now: Second run.
    """
    numbers = then.numbers(), now.numbers()
    cuts = changed_cuts(*numbers)
    lines = [
        f"{first} → {name}: {sentence(find_causes(then.work, now.work))}",
        "",
        *change_lines(find_changes(*numbers)),
        *(["", "Cutflows differ:", *(f"- {line}" for line in cuts)] if cuts else []),
    ]
    return "\n".join(lines) + "\n\n"


def cell_text(kind: str, outcomes: Sequence[Outcome]) -> str:
    """The worst outcome, with the number of files that share it."""
    statuses = [outcome.status for outcome in outcomes]
    worst = max(statuses, key=SEVERITY.index, default=MISSING)
    count = statuses.count(worst)
    text = "same work" if (kind, worst) == (RECORDS, EQUAL) else CELLS[worst]
    return text if count == len(statuses) else f"{text} ({count} of {len(statuses)})"


def table_lines(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """The table in Markdown, with one line per kind of product and one column per run."""
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
    """List the differences of each run: packages, then each file with its largest deviation or
    first difference.
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


def page_of(
    first: tuple[str, OpenedRun], second: tuple[str, OpenedRun], outcome: Comparison
) -> tuple[str, str]:
    """Describe the changes between two runs as a page, with a line of text per changed plot.

    Args:
        first: Name and content of the first run.
        second: Name and content of the second run.
        outcome: Products of the second run, compared with the first.
    """
    # Not at the top: only the page needs matplotlib, which takes a second to load.
    from wollemi.history.comparison_figures import moved_plots
    from wollemi.history.comparison_page import Compared, comparison_page

    names, runs = (first[0], second[0]), (first[1], second[1])
    kinds = outcomes_by_kind(outcome.outcomes)
    products = {kind: cell_text(kind, found).replace("**", "") for kind, found in kinds.items()}
    plots = moved_plots(runs, names)
    compared = Compared(names, runs, plots, products, list(detail_lines({second[0]: outcome})))
    shown = [f"- `{plot.name}`: {plot.alt}" for plot in plots.events]
    text = "\n".join(["Plots that moved:", "", *shown, "", ""]) if shown else ""
    return comparison_page(compared, REPORT), text


def compare_all(runs: Sequence[tuple[str, str]], page: Path | None) -> int:
    """Compare all runs with the first and print the report.

    Args:
        runs: Name and place of each run.
        page: Path of a page about the changes between two runs, if requested.

    Returns:
        Exit code of the program.

    Raises:
        WollemiError: The user has to correct something.
    """
    names = [name for name, _ in runs]
    if len(set(names)) < len(names):
        raise WollemiError("compare_runs.py", "two runs have the same name", "name them NAME=RUN")
    if page and len(runs) > 2:
        raise WollemiError("--page", "a page is of two runs", "compare each with the first alone")
    with ExitStack() as stack:
        opened = {name: stack.enter_context(opened_run(place)) for name, place in runs}
        first = names[0]
        comparisons = {
            name: compare_with(opened[first].archive, opened[name].archive) for name in names[1:]
        }
        for name in names[1:]:
            print(explanation(first, opened[first], name, opened[name]), end="")
        if page:
            second = names[1]
            pair = (first, opened[first]), (second, opened[second])
            content, moved = page_of(*pair, comparisons[second])
            print(moved, end="")
        print(report(first, comparisons), end="")
        if page:
            write_whole(page, content)
            print(f"{page} (written)")
    return 0 if all(comparison.agrees for comparison in comparisons.values()) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the runs named on the command line."""
    parser = argparse.ArgumentParser(prog="compare_runs.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    form = "[NAME=]RUN"
    parser.add_argument(
        "reference",
        type=named_run,
        metavar=form,
        help="the first run, such as laptop=results/zprime",
    )
    parser.add_argument(
        "others", type=named_run, nargs="+", metavar=form, help="the runs to compare with it"
    )
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write a page on two runs, such as changes.html"
    )
    given = parser.parse_args(arguments)
    runs, folders = [given.reference, *given.others], [given.page.parent] if given.page else []
    return exit_code(lambda: compare_all(runs, given.page), folders)


if __name__ == "__main__":
    sys.exit(main())
