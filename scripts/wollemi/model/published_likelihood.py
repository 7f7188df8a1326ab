"""A likelihood for publication: background model, a patch per signal, and the CLs of each."""

import copy
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from wollemi.base.specification_digest import digest
from wollemi.base.templates import render_text
from wollemi.model.strength_bounds import poi_bounds, with_bounds
from wollemi.results.marks import BLINDED, measurement_marks
from wollemi_likelihood.asymptotics import AsymptoticTest
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.interpolation import Interpolation
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_workspace import scaled_by, signal_patch

# A patch set must name an INSPIRE record, which an unpublished analysis does not have.
NO_RECORD = "ins0000000"
Specification = dict[str, Any]


def signal_samples(workspace: Mapping[str, Any], signal: str) -> set[str]:
    """Signal samples of a workspace: the one named after the signal and all that its POIs scale.

    Args:
        workspace: Workspace of pyhf.
        signal: Name of the signal.
    """
    pois = {item["config"]["poi"] for item in workspace["measurements"]}
    return {signal}.union(*(scaled_by(workspace, poi) for poi in pois))


def background_only(workspace: Mapping[str, Any], signals: Collection[str]) -> Specification:
    """A workspace without its signal samples; measurements still name parameters of interest.

    Their bounds begin at 0, as the definition of the test statistic qtilde requires. With several
    parameters of interest, each is bounded in its own measurement only.

    Args:
        workspace: Workspace of pyhf.
        signals: Names of the signal samples.
    """
    background = copy.deepcopy({**workspace, "measurements": _from_zero(workspace)})
    for channel in background["channels"]:
        channel["samples"] = [
            sample for sample in channel["samples"] if sample["name"] not in signals
        ]
    return background


def _from_zero(workspace: Mapping[str, Any]) -> list[Any]:
    """The measurements, with bounds of their parameters of interest that begin at 0."""
    found: list[Any] = []
    for item in workspace["measurements"]:
        alone = {**workspace, "measurements": [item]}
        bounds = {name: (max(0.0, low), high) for name, (low, high) in poi_bounds(alone).items()}
        found += with_bounds(alone, bounds)["measurements"]
    return found


def common_background(workspaces: Mapping[str, Mapping[str, Any]]) -> Specification:
    """The background that all signals share.

    Args:
        workspaces: Signal → workspace.

    Raises:
        WollemiError: The workspaces differ in more than their signal.
    """
    backgrounds = {
        signal: background_only(workspace, signal_samples(workspace, signal))
        for signal, workspace in workspaces.items()
    }
    first = next(iter(backgrounds))
    for signal, background in backgrounds.items():
        if background != backgrounds[first]:
            problem = f"its background is not that of {first}"
            raise WollemiError(
                f"workspace of {signal}",
                problem,
                "make all workspaces in one run of build_workspace",
            )
    return backgrounds[first]


def patch_set(
    workspaces: Mapping[str, Mapping[str, Any]],
    background: Specification,
    points: Mapping[str, float],
    about: Mapping[str, str],
) -> Specification:
    """The patch set of all signals.

    Args:
        workspaces: Signal → workspace.
        background: Workspace that the patches apply to.
        points: Signal → value on the axis of the limit plot; empty if signals are distinguished by
            their names.
        about: The `description` and `hepdata`, the INSPIRE record.
    """
    patches = [
        {
            "metadata": {"name": signal, "values": [points.get(signal, signal)]},
            "patch": signal_patch(workspace, signal_samples(workspace, signal)),
        }
        for signal, workspace in workspaces.items()
    ]
    metadata = {
        "description": about["description"],
        "digests": {"sha256": digest(background)},
        "labels": ["point" if points else "signal"],
        "references": {"hepdata": about["hepdata"]},
    }
    return {"version": "1.0.0", "metadata": metadata, "patches": patches}


def all_cls(workspaces: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """CLs of each signal, or of each parameter of interest of a workspace that has several, with
    the other ones free.

    Args:
        workspaces: Signal → workspace.
    """
    return {
        item["config"]["poi"] if len(workspace["measurements"]) > 1 else signal: cls_values(
            workspace, item["name"]
        )
        for signal, workspace in workspaces.items()
        for item in workspace["measurements"]
    }


def cls_values(workspace: Mapping[str, Any], measurement: str | None = None) -> dict[str, Any]:
    """CLs at a signal strength of 1 (test statistic qtilde, asymptotic): observed, and expected at
    -2 ... +2σ.

    With blinded bins the observed value is replaced by `asimov`, from the data in the workspace.

    Args:
        workspace: Workspace of pyhf.
        measurement: Name of the measurement; the first one by default.
    """
    likelihood = Likelihood.from_workspace(workspace, measurement)
    test = AsymptoticTest(likelihood, likelihood.data)
    return {_kind(workspace): test.cls(1.0), "expected": test.expected_cls(1.0)}


def _kind(workspace: Mapping[str, Any]) -> str:
    return (
        "asimov"
        if BLINDED in measurement_marks(workspace["measurements"][0]["name"])
        else "observed"
    )


def _nearest_to_one_half(values: Mapping[str, Mapping[str, Any]]) -> str:
    return min(values, key=lambda signal: abs(float(next(iter(values[signal].values()))) - 0.5))


def readme(
    template: Path,
    about: Mapping[str, str],
    values: Mapping[str, Mapping[str, Any]],
    patch: str | None,
    interpolation: Interpolation,
) -> str:
    """The README of the package.

    Args:
        template: Path of the template.
        about: The `name`, `title` and `hepdata` of the analysis.
        values: Signal → CLs.
        patch: Name of the patch, if it has several parameters of interest and `values` refers to
            these.
        interpolation: Interpolation codes of the model.
    """
    example = _nearest_to_one_half(values)
    kind = next(key for key in values[example] if key != "expected")
    return render_text(
        template,
        about=about,
        values=values,
        example=example,
        kind=kind,
        patch=patch,
        no_record=NO_RECORD,
        codes=None if interpolation == Interpolation() else json.dumps(interpolation.settings),
    )
