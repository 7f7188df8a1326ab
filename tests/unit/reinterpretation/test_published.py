"""New signals for a published model: the files of the run, and the archived workspace again."""

import json

import pytest
from support.products.published_models import (
    SIGNALS,
    analysis,
    background,
    grid,
    patch_set,
    signal_sample,
    whole_model,
)

from wollemi.archive.reading.archive import Archive
from wollemi.base.specification_digest import digest
from wollemi.loading.expand import plain_document
from wollemi.model.patch_sets import chosen_patch, patch_set_of, patched
from wollemi.model.published import published_model
from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.models import NewSignal
from wollemi.reinterpretation.published import BACKGROUND, PATCHES, published_files, silent_on
from wollemi_likelihood.base.errors import WollemiError

ABOUT = {"analysis": "tiny", "wollemi": "0.1.0"}
YIELDS = {"like": "low_100_0", "yields": {"SR": [1.0, 2.0, 3.0], "CR": 0}}


def workspace_of(signal, base=None):
    """What the import makes of a signal of the published patch set."""
    base = base or background()
    patches = patch_set_of("set", patch_set(background()), background())
    patch = chosen_patch("set", patches, signal, None)
    return published_model("set", patched("set", base, patch, None), signal).workspace


def archive(root, workspaces, published, is_patched=True):
    """As much of an archive as is read.

    Args:
        root: its folder.
        workspaces: signal → its workspace.
        published: what was published.
        is_patched: whether patches had added the signals.
    """
    run = root / "results/tiny"
    for folder in ("workspaces", "likelihood"):
        (run / folder).mkdir(parents=True)
    for name, workspace in workspaces.items():
        (run / f"workspaces/{name}.json").write_text(json.dumps(workspace))
    # As `write_likelihood` has it: with the bounds of the signal strength.
    likelihood = background()
    likelihood["measurements"][0]["config"]["parameters"].append(
        {"name": "mu_SIG", "bounds": [[0.0, 10.0]]}
    )
    (run / "likelihood/BkgOnly.json").write_text(json.dumps(likelihood))
    signals = {name: {"patch": name if is_patched else None} for name in workspaces}
    product = {"digest": digest(published), "signals": signals}
    (run / "imported.json").write_text(json.dumps(product))
    return Archive(root, {"run": "tiny"}, {}), likelihood


@pytest.fixture
def of_patches(tmp_path):
    workspaces = {name: workspace_of(name) for name in ("low_100_0", "mid_300_0")}
    return archive(tmp_path / "archive", workspaces, background())


def files(given, document, signals):
    signals = {name: NewSignal.model_validate(signal) for name, signal in signals.items()}
    return published_files("signal.yaml", given, document, signals)


def patch_file(folder, content, **keys):
    (folder / "patch.json").write_text(json.dumps(content))
    return {"patch": str(folder / "patch.json")} | keys


def imported(found, name):
    """The workspace that the archived import makes of the files."""
    patches = patch_set_of("new", found[PATCHES], found[BACKGROUND])
    patch = chosen_patch("new", patches, name, None)
    return published_model("new", patched("new", found[BACKGROUND], patch, None), name).workspace


@pytest.mark.parametrize("of", ["published", "archived"])
def test_an_archived_signal_is_the_archived_workspace_again(of_patches, tmp_path, of):
    """With the patch set as it was published, or as one that was made for the archive's likelihood:
    signals have their places in the channel.
    """
    given, likelihood = of_patches
    content = patch_set(background())
    if of == "archived":
        content["metadata"]["digests"]["sha256"] = digest(likelihood)
    signals = {
        "low_100_0": patch_file(tmp_path, content),
        "new": patch_file(tmp_path, content, patch_name="high_500_0"),
    }
    found = files(given, analysis(grid("low_100_0")), signals)
    assert json.dumps(imported(found, "low_100_0"), sort_keys=True) == json.dumps(
        workspace_of("low_100_0"), sort_keys=True
    )
    assert found[BACKGROUND] == background()
    new = imported(found, "new")["channels"][0]["samples"][2]
    assert new == signal_sample(SIGNALS["high_500_0"][1], "new")


def test_a_patch_set_of_something_else(of_patches, tmp_path):
    content = patch_set(background())
    content["metadata"]["digests"]["sha256"] = 64 * "0"
    with pytest.raises(WollemiError, match=r"new.patch: .*was made for another likelihood"):
        files(of_patches[0], analysis(grid()), {"new": patch_file(tmp_path, content)})


def test_a_model_with_its_signal_loses_it(tmp_path):
    """All that the strength scales is replaced, in the middle of a channel, too. What was published
    is no background then, so that no patch set is for it.
    """
    model = whole_model()
    model["channels"][0]["samples"].insert(1, model["channels"][0]["samples"].pop())
    workspace = published_model("file", model, "signal").workspace
    given, _ = archive(tmp_path / "archive", {"signal": workspace}, model, is_patched=False)
    document = analysis({"path": "model.json"})
    found = files(given, document, {"new": YIELDS | {"like": "signal"}})
    assert found[BACKGROUND] == background()
    assert [item["name"] for item in imported(found, "new")["channels"][0]["samples"]] == [
        "top",
        "other",
        "new",
    ]
    content = patch_set(background())
    content["metadata"]["digests"]["sha256"] = digest(model)
    with pytest.raises(WollemiError, match="was made for another likelihood"):
        files(given, document, {"low_100_0": patch_file(tmp_path, content)})


def test_the_name_of_a_background(of_patches):
    message = "top: is the name of a sample of the archive that is not a signal"
    with pytest.raises(WollemiError, match=message):
        files(of_patches[0], analysis(grid()), {"top": YIELDS})


def test_what_acts_on_the_archived_signal_only(of_patches):
    systematics = {"jes": {"up": {"SR": 0.1}, "down": "symmetrize"}}
    signals = {
        "silent": NewSignal.model_validate(YIELDS),
        "told": NewSignal.model_validate(YIELDS | {"systematics": systematics}),
        "patch": NewSignal.model_validate({"patch": "patch.json"}),
    }
    assert silent_on(of_patches[0], signals) == {"silent": ["jes"]}


def test_the_analysis_of_the_run():
    """With the channels that are plotted, the named results of all signals, and no more than the
    new signals have.
    """
    results = {
        "limit_{signal}": {"file": "limits.json", "pointer": "/limits/{signal}/observed"},
        "low": {"file": "limits.json", "pointer": "/limits/low_100_0/observed"},
    }
    document = analysis(
        grid(),
        results=results,
        contour={"interpolation": "linear"},
        overlays={"other": {"label": "other", "path": "a.csv"}},
        publication={"inspire_id": "ins1234567", "abstract": "of the archived signals"},
    )
    signals = {"a": NewSignal.model_validate(YIELDS | {"point": 2.0})}
    signals["b"] = NewSignal.model_validate({"patch": "b.json", "point": 3.0})
    found = with_signals(document, signals, ABOUT, "signal.yaml")
    assert found["workspace"] == {
        "path": "signals/BkgOnly.json",
        "patches": {"path": "signals/patchset.json", "points": ["a", "b"]},
        "regions": ["SR", "CR"],
    }
    assert found["limits"] == {"points": {"a": 2.0, "b": 3.0}}
    assert found["results"].keys() == {"limit_{signal}"}
    assert found["publication"] == {"inspire_id": "ins1234567"}
    assert not {"contour", "overlays", "samples"} & found.keys()
    assert plain_document(found)["results"].keys() == {"limit_a", "limit_b"}
    assert document["workspace"] == grid()
