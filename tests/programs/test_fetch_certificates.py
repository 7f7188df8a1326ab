"""Public certificates are fetched, checked and used."""

import hashlib
from pathlib import Path

import pytest
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.certified import certify
from support.tiny.steps import RESULTS, check_record, read_json, run_step, skim

from wollemi.analysis.plain.certification import certificate_path, public_certificates
from wollemi.analysis.plain.sections import select_sections
from wollemi.loading.load import read_document


@pytest.fixture
def certified(tiny):
    return certify(tiny)


def test_public_files_are_fetched_and_used(certified):
    folder = certified / "mirror/published"
    folder.mkdir()
    for name in ("golden.json", "lumi.csv"):
        Path(name).rename(folder / name)

    def change(document):
        for key, name in (("blocks", "golden.json"), ("luminosity", "lumi.csv")):
            content = (folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            document["certified"][key] = {
                "url": f"http://127.0.0.1:9/{name}",
                "size": len(content),
                "sha256": digest,
            }

    edit_analysis(certified, change)
    document = read_document(Path(ANALYSIS))
    files = [certificate_path("tiny", file) for file in public_certificates(document)]
    assert [Path(file).name for file in files] == ["golden.json", "lumi.csv"]
    record = f"{RESULTS}/records/fetch_certificates.json"
    assert run_step("fetch_certificates", mirrors=["mirror"], files=files, record=record) == 0
    assert check_record("fetch_certificates.json")["outputs"].keys() == set(files)
    assert skim("data", certified=files[0]) == 0
    assert read_json("cutflow/data/skim_0.json")["certified"]["blocks"] == 10
    assert (
        select_sections(document, ["certified_blocks"], "data")["certified_blocks"]
        == document["certified"]["blocks"]
    )
