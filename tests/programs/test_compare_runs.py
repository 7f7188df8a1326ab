"""The table of runs: copies of a finished run with what another environment, or an error, does to
it.
"""

import json
import shutil

import compare_runs
import pytest
from support.tiny.analysis import digests

from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record


@pytest.fixture
def other(finished, tmp_path):
    """A copy of the finished run, elsewhere."""
    return shutil.copytree(finished / "results/tiny", tmp_path / "results/tiny")


def compare(finished, other, capsys):
    """Exit code, kind of product → cell, and the other lines."""
    code = compare_runs.main([f"laptop={finished / 'results/tiny'}", f"node={other}"])
    lines = capsys.readouterr().out.splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    assert rows[0] == ["product", "node"]
    return code, dict(rows[2:]), [line for line in lines[1:] if line and not line.startswith("|")]


def edit_record(path, **changes):
    record = json.loads(path.read_text())
    path.write_text(render_json(seal_record(record | changes)))


def edit_fit(run, factor):
    """Change one number of the fit, as if the fit had found it: its record has the new digest."""
    fit, record = run / "fit.json", run / "records/fit_model.json"
    content = json.loads(fit.read_text())
    name = next(iter(content["fits"]))
    content["fits"][name]["parameters"][0]["value"] *= factor
    fit.write_text(render_json(content))
    edit_record(record, outputs={"results/tiny/fit.json": file_digest(fit)})
    return name


def test_copies_are_the_same(finished, other, capsys):
    code, cells, details = compare(finished, other, capsys)
    assert code == 0
    assert set(cells) == {name.split("/")[0] for name in digests(finished)}
    assert set(cells.values()) == {"same SHA-256"}
    assert details == []


def test_other_packages_do_the_same_work(finished, other, capsys):
    packages = json.loads((other / "records/fit_model.json").read_text())["packages"]
    edit_record(other / "records/fit_model.json", packages=packages | {"numpy": "2.0.0"})
    code, cells, details = compare(finished, other, capsys)
    assert code == 0
    assert cells["records"].startswith("same work (1 of ")
    assert details == [f"node: numpy: {packages['numpy']} → 2.0.0"]


def test_a_number_within_its_tolerance(finished, other, capsys):
    name = edit_fit(other, 1 + 1e-8)
    code, cells, details = compare(finished, other, capsys)
    assert code == 0
    assert cells["fit.json"] == "within tolerance"
    others = {kind: cell for kind, cell in cells.items() if kind not in ("fit.json", "records")}
    assert set(others.values()) == {"same SHA-256"}
    assert "different" not in cells["records"]
    assert details == [
        (
            "node: results/tiny/fit.json: equal: largest relative deviation 1.0e-08 at "
            f"fits.{name}.parameters[0].value"
        )
    ]


def test_a_number_beyond_it(finished, other, capsys):
    edit_fit(other, 1.01)
    code, cells, details = compare(finished, other, capsys)
    assert code == 1
    assert cells["fit.json"] == "**different**"
    assert details[0].startswith("node: results/tiny/fit.json: different: fits.")


def test_other_code_and_a_lost_product(finished, other, capsys):
    edit_record(other / "records/fit_model.json", code={})
    (other / "limits.json").unlink()
    code, cells, details = compare(finished, other, capsys)
    assert code == 1
    assert cells["limits.json"] == "**missing**"
    assert cells["records"].startswith("**different** (1 of ")
    assert any(
        line.startswith("node: results/tiny/records/fit_model.json: different: code.")
        for line in details
    )


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (["nowhere/results/tiny"], "not a folder of results with records"),
        (["results/other"], "this is not results/tiny"),
        (["again=results/tiny", "again=results/tiny"], "two runs have the same name"),
    ],
)
def test_errors_of_the_user(finished_copy, others, message, monkeypatch, capsys):
    monkeypatch.chdir(finished_copy)
    shutil.copytree("results/tiny", "results/other")
    assert compare_runs.main(["results/tiny", *others]) == 2
    assert message in capsys.readouterr().err
