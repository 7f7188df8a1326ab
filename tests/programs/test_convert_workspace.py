"""A workspace in HS3 by the command line."""

import json

import convert_workspace
import pytest
from support.products.statistical_models import search


def test_it_is_written(tmp_path, capsys):
    workspace, output = tmp_path / "model.json", tmp_path / "made/model.hs3.json"
    workspace.write_text(json.dumps(search(2)))
    assert convert_workspace.main([str(workspace), str(output)]) == 0
    assert "HS3 0.2, 2 regions" in capsys.readouterr().out
    assert json.loads(output.read_text())["metadata"] == {"hs3_version": "0.2"}


@pytest.mark.parametrize("content", ["", "{}", '{"channels": []}'])
def test_what_is_no_workspace(tmp_path, capsys, content):
    workspace, output = tmp_path / "model.json", tmp_path / "model.hs3.json"
    workspace.write_text(content)
    assert convert_workspace.main([str(workspace), str(output)]) == 2
    said = capsys.readouterr().err
    assert f"{workspace}: is not" in said
    assert "Traceback" not in said
    assert not output.exists()
