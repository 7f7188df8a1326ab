"""Published models: a workspace for each signal that pyhf reads as the published one, out of files
and archives.
"""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import convert_datacard
import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm
from support.products.datacards import write_random_card
from support.products.histfactory import write_random_xml
from support.products.published_models import (
    BACKGROUND,
    COUNTS,
    FOLDER,
    PATCHES,
    SIGNALS,
    background,
    combination,
    counting,
    files_beside,
    grid,
    pack,
    patch_set,
    points,
    signal_sample,
    single_patches,
    whole_model,
    write_analysis,
    write_json,
    write_likelihood,
)
from support.project.paths import ROOT
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi.results.imported import Imported

MODEL = f"{FOLDER}/RegionA.json"


def imported(workspace, signals, path, patches=(), files=()):
    """The exit code, and signal → its workspace."""
    write_analysis(workspace)
    targets = {name: Path(f"{RESULTS}/workspaces/{name}.json") for name in signals}
    code = run_step(
        "import_workspaces",
        workspace=path,
        patches=patches,
        files=files,
        workspaces=list(targets.values()),
        imported=f"{RESULTS}/imported.json",
        record=f"{RESULTS}/records/import_workspaces.json",
    )
    return code, {name: json.loads(path.read_text()) for name, path in targets.items()}


def model_and_data(workspace, patches=()):
    """pyhf's."""
    published = pyhf.Workspace(workspace)
    model = published.model(patches=list(patches))
    return model, published.data(model)


def renamed(workspace, name):
    return json.loads(json.dumps(workspace).replace('"SIG"', f'"{name}"'))


def test_a_model_with_its_signal(tiny):
    write_json(MODEL, whole_model())
    code, found = imported({"path": MODEL}, ["signal"], MODEL)
    assert code == 0
    assert found["signal"] == renamed(whole_model(), "signal")
    product = read_json("imported.json")
    assert product["digest"] == pyhf.utils.digest(whole_model())
    assert product["sha256"] == hashlib.sha256(Path(MODEL).read_bytes()).hexdigest()
    assert (product["measurement"], product["poi"]) == ("NormalMeasurement", "mu_SIG")
    assert product["regions"] == {"CR": 1, "SR": 3}
    assert product["samples"] == ["other", "top"]
    assert product["signals"] == {"signal": {"patch": None, "samples": ["SIG"], "values": []}}
    assert product["parameters"] == model_and_data(whole_model())[0].config.npars
    assert product["certificate"]["largest"] < 1e-9
    assert check_record("import_workspaces.json")["inputs"].keys() == {MODEL}


def test_the_measurement_that_is_chosen(tiny):
    model = whole_model()
    (first,) = model["measurements"]
    top = {"name": "mu_top", "bounds": [[0.5, 1.5]]}
    parameters = [*first["config"]["parameters"], top]
    second = {"name": "Other", "config": {"poi": "mu_SIG", "parameters": parameters}}
    write_json(MODEL, model | {"measurements": [first, second]})
    code, found = imported({"path": MODEL, "measurement": "Other"}, ["signal"], MODEL)
    assert code == 0
    assert found["signal"]["measurements"] == [second]


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_patch_gives_the_model_that_pyhf_gives(tiny, signal):
    write_likelihood()
    code, found = imported(grid(signal), [signal], BACKGROUND, [PATCHES])
    assert code == 0
    patches = {item["metadata"]["name"]: item for item in patch_set(background())["patches"]}
    theirs, data = model_and_data(background(), [patches[signal]["patch"]])
    ours, same = model_and_data(found[signal])
    assert ours.config.par_names == theirs.config.par_names
    assert same == data
    values = theirs.config.suggested_init()
    assert ours.expected_data(values) == pytest.approx(theirs.expected_data(values), rel=1e-14)
    product = read_json("imported.json")
    assert product["axes"] == ["m1", "m2"]
    assert product["signals"][signal]["values"] == list(SIGNALS[signal][0])
    point = product["certificate"]["checks"][signal][0]
    assert point["minus_two_log_likelihood"] == pytest.approx(point["source"], abs=1e-9)


def test_patches_are_found_by_their_values(tiny):
    write_likelihood()
    section = grid()
    section["patches"]["points"] = {"light": [100, 0]}
    code, found = imported(section, ["light"], BACKGROUND, [PATCHES])
    assert code == 0
    (sample,) = [
        item for item in found["light"]["channels"][0]["samples"] if item["name"] == "light"
    ]
    assert sample["data"] == SIGNALS["low_100_0"][1]
    assert read_json("imported.json")["signals"]["light"]["patch"] == "low_100_0"


