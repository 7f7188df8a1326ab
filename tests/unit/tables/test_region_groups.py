"""Groups of regions as columns of tables."""

import pandas as pd

from wollemi.results.summary import (
    GroupTables,
    RegionTable,
    SampleYields,
    Summary,
    TotalYields,
    WeightedLine,
    Yield,
    YieldCovariances,
)
from wollemi.results.table import Table
from wollemi.tables.groups import with_groups
from wollemi.tables.region_groups import with_overlaps, with_region_groups

LINE = WeightedLine(cut="both", events=3, sum=2.0, error=1.0)


def table(*sums):
    rows = tuple(
        SampleYields(sample=name, prefit=Yield(sum=one, error=1.0), postfit=Yield(sum=one, error=1))
        for name, one in zip(("dy", "top"), sums, strict=True)
    )
    whole = Yield(sum=sum(sums), error=2.0)
    known = ((1.0, 0.5), (0.5, 1.0))
    return RegionTable(
        rows=rows,
        total=TotalYields(prefit=whole, postfit=whole),
        covariances=YieldCovariances(prefit=known, postfit=known),
        observed=None,
    )


def summary(**more):
    both = GroupTables(regions=("ee", "mm"), selected={"dy": LINE}, yields=table(4.0, 6.0), **more)
    cuts = GroupTables(regions=("ee", "low"), selected={"dy": LINE})
    return Summary.model_construct(
        selected={"ee": {"dy": LINE}},
        cutflow={},
        yields={"ee": table(1.0, 2.0)},
        region_groups={"both": both, "cuts": cuts},
    )


def test_groups_stand_behind_the_regions():
    found = with_region_groups(summary())
    assert list(found.selected) == ["ee", "both", "cuts"]
    assert list(found.yields) == ["ee", "both"]
    none = Summary.model_construct(selected={}, yields={}, region_groups={})
    assert with_region_groups(none) is none


def test_groups_of_samples_in_groups_of_regions_have_their_covariance():
    found = with_groups(with_region_groups(summary()), {"all": ("dy", "top")})
    (row,) = found.yields["both"].rows
    assert (row.sample, row.postfit.sum, row.postfit.error) == ("all", 10.0, 3**0.5)


def test_captions_say_that_regions_overlap():
    frame = pd.DataFrame({"a": [1]})
    tables = {name: Table("Caption", frame, frame) for name in ("selected", "yields", "limits")}
    found = with_overlaps(tables, summary(in_several=12), {"both": "Both"}.__getitem__)
    assert found["selected"].caption.startswith("Caption; Both: 12 events are in several of its")
    assert found["yields"].caption == found["selected"].caption
    assert found["limits"].caption == "Caption"
    assert with_overlaps(tables, summary(), str) == tables
