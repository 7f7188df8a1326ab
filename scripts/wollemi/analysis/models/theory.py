"""How well predicted cross sections are known."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Name, Positive, Section

# A prediction that is 100 % smaller excludes nothing.
Down = Annotated[Positive, Field(lt=1)]
Up = Annotated[Positive, Field(le=10)]


class TheoryUncertainty(Section):
    """Relative uncertainty of a predicted cross section."""

    up: Up = Field(description="toward larger ones: 0.1 is +10 %")
    down: Down = Field(description="toward smaller ones: 0.1 is -10 %")


# The same in both directions, or one for each.
Uncertainty = Annotated[Down | TheoryUncertainty, Field(union_mode="left_to_right")]
Uncertainties = Down | Annotated[Mapping[Name, Uncertainty], Field(min_length=1)]


def theory_uncertainty(
    given: float | Mapping[str, float | TheoryUncertainty] | None, signal: str
) -> TheoryUncertainty | None:
    """Theory uncertainty of one signal; None if not given.

    Args:
        given: Value of `limits.theory_uncertainty`, for all signals or per signal.
        signal: Name of the signal sample.
    """
    item = given.get(signal) if isinstance(given, Mapping) else given
    if item is None:
        return None
    up, down = (item, item) if isinstance(item, float) else (item.up, item.down)
    return TheoryUncertainty(up=up, down=down)
