"""`wollemi watch`: an edit is seen, and the page is loaded anew."""

import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.services.browser import needs_chromium, open_browser

from wollemi.commands import watch
from wollemi.commands.watch import STATE, PageServer, next_change, stamps, watch_analysis


@pytest.fixture
def analysis(tmp_path):
    (tmp_path / "common.yaml").write_text("title: x\n")
    path = tmp_path / "analysis.yaml"
    path.write_text("extends: common.yaml\nname: own\n")
    (tmp_path / "hooks.py").write_text("")
    return path


@pytest.mark.parametrize("file", ["analysis.yaml", "common.yaml", "hooks.py"])
def test_an_edit_is_seen(analysis, file):
    """Of each file that the analysis is written in; one edit while the next is written is one."""
    known, waited = stamps(analysis), []

    def wait(seconds):
        waited.append(seconds)
        if len(waited) in (3, 4):
            changed = analysis.with_name(file)
            changed.write_text(changed.read_text() + f"# {len(waited)}\n")

    found = next_change(analysis, known, wait)
    assert found == stamps(analysis)
    assert [name for name in found if found[name] != known[name]] == [str(analysis.with_name(file))]
    assert len(waited) == 5


def test_half_written_yaml_is_watched(analysis):
    known = stamps(analysis)
    analysis.write_text("extends: [common.yaml\n")
    assert str(analysis) in stamps(analysis)
    assert stamps(analysis) != known


@pytest.fixture
def server(tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>one</title><p>page</p>")
    (tmp_path / "limits.json").write_text("{}")
    server = PageServer(tmp_path)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def read(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_only_who_has_the_token_sees_it(server):
    assert server.server_address[0] == "127.0.0.1"
    assert "<p>page</p>" in read(server.address)
    assert read(server.address.replace("index.html", "limits.json")) == "{}"
    root = server.address.partition(server.token)[0]
    for path in ("", "index.html", "limits.json", "x" * 22 + "/index.html"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            read(root + path)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(server.address.replace("index.html", "../../../../etc/passwd"))


@needs_chromium
def test_the_page_is_loaded_anew(server, tmp_path):
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(server.address)
        assert page.title() == "one"
        Path(tmp_path / "index.html").write_text("<!doctype html><title>two</title>")
        server.state += 1
        page.wait_for_function("document.title === 'two'", timeout=60_000)


@needs_chromium
@pytest.mark.parametrize("before", ["<!doctype html><title>one</title>", None])
def test_a_run_that_ends_before_the_page_asks_is_seen(server, tmp_path, before):
    """Also the first one, when there was no page yet."""
    index = tmp_path / "index.html"
    index.unlink() if before is None else index.write_text(before)

    def end_run(route):
        if "two" not in (index.read_text() if index.is_file() else ""):
            index.write_text("<!doctype html><title>two</title>")
            server.state += 1
        route.continue_()

    with open_browser() as browser:
        page = browser.new_page()
        page.route(f"**/{STATE}", end_run)
        page.goto(server.address)
        page.wait_for_function("document.title === 'two'", timeout=60_000)


def test_an_edit_runs_the_analysis_again(tmp_path, monkeypatch, capsys):
    """From the first run to Ctrl-C: the second run comes after an edit, and the state tells it."""
    monkeypatch.chdir(tmp_path)
    path = Path("config/analyses/own/analysis.yaml")
    path.parent.mkdir(parents=True)
    path.write_text("name: own\n")
    Path("results/own").mkdir(parents=True)
    opened, commands, states = [], [], []

    def run(command):
        commands.append(command)
        page = opened[0]
        states.append(read(page.replace("index.html", STATE)))
        if len(commands) == 2:
            raise KeyboardInterrupt
        Path("results/own/index.html").write_text("<title>one</title>")
        assert "<title>one</title>" in read(page)
        threading.Timer(0.7, path.write_text, ["name: own\ntitle: x\n"]).start()

    monkeypatch.setattr(watch.webbrowser, "open", opened.append)
    monkeypatch.setattr(watch, "run_child", run)
    watch_analysis("own", 3, ["--preview", "100"], show=True)
    more = ["run", "own", "--cores", "3", "--preview", "100"]
    assert commands == [[sys.executable, "-m", "wollemi.commands.main", *more]] * 2
    assert states == ["0", "1"]
    assert capsys.readouterr().out.splitlines() == [
        f"{opened[0]}  (Ctrl-C ends)",
        f"waiting for an edit of {path.parent}",
        "",
    ]
