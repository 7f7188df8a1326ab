"""The merged histograms of a dataset, read on first use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wollemi_likelihood.base.errors import UnknownNameError
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:  # imported only when needed, to save time
    from wollemi.histograms.histogram import Histogram


class Histograms(Mapping[str, "Histogram"]):
    """The merged histograms of a dataset, read on first use: `<region>/<variable>/<variation>` →
    histogram. The axes have the labels of the analysis file.

    Args:
        path: Path of the histograms.
        analysis: Path of the analysis file; without it, axes are named after the variables.
    """

    def __init__(self, path: Path, analysis: Path | None = None):
        self._path = path
        self._analysis = analysis

    @cached_property
    def _content(self) -> dict[str, Histogram]:
        from wollemi.histograms.histogram import labeled, read_histograms
        from wollemi.loading.load import read_analysis

        path = self._analysis
        variables = read_analysis(path).variables if path and path.is_file() else {}
        found = read_histograms(self._path)
        return {name: labeled(item, variables) for name, item in found.items()}

    def __getitem__(self, name: str) -> Histogram:
        if name not in self._content:
            raise UnknownNameError(
                str(self._path),
                f"has no histogram '{name}'{did_you_mean(name, self._content)}",
                "list(...) names all",
            )
        return self._content[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
