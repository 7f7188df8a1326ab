"""Checks of the example inputs for RECAST. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.publication import ARCHIVED, DEFAULT, recast_examples
from wollemi.analysis.plain.queries import signal_samples
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis

_FILES = ("files", "manifest", "command", "histograms")


def check_recast(analysis: Analysis) -> list[str]:
    """Problems of the example inputs, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    problems = []
    for name, signal in recast_examples(analysis).items():
        path = f"publication.recast.examples.{name}"
        problems += (
            [f"{path}: every entry has an example of this name; take another one"]
            if name in (ARCHIVED, DEFAULT)
            else []
        )
        problems += unknown_names(
            f"{path}.like",
            [str(signal["like"])] if "like" in signal else [],
            signal_samples(analysis),
            "signal sample",
        )
        other = [key for key in ("patch", "grid") if key in signal]
        problems += [
            f"{path}.{key}: an example is one signal, and the entry holds no files; give datasets"
            for key in other
        ]
        datasets = signal.get("datasets")
        entries = datasets.items() if isinstance(datasets, Mapping) else ()
        given = [
            f"{key}.{word}"
            for key, item in entries
            if isinstance(item, Mapping)
            for word in _FILES
            if word in item
        ]
        problems += [
            f"{path}.datasets.{word}: the entry holds no files; say how they are made (generate)"
            for word in given
        ]
    return problems
