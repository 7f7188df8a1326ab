"""Jobs of a planned run read the file without its models, and refuse what was edited since."""

import contextlib
import itertools
import json
import subprocess
import sys

import build_workspace
import fill_histograms
import plot_regions
import pytest
from support.project.paths import ROOT

from wollemi.loading.load import load_analysis, read_document
from wollemi_likelihood.base.errors import WollemiError

BROKEN = (5.5, [5], {}, {"a": 5}, {"a": {"b": [5]}}, None)


@pytest.mark.parametrize("analysis", ["zprime", "hzz4l", "charged_higgs"])
@pytest.mark.parametrize("program", [fill_histograms, build_workspace, plot_regions])
def test_a_section_that_was_broken_since_the_start(analysis, program, tmp_path):
    """It has other digests, or an error says what is wrong."""
    document = read_document(ROOT / f"config/analyses/{analysis}/analysis.yaml")
    path = tmp_path / "analysis.yaml"
    dataset = min(document["datasets"]) if "dataset" in program.PROGRAM.options else None

    def digests(content, checked=True):
        path.write_text(json.dumps(content))
        return load_analysis(path, program.SECTIONS, dataset, checked=checked).digests

    before = digests(document)
    assert before == digests(document, checked=False)
    for name, value in itertools.product(document, BROKEN):
        with contextlib.suppress(WollemiError):
            after = digests({**document, name: value})
            assert name not in program.SECTIONS or after != before


@pytest.mark.parametrize("program", ["skim_events", "fill_histograms", "plot_regions"])
def test_they_start_without_pydantic(program):
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {program}; print('pydantic' in sys.modules)"],
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "False\n"
