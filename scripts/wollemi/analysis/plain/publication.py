"""Publication settings of an analysis. Standard library only, on the plain YAML values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.measured_maps import measured_corrections
from wollemi.analysis.plain.queries import (
    as_list,
    beyond_histfactory,
    fitted_regions,
    is_published,
    signal_samples,
    unfitted_name,
    unfitted_places,
)

if TYPE_CHECKING:
    Document = Mapping[str, Any]


STAGES = ("prefit", "postfit")


def hepdata_texts(document: Document) -> Mapping[str, Any] | None:
    """The texts of the HEPData submission, if the analysis has one."""
    texts: Mapping[str, Any] | None = (document.get("publication") or {}).get("hepdata")
    return texts


def counted_signals(document: Document) -> list[str]:
    """Signal samples whose produced events or sum of weights are known."""
    if is_published(document):
        return []
    return [
        name
        for name in signal_samples(document)
        if all(
            _counted(document["datasets"].get(one) or {})
            for one in as_list(document["samples"][name].get("datasets"))
        )
    ]


def _counted(dataset: Mapping[str, Any]) -> bool:
    return not ({"draw", "estimate"} & dataset.keys()) and not (
        "histograms" in dataset and "sum_of_weights" not in dataset
    )


def hepdata_tables(document: Document) -> list[str]:
    """Names of the tables that every submission of an analysis has, in its order.

    Args:
        document: Analysis accepted by the schema, expanded, or the sections that `write_hepdata`
            has.
    """
    tables = [
        f"cutflow_{name}" for name, region in document["regions"].items() if "without" not in region
    ]
    tables += ["acceptance"] if counted_signals(document) else []
    if document.get("model") is not None:
        regions = fitted_regions(document)
        tables += ["yields_prefit", "yields_postfit"]
        tables += [f"{stage}_{name}" for name in regions for stage in STAGES]
        tables += ["parameters", "covariance", "correlations", "ranking", "significances"]
    if document.get("limits") is not None:
        tables += ["limits_mu"]
        tables += (
            ["limits_cross_section"] if document["limits"].get("cross_section_fraction") else []
        )
        tables += ["limits_interpolated"] if document["limits"].get("interpolation") else []
        # CLs as from the published likelihood.
        tables += [] if beyond_histfactory(document) else ["cls"]
    # A job that writes them has their shown settings, not their measurement.
    measured = document.get("shown_corrections") or measured_corrections(document)
    tables += [f"correction_{name}" for name in measured]
    tables += [f"scan_{name}" for name in document.get("scans") or {}]
    return tables + [
        name
        for name in (
            *("goodness", "uncertainties", "extrapolation", "region_limits", "discovery"),
            "intervals",
        )
        if document.get(name) is not None
    ]


def unfitted_tables(document: Document) -> dict[str, tuple[str, str]]:
    """Table of a region or variable that was not fitted → the region and the variable. Only tables
    with a description are published.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    return {
        f"{stage}_{unfitted_name(document, *place)}": place
        for place in unfitted_places(document)
        for stage in STAGES
    }


def table_title(table: str) -> str:
    """The name shown by HEPData: `cutflow_signal_ee` becomes `Cutflow signal_ee`."""
    kind, _, rest = table.partition("_")
    words = rest.replace("_", " ") if kind == "limits" else rest
    return f"{kind.capitalize()} {words}".strip()


# The example of every entry: an archived signal treated as new.
ARCHIVED, DEFAULT = "archived", "default"


def recast_examples(document: Document) -> dict[str, Any]:
    """Signal → example input, from the analysis file."""
    recast = (document.get("publication") or {}).get("recast") or {}
    return dict(recast.get("examples") or {})
