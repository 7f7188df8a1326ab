"""The reader that a file is for: lists of datasets."""

import json

import pytest

from wollemi_convert.configurations.readers import read_configuration
from wollemi_likelihood.base.errors import WollemiError


def test_programs_of_lists(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny / "input")
    path = tmp_path / "list.json"
    for content, program in (
        ({"dy": ["dy_high_0.root"]}, "coffea"),
        ({"dy": {"nominal": {"files": [{"path": "dy_high_0.root"}]}}}, "AGC"),
        ({"dy": {"keys": ["dy_high_0.root"]}}, "columnflow"),
    ):
        path.write_text(json.dumps(content))
        found, imported = read_configuration(path)
        assert found == program
        assert imported.document["datasets"].keys() == {"dy"}
    path.write_text('{"dy": ["a.root"],}')
    with pytest.raises(WollemiError, match="is not JSON"):
        read_configuration(path)
    path.write_text('{"dy": "a.root"}')
    with pytest.raises(WollemiError, match="is not a configuration of a known program"):
        read_configuration(path)


def test_python_is_refused(tmp_path):
    path = tmp_path / "config_run2.py"
    path.write_text("import order as od\n")
    with pytest.raises(WollemiError, match="is Python, which is not executed"):
        read_configuration(path)
