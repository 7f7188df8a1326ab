"""Parameters of a workspace that an analysis fixes to a value."""

from collections.abc import Collection, Mapping
from typing import Any

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

# Modifiers with one parameter per bin.
OF_BINS = ("shapefactor", "shapesys", "staterror")


def with_held(
    workspace: Mapping[str, Any], held: Mapping[str, float], others: Collection[str] = ()
) -> dict[str, Any]:
    """A workspace whose measurements fix parameters, in the same way as pyhf and HistFactory.

    Args:
        workspace: Workspace of pyhf.
        held: Parameter → its value.
        others: Names that may be missing in this workspace, for example systematics of other
            signals; measurements contain them anyway, so that they are equal for all signals.

    Raises:
        WollemiError: The model has no such parameter, or one per bin.
    """
    kinds = {
        item["name"]: item["type"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
    }
    for name in held:
        where = f"model.fixed.{name}"
        if name not in kinds and name not in others:
            problem = f"the model has no such parameter{did_you_mean(name, kinds)}"
            raise WollemiError(where, problem, "take a name of the parameters in fit.json")
        if kinds.get(name) in OF_BINS:
            problem = "there is one such parameter for each bin"
            raise WollemiError(where, problem, "hold a systematic or a free normalization")
    return {
        **workspace,
        "measurements": [_holding(item, held) for item in workspace["measurements"]],
    }


def _holding(measurement: Mapping[str, Any], held: Mapping[str, float]) -> dict[str, Any]:
    config = measurement["config"]
    settings = {item["name"]: item for item in config["parameters"]}
    for name, value in held.items():
        settings[name] = {"name": name, **settings.get(name, {}), "inits": [value], "fixed": True}
    return {**measurement, "config": {**config, "parameters": list(settings.values())}}
