"""The published likelihood of an ATLAS search for charginos and neutralinos in three leptons
(arXiv:1912.08479, HEPData ins1771533) through `workspace:`, against pyhf and the paper.

The files are not part of the project: `BkgOnly.json` and its 66 patches `patch.ERJR_*.json`, from
https://github.com/danikam/1Lbb-likelihoods (first commit), in ../shared/data/erjr_likelihood.
"""

import json
import re
from pathlib import Path

import compute_limits
import import_workspaces
import jsonpatch
import plot_contour
import pyhf
import pytest
from support.products.published_models import write_analysis, write_json
from support.project.paths import SHARED_DATA
from support.tiny.analysis import ANALYSIS

from wollemi.job.job import run_program
from wollemi.statistics.fit import fit
from wollemi.statistics.likelihood import Likelihood

FILES = SHARED_DATA / "erjr_likelihood"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILES.is_dir(), reason=f"{FILES} is not on this machine"),
]
# GeV, of charginos with massless neutralinos at 95 % CL: abstract of the paper.
EXCLUDED = 345


def masses(path):
    """Of the chargino and the neutralino, from names such as patch.ERJR_350p0_0p0.json."""
    first, second = re.search(r"ERJR_(\d+)(?:p0)?_(\d+)(?:p0)?\.json", path.name).groups()
    return int(first), int(second)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder in which all steps from the import to the contour have run."""
    folder = tmp_path_factory.mktemp("erjr")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        base = json.loads((FILES / "BkgOnly.json").read_text())
        points = {masses(path): json.loads(path.read_text()) for path in FILES.glob("patch.*.json")}
        write_json("BkgOnly.json", base)
        write_json("patchset.json", patch_set(base, points))
        write_grid(points)
        step(
            import_workspaces,
            workspace=["BkgOnly.json"],
            patches=["patchset.json"],
            workspaces=[f"workspaces/{name(point)}.json" for point in points],
            imported=["imported.json"],
        )
        workspaces = sorted(map(str, Path("workspaces").glob("*.json")))
        step(compute_limits, workspaces=workspaces, toys=[], limits=["limits.json"])
        plots = {suffix: [f"contour.{suffix}"] for suffix in ("pdf", "png", "json")}
        given = {"limits": ["limits.json"], "imported": ["imported.json"], "luminosity": []}
        step(plot_contour, **given, **plots)
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


def step(program, **arguments):
    line = ["--analysis", ANALYSIS]
    for key, values in arguments.items():
        line += [f"--{key}", *values]
    assert run_program(program.PROGRAM, program.main, line) == 0


@pytest.mark.parametrize("point", [(200, 1), (350, 0), (500, 0)])
def test_the_likelihood_is_that_of_pyhf(run, point):
    """Of the model that is patched without us, where it is at its lowest, freely and with µ = 1.

    pyhf's own minimizers do not end for these 69 parameters with numpy.
    """
    (path,) = [path for path in FILES.glob("patch.*.json") if masses(path) == point]
    base = json.loads((FILES / "BkgOnly.json").read_text())
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
    assert reach == pytest.approx(EXCLUDED, abs=3)
