"""Groups of samples in tables: selected events, cutflows, yields of the fit, systematics."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, hypot, sqrt
from typing import TypeVar

from wollemi.results.summary import (
    CutTable,
    EfficiencyLine,
    RegionTable,
    SampleYields,
    Summary,
    WeightedLine,
    Yield,
)

Groups = Mapping[str, Sequence[str]]  # group → its samples
Value = TypeVar("Value")


def with_groups(summary: Summary, groups: Groups) -> Summary:
    """A summary with events summed over groups of samples.

    Yields of the fit are correlated: the uncertainty of their sum comes from their covariance.
    If a summary does not contain it, yields remain per sample.

    Args:
        summary: Summary with events per sample.
        groups: Group → its samples.
    """
    if not groups:
        return summary
    selected = {
        region: {
            name: lines[0] if len(lines) == 1 else _added(lines)
            for name, lines in _grouped(samples, groups).items()
        }
        for region, samples in summary.selected.items()
    }
    cutflow = {
        region: tuple(_grouped_cuts(table, _in_one(tables, groups)) for table in tables)
        for region, tables in summary.cutflow.items()
    }
    yields = {region: _grouped_yields(table, groups) for region, table in summary.yields.items()}
    return summary.model_copy(update={"selected": selected, "cutflow": cutflow, "yields": yields})


def grouped_names(names: Iterable[str], groups: Groups) -> list[str]:
    """Names of samples, each group at the position of its first one."""
    return list(_grouped(dict.fromkeys(names), groups))


def _grouped(samples: Mapping[str, Value], groups: Groups) -> dict[str, list[Value]]:
    group_of = {sample: group for group, members in groups.items() for sample in members}
    found: dict[str, list[Value]] = {}
    for sample, value in samples.items():
        found.setdefault(group_of.get(sample, sample), []).append(value)
    return found


def _in_one(tables: Sequence[CutTable], groups: Groups) -> Groups:
    """Groups whose samples all have the same cuts in a region; only these can be added."""
    return {
        group: members
        for group, members in groups.items()
        if sum(bool(table.samples.keys() & set(members)) for table in tables) == 1
    }


def _grouped_cuts(table: CutTable, groups: Groups) -> CutTable:
    found = _grouped(table.samples, groups)
    samples = {
        name: columns[0]
        if len(columns) == 1
        else _efficiencies([_added(lines) for lines in zip(*columns, strict=True)])
        for name, columns in found.items()
    }
    return CutTable(cuts=table.cuts, samples=samples)


def _grouped_yields(table: RegionTable, groups: Groups) -> RegionTable:
    known = table.covariances
    if known is None:
        return table
    found = _grouped({row.sample: place for place, row in enumerate(table.rows)}, groups)
    rows = tuple(
        SampleYields(
            sample=name,
            prefit=_summed([table.rows[place].prefit for place in places], places, known.prefit),
            postfit=_summed([table.rows[place].postfit for place in places], places, known.postfit),
        )
        for name, places in found.items()
    )
    return table.model_copy(update={"rows": rows, "covariances": None})


def _summed(
    yields: Sequence[Yield | None], places: Sequence[int], covariance: Sequence[Sequence[float]]
) -> Yield | None:
    """The sum of correlated yields; None without yields."""
    present = [item for item in yields if item is not None]
    if len(present) < 2:
        return present[0] if present else None
    variance = fsum(covariance[one][other] for one in places for other in places)
    return Yield(sum=fsum(item.sum for item in present), error=sqrt(max(variance, 0.0)))


def _added(lines: Sequence[WeightedLine]) -> WeightedLine:
    """The sum of independent events; unknown if any of them is."""
    events = [line.events for line in lines if line.events is not None]
    sums = [line.sum for line in lines if line.sum is not None]
    errors = [line.error for line in lines if line.error is not None]
    return WeightedLine(
        cut=lines[0].cut,
        events=sum(events) if len(events) == len(lines) else None,
        sum=fsum(sums) if len(sums) == len(lines) else None,
        error=hypot(*errors) if len(errors) == len(lines) else None,
    )


def _efficiencies(lines: Sequence[WeightedLine]) -> tuple[EfficiencyLine, ...]:
    before = [None, *(line.sum for line in lines)]
    return tuple(
        EfficiencyLine(
            **line.plain(),
            relative=_share(line.sum, last),
            cumulative=_share(line.sum, lines[0].sum),
        )
        for line, last in zip(lines, before, strict=False)
    )


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
