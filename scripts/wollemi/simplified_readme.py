"""The README beside the simplified results."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, StrictUndefined

from wollemi.simplified_bins import Bin
from wollemi.smodels_configuration import Smodels


def render_readme(template: str, about: Mapping[str, Any], bins: Sequence[Bin], smodels: Smodels | None) -> str:
    """The README.

    Args:
        template: of jinja2.
        about: name, title and closure of the analysis.
        bins: of the likelihood.
        smodels: what the efficiency maps say; None: there are none.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    blinded = any(one.blinded for one in bins)
    # A database without counts has no data sets.
    topologies = smodels.topologies if smodels and not all(one.blinded for one in bins) else {}
    return environment.from_string(template).render(about=about, blinded=blinded, topologies=topologies)
