"""Tables of the run of the tiny analysis, read again by others; and where no model could be
built.
"""

import csv
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from matplotlib.mathtext import MathTextParser
from support.tiny.mistakes import set_value
from support.tiny.steps import run_step

from wollemi.base.absence import absent_model
from wollemi_likelihood.base.errors import WollemiError

FOLDER = "results/tiny/tables"
NAMES = [
    "selected",
    *("cutflow_search", "cutflow_peak"),
    *("yields", "parameters", "significances", "ranking_signal_200", "limits"),
    *("extrapolation", "scans", "goodness"),
    *("uncertainties", "discovery", "region_limits", "intervals", "toy_fits"),
    *("systematics_search", "systematics_peak"),
]
# All commands of LaTeX that a table may have.
COMMANDS = {
    "begin",
    "end",
    "caption",
    "centering",
    "toprule",
    "midrule",
    "cmidrule",
    "bottomrule",
    "multicolumn",
    "par",
    "medskip",
    "textsubscript",
    "textsuperscript",
    "=",
}


@pytest.fixture(scope="module")
def tables(finished):
    """Name with suffix → text."""
    return {path.name: path.read_text() for path in sorted((finished / FOLDER).iterdir())}


@pytest.fixture(scope="module")
def product(finished):
    return lambda name: json.loads((finished / "results/tiny" / name).read_text())


def frame(tables, name):
    return pd.read_csv(io.StringIO(tables[f"{name}.csv"]))


def test_each_table_is_there_in_three_formats(tables):
    assert tables.keys() == {
        f"{name}.{suffix}" for name in NAMES for suffix in ("csv", "md", "tex")
    }


def test_the_csv_has_all_digits_of_the_products(tables, product):
    limits = frame(tables, "limits").set_index("signal")
    for signal, item in product("limits.json")["limits"].items():
        assert limits.loc[signal].tolist()[:6] == pytest.approx(
            [item["observed"], *item["expected"]], rel=1e-5
        )
    selected = frame(tables, "selected").set_index(["region", "sample"])
    for region, samples in product("summary.json")["selected"].items():
        for sample, line in samples.items():
            assert selected.loc[(region, sample), "sum"] == line["sum"]
            assert selected.loc[(region, sample), "error"] == line["error"]
    yields = frame(tables, "yields").set_index(["region", "sample"])
    fit = product("fit.json")["fits"]["background_only"]
    for region, item in fit["yields"]["postfit"].items():
        assert yields.loc[(region, "all samples"), "postfit"] == pytest.approx(
            item["sum"], rel=1e-5
        )
        assert yields.loc[(region, "all samples"), "observed"] == sum(fit["observed"][region])
        for sample, total in item["sample_sums"].items():
            assert yields.loc[(region, sample), "postfit"] == pytest.approx(total, rel=1e-5)
    ranking = product("ranking.json")["rankings"]["signal_200"]["parameters"]
    assert frame(tables, "ranking_signal_200")["name"].tolist() == [
        item["name"] for item in ranking
    ]
    cutflow = product("summary.json")["cutflow"]["search"]
    lines = frame(tables, "cutflow_search")
    assert {row.cut for row in lines.itertuples()} == {
        cut for table in cutflow for cut in table["cuts"]
    }


def cells(markdown):
    caption, _, text = markdown.partition("\n\n")
    rows = [re.split(r" ?(?<!\\)\| ?", line)[1:-1] for line in text.splitlines()]
    assert caption
    assert rows[1] == ["---"] * len(rows[0])
    return [rows[0], *rows[2:]]


@pytest.mark.parametrize("name", NAMES)
def test_markdown_and_latex_say_the_same(tables, name):
    rows = cells(tables[f"{name}.md"])
    assert len({len(row) for row in rows}) == 1
    latex = tables[f"{name}.tex"]
    parts = [
        [re.split(r" (?<!\\)& ", line.removesuffix(" \\\\")) for line in part.splitlines()]
        for part in re.findall(r"\\midrule\n(.*?)\\bottomrule", latex, re.DOTALL)
    ]
    assert all(len(part) == len(rows) - 1 for part in parts)
    written = [[cell for row in line for cell in row[1:]] for line in zip(*parts, strict=True)]
    digits = [[re.findall(r"\d+", cell) for cell in row[1:]] for row in rows[1:]]
    assert [[re.findall(r"\d+", cell) for cell in row] for row in written] == digits
    assert set(re.findall(r"\\([A-Za-z]+|=)", re.sub(r"\$[^$]*\$", "", latex))) <= COMMANDS
    for formula in re.findall(r"\$[^$]*\$", latex):
        MathTextParser("agg").parse(formula)


DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{booktabs}
\setlength{\textwidth}{440pt}
\begin{document}
%s\end{document}
"""


@pytest.mark.slow  # a TeX from Debian: apt-get install texlive-latex-recommended
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_tables_fit_a_page(tables, tmp_path):
    """Compiled in the width of a paper, without a line that is too wide."""
    shown = "".join(rf"\input{{{name}}}\clearpage{{}}" + "\n" for name in NAMES)
    for name in NAMES:
        (tmp_path / f"{name}.tex").write_text(tables[f"{name}.tex"], encoding="utf-8")
    (tmp_path / "paper.tex").write_text(DOCUMENT % shown, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in (tmp_path / "paper.log").read_text(encoding="utf-8", errors="replace")


def test_systematics_are_those_of_the_analysis(tables, product):
    """`luminosity` is ±2 % of signals; of the others the table has what the workspaces have."""
    rows = {row[0]: row for row in cells(tables["systematics_peak.md"])}
    assert rows["luminosity"][rows["systematic"].index("signal_300")] == "±2.0"
    named = frame(tables, "systematics_search").set_index(["systematic", "sample"])
    assert named.loc[("luminosity", "signal_200"), ["up", "down"]].tolist() == pytest.approx(
        [0.02, -0.02]
    )
    (dy,) = (
        sample
        for channel in product("workspaces/signal_200.json")["channels"]
        for sample in channel["samples"]
        if (channel["name"], sample["name"]) == ("search", "dy")
    )
    factors = [item["data"] for item in dy["modifiers"] if item["type"] == "normsys"]
    ups = named.xs("dy", level="sample")["up"]
    assert sorted(ups.drop("statistics of the simulation")) == pytest.approx(
        sorted(item["hi"] - 1 for item in factors), abs=1e-12
    )


def test_labels_are_those_of_the_plots(tables):
    samples = [row[0] for row in cells(tables["yields.md"])[1:]]
    assert samples[-2:] == ["all samples", "observed data"]
    assert cells(tables["selected.md"])[-1][0] == "Data"


def test_a_table_that_needs_a_model_says_why_there_is_none(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    path = finished_copy / "results/tiny/summary.json"
    content = json.loads(path.read_text())
    reason = WollemiError(
        "regions.search", "no background sample has events there", "loosen its selection"
    )
    content |= absent_model(reason) | {"fit": None, "yields": {}, "model_check": None}
    content |= {"scans": [], "toy_goodness": None, "uncertainties": {}, "extrapolation": None}
    content |= {"region_limits": None, "discovery": None, "intervals": None, "toy_fits": {}}
    content["results"] = {
        name: {"strength": None, "limit": None, "significance": None} for name in content["results"]
    }
    path.write_text(json.dumps(content))
    outputs = {
        f"--{kind}": [f"t/{name}.{kind}" for name in NAMES] for kind in ("csv", "markdown", "latex")
    }
    (finished_copy / "t").mkdir()
    arguments = {key.removeprefix("--"): value for key, value in outputs.items()}
    assert (
        run_step(
            "write_tables", summary=str(path), ranking="results/tiny/ranking.json", **arguments
        )
        == 0
    )
    for name in NAMES:
        with (finished_copy / f"t/{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        if name.startswith(("selected", "cutflow")):
            assert len(rows) > 1
        else:
            assert rows == [
                {"table": "nothing", "why": "regions.search: no background sample has events there"}
            ]
            assert "no background sample" in (finished_copy / f"t/{name}.latex").read_text()


def test_groups_are_one_row(finished_copy, monkeypatch, product):
    """In selected events, yields of the fit, cutflow and systematics."""
    monkeypatch.chdir(finished_copy)
    members = ["dy", "signal_200"]
    set_value("plots", "groups", value={"all": {"samples": members, "label": "Everything"}})
    names = ["selected", "cutflow_search", "systematics_search", "yields"]
    (finished_copy / "t").mkdir()
    outputs = {
        kind: [f"t/{name}.{kind}" for name in names] for kind in ("csv", "markdown", "latex")
    }
    models = [f"results/tiny/workspaces/signal_{mass}.json" for mass in (200, 300)]
    read = {"summary": "results/tiny/summary.json", "ranking": "results/tiny/ranking.json"}
    assert run_step("write_tables", **read, workspaces=models, **outputs) == 0
    first = {
        name: [row[0] for row in cells((finished_copy / f"t/{name}.markdown").read_text())]
        for name in names
    }
    assert "Everything" in first["selected"]
    assert not {"Drell–Yan", "signal (200 GeV)"} & {*first["selected"]}
    assert "Everything" in first["yields"]
    assert "Drell–Yan" not in first["yields"]
    fitted = pd.read_csv("t/yields.csv").set_index(["region", "sample"])
    for region, item in product("fit.json")["fits"]["background_only"]["yields"]["prefit"].items():
        places = [place for place, name in enumerate(item["sample_sums"]) if name in members]
        variance = np.array(item["sample_sum_covariance"])[np.ix_(places, places)].sum()
        row, expected = fitted.loc[(region, "all")], item["sample_sums"]
        present = [expected[name] for name in members if name in expected]
        assert row["prefit"] == pytest.approx(sum(present), rel=1e-5)
        assert row["prefit_error"] == pytest.approx(np.sqrt(variance), rel=1e-4)
    selected = pd.read_csv("t/selected.csv").set_index(["region", "sample"])
    expected = product("summary.json")["selected"]["search"]
    assert selected.loc[("search", "all"), "sum"] == pytest.approx(
        sum(expected[name]["sum"] for name in members)
    )
    assert "all" in pd.read_csv("t/cutflow_search.csv").columns
    effects = pd.read_csv("t/systematics_search.csv").set_index(["systematic", "sample"])
    model = product("workspaces/signal_200.json")
    (search,) = (item for item in model["channels"] if item["name"] == "search")
    total = {item["name"]: sum(item["data"]) for item in search["samples"]}
    # ±2 % of the signal alone
    share = total["signal_200"] / (total["signal_200"] + total["dy"])
    assert effects.loc[("luminosity", "all"), "up"] == pytest.approx(0.02 * share)
    assert effects.loc[("luminosity", "signal_300"), "up"] == pytest.approx(0.02)
