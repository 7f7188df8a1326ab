"""The queries of the ADL benchmark as loops over events of plain Python values, one entry after the
other; no array library.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import combinations
from typing import Any

Event = dict[str, Any]


def four_vector(p: Event) -> tuple[float, float, float, float]:
    """Energy and momentum in GeV."""
    x, y, z = (
        p["pt"] * math.cos(p["phi"]),
        p["pt"] * math.sin(p["phi"]),
        p["pt"] * math.sinh(p["eta"]),
    )
    return math.sqrt(x * x + y * y + z * z + p["mass"] ** 2), x, y, z


def mass_and_pt(objects: tuple[Event, ...]) -> tuple[float, float]:
    """Of the sum, in GeV."""
    e, x, y, z = (sum(parts) for parts in zip(*map(four_vector, objects), strict=True))
    return math.sqrt(max(e * e - x * x - y * y - z * z, 0.0)), math.hypot(x, y)


def delta_phi(first: float, second: float) -> float:
    return math.remainder(first - second, 2 * math.pi)


def delta_r(first: Event, second: Event) -> float:
    return math.hypot(first["eta"] - second["eta"], delta_phi(first["phi"], second["phi"]))


def query_1(event: Event) -> Iterator[float]:
    yield event["MET_pt"]


def query_2(event: Event) -> Iterator[float]:
    for jet in event["Jet"]:
        yield jet["pt"]


def query_3(event: Event) -> Iterator[float]:
    for jet in event["Jet"]:
        if abs(jet["eta"]) < 1:
            yield jet["pt"]


def query_4(event: Event) -> Iterator[float]:
    if len([jet for jet in event["Jet"] if jet["pt"] > 40]) >= 2:
        yield event["MET_pt"]


def query_5(event: Event) -> Iterator[float]:
    for pair in combinations(event["Muon"], 2):
        if pair[0]["charge"] != pair[1]["charge"] and 60 < mass_and_pt(pair)[0] < 120:
            yield event["MET_pt"]
            return


def best_trijet(event: Event) -> tuple[Event, ...] | None:
    return min(
        combinations(event["Jet"], 3),
        key=lambda jets: abs(mass_and_pt(jets)[0] - 172.5),
        default=None,
    )


def query_6_pt(event: Event) -> Iterator[float]:
    jets = best_trijet(event)
    if jets:
        yield mass_and_pt(jets)[1]


def query_6_btag(event: Event) -> Iterator[float]:
    jets = best_trijet(event)
    if jets:
        yield max(jet["btag"] for jet in jets)


def query_7(event: Event) -> Iterator[float]:
    leptons = [lepton for lepton in event["Electron"] + event["Muon"] if lepton["pt"] > 10]
    total = 0.0
    for jet in event["Jet"]:
        if jet["pt"] > 30 and all(delta_r(jet, lepton) >= 0.4 for lepton in leptons):
            total += jet["pt"]
    yield total


def query_8(event: Event) -> Iterator[float]:
    leptons = [("e", p) for p in event["Electron"]] + [("mu", p) for p in event["Muon"]]
    if len(leptons) < 3:
        return
    best, pair = math.inf, None
    for i, j in combinations(range(len(leptons)), 2):
        (one, first), (two, second) = leptons[i], leptons[j]
        if one == two and first["charge"] == -second["charge"]:
            distance = abs(mass_and_pt((first, second))[0] - 91.2)
            if distance < best:
                best, pair = distance, (i, j)
    if pair:
        other = max(
            (p for index, (_, p) in enumerate(leptons) if index not in pair), key=lambda p: p["pt"]
        )
        angle = delta_phi(other["phi"], event["MET_phi"])
        yield math.sqrt(2 * other["pt"] * event["MET_pt"] * (1 - math.cos(angle)))


# Query → histogram in the products, loop, upper edge of its hundred bins from 0.
LOOPS = {
    1: {"all/met": (query_1, 200)},
    2: {"all/jet_pt": (query_2, 200)},
    3: {"all/jet_pt": (query_3, 200)},
    4: {"two_jets/met": (query_4, 200)},
    5: {"muon_pair/met": (query_5, 200)},
    6: {"three_jets/top_pt": (query_6_pt, 200), "three_jets/b_tag": (query_6_btag, 1)},
    7: {"all/sum_pt": (query_7, 200)},
    8: {"three_leptons/mt": (query_8, 200)},
}


def count(loop, events: list[Event], upper: float, weighted: bool = False) -> list[float]:
    """Entries of the bins, or sums of weights in the order of the events; underflow first and
    overflow last.
    """
    edges = [index * (upper / 100) for index in range(101)]
    sums = [0.0] * 102
    for event in events:
        for value in loop(event):
            sums[bisect_right(edges, value)] += event["genWeight"] if weighted else 1
    return sums
