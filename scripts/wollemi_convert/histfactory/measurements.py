"""The measurements of a HistFactory model: values, ranges and constancy of its parameters."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wollemi_convert.histfactory.document import Document, Measurement, NormFactor
from wollemi_convert.histfactory.statistics import statistics_name
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")

Json = dict[str, Any]

# Range of the luminosity, in its standard deviations, as in pyhf.
LUMINOSITY_RANGE = 5.0
# Factor of samples that are not normalized by theory. It is a modifier because relative errors of
# bins refer to the events before it.
CONSTANT_LUMINOSITY = "constant_luminosity"
GAMMA = re.compile(r"gamma_(.+)_bin_(\d+)")


def measurements_of(
    document: Document, channels: Sequence[Json], factors: Mapping[str, Json]
) -> Iterator[Json]:
    """Each measurement that a workspace can express, once per parameter of interest.

    Args:
        document: Content of the XML.
        channels: Channels of the workspace.
        factors: Settings by name of the free factors of bins.

    Raises:
        WollemiError: No measurement can be expressed.
    """
    kinds, factors = _kinds(channels), {**_norm_factors(document), **factors}
    problems = []
    for item in document.measurements:
        try:
            settings = _settings(item, kinds, factors)
        except WollemiError as error:
            problems.append(error)
            continue
        parameters = [{"name": name, **values} for name, values in settings.items()]
        for poi in item.pois:
            name = item.name if len(item.pois) == 1 else f"{item.name}_{poi}"
            config = {"poi": "lumi" if poi == "Lumi" else poi, "parameters": parameters}
            yield {"name": name, "config": config}
    if len(problems) == len(document.measurements):
        raise problems[0]
    for problem in problems:
        LOGGER.warning("left out: %s: %s", problem.where, problem.problem)


def _kinds(channels: Sequence[Json]) -> dict[str, tuple[str, int]]:
    """Parameter or prefix of bins in ROOT → its name in the workspace and its number of bins."""
    found = {}
    for channel in channels:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                name, kind, bins = item["name"], item["type"], len(sample["data"])
                if kind in ("normsys", "histosys"):
                    found[f"alpha_{name}"] = name, 1
                elif kind in ("normfactor", "lumi"):
                    found["Lumi" if kind == "lumi" else name] = name, 1
                else:
                    found[f"gamma_{name}"] = name, bins
                    if name == statistics_name(channel["name"]):
                        found[f"gamma_stat_{channel['name']}"] = name, bins
    return found


def _norm_factors(document: Document) -> dict[str, Json]:
    """Initial values and ranges of free factors.

    Raises:
        WollemiError: A factor has two values or ranges.
    """
    found: dict[str, Json] = {}
    for channel in document.channels:
        for sample in channel.samples:
            for item in sample.effects:
                if not isinstance(item, NormFactor):
                    continue
                made: Json = {"inits": [item.initial], "bounds": [list(item.bounds)]}
                made |= {"fixed": True} if item.fixed else {}
                if found.setdefault(item.name, made) != made:
                    where = f"channel {channel.name}, sample {sample.name}"
                    problem = f"NormFactor {item.name} has another value or range elsewhere"
                    raise WollemiError(where, problem, "give it one everywhere")
    return found


def _settings(
    item: Measurement, kinds: Mapping[str, tuple[str, int]], factors: Mapping[str, Json]
) -> dict[str, Json]:
    """Settings of the parameters of a measurement.

    Raises:
        WollemiError: A pyhf workspace cannot express the measurement.
    """
    where = f"measurement {item.name}"
    for name, kind in item.constraints.items():
        if f"alpha_{name}" in kinds:
            problem = f"ConstraintTerm makes '{name}' {kind}"
            raise WollemiError(where, problem, "use OverallSys or HistoSys as they are: Gaussian")
    for poi in item.pois:
        if kinds.get(poi, ("", 0))[1] != 1:
            problem = f"its parameter of interest '{poi}' is no NormFactor of the model"
            raise WollemiError(where, problem, "name one")
    if not item.pois:
        raise WollemiError(where, "it has no POI", "name a NormFactor")
    found = {name: dict(values) for name, values in factors.items()}
    if "Lumi" in kinds:
        found = {"lumi": _luminosity(item), **found}
    if CONSTANT_LUMINOSITY in kinds:
        bounds = sorted([0.0, 10 * item.luminosity])
        found[CONSTANT_LUMINOSITY] = {"inits": [item.luminosity], "bounds": [bounds], "fixed": True}
    for root_name, value in item.values.items():
        if here := _scalar(where, root_name, kinds):
            found.setdefault(here, {})["inits"] = [value]
    for name in _fixed(where, item.fixed, kinds):
        found.setdefault(name, {})["fixed"] = True
    return found


def _luminosity(item: Measurement) -> Json:
    width = item.luminosity * item.error
    low, high = (item.luminosity + sign * LUMINOSITY_RANGE * width for sign in (-1, 1))
    made: Json = {"auxdata": [item.luminosity], "inits": [item.luminosity], "sigmas": [width]}
    return made | ({"bounds": [[low, high]]} if width > 0 else {"sigmas": [1.0], "fixed": True})


def _scalar(where: str, name: str, kinds: Mapping[str, tuple[str, int]]) -> str | None:
    """Name in the workspace of a parameter that is not a factor of a bin; None if it is unknown.

    Raises:
        WollemiError: The parameter is a factor of a bin.
    """
    if name in kinds:
        return kinds[name][0]
    if GAMMA.fullmatch(name):
        problem = f"ParamSetting gives '{name}' a value"
        raise WollemiError(where, problem, "take it out: here factors of bins begin at 1")
    LOGGER.warning("%s: ParamSetting of '%s', which is no parameter of the model", where, name)
    return None


def _fixed(where: str, names: frozenset[str], kinds: Mapping[str, tuple[str, int]]) -> list[str]:
    """Names in the workspace of constant parameters.

    Raises:
        WollemiError: Only some bins of a factor are constant.
    """
    found: list[str] = []
    bins: dict[str, set[int]] = {}
    for name in sorted(names):
        match = GAMMA.fullmatch(name)
        if match and f"gamma_{match[1]}" in kinds:
            bins.setdefault(f"gamma_{match[1]}", set()).add(int(match[2]))
        elif name != "Lumi" or "Lumi" in kinds:
            found += [here for here in [_scalar(where, name, kinds)] if here]
    for name, members in bins.items():
        if members != set(range(kinds[name][1])):
            problem = f"ParamSetting makes some bins of '{name}' constant, and others not"
            raise WollemiError(where, problem, "make all of them constant, or none")
        found.append(kinds[name][0])
    return found
