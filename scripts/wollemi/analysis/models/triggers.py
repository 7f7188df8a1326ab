"""Triggers: the model of the section `triggers` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Era, Name, Positive, Section

Prescale = Annotated[Positive, Field(ge=1, le=1e12)]


class TriggerPath(Section):
    """A path of the trigger menu: a branch with its decision on the event."""

    eras: tuple[Era, ...] = Field(
        default=(), description="eras in which the files contain it; default: all"
    )
    prescale: Prescale | Mapping[Era, Prescale] = Field(
        default=1.0,
        description=(
            "one in this many events is kept: one number, or one per era (1 for eras not named)"
        ),
    )


class Trigger(Section):
    """A trigger accepts an event if one of its paths in the era of the event does. In expressions,
    it is a column of its name.
    """

    paths: Annotated[Mapping[Name, TriggerPath], Field(min_length=1)] = Field(
        description="branch → its eras and prescale"
    )
