"""Events that are kept are those that awkward keeps, for all layouts of a batch."""

import awkward as ak
import numpy as np
import pytest

from wollemi.inputs.kept_events import kept_events

RNG = np.random.default_rng(5)


def lists(content, kind=np.float32):
    counts = np.array([len(item) for item in content], np.int64)
    values = np.array([value for item in content for value in item], kind)
    return ak.unflatten(values, counts)


def batches(content):
    """One batch, as readers and other steps give it."""
    jets, met = lists(content), np.arange(len(content), dtype=np.float64)
    offsets = jets.layout.offsets
    shared = [
        ak.contents.ListOffsetArray(offsets, ak.contents.NumpyArray(values))
        for values in (np.asarray(jets.layout.content.data), np.arange(offsets[-1]) % 2 == 0)
    ]
    numbers = ak.contents.NumpyArray(met)
    names = ["pt", "tight", "met"]
    plain = ak.Array(ak.contents.RecordArray([*shared, numbers], names, length=len(content)))
    yield plain
    yield plain[1:]
    yield plain[["met", "pt"]][:-1]
    yield ak.concatenate([plain[:1], plain[1:]])
    yield ak.zip({"nested": lists(content)[:, np.newaxis], "met": met}, depth_limit=1)
    yield ak.zip({"text": ak.Array(["a"] * len(content)), "met": met}, depth_limit=1)


@pytest.mark.parametrize("number", range(2, 9))
def test_kept_events(number):
    content = [RNG.integers(-5, 5, RNG.integers(0, 4)).tolist() for _ in range(number)]
    for batch in batches(content):
        flags = RNG.random(len(batch)) < RNG.random()
        expected, found = ak.to_packed(batch[flags]), kept_events(batch, flags)
        assert found.to_list() == expected.to_list()
        assert found.type == expected.type
        assert [found.layout[name].form for name in batch.fields] == [
            expected.layout[name].form for name in batch.fields
        ]


@pytest.mark.parametrize("flags", [np.zeros(3, bool), np.ones(3, bool)])
def test_none_or_all(flags):
    batch = ak.zip({"x": np.arange(3), "y": lists([[1], [], [2, 3]])}, depth_limit=1)
    assert kept_events(batch, flags).to_list() == batch[flags].to_list()
