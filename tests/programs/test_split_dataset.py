"""Parts of a dataset: whole files, and entry ranges in a preview."""

import pytest
from support.tiny.events import ENTRIES
from support.tiny.steps import check_record, read_json, split

FILES = [f"input/dy_low_{index}.root" for index in range(7)]


def test_whole_files(tiny):
    assert split("dy_low") == 0
    content = read_json("parts/dy_low.json")
    whole = [{"path": file, "start": 0, "stop": None} for file in FILES]
    assert content == {
        "dataset": "dy_low",
        "preview": False,
        "entries": None,
        "parts": [whole[:4], whole[4:]],
    }
    record = check_record("split_dataset/dy_low.json")
    assert record["options"] == {"dataset": "dy_low", "files": FILES, "max_events": 0}


@pytest.mark.parametrize(
    ("most", "stops"),
    [
        (100, [100, 0, 0, 0, 0, 0, 0]),
        (820, [300, 200, 250, 50, 20, 0, 0]),
        (5000, ENTRIES["dy_low"]),
    ],
)
def test_a_preview_takes_the_first_events(tiny, most, stops):
    assert split("dy_low", max_events=most) == 0
    content = read_json("parts/dy_low.json")
    assert content["preview"] is True
    assert content["entries"] == sum(ENTRIES["dy_low"])
    ranges = [item for part in content["parts"] for item in part]
    assert [(item["path"], item["start"], item["stop"]) for item in ranges] == [
        (f, 0, s) for f, s in zip(FILES, stops, strict=True)
    ]


def test_only_a_preview_looks_into_the_files(tiny):
    (tiny / FILES[0]).unlink()
    assert split("dy_low") == 0


def test_a_preview_records_the_files_whose_events_it_counts(tiny):
    assert split("dy_high", max_events=100) == 0
    assert check_record("split_dataset/dy_high.json")["inputs"].keys() == {"input/dy_high_0.root"}
