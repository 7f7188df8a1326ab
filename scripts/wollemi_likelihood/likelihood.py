"""The likelihood of a pyhf workspace: density, expected events, auxiliary measurements.

The model is HistFactory (CERN-OPEN-2012-016) with the modifiers and conventions of pyhf 0.7.6:
``logpdf`` agrees with ``pyhf.Model``.
"""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.base.progress import reported
from wollemi_likelihood.compiled import CompiledModel, PackedData, address, compiled
from wollemi_likelihood.expressions.factors import Factor, degree
from wollemi_likelihood.flattening import build_model
from wollemi_likelihood.kernels.evaluation import expect, half_deviance
from wollemi_likelihood.kernels.records import SMALLEST_BELOW_ZERO, SMALLEST_EXPECTATION, Model
from wollemi_likelihood.parameters import Constraint, ParameterSet, parameter_sets
from wollemi_likelihood.pyhf_workspace import read_workspace
from wollemi_likelihood.regularization import Penalties, penalties_in
from wollemi_likelihood.terms import (
    Constraints,
    constraints_of,
    saturated_logpdf,
    shares,
)

LOGGER = logging.getLogger("wollemi")
Drawn = TypeVar("Drawn")
Value = TypeVar("Value")
# Expected events of a bin; fits along walls are at most this far below 0.
NO_EVENTS = 1e-6


@dataclass(frozen=True)
class Parameter:
    """One element of the parameter vector.

    Attributes:
        name: Name of the modifier, with ``[bin]`` if it has one parameter per bin.
        init: Initial value.
        bounds: Lower and upper bound.
        fixed: Whether the parameter is fixed at its initial value.
        constraint: Shape of its auxiliary measurement.
        nominal: Value that the auxiliary measurement prefers; the initial value without one.
        width: Standard deviation of the auxiliary measurement; 0 without one.
    """

    name: str
    init: float
    bounds: tuple[float, float]
    fixed: bool
    constraint: Constraint
    nominal: float
    width: float


@dataclass(frozen=True)
class Data:
    """Observations of a likelihood.

    Attributes:
        main: Observed events per bin, shape (bins,).
        auxiliary: Auxiliary observations in the order of the constrained parameters.
    """

    main: np.ndarray
    auxiliary: np.ndarray


