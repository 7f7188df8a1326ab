"""Patterns of signals, written out over the points of a grid."""

import pytest
import yaml

from wollemi.reinterpretation.grid import expand_grids
from wollemi.reinterpretation.models import read_signals
from wollemi_likelihood.base.errors import WollemiError

DATASET = {"settings": ["m0 = {m}.", "{{w}}"], "n": "{n}"}
PATTERN = {"like": "old", "point": {"m [TeV]": "{m}", "w": "{w}"}, "datasets": {"old": DATASET}}


def test_values_are_put_where_their_names_are(tmp_path):
    points = [{"m": 3000, "w": 0.05, "n": "7", "tag": "a-b"}]
    found = expand_grids(
        tmp_path / "signal.yaml",
        {"z_{m}_{w}_{tag}": PATTERN | {"grid": points}, "other": {"like": "{m}"}},
    )
    datasets = {"old": {"settings": ["m0 = 3000.", "{0.05}"], "n": 7}}
    expected = {"like": "old", "point": {"m [TeV]": 3000, "w": 0.05}, "datasets": datasets}
    assert found == {"z_3000_0_05_a_b": expected, "other": {"like": "{m}"}}


def test_a_table_is_the_same_as_a_list(tmp_path):
    (tmp_path / "points.csv").write_text("# all of them\nm, w, n\n\n3000,0.05,7\n3500, 0.1 ,8\n")
    points = [{"m": 3000, "w": 0.05, "n": 7}, {"m": 3500, "w": 0.1, "n": 8}]
    path = tmp_path / "signal.yaml"
    of_table, of_list = (
        expand_grids(path, {"z_{m}": PATTERN | {"grid": grid}}) for grid in ("points.csv", points)
    )
    assert of_table == of_list
    assert isinstance(of_table["z_3000"]["datasets"]["old"]["n"], int)


def test_columns_may_be_yields(tmp_path):
    (tmp_path / "recast.csv").write_text("m,SR_1,SR_2,CR\n300,1.5,2,0\n400,0.5,1e-3,0\n")
    yields = {"SR": ["{SR_1}", "{SR_2}"], "CR": "{CR}"}
    pattern = {"like": "old", "yields": yields, "grid": "recast.csv"}
    (tmp_path / "signal.yaml").write_text(yaml.safe_dump({"z_{m}": pattern}))
    found = read_signals([tmp_path / "signal.yaml"])
    events = {name: signal.channels["SR"].values for name, signal in found.items()}
    assert events == {"z_300": (1.5, 2.0), "z_400": (0.5, 0.001)}
    assert [signal.channels["CR"].values for signal in found.values()] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "grid", "message"),
    [
        ("z_{m}", [], "is neither a list of mappings nor the name of a CSV file"),
        ("z_{m}", [3000, 3500], "is neither a list of mappings nor the name of a CSV file"),
        ("z_{m}", [{"m": 1, "w": 2, "n": 1}, {"m": 3}], "point 2 has other keys than the first: m"),
        (
            "z",
            [{"m": 1, "w": 2, "n": 1}, {"m": 2, "w": 2, "n": 1}],
            "two points of the grid get the name z",
        ),
        ("z_{m}", [{"m": 1, "w": 2}], "'{n}' is not a column of the grid"),
    ],
)
def test_refusals(tmp_path, name, grid, message):
    with pytest.raises(WollemiError, match=message):
        expand_grids(tmp_path / "signal.yaml", {name: PATTERN | {"grid": grid}})


def test_tables_that_are_none(tmp_path):
    for text, message in (
        ("m,w\n", "has no points"),
        ("m,m\n1,2\n", "appears twice"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
    ):
        (tmp_path / "points.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(WollemiError, match=message):
            expand_grids(tmp_path / "signal.yaml", {"z_{m}": PATTERN | {"grid": "points.csv"}})


def test_two_signals_of_one_name(tmp_path):
    with pytest.raises(WollemiError, match="z_1: two signals get this name"):
        expand_grids(
            tmp_path / "signal.yaml",
            {"z_1": {"like": "old"}, "z_{m}": PATTERN | {"grid": [{"m": 1, "w": 2, "n": 1}]}},
        )


def test_of_many_problems_the_first_are_told(tmp_path):
    points = [{"m": mass, "w": 1, "n": 2} for mass in range(20)]
    (tmp_path / "signal.yaml").write_text(
        yaml.safe_dump({"z_{m}": PATTERN | {"grid": points, "cross_section": 1.0}})
    )
    with pytest.raises(WollemiError) as error:
        read_signals([tmp_path / "signal.yaml"])
    lines = str(error.value).splitlines()
    assert lines[0].endswith("signal.yaml: 20 problems")
    assert lines[1] == "  - z_0.cross_section: unknown key; did you mean 'cross_section_pb'?"
    assert lines[-2] == "  - ... and 8 more"
