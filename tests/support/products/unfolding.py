"""The spectrum of `truth_bins` as a workspace, without templates in files."""

from typing import Any

import numpy as np

from support.products.statistical_models import modifier, normsys, sample, workspace
from support.products.truth_bins import BACKGROUND, BINS, STRENGTHS, response

NAMES = [f"sigma_{number}" for number in range(1, BINS + 1)]


def unfolding_workspace(bins: int, scale: float = 1.0) -> dict[str, Any]:
    """A signal for each bin of the truth, and data as expected.

    Args:
        bins: reconstructed ones.
        scale: of all events.
    """
    matrix, background = scale * response(bins), np.full(bins, scale * BACKGROUND / bins)
    samples = [
        sample(f"truth_{number}", events, modifier("normfactor", name))
        for number, (name, events) in enumerate(zip(NAMES, matrix, strict=True), start=1)
    ]
    samples.append(sample("other", background, normsys("other_rate", 1.1, 0.9)))
    data = np.asarray(STRENGTHS) @ matrix + background
    content = workspace(
        [{"name": "all", "samples": samples}], [{"name": "all", "data": data.tolist()}]
    )
    content["measurements"][0]["config"]["poi"] = NAMES[0]
    return content