@dataclass(frozen=True)
class Likelihood:
    """A likelihood with its data.

    Attributes:
        parameters: Parameters in pyhf's order.
        poi: Name of the parameter of interest; empty without one.
        channels: Bins of each channel, channels in alphabetical order.
        samples: Sample names in alphabetical order.
        data: Observed data of the workspace.
        model: Model as flat arrays.
        constraints: Auxiliary measurements.
        others: Further parameters of interest, each for a separate signal.
        assumed: Parameter → value in the Asimov data of expected results, if it is not the default.
        factors: Factors that are expressions of parameters.
    """

    parameters: tuple[Parameter, ...]
    poi: str
    channels: Mapping[str, slice]
    samples: tuple[str, ...]
    data: Data
    model: CompiledModel
    constraints: Constraints
    others: tuple[str, ...] = ()
    assumed: Mapping[str, float] = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()

    @classmethod
    def from_workspace(cls, workspace: Mapping[str, Any], measurement: str | None = None) -> Self:
        """Build the likelihood of one measurement of a pyhf workspace.

        Args:
            workspace: Workspace of the pyhf 1.0.0 specification.
            measurement: Name of the measurement; the first one by default.

        Returns:
            Likelihood of the measurement.

        Raises:
            WollemiError: The workspace is inconsistent or contains an unknown modifier.
        """
        content = read_workspace(workspace, measurement)
        sets = parameter_sets(content.templates, content.settings)
        auxiliary = np.array([value for s in sets for value in s.auxdata], dtype=float)
        constraints, channels = constraints_of(sets), content.channels
        model = build_model(
            content.templates,
            sets,
            channels,
            content.samples,
            constraints,
            content.interpolation,
            penalties_in(content.settings),
        )
        likelihood = cls(
            parameters=tuple(p for s in sets for p in _parameters(s)),
            poi=content.poi,
            channels=channels,
            samples=content.samples,
            data=Data(content.observations, auxiliary),
            model=CompiledModel(model),
            constraints=constraints,
            factors=tuple(
                factor for item in content.templates for factor in item.expressions.values()
            ),
        )
        if content.poi and content.poi not in likelihood.index:
            problem = f"the parameter of interest {content.poi!r} is not a scalar parameter"
            raise WollemiError("workspace measurement", problem, "name a normfactor of the model")
        return likelihood

    @property
    def pois(self) -> tuple[str, ...]:
        """All parameters of interest."""
        return (self.poi, *self.others)

    @cached_property
    def couplings(self) -> tuple[str, ...]:
        """Parameters to which an expression is not proportional: the likelihood may have several
        minima in them.
        """
        names = {name for item in self.factors for name in item.names if degree(item, name) != 1}
        return tuple(name for name in self.index if name in names)

    @cached_property
    def bends(self) -> np.ndarray:
        """Second differences of the expected events at -1, 0 and 1 standard deviation of each
        systematic, shape (parameters, bins).
        """
        return _second_differences(self.model.model)

    @property
    def penalties(self) -> Penalties | None:
        """Penalties on differences of parameters, or None."""
        model = self.model.model
        if not model.penalties:
            return None
        return Penalties(model.penalty_begin, model.penalty_parameter, model.penalty_coefficient)

    def penalty(self, parameters: np.ndarray) -> float:
        """Contribution of penalties to -2 ln L."""
        if self.penalties is None:
            return 0.0
        matrix = self.penalties.matrix(len(parameters))
        return float(product(parameters, matrix, parameters))

    @cached_property
    def kinks(self) -> Mapping[int, np.ndarray]:
        """Position of a parameter → its values at which expectations have a kink, ascending:
        nominal values of systematics in some interpolation codes, and templates of morphing.
        """
        model = self.model.model
        found: dict[int, set[float]] = {}
        if model.exponential == 1:
            found |= {int(place): {0.0} for place in model.normsys_parameter}
        if model.linear:
            found |= {int(place): {0.0} for place in model.shifting_parameter}
        for factor in self.factors:
            for name, value in factor.kinks:
                found.setdefault(self.index[name], set()).add(value)
        return {place: np.array(sorted(values)) for place, values in found.items()}

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position of each parameter name in the parameter vector."""
        return {parameter.name: index for index, parameter in enumerate(self.parameters)}

    @cached_property
    def names(self) -> np.ndarray:
        """Names of the parameters, shape (parameters,)."""
        return np.array([parameter.name for parameter in self.parameters], dtype=object)

    @cached_property
    def inits(self) -> np.ndarray:
        """Initial values, shape (parameters,)."""
        return np.array([parameter.init for parameter in self.parameters])

    @cached_property
    def bounds(self) -> np.ndarray:
        """Lower and upper bounds, shape (2, parameters)."""
        return np.array([parameter.bounds for parameter in self.parameters]).T

    @cached_property
    def fixed(self) -> np.ndarray:
        """Whether each parameter is fixed at its initial value, shape (parameters,)."""
        return np.array([parameter.fixed for parameter in self.parameters])

    @cached_property
    def unconstrained(self) -> np.ndarray:
        """Whether each parameter may move and has no auxiliary measurement, shape (parameters,)."""
        free = [item.constraint == "none" and not item.fixed for item in self.parameters]
        return np.array(free, dtype=bool)

    @property
    def observations(self) -> np.ndarray:
        """Observed events per bin, shape (bins,)."""
        return self.data.main

    @property
    def auxdata(self) -> np.ndarray:
        """Auxiliary observations in the order of the constrained parameters."""
        return self.data.auxiliary

    def logpdf(self, parameters: np.ndarray, data: Data | None = None) -> float:
        """Natural logarithm of the probability density of the data.

        Args:
            parameters: Parameter values, shape (parameters,).
            data: Data to use instead of the observed data, for example a toy.

        Returns:
            Logarithm of the density; minus infinity where an expectation is negative.
        """
        data = data or self.data
        values, work = np.ascontiguousarray(parameters, dtype=float), self.model.work()
        packed = PackedData(data.main, data.auxiliary)
        deviance = self.model.call(half_deviance, packed, work, values)
        expected = np.maximum(work["expected"], self.model.model.bin_floor)
        if (expected < SMALLEST_BELOW_ZERO).any():
            return -math.inf
        saturated = saturated_logpdf(self.constraints, data.main, data.auxiliary)
        return saturated - float(deviance)

    def expected(self, parameters: np.ndarray) -> np.ndarray:
        """Expected events per bin, shape (bins,)."""
        total = np.asarray(self.expected_by_sample(parameters).sum(axis=0))
        return np.asarray(np.maximum(total, self.model.model.bin_floor))

    def bin_names(self, places: np.ndarray) -> list[str]:
        """Names of bins, such as `SR[0]`.

        Args:
            places: Indices among all bins.
        """
        return [
            f"{channel}[{index - bins.start}]"
            for channel, bins in self.channels.items()
            for index in places
            if bins.start <= index < bins.stop
        ]

    def expected_by_sample(self, parameters: np.ndarray) -> np.ndarray:
        """Expected events per sample and bin, shape (samples, bins)."""
        values, work = np.ascontiguousarray(parameters, dtype=float), self.model.work()
        compiled(expect)(self.model.address, work.address, address(values))
        cells, model = work["cells"], self.model.model
        result = np.zeros(len(self.samples) * model.bins)
        # The kernels replace factors of 0 by tiny ones.
        result[model.place] = np.where(np.abs(cells) < SMALLEST_EXPECTATION, 0.0, cells)
        if model.spreads:
            np.add.at(result, *shares(model, work["product"], work["spread_pull"]))
        return result.reshape(-1, model.bins)

    def expected_auxiliary(self, parameters: np.ndarray) -> np.ndarray:
        """Expected auxiliary observations, in the order of ``auxdata``."""
        constraints = self.constraints
        result = np.empty(len(self.auxdata))
        result[constraints.normal_auxiliary] = parameters[constraints.normal_parameter]
        rates = parameters[constraints.poisson_parameter] * constraints.poisson_rate
        result[constraints.poisson_auxiliary] = rates
        return result

    def asimov(self, parameters: np.ndarray) -> Data:
        """Data equal to their expectation at these parameters (arXiv:1007.1727, section 3.2)."""
        expected = np.maximum(self.expected(parameters), 0.0)
        return Data(expected, self.expected_auxiliary(parameters))

    def toy(self, parameters: np.ndarray, generator: np.random.Generator) -> Data:
        """Draw random main and auxiliary data from the model at the given parameters."""
        return self.toys(parameters, generator, 1)[0]

    def numbered_toys(
        self, parameters: np.ndarray, seed: Sequence[int], numbers: Sequence[int]
    ) -> Iterator[tuple[int, Data]]:
        """Draw toys whose random numbers depend on the seed and the toy's number: the toys are the
        same in any number of batches.
        """
        for number in reported(numbers, "toys"):
            yield number, self.toy(parameters, np.random.default_rng([*seed, number]))

    def toys(
        self, parameters: np.ndarray, generator: np.random.Generator, number: int
    ) -> list[Data]:
        """Draw several data sets like ``toy``; half of the time of one toy is the expectation.

        Raises:
            WollemiError: A bin expects fewer than 0 events, beyond the accuracy of fits.
        """
        constraints = self.constraints
        expected, mean = self.expected(parameters), self.expected_auxiliary(parameters)
        negative = np.flatnonzero(expected < -NO_EVENTS)
        if negative.size:
            problem = f"toys need an expectation, and it is {expected.min():.3g} at the lowest"
            remedy = "throw toys at parameters where no bin is negative, or merge these bins"
            raise WollemiError(f"bins {', '.join(self.bin_names(negative))}", problem, remedy)
        expected = np.maximum(expected, 0.0)
        normal, poisson = constraints.normal_auxiliary, constraints.poisson_auxiliary
        main = generator.poisson(expected, (number, len(expected))).astype(float)
        auxiliary = np.tile(mean, (number, 1))
        size = (number, len(normal))
        auxiliary[:, normal] = generator.normal(mean[normal], constraints.normal_width, size)
        auxiliary[:, poisson] = generator.poisson(mean[poisson], (number, len(poisson)))
        return [Data(*drawn) for drawn in zip(main, auxiliary, strict=True)]


def toy_values(
    toys: Iterable[tuple[int, Drawn]], value: Callable[[Drawn], Value], level: int = logging.WARNING
) -> tuple[list[Value], int]:
    """Compute a value of each toy that has a fit, in order, and count the others.

    Args:
        toys: Numbers of the toys with their data.
        value: Function of the data of a toy; raises a WollemiError if a fit fails.
        level: Level of the log messages about toys without a fit.
    """
    found, failed = [], 0
    for number, toy in toys:
        try:
            found.append(value(toy))
        except WollemiError as error:
            LOGGER.log(level, "toy %d has no fit: %s: %s", number, error.where, error.problem)
            failed += 1
    return found, failed


def _second_differences(model: Model) -> np.ndarray:
    found = np.zeros((model.parameters, model.bins))
    normsys = np.exp(model.normsys_logs.reshape(2, -1)).sum(axis=0) - 2
    for channel in range(model.channels):
        bins = slice(model.channel_bin[channel], model.channel_bin[channel + 1])
        count = bins.stop - bins.start
        for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
            nominal = model.nominal[model.group_cell[group] :][:count]
            factors = slice(model.group_factor[group], model.group_factor[group + 1])
            for value in model.factor_value[factors] - model.parameters:
                if value >= 0:
                    found[model.normsys_parameter[value], bins] += normsys[value] * nominal
            for shift in range(model.group_shift[group], model.group_shift[group + 1]):
                place = model.shifting_parameter[model.shift_parameter[shift]]
                template = model.templates[model.shift_template[shift] :]
                found[place, bins] += template[count : 2 * count] - template[:count]
    return found


def _parameters(parameter_set: ParameterSet) -> list[Parameter]:
    s = parameter_set
    nominals, widths = s.inits, (0.0,) * len(s.inits)
    if s.constraint == "normal":
        nominals, widths = s.auxdata, s.sigmas
    if s.constraint == "poisson":
        nominals = tuple(a / f for a, f in zip(s.auxdata, s.factors, strict=True))
        widths = tuple(f**-0.5 for f in s.factors)
    rows = zip(s.labels, s.inits, s.bounds, s.fixed, nominals, widths, strict=True)
    return [
        Parameter(label, init, bounds, fixed, s.constraint, nominal, width)
        for label, init, bounds, fixed, nominal, width in rows
    ]
