"""Expected limits and significances at other luminosities: models with scaled yields and
systematics, and the Asimov data of their nominal parameters.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wollemi.analysis.models.extrapolation import Rule, Scenario
from wollemi.inference.limit_report import nominal_values, signal_events
from wollemi.results.extrapolation import ExpectedPoint
from wollemi.results.limit_floor import edges_below
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import expected_limits, significance
from wollemi_likelihood.parameters import EXPRESSION
from wollemi_likelihood.pyhf_workspace import scaled_by

Plain = Mapping[str, Any]
FREE = ("normfactor", "shapefactor", EXPRESSION)  # modifiers that have no size
STATISTICS = "staterror_"  # begins the names of those of the simulation, whatever their constraint
# Settings of a measurement that replace the size of a modifier.
REPLACED = {"staterror": {"sigmas"}, "shapesys": {"auxdata", "factors"}}


@dataclass(frozen=True)
class Scaling:
    """What becomes of a model at another luminosity: factors, of which 0 leaves out.

    Attributes:
        luminosity: on all yields.
        systematics: on the size of each systematic.
        named: systematic → its own factor instead.
        mc_statistics: on the relative statistical uncertainty of simulated templates.
        from_data: samples whose statistical uncertainty is that of data, and falls with 1/√L.
    """

    luminosity: float
    systematics: float = 1.0
    named: Mapping[str, float] = field(default_factory=dict)
    mc_statistics: float = 1.0
    from_data: Collection[str] = ()

    def size(self, sample: str, modifier: Plain) -> float:
        """Factor on the relative size of a constrained modifier.

        Statistics with a Poisson constraint are a `shapesys`, which is called as a `staterror` is.
        """
        if modifier["type"] == "staterror" or modifier["name"].startswith(STATISTICS):
            of_data = 1 / math.sqrt(self.luminosity)
            return of_data if sample in self.from_data else self.mc_statistics
        return self.named.get(modifier["name"], self.systematics)


@dataclass(frozen=True)
class Measured:
    """What has expected results: a signal, or of several that are fitted together one parameter of
    interest with the others free.

    Attributes:
        name: of the signal, or of the parameter of interest.
        poi: the parameter of interest.
        samples: the signal samples that it scales.
        workspace: its model.
    """

    name: str
    poi: str
    samples: tuple[str, ...]
    workspace: Plain

    @property
    def is_of_several(self) -> bool:
        """Whether other parameters of interest are fitted together with it."""
        return len(self.workspace["measurements"]) > 1


def measured_models(name: str, workspace: Plain) -> list[Measured]:
    """What has expected results of a model.

    Args:
        name: of the signal, or of the model of several.
        workspace: of the pyhf 1.0.0 specification.
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
        rule: what becomes of it.
        luminosity: relative to that of the analysis; below 1 nothing is scaled up.
        floor: the smallest factor of a `scaled` one.
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
    """The factors of a scenario at a luminosity.

    Args:
        scenario: what becomes of the uncertainties.
        luminosity: relative to that of the analysis.
        groups: group of uncertainties → its systematics; one that a scenario names itself goes
            before its group.
        from_data: samples that are estimated from data.
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
    """Names with a rule in a scenario that are neither of a group nor of a modifier.

    Args:
        workspace: of the pyhf 1.0.0 specification.
        scenario: what becomes of the uncertainties.
        groups: group of uncertainties → its systematics.
    """
    known = {
        modifier["name"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    return [name for name in scenario.groups if name not in known and name not in groups]


def scaled_workspace(workspace: Plain, scaling: Scaling) -> dict[str, Any]:
    """A pyhf workspace at another luminosity.

    Yields of all samples and the observations have the factor of the luminosity. Sizes have their
    own: that of a `normsys` is the distance of `hi` and `lo` to 1, that of a `histosys` the
    distance of both templates to the nominal one, that of `staterror` and `shapesys` the relative
    uncertainty, that of `lumi` its width. Factors without a constraint stay as they are.

    Args:
        workspace: of the pyhf 1.0.0 specification.
        scaling: factors.

    Raises:
        WollemiError: a measurement replaces the size of a `staterror` or `shapesys`.
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
    """Settings of the parameters that are left; that of a `lumi` modifier has its width."""
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
    """Expected limits and significance of a model, a priori: for Asimov data of its nominal
    parameters, without signal and with a signal strength of 1. The data of the model play no part.

    Args:
        likelihood: the model at this luminosity.
        signals: names of the signal samples that the parameter of interest scales.
        luminosity_ifb: in fb⁻¹.
        level: confidence level.

    Raises:
        WollemiError: as `upper_limit` and `significance`.
    """
    background, both = (
        likelihood.asimov(nominal_values(likelihood, strength)) for strength in (0.0, 1.0)
    )
    expected = expected_limits(likelihood, level, background)
    events = signal_events(likelihood, signals)
    point = ExpectedPoint(
        luminosity_ifb=luminosity_ifb,
        signal_events=events,
        expected=expected,
        significance=significance(likelihood, both).expected,
    )
    low = edges_below(None, expected, events, level)
    return point.noting(below_floor=tuple(low)) if low else point


def extrapolated(
    measured: Measured,
    luminosities_ifb: Sequence[float],
    scalings: Sequence[Scaling],
    level: float,
) -> tuple[ExpectedPoint, ...]:
    """Expected results at some luminosities. Other parameters of interest are free, and at their
    initial values in the Asimov data.

    Args:
        measured: the signal with its model.
        luminosities_ifb: in fb⁻¹.
        scalings: of the model at each.
        level: confidence level.

    Raises:
        WollemiError: as `scaled_workspace` and `expected_point`.
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
