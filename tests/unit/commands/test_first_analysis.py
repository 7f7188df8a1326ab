"""`wollemi new`: what the given files say becomes an analysis that has no problems."""

from pathlib import Path

import pytest
import yaml
from support.events.atlas_ntuple import write_ntuple
from support.events.layouts import write_flat, write_physlite

from wollemi.commands.first_analysis import analysis_text
from wollemi.commands.first_region import choose_region
from wollemi.commands.given_files import GivenFile
from wollemi.loading.load import validate_document
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def files(tiny, tmp_path):
    """A file of each layout."""
    write_physlite(tmp_path / "lite.root")
    write_ntuple(tmp_path / "mini.root", ("pt", "eta", "phi", "e"))
    write_flat(tmp_path / "flat.root")
    return {
        "nanoaod": Path("input/dy_high_0.root"),
        "physlite": tmp_path / "lite.root",
        "ntuple": tmp_path / "mini.root",
        "flat": tmp_path / "flat.root",
    }


def document(*files, **more):
    shown = choose_region(files)
    text = analysis_text("own", 'A "title"', files, shown, more.get("luminosity", 2.5), 13.6)
    return yaml.safe_load(text)


@pytest.mark.parametrize("layout", ["nanoaod", "physlite", "ntuple", "flat"])
def test_an_analysis_to_limits_of_each_layout(files, layout, tmp_path):
    """One that has no problems, from a background and a signal, with and without data."""
    path = files[layout]
    signal, data = (tmp_path / f"{name}{path.suffix}" for name in ("signal", "data"))
    for copy in (signal, data):
        copy.write_bytes(path.read_bytes())
    simulated = (GivenFile(path, "background", 2.0), GivenFile(signal, "signal", 0.1))
    for given in (simulated, (GivenFile(data, "data"), *simulated)):
        found = document(*given)
        validate_document(found, "own")
        assert found["samples"]["signal"] == {"role": "signal", "datasets": ["signal"]}
        assert found["samples"]["data"]["datasets"] == (
            ["data"] if len(given) == 3 else ["pseudodata"]
        )
        assert found["limits"] == {}
        assert found["datasets"]["signal"]["cross_section_pb"] == 0.1


@pytest.mark.parametrize("role", ["background", "signal"])
def test_without_signal_or_background_there_is_no_fit(files, role):
    found = document(GivenFile(files["nanoaod"], role, 2.0))
    validate_document(found, "own")
    assert "model" not in found
    assert "limits" not in found


def test_files_of_one_name(files, tmp_path):
    other = tmp_path / "other/flat.root"
    other.parent.mkdir()
    other.write_bytes(files["flat"].read_bytes())
    with pytest.raises(WollemiError, match=r"gives the name 'flat', as .*flat.root does"):
        document(GivenFile(files["flat"], "background", 1.0), GivenFile(other, "signal", 1.0))


def test_simulation_is_not_called_data(files, tmp_path):
    path = tmp_path / "data.root"
    path.write_bytes(files["flat"].read_bytes())
    with pytest.raises(WollemiError, match=r"data.root: is simulation, but called data"):
        document(GivenFile(path, "background", 1.0))
