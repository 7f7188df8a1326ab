"""Numbers of an answer that are NaN or infinite."""

from collections import Counter

import awkward as ak
import numpy as np


class NotFinite:
    """Counts NaN and infinite values, column by column, over the batches of an answer."""

    def __init__(self) -> None:
        self._counts = Counter[str]()

    def add(self, rows: ak.Array) -> None:
        """Count the values of a batch, including lists and records.

        Args:
            rows: Records, shape (rows,).
        """
        self._counts.update({name: _count(rows[name]) for name in ak.fields(rows)})

    def columns(self) -> dict[str, int]:
        """Column → number of NaN or infinite values, for columns that have any."""
        return {name: count for name, count in self._counts.items() if count}


def _count(column: ak.Array) -> int:
    values = np.asarray(ak.flatten(column, axis=None))
    return int(np.count_nonzero(~np.isfinite(values))) if values.dtype.kind == "f" else 0
