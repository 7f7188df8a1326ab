"""Origin of the events in a file, data or simulation, judged by its content."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wollemi.inputs.content_checks import flat_values
from wollemi.inputs.event_files import count_entries, open_events, read_batches
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout, locate
from wollemi.inputs.weights import is_weight_name
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

DATA, SIMULATION = "data", "simulation"
FIRST = 1000  # events searched for truth
ENDS = 10_000  # events at either end of a file whose run numbers are compared
# Run numbers of simulation: CMS, and ATLAS's mc12, mc16 and mc20, mc21 and mc23.
SIMULATED_RUNS = frozenset(
    (1, 195847, 195848, 284500, 300000, 310000, 330000, 410000, 450000, 470000)
)
_RUN = re.compile(r"(?:.*_)?f?run_?(?:number|num|no)?", re.IGNORECASE)
# Names of generated particles and derived quantities: `GenJet`, `GenPart_pt`, `Jet_genJetIdx`,
# `TruthMuons`, `AntiKt4TruthDressedWZJets`, `MCParticles`, `mc_pt`, `Pileup_nTrueInt`, `LHE_HT`;
# `Particle` of Delphes and EDM4hep.
_TRUTH = re.compile(
    r"""(?:^|_|[a-z0-9]|^Sub)(?:Gen|LHE|Truth|True|HepMC)(?=[A-Z_]|$) | ^MC(?=[A-Za-z])
      | ^Generator_ | (?:^|_)(?:gen|truth|mc|lhe)(?=[A-Z_]|$)
      | ^Particle(?:_|$) | ^(?:HardScatter|Born)[A-Z]""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Origin:
    """Origin of the events in a file, with the evidence.

    Args:
        kind: `data` or `simulation`; empty if the content does not decide.
        reason: Evidence as text.
    """

    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind or 'data or simulation'}: {self.reason}"


def is_truth(name: str) -> bool:
    """Whether a branch or collection is generator-level information, judging by its name."""
    return _TRUTH.search(name) is not None


def judge_origin(path: Place, layout: Layout) -> Origin:
    """Judge whether events are data or simulation.

    Simulation has generated particles or weights, and mostly one run number; data have several run
    numbers. Branches of zeros only are not evidence: many ntuples have the same branches for both.

    Args:
        path: Path of the file.
        layout: Layout of the file.
    """
    with open_events(path, layout) as file:
        names = list(locate(layout, file.names))
    runs = _run_numbers(path, layout, names)
    is_simulated_run = runs.size > 0 and SIMULATED_RUNS.issuperset(runs.tolist())
    several, shown = runs.size > 1 and not is_simulated_run, _shown(runs)
    found = next(_generator_names(path, layout, names), "")
    if found:
        return Origin("" if several else SIMULATION, f"generator information ({found}), {shown}")
    if is_simulated_run:
        return Origin(SIMULATION, f"{shown}, as in simulation")
    return Origin(DATA if several else "", f"no generator information, {shown}")


def _shown(runs: Floats) -> str:
    if runs.size > 1:
        return f"{runs.size} runs from {runs.min():.0f} to {runs.max():.0f}"
    return f"run {runs[0]:.0f} in all events" if runs.size else "no run numbers"


def _run_numbers(path: Place, layout: Layout, names: Sequence[str]) -> Floats:
    """Distinct run numbers at both ends of a file (runs,): data are ordered by run."""
    name = next((name for name in names if _RUN.fullmatch(name) and not is_truth(name)), None)
    if name is None:
        return np.zeros(0)
    last = max(count_entries(path, layout) - ENDS, 0)
    ends = ((0, ENDS), (last, None))
    return np.unique(np.concatenate([_values(path, layout, name, *end) for end in ends]))


def _generator_names(path: Place, layout: Layout, names: Sequence[str]) -> Iterator[str]:
    """Generator collections and branches with positive values, and weights with values other than 0
    and 1.
    """
    # Lengths of the lists of a branch, as written by uproot and others, do not show its values.
    counters = {counter for name in names for counter in (f"n{name}", f"{name}_n")}
    for name in names:
        is_weight = is_weight_name(name)
        if name not in counters and (is_weight or is_truth(name)):
            values = _values(path, layout, name, 0, FIRST)
            # Such branches are 0, -1 or another negative number in data.
            if (~np.isin(values, (0, 1))).any() if is_weight else (values > 0).any():
                yield name if is_weight else name.rpartition("_")[0] or name


def _values(path: Place, layout: Layout, name: str, start: int, stop: int | None) -> Floats:
    """All numbers of a branch in a range of events (values,); empty if it cannot be read."""
    try:
        batches = read_batches(path, layout, [name], start, stop)
        parts = [np.asarray(flat_values(batch[name]), np.float64) for batch in batches]
    except (WollemiError, TypeError, ValueError):
        return np.zeros(0)
    return np.concatenate(parts)
