"""Branches that may hold the weight of an event, found by their names and values."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np

from wollemi.inputs.event_files import EventFile, file_batches, open_events
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout, Source, locate
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

BY_OPTION = f"choose with --weight EXPRESSION; {UNWEIGHTED} counts each event as 1"
BY_BRANCH = f"choose with --weight BRANCH; {UNWEIGHTED} counts each event as 1"
FIRST = 1000  # events searched for weights
SHOWN = 6  # candidates in a message
ENOUGH = 10  # values needed to show that all have one size
# A weight has a word of `WEIGHT` in its name, or `w` or `wt` and otherwise only words of `EVENT`. A
# word of `OTHER` makes it a correction, a variation, or a number of weights.
WEIGHT = re.compile(r"weights?|wgts?|wght|xwgtup|scale1fb")
EVENT = re.compile(
    "events?|evt|ev|gen|generator|mc|sim|total|tot|nominal|nom|nosys|full|final|all|header|info|"
    "sample|base"
)
OTHER = re.compile(
    "n|nu?m|number|count|idx|index|id|begin|end|size|sums?|sumof|ed|up|do?w?n|vars?|variations?|"
    "sys|systs?|stat|unc|err|error|pdfs?|lhe|ps|isr|fsr|scales?|mu[rf]|ren|fac|qcd|alphas?|as|ewk|"
    "pu|pileup|puppi|b|c|[bc]tag|bjet|tag|tagging|mistag|sfs?|iso|reco|trig|trigger|hlt|prescale|l|"
    "prefire|prefiring|f?jvt|leps?|leptons?|el|ele|electrons?|mu|muons?|ph|photons?|gamma|taus?|"
    "jets?|fatjet|pv|vertex|vtx|track|pt|beam|beamspot|spot|fakes?|ff|bdt|mva|d?nn"
)
# Weight defined by a format → other branches with weights in the format.
DEFINED = {
    "genWeight": ("Generator_weight", "LHEWeight_originalXWGTUP"),
    "Event_Weight": ("Weight_Weight", "EventLHEF_Weight"),
}
_FLOAT = re.compile(r"float|double|Double32_t|Float16_t")
_SEPARATE = re.compile(r"(?i)(xwgtup|scale1fb|weights?|wgts?|wght)")
_WORD = re.compile(r"scale1fb|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True)
class WeightCandidate:
    """Possible weight of the events of a file.

    Args:
        expression: Weight in the language of analysis files.
        events: Number of events in the sums.
        total: Sum of the weights.
        negative: Fraction of negative weights.
        size: Absolute value of the weights if all have the same, else None.
    """

    expression: str
    events: int
    total: float
    negative: float
    size: float | None

    def __str__(self) -> str:
        sign = "±" if self.negative else ""
        each = "" if self.size is None else f", each {sign}{self.size:.6g}"
        negative = f"{100 * self.negative:.3g} % negative"
        return f"{self.expression} (Σ {self.total:.6g} of {self.events:,} events, {negative}{each})"


def find_weights(
    file: EventFile, layout: Layout, last: int | None = FIRST, *, by_values: bool = True
) -> list[WeightCandidate]:
    """Find the branches that may be the weight of the events of a file.

    A name is enough, unless all values are 0. Without such a name, a weight has values of both
    signs and one size that is not a multiple of 1/6, unlike charges and spins.

    Args:
        file: Open file.
        layout: Layout of the file.
        last: Number of events to sum; None for all.
        by_values: Whether to read branches whose names do not suggest a weight.
    """
    sources = locate(layout, file.names)
    found = _readable_weights(file, sources, [name for name in sources if is_weight_name(name)])
    if by_values and not found:
        kinds = file.types()
        numbers = [
            name
            for name, source in sources.items()
            if _FLOAT.fullmatch(kinds[source.branches[0]]) and not is_energy(name)
        ]
        found = _readable_weights(file, sources, numbers)
    also = {other for name in found for other in DEFINED.get(name, ())}
    return [
        _summed(file, sources[name], text, last) for name, text in found.items() if name not in also
    ]


def _readable_weights(
    file: EventFile, sources: Mapping[str, Source], names: Sequence[str]
) -> dict[str, str]:
    """Name → expression of the weights among some names, one per branch."""
    branches: dict[tuple[str, ...], str] = {}
    for name in names:
        is_counter = name.startswith("n") and name[1:] in sources
        if sources[name].rule in ("copy", "first") and not is_counter:
            branches.setdefault(sources[name].branches, name)
    first = _values(file, {name: sources[name] for name in branches.values()})
    return {name: text for name, values in first.items() if (text := _expression(name, values))}


def is_weight_name(name: str) -> bool:
    """Whether a name denotes a weight of complete events."""
    words = _words(name)
    if any(map(OTHER.fullmatch, words)):
        return False
    return any(map(WEIGHT.fullmatch, words)) or (_is_plain(words) and name != "W")


def _is_plain(words: Collection[str]) -> bool:
    """Whether a name consists only of words for the weight of an event."""
    others = [word for word in words if not EVENT.fullmatch(word)]
    return bool(others) and all(re.fullmatch(f"wt?|{WEIGHT.pattern}", word) for word in others)


def _words(name: str) -> frozenset[str]:
    """Lower-case words of a name: `mcEventWeights`, `mc_eventweights` → mc, event, weights."""
    return frozenset(word.lower() for word in _WORD.findall(_SEPARATE.sub(r"_\1_", name)))


def _values(file: EventFile, sources: Mapping[str, Source]) -> dict[str, ak.Array]:
    """Values of the first events, without unreadable branches."""
    try:
        batch = next(file_batches(file, sources, range(FIRST))) if sources else {}
    except WollemiError:
        halves = [list(sources.items())[part::2] for part in range(2)] if len(sources) > 1 else []
        return {
            name: values for half in halves for name, values in _values(file, dict(half)).items()
        }
    return {name: batch[name] for name in sources}


def _expression(name: str, values: ak.Array) -> str:
    """Weight in the language of analysis files; empty if the branch is not a weight."""
    if values.ndim > 2 or "bool" in str(values.type):
        return ""
    if values.ndim == 2:
        # ASSUME: the first of several weights is the nominal one, as in HepMC, PHYSLITE, Delphes.
        if not (_is_plain(_words(name)) and np.all(ak.num(values))):
            return ""
        return f"{name}[0]" if ak.any(values[:, 0]) or not len(values) else ""
    found = np.asarray(values, np.float64)
    if is_weight_name(name):
        return name if found.any() or not found.size else ""
    return name if _has_size_of_a_weight(found) else ""


def _has_size_of_a_weight(values: Floats) -> bool:
    """Whether values (events,) have both signs and one size that is not a multiple of 1/6."""
    if values.size < ENOUGH or not np.isfinite(values).all():
        return False
    size = abs(float(values[0]))
    is_one = np.allclose(np.abs(values), size, rtol=1e-6, atol=0)
    is_multiple = abs(6 * size - round(6 * size)) <= 1e-5 * size
    return bool(is_one and values.min() < 0 < values.max() and not is_multiple)


def _summed(file: EventFile, source: Source, expression: str, last: int | None) -> WeightCandidate:
    events = range(file.entries if last is None else last)
    parts = [
        np.asarray(ak.fill_none(ak.firsts(values), 0.0) if values.ndim == 2 else values, np.float64)
        for batch in file_batches(file, {"weight": source}, events)
        for values in (batch["weight"],)
    ]
    weights = np.concatenate(parts)
    sizes = np.unique(np.abs(weights))
    return WeightCandidate(
        expression,
        weights.size,
        float(weights.sum()),
        float(np.mean(weights < 0)) if weights.size else 0.0,
        float(sizes[0]) if sizes.size == 1 else None,
    )


def listed_weights(candidates: Sequence[WeightCandidate]) -> str:
    """Candidates as listed in a message."""
    more = [f"{len(candidates) - SHOWN} more"] if len(candidates) > SHOWN else []
    return ", ".join([*map(str, candidates[:SHOWN]), *more])


def unstated_weight(where: str, candidates: Sequence[WeightCandidate]) -> tuple[str, str]:
    """Problem and remedy for simulated events without a weight in the analysis.

    Args:
        where: File of the events.
        candidates: Possible weights of the file, at least one.
    """
    problem = f"is missing, but {where} may have weights: {listed_weights(candidates)}"
    written = f"write weight: {candidates[0].expression}"
    return problem, f"{written}, or weight: {UNWEIGHTED} to count each event as 1"


def only_weight(where: Place, candidates: Sequence[WeightCandidate], remedy: str) -> str:
    """Weight of events if it is unambiguous: the only candidate, or `none`.

    Args:
        where: File, for the error.
        candidates: Possible weights of the file.
        remedy: Remedy if there are several.

    Raises:
        WollemiError: There are several candidates.
    """
    if len(candidates) > 1:
        problem = f"has several possible weights: {listed_weights(candidates)}"
        raise WollemiError(str(where), problem, remedy)
    return candidates[0].expression if candidates else UNWEIGHTED


def branch_to_sum(paths: Iterable[Place], layout: Layout, given: str) -> str | None:
    """Branch with the weight of each event, for Σw over all events of files.

    Args:
        paths: Files; the first readable one is searched for weights.
        layout: Layout of the events in the files.
        given: Choice of the user: a branch, `none`, or empty to take the only possible weight.

    Returns:
        The branch; None to count each event as 1.

    Raises:
        WollemiError: There are several possible weights, or the only one is in a list.
    """
    if given:
        return None if given == UNWEIGHTED else given
    for path in paths:
        try:
            with open_events(path, layout) as file:
                candidates = find_weights(file, layout, by_values=isinstance(path, Path))
        except WollemiError:  # reported when all events are read
            continue
        found = only_weight(path, candidates, BY_BRANCH)
        if found.endswith("]"):
            problem = f"the weight {found} is in a list, and only one number per event is summed"
            raise WollemiError(str(path), problem, BY_BRANCH)
        return None if found == UNWEIGHTED else found
    return None


def check_weights(values: ak.Array, where: Place, name: str, first: int = 0) -> None:
    """Check the weights of a batch of events.

    Args:
        values: Values of a branch, shape (events,).
        where: File, for the error.
        name: Name of the branch.
        first: Entry of the first event in the file, for the error.

    Raises:
        WollemiError: The branch does not have one number per event, or a number is not finite.
    """
    if values.ndim > 1 or values.fields:
        problem = f"'{name}' is not one number per event, but {values.type.content}"
        raise WollemiError(str(where), problem, "name another --weight")
    numbers = np.asarray(values, np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        found = f"{numbers[bad[0]]} ({bad.size} such entries)"
        problem = f"the weight '{name}' of entry {first + bad[0]} is {found}"
        raise WollemiError(str(where), problem, "correct the file, or name another --weight")
