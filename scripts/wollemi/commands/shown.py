"""The commands of `wollemi` that show numbers of a run."""

import click

from wollemi.commands.completion import complete_analysis, complete_table


@click.command()
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("table", default="", shell_complete=complete_table)
@click.option("--latex", is_flag=True, help="As LaTeX, for \\input.")
def show(analysis: str, table: str, latex: bool) -> None:
    """Print a table of a run, such as its limits.

    Without TABLE the names of all tables.

    wollemi show zprime yields --latex
    """
    # Not at the top: the other commands do not need it.
    from wollemi.commands.tables import show_table

    show_table(analysis, table, latex)


@click.command()
@click.argument("analysis", shell_complete=complete_analysis)
@click.argument("held", nargs=-1, required=True, metavar="PARAMETER=VALUE...")
@click.option("--signal", metavar="NAME", help="Whose model, if there are several.")
def refit(analysis: str, held: tuple[str, ...], signal: str | None) -> None:
    """Refit with some parameters fixed.

    wollemi refit zprime mu=0 --signal zprime_3000
    """
    from wollemi.commands.tables import refit_model

    refit_model(analysis, held, signal)
