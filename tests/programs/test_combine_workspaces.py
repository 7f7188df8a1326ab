"""A combination by the command line: what it is made of stays beside it."""

import hashlib
import json

import combine_workspaces
import pytest
from support.products.statistical_models import search

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood


@pytest.fixture
def inputs(tmp_path):
    """Two workspaces, as arguments."""
    arguments = []
    for name, seed in (("ee", 1), ("mumu", 2)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(search(seed)))
        arguments.append(f"{name}={path}")
    return arguments


def test_two_channels_tell_more_than_one(tmp_path, inputs, capsys):
    output = tmp_path / "made/both.json"
    shared = ["--shared", "mu=ee.mu,mumu.mu"]
    assert combine_workspaces.main([str(output), *inputs, *shared]) == 0
    assert "of 2 analyses" in capsys.readouterr().out
    found = fit(Likelihood.from_workspace(json.loads(output.read_text())))
    error = found.errors[found.names.index("mu")]
    for seed in (1, 2):
        alone = fit(Likelihood.from_workspace(search(seed)))
        assert error < alone.errors[alone.names.index("mu")]
    about = json.loads((tmp_path / "made/both.json.inputs.json").read_text())
    digest = hashlib.sha256((tmp_path / "ee.json").read_bytes()).hexdigest()
    assert about["inputs"]["ee"] == {"file": "ee.json", "sha256": digest}
    assert about["shared"] == {"mu": ["ee.mu", "mumu.mu"]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is not JSON"),
        ("{}", "is not a HistFactory workspace of pyhf"),
        ("[1, 2]", "is not a HistFactory workspace of pyhf"),
        ('{"metadata": {}, "patches": []}', "is a patch set, not a workspace"),
    ],
)
def test_what_is_no_workspace(tmp_path, inputs, capsys, content, problem):
    (tmp_path / "ee.json").write_text(content)
    assert combine_workspaces.main([str(tmp_path / "both.json"), *inputs]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert "Traceback" not in said
    assert not (tmp_path / "both.json").exists()


def test_one_of_several_measurements(tmp_path, inputs, capsys):
    """None is taken without a word."""
    path, output = tmp_path / "mumu.json", tmp_path / "both.json"
    content = json.loads(path.read_text())
    (first,) = content["measurements"]
    second = {
        "name": "held",
        "config": {
            **first["config"],
            "parameters": [
                *(item for item in first["config"]["parameters"] if item["name"] != "mu"),
                {"name": "mu", "inits": [2.0], "fixed": True},
            ],
        },
    }
    path.write_text(json.dumps(content | {"measurements": [first, second]}))
    command = [str(output), *inputs, "--poi", "ee_mu"]
    assert combine_workspaces.main(command) == 2
    said = capsys.readouterr().err
    assert f"{path}: has 2 measurements" in said
    assert f"--measurement mumu=NAME: {first['name']}, held" in said
    assert combine_workspaces.main([*command, "--measurement", "mumi=held"]) == 2
    assert "'mumi' is none of the inputs; did you mean 'mumu'?" in capsys.readouterr().err
    assert not output.exists()
    found = {}
    for name in (first["name"], "held"):
        assert combine_workspaces.main([*command, "--measurement", f"mumu={name}"]) == 0
        likelihood = Likelihood.from_workspace(json.loads(output.read_text()))
        (found[name],) = (item for item in likelihood.parameters if item.name == "mumu_mu")
    assert [item.fixed for item in found.values()] == [False, True]
    about = json.loads((tmp_path / "both.json.inputs.json").read_text())
    assert about["inputs"]["mumu"]["measurement"] == "held"
    assert "measurement" not in about["inputs"]["ee"]


def test_a_name_twice(tmp_path, inputs, capsys):
    assert combine_workspaces.main([str(tmp_path / "both.json"), inputs[0], inputs[0]]) == 2
    assert "two have one name" in capsys.readouterr().err


def test_what_is_shared_stands_once(tmp_path, inputs, capsys):
    """The second would replace the first, and leave two strengths."""
    shared = ["--shared", "mu=ee.mu", "--shared", "mu=mumu.mu"]
    assert combine_workspaces.main([str(tmp_path / "both.json"), *inputs, *shared]) == 2
    assert "write mu=ee.mu,mumu.mu" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["ee", "e.e=ee.json", "=ee.json"])
def test_arguments_that_are_no_pairs(tmp_path, capsys, argument):
    with pytest.raises(SystemExit, match="2"):
        combine_workspaces.main([str(tmp_path / "both.json"), argument])
    assert "is not NAME=" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path, inputs, capsys):
    missing = f"other={tmp_path / 'other.json'}"
    assert combine_workspaces.main([str(tmp_path / "both.json"), *inputs, missing]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "other.json") in said
    assert "Traceback" not in said
