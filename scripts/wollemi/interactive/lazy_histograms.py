"""The merged histograms of a dataset, read when the first is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wollemi.base.errors import WollemiError
from wollemi.base.nearest import did_you_mean

if TYPE_CHECKING:  # imported only when needed, to save time
    from wollemi.histograms.histogram import Histogram


class Histograms(Mapping[str, "Histogram"]):
    """The merged histograms of a dataset, read when the first is asked for:
    `<region>/<variable>/<variation>` → histogram.
    """

    def __init__(self, path: Path):
        self._path = path

    @cached_property
    def _content(self) -> dict[str, Histogram]:
        from wollemi.histograms.histogram import read_histograms

        return read_histograms(self._path)

    def __getitem__(self, name: str) -> Histogram:
        if name not in self._content:
            raise WollemiError(
                str(self._path),
                f"has no histogram '{name}'{did_you_mean(name, self._content)}",
                "list(...) names all",
            )
        return self._content[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
