"""Values of a scanned threshold."""

import pytest

from wollemi_interactive.menus.models import Menu
from wollemi_interactive.menus.trigger_run import parse_scan


@pytest.mark.parametrize(
    ("text", "values"), [("met=20:35:5", (20, 25, 30, 35)), ("met=1:1.5:0.2", (1, 1.2, 1.4))]
)
def test_a_scan_has_the_values_from_the_first_to_the_last(text, values):
    paths = {"high": {"selection": "MET_pt > met"}}
    menu = Menu.model_validate({"title": "one", "thresholds": {"met": 30}, "paths": paths})
    assert parse_scan(text, menu).values == pytest.approx(values)
