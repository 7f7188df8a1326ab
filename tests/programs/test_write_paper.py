"""The folder for a paper of a run of the tiny analysis: complete, with captions, such as LaTeX
reads it.
"""

import json
import re

import pytest
from support.project.paths import ROOT
from support.tiny.steps import RESULTS, run_step

from wollemi.analysis.view import view_of
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan

# All that the document may tell LaTeX to do.
COMMANDS = {
    *("documentclass", "usepackage", "begin", "end", "section", "centering", "includegraphics"),
    *("caption", "label", "clearpage", "input", "linewidth"),
}


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """The finished run, whose folders are linked, and its paper."""
    folder = tmp_path_factory.mktemp("paper")
    (folder / RESULTS).mkdir(parents=True)
    (folder / "config").symlink_to(finished / "config")
    for name in ("plots", "tables", "records"):
        (folder / RESULTS / name).symlink_to(finished / RESULTS / name)
    document = read_document(finished / "config/analyses/tiny/analysis.yaml")
    plan = Plan(view_of(document | {"publication": {"paper": {}}}), "tiny")
    arguments = {
        "plots": plan.paper_plots,
        "tables": plan.paper_tables,
        "records": plan.paper_records,
        "template": ROOT / "workflow/report/paper_readme.md.j2",
        "figures": plan.paper_figure_copies,
        "table_copies": plan.paper_table_copies,
        "document": f"{RESULTS}/paper/paper.tex",
        "readme": f"{RESULTS}/paper/README.md",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run_step("write_paper", **arguments) == 0
    return folder, plan


def test_the_files_are_those_of_the_run(project):
    folder, plan = project
    copies = [*plan.paper_figure_copies, *plan.paper_table_copies]
    for source, copy in zip([*plan.paper_plots, *plan.paper_tables], copies, strict=True):
        assert (folder / copy).read_bytes() == (folder / source).read_bytes()
    made = {
        path.relative_to(folder).as_posix() for path in (folder / RESULTS / "paper").rglob("*.*")
    }
    assert made == set(plan.paper)


def test_the_document_shows_each_once_and_does_nothing_else(project):
    folder, plan = project
    text = (folder / RESULTS / "paper/paper.tex").read_text()
    shown = re.findall(r"\\(?:includegraphics\[[^]]*\]|input)\{([^}]*)\}", text)
    assert sorted(shown) == sorted(
        [f"figures/{name}" for name in plan.plot_names]
        + [f"tables/{name}" for name in plan.table_names]
    )
    begun = re.findall(r"\\begin\{(\w+)\}", text)
    assert begun.count("figure") == len(plan.plot_names)
    assert sorted(begun) == sorted(re.findall(r"\\end\{(\w+)\}", text))
    formulae = re.sub(r"\$[^$]*\$|\\text(sub|super)script|\\=|\\[%_]", "", text)
    assert set(re.findall(r"\\([A-Za-z]+)", formulae)) <= COMMANDS
    assert text.count("{") == text.count("}")


def test_letters_are_those_of_latin_1_that_latex_knows(project):
    """Everything else is a command, as the default fonts of the class article lack it."""
    folder, _ = project
    for path in (folder / RESULTS / "paper").rglob("*.tex"):
        text = path.read_text()
        assert {letter for letter in text if ord(letter) > 255} == set(), path.name


def test_the_readme_says_what_each_is_made_of(project):
    folder, plan = project
    text = (folder / RESULTS / "paper/README.md").read_text()
    rows = {
        row[1].strip(" `"): row
        for line in text.splitlines()
        if line.startswith("| `") and (row := re.split(r"(?<!\\)\|", line))
    }
    assert rows.keys() == {f"figures/{name}.pdf" for name in plan.plot_names} | {
        f"tables/{name}.tex" for name in plan.table_names
    }
    assert {len(row) for row in rows.values()} == {6}
    assert all(row[2].strip() for row in rows.values())
    _, _, _, program, sources, _ = rows["figures/pulls.pdf"]
    record = json.loads((folder / RESULTS / "records/plot_fit.json").read_text())
    assert program.strip() == "`plot_fit`"
    assert {f"{RESULTS}/{name}" for name in re.findall("`([^`]*)`", sources)} == {*record["inputs"]}
    assert "histograms/*" in rows["figures/search_mt.pdf"][4]
