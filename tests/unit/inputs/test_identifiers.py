"""Events that appear twice among those that datasets take, against a loop over the events."""

import awkward as ak
import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.inputs.identifiers import (
    IdentifierFile,
    count_identifiers,
    count_taken,
    find_repeated,
    require_unique,
)
from wollemi_likelihood.base.errors import WollemiError


def write(path, numbers, taken=None):
    """Numbers of events (events, 3) of two files, batch by batch, and which are taken."""
    columns = ("run", "luminosityBlock", "event")
    with IdentifierFile(path, taken is not None) as file:
        half = len(numbers) // 2
        for name, first, stop in (("a", 0, half), ("b", half, len(numbers))):
            for place in np.array_split(np.arange(first, stop), 2):
                batch = ak.Array(dict(zip(columns, numbers[place].T, strict=True)))
                file.write(name, int(place[0]) - first if place.size else 0, batch)
                if taken is not None:
                    file.take(taken[place])
        file.finish()
    return path


@pytest.mark.parametrize("seed", slow_but(range(4), range(12)))
def test_only_what_is_taken_is_compared(seed, tmp_path):
    rng = np.random.default_rng(seed)
    datasets = []
    for name in "xy":
        numbers = np.stack([rng.integers(1, 3, 40), np.ones(40, int), rng.integers(0, 60, 40)], 1)
        taken = rng.random(40) < rng.choice([0.1, 0.5, 1.0])
        path = write(tmp_path / f"{name}.parquet", numbers, None if taken.all() else taken)
        datasets.append((path, numbers, taken))
    paths = [path for path, _, _ in datasets]
    events = [tuple(map(int, row)) for _, numbers, taken in datasets for row in numbers[taken]]
    excess = len(events) - len(set(events))
    found = find_repeated(paths)
    assert (0 if found is None else found.events) == excess
    assert count_taken(paths) == len(events)
    assert count_identifiers(paths) == 80
    if found is not None:
        assert events.count(found.numbers) > 1
        for place, entry in found.places:
            rows = [numbers[entry + 20 * (place == "b")] for _, numbers, _ in datasets]
            assert found.numbers in [tuple(map(int, row)) for row in rows]


def test_nobody_takes_twice(tmp_path):
    numbers = np.stack([np.ones(9, int), np.ones(9, int), np.arange(9)], 1)
    even = np.arange(9) % 2 == 0
    first = write(tmp_path / "x.parquet", numbers, even)
    second = write(tmp_path / "y.parquet", numbers, ~even)
    assert require_unique([second], [first], "remedy") == 4
    third = write(tmp_path / "z.parquet", numbers, np.arange(9) == 7)
    with pytest.raises(WollemiError, match="run 1, luminosity block 1, event 7"):
        require_unique([third], [first, second], "remedy")


def test_a_dataset_of_all_events_notes_nothing_more(tmp_path):
    import pyarrow.parquet

    numbers = np.stack([np.ones(5, int), np.ones(5, int), np.arange(5)], 1)
    schema = pyarrow.parquet.read_schema(write(tmp_path / "x.parquet", numbers))
    assert schema.names == ["run", "luminosityBlock", "event"]
