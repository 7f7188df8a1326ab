"""JSON files of others, out of archives or not."""

import json
import tarfile
import zipfile

import pytest

from wollemi.model import published_file
from wollemi.model.published_file import read_published
from wollemi_likelihood.base.errors import WollemiError

FILES = {"A/BkgOnly.json": {"a": 1}, "B/BkgOnly.json": {"b": 2}, "C/patchset.json": {"c": 3}}


@pytest.fixture(params=["zip", "tar.gz", "tar"])
def packed(request, tmp_path):
    path = tmp_path / f"published.{request.param}"
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(json.dumps(content))
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in FILES:
                archive.write(tmp_path / name, name)
    else:
        with tarfile.open(path, "w:gz" if request.param == "tar.gz" else "w") as archive:
            for name in FILES:
                archive.add(tmp_path / name, name)
    # HEPData's addresses have no suffix.
    return path.rename(tmp_path / "1234")


def test_a_member(packed):
    for name, content in FILES.items():
        assert read_published(packed, None, name, "BkgOnly.json") == content
    assert read_published(packed, None, None, "patchset.json") == {"c": 3}


def test_several_or_none_are_told(packed):
    with pytest.raises(WollemiError, match=r"has 2 files named BkgOnly.json") as error:
        read_published(packed, None, None, "BkgOnly.json")
    assert "A/BkgOnly.json, B/BkgOnly.json" in error.value.remedy
    with pytest.raises(WollemiError, match=r"has no 'A/BkgOnly'; did you mean 'A/BkgOnly.json'"):
        read_published(packed, None, "A/BkgOnly", "BkgOnly.json")


@pytest.mark.parametrize("text", ["", "{", "[NaN]", '{"a": 1, "a": 2}', "\x00\x01"])
def test_no_json(tmp_path, text):
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(WollemiError, match="is not JSON"):
        read_published(path, None, None, "BkgOnly.json")


def test_a_huge_member_is_not_unfolded(tmp_path, monkeypatch):
    monkeypatch.setattr(published_file, "LARGEST", 1000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BkgOnly.json", " " * 1_000_000)
    with pytest.raises(WollemiError, match="has more than 1,000 bytes"):
        read_published(path, None, None, "BkgOnly.json")
