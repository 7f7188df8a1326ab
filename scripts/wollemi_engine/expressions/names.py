"""Names of branches and columns that have a meaning. Standard library only."""

from __future__ import annotations

import re

_ENERGY = re.compile(
    r"""(?:^|_)(?:
        (?: pt | mass | m | mhat | e | energy | et | px | py | pz | p | mt | ht | met | mpx | mpy | sumet | energyloss
          | energypersampling | sumpt\w* | genfilt(?:ht|htinclnu|met|ptz) )
        (?: _dressed | _nosys | _?err )? $
      | (?: pt | ptvar | et | topoet )cone\d+ (?:_|$)
      | neflowisol\d+ (?:_|$)
    )""",  # noqa: E501
    re.VERBOSE | re.IGNORECASE,
)


def is_energy(name: str) -> bool:
    """Whether a name denotes an energy, momentum or mass, judging by its last word, or an isolation
    energy.

    Args:
        name: Name, such as `Muon_pt`, `lep_e`, `Jet_pt_NOSYS`, `Electron_ptvarcone30_Nonprompt`.
    """
    return _ENERGY.search(name) is not None


def weight_column(name: str) -> str:
    """Name of the column with the event-weight factor of a systematic that also changes objects or
    columns; it is 1 otherwise.

    Args:
        name: Name of the systematic's histograms.
    """
    return f"{name}_weight"
