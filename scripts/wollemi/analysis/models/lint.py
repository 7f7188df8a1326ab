"""Checks of the templates before they are fitted: the section `lint` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, Section

FlawName = Literal[
    "empty",
    "negative",
    "kept_negative",
    "same_side",
    "identical",
    "huge",
    "discontinuous",
    "poor",
    "no_effect",
    "normalization",
    "one_sided",
    "duplicate",
]
Level = Literal["note", "warning", "error", "never"]
Reason = Annotated[str, Field(min_length=1)]


class AcceptedFlaw(Section):
    """A finding of `lint_templates` that is known and right, with the reason."""

    flaw: FlawName = Field(description="kind of flaw")
    systematics: Names = Field(default=(), description="systematics; default: any, or none")
    samples: Names = Field(default=(), description="samples; default: any, or none")
    regions: Names = Field(default=(), description="regions of the model; default: any, or none")
    reason: Reason = Field(description="why it is right, for readers of the page")


class Lint(Section):
    """Flaws of the templates: which ones a run fails for, and which ones are accepted."""

    fail: Level = Field(
        default="error", description="level of findings from which a run fails at its end"
    )
    accepted: Mapping[Name, AcceptedFlaw] = Field(default={}, description="findings that are right")
