"""`wollemi`: one command for all work on an analysis. The programs behind it keep their names and
options.
"""

import sys
import webbrowser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

import wollemi
from wollemi.base.machine_errors import machine_error
from wollemi.base.user_commands import user_command
from wollemi.commands.completion import (
    Passing,
    analysis_argument,
    complete_analysis,
    complete_names,
    cores_option,
)
from wollemi.commands.numbers import BY_YEAR, POSITIVE
from wollemi.commands.programs import (
    analysis_file,
    check_checkout,
    results_folder,
    run_program,
    run_snakemake,
    start_folder,
)
from wollemi.commands.reuse import makes_results, reuse_results, run_folder
from wollemi.commands.run_lock import run_lock
from wollemi.commands.shown import refit, show
from wollemi.houses import exists, module_beside, require
from wollemi_likelihood.base.errors import WollemiError

# Options unknown to a command may be known to its program.
_FURTHER = {"ignore_unknown_options": True, "allow_extra_args": True}
INTERACTIVE = "wollemi_interactive"
ELSEWHERE = ("datasets", "diagnose", "draw", "explore", "plan", "query", "serve", "upgrade")


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_VERBOSE = click.option("--verbose", "-v", is_flag=True, help="Snakemake's own messages.")


class _Commands(click.Group):
    """Commands that report errors of users and of the machine without a traceback."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command by name; a missing side package gives an error with its name."""
        if cmd_name in ELSEWHERE and cmd_name not in self.commands:
            module_beside(INTERACTIVE, "commands.all", f"wollemi {cmd_name}")
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command that was typed."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            named = error if isinstance(error, WollemiError) else machine_error(error, [Path()])
            if named is None:
                raise
            click.echo(str(named), err=True)
            raise SystemExit(2) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
