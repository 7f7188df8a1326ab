"""Queries on the events of a finished run: any expression, drawn or as an array; and functions of a
notebook captured as columns, its drawings as plots.
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
        folder: Folder of the results.
    """

    folder: Path

    def fill(self, expression: str, region: str, where: str = "", bins: Bins = None) -> Filled:
        """Normalized histograms of any expression in a region, filled from the events that the run
        has read: sample → histogram.

        Args:
            expression: Expression, or name of a variable.
            region: Name of the region.
            where: Additional cut.
            bins: Number of bins, lower and upper edge; round numbers by default.

        Raises:
            WollemiError: A name is unknown, or no event has a value.
        """
        explored = _events().explore(self.folder, expression, [region], where, bins)
        filled: Filled = explored.by_sample()
        return filled

    def draw(
        self, expression: str, *regions: str, where: str = "", bins: Bins = None, by: str = "sample"
    ) -> Figure:
        """The plot of a region as if the expression were one of its variables; `by` is `sample`,
        `systematic`, or, for several regions, `region`. See `fill`.
        """
        return shown_once(
            _events().explore(self.folder, expression, regions, where, bins).figure(by)
        )

    def evaluate(self, expression: str, dataset: str, region: str, where: str = "") -> ak.Array:
        """Values of any expression for the events of a dataset in a region, one per event or a
        list, as in the nominal histograms.

        Args:
            expression: Expression, or name of a variable.
            dataset: Name of the dataset.
            region: Name of the region.
            where: Additional cut.

        Raises:
            WollemiError: A name is unknown, or a file no longer exists.
        """
        values: ak.Array = _events().evaluated(self.folder, expression, dataset, region, where)
        return values

    def add_column(self, function: Callable[..., Any], region: str) -> list[Path]:
        """Make a function of the notebook a column of the analysis: write it into the `hooks.py`
        next to the analysis file, a column of its name into that file, and a test of its values
        into `tests`.

        Args:
            function: Function whose arguments are named after branches, objects and columns.
            region: Region whose first events the test uses.

        Returns:
            Paths of the files written.

        Raises:
            WollemiError: The function depends on more than its arguments, its name is taken, or its
                values are not one number or a list per event.
        """
        files: list[Path] = _events().captured(self.folder, function, region)
        return files

    def add_product(self, function: Callable[..., Any], **uses: str) -> list[Path]:
        """Make a function of the notebook a product of the analysis, `products/<name>.json`, which
        each run computes: write it into `hooks.py`, an entry into the analysis file, and a test.

        Args:
            function: Function of the contents of products; it returns numbers, text, lists or
                dictionaries.
            uses: JSON product of each argument, such as `found="fit.json"`.

        Returns:
            Paths of the files written.

        Raises:
            WollemiError: A product is unknown or missing, the function fails or depends on more
                than its arguments, or its name is taken.
        """
        files: list[Path] = _events().captured_product(self.folder, function, uses)
        return files

    def add_plot(self, expression: str, region: str, name: str = "", bins: Bins = None) -> Path:
        """Make the drawing of a region by `draw` a plot of the analysis: a variable in the analysis
        file, which the region monitors.

        Args:
            expression: Expression, or name of a variable.
            region: Name of the region.
            name: Name of the new variable, by default derived from the expression.
            bins: Number of bins, lower and upper edge; round numbers by default.

        Returns:
            Path of the analysis file.

        Raises:
            WollemiError: A name is unknown or taken, or the region is not written out in the file.
        """
        file: Path = _events().captured_plot(self.folder, expression, region, name, bins)
        return file


def _events() -> ModuleType:
    return module_beside("wollemi_interactive", "explore.exploration", "reading events of a run")


def analysis_file(folder: Path) -> Path:
    """Path of the analysis file of a run, in its project or, for results copied elsewhere, in the
    current folder; a preview has the file of its analysis.

    Args:
        folder: Folder of the results.
    """
    results = folder.resolve()
    project = results.parents[1] if (results.parents[1] / "config").is_dir() else Path.cwd()
    name, analyses = results.name, project / "config/analyses"
    known = (analyses / name).is_dir()
    return analyses / (name if known else name.removesuffix("_preview")) / "analysis.yaml"


def shown_once(figure: Figure) -> Figure:
    """Return a figure so that a notebook shows it once: the inline backend shows all open figures
    in addition to a cell's result.
    """
    import matplotlib.pyplot as plt

    if "inline" in plt.get_backend().lower():
        plt.close(figure)
    return figure
