"""Mistakes with datasets by name and files on other machines, and what `wollemi draw` says."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

from support.services.portal import record, serving_portal
from support.tiny.mistakes import Run, set_value
from wollemi.commands.main import main

FILE = "/store/mc/dy.root"


def _draw(source: str, expression: str = "m(mu, mu)", *options: str) -> int:
    """The exit code of the command."""
    try:
        main(["draw", source, expression, *options], standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _without_credentials(run: Callable[[], int], **variables: str) -> Run:
    """A run that finds no credentials of whoever runs the tests."""
    none = {"BEARER_TOKEN": "", "BEARER_TOKEN_FILE": "/none/token"}
    return patch.dict(os.environ, none | variables)(run)


def record_without_network() -> Run:
    nobody = "http://127.0.0.1:9"  # a port where nobody listens
    return _without_credentials(partial(_draw, "opendata:77"), WOLLEMI_OPEN_DATA=nobody)


def record_without_root_files() -> Run:
    files = [{"uri": "root://eospublic.cern.ch//eos/opendata/a.tar.gz", "size": 9}]

    def run() -> int:
        with serving_portal({"/api/records/77": record(77, files)}, {}) as server:
            asked = partial(_draw, "opendata:77")
            return _without_credentials(asked, WOLLEMI_OPEN_DATA=server.url)()

    return run


def file_without_token() -> Run:
    def run() -> int:
        with serving_portal({}, {FILE: b"root"}, token="another") as server:
            return _draw(server.url + FILE)

    return _without_credentials(run)


def file_without_ranges() -> Run:
    def run() -> int:
        with serving_portal({}, {FILE: b"root"}, ranges=False) as server:
            return _draw(server.url + FILE)

    return _without_credentials(run)


def axes_of_other_kinds() -> Run:
    return partial(_draw, "input/dy_high_0.root", "Muon.pt", "--against", "MET_pt")


def draw_blinded_data() -> Run:
    """Though its files are here."""
    set_value("datasets", "data", value={"files": ["mirror/data.root"]})
    set_value("blinding", value={"regions": ["search"]})
    return partial(_draw, "data", "dimuon_mass", "--analysis", "tiny")


def catalogue_keys() -> Run:
    Path("config/catalogue.yaml").write_text(
        "datasets:\n"
        "  dy: {title: Drell–Yan, kind: mc, file: [dy.root]}\n"
        "  data: {title: Data, kind: data}\n"
    )
    return partial(_draw, "dy")
