"""Event generation with Pythia 8 (arXiv:2203.11601), up to the particle level.

Pythia and its Python module are under the GNU General Public License, version 2 or later. Only this
module imports them, and only `generate_events` and generated samples of a catalogue import this
module; all other programs work without them.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
import pythia8mc
from numpy.typing import NDArray

from wollemi.generation.particle_level import (
    ELECTRON,
    MUON,
    dressed_leptons,
    jet_constituents,
    missing_momentum,
)
from wollemi_likelihood.base.errors import WollemiError

CHUNK = 500  # events per batch from Pythia, whose full record takes much memory
BLOCK = 10_000  # events whose final particles are processed together
PB_PER_MB = 1e9
JET_RADIUS = 0.4
JET_PT_GEV = 10.0  # before the detector, well below the threshold after it
ANTI_KT = -1
NO_ETA_CUT = 25.0  # applied to the constituents instead
BIAS_REFERENCE_GEV = 1000.0  # mass at which a biased event has weight 1

_OWN_SETTINGS = ("Print:quiet = on", "Random:setSeed = on")


@dataclass(frozen=True)
class Generated:
    """Generated events at the particle level.

    Args:
        events: Records (events,) with `run`, `luminosityBlock`, `event`, `genWeight`, `mass` (of
            the hard process, GeV), jagged `electrons`, `muons`, `jets`, and `missing_x`,
            `missing_y` in GeV.
        cross_section_pb: Leading-order cross section of the generator times branching fraction, in
            pb.
        cross_section_error_pb: Statistical error of the cross section in pb.
    """

    events: ak.Array
    cross_section_pb: float
    cross_section_error_pb: float


class Steering(pythia8mc.UserHooks):  # type: ignore[misc]
    """Selects the hard processes to simulate: heavy ones more often, and only with a heavy lepton
    pair.

    With the bias, one sample populates a spectrum that falls over many orders of magnitude; events
    have the weight (m/1 TeV)^-power. The filter acts before the showers, the slow part.

    Args:
        mass_bias: Power of the mass of the hard process; 0 for no bias.
        min_dilepton_mass_gev: Minimum mass of the heaviest pair of electrons or muons, of any
            charge, in GeV; 0 for no filter.
    """

    def __init__(self, mass_bias: float, min_dilepton_mass_gev: float):
        super().__init__()
        self._half_power = mass_bias / 2
        self._minimum = min_dilepton_mass_gev
        self._weight = 1.0
        self._seen = [0, 0.0]  # number and sum of weights, of all hard processes
        self._kept = [0, 0.0]

    def canBiasSelection(self) -> bool:  # noqa: N802
        """Whether this hook biases the selection, as asked by Pythia."""
        return self._half_power != 0

    def biasSelectionBy(self, process: Any, phase_space: Any, in_event: bool) -> float:  # noqa: N802
        """Factor on the probability of a phase-space point."""
        bias = (phase_space.sHat() / BIAS_REFERENCE_GEV**2) ** self._half_power
        self._weight = 1.0 / bias
        return float(bias)

    def biasedSelectionWeight(self) -> float:  # noqa: N802
        """Weight of the last accepted event."""
        return self._weight

    def canVetoProcessLevel(self) -> bool:  # noqa: N802
        """Whether this hook drops events, as asked by Pythia."""
        return self._minimum > 0

    def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: N802
        """Whether to drop the event."""
        particles = [process[index] for index in range(process.size())]
        momenta = [particle.p() for particle in particles if particle.idAbs() in (ELECTRON, MUON)]
        keep = any(
            (first + second).mCalc() >= self._minimum
            for first, second in itertools.combinations(momenta, 2)
        )
        for counter in (self._seen, self._kept) if keep else (self._seen,):
            counter[0] += 1
            counter[1] += self._weight
        return not keep

    @property
    def cross_section_factor(self) -> float:
        """Factor on Pythia's cross section, which counts kept events instead of their weights."""
        if not self._kept[0]:
            return 1.0
        return (self._kept[1] / self._seen[1]) / (self._kept[0] / self._seen[0])


def make_generator(settings: Sequence[str], seed: int, hook: Steering | None = None) -> Any:
    """An initialized Pythia generator.

    Args:
        settings: Lines such as `WeakSingleBoson:ffbar2gmZ = on`; later ones override earlier ones.
        seed: Seed of Pythia's random numbers, 1 … 900,000,000.
        hook: Hook; the caller must keep it alive, as Pythia does not.

    Raises:
        WollemiError: Pythia refuses a setting or cannot be initialized with the settings.
    """
    pythia = pythia8mc.Pythia("", False)  # without the banner
    for line in (*_OWN_SETTINGS, *settings, f"Random:seed = {seed}"):
        if not pythia.readString(line):
            raise WollemiError(
                "generator settings",
                f"Pythia does not accept '{line}'",
                "correct it (pythia.org/latest-manual)",
            )
    if hook is not None:
        pythia.setUserHooksPtr(hook)
    if not pythia.init():
        raise WollemiError(
            "generator settings",
            "Pythia cannot start with them (its reason is above)",
            "correct the settings",
        )
    return pythia


