"""`wollemi query`: the answer, its record, and what is not asked twice."""

import ast
import json
import re
import shutil
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import qastle
import yaml
from click.testing import CliRunner
from func_adl_uproot.translation import generate_function
from support.events.leptons import ZIPPED, lepton_events, write_leptons
from support.oracles.linq import answer
from support.services.portal import serving_portal
from support.tiny.events import write_root

from wollemi.analysis.models.base import NAME_PATTERN
from wollemi.base.digests import file_digest
from wollemi.check.quick_look import Look, read_entries
from wollemi.commands.main import main
from wollemi.inputs.schemas import Layout
from wollemi_interactive.queries import kept_answers
from wollemi_interactive.queries.endpoint import Delivered

EVENTS = [lepton_events(seed, 400) for seed in (1, 2)]
MASS = """EventDataset()
.Where(lambda e: e.Electron_pt.Count() == 2)
.Select(lambda e: {
    "mass": (e.Electron[0] + e.Electron[1]).mass,  # in GeV
    "jets": e.Jet_pt.Where(lambda pt: pt > 30),
    "genWeight": e.genWeight,
})"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WOLLEMI_CACHE", raising=False)
    for number, events in enumerate(EVENTS):
        write_leptons(tmp_path / f"zee_{number}.root", events)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/catalogue.yaml").write_text(
        "datasets:\n  both: {title: two files, kind: simulation, files: ['../zee_*.root']}\n"
    )
    return tmp_path


def query(*arguments):
    return CliRunner().invoke(main, ["query", *map(str, arguments)])


def done(*arguments):
    found = query(*arguments)
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def nobody_reads(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the files were read")

    def start():
        monkeypatch.setattr("wollemi_interactive.commands.query.answer_from_files", refuse)

    return start


def test_answer_and_record(files):
    Path("mass.py").write_text(MASS)
    output = done("zee_0.root", "mass.py", "mass.parquet")
    expected = answer(MASS, EVENTS[0].to_list())
    found = ak.from_parquet("mass.parquet")
    assert np.allclose(found.mass, [row["mass"] for row in expected], rtol=1e-9, atol=1e-4)
    assert found.jets.to_list() == [row["jets"] for row in expected]
    record = json.loads(Path("mass.query.json").read_text())
    assert record["files"] == [{"path": "zee_0.root", "sha256": file_digest(Path("zee_0.root"))}]
    assert record["events"] == 400
    assert record["rows"] == len(expected) > 0
    assert record["sum_of_weights"] == np.sum(EVENTS[0].genWeight)
    assert record["sha256"] == file_digest(Path("mass.parquet"))
    assert record["columns"] == {
        "mass": "float64",
        "jets": "var * float32",
        "genWeight": "float32",
    }
    assert f"{len(expected)} rows of 400 events" in output
    total = float(np.sum(EVENTS[0].genWeight))
    entry = f"{{files: [mass.parquet], weight: genWeight, sum_of_weights: {total}, cross_section"
    assert entry in output


def test_weights_that_are_left_behind(files):
    output = done("zee_0.root", "EventDataset().Select(lambda e: {'x': e.MET_pt})", "x.parquet")
    assert "the answer has no weights: take 'genWeight': e.genWeight along" in output
    assert "  x: {files: [x.parquet]}" in output


def test_the_summed_weight_is_chosen_or_asked_for(files):
    """No name is taken for the weight where there is a choice; `none` sums none."""
    events = {"genWeight": np.full(3, 2.0), "eventWeight": np.full(3, 5.0), "x": np.arange(3.0)}
    text = "EventDataset().Select(lambda e: {'x': e.x})"
    write_root(Path("two.root"), events)
    found = query("two.root", text, "x.parquet")
    assert found.exit_code == 2
    assert "two.root: has several possible weights: " in found.output
    assert "choose with --weight BRANCH; none counts each event as 1" in found.output
    del events["genWeight"]
    write_root(Path("one.root"), events)
    for source, arguments, expected in (
        ("one.root", (), 15.0),
        ("two.root", ("--weight", "genWeight"), 6.0),
        ("two.root", ("--weight", "none"), None),
    ):
        done(source, text, "x.parquet", *arguments)
        assert json.loads(Path("x.query.json").read_text())["sum_of_weights"] == expected


def test_what_is_not_a_number_is_told(files):
    write_root(Path("few.root"), {"n": np.array([0, 2, 0, 4]), "m": np.array([3, 7, 0, 4])})
    text = "EventDataset().Select(lambda e: {'x': e.m % e.n, 'y': [e.m / e.n, e.m], 'm': e.m})"
    for answer_ in ("x.parquet", "kept.parquet"):
        output = done("few.root", text, answer_)
        assert "  x: float64, of which 2 are NaN or infinite\n" in output
        assert "  m: int64\n" in output
    assert np.isnan(ak.from_parquet("x.parquet").x).tolist() == [True, False, True, False]
    record = json.loads(Path("x.query.json").read_text())
    assert record["not_finite"] == {"x": 2, "y": 2}


@pytest.mark.parametrize("weight", [np.nan, -np.inf])
def test_a_weight_that_is_not_a_number(files, weight):
    """As in an analysis, whose sum of weights it would be."""
    branches = {"n": np.arange(4), "genWeight": np.array([1, 2, weight, 1], np.float32)}
    write_root(Path("few.root"), branches)
    found = query("few.root", "EventDataset().Select(lambda e: {'n': e.n})", "n.parquet")
    assert found.exit_code == 2
    problem = f"the weight 'genWeight' of entry 2 is {weight} (1 such entries)"
    assert f"few.root: {problem}\n  → correct the file, or name another --weight" in found.output
    assert not list(Path().glob("n.*"))


def test_energies_are_as_stored(files):
    values = np.array([41_000.0, 52_000.0, 63_000.0], np.float32)
    write_root(Path("mini.root"), {"lep_pt": values}, "mini")
    text = "EventDataset('mini').Select(lambda e: {'gev': e.lep_pt / 1000, 'stored': e.lep_pt})"
    output = done("mini.root", text, "pt.parquet")
    found = ak.from_parquet("pt.parquet")
    assert found.stored.to_list() == values.tolist()
    assert found.gev.to_list() == [41, 52, 63]
    assert "branches are in MeV, as stored: divide by 1000 in the query" in output


def test_a_file_on_another_machine(files):
    content = {"/zee.root": Path("zee_0.root").read_bytes()}
    with serving_portal({}, content) as portal:
        url = f"{portal.url}/zee.root"
        done(url, MASS, "mass.parquet")
        asked = len(portal.asked)
        assert "kept" in done(url, MASS, "kept.parquet")
        assert len(portal.asked) == asked > 0
    assert "kept" in done(url, MASS, "offline.parquet", "--offline")
    content = Path("mass.parquet").read_bytes()
    assert Path("kept.parquet").read_bytes() == Path("offline.parquet").read_bytes() == content
    record = json.loads(Path("mass.query.json").read_text())
    assert record["files"] == [{"path": url, "sha256": None}]
    done("zee_0.root", MASS, "here.parquet")
    assert Path("here.parquet").read_bytes() == content


def test_an_answer_is_read_like_any_file(files):
    done("zee_0.root", MASS, "mass.parquet")
    look = Look("(Electron[0] + Electron[1]).mass", "count(Electron) == 2")
    expected = read_entries([Path("zee_0.root")], Layout(), look).values
    found = read_entries([Path("mass.parquet")], Layout(), Look("mass")).values
    axis = {"bins": 60, "range": (0, 300)}
    assert np.array_equal(np.histogram(found, **axis)[0], np.histogram(expected, **axis)[0])
    assert len(found) == len(expected) > 0


def test_a_dataset_of_several_files(files):
    done("both", MASS, "mass.parquet")
    masses = [row["mass"] for events in EVENTS for row in answer(MASS, events.to_list())]
    assert np.allclose(ak.from_parquet("mass.parquet").mass, masses, rtol=1e-9, atol=1e-4)


def test_nothing_is_asked_twice(files, nobody_reads):
    done("zee_0.root", MASS, "mass.parquet")
    first = Path("mass.parquet").read_bytes()
    nobody_reads()
    shutil.copy("zee_0.root", "copy.root")
    for source, text in (
        ("zee_0.root", MASS),
        ("copy.root", MASS.replace("lambda e", "lambda event").replace("e.", "event.")),
    ):
        Path("mass.parquet").unlink()
        assert "kept" in done(source, text, "mass.parquet", "--offline")
        assert Path("mass.parquet").read_bytes() == first
        assert json.loads(Path("mass.query.json").read_text())["events"] == 400


def test_another_question_is_asked(files, nobody_reads):
    done("zee_0.root", MASS, "mass.parquet")
    nobody_reads()
    for arguments in (
        ("zee_1.root", MASS),
        ("zee_0.root", MASS.replace("30", "31")),
        ("zee_0.root", MASS, "--weight", "MET_pt"),
    ):
        assert isinstance(query(*arguments, "mass.parquet").exception, AssertionError)


def test_a_damaged_answer_is_made_again(files):
    done("zee_0.root", MASS, "mass.parquet")
    (kept,) = Path(".wollemi/queries").glob("*/answer.parquet")
    content = bytearray(kept.read_bytes())
    content[100] ^= 1
    kept.write_bytes(content)
    first = Path("mass.parquet").read_bytes()
    assert "from files" in done("zee_0.root", MASS, "mass.parquet")
    assert Path("mass.parquet").read_bytes() == first == kept.read_bytes()


def test_equals_func_adl_uproot(files):
    done("zee_0.root", ZIPPED, "mass.parquet")
    tree = qastle.python_ast_to_text_ast(qastle.insert_linq_nodes(ast.parse(f"(\n{ZIPPED}\n)")))
    expected = generate_function(tree)(input_filenames="zee_0.root", tree_name="Events")
    found = ak.from_parquet("mass.parquet")
    assert ak.num(found, axis=0) == ak.num(expected, axis=0) > 0
    # The other one computes with the float32 of the file.
    assert np.allclose(found.mass, expected.mass, rtol=1e-4)
    assert np.allclose(ak.flatten(found.pt), ak.flatten(expected.pt), rtol=1e-6)


def test_an_endpoint_is_asked_for_the_files_of_a_name(files, monkeypatch):
    urls = [f"root://eos.example.org//store/zee_{number}.root" for number in (0, 1)]
    Path("far.yaml").write_text(f"datasets:\n  far: {{title: t, kind: data, files: {urls}}}\n")
    asked = []

    def answer_from_endpoint(query, source, endpoint, path):
        asked.append((source, endpoint))
        ak.to_parquet(ak.zip({"x": [1.0, 2.0]}), path)
        return Delivered("https://servicex.example.org", 2, {"x": "double"}, {"x": 1})

    monkeypatch.setattr(
        "wollemi_interactive.commands.query.answer_from_endpoint", answer_from_endpoint
    )
    monkeypatch.setattr("wollemi_interactive.commands.query.version", lambda name: "1")
    arguments = ("far", ZIPPED, "x.parquet", "--catalogue", "far.yaml", "--endpoint", "uc")
    said = done(*arguments)
    assert "2 rows, from https://servicex.example.org" in said
    assert "x: double, of which 1 are NaN or infinite" in said
    assert "2 rows, kept" in done(*arguments, "--offline")
    assert asked == [(urls, "uc")]
    record = json.loads(Path("x.query.json").read_text())
    assert [file["path"] for file in record["files"]] == urls
    assert record["tree"] == "Events"


def test_other_code_asks_again(files, nobody_reads, monkeypatch):
    """Of the package that reads files, as well."""
    done("zee_0.root", MASS, "mass.parquet")
    nobody_reads()
    assert "kept" in done("zee_0.root", MASS, "mass.parquet")
    digest = kept_answers.file_digest

    def edited(path):
        return "edited" if path.name == "root_trees.py" else digest(path)

    monkeypatch.setattr(kept_answers, "file_digest", edited)
    assert isinstance(query("zee_0.root", MASS, "mass.parquet").exception, AssertionError)


def test_an_answer_does_not_replace_what_is_asked(files):
    done("zee_0.root", "EventDataset().Select(lambda e: {'x': e.MET_pt})", "x.parquet")
    before = Path("x.parquet").read_bytes()
    text = "EventDataset().Select(lambda e: {'y': 2 * e.x})"
    for name in ("x.parquet", "config/../x.parquet"):
        found = query("x.parquet", text, name)
        assert found.exit_code == 2
        assert "is a file that is asked" in found.output
    assert Path("x.parquet").read_bytes() == before


@pytest.mark.parametrize(
    "name", ["plain_1", "a-b.c", "a b, c", "zéé", "2lep", "x: y", "{z}", "it's #1", 'a"b', "[1]"]
)
def test_the_dataset_to_paste_is_yaml(files, name):
    path = f"{name}.parquet"
    output = done("zee_0.root", MASS, path)
    ((key, item),) = yaml.safe_load(output[output.index("datasets:") :])["datasets"].items()
    assert item["files"] == [path]
    assert re.fullmatch(NAME_PATTERN, key)


def test_an_error_names_the_file_and_the_line(files):
    Path("mass.py").write_text("# electrons\nEventDataset()\n.Select(lambda e: e.Elektron_pt)\n")
    found = query("zee_0.root", "mass.py", "mass.parquet")
    assert found.exit_code == 2
    assert found.output.startswith("mass.py, line 3: e.Elektron_pt: the file has no branch")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zee_0.root", "mass.py", "mass.parquet"), "mass.py: cannot be read"),
        (("zee_0.root", MASS, "mass.root"), "mass.root: has another suffix"),
        (("zee_0.root", MASS, "m.parquet", "--weight", "w"), "has no branch 'w'"),
        (("zee_2.root", MASS, "m.parquet"), "is neither a file nor a dataset"),
        (
            ("https://cern.ch/zee.root", MASS, "m.parquet", "--offline"),
            "https://cern.ch/zee.root: is on another machine",
        ),
        (
            ("mc23:mc23.zee", MASS, "m.parquet", "--endpoint", "default", "--offline"),
            "mc23:mc23.zee: is on another machine, and no answer to this query is kept",
        ),
        (
            ("zee_0.root", MASS, "m.parquet", "--endpoint", "default"),
            "zee_0.root: is nothing that an endpoint can read",
        ),
        (
            ("mc23:mc23.zee", MASS, "m.parquet", "--endpoint", "default", "--weight", "w"),
            "--weight: an endpoint sums no weights",
        ),
        (
            ("zee_0.root", MASS, "m.parquet", "--weight", "Jet_pt"),
            "is not one number per event, but",
        ),
        (("zee_0.root", MASS, "zee_0.root/m.parquet"), "a file is in the way of a folder"),
    ],
)
def test_user_errors(files, arguments, message):
    before = set(files.rglob("*"))
    found = query(*arguments)
    assert found.exit_code == 2
    assert message in found.output
    assert set(files.rglob("*")) == before


def test_the_code_of_answers_is_in_all_packages_that_it_names():
    scripts = Path(kept_answers.__file__).parents[2]
    files = {name: list((scripts / name).rglob("*.py")) for name in kept_answers._PACKAGES}
    assert all(files.values())
    assert any(Path(kept_answers.__file__) in found for found in files.values())
