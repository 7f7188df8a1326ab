"""A table for a paper or a talk: its numbers, and the same as text in three formats."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from wollemi.base.tex import tex_plain, tex_source


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        caption: Caption, which describes the content.
        numbers: Numbers as in the products.
        text: Rounded numbers as text, with labels; texts may contain TeX between dollar signs.
    """

    caption: str
    numbers: pd.DataFrame
    text: pd.DataFrame

    def csv(self) -> str:
        """The numbers as CSV."""
        return str(self.numbers.reset_index().to_csv(index=False, lineterminator="\n"))

    def markdown(self) -> str:
        """The text as Markdown."""
        flat = self._flat(lambda cell: tex_plain(cell).replace("|", "\\|").replace("\n", " "))
        head = [*flat.columns]
        lines = [head, ["---"] * len(head), *flat.to_numpy().tolist()]
        return f"{self.caption}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def latex(self) -> str:
        """The text as LaTeX, for the package booktabs."""
        flat = self._flat(tex_source)
        columns = "l" + "r" * (len(flat.columns) - 1)
        return str(
            flat.to_latex(
                index=False, escape=False, column_format=columns, caption=tex_source(self.caption)
            )
        )

    def _flat(self, written: Callable[[str], str]) -> pd.DataFrame:
        flat = self.text.rename_axis(self.text.index.name or "").reset_index()
        return flat.map(written).rename(columns=written)
