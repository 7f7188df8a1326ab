"""Files that are given to `wollemi new`."""

from pathlib import Path

import pytest

from wollemi.commands.given_files import GivenFile


@pytest.mark.parametrize(
    ("file", "name"),
    [("2016_data.root", "sample_2016_data"), ("TT-bar.v2.root", "tt_bar_v2"), ("ä.root", "sample")],
)
def test_names_of_datasets(file, name):
    assert GivenFile(Path(file), "data").name == name
