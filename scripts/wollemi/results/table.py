"""A table for a paper or a talk: its numbers, and the same as text in three formats."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from wollemi.base.tex import tex_plain, tex_source

TEXT_WIDTH = 440  # pt, of JHEP and CMS papers
LETTER, BETWEEN = 5.0, 12.0  # pt, of a digit at 10 pt, and of the space between two columns
SPACE = "\\par\\medskip\n"


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        caption: Caption, which describes the content.
        numbers: Numbers as in the products.
        text: Rounded numbers as text, with labels; texts may contain TeX between dollar signs.
            Columns of two levels have a common heading.
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
        head = [", ".join(filter(None, _levels(name))) for name in flat.columns]
        lines = [head, ["---"] * len(head), *flat.to_numpy().tolist()]
        return f"{self.caption}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def latex(self) -> str:
        """The text as LaTeX, for booktabs: wide tables in parts, wide texts in several lines."""
        flat, labels = self._flat(tex_source), self.text.index.nlevels
        widths, room = self._widths()
        formats = ["r" if width <= room else f"p{{{room - BETWEEN:.0f}pt}}" for width in widths]
        parts = [
            flat.iloc[:, [*range(labels), *chosen]].to_latex(
                index=False,
                escape=False,
                column_format="l" * labels + "".join(formats[place] for place in chosen),
                multicolumn_format="c",
            )
            for chosen in self._parts(widths, room)
        ]
        begin = f"\\begin{{table}}\n\\centering\n\\caption{{{tex_source(self.caption)}}}\n"
        return f"{begin}{SPACE.join(map(_ruled, parts))}\\end{{table}}\n"

    def _parts(self, widths: list[float], room: float) -> list[list[int]]:
        """Places of the columns that fit next to each other after the labels; columns under one
        heading stay together.
        """
        plain, labels = self._flat(tex_plain), self.text.index.nlevels
        parts, used = [list[int]()], 0.0
        places = range(labels, len(widths))
        for _, group in groupby(places, lambda place: _heading(plain.columns[place], place)):
            columns = list(group)
            heading = "".join(_levels(plain.columns[columns[0]])[:-1])
            width = max(sum(widths[place] for place in columns), LETTER * len(heading) + BETWEEN)
            if parts[-1] and used + width > room:
                parts, used = [*parts, []], 0.0
            parts[-1] += columns
            used += width
        return parts

    def _widths(self) -> tuple[list[float], float]:
        """Widths of all columns, and of the page next to the labels, in pt."""
        plain = self._flat(tex_plain)
        widths = [
            LETTER * max(map(len, [_levels(name)[-1], *column])) + BETWEEN
            for name, column in zip(plain.columns, plain.to_numpy().T, strict=True)
        ]
        return widths, TEXT_WIDTH - sum(widths[: self.text.index.nlevels])

    def _flat(self, written: Callable[[str], str]) -> pd.DataFrame:
        flat = self.text.rename_axis(self.text.index.name or "").reset_index()
        return flat.map(written).rename(columns=written)


def _levels(name: str | tuple[str, ...]) -> tuple[str, ...]:
    """The heading of a column, if it has one, and its name."""
    return (name,) if isinstance(name, str) else name


def _heading(name: str | tuple[str, ...], place: int) -> str | int:
    """What a column has in common with its neighbors; its place if nothing."""
    return place if isinstance(name, str) else name[0]


def _ruled(tabular: str) -> str:
    """A table with a rule below each heading of several columns."""
    lines = tabular.split("\n")
    spans = re.findall(r"&|\\multicolumn\{(\d+)\}", lines[2])
    rules, place = [], 1
    for span in spans:
        if span:
            rules.append(f"\\cmidrule(lr){{{place}-{place + int(span) - 1}}}")
            place += int(span) - 1
        else:
            place += 1
    return "\n".join([*lines[:3], *([" ".join(rules)] if rules else []), *lines[3:]])
