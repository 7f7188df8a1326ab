"""Build the statistical model from the histograms: a pyhf workspace for each signal sample."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.blinding import Flags, noted_mask, require_disjoint
from wollemi.command_line import Program
from wollemi.configuration import Region, Sample
from wollemi.errors import WollemiError
from wollemi.estimate_templates import EstimatedSample
from wollemi.fit_binning import in_fit_bins
from wollemi.fit_files import BLINDED
from wollemi.histograms import Floats, histogram_name, read_datasets
from wollemi.program import Job, run_program
from wollemi.records import render_json
from wollemi.settings import Settings
from wollemi.systematic_configuration import NormalizationSystematic
from wollemi.templates import (
    Histograms,
    Source,
    acting_systematics,
    fit_regions,
    floor_negative,
    shape_modifiers,
    split_variation,
    summed,
)

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("name", "datasets", "samples", "regions", "systematics", "model")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"histograms": "histograms of the datasets, each named <dataset>.json or <dataset>/members.json"},
    outputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    sections=SECTIONS,
)


class WorkspaceBuilder:
    """Makes pyhf 1.0.0 specifications as plain values.

    Args:
        settings: of the analysis.
        histograms: of all datasets.
    """

    def __init__(self, settings: Settings, histograms: Histograms):
        self._settings = settings
        self._histograms = in_fit_bins(histograms, settings.regions, settings.model.fit_edges)
        self._source = Source(self._histograms, settings.datasets)
        self._regions = fit_regions(settings.regions)

    def build(self, signal: str) -> dict[str, Any]:
        """The workspace of one signal sample with all backgrounds and the data.

        Args:
            signal: name of the signal sample.

        Raises:
            WollemiError: a region without background, a bin with data and no expectation, a yield that vanishes.
        """
        samples = {n: s for n, s in self._settings.samples.items() if s.role == "background" or n == signal}
        channels = [self._channel(name, region, samples) for name, region in self._regions.items()]
        observations = [self._observation(channel) for channel in channels]
        for channel, observation in zip(channels, observations, strict=True):
            _check_expectation(channel, observation)
        return {
            "version": "1.0.0",
            "channels": channels,
            "observations": observations,
            "measurements": [self._measurement()],
        }

    def _observation(self, channel: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a channel; in blinded bins the expected background before the fit, as Asimov data have it."""
        name = channel["name"]
        observed = summed(self._histograms, self._data, name, self._regions[name].variable).bins
        blinded = self._blinded(name)
        if blinded is not None:
            role = {sample: item.role for sample, item in self._settings.samples.items()}
            background = [sample["data"] for sample in channel["samples"] if role[sample["name"]] == "background"]
            observed = np.where(blinded, np.sum(background, axis=0), observed)
        return {"name": name, "data": observed.tolist()}

    @property
    def _data(self) -> list[str]:
        return [dataset for s in self._settings.samples.values() if s.role == "data" for dataset in s.datasets]

    def _blinded(self, region: str) -> Flags | None:
        """Hidden bins of the variable of a fitted region (bins,)."""
        name = histogram_name(region, self._regions[region].variable)
        return noted_mask(self._histograms[dataset][name] for dataset in self._data if name in self._histograms[dataset])

    def _channel(self, name: str, region: Region, samples: Mapping[str, Sample]) -> dict[str, Any]:
        built = [self._sample(n, sample, name, region) for n, sample in samples.items()]
        present = [item for item in built if item is not None and sum(item["data"]) > 0]
        if not any(samples[item["name"]].role == "background" for item in present):
            problem = "no background sample has events there"
            raise WollemiError(f"regions.{name}", problem, "loosen the selection, or generate more events")
        return {"name": name, "samples": present}

    def _sample(self, name: str, sample: Sample, region_name: str, region: Region) -> dict[str, Any] | None:
        """A sample in a channel; None where one from data has no estimate."""
        if sample.estimate is not None:
            return self._estimated(name, sample).in_region(region_name, {n: r.variable for n, r in self._regions.items()})
        where = f"region {region_name}, sample {name}"
        model = self._settings.model
        histogram = self._source.nominal(sample, region_name, region.variable)
        bins = floor_negative(histogram.bins, where) if model.floor_negative_bins else histogram.bins
        modifiers: list[dict[str, Any]] = []
        if model.mc_statistics == "all" or (model.mc_statistics, sample.role) == ("background", "background"):
            data = np.sqrt(histogram.bin_variances).tolist()
            modifiers.append({"name": f"staterror_{region_name}", "type": "staterror", "data": data})
        modifiers += [{"name": factor, "type": "normfactor", "data": None} for factor in self._factors(name, sample)]
        if sum(bins) > 0:
            modifiers += self._systematic_modifiers(name, sample, region_name, region, bins, where)
        return {"name": name, "data": bins.tolist(), "modifiers": modifiers}

    def _estimated(self, name: str, sample: Sample) -> EstimatedSample:
        settings, estimate = self._settings, self._settings.selected["datasets"][name]["estimate"]
        free = tuple(self._factors(name, sample))
        return EstimatedSample(name, estimate, self._histograms[name], settings.systematics, free, settings.model.prune_below)

    def _factors(self, name: str, sample: Sample) -> list[str]:
        model = self._settings.model
        free = [factor for factor, item in model.free_normalizations.items() if name in item.samples]
        return [model.poi, *free] if sample.role == "signal" else free

    def _systematic_modifiers(
        self, name: str, sample: Sample, region_name: str, region: Region, bins: Floats, where: str
    ) -> list[dict[str, Any]]:
        modifiers: list[dict[str, Any]] = []
        for systematic, item in acting_systematics(self._settings.systematics, name, region_name).items():
            if isinstance(item, NormalizationSystematic):
                up, down = (set(self._source.factors(item, sample, side)) for side in ("up", "down"))
                if len(up) == len(down) == 1:
                    data = {"hi": up.pop(), "lo": down.pop()}
                    modifiers += [{"name": systematic, "type": "normsys", "data": data}] if data != {"hi": 1.0, "lo": 1.0} else []
                    continue
            ups, downs = self._source.varied(systematic, item, sample, region_name, region.variable)
            split = split_variation(systematic, where, bins, ups, downs)
            modifiers += shape_modifiers(systematic, where, bins, split, self._settings.model.prune_below)
        return modifiers

    def _measurement(self) -> dict[str, Any]:
        model = self._settings.model
        parameters = [{"name": model.poi, "inits": [1.0], "bounds": [list(model.poi_bounds)]}]
        for name, item in model.free_normalizations.items():
            parameters.append({"name": name, "inits": [1.0], "bounds": [list(item.bounds)]})
        masks = (self._blinded(region) for region in self._regions)
        blinded = any(mask is not None and bool(mask.any()) for mask in masks)
        name = measurement_name(self._settings.selected["name"], self._histograms, blinded)
        return {"name": name, "config": {"poi": model.poi, "parameters": parameters}}


