"""The analysis restricted to one era, for plots."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wollemi.analysis.plain.plot_eras import EraPlot
from wollemi.analysis.settings import Settings
from wollemi.model.templates import Histograms
from wollemi.plots.luminosity_label import era_beam
from wollemi.plots.prefit_stack import make_stack
from wollemi.plots.stack import Stack


def in_era(settings: Settings, era: str) -> Settings:
    """Plot settings of one era: samples and their systematics contain only its datasets.

    A sample without datasets in this era is kept, so that colors agree with all other plots.

    Args:
        settings: Settings of an analysis with several eras.
        era: Name of the era.
    """
    datasets, luminosity = settings.datasets, settings.luminosity_ifb
    assert isinstance(luminosity, Mapping)

    def kept(names: Sequence[str]) -> tuple[str, ...]:
        # `symmetrize` takes the place of datasets.
        return tuple(
            name for name in names if name not in datasets or str(datasets[name].era) == era
        )

    samples = {
        name: sample.replace(datasets=kept(sample.datasets))
        for name, sample in settings.samples.items()
    }
    systematics = {
        name: item.replace(up=kept(item.up), down=kept(item.down))
        if item.kind == "dataset"
        else item
        for name, item in settings.systematics.items()
    }
    energies, _ = era_beam(settings.center_of_mass_tev, luminosity, era)
    changes = {"samples": samples, "systematics": systematics, "center_of_mass_tev": energies}
    return settings.replacing({era: luminosity[era]}, **changes)


def era_stack(settings: Settings, histograms: Histograms, plot: EraPlot) -> Stack:
    """The content of a plot of one era.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        plot: Era, region or group, and variable of the plot.
    """
    stack = make_stack(in_era(settings, plot.era), histograms, plot.region, plot.variable)
    return replace(stack, title=f"{stack.title}, {plot.era}")
