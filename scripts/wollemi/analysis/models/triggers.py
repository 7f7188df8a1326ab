"""Triggers: the model of the section `triggers` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Era, Name, Positive, Section

Prescale = Annotated[Positive, Field(ge=1, le=1e12)]


class TriggerPath(Section):
    """A path of the trigger menu: a branch that says whether it has accepted the event."""

    eras: tuple[Era, ...] = Field(
        default=(), description="eras in which files have it; none: in every era"
    )
    prescale: Prescale | Mapping[Era, Prescale] = Field(
        default=1.0,
        description=(
            "one of so many events is kept: one number, or one per era (1 where an era is not "
            "named)"
        ),
    )


class Trigger(Section):
    """An event has it if one of the paths of its era has accepted the event; a column of its name
    in expressions.
    """

    paths: Annotated[Mapping[Name, TriggerPath], Field(min_length=1)] = Field(
        description="branch → where it exists"
    )
