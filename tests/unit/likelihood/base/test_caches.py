"""Folders of caches, and machine code taken along to another working directory."""

from wollemi_likelihood.base.caches import compiled_folder, copy_machine_code


def test_machine_code_is_copied_but_nothing_else_of_the_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("WOLLEMI_CACHE", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    compiled_folder().mkdir(parents=True)
    (compiled_folder() / "kernel.o").write_bytes(b"code")
    (compiled_folder() / "input_1.json").write_text("{}", encoding="utf-8")
    copy_machine_code(tmp_path / "there")
    monkeypatch.chdir(tmp_path / "there")
    assert [path.name for path in compiled_folder().iterdir()] == ["kernel.o"]
    assert (compiled_folder() / "kernel.o").read_bytes() == b"code"


def test_without_machine_code_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "none"))
    copy_machine_code(tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_what_cannot_be_copied_is_left(tmp_path, monkeypatch):
    """A broken link, and a file removed by another process meanwhile, look the same."""
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/gone.o").symlink_to(tmp_path / "nothing")
    (tmp_path / "cache/kernel.o").write_bytes(b"code")
    copy_machine_code(tmp_path / "there")
    assert (tmp_path / "there/.wollemi/compiled/kernel.o").read_bytes() == b"code"
