"""`wollemi explore`: the page over the loopback interface, and in a browser."""

import http.client
import json
import re
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect
from support.project.paths import ROOT
from support.services.browser import needs_chromium, open_browser, watched_page
from support.tiny.analysis import ANALYSIS

from wollemi.commands.main import main
from wollemi_interactive.commands.explore import ExploreServer
from wollemi_interactive.explore.explorer import Explorer

TEMPLATES = ROOT / "workflow/report"


@pytest.fixture
def server(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    path = Path(ANALYSIS).resolve()
    explorer = Explorer(Path("results/tiny").resolve(), path, 400)
    server = ExploreServer(explorer, path, TEMPLATES)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(server, path, body=None, **headers):
    """Status and content of an answer."""
    connection = http.client.HTTPConnection(*server.server_address, timeout=300)
    try:
        text = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, text, headers)
        found = connection.getresponse()
        content = found.read().decode()
        return found.status, content, found.headers
    finally:
        connection.close()


def test_what_is_answered(server):
    root = f"/{server.token}/"
    status, page, headers = ask(server, root)
    assert status == 200
    assert "<title>tiny: explore</title>" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', page))
    assert f"script-src 'nonce-{nonce}'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    asked = {"region": "search", "variable": "mt", "numbers": json.dumps({"1": "40"})}
    status, content, _ = ask(server, f"{root}moved?{urlencode(asked)}")
    assert status == 200
    assert json.loads(content)["cutflow"]["rows"][1]["cut"] == "muon[0].pt &gt; 40"
    region = json.loads(ask(server, f"{root}region?region=peak")[1])
    assert [(item["group"], item["operand"]) for item in region["sliders"]] == [
        ("", "count(muon)"),
        ("", "muon[0].pt"),
        *2 * [("", "dimuon_mass")],
        ("object muon", "pt"),
        ("object muon", "abs(eta)"),
        ("skim", "count(muon)"),
        ("skim", "muon[0].pt"),
    ]
    assert ask(server, f"{root}other")[0] == 404
    assert ask(server, f"{root}write")[0] == 404
    assert ask(server, f"{root}region", {})[0] == 404


def test_who_is_not_answered(server):
    """Without the token, under another name, from a page of another address."""
    root, edit = f"/{server.token}/", {"region": "peak", "place": 1, "number": "25"}
    before = Path(ANALYSIS).read_bytes()
    elsewhere = {"Host": f"example.org:{server.server_address[1]}"}
    for path, body, headers in (
        ("/", None, {}),
        ("/write", edit, {}),
        (root, None, elsewhere),
        (f"{root}write", edit, elsewhere),
        (f"{root}write", edit, {"Origin": "http://example.org"}),
        (f"{root}write", edit, {"Origin": "null"}),
    ):
        assert ask(server, path, body, **headers)[0] == 403
    assert Path(ANALYSIS).read_bytes() == before


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("region?region=serch", None, "'serch' is not there; did you mean 'search'?"),
        ("moved?region=peak&variable=mt&numbers={%220%22:%22x%22}", None, "'x' is not a number"),
        ("moved?region=peak&variable=mt&numbers={%22x%22:%221%22}", None, "'x' is not a cut"),
        ("edit", {"region": "peak", "place": 8, "number": "25"}, "has no cut number 8"),
        ("write", {"region": "peak", "place": 0, "number": "x"}, "'x' is not a number"),
        ("undo", {}, "nothing was written"),
    ],
)
def test_mistakes_are_told(server, path, body, message):
    status, content, _ = ask(server, f"/{server.token}/{path}", body)
    assert status == 400
    assert message in json.loads(content)["error"]


def test_what_no_page_asks(server, capfd):
    root = f"/{server.token}/"
    assert ask(server, f"{root}edit", {"region": "peak"})[0] == 500
    assert "KeyError: 'place'" in capfd.readouterr().err
    # No body follows: who sends one to a server that has closed may lose the answer.
    connection = http.client.HTTPConnection(*server.server_address, timeout=300)
    connection.request("POST", f"{root}edit", headers={"Content-Length": "200000"})
    assert connection.getresponse().status == 413
    connection.close()


def test_an_edit_is_seen_when_the_page_is_loaded(server):
    path = Path(ANALYSIS)
    path.write_text(path.read_text().replace("60 < dimuon_mass < 120", "71 < dimuon_mass < 120"))
    ask(server, f"/{server.token}/")
    region = json.loads(ask(server, f"/{server.token}/region?region=peak")[1])
    assert region["sliders"][2]["number"] == "71"
    path.write_text(path.read_text() + "# another edit\n")
    edit = {"region": "peak", "place": 1, "number": "25"}
    status, content, _ = ask(server, f"/{server.token}/write", edit)
    assert status == 400
    assert "has changed since the page read it" in content
    path.write_text("name: [")
    status, content, _ = ask(server, f"/{server.token}/")
    assert status == 400
    assert "analysis.yaml, line " in content


def test_mistakes_on_the_command_line(finished, monkeypatch):
    monkeypatch.chdir(finished)
    done = CliRunner().invoke(main, ["explore", "tini", "--no-browser"])
    assert done.exit_code == 2
    assert "there is no analysis 'tini'; did you mean 'tiny'?" in done.output


@needs_chromium
def test_in_a_browser(server):
    """A cut moves the plot, the keyboard moves a slider, a number is written and taken back."""
    before = Path(ANALYSIS).read_text()
    expect.set_options(timeout=120_000)
    with open_browser() as browser, watched_page(browser, 1400) as (page, problems):
        page.set_default_timeout(120_000)
        page.goto(server.root)
        rows = page.locator("#cutflow tbody tr")
        expect(rows).to_have_count(4)
        cut = page.locator(".cut").nth(2)
        expect(cut).to_contain_text("dimuon_mass >")
        lowest = page.locator("#numbers tbody tr").first.locator("td").nth(2)  # 150 to 175 GeV
        expect(lowest).not_to_have_text(re.compile("^0.000"))
        number = cut.locator("input[type=number]")
        number.fill("187.5")
        expect(lowest).to_have_text(re.compile("^0.000"))
        expect(rows.nth(2)).to_contain_text("dimuon_mass > 187.5")
        cut.locator("input[type=range]").press("ArrowRight")
        expect(number).not_to_have_value("187.5")
        value = number.input_value()
        cut.get_by_role("button", name="Write this").click()
        expect(page.locator("#diff")).to_contain_text(f"dimuon_mass > {value}")
        assert Path(ANALYSIS).read_text() == before
        page.locator("#write").click()
        expect(page.locator("#written")).to_contain_text("(written)")
        written = Path(ANALYSIS).read_text()
        assert written == before.replace("dimuon_mass > 150", f"dimuon_mass > {value}")
        page.locator("#undo").click()
        expect(page.locator("#written")).to_contain_text("as it was before")
        assert Path(ANALYSIS).read_text() == before
        page.locator("#region").select_option("peak")
        expect(page.locator(".cut")).to_have_count(8)
        expect(page.locator("#cuts h3")).to_have_text(["object muon", "skim"])
        muons = page.locator(".cut").nth(4)
        expect(muons).to_contain_text("pt >")
        first = rows.first.locator("td").nth(1)
        everything = first.inner_text()
        muons.locator("input[type=number]").fill("45")
        expect(first).not_to_have_text(everything)
        expect(page.locator("#variable")).to_have_value("mass_peak")
        # Nothing goes wrong, and everything comes from this server.
        assert [item for item in problems if not item.startswith(f"foreign: {server.root}")] == []
