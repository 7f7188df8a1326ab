"""Mirrors first, then the URL; only the right file, and nothing half."""

import hashlib
from pathlib import Path

import pytest
from support.project.small_disks import files_of_at_most
from support.services.loopback import serving
from support.services.portal import serving_portal
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, fetch, run_step

from wollemi.analysis.view import view_of
from wollemi.check.sample_files import SampleFiles
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan
from wollemi_interactive.commands.draw import dataset_paths
from wollemi_likelihood.base.errors import WollemiError

TARGET = Path(f"{RESULTS}/files/data/data.root")


@pytest.fixture
def content(tiny, tmp_path, monkeypatch):
    """The right file, which no earlier test has fetched; without credentials of this machine."""
    monkeypatch.delenv("BEARER_TOKEN", raising=False)
    monkeypatch.setenv("BEARER_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    return Path("mirror/data.root").read_bytes()


@pytest.fixture
def waited(monkeypatch):
    seconds = []
    monkeypatch.setattr("wollemi.inputs.download.time.sleep", seconds.append)
    return seconds


def set_url(url, *replicas):
    edit_analysis(
        Path.cwd(),
        lambda document: document["datasets"]["data"]["files"][0].update(
            url=url, replicas=list(replicas)
        ),
    )


def test_a_mirror_comes_before_the_url(content):
    assert fetch() == 0  # nothing answers at the URL
    assert TARGET.read_bytes() == content
    record = check_record("fetch_dataset/data.json")
    assert record["outputs"] == {str(TARGET): hashlib.sha256(content).hexdigest()}
    assert record["options"] == {"dataset": "data"}  # another mirror gives the same bytes


def test_a_wrong_file_in_a_mirror_is_passed_over(content, capsys):
    other = Path("old/deep/data.root")
    other.parent.mkdir(parents=True)
    other.write_bytes(content[::-1])
    assert fetch(mirrors=("absent", "old", "mirror")) == 0
    assert TARGET.read_bytes() == content
    assert "old/deep/data.root: SHA-256" in capsys.readouterr().err


def test_a_failing_server_is_tried_again(content, waited):
    with serving([(503, b""), (500, b"oops"), (200, content)]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 0
    assert TARGET.read_bytes() == content
    assert len(waited) == 2
    assert waited[0] < waited[1]
    check_record("fetch_dataset/data.json")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "may not be read without a token (HTTP 401"),
        (403, "may not be read without a token (HTTP 403"),
        (404, "is not there (HTTP 404"),
        (410, "is not there (HTTP 410"),
        (405, "the server refuses it (HTTP 405"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(content, waited, capsys, status, said):
    with serving([(status, b""), (200, content)]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert waited == []
    message = capsys.readouterr().err
    assert said in message
    assert "network" not in message


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_passes_is_tried_three_times(content, waited, capsys, status):
    with serving([(status, b"")]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert len(waited) == 3
    assert f"cannot be downloaded (HTTP {status}" in capsys.readouterr().err


def test_a_download_that_breaks_off_is_tried_again(content, waited, capsys):
    with serving(
        [
            (200, content[:1000], len(content)),
            (200, content[:9], len(content)),
            (200, content, len(content)),
        ]
    ) as url:
        set_url(url)
        assert fetch(mirrors=()) == 0
    assert TARGET.read_bytes() == content
    assert f"the connection broke off: 1000 of {len(content)} bytes came" in capsys.readouterr().err


def test_a_download_that_never_comes_whole_is_no_other_file(content, waited, capsys):
    with serving([(200, content[:1000], len(content))]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    message = capsys.readouterr().err
    assert (
        f"cannot be downloaded (the connection broke off: 1000 of {len(content)} bytes came)"
        in message
    )
    assert "checksum" not in message


def test_another_file_of_the_same_length_is_said_to_be_one(content, waited, capsys):
    with serving([(200, content[::-1], len(content))]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert waited == []
    assert "wrong checksum" in capsys.readouterr().err


def test_an_endless_answer_is_cut(content, waited, capsys):
    with serving([(200, content + bytes(20_000_000))]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert f"more than {len(content)} bytes" in capsys.readouterr().err


def test_a_full_disk_is_not_blamed_on_the_network(content, waited, capsys):
    with serving([(200, content)]) as url:
        set_url(url)
        with files_of_at_most(100):
            assert fetch(mirrors=()) == 2
    assert waited == []
    assert "a file would grow beyond the largest size allowed" in capsys.readouterr().err


def test_a_signed_url_is_warned_of_and_not_shown(content, waited, capsys):
    with serving([(403, b"")]) as url:
        set_url(f"{url}?X-Amz-Signature=5ecret&X-Amz-Expires=3600")
        assert fetch(mirrors=()) == 2
    message = capsys.readouterr().err
    assert "its query gives access, and is left out of every product" in message
    assert "5ecret" not in message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, b""), "is not there (HTTP 404"),
        ((401, b""), "may not be read without a token"),
        ((503, b""), "attempt 3 of 3"),
        ((200, b"a login page"), "wrong checksum"),
        ((200, b"half", 1000), "the connection broke off: 4 of 1000 bytes came"),
    ],
)
def test_a_replica_takes_the_place_of_an_address_that_fails(content, waited, capsys, answer, said):
    with serving([answer]) as url, serving([(200, content)]) as good:
        set_url(url, "http://127.0.0.1:9/data.root", good, "http://127.0.0.1:9/unasked.root")
        assert fetch(mirrors=()) == 0
    assert TARGET.read_bytes() == content
    message = capsys.readouterr().err
    assert said in message
    assert "Connection refused" in message
    assert "unasked" not in message


def test_no_replica_gives_the_file(content, waited, capsys):
    with serving([(200, content[::-1])]) as lying, serving([(404, b"")]) as gone:
        set_url(gone, lying, f"{gone}?X-Amz-Signature=5ecret")
        assert fetch(mirrors=()) == 2
    message = capsys.readouterr().err
    last = message[message.index("data.root: none of its 3 addresses gives the file") :]
    assert last.count(f"{gone}: is not there (HTTP 404") == 2
    assert f"{lying}: wrong checksum" in last
    assert "5ecret" not in message
    assert not list(TARGET.parent.iterdir())


def test_a_full_disk_is_not_the_fault_of_a_replica(content, waited, capsys):
    with serving([(200, content)]) as url:
        set_url(url, url)
        with files_of_at_most(100):
            assert fetch(mirrors=()) == 2
    assert capsys.readouterr().err.count("a file would grow beyond the largest size") == 1


@pytest.mark.parametrize("scheme", ["http", "dav"])
def test_a_server_that_asks_for_a_token(content, capsys, monkeypatch, scheme):
    monkeypatch.setenv("BEARER_TOKEN", "5ecret")
    with serving_portal({}, {"/store/data.root": content}, token="5ecret") as server:
        set_url(f"{server.url.replace('http', scheme)}/store/data.root")
        assert fetch(mirrors=()) == 0
    assert [shown for _, shown in server.asked] == ["", "Bearer 5ecret"]
    assert TARGET.read_bytes() == content
    written = [path.read_text() for path in Path(RESULTS).rglob("*.json")]
    assert "5ecret" not in "".join([*written, *capsys.readouterr()])


@pytest.mark.parametrize("answer", [(200, b"another file"), (404, b"not found")])
def test_nothing_is_left_behind(content, waited, answer):
    with serving([answer]) as url:
        set_url(url)
        assert fetch(mirrors=()) == 2
    assert not list(TARGET.parent.iterdir())


def test_the_remains_of_a_killed_job_do_no_harm(content):
    TARGET.parent.mkdir(parents=True)
    TARGET.with_name(".partial.data.root").write_bytes(b"half")
    assert fetch() == 0
    assert [path.name for path in TARGET.parent.iterdir()] == ["data.root"]
    assert TARGET.read_bytes() == content


def test_two_files_with_one_base_name(content, tmp_path):
    """Each keeps its content, from the plan of the run to what is drawn and checked."""
    other = tmp_path / "more/data.root"
    other.parent.mkdir()
    other.write_bytes(content + b"more")
    entries = [
        {
            "url": f"http://127.0.0.1:9/{folder}/data.root",
            "size": len(bytes_),
            "sha256": hashlib.sha256(bytes_).hexdigest(),
        }
        for folder, bytes_ in (("a", content), ("b", content + b"more"))
    ]
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["data"].update(files=entries))
    document = plain_document(read_document(Path("config/analyses/tiny/analysis.yaml")))
    paths = Plan(view_of(document), "tiny").fetched_files("data")
    record = f"{RESULTS}/records/fetch_dataset/data.json"
    folders = ("mirror", str(tmp_path / "more"))
    assert (
        run_step("fetch_dataset", dataset="data", mirrors=folders, files=paths, record=record) == 0
    )
    assert [Path(path).read_bytes() for path in paths] == [content, other.read_bytes()]
    TARGET.write_bytes(content)  # of an earlier run, when there was one file
    assert dataset_paths("data", document) == paths
    dataset = view_of(document).datasets["data"]
    found = SampleFiles("tiny", [], [], tmp_path).of("data", dataset)
    assert [str(path) for path, _ in found] == paths


def test_a_fetched_file_that_is_no_longer_the_declared_one(content, tmp_path):
    """A checksum that was edited since, and a copy that was."""
    assert fetch() == 0
    document = plain_document(read_document(Path("config/analyses/tiny/analysis.yaml")))
    assert dataset_paths("data", document) == [str(TARGET)]
    dataset = view_of(document).datasets["data"]
    files = SampleFiles("tiny", [], [], tmp_path)
    assert [path for path, _ in files.of("data", dataset)] == [TARGET]
    TARGET.write_bytes(content[:-1] + b"?")
    assert list(files.of("data", dataset)) == []
    with pytest.raises(WollemiError, match="none of its files is here"):
        dataset_paths("data", document)
