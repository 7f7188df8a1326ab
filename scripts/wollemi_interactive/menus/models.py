"""The shape of a trigger menu: objects, thresholds, paths with prescales, rates, turn-ons."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from wollemi.analysis.models.base import (
    Closed,
    Edges,
    Expression,
    FieldExpression,
    Integer,
    Name,
    Number,
    Positive,
    Selection,
    Whole,
)
from wollemi.analysis.models.objects import PhysicsObject

Prescale = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
InstantaneousLuminosity = Annotated[
    float, Field(strict=True, allow_inf_nan=False, ge=1e20, le=1e40)
]
PrescaleSeed = Annotated[Whole, Field(le=900_000_000)]


class TriggerPath(Closed):
    """A path: it accepts one of `prescale` events that pass its selection."""

    selection: Selection = Field(description="one condition, or name of the cut → condition")
    prescale: Prescale = Field(default=1, description="keeps this fraction: 1 of N events")


class InputRates(Closed):
    """Rate of the events of the files: exactly one of `input_hz` and
    `luminosity_cm2_s`.
    """

    input_hz: Positive | None = Field(
        default=None, description="rate in Hz of all events of the files together"
    )
    luminosity_cm2_s: InstantaneousLuminosity | None = Field(
        default=None, description="instantaneous luminosity in cm⁻² s⁻¹"
    )
    cross_sections_pb: Mapping[str, Positive] = Field(
        default={},
        description="cross sections in pb, with the luminosity: name of a file, or pattern of the "
        "files of one process, such as `dy_*.root` → value",
    )

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.input_hz is None) == (self.luminosity_cm2_s is None):
            raise ValueError("needs exactly one of 'input_hz' and 'luminosity_cm2_s'")
        if (self.luminosity_cm2_s is None) != (not self.cross_sections_pb):
            raise ValueError("'luminosity_cm2_s' and 'cross_sections_pb' go together")
        return self


class TurnOn(Closed):
    """An efficiency as a function of one quantity, fitted with a turn-on: exactly one of `pass` and
    `path` says what passes.
    """

    probes: Name | None = Field(
        default=None, description="object whose entries are counted; default: events are"
    )
    selection: Expression | None = Field(
        default=None, description="condition on the events that count; default: all"
    )
    variable: FieldExpression = Field(
        description="the quantity: of the fields of a probe, or of the event"
    )
    passes: Expression | None = Field(
        default=None, alias="pass", description="condition on a probe, or on the event"
    )
    path: Name | None = Field(
        default=None, description="path that the event passes, without its prescale"
    )
    edges: Edges = Field(description="bin edges of the quantity, increasing")
    label: str | None = Field(default=None, max_length=200, description="label of the axis")

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.passes is None) == (self.path is None):
            raise ValueError("needs exactly one of 'pass' and 'path'")
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("the edges should increase")
        return self


class Menu(Closed):
    """A trigger menu: the paths of `wollemi filter`."""

    title: str = Field(min_length=1, max_length=200, description="one line, shown on plots")
    objects: Mapping[Name, PhysicsObject] = Field(
        default={}, description="name → objects, as in an analysis file"
    )
    columns: Mapping[Name, Expression] = Field(
        default={}, description="name → expression, as in an analysis file"
    )
    thresholds: Mapping[Name, Number | Integer] = Field(
        default={}, description="numbers that expressions use by name, and `--scan` changes"
    )
    paths: Annotated[Mapping[Name, TriggerPath], Field(min_length=1)] = Field(
        description="name → path"
    )
    seed: PrescaleSeed = Field(default=0, description="seed of the random numbers of prescales")
    weight: Expression | None = Field(
        default=None, description="weight of each event of simulation; default: 1"
    )
    rates: InputRates | None = Field(
        default=None, description="rate of the events of the files; default: fractions only"
    )
    turn_ons: Mapping[Name, TurnOn] = Field(
        default={}, description="name → efficiency that is fitted with a turn-on"
    )
