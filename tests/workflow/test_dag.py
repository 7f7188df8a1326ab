"""An edit reruns what depends on it, and nothing else: a dry run after each edit of a finished
project.
"""

import json
import os
import re

import pytest
import yaml
from support.project.paths import ROOT
from support.project.rule_files import written_rules
from support.project.seeds import slow_but
from support.tiny.analysis import ANALYSIS, NO_STATISTICS, edit_analysis, planned_rules, snakemake
from support.tiny.edits import (
    FIT,
    HISTOGRAMS,
    MODEL,
    OF_MODEL,
    PLOTS,
    STACKS,
    SUMMARY,
    code_added,
    each,
    from_fill,
    from_skim,
    line_added,
    one_more_dataset,
    other_file,
    setting,
    text_replaced,
)
from support.tiny.events import copy_as_another

from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.view import view_of
from wollemi.job.source_code import literal_constant, rule_command
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PRODUCTS


def product_lost(project):
    (project / "results/tiny/plots/pulls.pdf").unlink()


def everything_touched(project):
    for folder in ("scripts", "config", "input", "mirror", "workflow", "envs"):
        for path in (project / folder).rglob("*.*"):
            os.utime(path)
    os.utime(project / "Snakefile")


OF_SOURCES = {"plot_ranking", "plot_uncertainties"}  # factors of bins have labels of both
NAMED_CUTS = {"heavy": "dimuon_mass > 150", "charges": "muon[0].charge != muon[1].charge"}


def certified(project):
    (project / "golden.json").write_text('{"2012": [[1, 9]]}')
    (project / "lumi.csv").write_text(
        "#run:fill,ls,recorded(/pb)\n" + "".join(f"2012:1,{n}:{n},10\n" for n in range(1, 10))
    )
    edit_analysis(
        project,
        lambda document: document.update(
            certified={"blocks": "golden.json", "luminosity": "lumi.csv"}
        ),
    )


