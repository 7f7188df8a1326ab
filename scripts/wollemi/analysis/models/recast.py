"""The entry in a catalogue of RECAST: the model of `recast` in the section `publication` of an
analysis file.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from wollemi.analysis.models.base import Name, Section


class Recast(Section):
    """What an entry in a catalogue of RECAST has beside what follows from the analysis."""

    examples: Mapping[Name, Mapping[str, Any]] = Field(
        default={},
        description=(
            "signal → example input: a new signal as `reinterpret_signal` reads it, without "
            "files of events"
        ),
    )
