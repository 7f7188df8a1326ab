"""The generator's cross section, of the files it wrote."""

import numpy as np
import pytest
import uproot

from wollemi.generation.cross_sections import (
    describe_generated,
    generated_cross_section,
    rounded_cross_section,
)
from wollemi_likelihood.base.errors import WollemiError


def write_part(path, cross_section, error):
    with uproot.recreate(path) as file:
        columns = {
            "crossSection_pb": np.array([cross_section]),
            "crossSectionError_pb": np.array([error]),
        }
        file.mktree("Runs", dict.fromkeys(columns, "f8")).extend(columns)


def test_parts_are_averaged(tmp_path):
    for part, value in enumerate((0.0021, 0.0019)):
        write_part(tmp_path / f"part{part}.root", value, 0.0001)
    assert generated_cross_section(tmp_path) == pytest.approx((0.002, 0.0001 / 2**0.5))
    assert rounded_cross_section("signal", tmp_path) == 0.002


@pytest.mark.parametrize(
    ("given", "differ"), [(0.002, False), (0.00208, False), (0.0022, True), (0.0018, True)]
)
def test_what_differs_by_much(tmp_path, given, differ):
    write_part(tmp_path / "part0.root", 0.002, 0.00001)
    assert describe_generated({"cross_section_pb": given}, tmp_path)["differ"] is differ


def test_a_large_error_is_no_difference(tmp_path):
    write_part(tmp_path / "part0.root", 0.002, 0.0005)
    assert describe_generated({"cross_section_pb": 0.003}, tmp_path)["differ"] is False


def test_files_that_tell_none(tmp_path):
    with uproot.recreate(tmp_path / "part0.root") as file:
        file.mktree("Events", {"x": "f4"}).extend({"x": np.ones(2)})
    assert generated_cross_section(tmp_path) is None
    assert describe_generated({"cross_section_pb": 1.0}, tmp_path) is None
    with pytest.raises(WollemiError, match="the generator's files contain no cross section"):
        rounded_cross_section("signal", tmp_path)
