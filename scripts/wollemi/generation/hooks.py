"""Events produced by a function of the analysis, in the form of an event file."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import awkward as ak
import numpy as np

from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

Make = Callable[..., Mapping[str, Any]]
EVENT_NAMES = ("run", "luminosityBlock", "event")


def make_events(
    make: Make, options: Mapping[str, Any], seed: int, events: int, *, numbered: bool
) -> ak.Array:
    """Call the function, check its result, and group the branches of a collection.

    Args:
        make: Function `make(random, events, **options)` → branch → values (events,) or lists of
            values (events, var).
        options: Named arguments of the function.
        seed: Seed of the random numbers, `numpy.random.Generator(numpy.random.PCG64(seed))`.
        events: Number of events.
        numbered: Whether to number the events if the function does not: run `seed`, luminosity
            block 1, events from 1.

    Returns:
        Records (events,): numbers, or collections (`Jet`) as records (events, var) of the branches
            `Jet_pt` …

    Raises:
        WollemiError: An option is unknown to the function, or branches do not fit together.
    """
    where = f"hook {make.__name__}"
    _check_options(make, options, where)
    given: object = make(np.random.Generator(np.random.PCG64(seed)), events, **options)
    if not isinstance(given, Mapping) or not given:
        raise WollemiError(
            where,
            f"gives {type(given).__name__}, not branches",
            "return a dictionary: branch → array",
        )
    branches = {name: _branch(name, values, events, where) for name, values in given.items()}
    if numbered:
        branches = _event_names(seed, events) | branches
    return ak.zip(_collections(branches, where), depth_limit=1)


def _check_options(make: Make, options: Mapping[str, Any], where: str) -> None:
    """Require an argument for every option, and an option for every argument without a default."""
    _, _, *named = inspect.signature(make).parameters.values()
    names = [item.name for item in named if item.kind is not inspect.Parameter.VAR_KEYWORD]
    if len(names) == len(named):
        for unknown in options.keys() - names:
            problem = f"takes no option '{unknown}'{did_you_mean(unknown, names)}"
            raise WollemiError(
                where, problem, "correct generate.options, or add the argument to the function"
            )
    needed = [item.name for item in named if item.default is item.empty and item.name in names]
    for missing in sorted(needed - options.keys()):
        raise WollemiError(
            where,
            f"needs the option '{missing}'",
            "add it to generate.options, or give the argument a default",
        )


def _branch(name: str, values: Any, events: int, where: str) -> ak.Array:
    """A branch as an awkward array of numbers (events,) or (events, var)."""
    array = ak.from_regular(ak.Array(values), axis=None)
    if len(array) != events:
        raise WollemiError(
            where,
            f"branch '{name}' has {counted(len(array), 'value')} for {counted(events, 'event')}",
            "give one per event",
        )
    kind = str(array.type.content).removeprefix("var * ")
    if not kind.startswith(("bool", "int", "uint", "float32", "float64")):
        remedy = "give numbers: one per event, or a list of them"
        raise WollemiError(where, f"branch '{name}' has values of type {kind}", remedy)
    return ak.to_packed(array)


def _event_names(seed: int, events: int) -> dict[str, ak.Array]:
    """Run, luminosity block and event number, as `generate_events` sets them for Pythia."""
    numbers = (
        np.full(events, seed, np.uint32),
        np.ones(events, np.uint32),
        np.arange(1, events + 1, dtype=np.uint64),
    )
    return dict(zip(EVENT_NAMES, map(ak.Array, numbers), strict=True))


def _collections(branches: Mapping[str, ak.Array], where: str) -> dict[str, ak.Array]:
    """Merge list branches of the same prefix into one collection, at the position of the first."""
    columns: dict[str, Any] = {}
    for name, array in branches.items():
        prefix, _, field = name.partition("_")
        if array.ndim == 2 and field:
            columns.setdefault(prefix, {})[field] = array
        else:
            columns[name] = array
    return {
        name: _zipped(name, item, where) if isinstance(item, dict) else item
        for name, item in columns.items()
    }


def _zipped(prefix: str, fields: Mapping[str, ak.Array], where: str) -> ak.Array:
    first, *others = fields
    for other in others:
        if not ak.all(ak.num(fields[first]) == ak.num(fields[other])):
            problem = (
                f"the lists of '{prefix}_{first}' and '{prefix}_{other}' have different lengths"
            )
            raise WollemiError(
                where, problem, "branches of one collection have one value for each of its objects"
            )
    return ak.zip(dict(fields), depth_limit=2)
