"""The commands of `wollemi` that draw, explore, query, serve and upgrade."""

import atexit
import gc
import os
from math import isfinite
from pathlib import Path
from typing import Any

import click

from wollemi.commands.completion import (
    analysis_argument,
    complete_analysis,
    complete_names,
    complete_source,
    cores_option,
)
from wollemi.commands.numbers import Number

# A draw imports a thousand modules, in which there is no garbage: by default, looking for it takes
# a tenth of the time of a draw while it runs, and another tenth at its end.
gc.set_threshold(100_000, 20, 50)
atexit.register(gc.freeze)

_AXIS = (click.IntRange(min=1), Number(), Number())
PICTURES = (".png", ".pdf", ".svg")
_NOT_FOR_RUNS = (
    "--analysis, --events, --catalogue, --weight and --against are for files and datasets, not for "
    "runs; a variable with `axes` has two dimensions in a run"
)
_CATALOGUE = click.option(
    "--catalogue", type=Path, metavar="FILE", help="Look up names there first."
)


@click.command()
@click.argument("pattern", default="")
@click.option("--fetch", is_flag=True, help="Copy the files of this dataset to this machine.")
@click.option("--check", is_flag=True, help="Open the files of this dataset at each address.")
@click.option("--analysis", help="With --check: the analysis whose dataset it is.")
@_CATALOGUE
def datasets(
    pattern: str, fetch: bool, check: bool, analysis: str | None, catalogue: Path | None
) -> None:
    """List the datasets that can be drawn by name.

    PATTERN is such as 'zee*', or a part of a name or title.
    """
    if (analysis and not check) or (check and fetch):
        raise click.UsageError("--analysis goes with --check, and --fetch without it")
    from wollemi_interactive.commands.datasets import check_files, list_datasets

    if check:
        check_files(pattern, analysis, catalogue)
        return
    list_datasets(pattern, catalogue, fetch)


@click.command()
@analysis_argument()
def diagnose(analysis: str) -> None:
    """Say why the last run failed, and what to do."""
    from wollemi_interactive.commands.diagnose import diagnose_run

    diagnose_run(analysis)


@click.command()
@analysis_argument()
@click.option(
    "--slots",
    default=os.cpu_count() or 1,
    type=click.IntRange(min=1),
    metavar="N",
    help="Jobs at a time; default: one for each core here.",
)
def plan(analysis: str, slots: int) -> None:
    """Estimate the cost of the next run.

    A preview measures it: wollemi run ANALYSIS --preview 600000.
    """
    from wollemi_interactive.commands.plan import plan_run

    plan_run(analysis, slots)


@click.command()
@analysis_argument()
def serve(analysis: str) -> None:
    """Answer an assistant about a run (MCP).

    A program that speaks the Model Context Protocol starts this command. It lists
    and reads products, asks for the verdict and lineages, and draws. Nothing is
    written.
    """
    from wollemi_interactive.commands.serve import serve_run

    serve_run(analysis)


