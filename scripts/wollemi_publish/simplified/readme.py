"""The README of the simplified results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.models.smodels import Smodels
from wollemi.base.templates import render_text
from wollemi_publish.simplified.bins import Bin


def render_readme(
    template: Path, about: Mapping[str, Any], bins: Sequence[Bin], smodels: Smodels | None
) -> str:
    """Render the README.

    Args:
        template: Path of the template.
        about: Name, title and closure of the analysis.
        bins: Bins of the likelihood.
        smodels: Section of the efficiency maps; None without maps.
    """
    blinded = any(one.blinded for one in bins)
    # A database without counts has no data sets.
    topologies = smodels.topologies if smodels and not all(one.blinded for one in bins) else {}
    return render_text(template, about=about, blinded=blinded, topologies=topologies)
