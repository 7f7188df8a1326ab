"""The check of an analysis file: silent on good ones, complete on bad ones (messages:
test_errors.py).
"""

import shutil
from pathlib import Path

import check_analysis
import pytest
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, STATISTICS, edit_analysis

SHIPPED = sorted((ROOT / "config/analyses").glob("*/analysis.yaml"))


def test_a_good_file(tiny, capsys):
    assert check_analysis.main([ANALYSIS]) == 0
    counts = "6 datasets, 4 samples, 2 regions, 5 systematics"
    unseen = "  - not looked into, as none of its files is here: data"
    assert capsys.readouterr().out == f"{ANALYSIS}: no problems ({counts})\n{unseen}\n"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_the_analyses_that_ship(path, capsys):
    assert check_analysis.main([str(path)]) == 0, capsys.readouterr().err


def test_each_file_is_checked(tiny, capsys):
    good = (tiny / ANALYSIS).read_text()
    (tiny / "copy/tiny").mkdir(parents=True)
    (tiny / "copy/tiny/good.yaml").write_text(good)
    shutil.copy2((tiny / ANALYSIS).with_name("hooks.py"), tiny / "copy/tiny")
    edit_analysis(tiny, lambda document: document["samples"].pop("dy"))
    assert check_analysis.main([ANALYSIS, "copy/tiny/good.yaml"]) == 2
    output = capsys.readouterr()
    assert output.out.startswith("copy/tiny/good.yaml: no problems")
    # four systematics, a free normalization, a style
    assert output.err.count("'dy' is not a s") == 6


def test_an_analysis_may_end_at_histograms(tiny):
    def remove(document):
        for section in STATISTICS.keys() - {"plots"}:
            del document[section]

    edit_analysis(tiny, remove)
    assert check_analysis.main([ANALYSIS]) == 0


def test_a_file_that_is_not_opened_may_have_the_branch_to_keep(tiny):
    edit_analysis(tiny, lambda document: document["skim"].update(keep=["of_data_alone"]))
    Path("config/config.yaml").write_text("mirrors: mirror\n")
    assert check_analysis.main([ANALYSIS]) == 2
    assert check_analysis.main([ANALYSIS, "--skip-files-of=data"]) == 0
