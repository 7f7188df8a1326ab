"""The HEPData table of the uncertainty of the parameter of interest by source."""

from collections.abc import Mapping, Sequence

from wollemi.results.uncertainties import SignalUncertainties
from wollemi_publish.hepdata.columns import Column, Content, Number, poi_columns, published


def uncertainty_table(uncertainties: Mapping[str, SignalUncertainties]) -> Content:
    """Contributions to the uncertainty of the parameter of interest, by both methods, and the total
    uncertainty.

    Args:
        uncertainties: Uncertainty by signal, from `uncertainties.json`.
    """
    rows: list[tuple[str, str, str, Sequence[Number]]] = []
    for signal, found in uncertainties.items():
        data = "data" if found.asimov_strength is None else f"Asimov, {found.asimov_strength:g}"
        rows += [
            (signal, data, name, (item.shifted, item.frozen, item.frozen_down, item.frozen_up))
            for name, item in found.rows.items()
        ]
        whole = (found.error, found.error, found.error_down, found.error_up)
        rows.append((signal, data, "whole uncertainty", whole))
    signals, poi = poi_columns(
        {signal: found.poi for signal, found in uncertainties.items()}, [row[0] for row in rows]
    )
    titles = (
        "Contribution, shifted auxiliary data",
        "Contribution, parameters held",
        "Contribution downward, parameters held, MINOS",
        "Contribution upward, parameters held, MINOS",
    )
    columns = [
        Column(title, [published(row[3][place]) for row in rows], qualifiers=poi)
        for place, title in enumerate(titles)
    ]
    fitted = [row[1] for row in rows]
    noted = [Column("Fit to", fitted)] if set(fitted) != {"data"} else []
    return Content([*signals, Column("Source", [row[2] for row in rows])], [*columns, *noted])
