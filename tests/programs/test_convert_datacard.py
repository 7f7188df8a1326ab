"""A datacard by the command line: a workspace that pyhf takes, or a message and no file."""

import json

import convert_datacard
import convert_workspace
import pyhf
import pytest
from support.products.datacards import write_random_card
from support.products.histfactory import write_random_xml
from support.products.statistical_models import search


def test_the_workspace_is_one_of_pyhf(tmp_path, capsys):
    card, output = write_random_card(tmp_path, 1, "10"), tmp_path / "made/model.json"
    options = ["--bounds", "-1", "5", "--strength", "qqH=r_qqH"]
    assert convert_datacard.main([str(card), str(output), *options]) == 0
    assert "4 regions" in capsys.readouterr().out
    model = pyhf.Workspace(json.loads(output.read_text())).model()
    assert model.config.poi_name == "r"
    assert model.config.suggested_bounds()[model.config.poi_index] == [-1, 5]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--strength", "dy=r_dy"], "'dy' is no signal: these are ggH, qqH"),
        (["--bounds", "3", "1"], "3 is not below 1"),
    ],
)
def test_options_that_do_not_fit(tmp_path, capsys, options, problem):
    card, output = write_random_card(tmp_path, 1), tmp_path / "model.json"
    assert convert_datacard.main([str(card), str(output), *options]) == 2
    assert problem in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"imax 1\n"])
def test_what_is_no_card(tmp_path, capsys, text):
    card, output = tmp_path / "card.txt", tmp_path / "model.json"
    card.write_bytes(text)
    assert convert_datacard.main([str(card), str(output)]) == 2
    said = capsys.readouterr().err
    assert str(card) in said
    assert "Traceback" not in said
    assert not output.exists()


def test_a_mistake_is_told_with_file_and_line(tmp_path, capsys):
    card = write_random_card(tmp_path, 1)
    card.write_text(card.read_text().replace("lumi lnN", "lumi lnU"))
    assert convert_datacard.main([str(card), str(tmp_path / "model.json")]) == 2
    assert f"{card}, line 14: HistFactory cannot express 'lnU' of 'lumi'" in capsys.readouterr().err


def test_what_combine_interpolates_otherwise_is_said(tmp_path, capsys):
    card = write_random_card(tmp_path, 1)
    assert convert_datacard.main([str(card), str(tmp_path / "model.json")]) == 0
    assert "asymmetric normalizations otherwise than Combine" in capsys.readouterr().out
    lines = [
        line
        for line in card.read_text().splitlines()
        if not line.startswith(("scale", "tilt", "trigger"))
    ]
    card.write_text("\n".join(lines))
    assert convert_datacard.main([str(card), str(tmp_path / "model.json")]) == 0
    assert "note" not in capsys.readouterr().out


def test_an_xml_of_histfactory(tmp_path, capsys):
    """The file says what it is."""
    xml, output = write_random_xml(tmp_path, 1), tmp_path / "made/model.json"
    assert convert_datacard.main([str(xml), str(output)]) == 0
    assert "regions" in capsys.readouterr().out
    model = pyhf.Workspace(json.loads(output.read_text())).model()
    assert model.config.poi_name == "mu"
    assert model.config.suggested_bounds()[model.config.poi_index] == [-2, 8]


@pytest.mark.parametrize(
    ("edit", "options", "problem"),
    [
        (("top.xml", "region1", "region1"), ["--bounds", "0", "5"], "are for datacards"),
        (("channel0.xml", "region0", "region1"), [], "two channels are called 'region1'"),
        (("channel0.xml", "data/main.root", "data/no.root"), [], "no file 'data/no.root'"),
        (("channel0.xml", 'Name="ttbar" HistoName', 'Name="dy" HistoName'), [], "two samples"),
        (("channel0.xml", 'HistoName="dy"', 'HistoName="zz"'), [], "no histogram 'region0/zz'"),
        (("channel0.xml", "<Channel", "<Kanal"), [], "is not XML"),
        (("top.xml", "Measurement", "Measure"), [], "Measure is not supported"),
    ],
)
def test_an_xml_that_cannot_be_read(tmp_path, capsys, edit, options, problem):
    xml, output = write_random_xml(tmp_path, 1), tmp_path / "model.json"
    name, old, new = edit
    path = xml.with_name(name)
    path.write_text(path.read_text().replace(old, new))
    assert convert_datacard.main([str(xml), str(output), *options]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert "Traceback" not in said
    assert not output.exists()


def test_a_document_of_hs3(tmp_path, capsys):
    """What `convert_workspace` writes comes back."""
    first, document, again = (tmp_path / f"{name}.json" for name in ("model", "hs3", "again"))
    first.write_text(json.dumps(search(2)))
    assert convert_workspace.main([str(first), str(document)]) == 0
    assert convert_datacard.main([str(document), str(again)]) == 0
    found, model = pyhf.Workspace(json.loads(again.read_text())), pyhf.Workspace(search(2)).model()
    assert found.model().config.par_names == model.config.par_names
    assert convert_datacard.main([str(first), str(again)]) == 2
    assert "is JSON, but not of HS3" in capsys.readouterr().err
