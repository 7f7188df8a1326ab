"""Allowed differences between the numbers of re-executed and archived products, with reasons.
Standard library only.

Strings, whole numbers, structure and order must be the same; the tolerances apply to
floating-point numbers.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from wollemi.analysis.plain.product_tables import TOLERANCES as PRODUCTS


@dataclass(frozen=True)
class Tolerance:
    """A tolerance of numbers in JSON products.

    A number may differ by `relative` times its size, or by `absolute`. If it is `scaled`, also by
    `relative` times the largest number of its array, or times the `error` next to a `value`: small
    elements are differences of large numbers.

    Args:
        files: Pattern of the product's name in its folder of results.
        path: Pattern of the position in the file, such as `fits.signal.covariance[0][1]`.
        relative: Relative tolerance, without unit.
        absolute: Absolute tolerance, in the number's unit.
        scaled: Whether the tolerance is scaled; see above.
        reason: Reason for the size.
    """

    files: str
    path: str
    relative: float
    absolute: float
    scaled: bool
    reason: str


SUMS = "sums of floating-point numbers depend on their order"
FITS = "where a fit ends depends on the processor's linear algebra"
# The first match counts; tolerances of JSON products are in their models.
TOLERANCES = (
    *(Tolerance(*row) for row in PRODUCTS),
    Tolerance("histograms/*", "*", 1e-12, 0, True, SUMS),
    Tolerance("workspaces/*", "*", 1e-12, 0, True, SUMS),
    Tolerance("plots/limits*", "*", 1e-6, 0, False, FITS),
    Tolerance(
        "plots/*", "*", 1e-6, 1e-6, True, f"{FITS}; pulls and correlations are of the order of 1"
    ),
    Tolerance(
        "tables/*",
        "*p_value",
        1e-4,
        0,
        False,
        "relative errors of p-values are those of Z, times up to Z²",
    ),
    Tolerance(
        "tables/*",
        "*",
        1e-5,
        1e-6,
        False,
        "of the summary, which is rounded to six digits, and of fits",
    ),
    Tolerance("*", "*", 1e-6, 0, False, FITS),
)
# Relative, for events in Parquet and ROOT files, by the column's Arrow type: for single precision,
# two units in the last place.
EVENT_TOLERANCES = {"double": 1e-12, "float": 2.4e-7, "halffloat": 2e-3}


def tolerance_of(product: str, path: str) -> Tolerance:
    """The tolerance of a number.

    Args:
        product: Name of the file in its folder of results.
        path: Position in the file.
    """
    return next(
        item
        for item in TOLERANCES
        if fnmatchcase(product, item.files) and fnmatchcase(path, item.path)
    )
