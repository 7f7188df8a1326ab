"""Publication settings of an analysis. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.measured_maps import measured_corrections
from wollemi.analysis.plain.queries import (
    beyond_histfactory,
    fitted_regions,
    is_published,
    signal_samples,
    unfitted_name,
    unfitted_places,
)

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.datasets import Dataset


STAGES = ("prefit", "postfit")


def hepdata_texts(analysis: Analysis) -> Mapping[str, Any] | None:
    """The texts of the HEPData submission, if the analysis has one."""
    hepdata = analysis.publication and analysis.publication.hepdata
    return hepdata.plain if hepdata else None


def counted_signals(analysis: Analysis) -> list[str]:
    """Signal samples whose produced events or sum of weights are known."""
    if is_published(analysis):
        return []
    return [
        name
        for name in signal_samples(analysis)
        if all(
            one not in analysis.datasets or _is_counted(analysis.datasets[one])
            for one in analysis.samples[name].datasets
        )
    ]


def _is_counted(dataset: Dataset) -> bool:
    if dataset.draw or dataset.estimate:
        return False
    return dataset.histograms is None or dataset.sum_of_weights is not None


def hepdata_tables(analysis: Analysis) -> list[str]:
    """Names of the tables that every submission of an analysis has, in its order.

    Args:
        analysis: Analysis accepted by the schema, expanded, or the sections that `write_hepdata`
            has.
    """
    tables = [
        f"cutflow_{name}" for name, region in analysis.regions.items() if region.without is None
    ]
    tables += ["acceptance"] if counted_signals(analysis) else []
    if analysis.model is not None:
        regions = fitted_regions(analysis)
        tables += ["yields_prefit", "yields_postfit"]
        tables += [f"{stage}_{name}" for name in regions for stage in STAGES]
        tables += ["parameters", "covariance", "correlations", "ranking", "significances"]
    limits = analysis.limits
    if limits is not None:
        tables += ["limits_mu"]
        tables += ["limits_cross_section"] if limits.cross_section_fraction else []
        tables += ["limits_interpolated"] if limits.interpolation else []
        # CLs as from the published likelihood.
        tables += [] if beyond_histfactory(analysis) else ["cls"]
    # A job that writes them has their shown settings, not their measurement.
    measured = analysis.plain.get("shown_corrections") or measured_corrections(analysis.plain)
    tables += [f"correction_{name}" for name in measured]
    tables += [f"scan_{name}" for name in analysis.scans]
    return tables + [
        name
        for name in (
            *("goodness", "uncertainties", "extrapolation", "region_limits", "discovery"),
            "intervals",
        )
        if getattr(analysis, name) is not None
    ]


def unfitted_tables(analysis: Analysis) -> dict[str, tuple[str, str]]:
    """Table of a region or variable that was not fitted → the region and the variable. Only tables
    with a description are published.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    return {
        f"{stage}_{unfitted_name(analysis, *place)}": place
        for place in unfitted_places(analysis)
        for stage in STAGES
    }


def table_title(table: str) -> str:
    """The name shown by HEPData: `cutflow_signal_ee` becomes `Cutflow signal_ee`."""
    kind, _, rest = table.partition("_")
    words = rest.replace("_", " ") if kind == "limits" else rest
    return f"{kind.capitalize()} {words}".strip()


# The example of every entry: an archived signal treated as new.
ARCHIVED, DEFAULT = "archived", "default"


def recast_examples(analysis: Analysis) -> dict[str, Any]:
    """Signal → example input, from the analysis file."""
    recast = analysis.publication and analysis.publication.recast
    return dict(recast.plain.get("examples") or {}) if recast else {}
