"""The pyhf workspace of one signal sample, or of all that are fitted together, from histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.models.model import FACTOR_BOUNDS
from wollemi.analysis.plain.queries import (
    factor_samples,
    fitted_regions,
    held_signals,
    keeps_negative_bins,
    known_parameters,
    scaled_samples,
)
from wollemi.analysis.settings import Settings
from wollemi.histograms.bin_names import bin_ranges
from wollemi.histograms.blinding import Flags, noted_mask
from wollemi.histograms.histogram import Axis, axis_of, histogram_name
from wollemi.model.binning import in_fit_bins
from wollemi.model.held_parameters import with_held
from wollemi.model.lost_events import Cutflows, lost_events
from wollemi.model.mc_statistics import with_mc_statistics
from wollemi.model.measurement import as_combine, interpolation, measurement_name
from wollemi.model.sample_templates import SampleTemplates
from wollemi.model.strength_bounds import LARGEST_PART, default_bounds, with_bounds
from wollemi.model.templates import Histograms, summed
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.regularization import penalty_settings

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Sample


class WorkspaceBuilder:
    """Builds pyhf 1.0.0 specifications as plain values.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        cutflows: Cutflows of the datasets, to locate where events were lost.
    """

    def __init__(
        self, settings: Settings, histograms: Histograms, cutflows: Cutflows | None = None
    ):
        self._settings = settings
        self._cutflows = cutflows or {}
        self._histograms = in_fit_bins(histograms, settings.regions, settings.model.fit_edges)
        self._templates = SampleTemplates(settings, self._histograms, settings.model)
        self._regions = {name: settings.regions[name] for name in fitted_regions(settings.declared)}

    def build(self, name: str) -> dict[str, Any]:
        """The workspace of one model: a signal sample, or all, with all backgrounds and the data.

        A measurement has one parameter of interest; a model with several has one measurement for
        each, as in HistFactory.

        Args:
            name: Name of the signal sample, or of any if all are in one model.

        Raises:
            WollemiError: A region has no background, a bin has data but no expectation, a yield
                vanishes, or a parameter of interest scales no events.
        """
        scaled = self._scaled(name)
        signals = {signal for items in scaled.values() for signal in items}
        signals.update(held_signals(self._settings.declared))
        samples = {
            n: s
            for n, s in self._settings.samples.items()
            if s.role == "background" or n in signals
        }
        channels = [self._channel(name, region, samples) for name, region in self._regions.items()]
        observations = [self._observation(channel) for channel in channels]
        for channel, observation in zip(channels, observations, strict=True):
            self._check_expectation(channel, observation)
        for names in scaled.values():
            self._check_signal(names, channels)
        workspace = {
            "version": "1.0.0",
            "channels": channels,
            "observations": observations,
            "measurements": [self._measurement(poi) for poi in scaled],
        }
        workspace = with_bounds(workspace, self._bounds(workspace, scaled))
        workspace = as_combine(workspace, self._settings.model)
        known = known_parameters(self._settings.declared)
        return with_held(workspace, self._settings.model.fixed, known)

    def _scaled(self, name: str) -> Mapping[str, list[str]]:
        """Parameter of interest of a model → the signal samples it scales."""
        (first, *_) = self._settings.model.poi
        return scaled_samples(self._settings.declared) or {first: [name]}

    def _bounds(
        self, workspace: Mapping[str, Any], scaled: Mapping[str, list[str]]
    ) -> dict[str, tuple[float, float]]:
        """Bounds of the parameters of interest. By default all signals together may take away as
        much of the background as one alone.
        """
        model, part = self._settings.model, LARGEST_PART / len(scaled)
        found = {}
        for poi, signals in scaled.items():
            declared = model.free_normalizations.get(poi)
            given = model.poi_bounds if declared is None else declared.bounds
            others = {name for items in scaled.values() for name in items} - {*signals}
            others.update(held_signals(self._settings.declared))
            found[poi] = given or default_bounds(workspace, signals, others, part)
        return found

    def _observation(self, channel: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a channel; in blinded bins the expected background before the fit, as in
        Asimov data.
        """
        name = channel["name"]
        observed = summed(self._histograms, self._data, name, self._regions[name].variable).values()
        blinded = self._blinded(name)
        if blinded is not None:
            role = {sample: item.role for sample, item in self._settings.samples.items()}
            background = [
                sample["data"]
                for sample in channel["samples"]
                if role[sample["name"]] == "background"
            ]
            observed = np.where(blinded, np.sum(background, axis=0), observed)
        return {"name": name, "data": observed.tolist()}

    @property
    def _data(self) -> list[str]:
        return [
            dataset
            for s in self._settings.samples.values()
            if s.role == "data"
            for dataset in s.datasets
        ]

    def _axis(self, region: str) -> Axis:
        return axis_of(summed(self._histograms, self._data, region, self._regions[region].variable))

    def _blinded(self, region: str) -> Flags | None:
        """Hidden bins of the variable of a fitted region (bins,)."""
        name = histogram_name(region, self._regions[region].variable)
        return noted_mask(
            self._histograms[dataset][name]
            for dataset in self._data
            if name in self._histograms[dataset]
        )

    def _channel(self, name: str, region: Region, samples: Mapping[str, Sample]) -> dict[str, Any]:
        built = [self._templates.sample(n, name, region.variable) for n in samples]
        present = [
            item
            for item in built
            if item is not None and self._templates.enters(item["name"], item["data"])
        ]
        if not any(samples[item["name"]].role == "background" for item in present):
            problem = f"no background sample has events there{self._lost(name)}"
            raise WollemiError(
                f"regions.{name}", problem, "loosen the selection, or generate more events"
            )
        model = self._settings.model
        # Combine's floors apply to each sample, so that no sum is negative.
        if keeps_negative_bins(model) and model.interpolation != "combine":
            self._check_sums(name, present)
        return {"name": name, "samples": with_mc_statistics(present, model)}

    def _check_sums(self, region: str, present: Sequence[Mapping[str, Any]]) -> None:
        """Check that no bin has a negative sum of all samples, of the backgrounds, or of samples
        with statistical errors, which are relative to their sum.
        """
        signed = factor_samples(self._settings.declared)
        added = [item for item in present if item["name"] not in signed]
        of_background = [
            item for item in added if self._settings.samples[item["name"]].role == "background"
        ]
        uncertain = [
            item for item in added if any(one["type"] == "staterror" for one in item["modifiers"])
        ]
        for what, items in (
            ("all samples", added),
            ("the backgrounds", of_background),
            ("the samples with statistical errors", uncertain),
        ):
            total = np.sum([item["data"] for item in items], axis=0)
            if np.min(total, initial=0.0) < 0:
                bins = bin_ranges(self._axis(region), total < 0)
                problem = f"{bins}: {what} add up to {np.min(total):.4g} events, less than 0"
                remedy = (
                    "merge these bins, use more simulated events, or set "
                    "model.floor_negative_bins to true"
                )
                raise WollemiError(f"regions.{region}", problem, remedy)

    def _check_expectation(
        self, channel: Mapping[str, Any], observation: Mapping[str, Any]
    ) -> None:
        """Check for bins where the likelihood would vanish for any parameters."""
        name = channel["name"]
        # Interference may be negative, and is meaningless alone.
        signed = factor_samples(self._settings.declared)
        parts = [
            np.maximum(sample["data"], 0.0) if sample["name"] in signed else sample["data"]
            for sample in channel["samples"]
        ]
        expected = np.sum(parts, axis=0)
        impossible = (expected <= 0) & (np.asarray(observation["data"]) > 0)
        if impossible.any():
            problem = (
                f"{bin_ranges(self._axis(name), impossible)}: there are data and no expected "
                f"events{self._lost(name)}"
            )
            remedy = "merge these bins, use more simulated events, or add the missing background"
            raise WollemiError(f"regions.{name}", problem, remedy)

    def _check_signal(self, names: Sequence[str], channels: Sequence[Mapping[str, Any]]) -> None:
        """Check that a parameter of interest scales expected events.

        Args:
            names: Names of the samples that it scales.
            channels: Channels of the model, without samples that have no events there.
        """
        present = {sample["name"] for channel in channels for sample in channel["samples"]}
        if not present.isdisjoint(names):
            return
        lost = ", ".join(
            f"{region}{self._lost(region, 'signal', names)}" for region in self._regions
        )
        problem = f"no events are expected in any bin of the fitted regions: {lost}"
        remedy = (
            "extend the bins of the region's variable, loosen the selection, or check the files "
            "and the weight of the signal"
        )
        raise WollemiError(f"samples.{' and '.join(names)}", problem, remedy)

    def _lost(
        self, region: str, what: str = "backgrounds", samples: Sequence[str] | None = None
    ) -> str:
        """Text in brackets on where events of the backgrounds, or of other samples, were lost."""
        name = histogram_name(region, self._regions[region].variable)
        if samples is None:
            samples = [n for n, s in self._settings.samples.items() if s.role == "background"]
        datasets = [
            dataset
            for sample in samples
            for dataset in self._settings.samples[sample].datasets
            if name in self._histograms[dataset]
        ]
        text = lost_events(
            self._cutflows,
            {dataset: self._histograms[dataset][name] for dataset in datasets},
            region,
        )
        return f" ({what}: {text})" if text else ""

    def _measurement(self, poi: str) -> dict[str, Any]:
        """The measurement of one parameter of interest, in its name unless it is the first one."""
        model = self._settings.model
        names = list(dict.fromkeys([*model.poi, *model.free_normalizations]))
        bounds = {
            name: item.bounds or FACTOR_BOUNDS for name, item in model.free_normalizations.items()
        }
        parameters = [
            {"name": name, "inits": [_initial(bounds.get(name))]}
            | ({"bounds": [list(bounds[name])]} if name in bounds else {})
            for name in names
        ]
        if (chosen := model.regularization) is not None:
            parameters += penalty_settings(chosen.parameters, chosen.strength, chosen.differences)
        masks = (self._blinded(region) for region in self._regions)
        blinded = any(mask is not None and bool(mask.any()) for mask in masks)
        analysis = self._settings.name
        title = analysis if poi == model.poi[0] else f"{analysis} {poi}"
        name = interpolation(model).named(measurement_name(title, self._histograms, blinded))
        return {"name": name, "config": {"poi": poi, "parameters": parameters}}


def _initial(bounds: tuple[float, float] | None) -> float:
    """1, or the middle of bounds that do not contain it, for example for couplings."""
    return 1.0 if bounds is None or bounds[0] <= 1 <= bounds[1] else sum(bounds) / 2