# Hidden, so that the list of commands fits a terminal of 24 lines.
@click.version_option(wollemi.__version__, package_name="wollemi", hidden=True)
def main() -> None:
    """From events to limits, and back. ANALYSIS is a folder of config/analyses."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def start(folder: Path) -> None:
    """Make a folder with the workflow and the analyses that ship."""
    start_folder(folder)
    click.echo(f"{folder} (written)\n\n    cd {folder} && {user_command('wollemi run zprime')}")


@main.command()
@click.argument("name")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--from", "source", type=_FILE, help="Configuration, or list of datasets.")
@click.option("--data", multiple=True, metavar="FILE", help="Which files are data.")
@click.option("--signal", "signals", multiple=True, metavar="FILE", help="Which files are signal.")
@click.option("--cross-section", multiple=True, metavar="FILE=PB", help="Of simulation, or YAML.")
@click.option("--weight", multiple=True, metavar="[FILE=]EXPR", help="Of simulation, or 'none'.")
@click.option("--luminosity", multiple=True, type=BY_YEAR, metavar="[YEAR=]IFB", help="In fb⁻¹.")
@click.option("--energy", type=POSITIVE, metavar="TEV", help="Of the center of mass.")
@click.option("--title", metavar="TEXT", help="One line for people.")
@click.option("--author", metavar="NAME", help="For CITATION.cff.")
def new(name: str, files: tuple[Path, ...], **given: Any) -> None:
    """Make a repository for an analysis of your files.

    NAME is a new folder. You are prompted for anything you leave out. Data and
    simulation are recognized by generated particles, weights and run numbers.

    wollemi new dimuon data.root dy.root --cross-section dy.root=6025
    """
    # Not at the top: the other commands do not need it.
    from wollemi.commands.new import make_repository

    make_repository(name, files, given)


@main.command(context_settings=_FURTHER, cls=Passing)
@analysis_argument()
@cores_option()
@click.option(
    "--preview",
    metavar="N",
    type=click.IntRange(min=1),
    help="Use N events of each simulated dataset.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would run.")
@_VERBOSE
@click.pass_context
def run(
    context: click.Context,
    analysis: str,
    cores: int,
    preview: int | None,
    dry_run: bool,
    verbose: bool,
) -> None:
    """Run what has changed, and what depends on it (snakemake)."""
    preview_setting = [f"max_events={preview}"] if preview else []
    dry = ["--dry-run"] if dry_run else []
    _run_snakemake([*dry, *context.args], analysis, cores, preview_setting, verbose)


@main.command(context_settings=_FURTHER, cls=Passing)
@analysis_argument()
@cores_option()
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.pass_context
def watch(context: click.Context, analysis: str, cores: int, no_browser: bool) -> None:
    """Rerun after each edit and reload the page."""
    # Not at the top: the other commands do not need it.
    from wollemi.commands.watch import watch_analysis

    check_checkout()
    watch_analysis(analysis, cores, context.args, show=not no_browser)


@main.command(context_settings=_FURTHER, cls=Passing)
@analysis_argument()
@cores_option()
@_VERBOSE
@click.pass_context
def publish(context: click.Context, analysis: str, cores: int, verbose: bool) -> None:
    """Write HEPData, likelihood, web pages (snakemake publish)."""
    require("wollemi_publish", "wollemi publish")
    _run_snakemake(["publish", *context.args], analysis, cores, [], verbose)


def _run_snakemake(
    arguments: list[str], analysis: str, cores: int, settings: list[str], verbose: bool
) -> None:
    """Run the workflow under the lock of the run, after restoring results from the store.

    `--config` given among the arguments stays last, because Snakemake accepts only one.
    """
    check_checkout()
    given = [*arguments, *settings]
    own = [f"analysis={analysis}", *settings]
    if "--config" not in arguments:
        arguments = [*arguments, "--config"]
    place = arguments.index("--config") + 1
    arguments = [*arguments[:place], *own, *arguments[place:]]
    with run_lock(run_folder(analysis, given)) if makes_results(given) else nullcontext(()) as held:
        reuse_results(analysis, given)
        code = run_snakemake("--cores", str(cores), *arguments, verbose=verbose, inherited=held)
    raise SystemExit(code)


@main.command()
@analysis_argument()
def check(analysis: str) -> None:
    """List every problem of an analysis file (check_analysis)."""
    run_program("check_analysis", analysis_file(analysis))


@main.command(context_settings=_FURTHER)
@click.argument("files", nargs=-1, required=True)
def inspect(files: tuple[str, ...]) -> None:
    """Show the content of files of events (inspect_dataset)."""
    run_program("inspect_dataset", *files)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument(
    "regions",
    nargs=-1,
    required=True,
    metavar="REGION...",
    shell_complete=complete_names("regions"),
)
def bins(analysis: str, regions: tuple[str, ...]) -> None:
    """Choose the bins of the fit in some regions (choose_bins)."""
    run_program("choose_bins", results_folder(analysis), *regions)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("region", shell_complete=complete_names("regions"))
@click.pass_context
def events(context: click.Context, analysis: str, region: str) -> None:
    """Show the content of a bin and list its events (list_events)."""
    run_program("list_events", results_folder(analysis), region, *context.args)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("file", metavar="FILE")
@click.pass_context
def export(context: click.Context, analysis: str, file: str) -> None:
    """Write histograms of a run for ROOT (export_histograms).

    With --events its events, too, as a flat table in the same file.
    """
    run_program("export_histograms", results_folder(analysis), file, *context.args)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("table", metavar="FILE")
@click.pass_context
def tabulate(context: click.Context, analysis: str, table: str) -> None:
    """Write the events of a run as a flat table (tabulate_events)."""
    run_program("tabulate_events", results_folder(analysis), table, *context.args)


@main.command("filter", context_settings=_FURTHER)
@click.argument("menu")
@click.argument("files", nargs=-1, required=True)
def filter_(menu: str, files: tuple[str, ...]) -> None:
    """Apply a trigger menu to events (filter_events).

    wollemi filter menu.yaml dy.root --output menu --scan electron_pt=20:50:5
    """
    run_program("filter_events", menu, *files)


@main.command(context_settings=_FURTHER, cls=Passing)
@analysis_argument()
@click.pass_context
def verify(context: click.Context, analysis: str) -> None:
    """Check whether results are up to date (verify_results)."""
    run_program("verify_results", results_folder(analysis), *context.args)


@main.command()
@click.argument("product", type=click.Path(path_type=Path))
@click.option("--picture", metavar="FILE", help="Draw it (.svg, .png or .pdf).")
def explain(product: Path, picture: str | None) -> None:
    """Show the origin of a product (verify_results --explain).

    PRODUCT is a file of a run, such as results/zprime/limits.json.
    """
    run = next((folder for folder in product.parents if (folder / "records").is_dir()), None)
    if run is None:
        raise click.UsageError(
            f"'{product}' is not a product of a run: name it as results/<analysis>/<file>"
        )
    drawn = ["--picture", picture] if picture else []
    run_program("verify_results", run, "--explain", product, *drawn)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("file", metavar="FILE")
@click.pass_context
def closure(context: click.Context, analysis: str, file: str) -> None:
    """Check a run against another program (check_closure)."""
    run_program("check_closure", results_folder(analysis), file, *context.args)


@main.command(context_settings=_FURTHER)
@click.argument("runs", nargs=-1, required=True, metavar="[NAME=]RUN...")
def compare(runs: tuple[str, ...]) -> None:
    """Compare runs and explain the differences (compare_runs).

    A RUN is a folder of results, an archive, or a state of `wollemi history`.
    """
    run_program("compare_runs", *runs)


@main.command("merge-check", context_settings=_FURTHER, cls=Passing)
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("ours")
@click.argument("theirs")
@click.pass_context
def merge_check(context: click.Context, analysis: str, ours: str, theirs: str) -> None:
    """Show what two branches both changed (check_merge).

    OURS and THEIRS are revisions of git, or files; --merged says what their
    merge has lost.
    """
    run_program("check_merge", analysis_file(analysis), ours, theirs, *context.args)


@main.command()
@analysis_argument()
def history(analysis: str) -> None:
    """List earlier states of a run (manage_history)."""
    run_program("manage_history", "list", run_folder(analysis))


@main.command()
@click.argument("state")
def restore(state: str) -> None:
    """Restore an earlier state of a run (manage_history)."""
    run_program("manage_history", "restore", state)


@main.command()
@click.option("--gb", metavar="SIZE", help="Target size; default: the store's limit.")
def prune(gb: str | None) -> None:
    """Delete old results from the store (manage_history)."""
    run_program("manage_history", "prune", *(["--gb", gb] if gb else []))


@main.command(context_settings=_FURTHER, cls=Passing)
@analysis_argument()
@click.option("--to", metavar="FILE", help="The archive; default: ANALYSIS.zip.")
@click.pass_context
def archive(context: click.Context, analysis: str, to: str | None) -> None:
    """Pack a finished run into one file (archive_analysis).

    --production-files and --wheels put the files of events and the packages into it.
    """
    folder = results_folder(analysis)
    run_program("archive_analysis", folder, "--archive", to or f"{folder.name}.zip", *context.args)


@main.command(context_settings=_FURTHER)
@click.argument("model")
@click.argument("workspace")
@click.pass_context
def convert(context: click.Context, model: str, workspace: str) -> None:
    """Write a card, XML or HS3 for pyhf (convert_datacard)."""
    run_program("convert_datacard", model, workspace, *context.args)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("archive", type=click.Path(exists=True))
@click.pass_context
def reexecute(context: click.Context, archive: str) -> None:
    """Repeat an archived run and compare it (reexecute_archive)."""
    run_program("reexecute_archive", archive, *context.args)


@main.command(context_settings=_FURTHER, cls=Passing)
@click.argument("archive", type=click.Path(exists=True))
@click.argument("signals", nargs=-1, required=True)
def reinterpret(archive: str, signals: tuple[str, ...]) -> None:
    """Limits on new signals from an archive (reinterpret_signal)."""
    run_program("reinterpret_signal", "--archive", archive, "--signal", *signals)


@main.command()
def doctor() -> None:
    """Show versions, machine and problems, for a bug ticket."""
    # Not at the top: the other commands do not need it.
    from wollemi.commands.doctor import report

    text, can_run = report()
    click.echo(text)
    raise SystemExit(0 if can_run else 1)


@main.command("open")
@analysis_argument()
def open_page(analysis: str) -> None:
    """Open the summary page of a run in the browser."""
    page = (results_folder(analysis) / "index.html").resolve()
    if not page.is_file():
        raise click.UsageError(f"{page} is not there: the run has not finished")
    click.echo(page.as_uri())
    if not webbrowser.open(page.as_uri()):
        click.echo("No browser was found: open this address by hand.", err=True)


for _command in (show, refit):
    main.add_command(_command)

if exists(INTERACTIVE):
    for _command in module_beside(INTERACTIVE, "commands.all", "wollemi").COMMANDS:
        main.add_command(_command)


if __name__ == "__main__":
    sys.exit(main())
