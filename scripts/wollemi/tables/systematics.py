"""Tables of the effects of systematics on samples, one per region."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from wollemi.base.rounding import with_decimals
from wollemi.results.table import Table
from wollemi.tables.limits import Label
from wollemi_likelihood.systematic_effects import STATISTICS, Effect

NOTHING = "–"
UNSEEN = 5e-4  # of the yield: below half the last digit of a percentage with one decimal
CAPTION = (
    "Systematic uncertainties before the fit in %: changes of the yields at +1σ and −1σ, and in "
    "parentheses the largest change of a bin at the nominal yield"
)


def systematics_tables(
    effects: Sequence[Effect],
    samples: Mapping[str, str],
    regions: Mapping[str, str],
    parameter: Label = str,
) -> Iterator[tuple[str, Table]]:
    """Name and table of each region of the model: a row per systematic, a column per sample.
    Systematics without any effect in a region have no row.

    Args:
        effects: Effects, in the order of rows.
        samples: Sample → its label, in the order of columns.
        regions: Region → its label.
        parameter: Function from a parameter to its label.
    """
    for region in dict.fromkeys(item.region for item in effects):
        found = [item for item in effects if item.region == region]
        cells = {(item.systematic, item.sample): effect_text(item) for item in found}
        known = {item.sample for item in found}
        columns = [name for name in samples if name in known]
        columns += sorted(known - {*columns})
        seen = {item.systematic for item in found if effect_text(item) != NOTHING}
        ordered = dict.fromkeys(item.systematic for item in found)
        rows = [name for name in ordered if name in seen - {STATISTICS}]
        rows += [STATISTICS] if STATISTICS in seen else []
        text = pd.DataFrame(
            {column: [cells.get((name, column), NOTHING) for name in rows] for column in columns},
            pd.Index(rows, name="systematic"),
        ).rename(index=parameter, columns=lambda name: samples.get(name, name))
        yield (
            f"systematics_{region}",
            Table(
                f"{regions.get(region, region)}. {CAPTION}",
                effect_frame(found),
                text,
            ),
        )


def effect_frame(effects: Sequence[Effect]) -> pd.DataFrame:
    """Relative changes (not in percent), with a row for each systematic and sample of a region."""
    columns = ["region", "systematic", "sample", "up", "down", "shape"]
    rows = [tuple(getattr(item, name) for name in columns) for item in effects]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def effect_text(item: Effect) -> str:
    """An effect in percent: `±2.0`, `+3.1 −2.4`, or with its shape `±2.0 (4.1)`; `<0.1` if it
    rounds to nothing, a dash without any effect.
    """
    if max(abs(item.up), abs(item.down), item.shape) < 1e-9:
        return NOTHING
    up, down = (with_decimals(100 * value, 1) for value in (item.up, item.down))
    signed = [text if text.startswith("−") else f"+{text}" for text in (up, down)]
    size = f"±{up}" if down == f"−{up}" else " ".join(signed)
    if max(abs(item.up), abs(item.down)) < UNSEEN:
        size = "<0.1"
    shape = f" ({with_decimals(100 * item.shape, 1)})" if item.shape >= UNSEEN else ""
    return size + shape
