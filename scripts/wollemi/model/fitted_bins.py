"""The bins of a region in the fit, and those whose data are hidden, as the histograms of the data know them."""

from collections.abc import Mapping, Sequence

from wollemi.base.errors import WollemiError
from wollemi.histograms.blinding import Flags, noted_mask
from wollemi.histograms.histogram import Axis, Histogram, histogram_name
from wollemi.model.binning import fit_axis, rebinned


def fitted_bins(
    histograms: Sequence[Mapping[str, Histogram]], region: str, variable: str, edges: Sequence[float] | None
) -> tuple[Axis, Flags | None]:
    """The axis of a region in the fit, and its hidden bins.

    Args:
        histograms: of each dataset of the data.
        region: name of a fitted region.
        variable: that of the region.
        edges: of the fit, where they are not those of the variable.

    Returns:
        The axis; which bins are hidden (bins,), None: no event of the data is left out.

    Raises:
        WollemiError: no dataset of the data has the variable.
    """
    name = histogram_name(region, variable)
    found = [dataset[name] for dataset in histograms if name in dataset]
    if not found:
        raise WollemiError(f"region {region}", f"the data have no histogram '{name}'", "run the workflow from the histograms on")
    return fit_axis(found[0].axis, edges), noted_mask(found if edges is None else [rebinned(one, edges) for one in found])
