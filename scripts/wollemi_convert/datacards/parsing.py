"""Parse the text of a datacard."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wollemi.base.numbers import text_number
from wollemi_convert.datacards.card import (
    NORMALIZATIONS,
    SHAPES,
    SIDEBANDS,
    SMALLEST_RATE,
    BinStatistics,
    Card,
    Entry,
    RateParameter,
    ShapeRule,
    Uncertainty,
)
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.expressions.factors import parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError

# Most events: sums, squares and ratios of larger numbers lose precision or overflow.
LARGEST = 1e15

Line = tuple[int, list[str]]

# Constructs that a sum of templates cannot express, and the remedy for each.
PARAMETRIC = "parametric models are no templates: bin them first"
REFUSED = {
    "lnU": "use rateParam: a uniform range is no constraint that HistFactory has",
    "shapeN": "use shape: HistFactory interpolates events, not their logarithms",
    "shapeU": "use shape: HistFactory has no uniform constraint",
    "param": PARAMETRIC,
    "flatParam": PARAMETRIC,
    "discrete": PARAMETRIC,
    "constr": PARAMETRIC,
    "trG": "use lnN",
    "unif": "use rateParam",
    "dFD": "use rateParam",
    "dFD2": "use rateParam",
}
# Kinds of lines with an effect per column.
COLUMNS = NORMALIZATIONS | SHAPES | SIDEBANDS
PRODUCT = re.compile(r"\(?@\d+(\*@\d+)*\)?")
RANGE = re.compile(r"\[([^,\]]+),([^,\]]+)\]")
# Tables of templates, which Combine reads with pandas.
TABLES = (".csv", ".json", ".html", ".pkl", ".xlsx", ".h5", ".parquet")


def parse_card(text: str) -> Card:
    """Read a datacard by the rules of Combine's own parser (python/DatacardParser.py).

    Args:
        text: Content of the file.

    Returns:
        The card.

    Raises:
        WollemiError: A line is invalid, or uses a construct that HistFactory cannot express.
    """
    header, rest = _header(_lines(text))
    uncertainties: list[Uncertainty] = []
    factors: list[RateParameter] = []
    statistics: list[BinStatistics] = []
    for number, words in rest:
        kind = _kind(number, words)
        if kind == "autoMCStats":
            statistics.append(_bin_statistics(number, words, header.observed))
        elif kind in ("rateParam", "extArg"):
            factors.append(_rate_parameter(number, words))
        elif kind != "group":
            uncertainties.append(_uncertainty(number, words, header.columns))
    for item in uncertainties:
        if item.kind == "gmN":
            empty = {entry for entry in item.effects if header.rates[entry] == 0}
            header.rates |= dict.fromkeys(empty, SMALLEST_RATE)
    _check_names(uncertainties, factors)
    _check_number(header, len(uncertainties))
    return Card(
        observed=header.observed,
        rates=header.rates,
        signals=header.signals,
        uncertainties=uncertainties,
        rate_parameters=factors,
        statistics=statistics,
        shapes=header.shapes,
    )


def _kind(number: int, words: Sequence[str]) -> str:
    """The second word of a line below the rates, if a HistFactory model can express it."""
    if len(words) < 2:
        raise _error(number, f"'{words[0]}' has no kind", "write its kind after the name")
    kind = words[1]
    if kind == "edit":
        raise _error(number, "'nuisance edit' is not supported", "edit the lines themselves")
    if kind not in COLUMNS | {"autoMCStats", "rateParam", "extArg", "group"}:
        remedy = REFUSED.get(kind, "use lnN, gmN, shape, shape?, rateParam or autoMCStats")
        raise _error(number, f"HistFactory cannot express '{kind}' of '{words[0]}'", remedy)
    return kind


def _check_names(items: Sequence[Uncertainty], factors: Sequence[RateParameter]) -> None:
    """Raise an error for names with two meanings and effects given twice."""
    factor_names = {item.name for item in factors}
    sidebands: dict[str, int] = {}
    effects: set[tuple[str, Entry]] = set()
    for item in items:
        line = item.line if item.kind in SIDEBANDS else 0
        if item.name in factor_names or sidebands.setdefault(item.name, line) != line:
            raise _error(item.line, f"'{item.name}' is the name of two parameters", "rename one")
        for entry in item.effects:
            if (item.name, entry) in effects:
                problem = f"'{item.name}' acts twice on '{entry[1]}' in '{entry[0]}'"
                raise _error(item.line, problem, "merge the two lines")
            effects.add((item.name, entry))


def _check_number(header: "_Header", uncertainties: int) -> None:
    """Refuse a card with fewer lines than ``kmax``: it may have been cut off."""
    number, words = header.lines.get("kmax", (0, ["*"]))
    if words[:1] not in (["*"], [str(uncertainties)]):
        problem = f"kmax is {words[0] if words else 'missing'}, but there are {uncertainties}"
        problem += " uncertainties"
        raise _error(number, problem, f"write kmax {uncertainties}, or kmax *")


@dataclass
class _Header:
    """Bins, processes and rates."""

    shapes: list[ShapeRule] = field(default_factory=list)
    observed: dict[str, float] = field(default_factory=dict)
    columns: list[Entry] = field(default_factory=list)
    rates: dict[Entry, float] = field(default_factory=dict)
    signals: frozenset[str] = frozenset()
    lines: Mapping[str, Line] = field(default_factory=dict)


def _lines(text: str) -> list[Line]:
    """Lines without comments and separators, cut off at ``#``."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if words and not line.startswith("--") and set(words[0]) != {"-"}:
            found.append((number, words))
    return found


