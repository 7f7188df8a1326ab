"""Where `reexecute_archive` refuses, and what it says; nothing of the user's is touched."""

import shutil

import pytest
import reexecute_archive


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{archive}", "--work", "{full}"], "is not empty"),
        (["{archive}", "--environment", "{full}"], "not a Python environment"),
        (["{full}"], "is not an archive of Wollemi"),
        (["{full}/none.zip"], "does not exist"),
        (["{archive}", "--report", "{full}/none/report.json"], "its folder does not exist"),
        (["{archive}", "--report", "{full}"], "this is a folder"),
    ],
)
def test_errors_of_the_user(tmp_path, stored, arguments, message, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    archive = shutil.copy(stored, tmp_path / "tiny.zip")
    assert (
        reexecute_archive.main(
            [item.format(archive=archive, full=tmp_path / "full") for item in arguments]
        )
        == 2
    )
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "tiny.zip"]
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


def test_the_work_folder_lies_outside_of_an_unpacked_archive(tmp_path, capsys):
    assert reexecute_archive.main([str(tmp_path), "--work", str(tmp_path / "work")]) == 2
    assert "lies in the archive itself" in capsys.readouterr().err


def test_an_empty_folder_stays(tmp_path, stored):
    (tmp_path / "mine").mkdir()
    arguments = [
        str(stored),
        "--work",
        str(tmp_path / "mine"),
        "--environment",
        str(tmp_path / "none"),
    ]
    assert reexecute_archive.main(arguments) == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


@pytest.mark.parametrize("cores", ["0", "-1", "two"])
def test_cores_are_a_number_of_at_least_one(tmp_path, cores, capsys):
    with pytest.raises(SystemExit, match="2"):
        reexecute_archive.main([str(tmp_path), f"--cores={cores}"])
    assert f"'{cores}' is not a whole number of at least 1" in capsys.readouterr().err
