"""The analysis as it would be with the data of one era alone, for plots."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wollemi.analysis.models.systematics import DatasetSystematic
from wollemi.analysis.plain.plot_eras import EraPlot
from wollemi.analysis.settings import Settings
from wollemi.model.templates import Histograms
from wollemi.plots.luminosity_label import era_beam
from wollemi.plots.prefit_stack import make_stack
from wollemi.plots.stack import Stack


def in_era(settings: Settings, era: str) -> Settings:
    """Settings of plots of one era: samples, and what replaces them, have its datasets alone.

    A sample that has none in this era stays, so that colors are those of all other plots.

    Args:
        settings: of the analysis, with several eras.
        era: name of the era.
    """
    datasets, luminosity = settings.datasets, settings.luminosity_ifb
    assert isinstance(luminosity, Mapping)

    def kept(names: Sequence[str]) -> tuple[str, ...]:
        # `symmetrize` stands in the place of datasets.
        return tuple(
            name for name in names if name not in datasets or str(datasets[name].era) == era
        )

    samples = {
        name: sample.model_copy(update={"datasets": kept(sample.datasets)})
        for name, sample in settings.samples.items()
    }
    systematics = {
        name: item.model_copy(update={"up": kept(item.up), "down": kept(item.down)})
        if isinstance(item, DatasetSystematic)
        else item
        for name, item in settings.systematics.items()
    }
    energies, _ = era_beam(settings.center_of_mass_tev, luminosity, era)
    changes = {"samples": samples, "systematics": systematics, "center_of_mass_tev": energies}
    return settings.replacing({era: luminosity[era]}, **changes)


def era_stack(settings: Settings, histograms: Histograms, plot: EraPlot) -> Stack:
    """The content of a plot of one era.

    Args:
        settings: of the analysis.
        histograms: of all datasets.
        plot: the era, the region or group, and the variable.
    """
    stack = make_stack(in_era(settings, plot.era), histograms, plot.region, plot.variable)
    return replace(stack, title=f"{stack.title}, {plot.era}")
