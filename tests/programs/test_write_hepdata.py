"""A submission to HEPData: the validator passes, every number is that of its product, nothing is
left to be written.
"""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from hepdata_validator.full_submission_validator import FullSubmissionValidator
from PIL import Image
from support.oracles.hepdata_fits import check_tables
from support.oracles.hepdata_reading import read_submission, unpack
from support.products.hepdata_runs import RESULTS, SUBMISSION, write
from support.products.hepdata_texts import describe
from support.tiny.analysis import ANALYSIS, edit_analysis, planned_rules
from support.tiny.steps import run_step

from wollemi_likelihood.base.errors import WollemiError
from wollemi_publish.hepdata.submission import pack, validate_submission

PLACEHOLDERS = r"(?i)\b(todo|tbd|fixme|xxx+|lorem|placeholder)\b|\bexample (description|location)\b"


@pytest.fixture(scope="module")
def published(tmp_path_factory, finished):
    """A copy of the finished run with its submission."""
    folder = Path(shutil.copytree(finished, tmp_path_factory.mktemp("published") / "project"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        describe()
        assert write() == 0
    return folder


@pytest.fixture
def here(published, monkeypatch):
    monkeypatch.chdir(published)
    return published


@pytest.fixture
def files(here):
    return unpack(SUBMISSION)


# hepdata-validator 0.3.6 leaves files to the garbage collector
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_validator_passes(files, tmp_path):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    validator = FullSubmissionValidator()
    assert validator.validate(directory=str(tmp_path)), validator.get_messages()


def test_every_number_is_that_of_its_product(here):
    tables = check_tables(RESULTS, Path(ANALYSIS))
    assert len(tables) == len(set(tables)) == 27


CHANGES = {
    "fit.json": ("fits", "background_only", "yields", "postfit", "search", "total", 0),
    "limits.json": ("limits", "signal_300", "expected", 4),
    "ranking.json": ("rankings", "signal_200", "parameters", 0, "up"),
    "goodness.json": ("tests", "anderson_darling", "observed"),
    "uncertainties.json": ("uncertainties", "signal_300", "data", "shifted"),
    "extrapolation.json": ("signals", "signal_300", "scenarios", "halved", 1, "significance"),
    "scans.json": ("scans", "signal_200", "plane", "observed", "rise", 3),
    "likelihood/cls.json": ("signals", "signal_200", "expected", 0),
    "cutflow/dy_low.json": ("regions", "peak", -1, "sum_of_weights"),
}


@pytest.mark.parametrize("product", CHANGES)
def test_another_number_would_be_noticed(here, product, tmp_path):
    """One number of a product is another one in its fifth digit."""
    results = Path(shutil.copytree(RESULTS, tmp_path / "tiny"))
    content = json.loads((results / product).read_text())
    *path, last = CHANGES[product]
    place = content
    for key in path:
        place = place[key]
    place[last] *= 1.0001
    (results / product).write_text(json.dumps(content))
    with pytest.raises(AssertionError):
        check_tables(results, Path(ANALYSIS))


def test_texts_are_those_of_the_analysis_and_none_is_missing(files):
    record, tables = read_submission(files)
    texts = yaml.safe_load(Path(ANALYSIS).read_text())["publication"]["hepdata"]
    assert record["comment"] == texts["abstract"]
    assert record["record_ids"] == [{"id": 1124338, "type": "inspire"}]
    assert tables.keys() == texts["tables"].keys()
    for name, table in tables.items():
        given = texts["tables"][name]
        assert table.entry["description"] == (
            given if isinstance(given, str) else given["description"]
        )
        keywords = {item["name"]: item["values"] for item in table.entry["keywords"]}
        assert keywords["cmenergies"] == [13000.0]
        assert keywords["reactions"] == texts["reactions"]
    assert tables["limits_mu"].entry["location"] == "Figure 1"
    assert {item["name"]: item["values"] for item in tables["limits_mu"].entry["keywords"]}[
        "observables"
    ] == ["MU"]
    written = "\n".join(
        content.decode() for name, content in files.items() if name.endswith(".yaml")
    )
    assert not re.search(PLACEHOLDERS, written)


# As in test_the_validator_passes.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_license_and_related_works_of_the_analysis(published, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(published, tmp_path / "project"))
    about = {
        "authors": [{"name": "Curie, Marie"}],
        "license": "CC-BY-4.0",
        "date": "2026-11-30",
        "doi": "10.5281/zenodo.1",
        "related": [{"title": "Data", "authors": "CMS", "address": "10.7483/A.B"}],
    }
    edit_analysis(Path.cwd(), lambda document: document["publication"].update(about=about))
    assert write() == 0
    head, *tables = yaml.safe_load_all(unpack(SUBMISSION)["submission.yaml"])
    found = {item["location"]: item["description"] for item in head["additional_resources"]}
    assert found["https://doi.org/10.5281/zenodo.1"] == "Archive of the analysis"
    assert found["https://doi.org/10.7483/A.B"] == "Data (CMS)"
    assert {item["data_license"]["name"] for item in (head, *tables)} == {"CC-BY-4.0"}


def test_pictures_have_thumbnails(files, tmp_path):
    _, tables = read_submission(files)
    shown = {
        name: [item["location"] for item in table.entry.get("additional_resources", [])]
        for name, table in tables.items()
    }
    assert shown["prefit_search"] == ["search_mass_search.png", "thumb_search_mass_search.png"]
    assert shown["postfit_peak"] == ["postfit_peak.png", "thumb_postfit_peak.png"]
    assert shown["limits_cross_section"] == ["limits.png", "thumb_limits.png"]
    assert shown["scan_plane"] == [
        "scan_plane_signal_200.png",
        "thumb_scan_plane_signal_200.png",
    ]
    assert shown["uncertainties"] == [
        "uncertainties_signal_200.png",
        "thumb_uncertainties_signal_200.png",
    ]
    assert shown["ranking"] == ["ranking_signal_200.png", "thumb_ranking_signal_200.png"]
    assert files["limits.png"] == (RESULTS / "plots/limits.png").read_bytes()
    (tmp_path / "thumb.png").write_bytes(files["thumb_limits.png"])
    with Image.open(tmp_path / "thumb.png") as image:
        assert 100 < image.width <= 240
        assert 100 < image.height <= 179


def test_the_likelihood_is_a_resource(files, tmp_path):
    record, _ = read_submission(files)
    (likelihood,) = [
        item for item in record["additional_resources"] if item.get("type") == "HistFactory"
    ]
    (tmp_path / "likelihood.tar.gz").write_bytes(files[likelihood["location"]])
    inside = unpack(tmp_path / "likelihood.tar.gz")
    assert inside == {path.name: path.read_bytes() for path in (RESULTS / "likelihood").iterdir()}
    assert json.loads(inside["patchset.json"])["version"] == "1.0.0"


def test_a_second_run_gives_the_same_bytes(here, tmp_path):
    assert write(tmp_path / "again.tar.gz") == 0
    assert (tmp_path / "again.tar.gz").read_bytes() == SUBMISSION.read_bytes()
    assert not list(here.glob("*.tar.gz"))


def test_the_tar_depends_on_names_and_contents_alone():
    assert (
        pack({"b": b"2", "a": b"1"}) == pack({"a": b"1", "b": b"2"}) != pack({"a": b"1", "b": b"3"})
    )


def test_what_the_validator_refuses_is_an_error(files, tmp_path):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "cls.yaml").write_text("dependent_variables: []\n")
    with pytest.raises(WollemiError, match=r"hepdata-validator refuses it(.|\n)*cls.yaml"):
        validate_submission(tmp_path)


def test_texts_rerun_nothing_but_the_submission(finished_copy, monkeypatch):
    """And the likelihood, which has the record of INSPIRE as well."""
    monkeypatch.chdir(finished_copy)
    describe()
    assert planned_rules(finished_copy).keys() - {"all"} == {"write_likelihood"}
    assert planned_rules(finished_copy, str(SUBMISSION)).keys() == {
        "write_likelihood",
        "write_hepdata",
    }


def test_blinded_things_stay_blinded(here, tmp_path, monkeypatch):
    """What the products hide has no number in the tables."""
    project = Path(shutil.copytree(here, tmp_path / "project"))
    monkeypatch.chdir(project)
    for name, keys in (
        ("limits", ("observed", "observed_pb")),
        ("significances", ("observed", "observed_p_value")),
    ):
        content = json.loads((RESULTS / f"{name}.json").read_text())
        for item in content[name].values():
            item.update(dict.fromkeys(keys))
        (RESULTS / f"{name}.json").write_text(json.dumps(content))
    cls = json.loads((RESULTS / "likelihood/cls.json").read_text())
    for item in cls["signals"].values():
        item["asimov"] = item.pop("observed")
    (RESULTS / "likelihood/cls.json").write_text(json.dumps(cls))
    cutflow = json.loads((RESULTS / "cutflow/data.json").read_text())
    cutflow["blinded"] = {"regions": ["search"], "windows": {}, "yields": ["search"]}
    (RESULTS / "cutflow/data.json").write_text(json.dumps(cutflow))
    histograms = json.loads((RESULTS / "histograms/data.json").read_text())
    bins = len(histograms["search/mass_search/nominal"]["storage"]["values"])
    histograms["search/mass_search/nominal"]["metadata"]["blinded"] = "1" * bins
    (RESULTS / "histograms/data.json").write_text(json.dumps(histograms))
    assert write() == 0
    _, tables = read_submission(unpack(SUBMISSION))
    hidden = {
        name: {c.name for c in table.dependent if "BLINDED" in c.values}
        for name, table in tables.items()
    }
    assert (
        hidden["prefit_search"] == hidden["postfit_search"] == hidden["yields_prefit"] == {"Data"}
    )
    assert hidden["prefit_peak"] == set()
    assert set(tables["prefit_search"].column("Data").values) == {"BLINDED"}
    assert not tables["prefit_search"].column("Data").errors
    assert hidden["limits_mu"] == {"Observed upper limit on mu"}
    assert hidden["significances"] == {"Observed significance", "Observed p-value"}
    assert hidden["cls"] == {"Observed CLs"}
    assert all(table.entry["description"].startswith("BLINDED: ") for table in tables.values())
    assert np.isfinite(
        [v for v in tables["yields_prefit"].column("Data").values if v != "BLINDED"]
    ).all()


def test_a_missing_description_ends_the_program(tiny, capsys):
    describe()
    edit_analysis(tiny, lambda document: document["publication"]["hepdata"]["tables"].pop("cls"))
    assert run_step("write_hepdata", submission=SUBMISSION) == 2
    assert "publication.hepdata.tables: 'cls' has no description" in capsys.readouterr().err
    assert not list(SUBMISSION.parent.iterdir())