def measurement_name(analysis: str, histograms: Histograms, blinded: bool) -> str:
    """Name of the measurement, with marks that every later product repeats: [pseudo-data], [PREVIEW], [BLINDED]."""
    noted = [item.metadata for dataset in histograms.values() for item in dataset.values()]
    marks = {"pseudo_data": "[pseudo-data]", "preview": "[PREVIEW]"}
    found = [mark for key, mark in marks.items() if any(item.get(key) for item in noted)]
    return " ".join([analysis, *found, *([f"[{BLINDED}]"] if blinded else [])])


def _check_expectation(channel: Mapping[str, Any], observation: Mapping[str, Any]) -> None:
    """Refuse bins where the likelihood would vanish for any parameters."""
    expected = np.sum([sample["data"] for sample in channel["samples"]], axis=0)
    impossible = np.flatnonzero((expected <= 0) & (np.asarray(observation["data"]) > 0))
    if impossible.size:
        problem = f"bins {impossible.tolist()} have data and no expected events"
        raise WollemiError(
            f"regions.{channel['name']}", problem, "merge these bins, use more simulated events, or add the missing background"
        )


def main(job: Job) -> None:
    """Write the workspace of each signal."""
    histograms = read_datasets(job.inputs("histograms"))
    require_disjoint(histograms, job.settings.samples)
    builder = WorkspaceBuilder(job.settings, histograms)
    for target, path in zip(job.targets, job.outputs("workspaces"), strict=True):
        workspace = builder.build(target.stem)
        path.write_text(render_json(workspace), encoding="utf-8")
        bins = sum(len(item["data"]) for item in workspace["observations"])
        LOGGER.info("%s: %d regions, %d bins", target.stem, len(workspace["channels"]), bins)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
