"""The files to download, with their description."""

import json

import pytest
from support.example.site import RECORD

from wollemi.pages.downloads import copy_files, provenance
from wollemi_likelihood.base.errors import WollemiError


def test_packages_of_different_versions_are_both_told(tmp_path):
    for name, version in (("a", "1.9"), ("b", "2.0")):
        (tmp_path / f"{name}.json").write_text(
            json.dumps(RECORD | {"packages": {"numpy": version, "python": "3.11.7"}})
        )
    found = provenance([tmp_path / "a.json", tmp_path / "b.json"])
    assert found["packages"] == {"numpy": "1.9, 2.0", "python": "3.11.7"}
    assert [job["name"] for job in found["jobs"]] == ["a", "b"]


def test_as_many_names_as_files(tmp_path):
    with pytest.raises(WollemiError, match="2 files to copy, but names for 1"):
        copy_files([tmp_path / "a", tmp_path / "b"], [tmp_path / "c"])
