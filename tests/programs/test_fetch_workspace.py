"""Public files of published models: from a mirror by their checksum, in folders of their own."""

import hashlib
from pathlib import Path

from support.products.published_models import (
    BACKGROUND,
    FOLDER,
    PATCHES,
    analysis,
    grid,
    write_analysis,
    write_likelihood,
)
from support.tiny.steps import check_record, run_step

from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.plan.plan import Plan


def remote(path):
    content = Path(path).read_bytes()
    return {
        "url": f"http://127.0.0.1:9/{Path(path).name}",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_they_are_fetched_and_imported(tiny):
    write_likelihood()
    section = grid()
    del section["path"], section["patches"]["path"]
    section |= remote(BACKGROUND)
    section["patches"] |= remote(PATCHES)
    write_analysis(section)
    plan = Plan(view_of(plain_document(analysis(section))), "tiny")
    record = "results/tiny/records/fetch_workspace.json"
    files = plan.fetched_models
    assert run_step("fetch_workspace", mirrors=[FOLDER], files=files, record=record) == 0
    assert [Path(path).read_bytes() for path in files] == [
        Path(path).read_bytes() for path in (BACKGROUND, PATCHES)
    ]
    assert check_record("fetch_workspace.json")["outputs"].keys() == set(files)
    outputs = {"workspaces": plan.workspaces, "imported": plan.imported}
    first, second = plan.model_files + plan.patch_files
    assert run_step("import_workspaces", workspace=first, patches=second, **outputs) == 0
