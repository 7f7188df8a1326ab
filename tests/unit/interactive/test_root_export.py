"""No histogram of a file replaces another one."""

import pytest

from wollemi.base.errors import WollemiError
from wollemi.interactive.root_export import Exported, by_path


def exported(sample, variation, place="search/x"):
    return Exported(place, sample, variation, None)


def test_each_histogram_has_its_path():
    items = [
        exported("dy", "nominal"),
        exported("dy", "scale_up"),
        exported("dy_low", "scale_up"),
        exported("dy", "nominal", "peak/x"),
    ]
    assert list(by_path(items)) == [
        *("search/x/dy", "search/x/dy_scale_up", "search/x/dy_low_scale_up", "peak/x/dy")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("ttbar", "isr_up"), ("ttbar_isr_up", "nominal")),
        (("dy_low", "scale_up"), ("dy", "low_scale_up")),
    ],
)
def test_two_of_one_path_are_refused(first, second):
    with pytest.raises(WollemiError) as error:
        by_path([exported(*first), exported(*second)])
    assert f"'{first[1]}' of '{first[0]}' and '{second[1]}' of '{second[0]}'" in error.value.problem
    assert error.value.where == f"search/x/{first[0]}_{first[1]}"
