"""The work of `wollemi diagnose`: why the last run of an analysis failed."""

from pathlib import Path

import click

from wollemi.base.user_commands import user_command
from wollemi.commands.programs import check_checkout
from wollemi_interactive.failures.diagnosis import diagnosis_lines, diagnosis_of, write_diagnosis
from wollemi_interactive.failures.failed_jobs import latest_run

FOLDER = "logs/diagnosis"


def diagnose_run(analysis: str) -> None:
    """Print why the last run failed, and write a page and a script.

    Args:
        analysis: Name of the analysis.

    Raises:
        click.UsageError: There is no log of a run.
    """
    check_checkout()
    run, again = latest_run(analysis), user_command(f"wollemi run {analysis}")
    if run is None:
        raise click.UsageError(f"no log of a run of '{analysis}' is here: run it with `{again}`")
    if run.failed:
        found, folder = diagnosis_of(run), Path("results") / analysis / FOLDER
        write_diagnosis(found, analysis, folder)
        click.echo("\n".join(diagnosis_lines(found, folder)))
    elif run.problem:
        click.echo(f"no job failed; Snakemake ended with\n{run.problem}\nlog: {run.path}")
    elif run.is_stopped or not run.is_whole:
        how = (
            "was stopped"
            if run.is_stopped
            else "was killed, or is still running: its log has no end"
        )
        click.echo(f"no job failed; the run {how}\nto do: {again} continues it\nlog: {run.path}")
    else:
        click.echo(f"the last run had no failure\nlog: {run.path}")
