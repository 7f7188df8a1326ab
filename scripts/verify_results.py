"""Verify the results of an analysis: walk the records from every product back to the production
files.

Each product is `intact`, `stale` (a setting, a code file, a package, the environment or an input
has changed since) or `broken` (it was changed by hand, it or its record is missing or damaged, an
input has no origin). Contents decide, never existence or times. Exit code: 0 all intact, 1
something stale or not made yet, 2 something broken, or an error. Nothing is changed without
--adopt.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.archived_files import LIST
from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.job.costs import read_costs
from wollemi.provenance.chain import BROKEN, INTACT, STALE, Chain, worst
from wollemi.provenance.lineage import draw_lineage, lineage_text
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.report import report_json, report_text
from wollemi.provenance.snakemake import (
    Difference,
    adopt_run,
    ask_snakemake,
    check_idle,
    compare_plan,
    snakemake_is_here,
)
from wollemi.provenance.verify import run_folder, verify_run
from wollemi_likelihood.base.errors import WollemiError, counted

EXIT_CODES = {INTACT: 0, STALE: 1, BROKEN: 2}
ADOPT = """For results that were copied here without .snakemake, or where Snakemake's own answer differs: make Snakemake see
what the records say. Products that are not intact are moved to <results>/.stale/<number>/ (nothing is deleted), then
Snakemake writes its metadata and times for the others (--touch). After that `snakemake` makes exactly what is not intact.
Only times of products change, never a content. Products whose chain has only lost a production file stay where they are:
nothing could make them again. Exit code 0 when Snakemake then agrees."""  # noqa: E501


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify_results.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "results",
        type=Path,
        help="folder of results, such as results/zprime; run this beside the Snakefile",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="also write the verdict on every job and product as JSON",
    )
    parser.add_argument(
        "--explain",
        metavar="PRODUCT",
        help="print what a product was made from, back to the production files",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="with --explain: draw it (.svg, .png or .pdf)"
    )
    parser.add_argument(
        "--without-snakemake", action="store_true", help="do not ask Snakemake for its own answer"
    )
    parser.add_argument("--adopt", action="store_true", help=ADOPT)
    return parser


def explain(chain: Chain, product: str, picture: Path | None) -> None:
    """Print the lineage of a product, and draw it if requested."""
    print(lineage_text(chain, Path(product).as_posix()), end="")
    if picture is not None:
        draw_lineage(chain, Path(product).as_posix(), picture)


def snakemake_difference(chain: Chain) -> Difference | str:
    """Difference to Snakemake's answer, or the reason why the answer is missing."""
    try:
        return compare_plan(chain, ask_snakemake(chain))
    except WollemiError as error:
        return f"Snakemake has no answer: {error.problem}"


def adopt(run: Path, present: PresentState) -> int:
    """Restore the state that Snakemake needs, and print the next step.

    Raises:
        WollemiError: Snakemake is missing, is running, or failed.
    """
    if not snakemake_is_here():
        raise WollemiError(
            "--adopt",
            "Snakemake is not installed here, or the Snakefile is missing",
            "run this beside the Snakefile",
        )
    check_idle(run)
    plan = ask_snakemake(verify_run(run, present))
    chain = verify_run(run, present, plan.changed_rules)
    folder, count = adopt_run(chain, plan)
    print(report_text(chain, None), end="")
    kept = sum(status == INTACT for status in chain.products.values())
    print(f"\nadopted: Snakemake keeps {kept} intact products")
    if folder is not None:
        print(
            f"moved {counted(count, 'file')} of what is to be made again to {folder}: the next run "
            "makes it anew"
        )
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Run the command line.

    Returns:
        Exit code of the program.

    Raises:
        WollemiError: The user has to correct something.
    """
    run, present = run_folder(arguments.results), PresentState()
    if arguments.adopt:
        return adopt(run, present)
    chain = verify_run(run, present)
    asked = snakemake_is_here() and not arguments.without_snakemake and not arguments.explain
    difference = snakemake_difference(chain) if asked else None
    if arguments.explain:
        explain(chain, arguments.explain, arguments.picture)
    else:
        cpu_s = {cost.job: cost.cpu for cost in read_costs(run / "logs")}
        print(report_text(chain, difference, cpu_s), end="")
        if missing := len(present.left_out):
            print(f"not included: {counted(missing, 'production file')}, see {LIST}")
    if arguments.json:
        write_whole(arguments.json, render_json(report_json(chain, difference)))
    incomplete = isinstance(difference, Difference) and difference.new
    return EXIT_CODES[worst([chain.status, STALE if incomplete else INTACT])]


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the results named on the command line."""
    parsed = _parser().parse_args(arguments)
    return exit_code(lambda: verify(parsed), [parsed.json.parent] if parsed.json else [])


if __name__ == "__main__":
    sys.exit(main())
