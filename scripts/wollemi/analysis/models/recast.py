"""The entry in a RECAST catalog: the model of `recast` in the section `publication` of an analysis
file.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from wollemi.analysis.models.base import Name, Section


class Recast(Section):
    """Additions to the entry in a RECAST catalog that do not follow from the analysis."""

    examples: Mapping[Name, Mapping[str, Any]] = Field(
        default={},
        description=(
            "signal → example input: a new signal as `reinterpret_signal` reads it, without event "
            "files"
        ),
    )