def _header(lines: Sequence[Line]) -> tuple[_Header, list[Line]]:
    """Header of the card, up to the line of rates, and the lines after it."""
    header, rows, rest = _Header(), {}, []
    processes: list[Line] = []
    for number, words in lines:
        key = words[0]
        if "rate" in rows:
            rest.append((number, words))
        elif key == "shapes":
            rule = _shape_rule(number, words)
            if any((rule.process, rule.bin) == (item.process, item.bin) for item in header.shapes):
                problem = f"there are two lines 'shapes {rule.process} {rule.bin}'"
                raise _error(number, problem, "remove one")
            header.shapes.append(rule)
        elif key == "process":
            processes.append((number, words[1:]))
        elif key in ("imax", "jmax", "kmax", "bin", "observation", "Observation", "rate"):
            place = "columns" if key == "bin" and "bin" in rows else key.lower()
            rows[place] = (number, words[1:])
    header.lines = rows
    _fill(header, rows, processes)
    return header, rest


def _fill(header: _Header, rows: Mapping[str, Line], processes: Sequence[Line]) -> None:
    for key in ("rate", "bin", "observation"):
        if key not in rows:
            raise WollemiError("datacard", f"line '{key}' is missing", "is this a datacard?")
    if len(processes) != 2:
        problem = f"there are {len(processes)} lines 'process' before that of the rates"
        raise WollemiError("datacard", problem, "give names in one and numbers in the other")
    bins, columns = rows["bin"], rows.get("columns", rows["bin"])
    if "columns" not in rows:  # one line for both: the bins in the order of the columns
        bins = bins[0], list(dict.fromkeys(bins[1]))
    header.observed = dict(
        zip(bins[1], _numbers("an observation", *rows["observation"], bins), strict=True)
    )
    below = [value for value in header.observed.values() if value < 0 and value != -1]
    if below:
        problem = f"{below[0]:g} events are observed"
        raise _error(rows["observation"][0], problem, "give a count, or -1 for a histogram's sum")
    names, numbers = processes
    if all(re.fullmatch(r"-?\d+", word) for word in names[1]):
        names, numbers = numbers, names
    if len(names[1]) != len(columns[1]):
        problem = f"{counted(len(names[1]), 'process')} for {counted(len(columns[1]), 'bin')}"
        raise _error(names[0], problem, "give one for each column")
    header.columns = list(zip(columns[1], names[1], strict=True))
    unknown = [name for name in columns[1] if name not in header.observed]
    if unknown:
        problem = f"bin '{unknown[0]}' has no observation"
        raise _error(columns[0], problem, "name it in the first line 'bin', with its observation")
    repeated = [entry for entry in header.columns if header.columns.count(entry) > 1]
    if repeated:
        problem = f"'{repeated[0][1]}' stands twice in bin '{repeated[0][0]}'"
        raise _error(names[0], problem, "give each process of a bin one column")
    empty = [name for name in header.observed if name not in columns[1]]
    if empty:
        problem = f"bin '{empty[0]}' has an observation and no process"
        raise _error(bins[0], problem, "give it one, or take it out")
    for key, count in (("imax", len(header.observed)), ("jmax", len({*names[1]}) - 1)):
        number, words = rows.get(key, (0, ["*"]))
        if words[:1] not in (["*"], [str(count)]):
            raise _error(number, f"{key} is not {count}", f"write {key} {count}, or {key} *")
    order = _numbers("a number of a process", *numbers, columns)
    below_one = [place <= 0 for place in order]
    header.signals = frozenset(name for name, here in zip(names[1], below_one, strict=True) if here)
    for name, here in zip(names[1], below_one, strict=True):
        if name in header.signals and not here:
            problem = f"'{name}' is a signal in one bin and a background in another"
            raise _error(numbers[0], problem, "give it a number of 0 or below in all, or in none")
    header.rates = dict(
        zip(header.columns, _numbers("a rate", *rows["rate"], columns), strict=True)
    )


