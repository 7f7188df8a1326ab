"""What is generated from the models: the schemas and pages that lie in the repository, and drift that is found."""

import write_schemas


def test_generated_files_have_not_drifted(capsys):
    assert write_schemas.main(["--check"]) == 0, f"run scripts/write_schemas.py: {capsys.readouterr().out}"


def test_drift_is_found_and_mended(tmp_path, monkeypatch, capsys):
    texts = {tmp_path / path.name: text for path, text in write_schemas.generated_files().items()}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    page = tmp_path / "configuration.md"
    page.write_text(texts[page].replace("luminosity_ifb", "luminosity"), encoding="utf-8")
    monkeypatch.setattr(write_schemas, "generated_files", lambda: texts)
    monkeypatch.setattr(write_schemas, "ROOT", tmp_path)
    assert write_schemas.main(["--check"]) == 1
    assert "configuration.md" in capsys.readouterr().out
    assert write_schemas.main([]) == 0
    assert write_schemas.main(["--check"]) == 0
    assert page.read_text(encoding="utf-8") == texts[page]


def test_generated_schemas_are_of_draft_7():
    texts = [text for path, text in write_schemas.generated_files().items() if path.suffix == ".json"]
    assert all("http://json-schema.org/draft-07/schema#" in text and "prefixItems" not in text for text in texts)
