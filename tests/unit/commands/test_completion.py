"""Names that bash and zsh complete, in the shells themselves."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.project.paths import ROOT

ANALYSIS = """
lists: {flavor: [ee, mumu]}
defaults: {regions: {role: validation}}
datasets: {dy_low: {}, dy_high: {}, data: {}}
samples: {dy: {}, data: {}}
systematics: {pileup: {}, muon_scale: {}}
columns: {dimuon_mass: x}
variables: {mass: {}, mt: {}}
regions: {"signal_{flavor}": {}, control: {}}
"""
# As each shell calls it at the Tab key: with the words so far, of which the last one is incomplete.
BASH = """
eval "$(_WOLLEMI_COMPLETE=bash_source wollemi)"
complete -p wollemi > /dev/null
COMP_WORDS=({words}) COMP_CWORD={last}
_wollemi_completion wollemi 2> /dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ registered="$*" }}
compadd() {{ print -l -- $completions }}
_path_files() {{ : }}
eval "$(_WOLLEMI_COMPLETE=zsh_source wollemi)"
[[ $registered == "_wollemi_completion wollemi" ]] || exit 1
words=({words}) CURRENT={last}+1
_wollemi_completion
"""
SHELLS = {"bash": ["bash", "--norc", "-c"], "zsh": ["zsh", "-f", "-c"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, of an analysis `own` and another one that is half written; and the
    command `wollemi`.
    """
    for name, text in {"own": ANALYSIS, "broken": "regions: {a: [\n", "other": "name: x\n"}.items():
        path = tmp_path / f"config/analyses/{name}/analysis.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "results/own/tables").mkdir(parents=True)
    for name in ("limits", "yields", "yields_search"):
        (tmp_path / f"results/own/tables/{name}.md").touch()
    program = tmp_path / "bin/wollemi"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nfrom wollemi.commands.main import main\nmain(prog_name='wollemi')\n"
    )
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    return Path.cwd()


def completed(shell, *words):
    """What a shell offers in the place of the last word."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    script = {"bash": BASH, "zsh": ZSH}[shell]
    text = script.format(words=shlex.join(["wollemi", *words]), last=len(words))
    done = subprocess.run([*SHELLS[shell], text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.usefixtures("folder")
def test_a_shell_completes_names(shell):
    assert completed(shell, "run", "o") == ["other", "own"]
    assert completed(shell, "events", "own", "signal") == ["signal_ee", "signal_mumu"]
    assert completed(shell, "events", "own", "control", "--variable", "m") == ["mass", "mt"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("draw zee_g", ["zee_generated"]),
        ("draw own dimuon", ["dimuon_mass"]),
        ("draw own mass --region c", ["control"]),
        ("draw --analysis own dy_", ["dy_low", "dy_high"]),
        ("bins own control signal_m", ["signal_mumu"]),
        ("tabulate own x.root --regions control s", ["signal_ee", "signal_mumu"]),
        ("tabulate own x.root --regions control --systematics p", ["pileup"]),
        ("tabulate own x.root --values m", ["mass", "mt"]),
        ("closure own x.root --samples d", ["dy", "data"]),
        ("export own x.root --events --systematics p", ["pileup"]),
        ("show own yields", ["yields", "yields_search"]),
        ("explore b", ["broken"]),
        ("events broken ", []),
        ("events nothing ", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_names_of_an_analysis(words, names):
    assert completed("bash", *words.split(" ")) == names


@pytest.mark.usefixtures("folder")
def test_a_source_is_also_a_file():
    """The shell lists files itself, where no name begins so."""
    context = {"COMP_WORDS": "wollemi draw x.ro", "COMP_CWORD": "2"}
    done = subprocess.run(
        ["wollemi"],
        env=os.environ | context | {"_WOLLEMI_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["file,x.ro"]