def _numbers(name: str, line: int, words: Sequence[str], columns: Line) -> list[float]:
    if len(words) != len(columns[1]):
        problem = f"{counted(len(words), 'number')} for {counted(len(columns[1]), 'column')}"
        raise _error(line, problem, "give one for each bin, or process, above")
    return [_number(line, name, word) for word in words]


def _number(line: int, name: str, word: str) -> float:
    return text_number(f"line {line}", name, word, -LARGEST, LARGEST)


def _shape_rule(line: int, words: Sequence[str]) -> ShapeRule:
    if len(words) < 5 and words[3:4] != ["FAKE"]:
        remedy = "write: shapes PROCESS BIN FILE HISTOGRAM [SHIFTED HISTOGRAM]"
        raise _error(line, f"'shapes' has {len(words) - 1} words after it", remedy)
    process, place, file, histogram, varied = [*words[1:6], "", ""][:5]
    if file.partition(":")[0].endswith(TABLES):
        problem = f"the templates are in a table, {file}"
        raise _error(line, problem, "write them as TH1 into a ROOT file")
    if ":" in histogram:
        problem = f"'{histogram}' is an object of a RooFit workspace"
        raise _error(line, problem, "write the templates as TH1, one a process")
    return ShapeRule(line, process, place, file, histogram, varied)


def _bin_statistics(
    line: int, words: Sequence[str], observed: Mapping[str, float]
) -> BinStatistics:
    if len(words) < 3:
        raise _error(line, "autoMCStats has no threshold", "write: BIN autoMCStats THRESHOLD")
    if len(words) > 4 and words[4] != "1":
        problem = f"hist-mode {words[4]} of autoMCStats is not supported"
        raise _error(line, problem, "use 1, in which normalizations are log-normal")
    if "*" not in words[0] and words[0] not in observed:
        problem = f"there is no bin '{words[0]}'"
        raise _error(line, problem, f"name one of: {', '.join(observed)}; or use *")
    with_signal = len(words) > 3 and _number(line, "include-signal", words[3]) != 0
    return BinStatistics(words[0], _number(line, "the threshold", words[2]), with_signal)


