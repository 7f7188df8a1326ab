"""A workspace of pyhf as a datacard of Combine: the inverse of reading."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wollemi_convert.datacards.card import Entry
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood, Parameter

Json = Mapping[str, Any]

NAME = re.compile(r"\w+", re.ASCII)
# Relative change of the yield by a histosys. A shape of Combine leaves the yield to a separate
# logarithmic factor: between ±1σ yields are off by at most an eighth of the squared change.
SAME_YIELD = 1e-9
SMALL_YIELD = 1e-2
STATISTICS = ("staterror", "shapesys")


@dataclass
class CardFiles:
    """Content of the files to be written.

    Args:
        text: Text of the card.
        histograms: Path in the ROOT file → events and errors, each of shape (bins,).
        notes: Differences between the workspace and the card.
    """

    text: str = ""
    histograms: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Process:
    """A sample in a channel, with its constant factors multiplied into the events."""

    entry: Entry
    events: Floats
    modifiers: Sequence[Json]
    scale: float


def card_of(workspace: Json, file: str) -> CardFiles:
    """Convert a workspace into a card.

    Args:
        workspace: Workspace of pyhf, with one measurement.
        file: Name of the ROOT file.

    Raises:
        WollemiError: A card cannot express the workspace.
    """
    likelihood = Likelihood.from_workspace(workspace)
    parameters = {item.name: item for item in likelihood.parameters}
    processes = [
        _process(channel["name"], sample, parameters)
        for channel in workspace["channels"]
        for sample in channel["samples"]
    ]
    _check(processes, parameters)
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    made = CardFiles()
    for name, events in observed.items():
        values = np.asarray(events, np.float64)
        made.histograms[f"{name}/data_obs"] = values, np.zeros(values.size)
    statistics = list(_statistics(processes, made))
    lines = [
        *_header(processes, list(observed), likelihood, file),
        *_systematics(processes, made),
        *_factors(processes, likelihood.poi, parameters),
        *statistics,
    ]
    made.text = "\n".join(lines) + "\n"
    return made


def _process(channel: str, sample: Json, parameters: Mapping[str, Parameter]) -> _Process:
    scale, kept = 1.0, []
    for item in sample["modifiers"]:
        parameter = parameters.get(item["name"])
        if item["type"] in ("normfactor", "lumi") and parameter and parameter.fixed:
            scale *= parameter.init
        else:
            kept.append(item)
    events = np.asarray(sample["data"], np.float64) * scale
    return _Process((channel, sample["name"]), events, kept, scale)


def _error(entry: Entry, problem: str, remedy: str) -> WollemiError:
    return WollemiError(f"channel {entry[0]}, sample {entry[1]}", problem, remedy)


def _check(processes: Sequence[_Process], parameters: Mapping[str, Parameter]) -> None:
    """Raise an error if the model cannot be written as a datacard."""
    for item in processes:
        names = [*item.entry, *(modifier["name"] for modifier in item.modifiers)]
        for name in names:
            if not NAME.fullmatch(name) or name == "data_obs":
                problem = f"RooFit takes only letters, digits and _ in names, and not '{name}'"
                raise _error(item.entry, problem, "rename it")
        if (item.events < 0).any():
            raise _error(item.entry, "a bin has less than 0 events", "Combine sets it to 0: do so")
        for modifier in item.modifiers:
            name, kind = modifier["name"], modifier["type"]
            if kind == "shapefactor":
                problem = f"'{name}' is a free factor of each bin"
                raise _error(item.entry, problem, "make each bin a channel, with a normfactor")
            if kind == "lumi":
                problem = "the luminosity is a linear factor with a Gaussian constraint"
                raise _error(item.entry, problem, "write it as normsys, which is lnN")
            parameter = parameters.get(name)
            if kind in ("normsys", "histosys") and parameter is not None:
                if parameter.fixed:
                    problem = f"'{name}' is held at {parameter.init:g}"
                    raise _error(item.entry, problem, "take it out, or let it float")
                if (parameter.nominal, parameter.width) != (0, 1):
                    problem = (
                        f"'{name}' is constrained to {parameter.nominal:g} ± {parameter.width:g}"
                    )
                    raise _error(item.entry, problem, "a card has 0 ± 1 only")


def _header(
    processes: Sequence[_Process], channels: Sequence[str], likelihood: Likelihood, file: str
) -> Iterator[str]:
    signals = _signals(processes, likelihood.poi)
    names = list(dict.fromkeys(item.entry[1] for item in processes))
    backgrounds = [name for name in names if name not in signals]
    numbers = {name: -place for place, name in enumerate(signals)}
    numbers |= {name: place + 1 for place, name in enumerate(backgrounds)}
    low, high = likelihood.bounds[:, likelihood.index[likelihood.poi]]
    yield f"# r is {likelihood.poi}: --rMin {low:g} --rMax {high:g}"
    yield f"imax {len(channels)}"
    yield f"jmax {len(names) - 1}"
    yield "kmax *"
    yield f"shapes * * {file} $CHANNEL/$PROCESS $CHANNEL/$PROCESS_$SYSTEMATIC"
    yield "bin " + " ".join(channels)
    yield "observation" + " -1" * len(channels)
    yield "bin " + " ".join(item.entry[0] for item in processes)
    yield "process " + " ".join(item.entry[1] for item in processes)
    yield "process " + " ".join(str(numbers[item.entry[1]]) for item in processes)
    yield "rate" + " -1" * len(processes)


def _signals(processes: Sequence[_Process], poi: str) -> list[str]:
    """Names of the samples scaled by the parameter of interest.

    Raises:
        WollemiError: The parameter does not scale any sample, or scales one in some channels only.
    """
    scaled = {
        item.entry: any(modifier["name"] == poi for modifier in item.modifiers)
        for item in processes
    }
    signals = list(dict.fromkeys(name for (_, name), is_scaled in scaled.items() if is_scaled))
    if not signals:
        problem = f"the parameter of interest '{poi}' scales no sample"
        raise WollemiError("workspace", problem, "name a normfactor that is not held")
    for (channel, name), is_scaled in scaled.items():
        if name in signals and not is_scaled:
            problem = f"'{poi}' scales this sample elsewhere, and not here"
            raise _error((channel, name), problem, "give it another name here")
    return signals


def _systematics(processes: Sequence[_Process], made: CardFiles) -> Iterator[str]:
    names = dict.fromkeys(
        modifier["name"]
        for item in processes
        for modifier in item.modifiers
        if modifier["type"] in ("normsys", "histosys")
    )
    for name in names:
        found = [
            {
                modifier["type"]: modifier["data"]
                for modifier in item.modifiers
                if modifier["name"] == name
            }
            for item in processes
        ]
        if any("histosys" in effects for effects in found):
            columns = [
                _shape(item, name, effects, made)
                for item, effects in zip(processes, found, strict=True)
            ]
            yield f"{name} shape " + " ".join(columns)
        else:
            columns = [_normalization(effects) for effects in found]
            yield f"{name} lnN " + " ".join(columns)


def _normalization(effects: Json) -> str:
    low, high = _factors_at_one_sigma(effects)
    if low == high == 1:
        return "-"
    return repr(high) if 1 / high == low else f"{low!r}/{high!r}"


def _factors_at_one_sigma(effects: Json) -> tuple[float, float]:
    data = effects.get("normsys", {"lo": 1.0, "hi": 1.0})
    return float(data["lo"]), float(data["hi"])


def _shape(item: _Process, name: str, effects: Json, made: CardFiles) -> str:
    """Write the histograms at ±1σ: shape times the factor of the yield."""
    if not effects or not item.events.any():
        return "-"
    factors = _factors_at_one_sigma(effects)
    data = effects.get("histosys")
    total, none = item.events.sum(), np.zeros(item.events.size)
    for side, key, factor in zip(("Down", "Up"), ("lo_data", "hi_data"), factors, strict=True):
        events = item.events if data is None else np.asarray(data[key], np.float64) * item.scale
        change = float(events.sum() / total - 1)
        if SAME_YIELD < abs(change) <= SMALL_YIELD:
            note = f"{'/'.join(item.entry)}: histosys {name} changes the yield by {change:+.2g}"
            made.notes.append(f"{note}, which Combine interpolates by its logarithm")
        if abs(change) > SMALL_YIELD:
            problem = f"histosys '{name}' changes the yield by {change:+.2g}"
            remedy = "Combine has a factor beside the shape: split it into normsys and histosys"
            raise _error(item.entry, problem, remedy)
        if (events < 0).any():
            raise _error(item.entry, f"'{name}' has a bin below 0", "Combine sets it to 0: do so")
        made.histograms[f"{item.entry[0]}/{item.entry[1]}_{name}{side}"] = events * factor, none
    return "1"


def _factors(
    processes: Sequence[_Process], poi: str, parameters: Mapping[str, Parameter]
) -> Iterator[str]:
    for item in processes:
        for modifier in item.modifiers:
            name = modifier["name"]
            if modifier["type"] == "normfactor" and name != poi:
                low, high = map(float, parameters[name].bounds)
                initial = float(parameters[name].init)
                place = " ".join(item.entry)
                yield f"{name} rateParam {place} {initial!r} [{low!r},{high!r}]"


def _statistics(processes: Sequence[_Process], made: CardFiles) -> Iterator[str]:
    """The nominal histograms with their errors, and one line per channel with errors.

    Raises:
        WollemiError: A channel has both kinds of errors, or a Poisson error above the yield.
    """
    for channel in dict.fromkeys(item.entry[0] for item in processes):
        members = [item for item in processes if item.entry[0] == channel]
        kinds: set[str] = set()
        largest, names = 0.0, []
        for item in members:
            found = [modifier for modifier in item.modifiers if modifier["type"] in STATISTICS]
            kinds |= {modifier["type"] for modifier in found}
            names += [modifier["name"] for modifier in found]
            if len(found) > 1 or len(kinds) > 1:
                problem = "the statistics have staterror and shapesys, or two of them"
                remedy = "a card has one kind a channel, by the errors of its histograms: leave one"
                raise _error(item.entry, problem, remedy)
            errors = np.zeros(item.events.size)
            if found:
                errors = np.asarray(found[0]["data"], np.float64) * item.scale
            if "shapesys" in kinds and (errors > item.events).any():
                problem = f"an error of '{found[0]['name']}' is above its events"
                raise _error(item.entry, problem, "Combine takes it as Gaussian: use staterror")
            known = errors > 0
            worth = np.where(known, item.events, 0) / np.where(known, errors, 1)
            largest = max(largest, float((worth**2).max(initial=0.0)))
            made.histograms["/".join(item.entry)] = item.events, errors
        if "shapesys" in kinds:
            yield f"{channel} autoMCStats {10 * (int(largest) + 1)} 1"
            made.notes.append(f"{channel}: Combine rounds effective events to whole numbers")
        elif kinds:
            yield f"{channel} autoMCStats 0 1"
            if len(set(names)) < len(names):
                made.notes.append(
                    f"{channel}: statistics of all samples together (staterror) become those of "
                    "each: the same spread, but for large normalizations"
                )
