"""Which jobs an analysis that measures a correction has, and what an edit of it runs."""

from support.tiny.analysis import edit_analysis, planned_rules, snakemake

MEASURED = {
    "kind": "efficiency",
    "samples": ["dy"],
    "object": "muon",
    "pass": "charge > 0",
    "axes": {"pt": [20.0, 50.0, 5000.0]},
}
FACTOR = {"factor": "prod(correction.positive(muon.pt))", "samples": ["dy"]}


def test_the_histograms_wait_for_the_map(project):
    def measure(document):
        document["corrections"] = {"positive": {"measured": MEASURED}}
        document["weights"] = {"positive": FACTOR}

    edit_analysis(project, measure)
    planned = planned_rules(project, "results/tiny/histograms/dy_high.json")
    assert planned == {
        "process_events_dy_low_positive": 2,
        "process_events_dy_high_positive": 1,
        "merge_parts_dy_low_positive": 1,
        "merge_parts_dy_high_positive": 1,
        "measure_correction_positive": 1,
        "skim_events_dy_high": 1,
        "fill_histograms_dy_high": 1,
        "merge_parts_dy_high": 1,
    }


def test_the_plot_waits_for_the_map(project):
    edit_analysis(
        project, lambda document: document.update(corrections={"positive": {"measured": MEASURED}})
    )
    assert planned_rules(project, "results/tiny/plots/correction_positive.png") == {
        "process_events_dy_low_positive": 2,
        "process_events_dy_high_positive": 1,
        "merge_parts_dy_low_positive": 1,
        "merge_parts_dy_high_positive": 1,
        "measure_correction_positive": 1,
        "plot_corrections": 1,
    }


def test_pileup_waits_for_its_target(project):
    target = {"nominal": {"file": "input/data.root"}}
    axes = {"Pileup_nTrueInt": {"bins": [10, 0, 60]}}
    pileup = {"kind": "pileup", "samples": ["dy"], "axes": axes, "target": target}
    edit_analysis(
        project, lambda document: document.update(corrections={"pileup": {"measured": pileup}})
    )
    made = "results/tiny/corrections/pileup.json"
    done = snakemake(project, made)
    assert done.returncode == 1
    assert "Missing input files for rule measure_correction_pileup" in done.stdout
    (project / "input/data.root").write_bytes(b"")
    assert planned_rules(project, made) == {
        "process_events_dy_low_pileup": 2,
        "process_events_dy_high_pileup": 1,
        "merge_parts_dy_low_pileup": 1,
        "merge_parts_dy_high_pileup": 1,
        "measure_correction_pileup": 1,
    }
