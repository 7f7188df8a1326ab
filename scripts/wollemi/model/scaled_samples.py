"""The samples of a workspace that its parameter of interest scales."""

from collections.abc import Mapping
from typing import Any

from wollemi_likelihood.pyhf_workspace import is_scaled, scaled_by

Json = Mapping[str, Any]


def scaled_samples(workspace: Json) -> list[str]:
    """Names of the samples that the parameter of interest scales, sorted."""
    return sorted(scaled_by(workspace, workspace["measurements"][0]["config"]["poi"]))


def without_signal(workspace: Json) -> dict[str, Any]:
    """A workspace without the samples that the parameter of interest scales."""
    return _with_samples(workspace, scaled=False)


def signal_alone(workspace: Json) -> dict[str, Any]:
    """A workspace with only the samples that the parameter of interest scales."""
    return _with_samples(workspace, scaled=True)


def _with_samples(workspace: Json, scaled: bool) -> dict[str, Any]:
    poi = workspace["measurements"][0]["config"]["poi"]
    channels = [
        {
            **channel,
            "samples": [item for item in channel["samples"] if is_scaled(item, poi) == scaled],
        }
        for channel in workspace["channels"]
    ]
    return {**workspace, "channels": [item for item in channels if item["samples"] or not scaled]}
