"""A finished run as objects of the ecosystem: histograms of hist, tables of pandas, events of
awkward, models of pyhf.
"""

from __future__ import annotations

from functools import cached_property
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.base.json_files import read_json
from wollemi.base.user_commands import user_command
from wollemi.finished.drawable_run import DrawableRun
from wollemi.finished.explorable_run import analysis_file
from wollemi.finished.lazy_histograms import Histograms
from wollemi.results.confidence_intervals import Intervals
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.fit import Fits
from wollemi.results.limits import Limits
from wollemi.results.ranking import Ranking
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Scans
from wollemi.results.significances import Significances
from wollemi.results.summary import Summary
from wollemi.results.toy_fits import ToyFits
from wollemi.results.uncertainties import Uncertainties
from wollemi_likelihood.base.errors import UnknownNameError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:  # imported only when needed, to save time
    import awkward as ak
    import pandas as pd
    import pyhf

    from wollemi.histograms.histogram import Histogram
    from wollemi_likelihood.likelihood import Likelihood

    Bins = tuple[int, float, float] | None
    Filled = dict[str, Histogram]


def open_run(folder: str | Path) -> FinishedRun:
    """Open the results of an analysis.

    Args:
        folder: Folder of the results, such as `results/zprime`.

    Raises:
        WollemiError: The folder holds no results.
    """
    path = Path(folder)
    if not (path / "records").is_dir():
        way = user_command("wollemi run")
        remedy = f"name a folder of results, such as results/zprime; `{way}` makes it"
        raise WollemiError(str(folder), "this folder holds no results", remedy)
    return FinishedRun(path)


