"""How templates of a systematic are smoothed: the key `smoothing` of a systematic."""

from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import SMALLEST, Section, Whole

Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=SMALLEST, le=1)]


class MaxVariation(Section):
    """TRExFitter's MAXVARIATION: bins are joined until the ratio to the nominal template changes
    its slope a few times only, then running medians smooth it.
    """

    method: Literal["max_variation"]
    slope_changes: Annotated[Whole, Field(le=1000)] = Field(
        default=4, description="changes of sign of the slope that are left; `Smoothing: 40` is 4"
    )
    tolerance: Share = Field(
        default=0.08,
        description=(
            "bins are joined until nominal events are known to this relative uncertainty; it is "
            "halved while the slope changes more often"
        ),
    )


class RunningMedians(Section):
    """353QH, twice: running medians and parabolas, as in cabinetry and ROOT's `TH1::Smooth`."""

    method: Literal["353QH"]


class Lowess(Section):
    """Local regression: at each bin a line through its neighbors, robust against outliers."""

    method: Literal["lowess"]
    span: Share = Field(default=0.5, description="share of the bins that a line is fitted to")


Smoothing = Annotated[MaxVariation | RunningMedians | Lowess, Field(discriminator="method")]