def _rate_parameter(line: int, words: Sequence[str]) -> RateParameter:
    """A ``rateParam``, or an ``extArg``: a parameter that only formulas use."""
    name, kind, *rest = words
    if kind == "extArg":
        rest = ["", "", *rest]
    if len(rest) < 3:
        remedy = "write: NAME rateParam BIN PROCESS VALUE [LOW,HIGH], or NAME extArg VALUE"
        raise _error(line, f"'{name}' has no value", remedy)
    bins, processes, value, *rest = rest
    if "@" in value:
        return _formula(line, words)
    if ":" in value:
        problem = f"'{name}' is an object of a RooFit workspace"
        raise _error(line, problem, "write its value")
    initial, bounds = _number(line, f"the value of '{name}'", value), None
    if rest:
        found = RANGE.fullmatch("".join(rest))
        if not found:
            raise _error(line, f"'{' '.join(rest)}' is not a range", "write it as [LOW,HIGH]")
        low, high = (
            _number(line, f"an end of the range of '{name}'", end) for end in found.groups()
        )
        bounds = (low, high)
        if not bounds[0] <= initial <= bounds[1] or bounds[0] == bounds[1]:
            raise _error(line, f"{initial:g} is not inside {''.join(rest)}", "correct the range")
    return RateParameter(line, name, bins, processes, initial, bounds, ())


def _formula(line: int, words: Sequence[str]) -> RateParameter:
    """A function of other parameters: a product of distinct parameters, or an expression."""
    name, _, bins, processes, text, *rest = words
    arguments = rest[0].split(",") if rest else []
    places = [int(place) for place in re.findall(r"@(\d+)", text)]
    if max(places) >= len(arguments):
        raise _error(line, f"{text} has more arguments than are named", "name all of them")
    if PRODUCT.fullmatch(text) and len({arguments[place] for place in places}) == len(places):
        factors = [arguments[place] for place in places]
        return RateParameter(line, name, bins, processes, None, None, factors)
    formula = re.sub(r"@(\d+)", r"{\1}", text.replace("^", "**"))
    try:
        parse_factor(formula.format(*arguments))
    except (ExpressionError, ValueError, LookupError) as error:
        remedy = "HistFactory models have formulas of parameters with + - * / and whole powers"
        raise _error(line, f"'{name}' is the formula {text}", remedy) from error
    return RateParameter(line, name, bins, processes, None, None, arguments, formula)


def _uncertainty(line: int, words: Sequence[str], columns: Sequence[Entry]) -> Uncertainty:
    name, kind, rest = words[0].removesuffix("[nofloat]"), words[1], words[2:]
    if name[0].isdecimal():
        name = f"theta{name}"  # Combine's name
    events = 0.0
    if kind == "gmN":
        if not rest or not rest[0].isdecimal():
            raise _error(
                line, f"gmN of '{name}' has no whole number of events", "write: NAME gmN N ..."
            )
        events, rest = _number(line, f"gmN of '{name}'", rest[0]), rest[1:]
    if len(rest) < len(columns):
        problem = (
            f"'{name}' has {counted(len(rest), 'effect')} for {counted(len(columns), 'column')}"
        )
        raise _error(line, problem, "give one for each process, - where there is none")
    effects = {
        entry: word
        for entry, word in zip(columns, rest, strict=False)
        if not _without_effect(kind, word)
    }
    if kind == "gmM" and effects:
        events = _gamma_events(line, name, set(effects.values()))
    return Uncertainty(line, name, kind, events, effects)


def _without_effect(kind: str, word: str) -> bool:
    """Whether Combine ignores an effect: dashes, 0 in any spelling, or a factor of 1."""
    try:
        return float(word) == 0 or (kind == "lnN" and float(word) == 1)
    except ValueError:
        return not word.strip("-")


def _gamma_events(line: int, name: str, effects: set[str]) -> float:
    """Events of the sideband with the same constraint as a gamma distribution of mean 1 and a
    relative width: a density of x^(1/width² - 1) exp(-x/width²).
    """
    widths = {_number(line, f"gmM of '{name}'", word) for word in effects}
    width = widths.pop()
    if widths or not 0 < width < 1:
        problem = f"gmM of '{name}' has the widths {', '.join(sorted(effects))}"
        raise _error(line, problem, "give one width, between 0 and 1")
    return 1 / width**2 - 1


def _error(line: int, problem: str, remedy: str) -> WollemiError:
    return WollemiError(f"line {line}", problem, remedy)