@click.command()
@analysis_argument()
@click.option(
    "--events",
    default=20_000,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Read N of each simulated dataset.",
)
@click.option("--port", default=0, metavar="PORT", help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def explore(analysis: str, events: int, port: int, no_browser: bool) -> None:
    """Move the cuts of a run on a page in the browser."""
    from wollemi_interactive.commands.explore import explore_analysis

    explore_analysis(analysis, events, port, show=not no_browser)


@click.command()
@click.argument("source", shell_complete=complete_source)
@click.argument("expression", shell_complete=complete_names("variables", "columns"))
@click.option("--where", default="", metavar="SELECTION", help="Events that count.")
@click.option(
    "--analysis",
    metavar="NAME",
    shell_complete=complete_analysis,
    help="Take its objects, columns and weights.",
)
@click.option(
    "--region",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_names("regions"),
    help="Of the run; one or several.",
)
@click.option(
    "--by",
    type=click.Choice(["sample", "systematic", "region"]),
    metavar="WHAT",
    help="Separate by sample, systematic or region.",
)
@click.option("--weight", default="", metavar="EXPRESSION", help="Of each event; 'none' for 1.")
@click.option("--bins", nargs=3, type=_AXIS, metavar="N LOW HIGH", help="Default: 50 round ones.")
@click.option("--against", default="", metavar="EXPRESSION", help="A second axis.")
@click.option(
    "--against-bins", nargs=3, type=_AXIS, metavar="N LOW HIGH", help="Default: 25 round ones."
)
@click.option("--profile", is_flag=True, help="Draw the mean of the second axis.")
@click.option(
    "--events", type=click.IntRange(min=1), metavar="N", help="Read only the first N of each file."
)
@click.option("--png", default="drawn.png", show_default=True, metavar="FILE", help="The picture.")
@_CATALOGUE
def draw(
    source: str,
    expression: str,
    where: str,
    analysis: str | None,
    region: tuple[str, ...],
    by: str | None,
    weight: str,
    bins: tuple[int, float, float] | None,
    against: str,
    against_bins: tuple[int, float, float] | None,
    profile: bool,
    events: int | None,
    png: str,
    catalogue: Path | None,
) -> None:
    """Draw an expression: of a file of events, a dataset, a run.

    SOURCE is a file, an address, a name of `wollemi datasets`, opendata:12367,
    or with --analysis one of its datasets: wollemi draw zee "m(e, e)"

    Or it is an analysis that has run, and the plot that its region would have:
    wollemi draw zprime "electron[0].pt" --region search --by systematic
    """
    for axis in (bins, against_bins):
        if axis is not None and not (axis[1] < axis[2] and isfinite(axis[2] - axis[1])):
            raise click.UsageError(f"{axis[1]:g} to {axis[2]:g}: numbers, LOW below HIGH")
    if Path(png).suffix not in PICTURES:
        raise click.UsageError(f"{png}: a picture is one of {', '.join(PICTURES)}")
    if (profile or against_bins) and not against:
        raise click.UsageError("--profile and --against-bins need --against EXPRESSION")
    # Imported here, because the other commands need neither.
    if region or by:
        from wollemi_interactive.commands.draw_run import draw_from_run

        if analysis or events or catalogue or against or weight:
            raise click.UsageError(_NOT_FOR_RUNS)
        draw_from_run(source, expression, region, where, bins, by or "sample", Path(png))
        return
    from wollemi_interactive.commands.draw import Asked, draw_expression

    draw_expression(
        Asked(
            source,
            expression,
            where,
            analysis,
            bins,
            events,
            Path(png),
            catalogue,
            against,
            against_bins,
            profile,
            weight,
        )
    )


@click.command()
@click.argument("source", shell_complete=complete_source)
@click.argument("text", metavar="QUERY")
@click.argument("answer", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--weight", default="", metavar="BRANCH", help="Summed for Σw, or 'none'.")
@click.option("--offline", is_flag=True, help="Use local files and stored answers only.")
@click.option("--endpoint", metavar="NAME", help="Ask ServiceX: of servicex.yaml, or 'default'.")
@_CATALOGUE
def query(
    source: str,
    text: str,
    answer: Path,
    weight: str,
    offline: bool,
    endpoint: str | None,
    catalogue: Path | None,
) -> None:
    """Run a func_adl query on events and keep the answer.

    SOURCE is as of `wollemi draw`. QUERY is a text or a file .py, and FILE the
    answer as Parquet, which an analysis reads as any other file:

    wollemi query zee "EventDataset().Select(lambda e: e.Electron_pt)" pt.parquet
    """
    from wollemi_interactive.commands.query import answer_query

    named = "" if endpoint == "default" else endpoint
    answer_query(source, text, answer, named, weight, offline, catalogue)


@click.command()
@click.option("--from", "source", metavar="PLACE", help="A checkout of Wollemi, or its address.")
@click.option("--tag", metavar="NAME", help="A tag or branch of it.")
@click.option("--run", is_flag=True, help="Run it in a copy, and say which numbers move.")
@click.option("--page", type=click.Path(path_type=Path), metavar="FILE", help="And on a page.")
@click.option("--apply", is_flag=True, help="Make it a commit.")
@cores_option()
def upgrade(**wanted: Any) -> None:
    """Preview the effect of an upgrade.

    Run it in a repository of `wollemi new`. Nothing changes without --apply.
    The default of --from is the version of this command.
    """
    # Imported here, because the other commands do not need it.
    from wollemi_interactive.upgrade.upgrade import Wanted, upgrade_repository

    raise SystemExit(upgrade_repository(Wanted(**wanted)))


COMMANDS = (datasets, diagnose, draw, explore, plan, query, serve, upgrade)
