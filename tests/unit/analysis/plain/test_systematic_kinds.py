"""Each kind of systematic through every stage, and what a new one needs: what a kind forgets, a
test here names.
"""

import ast
import copy
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import pytest
import yaml
from build_workspace import SECTIONS
from pydantic import Field
from support.events.weight_sets import add_weights
from support.example.systematics import EXAMPLES, SHOWN, example
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, analysis_document, edit_analysis, make_analysis
from support.tiny.steps import fill_directly

from wollemi.analysis.models import systematics as models
from wollemi.analysis.models.systematics import Systematic, Varied, WeightVariation
from wollemi.analysis.plain import systematic_kinds
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.systematic_kinds import (
    DATASETS,
    KINDS,
    TEMPLATES,
    VIEWS,
    WEIGHT_SETS,
    WEIGHTS,
    YIELDS,
    Kind,
)
from wollemi.analysis.shapes import SHAPES
from wollemi.events.event_models import CHANGES
from wollemi.histograms.histogram import histogram_name
from wollemi.loading.all import check_references
from wollemi.loading.load import load_analysis, validate_analysis
from wollemi.loading.places import locate_place
from wollemi.loading.systematics import CHECKS
from wollemi.model.templates import Source, is_one_sided
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.pages.analysis_tables import kind_texts, systematic_rows
from wollemi.reinterpretation.efficiencies import check_efficiencies, silent_systematics
from wollemi.reinterpretation.models import NewSignal
from wollemi.results.fit import FitResult
from wollemi_likelihood.base.errors import ConfigurationError
from wollemi_likelihood.expressions.syntax import used_names
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace
from wollemi_publish.hepdata.statistics_tables import parameter_table

MODELS = {
    get_args(model.model_fields["kind"].annotation)[0]: model
    for model in get_args(get_args(Systematic)[0])
}
# What a kind acts on → the section by which events know it.
EVENT_SECTIONS = {
    WEIGHTS: "weight_variations",
    VIEWS: "object_variations",
    WEIGHT_SETS: "weight_sets",
}
MADE = ("data", "dy_low", "dy_high", "dy_alternative", "signal_200")


def forgotten(kind: Kind, item: dict) -> list[str]:
    """What a kind does not answer, of all that some stage asks."""
    missing = [name for name in ("name", "text", "acts_on") if not getattr(kind, name, "")]
    if missing:
        return missing
    found = [f"checks: {name}" for name in kind.checks if name not in CHECKS]
    found += (
        []
        if kind.acts_on in (YIELDS, DATASETS, TEMPLATES, *EVENT_SECTIONS)
        else ["acts_on: no step knows it"]
    )
    evaluated = [*kind.expressions("x", item), *kind.field_expressions("x", item).values()]
    found += ["expressions: nothing to evaluate"] if kind.has_histograms and not evaluated else []
    found += (
        ["acts_on: expressions that no step evaluates"]
        if evaluated and not kind.has_histograms
        else []
    )
    replacing = [
        reference for reference in kind.references(item) if reference.section == "datasets"
    ]
    found += ["references: datasets"] if bool(replacing) != (kind.acts_on == DATASETS) else []
    seen = kind.for_events(item, None).get("kind")
    found += (
        ["for_events: no view that events know"]
        if kind.acts_on == VIEWS and seen not in CHANGES
        else []
    )
    found += (
        ["for_events: no factor that events know"]
        if kind.acts_on == WEIGHTS and seen != "weight"
        else []
    )
    return found


@pytest.fixture(scope="module")
def document(inputs):
    """The tiny analysis with a systematic of each kind, of its name."""
    return analysis_document(inputs / "mirror/data.root") | {
        "systematics": {kind: example(kind) for kind in KINDS}
    }


@pytest.fixture(scope="module")
def folder(inputs, tmp_path_factory):
    """A folder with its production files, which have weights of generators."""
    made = make_analysis(tmp_path_factory.mktemp("kinds") / "tiny", inputs)
    add_weights(made)
    return made


