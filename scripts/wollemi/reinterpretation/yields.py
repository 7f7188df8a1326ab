"""A signal given by its events in each bin of a published model: checks, and the patch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wollemi.reinterpretation.models import (
    ChannelYields,
    NewSignal,
    VariedYields,
    YieldChange,
    problems_of,
)
from wollemi.reinterpretation.sample_checks import parameter_kinds, wrong_length
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.pyhf_workspace import is_scaled

Json = Mapping[str, Any]
Bins = list[float]
SHAPE = ("histosys", "normsys")  # types of modifiers with a parameter for an uncertainty
# Modifiers of the archived signal that a new signal cannot share, or that act automatically.
_OWN = ("lumi", "staterror")


def yield_patch(
    where: str, name: str, signal: NewSignal, background: Json, like: Json
) -> list[dict[str, Any]]:
    """Operations that add the signal to the background.

    Args:
        where: Name of the file of signals.
        name: Name of the signal.
        signal: Signal with yields.
        background: Workspace without signals, with one measurement.
        like: Workspace of the similar archived signal.

    Raises:
        WollemiError: The yields do not fit the channels or the parameters of the background.
    """
    luminosity = luminosity_modifiers(like)
    problems = [
        *_channel_problems(f"{name}.yields", signal, background),
        *_systematic_problems(f"{name}.systematics", signal, background, luminosity),
    ]
    problems = problems or list(_negative(f"{name}.systematics", signal, background))
    if problems:
        raise problems_of(where, problems)
    samples = [
        _sample(name, signal, channel, background, luminosity) for channel in _bins(background)
    ]
    return [
        {"op": "add", "path": f"/channels/{place}/samples/-", "value": sample}
        for place, sample in enumerate(samples)
        if any(sample["data"])
    ]


def luminosity_modifiers(like: Json) -> list[dict[str, Any]]:
    """Modifiers for the luminosity uncertainty of an archived signal.

    Args:
        like: Workspace of the archived signal.
    """
    names = [item["name"] for item in _signal_modifiers(like) if item["type"] == "lumi"]
    return [{"name": name, "type": "lumi", "data": None} for name in dict.fromkeys(names)]


def silent_parameters(signal: NewSignal, like: Json) -> list[str]:
    """Parameters that act on the archived signal, but are missing in the new signal.

    Args:
        signal: Signal with yields.
        like: Workspace of the similar archived signal.
    """
    names = [item["name"] for item in _signal_modifiers(like) if item["type"] not in _OWN]
    silent = {*names} - {_poi(like)} - signal.systematics.keys()
    return [name for name in dict.fromkeys(names) if name in silent]


def _signal_modifiers(workspace: Json) -> list[Json]:
    """Modifiers of the samples scaled by the parameter of interest."""
    return [
        item
        for channel in workspace["channels"]
        for sample in channel["samples"]
        if is_scaled(sample, _poi(workspace))
        for item in sample["modifiers"]
    ]


def _poi(workspace: Json) -> str:
    return str(workspace["measurements"][0]["config"]["poi"])


def _bins(background: Json) -> dict[str, int]:
    """Number of bins by channel, in the order of the workspace."""
    observed = {item["name"]: len(item["data"]) for item in background["observations"]}
    return {channel["name"]: observed[channel["name"]] for channel in background["channels"]}


def _channel_problems(path: str, signal: NewSignal, background: Json) -> Iterator[str]:
    bins, given = _bins(background), signal.channels
    yield from (
        f"{path}: '{name}' is not a channel of the published model{did_you_mean(name, bins)}"
        for name in given
        if name not in bins
    )
    yield from (f"{path}: say what {name} gets; 0 if nothing" for name in bins if name not in given)
    for name, item in ((name, item) for name, item in given.items() if name in bins):
        yield from _wrong_length(f"{path}.{name}", item.values, bins[name])
        yield from _wrong_length(f"{path}.{name}.statistical", item.statistical, bins[name])
    if not any(any(_listed(item.values)) for item in given.values()):
        yield f"{path}: all are 0: no event of the signal is expected anywhere"


def _systematic_problems(
    path: str, signal: NewSignal, background: Json, luminosity: Sequence[Json]
) -> Iterator[str]:
    bins, kinds = _bins(background), parameter_kinds(background)
    acting = {item["name"] for item in luminosity}
    for name, change in signal.systematics.items():
        others = sorted(kinds.get(name, set()) - {*SHAPE})
        if name in acting:
            yield f"{path}.{name}: acts already, as it does on {signal.like}; leave it out"
        elif others:
            yield (
                f"{path}.{name}: is a {others[0]} of the published model, which no change of a "
                "signal can share; take another name"
            )
        for side, given in _sides(change).items():
            for channel, value in given.items():
                place = f"{path}.{name}.{side}"
                if channel not in signal.channels:
                    near = did_you_mean(channel, signal.channels)
                    yield f"{place}: '{channel}' is not among the yields{near}"
                elif channel in bins and not isinstance(value, float | int):
                    values = value.values if isinstance(value, VariedYields) else value
                    yield from _wrong_length(f"{place}.{channel}", values, bins[channel])


def _negative(path: str, signal: NewSignal, background: Json) -> Iterator[str]:
    """Changes that make a yield negative, or a common factor of all bins 0 or negative."""
    for channel, bins in _bins(background).items():
        nominal = _binned(signal.channels[channel].values, bins)
        for name, change in signal.systematics.items():
            modifier = _modifier(name, change, channel, nominal) or {"data": {}}
            for key, side in modifier["data"].items():
                place = f"{path}.{name}.{'up' if key.startswith('hi') else 'down'}"
                if isinstance(side, float) and side <= 0:
                    yield f"{place}: leaves no events in {channel}; give a change above -1"
                elif isinstance(side, list) and min(side) < 0:
                    yield f"{place}: a yield of {channel} is negative; give a change above -1"


def _sides(change: YieldChange) -> dict[str, Mapping[str, Any]]:
    given = {"up": change.up, "down": change.down}
    return {side: values for side, values in given.items() if isinstance(values, Mapping)}


def _wrong_length(path: str, values: float | Sequence[float] | None, bins: int) -> Iterator[str]:
    """Check the number of values. A single number is allowed for a channel of one bin, and for 0:
    otherwise it could mean events per bin or in total.
    """
    if values is None or values == 0 or len(_listed(values)) == bins:
        return
    yield f"{path}: {wrong_length(len(_listed(values)), bins)}"


def _listed(values: float | Sequence[float]) -> list[float]:
    return [float(values)] if isinstance(values, float | int) else [float(item) for item in values]


def _binned(values: float | Sequence[float], bins: int) -> Bins:
    found = _listed(values)
    return found if len(found) == bins else found * bins


def _sample(
    name: str, signal: NewSignal, channel: str, background: Json, luminosity: Sequence[Json]
) -> dict[str, Any]:
    """The sample of a channel in HistFactory JSON."""
    item = signal.channels[channel]
    bins = _bins(background)[channel]
    nominal = _binned(item.values, bins)
    varied = [
        _modifier(parameter, change, channel, nominal)
        for parameter, change in signal.systematics.items()
    ]
    modifiers = [
        {"name": _poi(background), "type": "normfactor", "data": None},
        *luminosity,
        *(modifier for modifier in varied if modifier is not None),
        *_statistical(item, channel, bins, background),
    ]
    return {"name": name, "data": nominal, "modifiers": modifiers}


def _statistical(
    item: ChannelYields, channel: str, bins: int, background: Json
) -> Iterator[dict[str, Any]]:
    """Statistical errors of the simulation, sharing the channel's factors of bins if they exist."""
    errors = _binned(item.statistical or 0.0, bins)
    if any(errors):
        samples = next(one["samples"] for one in background["channels"] if one["name"] == channel)
        known = [
            modifier["name"]
            for sample in samples
            for modifier in sample["modifiers"]
            if modifier["type"] == "staterror"
        ]
        yield {"name": [*known, f"staterror_{channel}"][0], "type": "staterror", "data": errors}


