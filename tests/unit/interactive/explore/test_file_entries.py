"""Text that is added to an analysis file: what it then says, and that all else stays."""

import pytest
import yaml

from wollemi_interactive.explore.file_entries import with_entry, with_monitored
from wollemi_likelihood.base.errors import WollemiError


@pytest.mark.parametrize(
    "text",
    [
        "name: a\n",
        "variables:\n  a: {bins: [1, 0, 1]}  # of all\n\n# regions\nregions: {}\n",
        "variables: {a: {bins: [1, 0, 1]}}\nname: a",
    ],
)
def test_an_entry_more(text):
    after = with_entry(text, "variables", "b: {label: x}", "a.yaml")
    before = yaml.safe_load(text)
    variables = {**before.get("variables", {}), "b": {"label": "x"}}
    assert yaml.safe_load(after) == {**before, "variables": variables}
    for comment in ("# of all", "# regions"):
        assert (comment in after) == (comment in text)


@pytest.mark.parametrize(
    ("region", "monitored"),
    [
        ("\n    variable: m  # mass\n    selection: x > 1\n", ["new"]),
        (" {variable: m, selection: x > 1}\n", ["new"]),
        ("\n    monitor: [a, b]  # two\n    variable: m\n", ["a", "b", "new"]),
        ("\n    monitor: a  # one\n    variable: m\n", ["a", "new"]),
        ("\n    monitor: []\n    variable: m\n", ["new"]),
        ("\n    monitor:\n      - a\n      - b  # two\n    variable: m\n", ["a", "b", "new"]),
        ("\n    monitor:\n    - a\n    variable: m\n", ["a", "new"]),
        (" {monitor: [a], variable: m}", ["a", "new"]),
    ],
)
def test_a_region_monitors_a_variable_more(region, monitored):
    text = f"# of mine\nregions:\n  other: {{variable: m}}\n  peak:{region}"
    after = with_monitored(text, "peak", "new", "a.yaml")
    expected = yaml.safe_load(text)
    expected["regions"]["peak"]["monitor"] = monitored
    assert yaml.safe_load(after) == expected
    for comment in ("# of mine", "# mass", "# one", "# two"):
        assert (comment in after) == (comment in text)


def test_a_region_that_is_not_written_out():
    for text in ("name: a\n", "regions: {b: {}}\n", 'regions: {"signal_{flavor}": {variable: m}}'):
        with pytest.raises(WollemiError, match=r"a.yaml: regions.signal_ee") as error:
            with_monitored(text, "signal_ee", "new", "a.yaml")
        assert "add new to its `monitor` by hand" in str(error.value)
    with pytest.raises(WollemiError, match="is not a mapping of variables"):
        with_entry("variables: [a]\n", "variables", "b: {}", "a.yaml")