OF_LIMITS = {
    *("compute_limits", "plot_limits", "write_likelihood"),
    *("extrapolate_limits", "plot_extrapolation"),
    *SUMMARY,
}
EDITS = {
    "nothing": (lambda project: None, set()),
    "a touch of everything": (everything_touched, set()),
    "a comment in the analysis": (line_added(ANALYSIS), set()),
    "a color": (setting("plots", "samples", "dy", "color", value="tab:blue"), STACKS),
    "an axis of the plots": (setting("plots", "log_y", value=["peak"]), STACKS),
    "bins of a monitored variable in plots": (
        setting("plots", "edges", value={"mt": [0, 20, 200]}),
        STACKS,
    ),
    "the order of the stack": (
        setting(
            "plots",
            "samples",
            value={
                "signal_200": {"label": "signal (200 GeV)"},
                "dy": {"label": "Drell–Yan", "color": "tab:orange"},
            },
        ),
        STACKS,
    ),
    "the label of a background": (
        setting("plots", "samples", "dy", "label", value="DY"),
        {*STACKS, *OF_SOURCES},
    ),
    "the label of a signal": (setting("plots", "samples", "signal_200", "label", value="S"), PLOTS),
    "the label of a region": (
        setting("plots", "regions", value={"search": "signal region"}),
        {*STACKS, *OF_SOURCES},
    ),
    "the label of a variable": (setting("variables", "mass_search", "label", value="$m$"), STACKS),
    "the label of a monitored variable": (setting("variables", "mt", "label", value="$m$"), STACKS),
    "the label of a parameter": (
        setting("plots", "parameters", value={"luminosity": "Luminosity"}),
        PLOTS,
    ),
    "a group of regions": (
        setting("plots", "region_groups", value={"wide": {"regions": ["search"]}}),
        {"predict_regions", *STACKS},
    ),
    "the title": (setting("title", value="Another"), {"write_likelihood", *SUMMARY}),
    "what the analysis is": (setting("description", value="Two muons."), SUMMARY),
    "a curve of others": (
        # Its content is not read in a dry run.
        setting("overlays", value={"others": {"label": "Others", "path": "input/signal_300.root"}}),
        {"plot_limits", *SUMMARY},
    ),
    "a product of its own": (
        # Nor is its function called.
        setting("products", value={"x": {"hook": "f", "uses": {"found": "cutflow/dy_high.json"}}}),
        {"make_product_x"},
    ),
    "the model": (setting("model", "poi_bounds", value=[0, 20]), MODEL),
    "the bins of the fit": (setting("model", "fit_edges", value={"peak": [60, 90, 120]}), MODEL),
    "the confidence level": (
        setting("limits", "level", value=0.9),
        {"throw_toys", *OF_LIMITS},
    ),
    "a point of the limits": (
        setting("limits", "points", value={"signal_200": 200, "signal_300": 310}),
        {*OF_LIMITS, "scan_discovery", "plot_discovery"},
    ),
    "other luminosities": (
        setting("extrapolation", "luminosities_ifb", value=[2.0, 3.0]),
        {"extrapolate_limits", "plot_extrapolation", *SUMMARY},
    ),
    "toys of model-independent limits": (
        setting("region_limits", "toys", value=200),
        {"compute_region_limits", *SUMMARY},
    ),
    "values tested for intervals": (
        setting("intervals", "points", value=6),
        {"test_intervals", "merge_intervals", "plot_intervals", *SUMMARY},
    ),
    "signals injected into toys": (
        setting("toy_fits", "injected", value=[0, 2]),
        {"run_toys", "merge_toys", "plot_toys", *SUMMARY},
    ),
    "the seed of the scan for an excess": (
        setting("discovery", "seed", value=9),
        {"scan_discovery", "plot_discovery", *SUMMARY},
    ),
    "a region": (
        setting(
            "regions",
            "search",
            "selection",
            value="count(muon) == 2 and dimuon_mass > 160 and muon[0].charge > muon[1].charge",
        ),
        from_fill() | {"read_histograms_signal_300"},
    ),
    "an N−1 plot": (
        setting(
            *("regions", "search"),
            value={
                "selection": NAMED_CUTS,
                "variable": "mass_search",
                "n_minus_one": {"heavy": "mt"},
            },
        ),
        from_fill() | {"read_histograms_signal_300"},
    ),
    "certified blocks": (
        certified,
        {"sum_luminosity"}
        | from_skim(["data"])
        | each("merge_parts")
        | {"read_histograms_signal_300", "lint_templates"},
    ),
    "a variable": (
        setting("variables", "mt", "edges", value=[0, 10, 200]),
        from_fill() | {"read_histograms_signal_300"},
    ),
    "the skim": (setting("skim", "selection", value="count(muon) == 2"), from_skim()),
    "an object": (setting("objects", "muon", "cuts", value="pt > 21"), from_skim()),
    "a blinded region": (setting("blinding", value={"regions": ["search"]}), from_fill(("data",))),
    "a normalization systematic": (
        setting("systematics", "luminosity", "up", value=1.03),
        HISTOGRAMS,
    ),
    "what is accepted in templates": (
        setting("lint", value={"fail": "warning"}),
        {"lint_templates", "require_model", *SUMMARY},
    ),
    "what small effects are": (setting("model", "prune_below", value=0.01), HISTOGRAMS),
    "how a systematic is smoothed": (
        setting("systematics", "muon_scale", "smoothing", value={"method": "lowess"}),
        HISTOGRAMS,
    ),
    "how a systematic is symmetrized": (
        setting("systematics", "muon_scale", "symmetrization", value="two_sided"),
        HISTOGRAMS,
    ),
    "a weight systematic": (
        setting("systematics", "trigger", "up", value="1.01"),
        from_fill(("dy_low", "dy_high")),
    ),
    "an object systematic": (
        setting("systematics", "muon_scale", "up", value={"pt": "pt * 1.03"}),
        from_skim(("dy_low", "dy_high", "signal_200")),
    ),
    "a cross section": (
        setting("datasets", "dy_low", "cross_section_pb", value=13.0),
        each("merge_parts", ["dy_low"]) | HISTOGRAMS,
    ),
    "the luminosity": (
        setting("luminosity_ifb", value=0.2),
        each("merge_parts") | {"read_histograms_signal_300"} | HISTOGRAMS,
    ),
    "one more dataset": (
        one_more_dataset,
        from_skim(["dy_new"]),
    ),
    "a program": (code_added("scripts/skim_events.py"), from_skim()),
    "a late program": (
        code_added("scripts/fit_model.py"),
        {"fit_model", "require_model", "predict_regions", "plot_fit", "plot_ranking", *SUMMARY},
    ),
    "a module of few programs": (
        code_added("scripts/wollemi/histograms/normalization.py"),
        each("merge_parts") | {"read_histograms_signal_300"} | HISTOGRAMS,
    ),
    "a comment in a module of all": (line_added("scripts/wollemi/base/json_files.py"), set()),
    "a message of a check": (
        text_replaced(
            "scripts/wollemi/loading/recast.py", "take another one", "choose another one"
        ),
        set(),
    ),
    "code that only checks": (code_added("scripts/wollemi/loading/all.py"), set()),
    "code that words errors": (code_added("scripts/wollemi_likelihood/base/errors.py"), set()),
    "what the log says of a fit": (code_added("scripts/wollemi/results/fit_messages.py"), set()),
    "the door for people": (code_added("scripts/wollemi/__init__.py"), set()),
    "what kinds of systematics say": (
        code_added("scripts/wollemi/analysis/plain/systematic_kinds.py"),
        set(),
    ),
    "a default of the limits": (
        text_replaced(
            "scripts/wollemi/analysis/plain/defaults.py",
            '"Limits.level": 0.95',
            '"Limits.level": 0.9',
        ),
        {"throw_toys", *OF_LIMITS},
    ),
    "the hooks": (line_added("config/analyses/tiny/hooks.py"), from_skim()),
    "a production file": (other_file, from_skim(["dy_high"])),
    "a lost product": (product_lost, {"plot_fit", *SUMMARY}),
}


