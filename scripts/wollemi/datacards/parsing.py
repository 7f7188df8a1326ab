"""The text of a datacard."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wollemi.base.errors import WollemiError
from wollemi.datacards.card import (
    NORMALIZATIONS,
    SHAPES,
    SIDEBANDS,
    BinStatistics,
    Card,
    Entry,
    RateParameter,
    ShapeRule,
    Uncertainty,
)

Line = tuple[int, list[str]]

# What no sum of templates can say, and what to do.
REFUSED = {
    "lnU": "use rateParam: a uniform range is no constraint that HistFactory has",
    "shapeN": "use shape: HistFactory interpolates events, not their logarithms",
    "shapeU": "use shape: HistFactory has no uniform constraint",
    "param": "parametric models are no templates: bin them first",
    "flatParam": "parametric models are no templates: bin them first",
    "discrete": "parametric models are no templates: bin them first",
    "extArg": "take the parameter out of its workspace and write it as rateParam",
    "gmM": "use gmN with the events of the sideband",
    "trG": "use lnN",
    "unif": "use rateParam",
    "dFD": "use rateParam",
}
PRODUCT = re.compile(r"\(?@\d+(\*@\d+)*\)?")


def parse_card(text: str) -> Card:
    """Read a datacard.

    Args:
        text: of the file.

    Returns:
        The card.

    Raises:
        WollemiError: a line cannot be read, or says something that HistFactory cannot.
    """
    header, rest = _header(_lines(text))
    uncertainties: list[Uncertainty] = []
    factors: list[RateParameter] = []
    statistics: list[BinStatistics] = []
    for number, words in rest:
        kind = _kind(number, words)
        if kind == "autoMCStats":
            statistics.append(_bin_statistics(number, words))
        elif kind == "rateParam":
            factors.append(_rate_parameter(number, words))
        elif kind != "group":
            uncertainties.append(_uncertainty(number, words, header.columns))
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
    """The second word of a line below the rates, if a HistFactory model can say it."""
    if words[0] == "nuisance":
        raise _error(number, "'nuisance edit' is not supported", "edit the lines themselves")
    if len(words) < 2:
        raise _error(number, f"'{words[0]}' stands alone", "write its kind after the name")
    kind = words[1]
    if kind not in NORMALIZATIONS | SHAPES | SIDEBANDS | {"autoMCStats", "rateParam", "group"}:
        remedy = REFUSED.get(kind, "use lnN, gmN, shape, shape?, rateParam or autoMCStats")
        raise _error(number, f"HistFactory cannot express '{kind}' of '{words[0]}'", remedy)
    return kind


@dataclass
class _Header:
    """Bins, processes and rates."""

    shapes: list[ShapeRule] = field(default_factory=list)
    observed: dict[str, float] = field(default_factory=dict)
    columns: list[Entry] = field(default_factory=list)
    rates: dict[Entry, float] = field(default_factory=dict)
    signals: frozenset[str] = frozenset()


def _lines(text: str) -> list[Line]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if words and not line.lstrip().startswith("#") and set(words[0]) != {"-"}:
            comment = next((i for i, word in enumerate(words) if word.startswith("#")), len(words))
            found.append((number, words[:comment]))
    return found


def _header(lines: Sequence[Line]) -> tuple[_Header, list[Line]]:
    """The lines up to that of the rates, and those after it."""
    header, rows, rest = _Header(), {}, []
    processes: list[Line] = []
    for number, words in lines:
        key = words[0]
        if "rate" in rows:
            rest.append((number, words))
        elif key == "shapes":
            header.shapes.append(_shape_rule(number, words))
        elif key == "process":
            processes.append((number, words[1:]))
        elif key in ("imax", "jmax", "bin", "observation", "rate"):
            place = "columns" if key == "bin" and "bin" in rows else key
            rows[place] = (number, words[1:])
    _fill(header, rows, processes)
    return header, rest


def _fill(header: _Header, rows: Mapping[str, Line], processes: Sequence[Line]) -> None:
    for key in ("rate", "bin", "observation"):
        if key not in rows:
            raise WollemiError("datacard", f"there is no line '{key}'", "is this a datacard?")
    if len(processes) != 2:
        problem = f"there are {len(processes)} lines 'process' before that of the rates"
        raise WollemiError("datacard", problem, "give names in one and numbers in the other")
    bins, columns = rows["bin"], rows.get("columns", rows["bin"])
    if "columns" not in rows:  # one line for both: the bins in the order of the columns
        bins = bins[0], list(dict.fromkeys(bins[1]))
    header.observed = dict(zip(bins[1], _numbers(*rows["observation"], bins), strict=True))
    names, numbers = processes
    if all(re.fullmatch(r"-?\d+", word) for word in names[1]):
        names, numbers = numbers, names
    if len(names[1]) != len(columns[1]):
        problem = f"{len(names[1])} processes stand below {len(columns[1])} bins"
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
    order = _numbers(*numbers, columns)
    header.signals = frozenset(
        name for name, place in zip(names[1], order, strict=True) if place <= 0
    )
    header.rates = dict(zip(header.columns, _numbers(*rows["rate"], columns), strict=True))


def _numbers(line: int, words: Sequence[str], columns: Line) -> list[float]:
    if len(words) != len(columns[1]):
        problem = f"there are {len(words)} numbers for {len(columns[1])} columns"
        raise _error(line, problem, "give one for each bin, or process, above")
    return [_number(line, word) for word in words]


def _number(line: int, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _error(line, f"'{word}' is no number", "write one") from None


def _shape_rule(line: int, words: Sequence[str]) -> ShapeRule:
    if len(words) < 5 and words[3:4] != ["FAKE"]:
        remedy = "write: shapes PROCESS BIN FILE HISTOGRAM [SHIFTED HISTOGRAM]"
        raise _error(line, f"'shapes' has {len(words) - 1} words after it", remedy)
    process, place, file, histogram, varied = [*words[1:6], "", ""][:5]
    if ":" in histogram:
        problem = f"'{histogram}' is an object of a RooFit workspace"
        raise _error(line, problem, "write the templates as TH1, one a process")
    return ShapeRule(line, process, place, file, histogram, varied)


def _bin_statistics(line: int, words: Sequence[str]) -> BinStatistics:
    if len(words) < 3:
        raise _error(line, "autoMCStats has no threshold", "write: BIN autoMCStats THRESHOLD")
    if len(words) > 4 and words[4] != "1":
        problem = f"hist-mode {words[4]} of autoMCStats is not supported"
        raise _error(line, problem, "use 1, in which normalizations are log-normal")
    return BinStatistics(words[0], _number(line, words[2]), words[3:4] == ["1"])


def _rate_parameter(line: int, words: Sequence[str]) -> RateParameter:
    if len(words) < 5:
        remedy = "write: NAME rateParam BIN PROCESS VALUE [LOW,HIGH]"
        raise _error(line, f"'{words[0]}' has no value", remedy)
    name, _, bins, processes, value = words[:5]
    if "@" in value:
        if not PRODUCT.fullmatch(value.replace(" ", "")) or len(words) < 6:
            problem = f"'{name}' is the formula {value}"
            raise _error(line, problem, "HistFactory has products of parameters (@0*@1) only")
        arguments = words[5].split(",")
        places = [int(place) for place in re.findall(r"@(\d+)", value)]
        if max(places) >= len(arguments):
            raise _error(line, f"{value} has an argument more than {words[5]}", "name all of them")
        factors = [arguments[place] for place in places]
        return RateParameter(line, name, bins, processes, None, None, factors)
    if ":" in value:
        problem = f"'{name}' is an object of a RooFit workspace"
        raise _error(line, problem, "write its value")
    bounds = None
    if len(words) > 5:
        found = re.fullmatch(r"\[([^,\]]+),([^,\]]+)\]", "".join(words[5:]))
        if not found:
            raise _error(line, f"'{' '.join(words[5:])}' is no range", "write it as [LOW,HIGH]")
        bounds = (_number(line, found[1]), _number(line, found[2]))
    return RateParameter(line, name, bins, processes, _number(line, value), bounds, ())


def _uncertainty(line: int, words: Sequence[str], columns: Sequence[Entry]) -> Uncertainty:
    name, kind, rest = words[0], words[1], words[2:]
    events = 0
    if kind in SIDEBANDS:
        if not rest or not rest[0].isdecimal():
            raise _error(
                line, f"gmN of '{name}' has no whole number of events", "write: NAME gmN N ..."
            )
        events, rest = int(rest[0]), rest[1:]
    if len(rest) < len(columns):
        problem = f"'{name}' has {len(rest)} effects for {len(columns)} columns"
        raise _error(line, problem, "give one for each process, - where there is none")
    effects = {
        entry: word for entry, word in zip(columns, rest, strict=False) if word not in ("-", "0")
    }
    return Uncertainty(line, name, kind, events, effects)


def _error(line: int, problem: str, remedy: str) -> WollemiError:
    return WollemiError(f"line {line}", problem, remedy)
