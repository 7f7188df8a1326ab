"""Project expected limits and significances to other luminosities, with scaled yields and
systematics, and Asimov data of the nominal parameters.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.limit_floor import edges_below
from wollemi_likelihood.limits import (
    expected_limits,
    nominal_values,
    signal_events,
    significance,
)
from wollemi_likelihood.parameters import EXPRESSION
from wollemi_likelihood.pyhf_workspace import scaled_by

Plain = Mapping[str, Any]
# Treatment of an uncertainty: constant, scaled with 1/√L, halved, left out.
Rule = Literal["constant", "scaled", "halved", "none"]
FREE = ("normfactor", "shapefactor", EXPRESSION)  # modifiers without a size
STATISTICS = "staterror_"  # prefix of simulation statistics, whatever their constraint
# Measurement settings that replace the size of a modifier.
REPLACED = {"staterror": {"sigmas"}, "shapesys": {"auxdata", "factors"}}


class Scenario(Protocol):
    """Treatment of the uncertainties at another luminosity."""

    @property
    def systematics(self) -> Rule:
        """Rule for all systematics outside `groups`."""

    @property
    def groups(self) -> Mapping[str, Rule]:
        """Group of uncertainties, or systematic → its own rule."""

    @property
    def floor(self) -> float:
        """Minimum factor of a `scaled` uncertainty."""

    @property
    def mc_statistics(self) -> Rule:
        """Rule for the statistical uncertainty of simulated templates."""


@dataclass(frozen=True)
class ExpectedPoint:
    """Expected results at one luminosity.

    Attributes:
        luminosity_ifb: Luminosity in fb⁻¹.
        signal_events: Events at a signal strength of 1.
        expected: Expected limits at -2 … +2σ.
        significance: Median significance of a signal strength of 1, in σ.
        below_floor: Limits that are below any CLs limit.
    """

    luminosity_ifb: float
    signal_events: float
    expected: tuple[float, ...]
    significance: float
    below_floor: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scaling:
    """Factors that scale a model to another luminosity; a factor of 0 removes an uncertainty.

    Attributes:
        luminosity: Factor on all yields.
        systematics: Factor on the size of each systematic.
        named: Systematic → factor that replaces `systematics`.
        mc_statistics: Factor on the relative statistical uncertainty of simulated templates.
        from_data: Samples with the statistical uncertainty of data, which falls with 1/√L.
    """

    luminosity: float
    systematics: float = 1.0
    named: Mapping[str, float] = field(default_factory=dict)
    mc_statistics: float = 1.0
    from_data: Collection[str] = ()

    def size(self, sample: str, modifier: Plain) -> float:
        """Factor on the relative size of a constrained modifier.

        Statistics with a Poisson constraint are a `shapesys` with the name of a `staterror`.
        """
        if modifier["type"] == "staterror" or modifier["name"].startswith(STATISTICS):
            of_data = 1 / math.sqrt(self.luminosity)
            return of_data if sample in self.from_data else self.mc_statistics
        return self.named.get(modifier["name"], self.systematics)


@dataclass(frozen=True)
class Measured:
    """A parameter of interest with expected results: a signal, or one of several that are fitted
    together, with the others free.

    Attributes:
        name: Name of the signal, or of the parameter of interest.
        poi: Name of the parameter of interest.
        samples: Signal samples that it scales.
        workspace: Workspace of the model.
    """

    name: str
    poi: str
    samples: tuple[str, ...]
    workspace: Plain

    @property
    def is_of_several(self) -> bool:
        """Whether other parameters of interest are fitted at the same time."""
        return len(self.workspace["measurements"]) > 1


def measured_models(name: str, workspace: Plain) -> list[Measured]:
    """List the parameters of interest of a model.

    Args:
        name: Name of the signal, or of the model of several signals.
        workspace: Workspace of the pyhf 1.0.0 specification.
    """
    pois = [item["config"]["poi"] for item in workspace["measurements"]]
    return [
        Measured(
            poi if len(pois) > 1 else name, poi, scaled_by(workspace, poi) or (name,), workspace
        )
        for poi in pois
    ]


def size_factor(rule: Rule, luminosity: float, floor: float = 0.0) -> float:
    """Factor on the size of an uncertainty.

    Args:
        rule: Rule for the uncertainty.
        luminosity: Luminosity relative to the analysis; below 1 uncertainties are not increased.
        floor: Minimum factor of a `scaled` uncertainty.
    """
    if rule == "scaled":
        return max(min(1.0, 1 / math.sqrt(luminosity)), floor)
    return {"constant": 1.0, "halved": 0.5, "none": 0.0}[rule]


def scaling_of(
    scenario: Scenario,
    luminosity: float,
    groups: Mapping[str, Sequence[str]],
    from_data: Collection[str] = (),
) -> Scaling:
    """Compute the factors of a scenario at a luminosity.

    Args:
        scenario: Rules for the uncertainties.
        luminosity: Luminosity relative to the analysis.
        groups: Group of uncertainties → systematics; a rule for a systematic takes precedence over
            its group.
        from_data: Samples that are estimated from data.
    """
    own = {name: rule for name, rule in scenario.groups.items() if name not in groups}
    rules = {
        systematic: rule
        for name, rule in scenario.groups.items()
        for systematic in groups.get(name, ())
    }
    return Scaling(
        luminosity,
        size_factor(scenario.systematics, luminosity, scenario.floor),
        {
            name: size_factor(rule, luminosity, scenario.floor)
            for name, rule in (rules | own).items()
        },
        size_factor(scenario.mc_statistics, luminosity, scenario.floor),
        from_data,
    )


def unknown_names(
    workspace: Plain, scenario: Scenario, groups: Mapping[str, Sequence[str]]
) -> list[str]:
    """Names with a rule in a scenario that are neither groups nor modifiers.

    Args:
        workspace: Workspace of the pyhf 1.0.0 specification.
        scenario: Rules for the uncertainties.
        groups: Group of uncertainties → systematics.
    """
    known = {
        modifier["name"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    return [name for name in scenario.groups if name not in known and name not in groups]


def scaled_workspace(workspace: Plain, scaling: Scaling) -> dict[str, Any]:
    """Scale a pyhf workspace to another luminosity.

    Yields of all samples and observations are multiplied by the luminosity factor, sizes by their
    own. The size is the distance of `hi` and `lo` to 1 for `normsys`, of both templates to the
    nominal one for `histosys`, the relative uncertainty for `staterror` and `shapesys`, and the
    width for `lumi`. Unconstrained factors are unchanged.

    Args:
        workspace: Workspace of the pyhf 1.0.0 specification.
        scaling: Factors of the scenario.

    Raises:
        WollemiError: A measurement replaces the size of a `staterror` or `shapesys`.
    """
    channels = [
        {**channel, "samples": [_scaled_sample(sample, scaling) for sample in channel["samples"]]}
        for channel in workspace["channels"]
    ]
    observations = [
        {**item, "data": [scaling.luminosity * value for value in item["data"]]}
        for item in workspace["observations"]
    ]
    kinds = {
        modifier["name"]: modifier["type"]
        for channel in channels
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    measurements = [
        {**item, "config": _scaled_measurement(item["config"], scaling, kinds)}
        for item in workspace["measurements"]
    ]
    return {
        **workspace,
        "channels": channels,
        "observations": observations,
        "measurements": measurements,
    }


def _scaled_sample(sample: Plain, scaling: Scaling) -> dict[str, Any]:
    modifiers = []
    for modifier in sample["modifiers"]:
        size = 1.0 if modifier["type"] in FREE else scaling.size(sample["name"], modifier)
        if size > 0:
            data = _scaled_data(modifier, sample["data"], scaling.luminosity, size)
            modifiers.append({**modifier, "data": data})
    data = [scaling.luminosity * value for value in sample["data"]]
    return {**sample, "data": data, "modifiers": modifiers}


def _scaled_data(modifier: Plain, nominal: Sequence[float], luminosity: float, size: float) -> Any:
    kind, data = modifier["type"], modifier["data"]
    if kind == "normsys":
        return {side: 1 + size * (value - 1) for side, value in data.items()}
    if kind == "histosys":
        return {
            side: [
                luminosity * (middle + size * (value - middle))
                for middle, value in zip(nominal, values, strict=True)
            ]
            for side, values in data.items()
        }
    if kind in ("staterror", "shapesys"):
        return [luminosity * size * value for value in data]
    return data


def _scaled_measurement(
    config: Plain, scaling: Scaling, kinds: Mapping[str, str]
) -> dict[str, Any]:
    """Settings of the remaining parameters; a `lumi` setting contains its width."""
    parameters = []
    for setting in config["parameters"]:
        kind = kinds.get(setting["name"])
        if kind == "lumi":
            size = scaling.named.get(setting["name"], scaling.systematics)
            setting = {**setting, "sigmas": [size * value for value in setting["sigmas"]]}
        elif replaced := REPLACED.get(kind or "", set()) & set(setting):
            raise WollemiError(
                f"measurement parameter {setting['name']}",
                f"its size is given here ({', '.join(sorted(replaced))}), where it is not scaled",
                "give the size in the modifier",
            )
        parameters += [setting] if kind is not None else []
    return {**config, "parameters": parameters}


def expected_point(
    likelihood: Likelihood, signals: Sequence[str], luminosity_ifb: float, level: float
) -> ExpectedPoint:
    """Compute a priori limits and significance of a model, from Asimov data of its nominal
    parameters, or those that it assumes, with signal strengths of 0 and 1. The data of the model
    have no influence.

    Args:
        likelihood: Likelihood of the model at this luminosity.
        signals: Names of the signal samples that the parameter of interest scales.
        luminosity_ifb: Luminosity in fb⁻¹.
        level: Confidence level.

    Raises:
        WollemiError: As in `upper_limit` and `significance`.
    """
    background, both = (_a_priori(likelihood, strength) for strength in (0.0, 1.0))
    expected = expected_limits(likelihood, level, background)
    events = signal_events(likelihood, signals)
    return ExpectedPoint(
        luminosity_ifb=luminosity_ifb,
        signal_events=events,
        expected=expected,
        significance=significance(likelihood, both).expected,
        below_floor=tuple(edges_below(None, expected, events, level)),
    )


def _a_priori(likelihood: Likelihood, strength: float) -> Data:
    values = nominal_values(likelihood, strength)
    for name, value in likelihood.assumed.items():
        if name != likelihood.poi:
            values[likelihood.index[name]] = value
    return likelihood.asimov(values)


def extrapolated(
    measured: Measured,
    luminosities_ifb: Sequence[float],
    scalings: Sequence[Scaling],
    level: float,
) -> tuple[ExpectedPoint, ...]:
    """Compute expected results at several luminosities. Other parameters of interest float, with
    their initial values in the Asimov data.

    Args:
        measured: Signal with its model.
        luminosities_ifb: Luminosities in fb⁻¹.
        scalings: Factors of the model at each luminosity.
        level: Confidence level.

    Raises:
        WollemiError: As in `scaled_workspace` and `expected_point`.
    """
    pois = [item["config"]["poi"] for item in measured.workspace["measurements"]]
    others = tuple(name for name in pois if name != measured.poi)
    models = (
        replace(
            Likelihood.from_workspace(scaled_workspace(measured.workspace, scaling)),
            poi=measured.poi,
            others=others,
        )
        for scaling in scalings
    )
    return tuple(
        expected_point(model, measured.samples, luminosity, level)
        for model, luminosity in zip(models, luminosities_ifb, strict=True)
    )