def generate(
    settings: Sequence[str],
    events: int,
    seed: int,
    *,
    mass_bias: float = 0.0,
    min_dilepton_mass_gev: float = 0.0,
    chunk: int = CHUNK,
    progress: Callable[[int], None] | None = None,
) -> Generated:
    """Generate events; the same seed gives the same bits, independent of the chunks.

    The events are numbered from 1 in luminosity block 1. The run is the seed, so that events of
    different seeds also get different random numbers in the detector.

    Args:
        settings: Settings of Pythia.
        events: Number of events.
        seed: Seed, 1 … 900,000,000.
        mass_bias: Power of the mass, see `Steering`.
        min_dilepton_mass_gev: Minimum mass, see `Steering`; the cross section counts kept events.
        chunk: Number of events per batch from Pythia.
        progress: Function called after each chunk with the number of events done.

    Raises:
        WollemiError: Pythia refuses the settings.
    """
    hook = Steering(mass_bias, min_dilepton_mass_gev)
    pythia = make_generator(settings, seed, hook)
    blocks = []
    for start in range(0, events, BLOCK):
        stop = min(start + BLOCK, events)
        block = ak.concatenate(
            [_final_state(batch) for batch in _batches(pythia, start, stop, chunk, progress)]
        )
        blocks.append(_particle_level(block, pythia, seed, np.arange(start + 1, stop + 1)))
    info, scale = pythia.infoPython(), PB_PER_MB * hook.cross_section_factor
    return Generated(ak.concatenate(blocks), info.sigmaGen() * scale, info.sigmaErr() * scale)


def _batches(
    pythia: Any, start: int, stop: int, chunk: int, progress: Callable[[int], None] | None
) -> Iterator[ak.Array]:
    for first in range(start, stop, chunk):
        last = min(first + chunk, stop)
        yield pythia.nextBatch(last - first)
        if progress is not None:
            progress(last)


def _final_state(batch: ak.Array) -> ak.Array:
    """The kept part of Pythia's record: weight, mass, final particles with id, px, py, pz, e."""
    final = batch.prt[batch.prt.status > 0]
    particles = ak.zip(
        {"id": final.id, "px": final.p.px, "py": final.p.py, "pz": final.p.pz, "e": final.p.e}
    )
    return ak.zip(
        {"weight": batch.info.weights[:, 0], "mass": batch.info.mHat, "particles": particles},
        depth_limit=1,
    )


def _particle_level(batch: ak.Array, pythia: Any, run: int, numbers: NDArray[np.int64]) -> ak.Array:
    """Particle-level records of events with the given numbers (events,)."""
    leptons = dressed_leptons(batch.particles)
    missing_x, missing_y = missing_momentum(batch.particles)
    return ak.zip(
        {
            "run": np.full(len(numbers), run, np.uint32),
            "luminosityBlock": np.ones(len(numbers), np.uint32),
            "event": numbers.astype(np.uint64),
            "genWeight": batch.weight,
            "mass": batch.mass,
            "electrons": leptons[ELECTRON],
            "muons": leptons[MUON],
            "jets": cluster_jets(jet_constituents(batch.particles), pythia),
            "missing_x": missing_x,
            "missing_y": missing_y,
        },
        depth_limit=1,
    )


def cluster_jets(constituents: ak.Array, pythia: Any) -> ak.Array:
    """Cluster jets with the anti-kt algorithm (arXiv:0802.1189), R = 0.4, in Pythia's SlowJet.

    Args:
        constituents: Particles (events, var) with px, py, pz, e in GeV.
        pythia: Generator, for its particle data.

    Returns:
        Jets (events, var) with pt and mass in GeV, eta, phi; hardest first.
    """
    finder = pythia8mc.SlowJet(ANTI_KT, JET_RADIUS, JET_PT_GEV, NO_ETA_CUT, 1, 2, None, False, True)
    record = pythia8mc.Event()
    record.init("", pythia.particleData)
    ends = np.cumsum(ak.to_numpy(ak.num(constituents))).tolist()
    flat = ak.flatten(constituents)
    momenta = list(
        zip(*(ak.to_numpy(flat[name]).tolist() for name in ("px", "py", "pz", "e")), strict=True)
    )
    jets, counts = [], []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        found = _event_jets(finder, record, momenta[start:end])
        jets += found
        counts.append(len(found))
    columns = np.array(jets, np.float64).reshape(-1, 4).T
    return ak.unflatten(
        ak.zip(dict(zip(("pt", "eta", "phi", "mass"), columns, strict=True))), counts
    )


def _event_jets(
    finder: Any, record: Any, momenta: list[tuple[float, ...]]
) -> list[tuple[float, ...]]:
    record.clear()
    for px, py, pz, e in momenta:
        record.append(21, 1, 0, 0, px, py, pz, e, 0.0)
    finder.analyze(record)
    jets = [finder.p(index) for index in range(finder.sizeJet())]
    return [(jet.pT(), jet.eta(), jet.phi(), jet.mCalc()) for jet in jets]
