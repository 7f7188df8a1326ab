"""Files of the workflow in an archive."""

from pathlib import Path

from support.project.paths import ROOT

from wollemi.archive.writing.contents import unsigned_files
from wollemi.archive.writing.files import workflow_files
from wollemi.reana.specification import parameters_path, specification_path

URL = "https://store.example/a.root"
SIGNED = f"{URL}?signature=secret"


def test_what_an_analysis_extends_is_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "search/analysis.yaml": "extends: [../first/analysis.yaml, more.yaml]",
        "search/more.yaml": "a: 1",
        "first/analysis.yaml": "extends: ../shared.yaml",
        "first/hooks.py": "",
        "shared.yaml": f"datasets: {{a: {{files: [{{url: '{SIGNED}'}}]}}}}",
        "other.yaml": "",
    }
    for name, content in files.items():
        path = Path("config/analyses", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    found = {name for name in workflow_files("search") if name.startswith("config/analyses")}
    expected = ("search/analysis.yaml", "search/more.yaml", "first/analysis.yaml", "shared.yaml")
    assert found == {f"config/analyses/{name}" for name in expected}
    entries = unsigned_files([Path(name) for name in sorted(found)], {SIGNED: URL})
    assert b"secret" not in b"".join(entry.content for entry in entries.values())
    assert URL.encode() in entries["config/analyses/shared.yaml"].content


def test_files_for_reana_are_in_it(monkeypatch):
    """Those that `check_reana` writes for this analysis, and no other's."""
    monkeypatch.chdir(ROOT)
    found = {name for name in workflow_files("hzz4l") if name.startswith("config/reana")}
    assert found == {specification_path("hzz4l"), parameters_path("hzz4l")}