def _modifier(
    parameter: str, change: YieldChange, channel: str, nominal: Bins
) -> dict[str, Any] | None:
    """The modifier for the effect of a parameter on a channel: one factor, or one per bin; None
    without effect.
    """
    high = _varied(change.up.get(channel), nominal)
    if isinstance(change.down, Mapping):
        low = _varied(change.down.get(channel), nominal)
    else:
        low = _varied(change.up.get(channel), nominal, -1)
    if high is None and low is None:
        return None
    high = 1.0 if high is None else high
    low = 1.0 if low is None else low
    if isinstance(high, float) and isinstance(low, float):
        return {"name": parameter, "type": "normsys", "data": {"hi": high, "lo": low}}
    sides = {"hi_data": high, "lo_data": low}
    data = {
        key: [side * value for value in nominal] if isinstance(side, float) else side
        for key, side in sides.items()
    }
    return {"name": parameter, "type": "histosys", "data": data}


def _varied(given: Any, nominal: Bins, sign: int = 1) -> float | Bins | None:
    """A factor, or the yields of each bin; for sign -1 the mirrored change."""
    if given is None:
        return None
    if isinstance(given, VariedYields):
        values = _binned(given.values, len(nominal))
        pairs = zip(nominal, values, strict=True)
        return values if sign > 0 else [2 * value - other for value, other in pairs]
    if isinstance(given, Sequence):
        return [value * (1 + sign * change) for value, change in zip(nominal, given, strict=True)]
    return 1.0 + sign * float(given)
