"""The published likelihood of an ATLAS search for charginos and neutralinos in three leptons
(arXiv:1912.08479, HEPData ins1771533) through `workspace:`, against pyhf, the paper and its record.

The files are not part of the project: `BkgOnly.json` and its 66 patches `patch.ERJR_*.json` are in
an early commit of https://github.com/danikam/1Lbb-likelihoods; clone it beside the project.
"""

import io
import json
import re
import subprocess
import tarfile
from pathlib import Path

import jsonpatch
import pyhf
import pytest
from support.oracles.published_numbers import reproduces
from support.products.published_models import write_analysis, write_json
from support.project.paths import clone, needs_clone
from support.tiny.steps import run_step

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

REPOSITORY, COMMIT = "danikam/1Lbb-likelihoods", "2de1e0a"
pytestmark = [pytest.mark.slow, needs_clone(REPOSITORY)]
# Masses in GeV → cross section in pb of charginos and neutralinos that are winos, by which a
# strength is the limit of the record: LHC SUSY cross section working group, 13 TeV, NLO+NLL.
CROSS_SECTIONS_PB = {
    (150, 1): 5.1809,
    (200, 1): 1.8074,
    (250, 1): 0.78249,
    (300, 100): 0.38694,
    (400, 0): 0.12101,
    (500, 0): 0.046353,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder of the published files."""
    folder = tmp_path_factory.mktemp("likelihood")
    command = ["git", "-C", str(clone(REPOSITORY)), "archive", COMMIT]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def masses(path):
    """Of the chargino and the neutralino, from names such as patch.ERJR_350p0_0p0.json."""
    first, second = re.search(r"ERJR_(\d+)(?:p0)?_(\d+)(?:p0)?\.json", path.name).groups()
    return int(first), int(second)


@pytest.fixture(scope="module")
def run(tmp_path_factory, files):
    """The folder in which all steps from the import to the contour have run."""
    folder = tmp_path_factory.mktemp("erjr")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        base = json.loads((files / "BkgOnly.json").read_text())
        points = {masses(path): json.loads(path.read_text()) for path in files.glob("patch.*.json")}
        write_json("BkgOnly.json", base)
        write_json("patchset.json", patch_set(base, points))
        write_grid(points)
        code = run_step(
            "import_workspaces",
            workspace="BkgOnly.json",
            patches="patchset.json",
            workspaces=[f"workspaces/{name(point)}.json" for point in points],
            imported="imported.json",
        )
        assert code == 0
        workspaces = sorted(map(str, Path("workspaces").glob("*.json")))
        assert run_step("compute_limits", workspaces=workspaces, limits="limits.json") == 0
        plots = {suffix: f"contour.{suffix}" for suffix in ("pdf", "png", "json")}
        given = {"limits": "limits.json", "imported": "imported.json"}
        assert run_step("plot_contour", **given, **plots) == 0
    return folder


def name(point):
    return f"C1N2_{point[0]}_{point[1]}"


def patch_set(base, points):
    patches = [
        {"metadata": {"name": name(point), "values": list(point)}, "patch": operations}
        for point, operations in points.items()
    ]
    metadata = {
        "description": "the patches of the publication",
        "digests": {"sha256": pyhf.utils.digest(base)},
        "labels": ["chargino", "neutralino"],
        "references": {"hepdata": "ins1771533"},
    }
    return {"version": "1.0.0", "metadata": metadata, "patches": patches}


def write_grid(points):
    patches = {"path": "patchset.json", "points": {name(point): list(point) for point in points}}
    write_analysis({"path": "BkgOnly.json", "patches": patches, "regions": ["SRlow_cuts"]})


@pytest.mark.parametrize("point", [(200, 1), (350, 0), (500, 0)])
def test_the_likelihood_is_that_of_pyhf(run, files, point):
    """Of the model that is patched without us, where it is at its lowest, freely and with µ = 1.

    pyhf's own minimizers do not end for these 69 parameters with numpy.
    """
    (path,) = [path for path in files.glob("patch.*.json") if masses(path) == point]
    base = json.loads((files / "BkgOnly.json").read_text())
    published = pyhf.Workspace(jsonpatch.apply_patch(base, json.loads(path.read_text())))
    model = published.model()
    ours = Likelihood.from_workspace(
        json.loads((run / f"workspaces/{name(point)}.json").read_text())
    )
    for fixed in ({}, {"mu_SIG": 1.0}):
        values = fit(ours, fixed=fixed).values
        named = dict(zip(ours.names, values, strict=True))
        theirs = [named[parameter] for parameter in model.config.par_names]
        expected = float(model.logpdf(theirs, published.data(model))[0])
        # An auxiliary measurement of 5·10¹¹ events: what pyhf subtracts is rounded at 2·10⁻³.
        assert ours.logpdf(values) == pytest.approx(expected, abs=4e-3)


def test_the_contour_is_where_the_paper_has_it(run):
    contour = json.loads((run / "contour.json").read_text())
    lines = contour["contours"]["observed"]
    reach = max(x for line in lines for x, y in line if y <= 1)
    reproduces("erjr_contour", reach)


def test_limits_are_those_of_the_record(run):
    """Table 15 of its version 2, which has two decimals."""
    limits = json.loads((run / "limits.json").read_text())["limits"]
    for point, cross_section in CROSS_SECTIONS_PB.items():
        found = limits[name(point)]["observed"] * cross_section
        reproduces(f"erjr_{point[0]}_{point[1]}", found)
