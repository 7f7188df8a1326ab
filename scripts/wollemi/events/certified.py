"""Events of certified luminosity blocks, and the certified blocks that had events."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.certification import CUT
from wollemi.events.cutflow import Line, cutflow_line
from wollemi.inputs.kept_events import kept_events
from wollemi.inputs.luminosity_blocks import Keys, block_keys, blocks_of_keys, read_blocks
from wollemi_likelihood.base.errors import WollemiError, counted

RUN, BLOCK = "run", "luminosityBlock"


class Certifier:
    """Keeps events of certified blocks; without a file it keeps every event and counts nothing.

    Args:
        files: Path of the file of certified blocks, or nothing.
        branches: Branches that later steps need.
    """

    def __init__(self, files: Sequence[Path], branches: Sequence[str]):
        self._certified = read_blocks(files[0]) if files else None
        self._branches = list(branches)
        self._seen: list[Keys] = []
        self._flags: NDArray[np.bool_] | None = None  # flags of certified events in the last batch

    @property
    def branches(self) -> list[str]:
        """Branches to read: the branches that later steps need, run and luminosity block."""
        return (
            self._branches
            if self._certified is None
            else list(dict.fromkeys([*self._branches, RUN, BLOCK]))
        )

    def keep(
        self, batch: ak.Array, weights: NDArray[np.float64], where: str
    ) -> tuple[ak.Array, NDArray[np.float64], list[Line]]:
        """The events in certified blocks.

        Args:
            batch: Events with `branches`.
            weights: Event weights, shape (events,).
            where: Path of the file, for error messages.

        Returns:
            Events with the branches of later steps, their weights, and the cutflow line, if
            there is one.

        Raises:
            WollemiError: The number of a run or block is not valid.
        """
        if self._certified is None:
            return batch, weights, []
        keys = block_keys(_numbers(batch, RUN, where), _numbers(batch, BLOCK, where))
        flags = self._flags = self._certified.contains(keys)
        self._seen.append(np.unique(keys[flags]))
        kept = [name for name in batch.fields if name in self._branches or name not in (RUN, BLOCK)]
        line = cutflow_line(CUT, weights, flags)
        return kept_events(batch[kept], flags), weights[flags], [line]

    def among_all(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Flags of all events of the last batch; false for events that are not certified.

        Args:
            flags: Flags of the certified events, shape (events,).
        """
        if self._flags is None:
            return flags
        found = np.zeros(self._flags.size, bool)
        found[self._flags] = flags
        return found

    def account(self) -> dict[str, Any]:
        """The certified blocks, for the cutflow of a part; empty without a file."""
        if self._certified is None:
            return {}
        seen = blocks_of_keys(np.concatenate([np.empty(0, np.int64), *self._seen]))
        return {"certified": {"blocks": self._certified.size, "with_events": seen.plain()}}


def _numbers(batch: ak.Array, name: str, where: str) -> NDArray[np.int64]:
    values = ak.to_numpy(batch[name])
    numbers: NDArray[np.int64] = values.astype(np.int64)
    bad = np.flatnonzero((numbers != values) | (numbers < 1) | (numbers >= 1 << 31))
    if bad.size:
        problem = f"{counted(bad.size, 'event')} with impossible {name}, such as {values[bad[0]]}"
        raise WollemiError(
            where,
            problem,
            "certified data need run and luminosityBlock: check the file, or its `names`",
        )
    return numbers
