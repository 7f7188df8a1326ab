"""Mistakes with models that somebody published."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import convert_workspace

from support.products.datacards import write_random_card
from support.products.histfactory import write_random_xml
from support.products.published_models import (
    BACKGROUND,
    FOLDER,
    PATCHES,
    background,
    combination,
    files_beside,
    grid,
    patch_set,
    points,
    whole_model,
    write_analysis,
    write_json,
    write_likelihood,
)
from support.project.paths import ROOT
from support.tiny.mistakes import Run, check_run
from support.tiny.steps import RESULTS, run_step
from wollemi_likelihood.regularization import with_penalties

MODEL = f"{FOLDER}/RegionA.json"


def _import_run(workspace: dict[str, Any]) -> Run:
    """The import of a section `workspace`."""
    write_analysis(workspace)
    patches, models = workspace.get("patches") or {}, workspace.get("combine")
    names = list(patches.get("points", ["signal"]))

    def run() -> int:
        return run_step(
            "import_workspaces",
            workspace=[item["path"] for item in (models or {"": workspace}).values()],
            patches=[patches["path"]] if "path" in patches else [],
            files=workspace.get("files", []),
            workspaces=[f"{RESULTS}/workspaces/{name}.json" for name in names],
            imported=f"{RESULTS}/imported.json",
        )

    return run


def _of_model(content: Any, **more: Any) -> Run:
    """The import of one file with this content."""
    write_json(MODEL, content)
    return _import_run({"path": MODEL, **more})


def published_sections() -> Run:
    """A model, and what only events or templates have."""
    dataset = {"files": ["input/data.root"], "tree": "Events"}
    samples = {"data": {"role": "data", "datasets": ["data"]}}
    write_analysis(
        {"path": MODEL}, datasets={"data": dataset}, samples=samples, model={"poi": "mu"}
    )
    return check_run


def published_values() -> Run:
    """A section `workspace` that contradicts itself."""
    write_analysis(
        {
            "path": MODEL,
            "url": "https://example.org/RegionA.json",
            "signal": "SIG",
            "patches": {
                "url": "https://example.org/patchset.json",
                "points": {"a": [1], "b": [1, 2]},
                "axes": ["m1", "m2"],
            },
        },
        limits={"cross_section_fraction": 0.5},
        publication={"recast": {}},
    )
    return check_run


def published_shapes() -> Run:
    """Keys and values that no such section has."""
    write_analysis({"path": MODEL, "sha256": "123", "patchset": "patchset.json"})
    return check_run


def published_files() -> Run:
    """Files that are not there."""
    write_analysis(grid())
    return check_run


def published_no_json() -> Run:
    run = _of_model({})
    Path(MODEL).write_text("<!DOCTYPE html>")
    return run


def published_measurements() -> Run:
    model = whole_model()
    (only,) = model["measurements"]
    return _of_model(model | {"measurements": [only, only | {"name": "Other"}]})


def published_modifier() -> Run:
    model = whole_model()
    model["channels"][0]["samples"][0]["modifiers"][0] |= {"type": "purefunc"}
    return _of_model(model)


def published_schema() -> Run:
    model = whole_model()
    model["channels"][0]["samples"][0]["data"] = ["24"]
    return _of_model(model)


def published_bins() -> Run:
    model = whole_model()
    model["observations"][0]["data"] = [26.0, 9.0]
    return _of_model(model)


def published_patch() -> Run:
    write_likelihood()
    section = grid()
    section["patches"]["points"] = ["mid_300_0", "mid_300_1"]
    return _import_run(section)


def published_patch_values() -> Run:
    write_likelihood()
    section = grid()
    section["patches"]["points"] = {"mid_300_0": [300, 10]}
    return _import_run(section)


def published_other_patch_set() -> Run:
    """The patch set of another workspace."""
    write_likelihood()
    other = background()
    other["observations"][0]["data"] = [27.0, 9.0, 4.0]
    write_json(BACKGROUND, other)
    return _import_run(grid())


def published_changed_background() -> Run:
    write_likelihood()
    patches = json.loads(Path(PATCHES).read_text())
    more = {"op": "replace", "path": "/channels/1/samples/0/data", "value": [1.0]}
    patches["patches"][0]["patch"].append(more)
    write_json(PATCHES, patches)
    return _import_run(grid("low_100_0"))


def published_archive() -> Run:
    write_likelihood()
    patches = {"points": points("low_100_0")}
    path = f"{FOLDER}/likelihood.tar.gz"
    return _import_run({"path": path, "member": "RegionB/BkgOnly.json", "patches": patches})


def _of_xml(**more: Any) -> Run:
    """The import of an XML of HistFactory, with its files."""
    Path(FOLDER).mkdir()
    xml = write_random_xml(Path(FOLDER), 1)
    return _import_run({"path": str(xml), "files": files_beside(xml)} | more)


def published_unread_files() -> Run:
    _of_xml()
    xml, old = Path(FOLDER, "config/top.xml"), Path(FOLDER, "old.root")
    old.touch()
    return _import_run({"path": str(xml), "files": files_beside(xml)})


def published_xml_with_function() -> Run:
    run = _of_xml()
    path = Path(FOLDER, "config/top.xml")
    function = '<Function Name="f" Expression="a" Dependents="a"/></Measurement>'
    path.write_text(path.read_text().replace("</Measurement>", function))
    return run


def published_xml_with_patches() -> Run:
    run = _of_xml(patches={"path": PATCHES, "points": points("low_100_0")})
    write_json(PATCHES, patch_set(background()))
    return run


def published_card_with_other_lines() -> Run:
    Path(FOLDER).mkdir()
    card = write_random_card(Path(FOLDER), 1)
    card.write_text(card.read_text().replace("lumi lnN", "lumi lnU"))
    return _import_run({"path": str(card), "files": files_beside(card)})


def published_hs3_distribution() -> Run:
    """A document of HS3 with a distribution that HistFactory does not have."""
    run = _of_model(json.loads((ROOT / "tests/data/hs3/everything.json").read_text()))
    text = Path(MODEL).read_text()
    Path(MODEL).write_text(text.replace("histfactory_dist", "crystalball_dist", 1))
    return run


def published_combination_values() -> Run:
    """Keys of one model beside several, and the other way round."""
    write_analysis(combination() | {"path": MODEL, "measurement": "counting", "signal": "SIG"})
    return check_run


def published_shared_without_models() -> Run:
    write_json(MODEL, whole_model())
    write_analysis({"path": MODEL, "shared": {"mu": ["a.mu", "b.mu"]}, "poi": "mu"})
    return check_run


def _named(measurement: str) -> dict[str, Any]:
    """A model whose measurement has this name."""
    model = whole_model()
    model["measurements"][0]["name"] = measurement
    return model


def _penalized() -> dict[str, Any]:
    """A model with a penalty on the difference of two of its parameters."""
    return with_penalties(whole_model(), ["mu", "mu_top"], 2.0, 1)


def published_interpolations() -> Run:
    """A combination of models with different codes."""
    section = combination()
    path = f"{FOLDER}/ee.json"
    model = json.loads(Path(path).read_text())
    model["measurements"][0]["name"] = "ee {normsys: code1, histosys: code4p}"
    write_json(path, model)
    return _import_run(section)


def published_interpolation_converted() -> Run:
    """HS3 has no code 1 of yields."""
    write_json(MODEL, _named("NormalMeasurement {normsys: code1, histosys: code4p}"))
    return lambda: convert_workspace.main([MODEL, f"{FOLDER}/model.json"])


def published_penalty_converted() -> Run:
    """A datacard has no penalties."""
    write_json(MODEL, _penalized())
    return lambda: convert_workspace.main([MODEL, f"{FOLDER}/card.txt"])


def published_card_options() -> Run:
    """Options of a card that contradict themselves, and files of an archive."""
    write_analysis(
        {
            "path": "model.zip",
            "member": "card.txt",
            "files": ["shapes.root"],
            "datacard": {"bounds": [5, -5]},
        }
    )
    return check_run


SHORT: dict[str, Callable[[], Run]] = {
    "published_no_workspace": lambda: _of_model({"channels": [], "data": []}),
    "published_patch_set_as_workspace": lambda: _of_model(patch_set(background())),
    "published_checksum": lambda: _of_model(whole_model(), sha256="0" * 64),
    "published_measurement": lambda: _of_model(whole_model(), measurement="NormalMeasurment"),
    "published_no_signal": lambda: _of_model(background()),
    "published_name": lambda: _of_model(whole_model(), signal="top"),
    "published_region": lambda: _of_model(whole_model(), regions=["SRR"]),
    "published_unlisted_channels": lambda: _of_xml(files=[]),
    "published_unlisted_histograms": lambda: _of_xml(
        files=[f"{FOLDER}/config/channel0.xml", f"{FOLDER}/config/channel1.xml"]
    ),
    "published_xml_with_options": lambda: _of_xml(datacard={"mass": 125}),
    # A parameter that no analysis has.
    "published_combination": lambda: _import_run(
        combination() | {"shared": {"mu": ["ee.mu", "mumu.nu"]}}
    ),
    # A code that is in no model.
    "published_interpolation": lambda: _of_model(
        _named("NormalMeasurement {normsys: code2, histosys: code4p}")
    ),
    "published_penalty": lambda: _of_model(_penalized()),
}
