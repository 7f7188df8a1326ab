"""Check that a sample added to a likelihood is a valid HistFactory sample: numbers, lengths, names
and modifiers.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wollemi_likelihood.base.nearest import did_you_mean

# Names of samples, modifiers and patches; they appear in pages and file names.
NAME = re.compile(r"\w[\w .:,+=()\[\]-]{0,199}")
# Type of a modifier → keys of its data, if any.
_KEYS: dict[str, tuple[str, ...]] = {
    "histosys": ("hi_data", "lo_data"),
    "lumi": (),
    "normfactor": (),
    "normsys": ("hi", "lo"),
    "shapefactor": (),
    "shapesys": (),
    "staterror": (),
}
_OF_BINS = ("shapesys", "staterror")
_LARGEST = 1e12


def parameter_kinds(workspace: Mapping[str, Any]) -> dict[str, set[str]]:
    """Types of modifiers in a workspace by name."""
    kinds: dict[str, set[str]] = {}
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                kinds.setdefault(item["name"], set()).add(item["type"])
    return kinds


def wrong_length(count: int | None, bins: int) -> str:
    """Describe the given and the required number of values.

    Args:
        count: Number of values; None if they are not a list.
        bins: Number of bins of the channel.
    """
    numbers = "no list of numbers" if count is None else f"{count} number{'s' * (count != 1)}"
    return f"{numbers}, but the channel has {bins} bin{'s' * (bins != 1)}"


def yield_problems(place: str, values: Any, bins: int) -> Iterator[str]:
    """Problems with the events of a channel.

    Args:
        place: Name of the channel, for the message.
        values: Events, one number per bin, 0 or more.
        bins: Number of bins of the channel.
    """
    if not isinstance(values, list) or len(values) != bins:
        yield f"{place}: {wrong_length(len(values) if isinstance(values, list) else None, bins)}"
    elif not all(map(_is_number, values)):
        yield f"{place}: a yield is not a finite number"
    elif min(values) < 0:
        yield (
            f"{place}: the yield of bin {values.index(min(values)) + 1} is negative: "
            f"{min(values):g}"
        )


def modifier_problems(
    place: str, modifiers: Sequence[Mapping[str, Any]], bins: int, kinds: Mapping[str, set[str]]
) -> Iterator[str]:
    """Problems with the modifiers of a sample.

    Args:
        place: Name of the channel, for the message.
        modifiers: Modifiers in HistFactory JSON.
        bins: Number of bins of the channel.
        kinds: Types in the likelihood by name of the modifier: a parameter has one constraint.
    """
    pairs = [(item["name"], item["type"]) for item in modifiers]
    yield from (
        f"{place}: modifier '{name}' appears there twice as {kind}"
        for name, kind in sorted(_repeated(pairs))
    )
    for item in modifiers:
        name, kind = item["name"], item["type"]
        if kind not in _KEYS:
            yield f"{place}: '{kind}' is not a type of a modifier{did_you_mean(str(kind), _KEYS)}"
            continue
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f"{place}: a modifier has the name {name!r}, which may not be in files and pages"
        elif not _compatible(kind, kinds.get(name, {kind})):
            yield (
                f"{place}: modifier '{name}' is a {kind}, but a "
                f"{' and '.join(sorted(kinds[name] - {kind}))} elsewhere"
            )
        problem = _data_problem(kind, item.get("data"), bins)
        if problem or item.keys() - {"name", "type", "data"}:
            yield f"{place}: modifier '{name}': {problem or 'has more than name, type and data'}"


def _repeated(pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    return {pair for pair in pairs if pairs.count(pair) > 1}


def _compatible(kind: str, others: set[str]) -> bool:
    """Whether types may share a parameter, as only a histosys and a normsys can."""
    shared = {"histosys", "normsys"}
    return {kind} | others <= shared if kind in shared else others == {kind}


def _data_problem(kind: str, data: Any, bins: int) -> str | None:
    if kind in _OF_BINS:
        return (
            None
            if _are_numbers(data, bins) and min(data) >= 0
            else f"its data are {bins} numbers, one per bin, none negative"
        )
    keys = _KEYS[kind]
    if not keys:
        return None if data is None else f"a {kind} has no data"
    if not isinstance(data, Mapping) or set(data) != set(keys):
        return f"its data are {' and '.join(keys)}"
    if kind == "normsys":
        sound = all(_is_number(data[key]) and data[key] > 0 for key in keys)
        return (
            None
            if sound
            else f"hi and lo are factors above 0, not {data['hi']!r:.40} and {data['lo']!r:.40}"
        )
    sound = all(_are_numbers(data[key], bins) and min(data[key]) >= 0 for key in keys)
    return (
        None
        if sound
        else f"hi_data and lo_data are {bins} numbers each, one per bin, none negative"
    )


def _are_numbers(values: Any, count: int) -> bool:
    return isinstance(values, list) and len(values) == count and all(map(_is_number, values))


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) < _LARGEST
    )
