"""Sets of luminosity blocks, against Python's sets of pairs."""

import json

import numpy as np
import pytest

from wollemi.inputs.luminosity_blocks import (
    block_keys,
    blocks_of_keys,
    merge_blocks,
    parse_blocks,
    read_blocks,
    seen_blocks,
    union,
)
from wollemi_likelihood.base.errors import WollemiError

GOLDEN = {
    "315257": [[1, 88], [91, 92]],
    "315259": [[1, 172]],
    "315267": [[7, 7]],
    "273158": [[3, 5], [6, 9]],
}


def pairs(content):
    return {
        (int(run), block)
        for run, spans in content.items()
        for first, last in spans
        for block in range(first, last + 1)
    }


def test_events_of_certified_blocks():
    rng = np.random.default_rng(1)
    runs = rng.choice([273157, 273158, 315257, 315258, 315259, 315267, 315268], 5000)
    blocks = rng.integers(1, 180, 5000)
    blocks[:8] = [7, 6, 8, 88, 89, 92, 93, 1]
    runs[:8] = [315267] * 3 + [315257] * 5
    found = parse_blocks(GOLDEN, "golden").contains(block_keys(runs, blocks))
    expected = [pair in pairs(GOLDEN) for pair in zip(runs.tolist(), blocks.tolist(), strict=True)]
    assert found.tolist() == expected
    assert found[:8].tolist() == [True, False, False, True, False, True, False, True]
    assert parse_blocks(GOLDEN, "golden").size == len(pairs(GOLDEN))


def test_blocks_with_events_come_back_as_intervals():
    runs, blocks = [5, 5, 7, 5, 5, 5], [3, 1, 1, 2, 9, 3]
    seen = blocks_of_keys(block_keys(runs, blocks))
    assert seen.plain() == {"5": [[1, 3], [9, 9]], "7": [[1, 1]]}
    assert blocks_of_keys(np.empty(0, np.int64)).plain() == {}
    assert blocks_of_keys(np.empty(0, np.int64)).contains(block_keys([1], [1])).tolist() == [False]


def test_the_union_of_sets():
    rng = np.random.default_rng(2)
    keys = [block_keys(rng.integers(1, 4, 30), rng.integers(1, 40, 30)) for _ in range(4)]
    together = union([blocks_of_keys(item) for item in keys])
    expected = blocks_of_keys(np.concatenate(keys))
    assert together.plain() == expected.plain()
    assert parse_blocks(expected.plain(), "again").plain() == expected.plain()


def test_parts_are_merged():
    parts = [
        {"certified": {"blocks": 9, "with_events": item}}
        for item in ({"5": [[1, 2]]}, {}, {"5": [[3, 4]], "6": [[1, 1]]})
    ]
    assert merge_blocks(parts) == {
        "certified": {"blocks": 9, "with_events": {"5": [[1, 4]], "6": [[1, 1]]}}
    }
    assert seen_blocks(merge_blocks(parts)["certified"]).size == 5
    assert merge_blocks([{}, {}]) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not a JSON file of certified blocks"),
        ("{}", "certifies no run"),
        ("[]", "certifies no run"),
        ('{"1": [[1, 2]], "1": [[3, 4]]}', "run 1 appears twice"),
        ('{"run": [[1, 2]]}', "'run' is not the number of a run"),
        ('{"0": [[1, 2]]}', "'0' is not the number of a run"),
        ('{"1": 5}', "run 1 has no list of intervals, but 5"),
        ('{"1": [1, 2]}', "run 1: 1 is not an interval [first block, last block]"),
        ('{"1": [[1, 2, 3]]}', "run 1: [1, 2, 3] is not an interval"),
        ('{"1": [[1, 2.5]]}', "run 1: [1, 2.5] is not an interval"),
        ('{"1": [[true, 2]]}', "run 1: [True, 2] is not an interval"),
        ('{"1": [[5, 3]]}', "run 1: the interval [5, 3] begins after its end"),
        ('{"1": [[0, 3]]}', "run 1: the interval [0, 3] has an impossible block number"),
        ('{"1": [[4, 9], [1, 4]]}', "run 1: the intervals [1, 4] and [4, 9] overlap"),
    ],
)
def test_malformed_files(tmp_path, text, problem):
    path = tmp_path / "golden.json"
    path.write_text(text)
    with pytest.raises(WollemiError) as raised:
        read_blocks(path)
    assert problem in str(raised.value)
    assert raised.value.where == str(path)


def test_a_file_is_read(tmp_path):
    (tmp_path / "golden.json").write_text(json.dumps(GOLDEN))
    assert read_blocks(tmp_path / "golden.json").plain() == {
        "273158": [[3, 5], [6, 9]],
        "315257": [[1, 88], [91, 92]],
        "315259": [[1, 172]],
        "315267": [[7, 7]],
    }
