"""Parameters of a workspace that an analysis holds at a value."""

from collections.abc import Collection, Mapping
from typing import Any

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

# Modifiers with one parameter for each bin.
OF_BINS = ("shapefactor", "shapesys", "staterror")


def with_held(
    workspace: Mapping[str, Any], held: Mapping[str, float], others: Collection[str] = ()
) -> dict[str, Any]:
    """A workspace whose measurements hold parameters, as pyhf and HistFactory do.

    Args:
        workspace: a pyhf workspace.
        held: parameter → its value.
        others: names that need not be in this workspace, such as of systematics of other signals;
            the measurements have them all the same, so that those of all signals are equal.

    Raises:
        WollemiError: the model has no such parameter, or one for each bin.
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
