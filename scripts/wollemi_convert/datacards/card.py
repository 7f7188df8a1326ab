"""What a datacard says, line by line, without its histograms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from wollemi.base.numbers import text_number
from wollemi_likelihood.base.errors import WollemiError

Entry = tuple[str, str]  # bin, process

NORMALIZATIONS = frozenset({"lnN"})
SHAPES = frozenset({"shape", "shape?", "shape2", "shape2?"})  # one interpolation, of TH1
SIDEBANDS = frozenset({"gmN", "gmM"})
# Rate of a process without events whose sideband may give it some (Combine, DatacardParser.py).
SMALLEST_RATE = 1e-6
# Beyond it powers of an effect leave the range of numbers.
LARGEST_EFFECT = 1e6


@dataclass(frozen=True)
class Uncertainty:
    """A systematic uncertainty.

    Args:
        line: Line of the card.
        name: Name of its parameter.
        kind: ``lnN``, ``gmN``, ``gmM``, ``shape`` or ``shape?``.
        events: Events of the sideband; of ``gmM`` those of the same constraint.
        effects: (bin, process) → text in the column of each process that it changes.
    """

    line: int
    name: str
    kind: str
    events: float
    effects: Mapping[Entry, str]

    def size(self, entry: Entry) -> float:
        """Its effect on a process, a single number."""
        return self.positive(self.effects[entry])

    def positive(self, text: str) -> float:
        """A number of the line.

        Args:
            text: The number.

        Raises:
            WollemiError: it is not a number above 0.
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
    """A free factor of processes, or a formula of others.

    Args:
        line: Line of the card.
        name: Name of the parameter.
        bins: Pattern of the bins' names; empty for a parameter that only formulas use.
        processes: Pattern of the processes' names.
        initial: Initial value; None for a formula.
        bounds: Range, if the card gives one.
        factors: Names of the parameters of a formula.
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
        """Whether it multiplies a process in a bin."""
        return fnmatchcase(entry[0], self.bins) and fnmatchcase(entry[1], self.processes)


@dataclass(frozen=True)
class ShapeRule:
    """Where the histograms of processes are.

    Args:
        line: of the card.
        process: name, or ``*``.
        bin: name, or ``*``.
        file: path, relative to the card; ``FAKE`` for a count.
        histogram: path in the file with ``$PROCESS``, ``$CHANNEL``, ``$MASS``.
        varied: that of the shifted ones, with ``$SYSTEMATIC``; empty without them.
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
        bins: pattern.
        threshold: effective number of events up to which each process has a parameter of its own;
            negative: no parameters.
        with_signal: whether signals count for the threshold.
    """

    bins: str
    threshold: float
    with_signal: bool


@dataclass(frozen=True)
class Card:
    """A datacard.

    Args:
        observed: bin → events, -1 where the histogram has them.
        rates: (bin, process) → events, -1 where the histogram has them, in the order of the card.
        signals: processes with a number of 0 or below.
        uncertainties: in the order of the card.
        rate_parameters: in the order of the card.
        statistics: in the order of the card; the last one that names a bin counts.
        shapes: in the order of the card.
    """

    observed: Mapping[str, float]
    rates: Mapping[Entry, float]
    signals: frozenset[str]
    uncertainties: Sequence[Uncertainty]
    rate_parameters: Sequence[RateParameter]
    statistics: Sequence[BinStatistics]
    shapes: Sequence[ShapeRule]

    def statistics_in(self, place: str) -> BinStatistics | None:
        """The ``autoMCStats`` line of a bin: the last one that names it."""
        rules = [item for item in self.statistics if fnmatchcase(place, item.bins)]
        return rules[-1] if rules else None
