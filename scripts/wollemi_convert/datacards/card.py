"""Content of a datacard, line by line, without its histograms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from wollemi.base.numbers import text_number
from wollemi_likelihood.base.errors import WollemiError

Entry = tuple[str, str]  # bin, process

NORMALIZATIONS = frozenset({"lnN"})
SHAPES = frozenset({"shape", "shape?", "shape2", "shape2?"})  # one common interpolation, from TH1
SIDEBANDS = frozenset({"gmN", "gmM"})
# Rate of a process without events that may get some from a sideband (Combine, DatacardParser.py).
SMALLEST_RATE = 1e-6
# Larger effects, raised to a power, overflow floating-point numbers.
LARGEST_EFFECT = 1e6


@dataclass(frozen=True)
class Uncertainty:
    """A systematic uncertainty.

    Args:
        line: Line number in the card.
        name: Name of its parameter.
        kind: ``lnN``, ``gmN``, ``gmM``, ``shape`` or ``shape?``.
        events: Events in the sideband; for ``gmM``, the events that give the same constraint.
        effects: (bin, process) → text in the column of each affected process.
    """

    line: int
    name: str
    kind: str
    events: float
    effects: Mapping[Entry, str]

    def size(self, entry: Entry) -> float:
        """Effect on a process as a single number."""
        return self.positive(self.effects[entry])

    def positive(self, text: str) -> float:
        """Convert a number of the line.

        Args:
            text: Text of the number.

        Raises:
            WollemiError: The text is not a number above 0.
        """
        value = text_number(
            f"line {self.line}", f"an effect of '{self.name}'", text, at_most=LARGEST_EFFECT
        )
        if value <= 0:
            problem = f"an effect of '{self.name}' is '{text}', not above 0"
            remedy = "correct it, or write - for no effect"
            raise WollemiError(f"line {self.line}", problem, remedy)
        return value


@dataclass(frozen=True)
class RateParameter:
    """A free factor of processes, or a formula of other parameters.

    Args:
        line: Line number in the card.
        name: Name of the parameter.
        bins: Pattern of the bins' names; empty for a parameter that only formulas use.
        processes: Pattern of the processes' names.
        initial: Initial value; None for a formula.
        bounds: Allowed range; None if the card does not give it.
        factors: Names of the parameters in the formula.
        formula: Formula with ``{0}`` for the first parameter; empty for a plain product.
    """

    line: int
    name: str
    bins: str
    processes: str
    initial: float | None
    bounds: tuple[float, float] | None
    factors: Sequence[str]
    formula: str = ""

    def scales(self, entry: Entry) -> bool:
        """Whether the parameter multiplies a process in a bin."""
        return fnmatchcase(entry[0], self.bins) and fnmatchcase(entry[1], self.processes)


@dataclass(frozen=True)
class ShapeRule:
    """Paths of the histograms of processes.

    Args:
        line: Line number in the card.
        process: Name of the process, or ``*``.
        bin: Name of the bin, or ``*``.
        file: Path of the file, relative to the card; ``FAKE`` for a count.
        histogram: Path of the nominal one in the file, with ``$PROCESS``, ``$CHANNEL``, ``$MASS``.
        varied: Path of the shifted histograms, with ``$SYSTEMATIC``; empty without systematics.
    """

    line: int
    process: str
    bin: str
    file: str
    histogram: str
    varied: str


@dataclass(frozen=True)
class BinStatistics:
    """An ``autoMCStats`` line.

    Args:
        bins: Pattern of the bins' names.
        threshold: Effective number of events up to which each process has its own parameter;
            negative for no parameters.
        with_signal: Whether signals count for the threshold.
    """

    bins: str
    threshold: float
    with_signal: bool


@dataclass(frozen=True)
class Card:
    """A datacard.

    Args:
        observed: Observed events by bin; -1 to take the sum of the histogram.
        rates: (bin, process) → expected events, in the order of the card; -1 for the histogram's.
        signals: Processes with a number of 0 or below.
        uncertainties: Systematic uncertainties in the order of the card.
        rate_parameters: Rate parameters in the order of the card.
        statistics: ``autoMCStats`` lines in the order of the card; per bin the last match counts.
        shapes: Rules for histograms in the order of the card.
    """

    observed: Mapping[str, float]
    rates: Mapping[Entry, float]
    signals: frozenset[str]
    uncertainties: Sequence[Uncertainty]
    rate_parameters: Sequence[RateParameter]
    statistics: Sequence[BinStatistics]
    shapes: Sequence[ShapeRule]

    def statistics_in(self, place: str) -> BinStatistics | None:
        """The ``autoMCStats`` line of a bin: the last one that matches it."""
        rules = [item for item in self.statistics if fnmatchcase(place, item.bins)]
        return rules[-1] if rules else None
