"""Mistakes with the efficiency maps for SModelS."""

from collections.abc import Callable
from inspect import isfunction
from typing import Any

from support.tiny.mistakes import Run, check_run, set_value

TOPOLOGY = {
    "constraint": "{(PV > Phi(1)), (Phi(1) > mu+,mu-)}",
    "masses_gev": {"signal_200": [200], "signal_300": [300]},
    "regions": "search",
}


def _publish(particles: dict[str, Any], **topologies: dict[str, Any]) -> None:
    smodels = {"id": "Tiny-2012-01", "particles": particles, "topologies": topologies}
    set_value("publication", value={"smodels": smodels})


def smodels_names() -> Run:
    topology = TOPOLOGY | {
        "masses_gev": {"signl_200": [200], "dy": [300], "signal_300": [200]},
        "regions": ["serch", "peak"],
    }
    misspelled = TOPOLOGY | {"constraint": "{(PV > Phi(1)), (Phi(1) > muu+,mu-)}", "nodes": [2]}
    _publish({"Phi": {"spin": 0}, "MET": {"spin": 0.5}}, TRS1mumu=topology, TRS1=misspelled)
    set_value("datasets", "signal_300", "cross_section_pb", value=None)
    return check_run


def smodels_constraints() -> Run:
    texts = {
        "A": "Phi > mu+ mu-",
        "B": "{(Phi(1) > mu+,mu-)}",
        "C": "{(PV > Phi(1)), (Phi(1) mu+,mu-)}",
    }
    pair = {"signal_200": [200, 50], "signal_300": [200, 50]}
    _publish(
        {"Phi": {"spin": 0}},
        **{name: TOPOLOGY | {"constraint": text} for name, text in texts.items()},
        D=TOPOLOGY | {"masses_gev": pair},
    )
    return check_run


def smodels_of_several_eras() -> Run:
    _publish({"Phi": {"spin": 0}}, TRS1mumu=TOPOLOGY)
    set_value("center_of_mass_tev", value=[7, 8])
    set_value("luminosity_ifb", value={2011: 0.05, 2012: 0.05})
    for dataset in ("dy_low", "dy_high", "dy_alternative", "signal_200", "signal_300"):
        set_value("datasets", dataset, "era", value=2012)
    set_value("limits", value=None)
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
