"""Convert the channels of an HS3 document, with the modifiers of HistFactory in pyhf's form."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi_convert.hs3.document import Document, contents, item_of
from wollemi_convert.hs3.widths import EVENTS, widths_of
from wollemi_likelihood.base.errors import WollemiError

Json = Mapping[str, Any]
Modifier = dict[str, Any]

KNOWN = ("histosys", "normfactor", "normsys", "shapefactor", "shapesys", "staterror")
_BIN = re.compile(r"[_\[]?(bin_?)?\d+\]?$")
GAUSS, POISSON = "Gauss", "Poisson"
# pyhf knows one free factor with a normal constraint, by this name.
LUMINOSITY = "lumi"
# Kind → its interpolations in HS3, pyhs3 and ROOT → pyhf's name. ROOT writes 5 for code 4 with
# exponential extrapolation, which ROOT's own default, 4, means for normalizations.
_CODES: dict[str, dict[Any, str]] = {
    "normsys": {"code4": "code4", 4: "code4", 5: "code4", "code1": "code1", 1: "code1"}
    | {"log": "code1", None: "code4"},
    "histosys": {"code4p": "code4p", 4: "code4p", "poly6": "code4p", "code0": "code0", 0: "code0"}
    | {"lin": "code0", None: "code4p"},
}


def channel_of(document: Document, name: str, distribution: Json) -> dict[str, Any]:
    """Convert a channel for a workspace.

    Args:
        document: Document with the distributions of constraints; records the parameters.
        name: Name of the channel.
        distribution: Distribution of the channel.

    Raises:
        WollemiError: The distribution is not HistFactory's, or has modifiers unknown to pyhf.
    """
    if distribution.get("type") != "histfactory_dist":
        problem = f"is of type '{distribution.get('type')}'"
        remedy = "only histfactory_dist is read: pyhf has no other distributions"
        raise WollemiError(f"distribution {distribution['name']}", problem, remedy)
    channel = _Channel(document, name, distribution["samples"])
    return {"name": name, "samples": [channel.sample(item) for item in channel.samples]}


def check_auxiliary(document: Document) -> None:
    """Raise an error for auxiliary distributions that constrain no modifier: they would be lost.

    Args:
        document: The document, with its channels already read.
    """
    for name in document.likelihood.get("aux_distributions") or ():
        if name not in document.constraints:
            problem = "no modifier has it as its constraint"
            remedy = "give it to the modifier of its parameter as constraint_name"
            raise WollemiError(f"aux_distributions, {name}", problem, remedy)


def constraint_channels(document: Document, names: Sequence[str]) -> list[tuple[Json, Json]]:
    """Channels with their observations for Poisson constraints shared by samples: they observe the
    effective events of the simulation, as in `wollemi_convert.histfactory`.

    Args:
        document: Document with its channels already read.
        names: Names of the existing channels.
    """
    made: list[tuple[Json, Json]] = []
    for channel, (factor, events) in document.statistics.items():
        name = f"{factor}_constraint" if factor in names else factor
        modifier = {"name": factor, "type": "shapefactor", "data": None}
        sample = {"name": f"effective_events_{channel}", "data": events, "modifiers": [modifier]}
        made.append(({"name": name, "samples": [sample]}, {"name": name, "data": events}))
    return made


class _Channel:
    """One channel being read."""

    def __init__(self, document: Document, name: str, samples: Sequence[Json]) -> None:
        self._document, self._name = document, name
        samples = [named(sample, place) for place, sample in enumerate(samples)]
        self.samples = samples
        self._events = {item["name"]: contents(item["data"]) for item in samples}
        # Parameters of bins → names of the samples they act on; then the samples with statistics.
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
        if kind not in KNOWN:
            raise WollemiError(where, f"its type is '{kind}'", f"pyhf has {', '.join(KNOWN)}")
        if kind in _CODES:
            self._check_interpolation(where, modifier)
        if kind == "normfactor":
            return self._factor(where, modifier)
        if kind in ("normsys", "histosys"):
            return self._shift(where, sample, modifier)
        if kind == "staterror":
            return self._statistical(where, sample, modifier)
        return self._bins(where, sample, modifier)

    def _where(self, sample: Json, modifier: Json) -> str:
        return f"channel {self._name}, sample {sample['name']}, modifier {modifier.get('name')}"

    def _check_interpolation(self, where: str, modifier: Json) -> None:
        """Record the interpolation of a modifier; a workspace has one per kind of modifier."""
        kind = modifier["type"]
        code = modifier.get("interpolation", modifier["data"].get("interpolation"))
        if code not in _CODES[kind]:
            known = ", ".join(str(name) for name in _CODES[kind] if name is not None)
            raise WollemiError(where, f"interpolates by '{code}'", f"pyhf has {known}")
        name = _CODES[kind][code]
        if self._document.codes.setdefault(kind, name) != name:
            problem = f"interpolates by {name}, another {kind} by {self._document.codes[kind]}"
            raise WollemiError(where, problem, "a workspace of pyhf has one interpolation for all")

    def _called(self, where: str, name: str, members: Sequence[str]) -> str:
        """Record and return the name of parameters in the workspace."""
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

    def _shift(self, where: str, sample: Json, modifier: Json) -> Modifier:
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
        if modifier["type"] == "histosys":
            self._check_templates(where, sample, modifier)
        if modifier["type"] == "normsys":
            return _made("normsys", name, {side: float(data[side]) for side in ("hi", "lo")})
        return _made(
            "histosys", name, {f"{side}_data": contents(data[side]) for side in ("hi", "lo")}
        )

    def _check_templates(self, where: str, sample: Json, modifier: Json) -> None:
        """Raise an error for templates that look like differences, as in an example of HS3."""
        known = {"constraint_name", "constraint_type"} & modifier.keys() or self._document.writer
        sides = [value for side in ("hi", "lo") for value in contents(modifier["data"][side])]
        if not known and min(sides) < 0 <= min(self._events[sample["name"]]):
            problem = "its contents are below 0: templates, or differences from the nominal events?"
            remedy = "write templates, and the program that wrote them in metadata.packages"
            raise WollemiError(where, problem, remedy)

    def _normal(self, where: str, modifier: Json, parameter: str) -> tuple[float, float]:
        """Nominal value and width of a normal constraint."""
        self._document.constraints.add(modifier["constraint_name"])
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
        """Statistical errors of the simulation: one factor per bin for all samples of a channel."""
        kind = modifier.get("constraint_type") or modifier.get("constraint") or self._usual(where)
        if modifier.get("data"):
            return self._own_statistics(where, sample, modifier, kind)
        name, errors = f"staterror_{self._name}", [float(x) for x in sample["data"]["errors"]]
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

    def _usual(self, where: str) -> str:
        """Default constraint of statistics, for documents that do not give it."""
        if self._document.writer is None:
            problem = "has no constraint: Poisson in ROOT, Gauss in pyhs3"
            raise WollemiError(where, problem, 'add "constraint", or metadata.packages')
        return GAUSS if self._document.writer == "pyhs3" else POISSON

    def _own_statistics(self, where: str, sample: Json, modifier: Json, kind: str) -> Modifier:
        """Statistical errors of a single sample (pyhs3's `barlow_beeston_method: full`)."""
        members = _bins(modifier)
        others = [item["name"] for item in self._statistics if item["name"] != sample["name"]]
        shared = any(
            item.get("type") == "staterror" and _bins(item) == members
            for other in self._statistics
            for item in other["modifiers"]
            if other["name"] in others
        )
        if not members or shared or kind not in (GAUSS, POISSON):
            problem = "has uncertainties of its own, and parameters or a constraint that pyhf lacks"
            remedy = "give each sample its own parameters, and the constraint Gauss or Poisson"
            raise WollemiError(where, problem, remedy)
        name = self._called(where, f"staterror_{self._name}_{sample['name']}", members)
        errors = [float(value) for value in modifier["data"]["uncertainties"]]
        return _made("staterror" if kind == GAUSS else "shapesys", name, errors)

    def _bins(self, where: str, sample: Json, modifier: Json) -> Modifier:
        """Factors of bins: normal, Poisson or free."""
        members, events = _bins(modifier), self._events[sample["name"]]
        name = self._called(where, modifier["name"], members)
        values = [float(value) for value in (modifier.get("data") or {}).get("vals") or ()]
        free = not any(values) and not any(map(self._document.is_constant, members))
        if modifier["type"] == "shapefactor" or free:
            return _made("shapefactor", name)
        kind = modifier.get("constraint_type", modifier.get("constraint", POISSON))
        sharing, is_poisson = self._sharing[members], kind == POISSON
        meaning, widths = widths_of(self._document, where, modifier, events, is_poisson=is_poisson)
        if is_poisson and len(sharing) == 1:
            errors = [width * value for width, value in zip(widths, events, strict=True)]
            return _made("shapesys", name, values if meaning == EVENTS else errors)
        if kind != GAUSS:
            problem = f"samples share its constraint '{kind}': {', '.join(sharing)}"
            raise WollemiError(where, problem, "pyhf has Poisson for one sample, else Gauss")
        # The width refers to the sum of the samples, whose errors add up in quadrature.
        totals = [
            sum(self._events[item][place] for item in sharing) for place in range(len(widths))
        ]
        part = 1 / math.sqrt(len(sharing))
        errors = [part * width * total for width, total in zip(widths, totals, strict=True)]
        return _made("staterror", name, errors)


def named(sample: Json, place: int) -> Json:
    """A sample with names for itself and its modifiers, which HS3 does not require.

    Args:
        sample: The sample of a document.
        place: Position of the sample in the channel.
    """
    modifiers = []
    for item in sample.get("modifiers") or ():
        members = [item["parameter"]] if "parameter" in item else item.get("parameters") or [""]
        usual = _BIN.sub("", str(members[0])) or str(members[0])
        modifiers.append({"name": usual, **item})
    return {"name": f"sample_{place}", **sample, "modifiers": modifiers}


def _bins(modifier: Json) -> tuple[str, ...]:
    return tuple(modifier.get("parameters") or ())


def _made(kind: str, name: str, data: Any = None) -> Modifier:
    return {"name": name, "type": kind, "data": data}
