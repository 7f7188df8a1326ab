"""A stacked plot of a run, drawn by the functions of the programs, also of some of its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from wollemi.analysis.plain.plot_eras import EraPlot
from wollemi.analysis.settings import Settings, read_luminosity
from wollemi.finished.event_run import check_names
from wollemi.finished.hidden_data import check_blinding
from wollemi.histograms.unrolling import read_datasets, read_unrolled
from wollemi.loading.load import read_analysis
from wollemi.model.binning import in_plot_bins
from wollemi.model.templates import Histograms
from wollemi.plan.plan import Plan
from wollemi.plots.eras import era_stack, in_era
from wollemi.plots.postfit_stack import fit_bins, fit_labels, fit_stacks
from wollemi.plots.prefit_stack import added_regions, make_stack, sample_histogram
from wollemi.plots.stack import Stack
from wollemi.plots.stack_drawing import draw_stack
from wollemi.results.fit import Fits, RegionYields
from wollemi.results.predictions import Predictions
from wollemi_likelihood.base.errors import WollemiError

STACK_SECTIONS = (
    *("center_of_mass_tev", "luminosity_ifb", "datasets", "samples", "regions", "variables"),
    *("systematics", "prune_below", "keeps_negative_bins", "held_parameters", "plots"),
)
FIT_SECTIONS = ("workspace", "fit_edges")


def draw_stacked(folder: Path, file: Path, name: str, samples: Sequence[str] | None) -> Figure:
    """Draw a stacked plot of a run.

    Args:
        folder: Folder of the results.
        file: Path of the analysis file.
        name: Name of the plot.
        samples: Names of the samples to draw; None for the plot of the run.

    Raises:
        UnknownNameError: The analysis has no such plot or sample.
        WollemiError: The plot has none of the samples, or the file hides data that the run did not
            hide.
    """
    check_blinding(folder, file)
    analysis, results = read_analysis(file), folder.resolve()
    plan = Plan(analysis, results.name)
    luminosity = next((read_luminosity(path) for path in _files(results, plan.luminosity)), None)
    settings = Settings(analysis, (*STACK_SECTIONS, *FIT_SECTIONS), luminosity=luminosity)
    draw = _after_fit if name in plan.drawn_by("plot_fit") else _before_fit
    return draw_stack(draw(results, plan, settings, name, samples))


def _files(results: Path, names: Sequence[str]) -> list[Path]:
    """Paths of products; their names in a plan begin with the folder of all results."""
    return [results.parent / Path(name).relative_to("results") for name in names]


def _before_fit(
    results: Path, plan: Plan, settings: Settings, name: str, samples: Sequence[str] | None
) -> Stack:
    places = {**plan.region_plots, **plan.group_plots, **plan.era_plots}
    check_names("plots of the analysis", [name], places)
    paths = _files(results, plan.merged_histograms(plan.model_datasets))
    filled = read_datasets(paths, settings.variables)
    histograms = in_plot_bins(filled, settings.regions, settings.plots.edges or {})
    plot = EraPlot(**{"era": "", **places[name]})
    if samples is not None:
        check_names("samples", samples, settings.samples)
        settings = _of_samples(settings, samples)
        _require_any(in_era(settings, plot.era) if plot.era else settings, histograms, plot)
    if plot.era:
        return era_stack(settings, histograms, plot)
    return make_stack(settings, histograms, plot.region, plot.variable)


def _of_samples(settings: Settings, names: Sequence[str]) -> Settings:
    """Settings in which only the chosen samples have datasets: the others keep their colors.
    Chosen signals are drawn even if the plot of the run does not show them.
    """
    samples, plots = settings.samples, settings.plots
    kept = {
        name: sample if name in names else sample.replace(datasets=())
        for name, sample in samples.items()
    }
    signals = [name for name in names if samples[name].role == "signal"]
    shown = dict.fromkeys([*plots.show_signals, *signals])
    changes = {"samples": kept, "plots": plots.replace(show_signals=tuple(shown))}
    return settings.replacing(settings.luminosity_ifb, **changes)


def _require_any(settings: Settings, histograms: Histograms, plot: EraPlot) -> None:
    found = (
        sample_histogram(histograms, sample, region, plot.variable)
        for sample in settings.samples.values()
        for region in added_regions(settings.plots, plot.region)
    )
    if all(item is None for item in found):
        raise WollemiError(
            "samples", f"no chosen sample is in {plot.region}", "choose other samples"
        )


def _after_fit(
    results: Path, plan: Plan, settings: Settings, name: str, samples: Sequence[str] | None
) -> Stack:
    content = Fits.read(_files(results, plan.product("fit"))[0])
    fit, found = content.main[1], _files(results, plan.product("predictions"))
    predictions = Predictions.read(found[0]) if found else None
    if samples is not None:
        fitted = chain.from_iterable(item.samples for item in fit.yields.postfit.values())
        check_names("samples", samples, dict.fromkeys([*settings.samples, *fitted]))
        fit, predictions = _with_samples(fit, samples), _with_samples(predictions, samples)
    paths = _files(results, plan.histograms(plan.data_datasets))
    bins = fit_bins(settings, fit, [read_unrolled(path, settings.variables) for path in paths])
    stack = dict(fit_stacks(settings, fit, predictions, bins, fit_labels(settings, content)))[name]
    if samples is None:
        return stack
    known = settings.samples
    simulated = [one for one in samples if one not in known or known[one].role != "data"]
    if len(simulated) == len(samples):
        stack = replace(stack, observed=None, blinded=None)
    if not stack.layers and stack.observed is None:
        raise WollemiError("samples", f"no chosen sample is in {name}", "choose other samples")
    # Products contain the uncertainty of each sample and of the total, but of no partial sum.
    return stack if len(simulated) == 1 else replace(stack, uncertainty=None)


def _with_samples(part: Any, names: Sequence[str]) -> Any:
    """A part of a product with only some samples in its yields after the fit; of a single one, also
    its uncertainty.
    """
    if isinstance(part, RegionYields):
        kept = {name: part.samples[name] for name in names if name in part.samples}
        own = [part.sample_uncertainties[name] for name in kept]
        return part.model_copy(
            update={"samples": kept, "uncertainty": own[0] if own else part.uncertainty}
        )
    if isinstance(part, Mapping):
        return {name: _with_samples(item, names) for name, item in part.items()}
    fields = [name for name in ("yields", "postfit", "regions", "groups") if hasattr(part, name)]
    changes = {name: _with_samples(getattr(part, name), names) for name in fields}
    return part.model_copy(update=changes) if changes else part
