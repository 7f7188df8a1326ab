"""Checks that the four-momenta of a file agree with its other kinematic quantities: if two differ,
at least one is wrong.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.content_checks import flat_values
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import MOMENTUM

TOLERANCE = 0.01  # of the energy or an angle: files are rounded to a few digits
SHARE = 0.01  # of the objects; more is not a coincidence, but tails of a measurement may be odd
Floats = NDArray[np.float64]


class MomentumChecks:
    """Checks of one file, batch by batch.

    Args:
        where: File, for errors.
        collections: Prefixes of names that are fields of one list of objects.
    """

    def __init__(self, where: str, collections: Iterable[str]):
        self._where, self._collections = where, tuple(collections)
        self._objects: dict[str, int] = {}
        self._odd: dict[str, int] = {}

    def add(self, batch: ak.Array) -> None:
        """Check the next batch (events,), with energies in GeV."""
        for collection in self._collections:
            prefix = f"{collection}_"
            fields = {
                name.removeprefix(prefix): name for name in batch.fields if name.startswith(prefix)
            }
            if {"pt", "eta", "phi"} <= fields.keys():
                stored = {
                    key: np.asarray(flat_values(batch[name]))
                    for key, name in fields.items()
                    if key in WANTED
                }
                for key, odd in odd_values(stored).items():
                    self._objects[fields[key]] = self._objects.get(fields[key], 0) + odd.size
                    self._odd[fields[key]] = self._odd.get(fields[key], 0) + int(
                        np.count_nonzero(odd)
                    )

    def finish(self) -> None:
        """Finish the checks after the last batch.

        Raises:
            WollemiError: The file has two different four-momenta for the same objects.
        """
        for name, odd in self._odd.items():
            objects = self._objects[name]
            if odd > SHARE * objects:
                prefix, _, field = name.rpartition("_")
                what = (
                    f"'{name}' is not that of '{prefix}_pt', '{prefix}_eta', '{prefix}_phi', "
                    f"'{prefix}_mass'"
                )
                if field == "mass":
                    what = (
                        f"the energy of '{prefix}' is below the momentum of '{prefix}_pt', "
                        f"'{prefix}_eta'"
                    )
                remedy = (
                    "one of them has another unit or calibration, or is another quantity: "
                    "under names of the dataset, "
                    f"say which branch is {prefix}_{'E' if field == 'mass' else field}, or "
                    "give the odd one another name"
                )
                problem = (
                    f"{what} for {odd:,} of {objects:,} objects: two four-momenta that "
                    "contradict each other"
                )
                raise WollemiError(self._where, problem, remedy)


def kinematics(pt: Floats, eta: Floats, phi: Floats, mass: Floats) -> dict[str, Floats]:
    """Quantities of four-momenta, each (objects,); a negative mass means E² < p²."""
    px, py, pz, p = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), pt * np.cosh(eta)
    energy = np.sqrt(np.maximum(p**2 + np.sign(mass) * mass**2, 0))
    transverse = np.sqrt(np.maximum(energy**2 - pz**2, 0))
    angles = {"theta": 2 * np.arctan(np.exp(-eta)), "rapidity": np.arctanh(pz / energy)}
    return {
        "px": px,
        "py": py,
        "pz": pz,
        "p": p,
        "E": energy,
        "energy": energy,
        "m": mass,
        "mt": transverse,
        **angles,
    }


WITHOUT_MASS = frozenset(("px", "py", "pz", "p", "theta"))
WITH_MASS = WITHOUT_MASS | {"E", "energy", "m", "mt", "rapidity"}
WANTED = WITH_MASS.union(MOMENTUM["polar"])


def odd_values(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.bool_]]:
    """Flags of objects with a quantity that disagrees with their four-momentum, or with an energy
    below the momentum.

    Args:
        stored: Quantity → values (objects,); includes pt, eta, phi.

    Returns:
        Quantity other than the coordinates, and the mass → flags (objects,).
    """
    known = stored.keys() & (WITH_MASS if "mass" in stored else WITHOUT_MASS)
    odd: dict[str, NDArray[np.bool_]] = {}
    with np.errstate(all="ignore"):
        # Most files have only the coordinates, and these functions take longer than the selection
        # of an analysis.
        if known:
            values = {name: np.asarray(stored[name], np.float64) for name in stored}
            mass = values.get("mass", np.zeros(values["pt"].size))
            expected = kinematics(values["pt"], values["eta"], values["phi"], mass)
            scale = {"theta": 1.0, "rapidity": 1.0}
            for name in known:
                tolerance = TOLERANCE * scale.get(name, expected["E"])
                odd[name] = np.abs(values[name] - expected[name]) > tolerance
        if "mass" in stored:
            odd["mass"] = stored["mass"] < 0
            below = np.flatnonzero(odd["mass"])
            pt, eta, mass = (
                np.asarray(stored[name][below], np.float64) for name in ("pt", "eta", "mass")
            )
            odd["mass"][below] = mass**2 > 2 * TOLERANCE * (pt * np.cosh(eta)) ** 2
    return odd
