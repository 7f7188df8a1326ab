"""The plain form of an analysis file: shorthand is expanded once, before any job uses it.

Standard library only, like `wollemi.loading.all`: the Snakefile and the programs read an analysis
with the same functions. A step leaves a document unchanged if the document does not use the
shorthand or is already expanded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.backgrounds import expand_estimates
from wollemi.analysis.plain.categories import expand_categories
from wollemi.analysis.plain.commands import expand_commands
from wollemi.analysis.plain.dataset_selections import expand_selections
from wollemi.analysis.plain.histogram_variations import expand_histograms
from wollemi.analysis.plain.measured import expand_measured
from wollemi.analysis.plain.merged_flow import expand_merged_flow
from wollemi.analysis.plain.missing_momentum import expand_missing_momentum
from wollemi.analysis.plain.published import expand_workspace
from wollemi.analysis.plain.results import expand_results
from wollemi.analysis.plain.stitching import expand_stitching
from wollemi.loading.combined import expand_combined
from wollemi.loading.correlations import expand_systematics
from wollemi.loading.n_minus_one_regions import expand_n_minus_one
from wollemi_engine.expressions.labels import variable_label

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def expand_labels(document: Document) -> dict[str, Any]:
    """The analysis with a label for each variable, see `variable_label`."""
    columns = document.get("columns") or {}
    variables = {
        name: item
        if item.get("axes") or "label" in item
        else {**item, "label": variable_label(name, item.get("expression", ""), columns)}
        for name, item in document.get("variables", {}).items()
    }
    return {**document, "variables": variables} if variables else dict(document)


# In this order; each takes the document returned by the previous one.
_STEPS: tuple[Callable[[Any], dict[str, Any]], ...] = (
    expand_workspace,
    expand_commands,
    expand_stitching,
    expand_selections,
    expand_histograms,
    expand_systematics,
    expand_combined,
    expand_missing_momentum,
    expand_labels,
    expand_categories,
    expand_merged_flow,
    expand_estimates,
    expand_n_minus_one,
    expand_measured,
    expand_results,
)


def plain_document(document: Document) -> dict[str, Any]:
    """The analysis with its shorthand expanded.

    Args:
        document: Analysis accepted by the schema.
    """
    plain = dict(document)
    for step in _STEPS:
        plain = step(plain)
    return plain
