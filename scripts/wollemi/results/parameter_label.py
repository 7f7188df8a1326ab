"""Labels of the parameters of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.results.fit import bin_of

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

ESTIMATE = {"factor": "transfer factor", "bins": ""} | {
    region: f"factor of region {region}" for region in "BCD"
}
STATISTICS = "staterror_"  # prefix of the names of factors for MC statistics


def parameter_label(name: str, plots: Plots) -> str:
    """Label of a parameter, with TeX between dollar signs.

    Without a label in `plots.parameters`, the signal strength `mu` is µ, the factor of a bin is
    named after its region and the index in its name, a factor of a background from data after the
    label of its sample, and any other parameter has its name, with spaces instead of underscores.

    Args:
        name: Name of the parameter.
        plots: Section `plots`, with the labels.
    """
    if name == "mu" and name not in plots.parameters:
        return r"$\mu$"
    of_bin = bin_of(name)
    if name in plots.parameters or of_bin is None:
        return factors_label(name, plots)
    factors, index = of_bin
    return f"{factors_label(factors, plots)}, bin {index}"


def factors_label(name: str, plots: Plots) -> str:
    """Label of the factors of a region's bins; a sample or a variable may follow the region.

    Args:
        name: Name of the set of parameters.
        plots: Section `plots`, with the labels.
    """
    if name in plots.parameters or not name.startswith(STATISTICS):
        return plots.parameters.get(name) or _estimated(name, plots) or _spaced(name)
    place = name.removeprefix(STATISTICS)
    regions = [region for region in plots.regions if f"{place}_".startswith(f"{region}_")]
    region = max(regions, key=len, default=place)
    rest = place[len(region) + 1 :]
    style = plots.samples.get(rest)
    parts = [
        plots.regions.get(region, _spaced(region)),
        (style.label if style else None) or _spaced(rest),
    ]
    return f"γ {', '.join(part for part in parts if part)}"


def _estimated(name: str, plots: Plots) -> str | None:
    """Label of a factor that `model.estimate_templates` gives a background from data."""
    sample, _, factor = name.rpartition("_")
    style = plots.samples.get(sample)
    if style is None or not style.label or factor not in ESTIMATE:
        return None
    return ", ".join(part for part in (style.label, ESTIMATE[factor]) if part)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
