"""Submissions to HEPData of the analyses that ship: the whole chain, then every number against its
product.
"""

import re

import pytest
from support.oracles.hepdata_fits import check_tables
from support.oracles.hepdata_reading import read_submission, unpack
from support.project.folders import run_shipped
from support.project.paths import ROOT, needs_shared_data


@pytest.mark.slow
@pytest.mark.parametrize(
    "analysis",
    [
        "zprime",
        pytest.param("hzz4l", marks=needs_shared_data),
        "ttbar_agc",
        "dilepton_both",
        "bsm_search",
    ],
)
def test_every_number_is_that_of_its_product(tmp_path, analysis):
    results = run_shipped(tmp_path, analysis, ["hepdata/submission.tar.gz"])
    check_tables(results, ROOT / f"config/analyses/{analysis}/analysis.yaml")
    files = unpack(results / "hepdata/submission.tar.gz")
    text = "\n".join(content.decode() for name, content in files.items() if name.endswith(".yaml"))
    assert not re.search(
        r"(?i)\b(todo|tbd|fixme|xxx+|lorem|placeholder)\b|\bexample (description|location)\b", text
    )
    record, tables = read_submission(files)
    pseudo = "hzz4l" not in analysis
    assert ("pseudo-data" in record["comment"]) == pseudo
    assert (
        all(
            "Pseudo-data" in str([c.name for c in t.dependent])
            for n, t in tables.items()
            if "fit_" in n
        )
        or not pseudo
    )
