"""Parameters of a HistFactory model, in the order and with the rules of pyhf 0.7.6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.expressions.factors import Factor, parse_factor
from wollemi_likelihood.interpolation import COMBINE

Constraint = Literal["none", "normal", "poisson"]
CellModifiers = Mapping[tuple[str, str], Mapping[str, Any]]

# Modifier type of factors that are expressions, as in pyhf's draft of custom modifiers.
EXPRESSION = "customfunc"

# pyhf registers parameters by modifier type, in this order.
SCALAR_AND_BINNED_TYPES = (
    "histosys",
    "lumi",
    "normfactor",
    "normsys",
    "shapefactor",
    "shapesys",
)
CONFIGURABLE = {
    "histosys": {"inits", "bounds", "fixed", "auxdata"},
    "normsys": {"inits", "bounds", "fixed", "auxdata"},
    "lumi": {"inits", "bounds", "fixed", "auxdata", "sigmas"},
    "normfactor": {"inits", "bounds", "fixed"},
    "shapefactor": {"inits", "bounds", "fixed"},
    "shapesys": {"inits", "bounds", "fixed", "auxdata", "factors"},
    "staterror": {"inits", "bounds", "fixed", "auxdata", "sigmas"},
}


def of_each_bin(name: str) -> str | None:
    """Modifier of a parameter of one bin: `staterror_SR` of `staterror_SR[3]`; None for any other
    parameter.
    """
    modifier, _, place = name.rpartition("[")
    return modifier if modifier and place[:-1].isdecimal() and place.endswith("]") else None


@dataclass(frozen=True)
class Cropping:
    """Limits of a sample in Combine's interpolation.

    Attributes:
        floor: Minimum of a bin before factors in events; None without a floor.
        total: Sum of the bins that cropping preserves in events; None if it is not preserved.
        bin_floor: Minimum expectation of a bin of the channel in events; None without a floor.
        regions: Shape systematic → sigmas within which its interpolation is a polynomial; 1 for all
            others.
    """

    floor: float | None
    total: float | None
    bin_floor: float | None
    regions: Mapping[str, float]


@dataclass(frozen=True)
class Template:
    """One sample of one channel.

    Attributes:
        channel: Name of the channel.
        sample: Name of the sample.
        nominal: Expected events, shape (bins of the channel,).
        modifiers: Modifiers by (name, type).
    """

    channel: str
    sample: str
    nominal: np.ndarray
    modifiers: CellModifiers

    @property
    def cropped(self) -> np.ndarray:
        """Expected events, at least the floor of Combine's interpolation."""
        floor = None if self.cropping is None else self.cropping.floor
        return self.nominal if floor is None else np.maximum(self.nominal, floor)

    @cached_property
    def cropping(self) -> Cropping | None:
        """Limits in Combine's interpolation; None in HistFactory."""
        found = [item["data"] for (_, kind), item in self.modifiers.items() if kind == COMBINE]
        return Cropping(**found[0]) if found else None

    @cached_property
    def expressions(self) -> Mapping[str, Factor]:
        """Factors that are expressions of parameters, sorted by name."""
        return {
            name: parse_factor(modifier["data"]["expr"])
            for (name, kind), modifier in sorted(self.modifiers.items())
            if kind == EXPRESSION
        }


