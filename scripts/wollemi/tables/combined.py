"""Tables of a combination, with the analysis of each parameter."""

from wollemi.results.imported import Imported
from wollemi.results.table import Table

COLUMN = "analysis"


def has_parameters(name: str) -> bool:
    """Whether the rows of a table are parameters."""
    return name == "parameters" or name.startswith("ranking_")


def with_analyses(table: Table, imported: Imported) -> Table:
    """The same table with a column of analyses.

    Args:
        table: Table whose rows are parameters, in numbers and in text.
        imported: Description of the combination.
    """
    numbers = table.numbers
    names = numbers.get("name", numbers.index)
    analyses = [", ".join(imported.analyses_of(name)) for name in names]
    return Table(
        table.caption, numbers.assign(**{COLUMN: analyses}), table.text.assign(**{COLUMN: analyses})
    )