# Made in one project, and planned at once: what no edit reruns, and what only one of them does. Of
# each: what all of them rerun, and the edits.
TOGETHER = {
    "no product": (set(), [what for what, (_, expected) in EDITS.items() if not expected]),
    "results of their own": (
        SUMMARY,
        [
            "other luminosities",
            "toys of model-independent limits",
            "values tested for intervals",
            "signals injected into toys",
            "the seed of the scan for an excess",
            "the title",
            "a curve of others",
            "a group of regions",
            "what is accepted in templates",
        ],
    ),
    "fits and limits": (SUMMARY, ["a late program", "a default of the limits"]),
    "datasets": (HISTOGRAMS, ["a cross section", "one more dataset", "a production file"]),
}


# Of edits that rerun the same, and are planned at once: what they rerun, and the programs that each
# of them has to tell something else, of which the others follow.
ALIKE = {
    "stacks": (STACKS, STACKS - SUMMARY),
    "stacks and factors": ({*STACKS, *OF_SOURCES}, {*STACKS, *OF_SOURCES}),
    "plots": (PLOTS, PLOTS),
    "the model": (MODEL, {"lint_templates", "build_workspace"}),
    "templates": (HISTOGRAMS, {"lint_templates", "build_workspace", "plot_regions"}),
    "histograms": (from_fill() | {"read_histograms_signal_300"}, {"fill_histograms"}),
}


def edits_of(expected):
    """Edits that rerun this."""
    return [what for what, (_, of) in EDITS.items() if of == expected]


def one_by_one():
    """All edits; those that are made together as well are slow."""
    together = [names for _, names in TOGETHER.values()]
    groups = together + [edits_of(expected) for expected, _ in ALIKE.values()]
    return slow_but(EDITS.keys() - {what for names in groups for what in names}, EDITS)


@pytest.mark.parametrize("what", one_by_one())
def test_an_edit_reruns_what_depends_on_it(finished_copy, what):
    edit, expected = EDITS[what]
    edit(finished_copy)
    assert planned_rules(finished_copy).keys() - {"all"} == expected


@pytest.mark.parametrize("of", TOGETHER)
def test_edits_rerun_what_depends_on_them(finished_copy, of):
    common, names = TOGETHER[of]
    own = [EDITS[what][1] - common for what in names]
    assert sum(map(len, own)) == len(set().union(*own)), "which edit reruns it?"
    assert all(own) or not common
    for what in names:
        EDITS[what][0](finished_copy)
    expected = set().union(*(EDITS[what][1] for what in names))
    assert planned_rules(finished_copy).keys() - {"all"} == expected


def parameters_of(project):
    """Parameters of each rule, from the analysis and from one of its datasets."""
    document = plain_document(read_document(project / ANALYSIS))
    return {
        name: section_digests(
            select_sections(
                document, literal_constant(ROOT / f"scripts/{name}.py", "SECTIONS"), "dy_low"
            )
        )
        for name in ("skim_events", "fill_histograms", "merge_parts", *HISTOGRAMS)
    }


@pytest.mark.parametrize("of", ALIKE)
def test_edits_that_tell_the_same_programs_rerun_the_same(finished_copy, of):
    """All together rerun no more than each of them."""
    expected, programs = ALIKE[of]
    path, names = finished_copy / ANALYSIS, edits_of(expected)
    text, before = path.read_text(), parameters_of(finished_copy)
    assert len(names) > 1
    for what in names:
        EDITS[what][0](finished_copy)
        after = parameters_of(finished_copy)
        assert [name for name in programs if after[name] == before[name]] == [], what
        path.write_text(text)
    for what in names:
        EDITS[what][0](finished_copy)
    assert planned_rules(finished_copy).keys() - {"all"} == expected


SPARE = {"files": ["input/dy_alternative_0.root"], "weight": "genWeight", "cross_section_pb": 1}
# Dataset, what makes its histograms now, and the rule.
KINDS = {
    "histograms to events": (
        "signal_300",
        {"files": ["input/signal_200_0.root"], "weight": "genWeight", "cross_section_pb": 1},
        "merge_parts_signal_300",
    ),
    "events to histograms": (
        "dy_high",
        {
            "files": ["input/dy_histograms.root"],
            "histograms": {name: [f"{name}/mass_{name}"] for name in ("peak", "search")},
            "cross_section_pb": 1,
            "sum_of_weights": 600,
        },
        "read_histograms_dy_high",
    ),
    "events to pseudo-data": (
        "data",
        {"draw": {"datasets": ["spare"], "seed": 1}},
        "draw_pseudodata_data",
    ),
}


