"""ROOT 6.40 reads the same objects of the files that are made here."""

import numpy as np
import pytest
import uproot
from support.project.seeds import slow_but

from wollemi.base.root_objects import as_root_reads


def write(path, generator):
    """A file whose objects were written several times, listed in any order.

    Args:
        path: Of the file.
        generator: Of random numbers.

    Returns:
        Name → contents of the object that is listed first.
    """
    names = ["h", "g", "folder/h", "folder/deep/h", "folder/h_1"]
    written = {name: [] for name in names}
    with uproot.recreate(path) as file:
        for value, name in enumerate(generator.choice(names, 12)):
            file[name] = (np.array([value, 1.0]), np.array([0.0, 1.0, 2.0]))
            written[name].append(value)
    with uproot.open(path) as file:
        places = {}
        for name in file.keys(cycle=True):
            if isinstance(key := file.key(name), uproot.reading.ReadOnlyKey):
                places.setdefault(name.rpartition(";")[0], []).append(
                    (key.cursor.index, key._fKeylen)
                )
    content = bytearray(path.read_bytes())
    listed = {}
    for name, values in written.items():
        order = generator.permutation(len(values))
        entries = [bytes(content[start : start + size]) for start, size in places.get(name, [])]
        for (start, size), item in zip(places.get(name, []), order, strict=True):
            content[start : start + size] = entries[item]
        if values:
            listed[name] = values[order[0]]
    path.write_bytes(content)
    return listed


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_the_first_of_a_name_counts(tmp_path, seed):
    listed = write(tmp_path / "file.root", np.random.default_rng(seed))
    with uproot.open(tmp_path / "file.root") as file:
        assert {name: as_root_reads(file, name).values()[0] for name in listed} == listed
        for name in file.keys(cycle=True, filter_classname="TH1D"):
            assert as_root_reads(file, name).values()[0] == file[name].values()[0]
        with pytest.raises(uproot.KeyInFileError):
            as_root_reads(file, "folder/nothing")
