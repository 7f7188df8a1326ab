"""Parts of a dataset in a preview: entry ranges of its first events."""

import pytest
from support.tiny.events import ENTRIES
from support.tiny.steps import check_record, read_json, split

FILES = [f"input/dy_low_{index}.root" for index in range(7)]


def test_data_stay_whole(tiny):
    assert split("data", max_events=100) == 0
    content = read_json("parts/data.json")
    assert content == {
        "dataset": "data",
        "preview": True,
        "entries": None,
        "parts": [[{"path": "mirror/data.root", "start": 0, "stop": None}]],
    }
    record = check_record("split_dataset/data.json")
    assert record["options"] == {"dataset": "data", "folder": "mirror", "max_events": 100}
    assert record["inputs"] == {}


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
    assert [len(part) for part in content["parts"]] == [4, 3]
    ranges = [item for part in content["parts"] for item in part]
    assert [(item["path"], item["start"], item["stop"]) for item in ranges] == [
        (f, 0, s) for f, s in zip(FILES, stops, strict=True)
    ]


def test_it_records_the_files_whose_events_it_counts(tiny):
    assert split("dy_high", max_events=100) == 0
    assert check_record("split_dataset/dy_high.json")["inputs"].keys() == {"input/dy_high_0.root"}
