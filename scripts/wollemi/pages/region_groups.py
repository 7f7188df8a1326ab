"""Sums of regions for the summary, from products, as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from wollemi.analysis.models.analysis import Analysis, Sample
from wollemi.analysis.plain.region_groups import is_fitted, is_own, region_groups
from wollemi.events.account import AND
from wollemi.pages.tables import STAGES, Cutflows, added_lines, region_yields, selected_events
from wollemi.results.predictions import Predictions


def group_tables(
    analysis: Analysis,
    cutflows: Cutflows,
    samples: Mapping[str, Sample],
    predictions: Predictions | None,
    order: Sequence[str],
) -> dict[str, Any]:
    """Group of regions → its `regions`, and the sums over them: `selected`, and `yields` as
    `unfitted_yields` if the fit predicts them; `in_several`, events in several of its regions.

    Args:
        analysis: Analysis with its `regions` and `plots`.
        cutflows: Dataset → cutflow.
        samples: Samples of the analysis.
        predictions: Predictions of the main fit.
        order: Samples in the order to show.
    """
    found: dict[str, dict[str, Any]] = {}
    for group, regions in region_groups(analysis).items():
        lines = {
            name: [selected_events(cutflows, sample, region) for region in regions]
            for name, sample in samples.items()
        }
        selected = {name: added_lines(parts) | {"cut": group} for name, parts in lines.items()}
        found[group] = {"regions": regions, "selected": selected}
        shared = sum(_in_several(item, regions) for item in cutflows.values())
        found[group] |= {"in_several": shared} if shared else {}
    for group, variable, events in predictions.sums if predictions else ():
        regions = region_groups(analysis)[group]
        if is_own(analysis, regions, variable):
            stages = {stage: events.at(stage) for stage in STAGES}
            table = region_yields(stages, order, events.all_observed)
            fitted = all(is_fitted(analysis, region, variable) for region in regions)
            found[group]["yields"] = table | ({} if fitted else {"fitted": False})
    return found


def _in_several(cutflow: Mapping[str, Any], regions: Sequence[str]) -> int:
    """Number of events of a dataset in several of the given regions."""
    account = cutflow.get("account") or {"selected": {}}
    return sum(
        count
        for names, count in account["selected"].items()
        if len({*names.split(AND)} & {*regions}) > 1
    )
