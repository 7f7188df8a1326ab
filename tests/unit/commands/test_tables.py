"""`wollemi show` and `wollemi refit`: numbers of a finished run in the terminal."""

import json
import re
from pathlib import Path

import pyhf
import pytest
from click.testing import CliRunner

from wollemi.commands.main import main


@pytest.fixture(autouse=True)
def run(finished, monkeypatch):
    monkeypatch.chdir(finished)


def wollemi(*arguments):
    done = CliRunner().invoke(main, arguments)
    assert "Traceback" not in done.output
    return done


def test_tables_are_named_and_shown():
    names = wollemi("show", "tiny").output.split()
    assert {"limits", "yields", "parameters"} <= set(names)
    for name in names:
        for option, suffix in (([], "md"), (["--latex"], "tex")):
            done = wollemi("show", "tiny", name, *option)
            assert done.exit_code == 0
            assert done.output == Path(f"results/tiny/tables/{name}.{suffix}").read_text()


def test_a_fit_with_a_parameter_held_is_pyhf_s():
    """The other parameters, at µ = 0 in the model of a signal; the errors differ in method."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4))
    workspace = pyhf.Workspace(
        json.loads(Path("results/tiny/workspaces/signal_200.json").read_text())
    )
    model = workspace.model()
    expected = pyhf.infer.mle.fixed_poi_fit(0.0, workspace.data(model), model)
    done = wollemi("refit", "tiny", "mu=0", "--signal", "signal_200")
    assert done.exit_code == 0, done.output
    assert re.search(r"^mu +0 \(held\) ", done.output, re.MULTILINE)
    luminosity = re.search(r"^luminosity +(\S+) ± (\S+) ", done.output, re.MULTILINE)
    value, error = (float(text.replace("−", "-")) for text in luminosity.groups())
    # Two digits of the error are printed.
    place = model.config.par_slice("luminosity").start
    assert value == pytest.approx(float(expected[place]), abs=0.02 * error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "tiny", "limit"], "there is no table 'limit'; did you mean 'limits'?"),
        (["show", "tinny"], "no results of 'tinny'; did you mean 'tiny'?"),
        (["refit", "tiny", "mu"], "'mu' is not PARAMETER=VALUE"),
        (["refit", "tiny", "mu=nan"], "'mu=nan' is not PARAMETER=VALUE"),
        (["refit", "tiny", "mu=0", "mu=1"], "mu=0 mu=1: holds a parameter twice"),
        (["refit", "tiny", "signal=0", "--signal", "signal_200"], "'signal' is not there"),
        (["refit", "tiny", "self=0", "--signal", "signal_200"], "'self' is not there"),
        (["refit", "tiny", "mu=0", "--signal", "signal_20"], "did you mean 'signal_200'?"),
        (["refit", "tiny", "luminosty=0", "--signal", "signal_200"], "did you mean 'luminosity'?"),
    ],
)
def test_a_mistake_has_a_message(arguments, message):
    done = wollemi(*arguments)
    assert done.exit_code == 2
    assert message in done.output
