"""The integrated luminosity that `sum_luminosity` has found in certified blocks."""

import json
from collections.abc import Mapping
from pathlib import Path

from wollemi.analysis.plain.certification import WHOLE

Luminosity = float | Mapping[str, float]  # in fb⁻¹, one number or one an era


def read_luminosity(path: Path) -> Luminosity:
    """Read the product of `sum_luminosity`: the luminosities that are used, eras in the order of the analysis."""
    eras = {era: float(number) for era, number in json.loads(path.read_text(encoding="utf-8"))["luminosity_ifb"]}
    return eras.get(WHOLE, eras)
