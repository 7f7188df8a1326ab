"""How people call a parameter of the model."""

from wollemi.analysis.models.plots import Plots
from wollemi.results.fit import bin_of

STATISTICS = "staterror_"  # begins the names of factors for the statistics of the simulation


def parameter_label(name: str, plots: Plots) -> str:
    """Label of a parameter, with TeX between dollar signs; its name where it has none.

    In an analysis that labels parameters, the factor of a bin is called by its region and by the
    index in its name.

    Args:
        name: of the parameter.
        plots: labels.
    """
    of_bin = bin_of(name)
    if name in plots.parameters or of_bin is None or not plots.parameters:
        return plots.parameters.get(name, name)
    factors, index = of_bin
    return f"{factors_label(factors, plots)}, bin {index}"


def factors_label(name: str, plots: Plots) -> str:
    """Label of the factors of a region's bins; a sample or a variable may follow the region.

    Args:
        name: of the set of parameters.
        plots: labels.
    """
    if name in plots.parameters or not plots.parameters or not name.startswith(STATISTICS):
        return plots.parameters.get(name, name)
    place = name.removeprefix(STATISTICS)
    regions = [region for region in plots.regions if f"{place}_".startswith(f"{region}_")]
    region = max(regions, key=len, default=place)
    rest = place[len(region) + 1 :]
    style = plots.samples.get(rest)
    parts = [plots.regions.get(region, region), (style.label if style else None) or rest]
    return f"γ {', '.join(part for part in parts if part)}"