class FinishedRun(DrawableRun):
    """The products of one run, each read on first use.

    Args:
        folder: Folder of the results.
    """

    def _repr_html_(self) -> str:
        """The names in the run, as a table of a notebook."""
        kinds = ("regions", "samples", "signals", "datasets", "figures")
        rows = "".join(
            f"<tr><th>{kind}</th><td>{escape(', '.join(getattr(self, kind)))}</td></tr>"
            for kind in kinds
        )
        return f"<table><caption>{escape(str(self.folder))}</caption>{rows}</table>"

    def product(self, name: str) -> Any:
        """A JSON product as plain values, such as `fit.json`.

        Raises:
            WollemiError: The product does not exist.
        """
        return read_json(self._path(name))

    def _path(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            found = self.folder.rglob("*.json")
            known = [item.relative_to(self.folder).as_posix() for item in found]
            problem = f"is not there{did_you_mean(name, known)}"
            raise WollemiError(str(path), problem, "the run has not made it")
        return path

    @cached_property
    def _summary(self) -> Summary:
        return Summary.read(self._path("summary.json"))

    @property
    def datasets(self) -> list[str]:
        """Datasets that have histograms."""
        return sorted(path.stem for path in (self.folder / "histograms").glob("*.json"))

    @property
    def regions(self) -> list[str]:
        """Regions, by name."""
        return sorted(self._summary.selected)

    @property
    def samples(self) -> list[str]:
        """Samples that enter a region, by name."""
        return sorted(set(chain.from_iterable(self._summary.selected.values())))

    @property
    def signals(self) -> list[str]:
        """Signals that have a model."""
        return sorted(path.stem for path in (self.folder / "workspaces").glob("*.json"))

    def histograms(self, dataset: str) -> Histograms:
        """The histograms of a dataset, normalized to the luminosity, with axis labels.

        Raises:
            WollemiError: The dataset does not exist.
        """
        path = self._one_of("histograms", dataset, self.datasets, "dataset")
        return Histograms(path, analysis_file(self.folder))

    def events(self, dataset: str) -> ak.Array:
        """The events of a dataset that pass the skim, with the branches that the analysis uses.

        Raises:
            WollemiError: The dataset has no events.
        """
        import awkward as ak

        parts = sorted(
            (self.folder / "events" / dataset).glob("*.parquet"), key=lambda path: int(path.stem)
        )
        if not (self.folder / "events").is_dir():
            raise WollemiError(
                str(self.folder),
                "no events are kept, as the analysis has no skim",
                "give it a `skim`, and run it again",
            )
        if not parts:
            folder = self.folder / "events"
            known = did_you_mean(dataset, [path.name for path in folder.glob("*")])
            raise WollemiError(str(folder), f"no events of '{dataset}'{known}", "correct the name")
        return ak.concatenate([ak.from_parquet(path) for path in parts])

    def workspace(self, signal: str | None = None) -> Any:
        """The pyhf workspace of a signal; by default of the only signal."""
        return read_json(
            self._one_of("workspaces", signal or self._only_signal(), self.signals, "signal")
        )

    def model(self, signal: str | None = None) -> tuple[pyhf.Model, list[float]]:
        """The model of a signal as a pyhf model, and the data.

        Raises:
            WollemiError: The model cannot be represented in pyhf.
        """
        import pyhf

        from wollemi_likelihood.interpolation import AS_COMBINE, workspace_interpolation
        from wollemi_likelihood.pyhf_factors import MODIFIERS
        from wollemi_likelihood.pyhf_workspace import has_expressions

        content = self.workspace(signal)
        if workspace_interpolation(content) == AS_COMBINE:
            problem = "pyhf does not have Combine's interpolation: it would be another likelihood"
            raise WollemiError(
                str(self.folder / "workspaces"),
                problem,
                "take its likelihood(), which has logpdf and expected",
            )
        plain = not has_expressions(content)
        workspace = pyhf.Workspace(content, validate=plain)
        model = workspace.model(
            modifier_set=MODIFIERS,
            modifier_settings=workspace_interpolation(content).settings,
            validate=plain,
        )
        return model, workspace.data(model)

    def likelihood(self, signal: str | None = None) -> Likelihood:
        """The model of a signal with its data, as the likelihood that the run fitted."""
        from wollemi_likelihood.likelihood import Likelihood

        return Likelihood.from_workspace(self.workspace(signal))

    def refit(self, signal: str | None = None, **fixed: float) -> pd.DataFrame:
        """Parameters of a refit to the data, one row per parameter, with some parameters fixed.

        Args:
            signal: Name of the signal; by default the only signal.
            fixed: Parameter → fixed value.

        Raises:
            WollemiError: A parameter is unknown, or the fit did not converge.
        """
        from wollemi.finished.refit import refitted

        return refitted(self.likelihood(signal), fixed)

    def parameters(self, signal: str | None = None) -> pd.DataFrame:
        """Fitted parameters, one row per parameter.

        Raises:
            WollemiError: No fit has this name.
        """
        from wollemi.results.frames import parameter_frame

        path, name = self._path("fit.json"), signal or self._only_signal()
        known = Fits.read(path).fits
        if name not in known:
            problem = f"there is no fit of '{name}'{did_you_mean(name, known)}"
            raise WollemiError(str(path), problem, f"name one of {', '.join(known)}")
        return parameter_frame(known[name].parameters)

    def limits(self) -> pd.DataFrame:
        """Upper limits on the signal strength, one row per signal: observed, and expected with its
        bands.
        """
        from wollemi.results.frames import limit_frame

        return limit_frame(Limits.read(self._path("limits.json")).limits)

    def significances(self) -> pd.DataFrame:
        """Significances and p-values, one row per signal."""
        from wollemi.results.frames import significance_frame

        return significance_frame(
            Significances.read(self._path("significances.json")).significances
        )

    def ranking(self, signal: str | None = None) -> pd.DataFrame:
        """Impacts on the parameter of interest, the largest first.

        Raises:
            WollemiError: There are several rankings and none is named, or the name is unknown.
        """
        from wollemi.results.frames import ranking_frame

        path = self._path("ranking.json")
        known = Ranking.read(path).rankings
        name = signal or (next(iter(known)) if len(known) == 1 else "")
        if name not in known:
            problem = f"there is no ranking of '{name}'{did_you_mean(name, known)}"
            raise WollemiError(str(path), problem, f"name one of {', '.join(known)}")
        return ranking_frame(known[name])

    def discovery(self) -> pd.DataFrame:
        """Local p-values and significances: one row per signal."""
        from wollemi.results.frames import discovery_frame

        return discovery_frame(Discovery.read(self._path("discovery.json")))

    def intervals(self) -> pd.DataFrame:
        """Confidence intervals: one row per signal, parameter, data (observed, expected), level."""
        from wollemi.results.frames import confidence_frame

        return confidence_frame(Intervals.read(self._path("intervals.json")).brief)

    def toy_fits(self) -> pd.DataFrame:
        """Fits of toys, bias, pulls and coverage: one row per signal and true value."""
        from wollemi.results.frames import toy_frame

        return toy_frame(ToyFits.read(self._path("toy_fits.json")).brief)

    def region_limits(self) -> pd.DataFrame:
        """Model-independent limits: one row per signal region."""
        from wollemi.results.frames import region_limit_frame

        return region_limit_frame(RegionLimits.read(self._path("region_limits.json")))

    def extrapolation(self) -> pd.DataFrame:
        """Expected results at other luminosities: one row per signal, scenario and luminosity."""
        from wollemi.results.frames import extrapolation_frame

        return extrapolation_frame(Extrapolation.read(self._path("extrapolation.json")))

    def uncertainties(self) -> pd.DataFrame:
        """Contributions to the uncertainty of the parameter of interest: one row per signal and
        source.
        """
        from wollemi.results.frames import uncertainty_frame

        path = self._path("uncertainties.json")
        return uncertainty_frame(Uncertainties.read(path).uncertainties)

    def scan(self, name: str, signal: str | None = None) -> pd.DataFrame:
        """-2 ln L above its minimum, observed and expected: one row per point of a scan.

        Raises:
            WollemiError: The scan does not exist.
        """
        from wollemi.results.frames import scan_frame

        path = self._path("scans.json")
        known = Scans.read(path).scans[signal or self._only_signal()]
        if name not in known:
            problem = f"there is no scan '{name}'{did_you_mean(name, known)}"
            raise WollemiError(str(path), problem, "correct the name")
        return scan_frame(known[name])

    def yields(self) -> pd.DataFrame:
        """Selected events before the fit, normalized to the luminosity: one row per sample and
        region.
        """
        from wollemi.results.frames import selected_frame

        return selected_frame(self._summary)

    def fit_yields(self) -> pd.DataFrame:
        """Expected events before and after the fit, with the uncertainties of the model: one row
        per sample and region.
        """
        from wollemi.results.frames import yield_frame

        return yield_frame(self._summary)

    def cutflow(self, region: str) -> pd.DataFrame:
        """Weighted events after each cut of a region, one column per sample.

        Raises:
            WollemiError: The region does not exist.
        """
        from wollemi.results.frames import cutflow_frame

        cutflows = self._summary.cutflow
        if region not in cutflows:
            raise WollemiError(
                "cutflow",
                f"there is no region '{region}'{did_you_mean(region, cutflows)}",
                "correct the name",
            )
        return cutflow_frame(cutflows[region])

    def lineage(self, product: str) -> str:
        """The lineage of a product back to the production files, as text; works only in the folder
        of the workflow.
        """
        from wollemi.provenance.lineage import lineage_text
        from wollemi.provenance.present_state import PresentState
        from wollemi.provenance.verify import run_folder, verify_run

        folder = run_folder(self.folder)
        return lineage_text(verify_run(folder, PresentState()), (folder / product).as_posix())

    def _only_signal(self) -> str:
        if len(self.signals) != 1:
            remedy = (
                f"name one of {', '.join(self.signals)}"
                if self.signals
                else "the analysis has no model"
            )
            raise WollemiError(str(self.folder), f"there are {len(self.signals)} signals", remedy)
        return self.signals[0]

    def _one_of(self, kind: str, name: str, known: list[str], what: str) -> Path:
        if name not in known:
            problem = f"there is no {what} '{name}'{did_you_mean(name, known)}"
            raise UnknownNameError(
                str(self.folder / kind),
                problem,
                f"choose one of {', '.join(known)}" if known else "run the analysis",
            )
        return self.folder / kind / f"{name}.json"
