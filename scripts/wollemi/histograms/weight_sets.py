"""Convert histograms of many weights to an uncertainty: envelope of scales, replicas and Hessian
sets of PDFs.
"""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from wollemi.analysis.plain.weight_sets import member_numbers, member_variation, used_members
from wollemi.histograms.histogram import Histogram, scaled, with_sums
from wollemi_likelihood.base.arrays import Floats

# Half the width of the central 90 % interval in standard deviations.
QUANTILE_90 = NormalDist().inv_cdf(0.95)


def normalized_members(
    histograms: Mapping[str, Histogram],
    systematics: Mapping[str, Any],
    sums: Mapping[str, Sequence[float]],
    nominal: float,
) -> dict[str, Histogram]:
    """Histograms of members, without their effect on the total cross section if it is to be
    removed.

    These members are scaled by Σw / Σw_member over all events before any cut.

    Args:
        histograms: Histograms by name; names of members end with their variation.
        systematics: Settings of each systematic.
        sums: Σw of each member, by systematic.
        nominal: Nominal Σw.
    """
    ratios = {
        member_variation(name, member): nominal / total
        for name, item in systematics.items()
        if item["normalization"] == "remove"
        for member, total in zip(used_members(item), sums[name], strict=True)
    }
    return {
        name: scaled(item, ratios.get(name.rpartition("/")[2], 1.0))
        for name, item in histograms.items()
    }


def both_sides(
    nominal: Mapping[str, Histogram],
    members: Mapping[str, Histogram],
    systematics: Mapping[str, Any],
) -> dict[str, Histogram]:
    """Compute histograms at ±1σ of all weight-set systematics.

    Args:
        nominal: Histograms by name; only nominal ones are used.
        members: Histograms of the members by name.
        systematics: Settings of each systematic.
    """
    made = {}
    for name, histogram in nominal.items():
        base, _, variation = name.rpartition("/")
        for systematic, item in systematics.items() if variation == "nominal" else ():
            chosen = {
                member: members[f"{base}/{member_variation(systematic, member)}"]
                for member in used_members(item)
            }
            sides = combine_members(item, histogram, chosen)
            made.update(
                {
                    f"{base}/{systematic}_{side}": found
                    for side, found in zip(("up", "down"), sides, strict=True)
                }
            )
    return made


def combine_members(
    item: Mapping[str, Any], nominal: Histogram, members: Mapping[int, Histogram]
) -> tuple[Histogram, Histogram]:
    """Compute the nominal histogram at +1σ and -1σ of a systematic.

    Args:
        item: Settings of the systematic.
        nominal: Nominal histogram of a dataset or sample.
        members: Histograms of the members by number, with the same bins.
    """
    values, variances = nominal.values(flow=True), nominal.variances(flow=True)
    shifts = np.array(
        [members[member].values(flow=True) - values for member in member_numbers(item["members"])]
    )
    up, down = _METHODS[item.get("method") or "envelope"](shifts)
    if item.get("level") == 90:
        up, down = up / QUANTILE_90, down / QUANTILE_90
    if item.get("alpha_s"):
        lower, upper = (members[member].values(flow=True) for member in item["alpha_s"])
        up, down = np.hypot(up, (upper - lower) / 2), np.hypot(down, (upper - lower) / 2)
    return with_sums(nominal, values + up, variances), with_sums(nominal, values - down, variances)


def envelope(shifts: Floats) -> tuple[Floats, Floats]:
    """Largest upward and downward shift in each bin, at least 0: the nominal is part of the
    envelope.

    Args:
        shifts: Members minus nominal, shape (members, bins).

    Returns:
        Upward and downward uncertainties, shape (bins,) each.
    """
    return np.maximum(np.max(shifts, axis=0), 0.0), np.maximum(-np.min(shifts, axis=0), 0.0)


def replicas(shifts: Floats) -> tuple[Floats, Floats]:
    """Standard deviation around the mean of the replicas, sqrt(Σ (x_k - <x>)² / (N - 1)).

    J. Butterworth et al., PDF4LHC recommendations for LHC Run II, arXiv:1510.03865, formulae for
    PDF uncertainties.

    Args:
        shifts: Members minus nominal, shape (members, bins).
    """
    spread = np.sqrt(np.sum((shifts - np.mean(shifts, axis=0)) ** 2, axis=0) / (len(shifts) - 1))
    return spread, spread


def hessian_symmetric(shifts: Floats) -> tuple[Floats, Floats]:
    """Eigenvectors in one direction each, sqrt(Σ (x_k - x_0)²); like `replicas`, for Hessian sets.

    Args:
        shifts: Members minus nominal, shape (members, bins).
    """
    size = np.sqrt(np.sum(shifts**2, axis=0))
    return size, size


def hessian_asymmetric(shifts: Floats) -> tuple[Floats, Floats]:
    """Combine pairs of eigenvectors (+, -) with the master formula of J. M. Campbell, J. W. Huston,
    W. J. Stirling, hep-ph/0611148.

    Upward sqrt(Σ max(x⁺ - x_0, x⁻ - x_0, 0)²), downward sqrt(Σ max(x_0 - x⁺, x_0 - x⁻, 0)²).

    Args:
        shifts: Members minus nominal, pair after pair, shape (members, bins).
    """
    plus, minus = shifts[0::2], shifts[1::2]
    up = np.maximum(np.maximum(plus, minus), 0.0)
    down = np.maximum(np.maximum(-plus, -minus), 0.0)
    return np.sqrt(np.sum(up**2, axis=0)), np.sqrt(np.sum(down**2, axis=0))


_METHODS = {
    "envelope": envelope,
    "replicas": replicas,
    "hessian_symmetric": hessian_symmetric,
    "hessian_asymmetric": hessian_asymmetric,
}
