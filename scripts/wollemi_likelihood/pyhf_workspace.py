"""Read a pyhf workspace as templates in pyhf's order; inconsistent workspaces are refused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.expressions.factors import parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError
from wollemi_likelihood.interpolation import AS_COMBINE, COMBINE, Interpolation, interpolation_of
from wollemi_likelihood.parameters import EXPRESSION, Template

MODIFIER_TYPES = frozenset(
    [
        COMBINE,
        EXPRESSION,
        "histosys",
        "lumi",
        "normfactor",
        "normsys",
        "shapefactor",
        "shapesys",
        "staterror",
    ]
)


@dataclass(frozen=True)
class WorkspaceContent:
    """One measurement of a workspace.

    Attributes:
        templates: Templates ordered by channel, then by sample.
        channels: Bins of each channel, channels in alphabetical order.
        samples: Sample names in alphabetical order.
        observations: Observed events per bin, shape (bins,).
        poi: Name of the parameter of interest; empty without one.
        settings: Parameter settings of the measurement.
        interpolation: Interpolation between the templates and factors at ±1σ.
    """

    templates: tuple[Template, ...]
    channels: Mapping[str, slice]
    samples: tuple[str, ...]
    observations: np.ndarray
    poi: str
    settings: Sequence[Mapping[str, Any]]
    interpolation: Interpolation


def read_workspace(workspace: Mapping[str, Any], measurement: str | None) -> WorkspaceContent:
    """Sort a workspace as pyhf does, and check its shapes.

    Args:
        workspace: Workspace of the pyhf 1.0.0 specification.
        measurement: Name of the measurement; the first one by default.

    Returns:
        Content of the measurement.

    Raises:
        WollemiError: A measurement or modifier is unknown, observations are missing, or arrays
            differ in length or contain values that are not finite.
    """
    name, config = _measurement_config(workspace, measurement)
    channels = sorted(workspace["channels"], key=lambda channel: channel["name"])
    templates = tuple(
        _template(channel, sample)
        for channel in channels
        for sample in sorted(channel["samples"], key=lambda sample: sample["name"])
    )
    sizes = [len(channel["samples"][0]["data"]) for channel in channels]
    ends = np.cumsum(sizes).tolist()
    return WorkspaceContent(
        templates=templates,
        channels={
            channel["name"]: slice(end - size, end)
            for channel, size, end in zip(channels, sizes, ends, strict=True)
        },
        samples=tuple(sorted({template.sample for template in templates})),
        observations=_observations(workspace, channels),
        poi=config["poi"],
        settings=config["parameters"],
        interpolation=(
            AS_COMBINE if any(item.cropping for item in templates) else interpolation_of(name)
        ),
    )


def _measurement_config(
    workspace: Mapping[str, Any], name: str | None
) -> tuple[str, Mapping[str, Any]]:
    measurements = {m["name"]: m["config"] for m in workspace["measurements"]}
    if name is None and measurements:
        name = workspace["measurements"][0]["name"]
    if name is None or name not in measurements:
        problem = f"there is no measurement {name!r}"
        remedy = f"choose one of: {', '.join(measurements) or 'none is defined'}"
        raise WollemiError("workspace", problem, remedy)
    return name, measurements[name]


def _template(channel: Mapping[str, Any], sample: Mapping[str, Any]) -> Template:
    where = f"channel {channel['name']}, sample {sample['name']}"
    bins = len(channel["samples"][0]["data"])
    nominal = _array(where, sample["data"], bins)
    modifiers = {(m["name"], m["type"]): m for m in sample["modifiers"]}
    for (name, kind), modifier in modifiers.items():
        if kind not in MODIFIER_TYPES:
            remedy = f"use one of: {', '.join(sorted(MODIFIER_TYPES))}"
            raise WollemiError(where, f"modifier {name} has the unknown type {kind!r}", remedy)
        if kind == EXPRESSION:
            _check_expression(where, name, modifier)
        for values in _modifier_arrays(kind, modifier):
            _array(f"{where}, {kind} {name}", values, bins)
    return Template(channel["name"], sample["name"], nominal, modifiers)


def _check_expression(where: str, name: str, modifier: Mapping[str, Any]) -> None:
    try:
        parse_factor(modifier["data"]["expr"])
    except (ExpressionError, LookupError, TypeError) as error:
        remedy = 'give {"expr": "..."} with parameters, numbers, + - * / and whole powers'
        raise WollemiError(f"{where}, factor {name}", str(error), remedy) from None


def _modifier_arrays(kind: str, modifier: Mapping[str, Any]) -> list[list[float]]:
    if kind == "histosys":
        return [modifier["data"]["lo_data"], modifier["data"]["hi_data"]]
    return [modifier["data"]] if kind in ("shapesys", "staterror") else []


def _observations(
    workspace: Mapping[str, Any], channels: Sequence[Mapping[str, Any]]
) -> np.ndarray:
    observed = {o["name"]: o["data"] for o in workspace["observations"]}
    arrays = []
    for channel in channels:
        where = f"observations of channel {channel['name']}"
        if channel["name"] not in observed:
            raise WollemiError(where, "they are missing", "add them to the workspace")
        bins = len(channel["samples"][0]["data"])
        arrays.append(_array(where, observed[channel["name"]], bins))
        if (arrays[-1] < 0).any():
            raise WollemiError(
                where,
                "a number of events is negative",
                "give counts, not background-subtracted data",
            )
    return np.concatenate(arrays)


def _array(where: str, values: Sequence[float], bins: int) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.shape != (bins,):
        problem = f"{counted(array.size, 'value')} in a channel of {counted(bins, 'bin')}"
        raise WollemiError(where, problem, "give one value for each bin")
    if not np.isfinite(array).all():
        raise WollemiError(where, "a value is not a finite number", "correct the histogram")
    return array


def scaled_by(content: Mapping[str, Any], poi: str) -> tuple[str, ...]:
    """Names of the samples that a parameter of interest scales, in the order of a workspace.

    Args:
        content: Workspace of pyhf.
        poi: Name of the parameter.
    """
    names = [
        sample["name"]
        for channel in content["channels"]
        for sample in channel["samples"]
        if is_scaled(sample, poi)
    ]
    return tuple(dict.fromkeys(names))


def is_scaled(sample: Mapping[str, Any], poi: str) -> bool:
    """Whether a parameter of interest scales a sample, directly or in an expression."""
    return any(
        (item["name"], item["type"]) == (poi, "normfactor")
        or (item["type"] == EXPRESSION and poi in parse_factor(item["data"]["expr"]).names)
        for item in sample["modifiers"]
    )


def signal_patch(workspace: Mapping[str, Any], signals: Collection[str]) -> list[dict[str, Any]]:
    """JSON Patch (RFC 6902) from the background to the workspace; signals keep their positions.

    Args:
        workspace: Workspace of pyhf.
        signals: Names of the signal samples.
    """
    return [
        {"op": "add", "path": f"/channels/{i}/samples/{k}", "value": sample}
        for i, channel in enumerate(workspace["channels"])
        for k, sample in enumerate(channel["samples"])
        if sample["name"] in signals
    ]


def has_expressions(content: Mapping[str, Any]) -> bool:
    """Whether factors of a workspace are expressions, which HistFactory does not support."""
    return any(
        item["type"] == EXPRESSION
        for channel in content["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
    )


def without_expressions(content: Mapping[str, Any]) -> dict[str, Any]:
    """Remove modifiers outside pyhf's schema: factors that are expressions, and marks of Combine's
    interpolation.
    """
    channels = [
        {
            **channel,
            "samples": [
                {
                    **sample,
                    "modifiers": [
                        item
                        for item in sample["modifiers"]
                        if item["type"] not in (EXPRESSION, COMBINE)
                    ],
                }
                for sample in channel["samples"]
            ],
        }
        for channel in content["channels"]
    ]
    return {**content, "channels": channels}
