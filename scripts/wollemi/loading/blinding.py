"""Checks of the section `blinding`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.backgrounds import control_regions
from wollemi.analysis.plain.blinding import blinded_regions
from wollemi.analysis.plain.objects import as_names
from wollemi.analysis.plain.queries import axes_of
from wollemi_engine.expressions.selections import conditions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_blinding(document: Document) -> list[str]:
    """Problems of the section `blinding`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    blinding = document.get("blinding")
    if blinding is None:
        return []
    names, windows = as_names(blinding.get("regions")), blinding.get("windows") or {}
    problems = unknown_names("blinding.regions", names, document["regions"], "region")
    problems += unknown_names("blinding.windows", windows, document["variables"], "variable")
    problems += (
        []
        if names or windows
        else ["blinding: hides nothing; give regions or windows, or remove the section"]
    )
    problems += (
        []
        if any(sample["role"] == "data" for sample in document["samples"].values())
        else ["blinding: no sample has the role data"]
    )
    problems += [f"blinding.windows.{name}: {ends}: the lower end is not below the upper one" for name, ends in windows.items()  # noqa: E501
                 if ends[0] >= ends[1]]  # fmt: skip
    return problems + _check_skim(document) + _check_estimates(document)


def _check_skim(document: Document) -> list[str]:
    """Problems of a skim with all cuts of a hidden region: it would count the hidden events."""
    skim = conditions((document.get("skim") or {}).get("selection") or {})
    return [
        (
            f"blinding.regions: the skim has every cut of '{name}', so that its count is that "
            "of the hidden region; loosen the skim"
        )
        for name in as_names((document.get("blinding") or {}).get("regions"))
        if skim
        and name in document["regions"]
        and conditions(document["regions"][name]["selection"]) <= skim
    ]


def _check_estimates(document: Document) -> list[str]:
    """Problems of backgrounds estimated from hidden data, which would reveal them."""
    hidden, windows = (
        blinded_regions(document),
        set((document.get("blinding") or {}).get("windows") or {}),
    )
    problems = []
    for name, sample in document["samples"].items():
        dataset = document["datasets"].get(name) or {}
        for region in (
            control_regions(dataset["estimate"])
            if sample.get("estimate") and dataset.get("estimate")
            else ()
        ):
            item = document["regions"].get(region) or {}
            seen = [str(item.get("variable")), *as_names(item.get("monitor"))]
            if region in hidden or any(windows & set(axes_of(document, name)) for name in seen):
                problems.append(
                    f"samples.{name}.estimate: the data of '{region}' are blinded; estimate "
                    "it from others"
                )
    return problems
