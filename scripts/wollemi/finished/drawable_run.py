"""Plots of a finished run as figures of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.base.json_files import read_json
from wollemi.finished.explorable_run import ExplorableRun, analysis_file, shown_once
from wollemi.finished.redrawn import drawing, redrawn
from wollemi_likelihood.base.errors import UnknownNameError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:  # imported only when needed, to save time
    from collections.abc import Sequence
    from typing import Any

    from matplotlib.figure import Figure


class DrawableRun(ExplorableRun):
    """The plots of a run.

    Args:
        folder: Folder of the results.
    """

    @property
    def figures(self) -> list[str]:
        """Names of the plots that `figure` can draw."""
        has_file = analysis_file(self.folder).is_file()
        return [
            name
            for name, numbers in self._numbers.items()
            if drawing(name) or (has_file and "stacked" in numbers)
        ]

    def figure(self, name: str, samples: str | Sequence[str] | None = None) -> Figure:
        """A plot of the run, to be modified and saved.

        Stacked plots are `<region>_<variable>` before the fit and `postfit_<region>` after it. They
        take labels, colors and axes from the present analysis file.

        Args:
            name: Name of the plot, one of `figures`. The numbers of other plots are products:
                `product("plots/limits.json")`.
            samples: Name of a sample, or several, to draw alone in a stacked plot; data are drawn
                only if named, after the fit all of them together. After the fit, several samples
                have no uncertainty band.

        Raises:
            UnknownNameError: The plot, or a sample, does not exist.
            WollemiError: The plot is not a stack of samples, or has none of those chosen.

        Example:
            >>> run = wollemi.open("results/zprime")
            >>> figure = run.figure("signal_ee_mass_ee", samples=["dy", "zprime_3000", "data"])
            >>> figure.axes[0].set_title("without top")
            >>> figure.savefig("mass.pdf")
        """
        every, known = self._numbers, self.figures
        if name not in known:
            raise UnknownNameError(
                str(self.folder / "plots"),
                f"unknown plot '{name}'{did_you_mean(name, known)}",
                f"choose one of {', '.join(known)}" if known else "run the analysis",
            )
        if not drawing(name):
            from wollemi.finished.stacked import draw_stacked

            chosen = [samples] if isinstance(samples, str) else samples
            return shown_once(draw_stacked(self.folder, analysis_file(self.folder), name, chosen))
        if samples is not None:
            raise WollemiError(name, "is not a stack of samples", "leave out `samples`")
        numbers = every[name]
        # A plot with the luminosity on an axis has its own label of the beam.
        beam = numbers.get("beam") or read_json(self.folder / "summary.json")["beam"]
        experiment = next(
            (plot["experiment"] for plot in every.values() if "experiment" in plot), ""
        )
        return shown_once(redrawn(name, numbers, experiment, beam))

    @property
    def _numbers(self) -> dict[str, Any]:
        """The numbers of each plot."""
        return {
            path.stem: read_json(path) for path in sorted((self.folder / "plots").glob("*.json"))
        }