@pytest.mark.parametrize("suffix", ["tar.gz", "zip"])
def test_an_archive_of_both(tiny, suffix):
    write_likelihood()
    path = f"{FOLDER}/likelihood.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(BACKGROUND, "A/BkgOnly.json")
            archive.write(PATCHES, "A/patchset.json")
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    section = {"path": path, "sha256": digest, "patches": {"points": points("low_100_0")}}
    assert imported(section, ["low_100_0"], path)[0] == 0
    assert read_json("imported.json")["sha256"] == digest


def other_region():
    """A model whose patches do not fit the first one."""
    text = json.dumps(background()).replace('"SR"', '"SRB"').replace("staterror_SR", "stat_SRB")
    return json.loads(text)


def in_folder(folder, files):
    return {f"{folder}{name}": content for name, content in files.items()}


def early(prefix="patch.", usual="BkgOnly.json"):
    """The files of a likelihood as ATLAS published the first ones: no patch set."""
    return {usual: background(), "README.md": "read me", **single_patches(background(), prefix)}


LAYOUTS = {
    "one folder": early(),
    "with dots": in_folder("./", early()),
    "another prefix": early("patch_"),
    "lower case": early(usual="bkgonly.json"),
    "below a folder": in_folder("likelihoods/all/", early()),
    "patched workspaces too": early() | {"low_100_0.json": whole_model("low_100_0")},
    "several regions": {
        **in_folder("RegionA/", early()),
        **in_folder("RegionB/", {**early(), "BkgOnly.json": other_region()}),
    },
    "set and single patches": early() | {"patchset.json": patch_set(background())},
    "sets of regions": {
        "A/BkgOnly.json": background(),
        "A/patchset.json": patch_set(background()),
        "B/BkgOnly.json": other_region(),
        "B/patchset.json": patch_set(other_region()),
    },
}
MEMBERS = {"several regions": "RegionA/BkgOnly.json", "sets of regions": "A/BkgOnly.json"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("suffix", ["tar.gz", "zip"])
def test_archives_as_they_are_published(tiny, layout, suffix):
    """Signals by the names in the files, or by the numbers in these names."""
    path = f"{FOLDER}/likelihoods.{suffix}"
    pack(path, LAYOUTS[layout])
    signals = {"low_100_0": [100, 0], "by_values": [300, 200]}
    section = {"path": path, "patches": {"points": signals}}
    section |= {"member": MEMBERS[layout]} if layout in MEMBERS else {}
    code, found = imported(section, signals, path)
    assert code == 0
    patches = {item["metadata"]["name"]: item for item in patch_set(background())["patches"]}
    for signal, name in (("low_100_0", "low_100_0"), ("by_values", "mid_300_200")):
        theirs, data = model_and_data(background(), [patches[name]["patch"]])
        ours, same = model_and_data(found[signal])
        values = theirs.config.suggested_init()
        assert same == data
        assert ours.logpdf(values, same) == theirs.logpdf(values, data)
    product = read_json("imported.json")
    origins = {name: (item["patch"], item["values"]) for name, item in product["signals"].items()}
    assert origins == {
        "low_100_0": ("low_100_0", [100, 0]),
        "by_values": ("mid_300_200", [300, 200]),
    }
    assert len(product["axes"]) == 2
    assert product["certificate"]["largest"] < 1e-9


def test_a_single_patch_beside_its_workspace(tiny):
    write_json(BACKGROUND, background())
    (path,) = [f"{FOLDER}/{name}" for name in single_patches(background()) if "mid_300_0" in name]
    write_json(path, single_patches(background())[Path(path).name])
    section = {"path": BACKGROUND, "patches": {"path": path, "points": ["mid_300_0"]}}
    code, found = imported(section, ["mid_300_0"], BACKGROUND, [path])
    assert code == 0
    assert found["mid_300_0"] == renamed(whole_model(), "mid_300_0")


@pytest.mark.parametrize(
    ("files", "points", "problem"),
    [
        ({"BkgOnly.json": background()}, ["low"], "has neither a patchset.json nor files named"),
        (early(), ["low_100_1"], "has no patch 'low_100_1'; did you mean 'low_100_0'"),
        (early(), {"low_100_0": [100, 1]}, "its patch 'low_100_0' has the values [100, 0]"),
        (early() | {"patch.low_100_0.json": {}}, ["low_100_0"], "is not a JSON patch, but a dict"),
        (
            early() | {"BkgOnly.json": background() | {"channels": background()["channels"][::-1]}},
            ["low_100_0"],
            "3 values in a channel of 1 bin",
        ),
    ],
)
def test_patches_that_do_not_fit(tiny, capsys, files, points, problem):
    path = f"{FOLDER}/likelihoods.tar.gz"
    pack(path, files)
    code = run_signals({"path": path, "patches": {"points": points}}, list(points), path)
    assert code == 2
    assert problem in capsys.readouterr().err


def run_signals(section, signals, path):
    """The exit code of an import."""
    write_analysis(section)
    return run_step(
        "import_workspaces",
        workspace=path,
        patches=[],
        files=[],
        workspaces=[f"{RESULTS}/workspaces/{name}.json" for name in signals],
        imported=f"{RESULTS}/imported.json",
        record=f"{RESULTS}/records/import_workspaces.json",
    )


def test_several_samples_of_a_signal_keep_their_names(tiny):
    model = whole_model()
    model["channels"][1]["samples"].append(signal_sample([4.0], "SIG_in_CR"))
    write_json(MODEL, model)
    code, found = imported({"path": MODEL}, ["signal"], MODEL)
    assert code == 0
    assert found["signal"] == model
    assert read_json("imported.json")["signals"]["signal"]["samples"] == ["SIG", "SIG_in_CR"]


WRITERS = {"XML of HistFactory": write_random_xml, "datacard of Combine": write_random_card}


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_model_of_another_program(tiny, form, packed):
    """As `wollemi convert` has it, from files that are listed or out of an archive."""
    Path(FOLDER).mkdir()
    path = WRITERS[form](Path(FOLDER), 1)
    assert convert_datacard.main([str(path), "converted.json"]) == 0
    wanted = json.loads(Path("converted.json").read_text())
    files = files_beside(path)
    section = {"path": str(path), "files": files}
    if packed:
        shutil.make_archive("model", "gztar", FOLDER)
        section = {"path": "model.tar.gz", "member": f"./{path.relative_to(FOLDER)}"}
        path, files = "model.tar.gz", []
    code, found = imported(section, ["signal"], path, files=files)
    assert code == 0
    assert found["signal"] == wanted
    product = read_json("imported.json")
    assert product["form"] == form
    assert set(product["files"]) == set(files)
    if form.startswith("XML"):
        assert product["certificate"]["largest"] < 1e-9
    samples = {"signal"} if form.startswith("XML") else {"ggH", "qqH"}
    assert set(product["signals"]["signal"]["samples"]) == samples
    assert check_record("import_workspaces.json")["inputs"].keys() == {str(path), *files}


def test_a_document_of_hs3(tiny):
    """As RooFit wrote it."""
    path = Path(FOLDER, "model.json")
    path.parent.mkdir()
    path.write_bytes((ROOT / "tests/data/hs3/everything.json").read_bytes())
    code, found = imported({"path": str(path)}, ["signal"], str(path))
    assert code == 0
    model, data = model_and_data(found["signal"])
    assert model.config.poi_name == "mu"
    assert data[:3] == [109, 152, 164]
    assert read_json("imported.json")["form"] == "JSON of HS3"


def limit_by_hand(level=0.95):
    """CLs limit of counts without uncertainties: arXiv:1007.1727, q̃, with one parameter."""
    observed, background, signal = map(np.array, zip(*COUNTS.values(), strict=True))

    def rise(events, strength, best):
        now, then = (value * signal + background for value in (strength, best))
        return 2 * np.sum(now - then - events * np.log(now / then))

    def slope(strength):
        return np.sum(signal * (observed / (strength * signal + background) - 1))

    best = brentq(slope, 0, 10) if slope(0) > 0 else 0.0

    def excess(strength):
        q = rise(observed, strength, best) if strength > best else 0.0
        asimov = rise(background, strength, 0.0)
        both = np.sqrt(q), np.sqrt(q) - np.sqrt(asimov)
        if q > asimov:
            both = (q + asimov) / (2 * np.sqrt(asimov)), (q - asimov) / (2 * np.sqrt(asimov))
        return norm.sf(both[0]) / norm.sf(both[1]) - (1 - level)

    return brentq(excess, best + 1e-3, 20)


@pytest.mark.parametrize("signals", [(), ("zprime", "graviton"), ("signal", "sig"), ("bkg2", "µ")])
def test_a_combination_of_two_counts(tiny, signals):
    section = combination(*signals)
    paths = [item["path"] for item in section["combine"].values()]
    assert imported(section, ["signal"], paths)[0] == 0
    arguments = {
        "workspaces": [f"{RESULTS}/workspaces/signal.json"],
        "toys": [],
        "limits": f"{RESULTS}/limits.json",
        "record": f"{RESULTS}/records/compute_limits.json",
    }
    assert run_step("compute_limits", **arguments) == 0
    limit = read_json("limits.json")["limits"]["signal"]["observed"]
    assert limit == pytest.approx(limit_by_hand(), rel=1e-6)
    names = dict(zip(COUNTS, signals or ("sig", "sig"), strict=True))
    contents = {name: counting(*COUNTS[name], signal) for name, signal in names.items()}
    product = read_json("imported.json")
    assert product["regions"] == {"ee_SR": 1, "mumu_SR": 1}
    assert product["shared"] == {"mu": ["ee.mu", "mumu.mu"]}
    assert product["certificate"]["largest"] < 1e-9
    assert product["certificate"]["arithmetic"].startswith("ee: JSON of pyhf")
    for name, path in zip(COUNTS, paths, strict=True):
        assert product["combined"][name]["source"] == path
        assert (
            product["combined"][name]["sha256"]
            == hashlib.sha256(Path(path).read_bytes()).hexdigest()
        )
        assert product["combined"][name]["digest"] == pyhf.utils.digest(contents[name])
    assert check_record("import_workspaces.json")["inputs"].keys() == set(paths)


def test_options_of_a_datacard(tiny):
    Path(FOLDER).mkdir()
    card = write_random_card(Path(FOLDER), 1)
    card.write_text(card.read_text().replace("shapes.root", "shapes$MASS.root"))
    root = Path(FOLDER, "shapes.root").rename(Path(FOLDER, "shapes125.root"))
    options = {"mass": 125, "bounds": [-1, 5], "strengths": {"qqH": "r_qqH"}}
    section = {"path": str(card), "files": [str(root)], "datacard": options}
    code, found = imported(section, ["signal"], str(card), files=[str(root)])
    assert code == 0
    model, _ = model_and_data(found["signal"])
    assert model.config.poi_name == "r"
    assert model.config.suggested_bounds()[model.config.poi_index] == [-1, 5]


def test_a_luminosity_of_one_analysis_alone(tiny):
    """It has no name in front, but it is of that analysis."""
    section = combination()
    path = Path(section["combine"]["ee"]["path"])
    content = json.loads(path.read_text())
    luminosity = {"name": "lumi", "type": "lumi", "data": None}
    content["channels"][0]["samples"][1]["modifiers"].append(luminosity)
    numbers = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0]}
    numbers["bounds"] = [[0.5, 1.5]]
    content["measurements"][0]["config"]["parameters"].append(numbers)
    write_json(str(path), content)
    paths = [item["path"] for item in section["combine"].values()]
    assert imported(section, ["signal"], paths)[0] == 0
    product = Imported.read(Path(f"{RESULTS}/imported.json"))
    assert product.by_analysis(["lumi", "mu", "mumu_jes"]) == (
        {"ee": ["lumi"], "mumu": ["mumu_jes"]},
        ["mu"],
    )


