"""`wollemi draw` of a million events behind a real XRootD server and a real web server."""

import re
import subprocess

import pytest
from support.events.many import MASS, WIDTH, write_pairs
from support.project.paths import ROOT
from support.services.recipes import needs_recipes, service_folder, storage

EVENTS = 1_000_000
XROOTD = "xrootd==6.2.1"  # as in docs/datasets.md

pytestmark = needs_recipes


@pytest.fixture(scope="module")
def addresses():
    """The folder of the file, on this machine and behind both servers."""
    with service_folder() as folder:
        write_pairs(folder / "pairs.root", EVENTS)
        with storage(folder) as (root, http):
            yield {"file": f"{folder}/", "root": root, "http": http}


def draw(source, folder, *arguments):
    """The command with the package of XRootD, as the page on datasets has it."""
    command = ["uv", "run", "--quiet", "--no-sync", "--project", str(ROOT), "--with", XROOTD]
    command += ["wollemi", "draw", source, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def numbers(text):
    """What was read, and what the histogram has."""
    found = re.search(
        r"(\d+) events, (\d+) entries, .*; mean ([\d.]+), width ([\d.]+)", text, re.DOTALL
    )
    return int(found[1]), int(found[2]), float(found[3]), float(found[4])


def drawn(folder, here):
    """What the command says of the file, seen from a folder."""
    done = draw(f"{folder}pairs.root", here, "m(mu, mu)", "--bins", "40", "80", "100")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def of_this_machine(addresses, tmp_path_factory):
    return drawn(addresses["file"], tmp_path_factory.mktemp("here"))


@pytest.mark.parametrize("server", ["root", "http"])
def test_a_million_events_are_those_of_the_file(addresses, of_this_machine, tmp_path, server):
    found = drawn(addresses[server], tmp_path)
    assert found == of_this_machine
    events, entries, mean, width = numbers(found)
    assert (events, entries) == (EVENTS, EVENTS)
    assert mean == pytest.approx(MASS, abs=5 * WIDTH / EVENTS**0.5 + 1e-3)  # 5 digits are printed
    assert width == pytest.approx(WIDTH, rel=0.01)


@pytest.mark.parametrize("server", ["root", "http"])
def test_what_is_not_there(addresses, tmp_path, server):
    done = draw(f"{addresses[server]}none.root", tmp_path, "m(mu, mu)")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "none.root" in done.stderr
    assert "is not there" in done.stderr
