"""HistFactory models from their XML: -2 ln L of ROOT's HistFactory at five points of each."""

import json
import subprocess

import convert_workspace
import numpy as np
import pytest
from support.oracles import root_xml
from support.oracles.histfactory import for_histfactory, python_with_root
from support.products.histfactory import write_random_xml
from support.products.random_models import random_model
from support.products.statistical_models import search

from wollemi_convert.histfactory.reading import read_model
from wollemi_likelihood.likelihood import Likelihood

pytestmark = pytest.mark.slow

SEEDS = range(16)


def root_name(label, likelihood):
    """What ROOT calls a parameter."""
    name, bracket, place = label.rstrip("]").partition("[")
    if bracket:
        name = name.removesuffix("_below_threshold")
        name = f"stat_{name[10:]}" if name.startswith("staterror_") else name
        return f"gamma_{name}_bin_{place}"
    if label == "lumi":
        return "Lumi"
    constraint = likelihood.parameters[likelihood.index[label]].constraint
    return f"alpha_{label}" if constraint == "normal" else label


def points_of(likelihood):
    """Five points near the nominal one, those of parameters that are fixed alone."""
    random = np.random.default_rng(1)
    widths = np.array([item.width or 0.05 for item in likelihood.parameters]) * ~likelihood.fixed
    return [
        np.clip(likelihood.inits + widths * random.normal(size=widths.shape), *likelihood.bounds)
        for _ in range(5)
    ]


def differences(models, found_by):
    """Largest difference of -2 ln L at five points, up to a constant, of each model.

    Args:
        models: folder, XML and workspace of each.
        found_by: gives what ROOT finds.
    """
    likelihoods = [Likelihood.from_workspace(workspace) for _, _, workspace in models]
    asked = []
    for (folder, xml, workspace), likelihood in zip(models, likelihoods, strict=True):
        names = {
            root_name(item.name, likelihood): place
            for place, item in enumerate(likelihood.parameters)
            if not item.fixed
        }
        points = [
            {name: float(point[place]) for name, place in names.items()}
            for point in points_of(likelihood)
        ]
        measurement = workspace["measurements"][0]["name"]
        asked.append(
            {"folder": str(folder), "xml": str(xml), "measurement": measurement, "points": points}
        )
    found = []
    for likelihood, theirs in zip(likelihoods, found_by(asked), strict=True):
        names = [root_name(label, likelihood) for label in likelihood.index]
        assert set(theirs["floating"]) <= set(names)
        free = np.array([name in theirs["floating"] for name in names])
        points = [np.where(free, point, likelihood.inits) for point in points_of(likelihood)]
        ours = np.array([-2 * likelihood.logpdf(point) for point in points])
        wanted = np.array(theirs["values"])
        found.append(float(np.abs((ours - ours[0]) - (wanted - wanted[0])).max()))
    return found


@pytest.fixture(scope="module")
def by_root(tmp_path_factory):
    """All models in one process: the start of ROOT takes longer than they do."""
    folder = tmp_path_factory.mktemp("root")
    python = python_with_root(folder)

    def found(asked):
        done = subprocess.run(
            [str(python), root_xml.__file__, str(folder / "found.json")],
            input=json.dumps(asked),
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
        return json.loads((folder / "found.json").read_text())

    return found


def test_models_read_from_xml(by_root, tmp_path, record_property):
    models = []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        xml = write_random_xml(folder, seed)
        models.append((folder, xml, read_model(xml)))
    found = differences(models, by_root)
    record_property("differences", found)
    assert max(found) < 1e-10


def test_workspaces_written_as_xml(by_root, tmp_path, record_property):
    """Of all modifiers; one that is read again names its parameters as ROOT does."""
    models = []
    contents = {"search": search(2)} | {str(seed): random_model(seed) for seed in range(12)}
    for name, content in contents.items():
        workspace, xml = tmp_path / f"{name}.json", tmp_path / name / "model.xml"
        content = for_histfactory(content)
        workspace.write_text(json.dumps(content))
        assert convert_workspace.main([str(workspace), str(xml)]) == 0
        again = read_model(xml)
        assert differing(content, again) < 1e-10
        models.append((xml.parent, xml, again))
    found = differences(models, by_root)
    record_property("differences", found)
    assert max(found) < 1e-10


def differing(first, second):
    """Largest difference of -2 ln L of two workspaces at five points, up to a constant."""
    likelihoods = [Likelihood.from_workspace(item) for item in (first, second)]
    places = [
        {root_label(label, item): place for label, place in likelihood.index.items()}
        for item, likelihood in zip((first, second), likelihoods, strict=True)
    ]
    assert places[0].keys() == places[1].keys()
    order = [places[0][label] for label in places[1]]
    np.testing.assert_allclose(likelihoods[1].inits, likelihoods[0].inits[order])
    values = np.array(
        [
            [-2 * likelihoods[0].logpdf(point), -2 * likelihoods[1].logpdf(point[order])]
            for point in points_of(likelihoods[0])
        ]
    )
    changes = values - values[0]
    return np.abs(changes[:, 0] - changes[:, 1]).max()


def root_label(label, workspace):
    """A name that both workspaces have: statistics of a channel are called after it."""
    name, bracket, place = label.partition("[")
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                if item["type"] == "staterror" and item["name"] == name:
                    return f"staterror_{channel['name']}{bracket}{place}"
    return label
