"""A workspace in HS3, or as XML of HistFactory or card of Combine, by the command line."""

import json

import convert_datacard
import convert_workspace
import pytest
from support.products.datacards import write_random_card
from support.products.random_models import random_model
from support.products.statistical_models import everything, search

from wollemi_convert.histfactory.reading import read_model
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood


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


@pytest.mark.parametrize("name", ["model.json", "model.xml", "model.txt"])
def test_other_interpolations_are_refused(tmp_path, capsys, name):
    workspace, output = tmp_path / "workspace.json", tmp_path / "made" / name
    content = search(2)
    content["measurements"][0]["name"] = "search {normsys: code1, histosys: code4p}"
    workspace.write_text(json.dumps(content))
    assert convert_workspace.main([str(workspace), str(output)]) == 2
    assert "has no such interpolation" in capsys.readouterr().err
    assert not output.parent.exists()


def test_xml_that_is_read_again(tmp_path, capsys):
    workspace, output = tmp_path / "model.json", tmp_path / "made/model.xml"
    content = search(2)
    workspace.write_text(json.dumps(content))
    assert convert_workspace.main([str(workspace), str(output)]) == 0
    assert "HistFactory, 2 regions" in capsys.readouterr().out
    names = {path.name for path in output.parent.iterdir()}
    channels = {f"model_{item['name']}.xml" for item in content["channels"]}
    assert names == {"model.xml", "model.root", "HistFactorySchema.dtd", *channels}
    first, again = (Likelihood.from_workspace(item) for item in (content, read_model(output)))
    assert again.poi == first.poi
    fitted = [fit(item).minus_two_log_likelihood for item in (first, again)]
    assert fitted[0] == pytest.approx(fitted[1], abs=1e-8)


def test_a_card_that_is_read_again(tmp_path, capsys):
    """Of Combine's grammar; its histograms lie beside it."""
    card = write_random_card(tmp_path, 1, "0")
    workspace, output = tmp_path / "model.json", tmp_path / "made/again.txt"
    assert convert_datacard.main([str(card), str(workspace)]) == 0
    assert convert_workspace.main([str(workspace), str(output)]) == 0
    assert "datacard of Combine" in capsys.readouterr().out
    assert {path.name for path in output.parent.iterdir()} == {"again.txt", "again.root"}
    again = tmp_path / "again.json"
    assert convert_datacard.main([str(output), str(again)]) == 0
    first, second = (
        Likelihood.from_workspace(json.loads(path.read_text())) for path in (workspace, again)
    )
    assert second.logpdf(second.inits) == pytest.approx(first.logpdf(first.inits), abs=1e-9)


@pytest.mark.parametrize("name", ["model.hs3.json", "model.txt"])
def test_one_of_several_measurements(tmp_path, capsys, name):
    """Formats with a single one have the one that is named."""
    workspace, output = tmp_path / "model.json", tmp_path / "made" / name
    assert convert_datacard.main([str(write_random_card(tmp_path, 1, "0")), str(workspace)]) == 0
    content = json.loads(workspace.read_text())
    (first,) = content["measurements"]
    names = [item.name for item in Likelihood.from_workspace(content).parameters]
    poi = next(name for name in names if name != first["config"]["poi"])
    second = {"name": "other", "config": {**first["config"], "poi": poi}}
    workspace.write_text(json.dumps(content | {"measurements": [second, first]}))
    command = [str(workspace), str(output)]
    assert convert_workspace.main(command) == 2
    assert f"choose one with --measurement: other, {first['name']}" in capsys.readouterr().err
    assert not output.exists()
    assert convert_workspace.main([*command, "--measurement", first["name"]]) == 0
    named = output.read_text()
    workspace.write_text(json.dumps(content))
    assert convert_workspace.main(command) == 0
    assert output.read_text() == named


def changed(edit):
    content = search(2)
    edit(content)
    return content


def rename(content):
    content["channels"][0]["samples"][0]["name"] = "t tbar"


def without_poi(content):
    content["measurements"][0]["config"]["poi"] = ""


def auxiliary(content):
    name = next(
        item["name"]
        for item in content["channels"][0]["samples"][0]["modifiers"]
        if item["type"] == "normsys"
    )
    parameter = {"name": name, "auxdata": [0.5]}
    content["measurements"][0]["config"]["parameters"].append(parameter)


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (random_model(0), "model.xml", "the luminosity multiplies some samples"),
        (changed(rename), "model.xml", "and not 't tbar'"),
        (changed(without_poi), "model.xml", "it has no parameter of interest"),
        (changed(auxiliary), "model.xml", "is constrained to 0.5 ± 1"),
        (everything(0), "model.txt", "a linear factor with a Gaussian constraint"),
        (everything(0), "model.pdf", "the suffix '.pdf' names no format"),
    ],
)
def test_what_cannot_be_written(tmp_path, capsys, content, name, problem):
    workspace, output = tmp_path / "model.json", tmp_path / "made" / name
    workspace.write_text(json.dumps(content))
    assert convert_workspace.main([str(workspace), str(output)]) == 2
    assert problem in capsys.readouterr().err
    assert not output.parent.exists()
