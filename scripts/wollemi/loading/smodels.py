"""Checks of the section `publication.smodels`. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.certification import WHOLE, known_luminosity
from wollemi.analysis.plain.queries import signal_samples
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.smodels import SmodelsTopology

# Labels that constraints can use without a databaseParticles.py:
# smodels/experiment/defaultFinalStates.py of SModelS 3.2.1.
KNOWN_PARTICLES = (
    *(
        "*",
        "C1",
        "C1+",
        "C1-",
        "H+",
        "H-",
        "HSCP",
        "Hpm",
        "L",
        "L+",
        "L-",
        "MET",
        "PV",
        "RHadronD",
        "RHadronG",
        "RHadronQ",
    ),
    *(
        "RHadronU",
        "W",
        "W+",
        "W-",
        "Z",
        "anyBSM",
        "anySM",
        "b",
        "c",
        "e",
        "e+",
        "e-",
        "g",
        "gluino",
        "higgs",
        "jet",
        "l",
        "l+",
    ),
    *("l-", "mu", "mu+", "mu-", "nu", "photon", "pion", "q", "t", "t+", "t-", "ta", "ta+", "ta-"),
)
_PROCESS = re.compile(r"\{[^{}]*\}")
_DECAY = re.compile(r"\(([^()>]+(?:\(\d+\))?)>((?:[^()]|\(\d+\))+)\)")
_PARTICLE = re.compile(r"^(.+?)(?:\((\d+)\))?$")


def constraint_particles(constraint: str) -> list[tuple[str, int | None]]:
    """Particles of a SModelS 3 constraint with their numbers; None for a particle without a number.

    Args:
        constraint: Text such as `{(PV > Zprime(1)), (Zprime(1) > e+,e-)}`, or a sum of processes.

    Raises:
        ValueError: The constraint does not have this form.
    """
    processes = _PROCESS.findall(constraint)
    rest = _PROCESS.sub("", constraint).replace(" ", "")
    if not processes or re.sub(r"[-+*/().\d]", "", rest):
        raise ValueError("no process in braces")
    found = []
    for process in processes:
        text = process[1:-1].replace(" ", "")
        decays = _DECAY.findall(text)
        if ",".join(
            f"({mother}>{daughters})" for mother, daughters in decays
        ) != text or not text.startswith("(PV>"):
            raise ValueError(f"{process} is not a chain of decays (mother > daughters) from PV on")
        found += [name for mother, daughters in decays for name in (mother, *daughters.split(","))]
    return [_named(name) for name in found]


def _named(text: str) -> tuple[str, int | None]:
    match = _PARTICLE.match(text)
    if match is None:
        raise ValueError("a particle has no name")
    return match[1], None if match[2] is None else int(match[2])


def check_smodels(analysis: Analysis) -> list[str]:
    """Problems of the section `publication.smodels`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    smodels = analysis.publication.smodels if analysis.publication else None
    if smodels is None:
        return []
    path, problems = "publication.smodels", []
    if analysis.limits is None:
        problems.append(f"{path}: needs upper limits; give the analysis a section limits")
    if isinstance(analysis.center_of_mass_tev, tuple):
        problems.append(
            f"{path}: SModelS knows one energy of the collisions a result; "
            "center_of_mass_tev has several"
        )
    if WHOLE not in (known_luminosity(analysis.plain) or []):
        problems.append(
            f"{path}: SModelS knows one luminosity a result; luminosity_ifb must be one number"
        )
    taken = [name for name in smodels.particles if name in KNOWN_PARTICLES]
    problems += [
        f"{path}.particles.{name}: SModelS has a particle of this name; remove it, or rename it"
        for name in taken
    ]
    for name, topology in smodels.topologies.items():
        problems += _check_topology(
            analysis, f"{path}.topologies.{name}", topology, smodels.particles
        )
    return problems


def _check_topology(
    analysis: Analysis, path: str, topology: SmodelsTopology, particles: Iterable[str]
) -> list[str]:
    signals = {name: analysis.samples[name] for name in signal_samples(analysis)}
    regions = [name for name, region in analysis.regions.items() if region.role == "signal"]
    nodes, masses = topology.nodes, topology.masses_gev
    problems = unknown_names(f"{path}.regions", topology.regions, regions, "signal region")
    problems += unknown_names(f"{path}.masses_gev", masses, signals, "signal sample")
    for name, values in masses.items():
        if len(values) != len(nodes):
            problems.append(
                f"{path}.masses_gev.{name}: as many masses as there are nodes: "
                f"{len(nodes)}, not {len(values)}"
            )
        datasets = [
            analysis.datasets.get(part)
            for part in (signals[name].datasets if name in signals else ())
        ]
        if any(one is None or one.cross_section_pb is None for one in datasets):
            problems.append(
                f"{path}.masses_gev.{name}: an efficiency needs its events before any cut: "
                "give cross_section_pb"
            )
    points = list(masses.values())
    if len(set(points)) < len(points):
        problems.append(f"{path}.masses_gev: two signals have the same masses")
    return problems + _check_constraint(path, topology.constraint, nodes, particles)


def _check_constraint(
    path: str, constraint: str, nodes: Sequence[int], particles: Iterable[str]
) -> list[str]:
    try:
        found = constraint_particles(constraint)
    except ValueError as error:
        return [
            f"{path}.constraint: {error}; write it as {{(PV > Zprime(1)), (Zprime(1) > e+,e-)}}"
        ]
    names = list(dict.fromkeys(name.lstrip("*") or name for name, _ in found))
    problems = unknown_names(
        f"{path}.constraint", names, [*KNOWN_PARTICLES, *particles], "particle"
    )
    numbers = {number for _, number in found}
    problems += [
        f"{path}.nodes: no particle of the constraint has the number ({node})"
        for node in nodes
        if node not in numbers
    ]
    return problems
