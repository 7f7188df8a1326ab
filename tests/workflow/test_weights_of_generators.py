"""Corrections and members of systematics in the workflow: every file is declared, and an edit
reruns what reads it.
"""

import json

import pytest
from support.events.correction_files import use_corrections, write_all
from support.events.weight_sets import SYSTEMATICS, add_weights
from support.tiny.analysis import edit_analysis, planned_rules, snakemake


@pytest.mark.slow
def test_a_run_with_all_of_them(project):
    def change(document):
        use_corrections(document)
        document["systematics"] |= SYSTEMATICS

    write_all(project)
    add_weights(project)
    edit_analysis(project, change)
    done = snakemake(project, "results/tiny/workspaces/signal_200.json")
    assert done.returncode == 0, done.stdout
    workspace = json.loads((project / "results/tiny/workspaces/signal_200.json").read_text())
    samples = [sample for channel in workspace["channels"] for sample in channel["samples"]]
    names = {modifier["name"] for sample in samples for modifier in sample["modifiers"]}
    assert {"scale", "pdf", "muon_id", "pileup", "muon_scale"} <= names
    for dataset, there in (("dy_low", True), ("signal_200", False)):
        assert (project / f"results/tiny/histograms/{dataset}/members.json").is_file() == there
    before = planned_rules(project)
    edit_analysis(
        project, lambda document: document["systematics"]["pdf"].update(method="hessian_asymmetric")
    )
    after = planned_rules(project)
    rerun = {"merge_parts_dy_low", "merge_parts_dy_high", "build_workspace"}
    assert rerun <= after.keys()
    assert not rerun & before.keys()
    assert not any(name.startswith(("skim_", "fill_")) for name in after)
