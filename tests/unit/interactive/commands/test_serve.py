"""`wollemi serve`, asked by the SDK's own client: in this process, and on standard streams."""

import base64
import functools
import hashlib
import importlib.util
import json
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner
from mcp import Client, StdioServerParameters, stdio_client
from support.tiny.analysis import edit_analysis, wollemi_command, wollemi_environment

import wollemi
from wollemi.base.rounding import with_error
from wollemi.commands.main import main
from wollemi_interactive.commands import serve
from wollemi_interactive.commands.serve import Answers, make_server

RESULTS = Path("results/tiny")
HIDES = {"regions": ["search"]}
PNG = b"\x89PNG\r\n"


@pytest.fixture
def run(finished, monkeypatch):
    """The folder of the project, and a function that asks in it."""
    monkeypatch.chdir(finished)
    return functools.partial(ask, make_server(Answers(RESULTS.resolve())))


@pytest.fixture
def copied_run(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    return functools.partial(ask, make_server(Answers(RESULTS.resolve())))


def asked_all(server, calls):
    async def each():
        async with Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(each)


def ask(server, name, **arguments):
    """The answer of a tool: plain values, or a text and a picture."""
    (found,) = asked_all(server, [(name, arguments)])
    assert not found.is_error, found.content[0].text
    if found.structured_content is None:
        text, picture = found.content
        return text.text, base64.b64decode(picture.data)
    return found.structured_content


def refusal(asking, name, **arguments):
    (server,) = asking.args
    (found,) = asked_all(server, [(name, arguments)])
    assert found.is_error
    return found.content[0].text


def tree(folder):
    """Every file of a project, but for the code that runs: name → digest and time."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.lstat().st_mtime_ns,
        )
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts and path.parts[-1] != "scripts"
    }


def test_every_tool_only_reads(run):
    async def listed():
        async with Client(run.args[0]) as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in anyio.run(listed)}
    assert list(tools) == ["list_products", "read_product", "verdict", "lineage", "draw"]
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert tools["draw"].input_schema["required"] == ["expression", "regions"]


def test_products_are_the_files_of_the_run(run):
    found = run("list_products")
    opened = wollemi.open(RESULTS)
    assert (found["regions"], found["signals"]) == (opened.regions, opened.signals)
    known = [name for names in found["products"].values() for name in names]
    assert {"limits.json", "fit.json", "cutflow/data.json", "tables/selected.md"} < {*known}
    assert len(known) == len({*known})
    assert all((RESULTS / name).is_file() for name in known)
    for name in ("limits.json", "significances.json", "cutflow/data.json"):
        assert run("read_product", product=name) == {
            "product": name,
            "at": "",
            "marks": [],
            "content": json.loads((RESULTS / name).read_text()),
        }
    table = run("read_product", product="tables/selected.md")["content"]
    assert table == (RESULTS / "tables/selected.md").read_text()


def test_a_part_of_a_product(run, monkeypatch):
    limits = json.loads((RESULTS / "limits.json").read_text())["limits"]
    at = "/limits/signal_200/expected"
    found = run("read_product", product="limits.json", at=at)
    assert found["content"] == limits["signal_200"]["expected"]
    text = refusal(run, "read_product", product="limits.json", at="/limit")
    assert "limits.json /limit: 'limit' is not in the file; did you mean 'limits'?" in text
    monkeypatch.setattr(serve, "LONGEST", 100)
    assert "read a part with `at`: /fits" in refusal(run, "read_product", product="fit.json")


@pytest.mark.parametrize(
    "product",
    [
        "../../config/config.yaml",
        "/etc/passwd",
        "link.json",
        "cutflow/data/skim_0.json",
        "records/merge_parts/data.json",
        "limit.json",
    ],
)
def test_no_other_file_is_read(copied_run, product, tmp_path):
    """Neither outside of the results, nor what may hold hidden events."""
    (tmp_path / "secret.json").write_text("{}")
    (RESULTS / "link.json").symlink_to(tmp_path / "secret.json")
    text = refusal(copied_run, "read_product", product=product)
    assert f"{product}: is not a product that can be read" in text
    assert "no record tells how this was made" in refusal(copied_run, "lineage", product="../x")


def test_verdict_and_lineage(copied_run):
    assert copied_run("verdict")["status"] == "intact"
    found = copied_run("lineage", product="limits.json")["result"]
    assert found == wollemi.open(RESULTS).lineage("limits.json")
    (RESULTS / "limits.json").write_text("{}")
    found = copied_run("verdict")
    assert (found["status"], found["counts"]["broken"]) == ("broken", 1)
    assert "limits.json has changed since it was made" in found["report"]


def test_a_drawing_has_the_yields_of_the_run(run):
    """Of a variable whose bins and overflow contain each event once."""
    text, picture = run("draw", expression="mt", regions=["search"])
    assert picture.startswith(PNG)
    found = dict(line.split(None, 1) for line in text.splitlines()[1:])
    selected = json.loads((RESULTS / "summary.json").read_text())["selected"]["search"]
    for sample in ("data", "dy", "signal_200"):
        assert found[sample] == with_error(selected[sample]["sum"], selected[sample]["error"])
    text, _ = run("draw", expression="mt", regions=["search"], by="systematic")
    assert "in the bin that it changes most" in text
    refused = refusal(run, "draw", expression="mt", regions=["serch"])
    assert "region: 'serch' is not there; did you mean 'search'?" in refused
    refused = refusal(run, "draw", expression="muon[0].ptt", regions=["search"])
    assert "muon[0].ptt" in refused
    refused = refusal(run, "draw", expression="mt", regions=["search"], bins=[0, 1, 0])
    assert "bins: [0, 1.0, 0.0] is not an axis" in refused


def test_nothing_blinded_is_shown(copied_run):
    """Neither by products from before the blinding, nor by a drawing after it."""
    assert copied_run("read_product", product="limits.json")["content"]
    edit_analysis(Path.cwd(), lambda document: document.update(blinding=HIDES))
    for name, arguments in (("list_products", {}), ("read_product", {"product": "limits.json"})):
        text = refusal(copied_run, name, **arguments)
        assert "the run used other data or another blinding, and may show hidden data" in text
    assert copied_run("verdict")["status"] == "stale"
    text, _ = copied_run("draw", expression="mt", regions=["search"])
    (line,) = [line for line in text.splitlines() if line.split()[0] == "data"]
    assert line.split() == ["data", "BLINDED"]


def test_on_standard_streams_nothing_is_written(finished_copy):
    project, environment = finished_copy, wollemi_environment(finished_copy)
    environment.pop("WOLLEMI_CACHE", None)
    command, *arguments = wollemi_command("serve", "tiny")
    server = StdioServerParameters(command=command, args=arguments, cwd=project, env=environment)
    before = tree(project)
    calls = [
        ("list_products", {}),
        ("read_product", {"product": "limits.json"}),
        ("verdict", {}),
        ("lineage", {"product": "limits.json"}),
        ("draw", {"expression": "muon[0].pt", "regions": ["peak"], "where": "muon[0].pt > 30"}),
        ("draw", {"expression": "muon[0].ptt", "regions": ["peak"]}),
    ]
    found = asked_all(stdio_client(server), calls)
    assert [answer.is_error for answer in found] == [False] * 5 + [True]
    assert tree(project) == before


def test_the_sdk_is_missing(finished, monkeypatch):
    monkeypatch.chdir(finished)
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "mcp" else found(name)
    )
    done = CliRunner().invoke(main, ["serve", "tiny"])
    assert done.exit_code == 2
    assert "wollemi serve: needs the package mcp" in done.output
    assert 'pip install "wollemi[serve]"' in done.output