def test_histograms_of_another_kind_of_dataset_are_made_again(finished_copy):
    """Those that another step has made are there, and look finished."""
    # There are no histograms of further variables.
    edit_analysis(finished_copy, lambda document: document["regions"]["search"].pop("monitor"))
    folder = finished_copy / "input"
    copy_as_another(folder / "signal_300.root", folder / "dy_histograms.root")
    setting("datasets", "spare", value=SPARE)(finished_copy)
    for dataset, now, _ in KINDS.values():
        setting("datasets", dataset, value=now)(finished_copy)
    planned = planned_rules(finished_copy).keys()
    assert {rule for _, _, rule in KINDS.values()} <= planned
    assert {"build_workspace", "plot_regions", "summarize_results"} <= planned


def test_without_a_skim_everything_is_read_again(finished_copy):
    edit_analysis(finished_copy, lambda document: document.pop("skim"))
    expected = each("process_events") | each("merge_parts") | HISTOGRAMS
    assert planned_rules(finished_copy).keys() - {"all"} == expected


def test_signals_without_a_model_are_drawn_and_counted(project):
    def drop(document):
        for section in NO_STATISTICS:
            document.pop(section)

    edit_analysis(project, drop)
    planned = planned_rules(project).keys()
    assert {"plot_regions", "summarize_results", "write_tables"} <= planned
    assert planned.isdisjoint({"build_workspace", *FIT, *OF_MODEL})


def test_each_part_of_a_dataset_is_a_job(project):
    rules = planned_rules(project)
    assert rules["skim_events_dy_low"] == rules["fill_histograms_dy_low"] == 2
    assert rules["merge_parts_dy_low"] == 1
    assert {name for name, count in rules.items() if count > 1} == {
        "skim_events_dy_low",
        "fill_histograms_dy_low",
        "throw_toys",
        *(item.batches for item in PRODUCTS if item.batches),
    }


def test_every_job_is_told_what_it_was_planned_with():
    rules = list(written_rules())
    assert len(rules) > 20
    for _, program, text in rules:
        assert len(re.findall(rf'\*\*planned\("{program}"', text)) == 1
        assert "--planned {params.settings:q}" in rule_command(ROOT / f"scripts/{program}.py")


def test_a_module_beside_the_hooks_is_an_input_of_what_uses_them(project):
    folder = "config/analyses/tiny"
    (project / folder / "unused.py").write_text("")
    (project / folder / "shapes.py").write_text("FACTOR = 1\n")
    with (project / folder / "hooks.py").open("a") as file:
        file.write("\nimport shapes\n")
    done = snakemake(project, "--dry-run", "--printshellcmds")
    assert done.returncode == 0, done.stdout
    commands = [
        " ".join(given.split()) for given in re.findall(r"--hooks([^\\]*?)\\?\s+--", done.stdout)
    ]
    assert len(commands) > 5
    assert set(commands) == {f"{folder}/hooks.py {folder}/shapes.py"}


def test_the_plan_names_what_the_jobs_have_made(finished):
    plan = Plan(view_of(read_document(finished / "config/analyses/tiny/analysis.yaml")), "tiny")
    records = {
        path.stem: json.loads(path.read_text())
        for path in (finished / "results/tiny/records").glob("*.json")
    }
    made = {name: paths for name, paths in plan.single_jobs.items() if name in records}
    assert len(made) > 10
    assert {name: set(records[name]["outputs"]) for name in made} == {
        name: set(paths) for name, paths in made.items()
    }
    assert [path for path in plan.targets if not (finished / path).is_file()] == []


def test_a_value_in_another_file_reruns_what_depends_on_it(finished_copy):
    """The files that an analysis extends are inputs of every job, and count by what they say."""
    whole = yaml.safe_load((finished_copy / ANALYSIS).read_text())
    moved = {name: whole.pop(name) for name in ("datasets", "limits")}
    shared = finished_copy / "config/analyses/shared.yaml"
    shared.write_text(yaml.safe_dump(moved, sort_keys=False))
    text = yaml.safe_dump({"extends": "../shared.yaml", **whole}, sort_keys=False)
    (finished_copy / ANALYSIS).write_text(text)
    touched = snakemake(finished_copy, "--touch")
    assert touched.returncode == 0, touched.stdout
    assert planned_rules(finished_copy) == {}
    moved["limits"]["points"]["signal_300"] = 310
    shared.write_text("# changed\n" + yaml.safe_dump(moved, sort_keys=False))
    expected = {*OF_LIMITS, "scan_discovery", "plot_discovery"}
    assert planned_rules(finished_copy).keys() - {"all"} == expected