@dataclass(frozen=True)
class ParameterSet:
    """The parameters of one modifier name.

    Attributes:
        name: Name of the modifier.
        scalar: Whether its only parameter is labeled without an index.
        constraint: Shape of the auxiliary measurement.
        inits: Initial values, one per parameter.
        bounds: Lower and upper bounds, one pair per parameter.
        fixed: Whether each parameter is fixed at its initial value.
        auxdata: Auxiliary observations (empty if unconstrained).
        sigmas: Widths of the normal constraints (empty otherwise).
        factors: Rates of the Poisson constraints at parameter 1 (empty otherwise).
    """

    name: str
    scalar: bool
    constraint: Constraint
    inits: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    fixed: tuple[bool, ...]
    auxdata: tuple[float, ...] = ()
    sigmas: tuple[float, ...] = ()
    factors: tuple[float, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the parameters: ``name`` or ``name[bin]``."""
        if self.scalar:
            return (self.name,)
        return tuple(f"{self.name}[{index}]" for index in range(len(self.inits)))


def parameter_sets(
    templates: Sequence[Template], configured: Sequence[Mapping[str, Any]]
) -> tuple[ParameterSet, ...]:
    """Collect the parameter sets of a model in pyhf's order.

    Args:
        templates: Samples ordered by channel, then by sample.
        configured: Parameter settings ``config.parameters`` of the measurement.

    Returns:
        Parameter sets with the settings of the measurement.

    Raises:
        WollemiError: A name is used for incompatible parameters, or a setting is refused.
    """
    settings = {setting["name"]: setting for setting in configured}
    sets: dict[str, ParameterSet] = {}
    for kind, required in _required_sets(templates):
        wanted = _apply_settings(kind, required, settings.get(required.name, {}))
        if sets.setdefault(required.name, wanted) != wanted:
            raise WollemiError(
                f"modifier {required.name}",
                "the name is used for parameters with different constraints, bounds or bins",
                "give modifiers of different types different names",
            )
    if not sets:
        raise WollemiError("workspace", "the model has no parameters", "add at least one modifier")
    return tuple(sets.values())


def _required_sets(templates: Sequence[Template]) -> list[tuple[str, ParameterSet]]:
    required = []
    for kind in SCALAR_AND_BINNED_TYPES:
        first: dict[str, Template] = {}
        for template in templates:
            for name in sorted(n for n, t in template.modifiers if t == kind):
                if name in first:
                    _check_shared(kind, name, first[name], template)
                    continue
                first[name] = template
                required.append((kind, _default_set(kind, name, template)))
    required += [("staterror", _staterror_set(n, templates)) for n in _staterrors(templates)]
    return required + [("normfactor", _free_set(name)) for name in _arguments(templates)]


def _arguments(templates: Sequence[Template]) -> list[str]:
    """Parameters of expressions, in the order of the templates."""
    names = (
        name
        for template in templates
        for modifier in template.expressions.values()
        for name in modifier.names
    )
    return list(dict.fromkeys(names))


def _free_set(name: str) -> ParameterSet:
    return ParameterSet(name, True, "none", (1.0,), ((0.0, 10.0),), (False,))


def _check_shared(kind: str, name: str, first: Template, other: Template) -> None:
    """Refuse sharing that pyhf refuses (shapesys) or silently gets wrong (shapefactor)."""
    if kind == "shapesys":
        remedy = "name the shapesys of each sample and channel differently"
        raise WollemiError(f"modifier {name}", "a shapesys cannot be shared", remedy)
    if kind == "shapefactor" and len(other.nominal) > len(first.nominal):
        raise WollemiError(
            f"modifier {name}",
            f"channel {other.channel} has more bins than {first.channel}, which comes first",
            "share a shapefactor only between channels of equal binning",
        )


def _default_set(kind: str, name: str, template: Template) -> ParameterSet:
    bins = len(template.nominal)
    if kind == "normfactor":
        return _free_set(name)
    if kind == "shapefactor":
        ones, bounds = (1.0,) * bins, ((0.0, 10.0),) * bins
        return ParameterSet(name, False, "none", ones, bounds, (False,) * bins)
    if kind == "shapesys":
        return _shapesys_set(name, template)
    if kind == "lumi":
        # A lumi parameter does not have defaults: NaN reveals a missing setting.
        none, no_bounds = (np.nan,), ((np.nan, np.nan),)
        return ParameterSet(name, True, "normal", none, no_bounds, (False,), none, none)
    zero, bounds = (0.0,), ((-5.0, 5.0),)
    return ParameterSet(name, True, "normal", zero, bounds, (False,), zero, (1.0,))


def _shapesys_set(name: str, template: Template) -> ParameterSet:
    """Poisson constraints with rate (nominal / uncertainty)²; all other bins are fixed."""
    uncertainty = np.asarray(template.modifiers[(name, "shapesys")]["data"], dtype=float)
    valid = (template.nominal > 0) & (uncertainty > 0)
    safe = np.where(valid, uncertainty, 1.0)
    factors = tuple(np.where(valid, template.nominal**2 / safe**2, 1.0).tolist())
    bins = len(factors)
    return ParameterSet(
        name,
        False,
        "poisson",
        (1.0,) * bins,
        ((1e-10, 10.0),) * bins,
        tuple((~valid).tolist()),
        auxdata=factors,
        factors=factors,
    )


def _staterrors(templates: Sequence[Template]) -> list[str]:
    return sorted({n for t in templates for n, kind in t.modifiers if kind == "staterror"})


def _staterror_set(name: str, templates: Sequence[Template]) -> ParameterSet:
    """Normal constraints of width √(Σ uncertainty²) / Σ nominal over samples with the modifier."""
    carriers = [t for t in templates if (name, "staterror") in t.modifiers]
    _check_staterror(name, carriers)
    sigmas: list[float] = []
    for channel in dict.fromkeys(t.channel for t in carriers):
        here = [t for t in carriers if t.channel == channel]
        total = np.sum([t.cropped for t in here], axis=0)
        uncertainties = [t.modifiers[(name, "staterror")]["data"] for t in here]
        variance = np.sum(np.square(np.asarray(uncertainties, dtype=float)), axis=0)
        safe = np.where(total > 0, total, 1.0)
        sigmas += np.where(total > 0, np.sqrt(variance) / safe, 0.0).tolist()
    bins = len(sigmas)
    return ParameterSet(
        name,
        False,
        "normal",
        (1.0,) * bins,
        ((1e-10, 10.0),) * bins,
        tuple(sigma == 0 for sigma in sigmas),
        auxdata=(1.0,) * bins,
        sigmas=tuple(sigma or 1.0 for sigma in sigmas),
    )


def _check_staterror(name: str, carriers: Sequence[Template]) -> None:
    by_sample: dict[str, set[str]] = {}
    for template in carriers:
        by_sample.setdefault(template.sample, set()).add(template.channel)
    if any(channels != by_sample[carriers[0].sample] for channels in by_sample.values()):
        raise WollemiError(
            f"modifier {name}",
            "samples carry this staterror in different channels",
            "name the staterror of each channel differently",
        )


def _as_number(value: Any) -> Any:
    """Convert a JSON setting to floats: an array of integers would truncate fit results."""
    if isinstance(value, list | tuple):
        return tuple(map(float, value))
    return value if isinstance(value, bool) else float(value)


def _apply_settings(kind: str, default: ParameterSet, setting: Mapping[str, Any]) -> ParameterSet:
    where = f"measurement parameter {default.name}"
    count = len(default.inits)
    changes: dict[str, Any] = {}
    for key in sorted(set(setting) - {"name"}):
        value = setting[key]
        if key not in CONFIGURABLE[kind]:
            raise WollemiError(where, f"a {kind} has no setting {key!r}", f"remove {key}")
        values = [value] * count if isinstance(value, bool) else list(value)
        if len(values) != count:
            problem = f"{counted(len(values), 'value')} for {key}, expected {count}"
            raise WollemiError(where, problem, "give one value for each parameter")
        changes[key] = tuple(map(_as_number, values))
    result = replace(default, **changes)
    if np.isnan([*result.inits, *result.bounds[0], *result.auxdata, *result.sigmas]).any():
        remedy = "add inits, bounds, auxdata and sigmas of this parameter to the measurement"
        raise WollemiError(where, "a lumi modifier needs its settings", remedy)
    return result
