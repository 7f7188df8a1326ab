"""The channels of a document of HS3, with the modifiers of HistFactory as pyhf has them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi.base.errors import WollemiError
from wollemi.hs3.document import Document, contents, item_of

Json = Mapping[str, Any]
Modifier = dict[str, Any]

KNOWN = ("histosys", "normfactor", "normsys", "shapefactor", "shapesys", "staterror")
GAUSS, POISSON = "Gauss", "Poisson"
# pyhf knows one free factor with a normal constraint, by this name.
LUMINOSITY = "lumi"
# Kind → codes of HistFactory's interpolation, a polynomial inside of ±1σ. ROOT writes 5 where it
# goes on exponentially, which its own default, 4, means for normalizations.
_CODES = {"normsys": (None, 4, 5), "histosys": (None, 4)}


def channel_of(document: Document, name: str, distribution: Json) -> dict[str, Any]:
    """A channel of a workspace.

    Args:
        document: with the distributions of constraints; learns of the parameters.
        name: of the channel.
        distribution: of the channel.

    Raises:
        WollemiError: it is not HistFactory's, or has modifiers that pyhf does not have.
    """
    if distribution.get("type") != "histfactory_dist":
        problem = f"is of type '{distribution.get('type')}'"
        remedy = "only histfactory_dist is read: pyhf has no other distributions"
        raise WollemiError(f"distribution {distribution['name']}", problem, remedy)
    channel = _Channel(document, name, distribution["samples"])
    return {"name": name, "samples": [channel.sample(item) for item in distribution["samples"]]}


def constraint_channels(document: Document, names: Sequence[str]) -> list[tuple[Json, Json]]:
    """Channels, each with its observation, that are the Poisson constraints which samples share:
    they observe the effective events of the simulation, as `wollemi.histfactory` writes them.

    Args:
        document: what was found in it.
        names: of the channels that are there.
    """
    made: list[tuple[Json, Json]] = []
    for channel, (factor, events) in document.statistics.items():
        name = f"{factor}_constraint" if factor in names else factor
        modifier = {"name": factor, "type": "shapefactor", "data": None}
        sample = {"name": f"effective_events_{channel}", "data": events, "modifiers": [modifier]}
        made.append(({"name": name, "samples": [sample]}, {"name": name, "data": events}))
    return made


class _Channel:
    """One channel while it is read."""

    def __init__(self, document: Document, name: str, samples: Sequence[Json]) -> None:
        self._document, self._name = document, name
        self._events = {item["name"]: contents(item["data"]) for item in samples}
        # Parameters of bins → the samples that they act on, and those with statistics.
        self._sharing: dict[tuple[str, ...], list[str]] = {}
        self._statistics = [
            item
            for item in samples
            if any(modifier["type"] == "staterror" for modifier in item.get("modifiers") or ())
        ]
        for item in samples:
            for modifier in item.get("modifiers") or ():
                if modifier["type"] == "shapesys":
                    self._sharing.setdefault(_bins(modifier), []).append(item["name"])

    def sample(self, item: Json) -> dict[str, Any]:
        """A sample of the workspace."""
        made = [self._modifier(item, modifier) for modifier in item.get("modifiers") or ()]
        return {"name": item["name"], "data": self._events[item["name"]], "modifiers": made}

    def _modifier(self, sample: Json, modifier: Json) -> Modifier:
        kind, where = modifier["type"], self._where(sample, modifier)
        code = modifier.get("interpolation")
        if kind not in KNOWN or code not in _CODES.get(kind, (None,)):
            problem = f"its type is '{kind}'" if kind not in KNOWN else f"interpolates by '{code}'"
            remedy = f"pyhf has {', '.join(KNOWN)}, with the interpolation of HistFactory"
            raise WollemiError(where, problem, remedy)
        if kind == "normfactor":
            return self._factor(where, modifier)
        if kind in ("normsys", "histosys"):
            return self._shift(where, modifier)
        if kind == "staterror":
            return self._statistical(where, sample, modifier)
        return self._bins(where, sample, modifier)

    def _where(self, sample: Json, modifier: Json) -> str:
        return f"channel {self._name}, sample {sample['name']}, modifier {modifier.get('name')}"

    def _called(self, where: str, name: str, members: Sequence[str]) -> str:
        """The name of parameters in the workspace, noted."""
        if self._document.members.setdefault(name, tuple(members)) != tuple(members):
            problem = f"'{name}' would be two different parameters of the workspace"
            raise WollemiError(where, problem, "rename one of them")
        if len(members) == 1 and members[0] != name:
            self._document.renamed[members[0]] = name
        return name

    def _factor(self, where: str, modifier: Json) -> Modifier:
        parameter = modifier.get("parameter", modifier["name"])
        if not modifier.get("constraint_name"):
            return _made("normfactor", self._called(where, parameter, [parameter]))
        nominal, self._document.luminosity = self._normal(where, modifier, parameter)
        self._document.nominals[LUMINOSITY] = nominal
        return _made("lumi", self._called(where, LUMINOSITY, [parameter]))

    def _shift(self, where: str, modifier: Json) -> Modifier:
        parameter = modifier.get("parameter", f"alpha_{modifier['name']}")
        kind = modifier.get("constraint_type", modifier.get("constraint", GAUSS))
        nominal, width = 0.0, 1.0
        if modifier.get("constraint_name"):
            nominal, width = self._normal(where, modifier, parameter)
        if kind not in (GAUSS, modifier.get("constraint_name")) or width != 1:
            problem = (
                f"the constraint of '{parameter}' is not normal with width 1 ({kind}, {width:g})"
            )
            raise WollemiError(where, problem, "pyhf has no other: write it as a normal one")
        name = self._called(where, parameter.removeprefix("alpha_"), [parameter])
        self._document.nominals[name] = nominal
        data = modifier["data"]
        if modifier["type"] == "normsys":
            return _made("normsys", name, {side: float(data[side]) for side in ("hi", "lo")})
        return _made(
            "histosys", name, {f"{side}_data": contents(data[side]) for side in ("hi", "lo")}
        )

    def _normal(self, where: str, modifier: Json, parameter: str) -> tuple[float, float]:
        """Nominal value and width of a normal constraint."""
        found = item_of("constraint", self._document.distributions, modifier["constraint_name"])
        sides = {found.get("x"), found.get("mean")}
        if found.get("type") != "gaussian_dist" or parameter not in sides:
            problem = f"its constraint '{found['name']}' is of type '{found.get('type')}'"
            raise WollemiError(where, problem, f"pyhf has a gaussian_dist of '{parameter}'")
        (nominal,) = sides - {parameter}
        return self._number(nominal), self._number(found["sigma"])

    def _number(self, value: Any) -> float:
        return self._document.value(value) if isinstance(value, str) else float(value)

    def _statistical(self, where: str, sample: Json, modifier: Json) -> Modifier:
        """The statistics of the simulation, of which all samples of a channel have one factor."""
        name, errors = f"staterror_{self._name}", [float(x) for x in sample["data"]["errors"]]
        kind = modifier.get("constraint_type", modifier.get("constraint", POISSON))
        self._called(where, name, _bins(modifier) or (name,))
        if kind == GAUSS:
            return _made("staterror", name, errors)
        if kind != POISSON:
            raise WollemiError(where, f"its constraint is '{kind}'", "pyhf has Gauss and Poisson")
        if len(self._statistics) == 1:
            return _made("shapesys", name, errors)
        squares = [
            sum(item["data"]["errors"][place] ** 2 for item in self._statistics)
            for place in range(len(errors))
        ]
        if not all(squares):
            problem = "a bin without statistical error has a Poisson constraint that samples share"
            raise WollemiError(where, problem, "leave the channel's constraints Gaussian")
        totals = [
            sum(item["data"]["contents"][place] for item in self._statistics)
            for place in range(len(errors))
        ]
        events = [total**2 / square for total, square in zip(totals, squares, strict=True)]
        self._document.statistics[self._name] = (name, events)
        return _made("shapefactor", name)

    def _bins(self, where: str, sample: Json, modifier: Json) -> Modifier:
        """Factors of bins, with relative widths: normal, Poisson or free."""
        members, events = _bins(modifier), self._events[sample["name"]]
        name = self._called(where, modifier["name"], members)
        widths = [float(value) for value in (modifier.get("data") or {}).get("vals") or ()]
        free = not any(widths) and not any(map(self._document.is_constant, members))
        if modifier["type"] == "shapefactor" or free:
            return _made("shapefactor", name)
        kind = modifier.get("constraint_type", modifier.get("constraint"))
        sharing = self._sharing[members]
        if kind == POISSON and len(sharing) == 1:
            errors = [width * value for width, value in zip(widths, events, strict=True)]
            return _made("shapesys", name, errors)
        if kind != GAUSS:
            problem = f"samples share its constraint '{kind}': {', '.join(sharing)}"
            raise WollemiError(where, problem, "pyhf has Poisson for one sample, else Gauss")
        # The width is that of the sum of the samples, whose errors add up in quadrature.
        totals = [
            sum(self._events[item][place] for item in sharing) for place in range(len(widths))
        ]
        part = 1 / math.sqrt(len(sharing))
        errors = [part * width * total for width, total in zip(widths, totals, strict=True)]
        return _made("staterror", name, errors)


def _bins(modifier: Json) -> tuple[str, ...]:
    return tuple(modifier.get("parameters") or ())


def _made(kind: str, name: str, data: Any = None) -> Modifier:
    return {"name": name, "type": kind, "data": data}
