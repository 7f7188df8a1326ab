"""What can be asked of the events of a finished run: any expression, drawn or as an array, and
functions of a notebook as columns, and its drawings as plots.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.houses import module_beside

if TYPE_CHECKING:  # imported only when needed, to save time
    from collections.abc import Callable
    from types import ModuleType

    import awkward as ak
    from matplotlib.figure import Figure

    from wollemi.histograms.histogram import Histogram

    Bins = tuple[int, float, float] | None
    Filled = dict[str, Histogram]


@dataclass(frozen=True)
class ExplorableRun:
    """The events of a run.

    Args:
        folder: of the results.
    """

    folder: Path

    def fill(self, expression: str, region: str, where: str = "", bins: Bins = None) -> Filled:
        """Histograms of any expression in a region, filled from the events that the run has read,
        and normalized: sample → histogram.

        Args:
            expression: or the name of a variable.
            region: its name.
            where: one more cut.
            bins: number, lower and upper edge; round ones by default.

        Raises:
            WollemiError: a name is unknown, or no event has a value.
        """
        explored = _events().explore(self.folder, expression, [region], where, bins)
        filled: Filled = explored.by_sample()
        return filled

    def draw(
        self, expression: str, *regions: str, where: str = "", bins: Bins = None, by: str = "sample"
    ) -> Figure:
        """The plot that a region would have, were the expression one of its variables; `by` is
        `sample`, `systematic`, or `region` for several. See `fill`.
        """
        return shown_once(
            _events().explore(self.folder, expression, regions, where, bins).figure(by)
        )

    def evaluate(self, expression: str, dataset: str, region: str, where: str = "") -> ak.Array:
        """Values of any expression for the events of a dataset in a region, as the nominal
        histograms have them: one an event, or a list.

        Args:
            expression: or the name of a variable.
            dataset: its name.
            region: its name.
            where: one more cut.

        Raises:
            WollemiError: a name is unknown, or a file is gone.
        """
        values: ak.Array = _events().evaluated(self.folder, expression, dataset, region, where)
        return values

    def add_column(self, function: Callable[..., Any], region: str) -> list[Path]:
        """Make a function of the notebook a column of the analysis: it is written into the
        `hooks.py` beside the analysis file, the column of its name into that file, and a test of
        its values into `tests`.

        Args:
            function: its arguments are named as branches, objects and columns.
            region: whose first events the test has.

        Returns:
            The files.

        Raises:
            WollemiError: it depends on more than its arguments, its name is taken, or its values
                are not one or a list for each event.
        """
        files: list[Path] = _events().captured(self.folder, function, region)
        return files

    def add_plot(self, expression: str, region: str, name: str = "", bins: Bins = None) -> Path:
        """Make what `draw` shows of a region a plot of the analysis: a variable in the analysis
        file, which the region monitors.

        Args:
            expression: or the name of a variable.
            region: its name.
            name: of the new variable, by default made of the expression.
            bins: number, lower and upper edge; round ones by default.

        Returns:
            The analysis file.

        Raises:
            WollemiError: a name is unknown or taken, or the region is not written out in the file.
        """
        file: Path = _events().captured_plot(self.folder, expression, region, name, bins)
        return file


def _events() -> ModuleType:
    return module_beside("wollemi_interactive", "explore.exploration", "reading events of a run")


def shown_once(figure: Figure) -> Figure:
    """A notebook shows what a cell returns. With the inline backend it shows all figures that are
    open as well, and so the same one twice.
    """
    import matplotlib.pyplot as plt

    if "inline" in plt.get_backend().lower():
        plt.close(figure)
    return figure