@pytest.mark.parametrize("statistics", ["", "0", "200"])
def test_a_converted_card_with_the_interpolation_of_combine(tiny, tmp_path, statistics):
    """The file of `wollemi convert`, without the card."""
    card, path = write_random_card(tmp_path, 1, statistics), "input/model.json"
    assert convert_datacard.main([str(card), path, "--interpolation", "combine"]) == 0
    code, found = imported({"path": path, "signal": "higgs"}, ["higgs"], path)
    assert code == 0
    assert found["higgs"]["channels"] == json.loads(Path(path).read_text())["channels"]
    certificate = Imported.read(Path(f"{RESULTS}/imported.json")).certificate
    assert certificate.arithmetic == "workspace of wollemi convert, by the formulas of Combine"
    assert certificate.largest < 1e-9


def test_a_card_with_a_formula_is_refused_with_what_to_do(tiny, tmp_path, capsys):
    card, path = write_random_card(tmp_path, 1), "input/model.json"
    lines = "k rateParam high ttbar 1 [0,5]\ntwice rateParam high dy (@0*@0+1) k\n"
    card.write_text(card.read_text() + lines)
    assert convert_datacard.main([str(card), path]) == 0
    capsys.readouterr()
    with pytest.raises(FileNotFoundError):
        imported({"path": path}, ["signal"], path)
    message = capsys.readouterr().err
    assert "has factors that are functions of parameters, such as twice" in message
    assert "write the rateParam of a card as numbers" in message
