"""Checks of the units of the four-momenta in a file: the size of angles, momenta and masses of
known objects reveals a factor of 1000, or degrees instead of radians.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi_likelihood.base.errors import WollemiError, counted

ENOUGH = 100  # values needed to judge, missing ones excluded
_MANY = 1000  # momenta needed to judge by the largest one
_MOST = 0.75  # more than the fraction of beam particles among generated ones
_ANOTHER_UNIT = "they were in another unit"
SAMPLE = 4000  # values to judge: the first ones of a file
Floats = NDArray[np.float64]

_NAME = re.compile(
    r"(?:(?P<object>.*)_)?(?P<field>pt|px|py|pz|e|energy|mass|m|eta|phi)\d*(?:_dressed|_nosys)?",
    re.IGNORECASE,
)
# Reconstructed objects, by the names of NanoAOD, PHYSLITE and ntuples. Lists of generated
# particles, tracks and candidates have no typical momentum or mass.
_KINDS = {
    "electron": r"(?:analysis)?(?:electrons?|e|el|ele)\d*",
    "muon": r"(?:analysis)?(?:muons?|mu)\d*",
    "tau": r"(?:analysis)?(?:taus?|taujets)\d*",
    "photon": r"(?:analysis)?(?:photons?|ph|gamma)\d*",
    "lepton": r"(?:lep|leptons?)\d*",
    "jet": r"(?:analysis|fat|large|large_?r_?|small_?r_?)?jets?(?:ak\d+)?\d*",
    "missing momentum": r"(?:puppi|pf|calo)?met",
}
# Masses of the Particle Data Group in GeV: 0.000511, 0.1057, 1.777. A reconstructed mass from a
# rounded energy is larger.
_MOST_MASS = {"electron": 0.1, "photon": 0.1, "muon": 1.0, "tau": 10.0}


class UnitChecks:
    """Checks of one file, batch by batch.

    Args:
        where: File, for errors.
        beam_gev: Energy of a beam in GeV.
        ranges: Names with ranges in the analysis; these are not judged.
    """

    def __init__(self, where: str, beam_gev: float, ranges: Mapping[str, Any]):
        self._where, self._beam, self._ranges = where, beam_gev, ranges
        self._values: dict[str, Floats] = {}

    def add(self, name: str, values: NDArray[Any]) -> None:
        """Check a branch of the next batch.

        Args:
            name: Normalized name of the branch.
            values: All numbers of the branch, shape (values,), energies in GeV.
        """
        known = self._values.get(name, np.empty(0))
        if known.size < SAMPLE and _NAME.fullmatch(name) and name not in self._ranges:
            more = np.asarray(values[: SAMPLE - known.size], np.float64)
            self._values[name] = np.concatenate([known, more])

    def finish(self) -> None:
        """Finish the checks after the last batch.

        Raises:
            WollemiError: A quantity is in another unit.
        """
        for name in self._values:
            for problem in _problems(name, self._values, self._beam):
                raise WollemiError(
                    self._where,
                    problem,
                    "correct the file, or name the branch with the right values under names of "
                    f"the dataset; if they are right, give their range in checks.ranges.{name}",
                )


def _problems(name: str, stored: Mapping[str, Floats], beam: float) -> Iterator[str]:
    match = _NAME.fullmatch(name)
    assert match is not None
    values = ordinary(stored[name])
    if values.size < ENOUGH:
        return
    field, kind = match["field"].lower(), _kind_of(match["object"] or "")
    what = f"{counted(values.size, 'value')} of '{name}'"
    if field in ("eta", "phi"):
        yield from _angle_problems(field, what, np.abs(values))
    elif kind is not None and field not in ("mass", "m"):
        yield from _momentum_problems(what, np.abs(values), beam)
    elif kind is not None:
        yield from _mass_problems(kind, what, values)
        pt = f"{name[: match.start('field')]}pt{name[match.end('field') :]}"
        if kind == "jet" and pt in stored and stored[pt].size == stored[name].size:
            yield from _ratio_problems(name, pt, stored)


def _angle_problems(field: str, what: str, sizes: Floats) -> Iterator[str]:
    """Check angles: azimuths are within 2π; pseudorapidities beyond 10 belong to the beams, never
    to most objects.
    """
    median, largest = float(np.median(sizes)), float(np.max(sizes))
    if np.mean(sizes > (6.3 if field == "phi" else 10.0)) > _MOST:
        degrees = field == "phi" and largest <= 360
        guess = "degrees were taken for radians" if degrees else _ANOTHER_UNIT
        yield f"half of {what} are {median:.3g} or more in size, as if {guess}"
    elif largest < (0.1 if field == "phi" else 0.05):
        yield f"none of {what} exceeds {largest:.2g}, as if {_ANOTHER_UNIT}"


def _momentum_problems(what: str, sizes: Floats, beam: float) -> Iterator[str]:
    """Check momenta at the LHC: half of the objects exceed 0.3 GeV, and one in 1000 7 GeV."""
    median, largest = float(np.median(sizes)), float(np.max(sizes))
    if median < 4e-5 * beam:
        yield f"half of {what} are {median:.2g} GeV or less, as if TeV were taken for GeV"
    elif sizes.size >= _MANY and largest < 1e-3 * beam:
        yield f"none of {what} exceeds {largest:.2g} GeV, as if TeV were taken for GeV"


def _mass_problems(kind: str, what: str, values: Floats) -> Iterator[str]:
    median, negative = float(np.median(np.abs(values))), float(np.mean(values < 0))
    if negative > 0.95:
        yield f"{negative:.0%} of {what} are below 0, as if their sign were reversed"
    elif median > _MOST_MASS.get(kind, np.inf):
        yield f"half of {what} are {median:.3g} GeV or more, as if MeV were taken for GeV"


def _ratio_problems(mass: str, pt: str, stored: Mapping[str, Floats]) -> Iterator[str]:
    """Check the masses of jets: about a tenth of the transverse momentum; for a single parton 0, or
    the rounding of its energy, with either sign.
    """
    with np.errstate(all="ignore"):
        ratios = ordinary(stored[mass] / stored[pt])
    if ratios.size < ENOUGH:
        return
    median = float(np.median(np.abs(ratios)))
    partons = np.mean(stored[mass] == 0) > 0.25 or np.mean(ratios < 0) > 0.1
    if median > 3 or (median < 1e-3 and not partons):
        larger = median > 3
        yield (
            f"half of {ratios.size} values of '{mass}' are {median:.2g} times '{pt}' or "
            f"{'more' if larger else 'less'}, as if {'MeV' if larger else 'TeV'} were taken for GeV"
        )


def _kind_of(name: str) -> str | None:
    found = (kind for kind, text in _KINDS.items() if re.fullmatch(text, name, re.IGNORECASE))
    return next(found, None)


def ordinary(values: Floats) -> Floats:
    """Values without zeros, NaN and infinities, and without repeated smallest and largest values,
    which mark missing values (-999); a constant is kept.

    Args:
        values: Values, shape (values,).
    """
    kept = values[np.isfinite(values) & (values != 0)]
    for extreme in (np.min, np.max):
        others = kept[kept != extreme(kept)] if kept.size else kept
        if 0 < others.size < kept.size - 1:
            kept = others
    return np.asarray(kept, np.float64)
