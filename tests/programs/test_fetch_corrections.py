"""Public files of corrections: each from a mirror by its checksum, into a folder of its own."""

import hashlib
import re
from pathlib import Path

import pytest
from support.events.correction_files import FILE, use_corrections, write_all
from support.tiny.analysis import edit_analysis, snakemake
from support.tiny.steps import RESULTS, check_record, corrections, fill, run_step, skim

URL = "http://127.0.0.1:9/{}/muons.json.gz"  # nothing answers there


def remote(path, folder):
    content = Path(path).read_bytes()
    return {
        "url": URL.format(folder),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def use_public(folder):
    """The muon corrections by URL, the scale in a second file of the same name."""
    write_all(folder)
    (folder / "mirror/other").mkdir(parents=True)
    content = (folder / FILE).read_bytes()
    (folder / "mirror/muons.json.gz").write_bytes(content)
    # another clock time
    (folder / "mirror/other/muons.json.gz").write_bytes(content[:4] + b"\x01" + content[5:])

    def change(document):
        use_corrections(document)
        document["corrections"] = {
            name: dict(item) for name, item in document["corrections"].items()
        }
        document["corrections"]["muon_id"]["file"] = remote(folder / "mirror/muons.json.gz", "2017")
        document["corrections"]["scale"]["file"] = {
            "data": FILE,
            "simulation": remote(folder / "mirror/other/muons.json.gz", "2018"),
        }

    edit_analysis(folder, change)


@pytest.fixture
def public(tiny):
    use_public(tiny)
    return tiny


def test_they_are_fetched_and_used(public):
    files = corrections("fill_corrections", "dy_high")
    folders = [Path(file).parent.name for file in files]
    assert [Path(file).name for file in files] == ["muons.json.gz", "pileup.json", "muons.json.gz"]
    targets = [file for file in files if file.startswith(RESULTS)]
    record = f"{RESULTS}/records/fetch_corrections.json"
    assert run_step("fetch_corrections", mirrors=["mirror"], files=targets, record=record) == 0
    assert [hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12] for file in targets] == [
        folders[0],
        folders[2],
    ]
    assert check_record("fetch_corrections.json")["outputs"].keys() == set(targets)
    for dataset in ("dy_high", "data"):
        assert [skim(dataset), fill(dataset)] == [0, 0]
    assert set(targets) <= check_record("fill_histograms/dy_high_0.json")["inputs"].keys()
    assert FILE in check_record("skim_events/data_0.json")["inputs"]


def test_the_jobs_that_need_them_have_them_as_inputs(project):
    use_public(project)
    done = snakemake(project, "--dry-run", "--forceall", "--printshellcmds")
    assert done.returncode == 0, done.stdout
    blocks = re.findall(r"^rule (\w+):\n +input: (.*)$", done.stdout, re.MULTILINE)
    files = {
        rule: [name for name in inputs.split(", ") if "corrections" in name and ".json" in name]
        for rule, inputs in blocks
    }
    fetched = re.search(r"^rule fetch_corrections:\n.*\n +output: (.*)$", done.stdout, re.MULTILINE)
    muon_id, scale = fetched.group(1).split(", ")[:2]
    pileup = "corrections/pileup.json"
    assert (
        files["fill_histograms_dy_high"]
        == files["fill_histograms_dy_alternative"]
        == [muon_id, pileup, scale]
    )
    # `fields` are computed wherever the object is used
    assert files["skim_events_dy_high"] == [muon_id, scale]
    assert files["skim_events_data"] == files["fill_histograms_data"] == [muon_id, FILE]
    assert not {
        rule
        for rule, names in files.items()
        if names and not rule.startswith(("skim_events_", "fill_histograms_"))
    }