@pytest.fixture(scope="module")
def run(folder, document):
    """Its settings, its histograms before normalization, and the model of a signal."""
    edit_analysis(
        folder, lambda item: item.update(systematics=copy.deepcopy(document["systematics"]))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        histograms = {name: fill_directly(name)[0] for name in MADE}
        settings = load_analysis(Path(ANALYSIS), SECTIONS)
    return settings, histograms, WorkspaceBuilder(settings, histograms).build("signal_200")


@pytest.fixture(scope="module")
def fitted(run):
    """The fit of the model."""
    likelihood = Likelihood.from_workspace(run[2])
    return FitResult.of(fit_workspace(Workspace("signal_200", "signal_200", likelihood)))


def test_a_kind_is_a_class_a_model_and_an_example():
    assert list(KINDS) == list(MODELS) == list(EXAMPLES)
    classes = [
        made
        for made in vars(systematic_kinds).values()
        if isinstance(made, type) and issubclass(made, Kind)
    ]
    assert {type(kind) for kind in KINDS.values()} == {
        made for made in classes if not made.__subclasses__()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_answers_everything(kind):
    assert forgotten(KINDS[kind], example(kind)) == []
    model = MODELS[kind].model_validate(example(kind))
    assert is_one_sided(model) == KINDS[kind].is_one_sided(example(kind))
    assert issubclass(MODELS[kind], Varied) == KINDS[kind].has_histograms


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_finds_each_mistake(document, kind):
    """Expressions that are none, and names that no section has."""
    validate_analysis(document, "tiny")
    item, place = document["systematics"][kind], f"systematics.{kind}"
    placed = KINDS[kind].expressions(place, item)
    placed += [
        one for texts in KINDS[kind].field_expressions(place, item).values() for one in texts
    ]
    for path in (path for path, _ in placed):
        wrong = copy.deepcopy(document)
        parent, key = locate_place(wrong, path)
        parent[key] = "count("
        assert any(problem.startswith(f"{path}: ") for problem in check_references(wrong))
    for reference in KINDS[kind].references(item):
        wrong = copy.deepcopy(document)
        wrong["systematics"][kind][reference.key] = "nothing"
        assert any(
            problem.startswith(f"{place}.{reference.key}: 'nothing' is not")
            for problem in check_references(wrong)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_events_know_what_changes_them(document, run, kind):
    """The section of the dataset, the branches that it needs, and the histograms that are
    filled.
    """
    alone = document | {"systematics": {kind: document["systematics"][kind]}}
    for dataset in ("dy_low", "data"):
        found = select_sections(alone, EVENT_SECTIONS.values(), dataset)
        wanted = [EVENT_SECTIONS.get(KINDS[kind].acts_on)] if dataset == "dy_low" else []
        assert [section for section, content in found.items() if kind in content] == [
            name for name in wanted if name
        ]
    names = {
        name
        for _, text in KINDS[kind].expressions("", alone["systematics"][kind])
        for name in used_names(text)
    }
    assert names - {"dimuon_mass"} <= set(needed_branches(alone, "dy_low"))
    variations = {name.rpartition("/")[2].rpartition("_")[0] for name in run[1]["dy_low"]}
    assert (kind in variations) == KINDS[kind].has_histograms
    assert set(used_datasets(alone)) - set(used_datasets(document | {"systematics": {}})) == (
        {"dy_alternative"} if KINDS[kind].acts_on == DATASETS else set()
    )


# What histograms do that come with the nominal ones: tests/physics/test_histogram_templates.py
@pytest.mark.parametrize("kind", [name for name in KINDS if KINDS[name].acts_on != TEMPLATES])
def test_the_model_has_its_effect(run, fitted, kind):
    """At +1σ the modifiers give the sum of the datasets at +1σ; the fit and the table of HEPData
    have its parameter.
    """
    settings, histograms, workspace = run
    (sample,) = [one for one in workspace["channels"][1]["samples"] if one["name"] == "dy"]
    modifiers = {item["type"]: item["data"] for item in sample["modifiers"] if item["name"] == kind}
    nominal = sum(
        histograms[name][histogram_name("peak", "mass_peak")].values()
        for name in ("dy_low", "dy_high")
    )
    up = (
        np.array(modifiers.get("histosys", {"hi_data": nominal})["hi_data"])
        * modifiers.get("normsys", {"hi": 1.0})["hi"]
    )
    source, place = Source(histograms, settings.datasets), ("peak", "mass_peak")
    side = source.side(kind, settings.systematics[kind], "up", settings.samples["dy"], *place)
    np.testing.assert_allclose(up, side.values(), rtol=1e-9)
    assert np.max(np.abs(up / nominal - 1)) > 0.001
    content = parameter_table(fitted, False)
    assert kind in content.independent[0].values


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_describe_it(run, kind):
    (row,) = [row for row in systematic_rows(run[0], {}) if row["name"] == kind]
    assert (row["up"], row["down"]) == SHOWN[kind]
    assert kind_texts(run[0])[row["kind"]] == KINDS[kind].text


@pytest.mark.parametrize("kind", KINDS)
def test_efficiencies_say_what_it_does_or_are_told_why_not(document, kind):
    archived = copy.deepcopy(document) | {
        "systematics": {kind: example(kind) | {"samples": ["signal_200"]}}
    }
    down = "symmetrize" if KINDS[kind].is_one_sided(example(kind)) else {"peak": -0.1}
    given = {"efficiencies": {"peak": 0.0, "search": 0.1}, "cross_section_pb": 1.0}
    varied = given | {"systematics": {kind: {"up": {"peak": 0.1}, "down": down}}}
    silent, telling = (
        {"new": NewSignal.model_validate({"like": "signal_200", "datasets": {"signal_200": entry}})}
        for entry in (given, varied)
    )
    assert silent_systematics(archived, silent) == (
        {} if KINDS[kind].acts_by_itself else {"new": [kind]}
    )
    if KINDS[kind].given_by_efficiencies:
        check_efficiencies("signals", archived, telling)
    else:
        with pytest.raises(
            ConfigurationError,
            match="leave it out" if KINDS[kind].acts_by_itself else "take another name",
        ):
            check_efficiencies("signals", archived, telling)


class Tilt(Kind):
    """A slope in a column: what a new kind may be, which is a factor on weights in the end."""

    name, acts_on = "tilt", WEIGHTS
    text = "a linear slope"

    def expressions(self, place, item, era=None):
        return [(f"{place}.of", item["of"])]

    def for_events(self, item, era):
        slopes = {
            side: f"1 {sign} {item['slope']} * ({item['of']})"
            for side, sign in (("up", "+"), ("down", "-"))
        }
        return {"kind": "weight", **slopes, "samples": item["samples"]}


TILT = {"kind": "tilt", "of": "dimuon_mass", "slope": 0.001, "samples": ["dy"]}


def test_a_new_kind_needs_its_class(document, folder, monkeypatch):
    """And then acts as the weights that it stands for do."""
    monkeypatch.setitem(KINDS, "tilt", Tilt())
    acting = ("samples", "eras", "regions")
    shape = {key: SHAPES["NormalizationSystematic"][key] for key in acting}
    shape |= {"kind": ["kind", {"is": "tilt"}], "of": ["of", ""], "slope": ["slope", "float"]}
    monkeypatch.setitem(SHAPES, "TiltSystematic", shape)
    (known,) = SHAPES["Analysis"]["systematics"][1].values()
    monkeypatch.setitem(known, "any", [*known["any"], "TiltSystematic"])
    assert forgotten(KINDS["tilt"], TILT) == []
    changed = document | {"systematics": {"slope": TILT}}
    assert check_references(changed) == []
    assert any(
        "systematics.slope.of" in text
        for text in check_references(changed | {"systematics": {"slope": TILT | {"of": "("}}})
    )
    (found,) = select_sections(changed, ["weight_variations"], "dy_low").values()
    assert WeightVariation.model_validate(found["slope"]).up == "1 + 0.001 * (dimuon_mass)"


class TiltSystematic(Varied):
    """And its model, which only says that it has histograms of its own."""

    kind: Literal["tilt"] = "tilt"
    slope: Annotated[float, Field(strict=True, ge=-1, le=1)]


def test_its_model_tells_how_templates_are_made(run):
    settings, histograms, _ = run
    systematic = TiltSystematic(samples=("dy",), slope=0.1, variation="weight")
    sides = Source(histograms, settings.datasets).varied(
        "tilt", systematic, settings.samples["dy"], "peak", "mass_peak"
    )
    wanted = Source(histograms, settings.datasets).varied(
        "weight", settings.systematics["weight"], settings.samples["dy"], "peak", "mass_peak"
    )
    np.testing.assert_array_equal(sides, wanted)
    unknown = models.NormalizationSystematic.model_construct(kind="unknown", samples=("dy",))
    with pytest.raises(AttributeError, match="variation"):
        Source(histograms, settings.datasets).side(
            "x", unknown, "up", settings.samples["dy"], "peak", "mass_peak"
        )


def changed_tilt(**members):
    return type("Forgetful", (Tilt,), members)()


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (changed_tilt(text=""), "text"),
        (changed_tilt(acts_on="nothing"), "acts_on: no step knows it"),
        (changed_tilt(acts_on=YIELDS), "acts_on: expressions that no step evaluates"),
        (changed_tilt(checks=("slopes",)), "checks: slopes"),
        (changed_tilt(expressions=lambda *given: []), "expressions: nothing to evaluate"),
        (changed_tilt(for_events=Kind.for_events), "for_events: no factor that events know"),
        (changed_tilt(acts_on=VIEWS), "for_events: no view that events know"),
        (changed_tilt(acts_on=DATASETS), "references: datasets"),
    ],
)
def test_what_a_kind_forgets_is_named(kind, missing):
    assert missing in forgotten(kind, TILT)


def test_a_kind_must_say_what_it_evaluates():
    with pytest.raises(TypeError, match="expressions"):
        type("Silent", (Kind,), {"name": "silent", "text": "?", "acts_on": YIELDS})()


# These know kinds apart: the table itself, the models, and the steps where numbers are made.
APART = {
    "analysis/plain/measured.py",  # kinds of measured corrections
    "analysis/plain/map_labels.py",  # likewise
    "plots/correction_maps.py",  # likewise
    "wollemi_publish/hepdata/correction_tables.py",  # likewise
    "wollemi_interactive/tables/event_table.py",  # those under which a row of a table can be
    "analysis/models/problems.py",  # whose section it is in an error of pydantic
    "analysis/plain/systematic_kinds.py",
    "wollemi_convert/configurations/variations.py",  # the kinds that it writes
    "analysis/settings.py",  # types of the sections
    "events/event_models.py",  # objects and columns at one side
    "model/templates.py",  # a sample at one side
    "event_loop/filler.py",  # the type of a section
    "histograms/weight_ratios.py",  # likewise
}


def asks(path: Path) -> bool:
    """Whether a module asks a systematic for its kind, or imports the model of a kind."""
    text = path.read_text()
    if not any(word in text for word in ('"kind"', "'kind'", models.__name__)):
        return False  # parsing all modules takes long
    nodes = list(ast.walk(ast.parse(text)))
    own = {
        model.__name__
        for model in vars(models).values()
        if isinstance(model, type) and model is not models.Section
    }
    imported = [
        node
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == models.__name__
    ]
    return any(
        (isinstance(node, ast.Subscript) and is_kind(node.slice))
        or (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", "") == "get"
            and is_kind(node.args[0])
        )
        or (node in imported and own & {name.name for name in node.names})
        or (imported and getattr(node, "attr", "") == "kind")
        for node in nodes
    )


def is_kind(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "kind"


def test_nobody_else_asks_for_the_kind():
    scripts = ROOT / "scripts"
    found = {
        str(path.relative_to(scripts)).removeprefix("wollemi/")
        for path in scripts.rglob("*.py")
        if asks(path)
    }
    assert found == APART


def test_the_reference_has_an_example_of_each_model():
    examples = yaml.safe_load((ROOT / "workflow/schemas/examples.yaml").read_text())
    for kind, model in MODELS.items():
        assert model.model_validate(examples[model.__name__]).kind == kind
