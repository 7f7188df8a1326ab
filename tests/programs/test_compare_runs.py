"""The table of runs: copies of a finished run with what another environment, or an error, does to
it.
"""

import json
import shutil
from pathlib import Path

import compare_runs
import pytest
import yaml
from markdown_it import MarkdownIt
from support.services.browser import WIDTHS, column, needs_chromium, open_browser, watched_page
from support.services.html_pages import HtmlPage, bare
from support.tiny.analysis import ANALYSIS, digests

from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.job.records import seal_record
from wollemi.loading.load import read_analysis


@pytest.fixture
def other(finished, tmp_path):
    """A copy of the finished run, elsewhere."""
    return shutil.copytree(finished / "results/tiny", tmp_path / "results/tiny")


def compare(finished, other, capsys):
    """Exit code, kind of product → cell, and the other lines."""
    code = compare_runs.main([f"laptop={finished / 'results/tiny'}", f"node={other}"])
    lines = ["Compared", *capsys.readouterr().out.partition("Compared")[2].splitlines()[1:]]
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
        (["a=results/tiny", "b=results/tiny", "--page", "x.html"], "a page is of two runs"),
    ],
)
def test_errors_of_the_user(finished_copy, others, message, monkeypatch, capsys):
    monkeypatch.chdir(finished_copy)
    shutil.copytree("results/tiny", "results/other")
    assert compare_runs.main(["results/tiny", *others]) == 2
    assert message in capsys.readouterr().err


def edit_setting(run, section, **values):
    """Another value of the analysis, in file and records, as a run with it would have."""
    path = run.parents[1] / ANALYSIS
    document = yaml.safe_load(path.read_text())
    document[section] = {**document[section], **values} if values else "Another"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    now = read_analysis(path).plain
    for record in (run / "records").rglob("*.json"):
        content = json.loads(record.read_text())
        settings = content.get("settings", {})
        if section in settings:
            dataset = content["options"].get("dataset")
            digests = section_digests(select_sections(now, [section], dataset))
            edit_record(record, settings=settings | digests)


def first_line(finished, other, capsys):
    compare_runs.main([f"then={finished / 'results/tiny'}", f"now={other}"])
    return capsys.readouterr().out.splitlines()[0]


def test_a_cut_a_package_an_input_and_a_seed_are_told_apart(finished, other, capsys):
    shutil.copytree(finished / "config", other.parents[1] / "config")
    record = other / "records/skim_events/dy_high_0.json"
    content = json.loads(record.read_text())
    same = first_line(finished, other, capsys)
    assert same == ("then → now: Both were made with the same settings, code, packages and inputs.")
    edit_record(record, packages=content["packages"] | {"numpy": "2.0.0"})
    assert first_line(finished, other, capsys) == (
        f"then → now: What differs is a package (numpy {content['packages']['numpy']} → 2.0.0)."
    )
    edit_record(record, **content)
    edit_record(record, inputs=content["inputs"] | {"input/dy_high_0.root": "0" * 64})
    assert first_line(finished, other, capsys) == (
        "then → now: What differs is another input file (input/dy_high_0.root)."
    )
    edit_record(record, **content)
    edit_setting(other, "goodness", seed=6)
    assert first_line(finished, other, capsys) == (
        "then → now: What differs is another seed (goodness.seed: 5 → 6)."
    )
    edit_setting(other, "goodness", seed=5)
    edit_setting(other, "skim", selection="count(muon) == 2 and muon[0].pt > 31")
    assert first_line(finished, other, capsys) == (
        'then → now: What differs is a setting (skim.selection: "count(muon) == 2 and '
        'muon[0].pt > 30" → "count(muon) == 2 and muon[0].pt > 31").'
    )


def test_a_moved_fit_is_told_in_errors(finished, other, capsys):
    fit = other / "fit.json"
    content = json.loads(fit.read_text())
    result = content["fits"]["signal_200"]
    (mu,) = [item for item in result["parameters"] if item["name"] == "mu"]
    mu["value"] += mu["error"]
    fit.write_text(render_json(content))
    compare_runs.main([f"then={finished / 'results/tiny'}", f"now={other}"])
    assert (
        "| fit: signal_200, mu | 0.118019 ± 0.1707 | 0.288711 ± 0.1707 | +1σ |"
        in capsys.readouterr().out
    )


def test_a_page_of_what_moved(finished, other, tmp_path, capsys):
    """The plot that moved is on the page, and it says what the text says."""
    plot = other / "plots/search_mass_search.json"
    content = json.loads(plot.read_text())
    content["total"]["events"][0] *= 1.5
    plot.write_text(render_json(content))
    path = tmp_path / "pages/changes.html"
    runs = [f"then={finished / 'results/tiny'}", f"now={other}"]
    assert compare_runs.main([*runs, "--page", str(path)]) == 1
    text = capsys.readouterr().out
    assert text.endswith(f"{path} (written)\n")
    assert "Plots that moved:\n\n- `search_mass_search`: " in text.partition("Compared with")[0]
    page = HtmlPage(path)
    assert bare(page) == []
    assert len(page.images) == 1
    assert "largest change of a bin" in page.images[0]["alt"]
    assert "<td>plots</td><td" in page.text
    assert "Both were made with the same settings, code, packages and inputs." in page.text


@needs_chromium
def test_the_text_above_the_table_is_a_comment_of_a_merge_request(
    finished, other, tmp_path, capsys
):
    """As `ci/check` of `wollemi new` writes it, in the dialect of GitHub and GitLab."""
    summary = json.loads((other / "summary.json").read_text())
    region = next(iter(summary["selected"]))
    sample = next(iter(summary["selected"][region]))
    summary["selected"][region][sample]["sum"] *= 1.5
    (other / "summary.json").write_text(render_json(summary))
    plot = other / "plots/search_mass_search.json"
    content = json.loads(plot.read_text())
    content["total"]["events"][0] *= 1.5
    plot.write_text(render_json(content))
    runs = [f"main={finished / 'results/tiny'}", f"here={other}"]
    compare_runs.main([*runs, "--page", str(tmp_path / "changes.html")])
    text = capsys.readouterr().out.partition("Compared with")[0]
    comment = tmp_path / "comment.html"
    body = MarkdownIt("commonmark").enable("table").render(f"## Tiny\n{text}")
    comment.write_text(f'<html lang="en"><meta charset="utf-8"><title>Tiny</title>{body}</html>')
    with open_browser() as browser, watched_page(browser, WIDTHS["desktop"]) as (page, problems):
        page.goto(comment.as_uri())
        assert column(page, 0, 0) == [f"yield: {region}, {sample}"]
        assert column(page, 0, 3)[0].startswith("+")
        assert "search_mass_search" in page.locator("li code").all_inner_texts()
        page.screenshot(path=tmp_path / "comment.png", full_page=True)
    assert problems == []


def test_states_and_archives_are_runs(finished_copy, packed, monkeypatch, capsys):
    """The present results, the state that they are, and their archive."""
    monkeypatch.chdir(finished_copy)
    monkeypatch.delenv("WOLLEMI_STORE", raising=False)
    (state,) = (path.stem for path in Path(".wollemi/store/states/tiny").iterdir())
    assert compare_runs.main(["results/tiny", state, f"archive={packed}"]) == 0
    text = capsys.readouterr().out
    assert text.count("Both were made with the same settings, code, packages and inputs.") == 2
    assert text.count("No yield, fit, limit or significance differs.") == 2
