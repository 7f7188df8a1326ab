"""A command of another framework reads what it declares and nothing else, however it tries."""

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.project.interpreters import python_3_8
from support.project.paths import ROOT

from wollemi.job import watched_commands
from wollemi.job.framework_command import Command, command_folder, run_command
from wollemi_likelihood.base.errors import WollemiError

PYTHON = sys.executable
C = textwrap.dedent(
    r"""
    #include <fcntl.h>
    #include <stdio.h>
    #include <unistd.h>
    int main(int count, char **names) {
        char text[16];
        int file = open(names[1], O_RDONLY);
        return read(file, text, 16) > 0 ? 0 : 1;
    }
    """
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project with a script, events and a cut that nobody has declared, and a folder beside it
    with another one.
    """
    project, other = tmp_path / "project", tmp_path / "other"
    for folder in (project / "config", project / "data", other):
        folder.mkdir(parents=True)
    monkeypatch.chdir(project)
    for path in ("config/cut.txt", "../other/cut.txt"):
        Path(path).write_text("30\n")
    for path in ("config/cuts.py", "../other/cuts.py"):
        Path(path).write_text("CUT = 30\n")
    Path("config/script.py").write_text("print(open('given.txt').read())\n")
    Path("config/given.txt").write_text("20\n")
    Path("data/events.root").write_text("events\n")
    Path("data/linked.root").symlink_to("events.root")
    Path("config/program").write_text("#!/bin/sh\necho 30\n")
    Path("config/program").chmod(0o755)
    return project


def run(line, files=("config/script.py", "config/given.txt")):
    """Run lines of a shell, in which {…} are places of files.

    Returns:
        What could not be watched.
    """
    here = Path.cwd()
    text = line.format(here=here, other=here.parent / "other", python=PYTHON)
    lists = {"events": [Path("data/events.root"), Path("data/linked.root")]}
    command = Command("masses", text, [Path(file) for file in files], lists, ["out.txt"])
    with command_folder(command, Path("results/masses")) as folder:
        return run_command(command, folder, lambda _: None)


HIDDEN = {
    "absolute": ("cat {other}/cut.txt", "{other}/cut.txt"),
    "in the project": ("cat {here}/config/cut.txt", "config/cut.txt"),
    "relative": ("cat ../../../config/cut.txt", "config/cut.txt"),
    "relative after cd": ("cd {other}; cat cut.txt", "{other}/cut.txt"),
    "through a link": ("ln -s {other}/cut.txt in.txt; cat in.txt", "{other}/cut.txt"),
    "through a linked folder": ("ln -s {other} in; cat in/cut.txt", "{other}/cut.txt"),
    "through a hard link": ("ln {other}/cut.txt in.txt; cat in.txt", "{other}/cut.txt"),
    "moved": ("mv {other}/cut.txt in.txt; cat in.txt", "{other}/cut.txt"),
    "a folder moved": ("mv {other} in; cat in/cut.txt", "{other}"),
    "copied": ("cp {other}/cut.txt in.txt", "{other}/cut.txt"),
    "a whole folder copied": ("cp -r {other} in", "{other}/cut.txt"),
    "by the shell": ("read cut < {other}/cut.txt", "{other}/cut.txt"),
    "sourced": (". {other}/cut.txt || true", "{other}/cut.txt"),
    "in a pipe": ("cat {other}/cut.txt | sort", "{other}/cut.txt"),
    "in a substitution": ("echo $(<{other}/cut.txt)", "{other}/cut.txt"),
    "of a process": ("cat <(cat {other}/cut.txt)", "{other}/cut.txt"),
    "in the background": ("cat {other}/cut.txt & wait", "{other}/cut.txt"),
    "a grandchild": ("sh -c 'sh -c \"cat {other}/cut.txt\"'", "{other}/cut.txt"),
    "a daemon": ("setsid sh -c 'cat {other}/cut.txt'; wait", "{other}/cut.txt"),
    "a variable": ("export CUT={other}/cut.txt; cat $CUT", "{other}/cut.txt"),
    "put together": ("cat {other}/c\"u\"t.t?t", "{other}/cut.txt"),
    "python": ("{python} -c 'open(\"{other}/cut.txt\")'", "{other}/cut.txt"),
    "python by a folder": (
        "{python} -c 'import os; os.open(\"cut.txt\", 0, dir_fd=os.open(\"{other}\", 0))'",
        "{other}/cut.txt",
    ),
    "python in a thread": (
        "{python} -c 'from threading import Thread as T; T(target=open, "
        "args=(\"{other}/cut.txt\",)).start()'",
        "{other}/cut.txt",
    ),
    "python in processes": (
        "{python} -c 'from multiprocessing import get_context as g; p = "
        "g(\"fork\").Process(target=open, args=(\"{other}/cut.txt\",)); p.start(); p.join()'",
        "{other}/cut.txt",
    ),
    "opened for an update": ("{python} -c 'open(\"{other}/cut.txt\", \"r+\")'", "{other}/cut.txt"),
    "an imported module": ("PYTHONPATH={other} {python} -c 'import cuts'", "{other}/cuts.py"),
    "the neighbor of a script": ("{python} {here}/config/cuts.py", "config/cuts.py"),
    "a module beside a script": (
        "{python} -c 'import sys; sys.path.append(\"{here}/config\"); import cuts'",
        "config/cuts.py",
    ),
    "a program": ("{here}/config/program", "config/program"),
    "another product": ("cat {here}/results/limits.json", "results/limits.json"),
    "shared memory": ("cat /dev/shm/wollemi_cut.txt", "/dev/shm/wollemi_cut.txt"),
    "swallowed": ("cat {other}/cut.txt 2>/dev/null || true", "{other}/cut.txt"),
    "in C": ("{here}/../built {other}/cut.txt", "{other}/cut.txt"),
}  # fmt: skip


@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_read_is_named(place, how):
    line, name = HIDDEN[how]
    (place / "results").mkdir()
    (place / "results/limits.json").write_text("{}")
    made = {}
    if how == "shared memory":
        made = {Path("/dev/shm/wollemi_cut.txt"): "30"}
    if how == "in C":
        if shutil.which("cc") is None:
            pytest.skip("there is no cc")
        subprocess.run(["cc", "-x", "c", "-o", "../built", "-"], input=C, text=True, check=True)
    for path, text in made.items():
        path.write_text(text)
    try:
        with pytest.raises(WollemiError, match="reads files that it does not declare") as error:
            run(line)
    finally:
        for path in made:
            path.unlink()
    named = name.format(here=place, other=place.parent / "other")
    assert f"\n  - {named}" in error.value.problem


def test_a_compiled_module_is_named_by_its_source(place):
    """Python opens only the compiled file, if it is there."""
    subprocess.run([PYTHON, "-m", "compileall", "-q", "../other"], check=True)
    with pytest.raises(WollemiError) as error:
        run("PYTHONPATH={other} {python} -c 'import cuts'")
    assert f"- {place.parent}/other/cuts.py" in error.value.problem
    assert "__pycache__" not in error.value.problem


def test_all_hidden_reads_are_named_at_once(place):
    with pytest.raises(WollemiError) as error:
        run("cat {other}/cut.txt {here}/config/cut.txt {here}/config/cuts.py")
    assert error.value.problem.count("\n  - ") == 3


LEGAL = {
    "its copies": "cat script.py given.txt",
    "the files where they are": "cat {here}/config/given.txt",
    "its datasets": "xargs cat < events.txt",
    "a link to a declared file": "cat {here}/data/linked.root",
    "the target of a declared link": "cat {here}/data/events.root",
    "a script": "{python} script.py",
    "packages": "{python} -c 'import numpy'",
    "the system": "cat /etc/passwd /proc/self/status /proc/cpuinfo > /dev/null; ls /usr/lib",
    "files that are not there": "cat {other}/missing.txt || true; test -e {here}/config/cut.txt",
    "a list of files": "ls {other} {here}/config",
    "its own files": "echo 1 > a.txt; mv a.txt b.txt; mkdir -p in; cp b.txt in; cat in/b.txt",
    "a temporary file": "f=$(mktemp); echo 1 > $f; cat $f; mv $f $f.2; cat $f.2; rm $f.2",
    "a temporary folder": "d=$(mktemp -d); echo 1 > $d/a; mv $d $d.2; cat $d.2/a; rm -r $d.2",
    "a written file": "echo 1 > {other}/new.txt; cat {other}/new.txt",
    "an overwritten file": "echo 1 > {other}/cut.txt; cat {other}/cut.txt",
    "an appended file": "echo 1 >> {other}/cut.txt",
    "a program of its own": "printf '#!/bin/sh\\necho 1\\n' > a.sh; chmod +x a.sh; ./a.sh",
    "pipes": "cat <(cat given.txt) | tee >(cat) | cat /dev/stdin",
    "semaphores and pools": (
        "{python} -c 'from multiprocessing import Pool; Pool(2).map(abs, [1, -1])'"
    ),
    "shared memory": (
        "{python} -c 'from multiprocessing.shared_memory import SharedMemory as S; "
        "s = S(create=True, size=9); S(s.name); s.unlink()'"
    ),
    "settings of the home": "cat ~/.settings",
    "this machine's own sockets": (
        '{python} -c \'import socket; s = socket.create_server(("127.0.0.1", 0)); '
        "socket.create_connection(s.getsockname())'"
    ),
}


@pytest.mark.parametrize("how", LEGAL)
def test_what_a_command_may_read(place, tmp_path, monkeypatch, how):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".settings").write_text("1")
    monkeypatch.setenv("HOME", str(home))
    assert run(LEGAL[how]) == []


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
@pytest.mark.parametrize("folder", ["../environment", ".snakemake/conda/1"])
def test_an_environment_is_software(place, folder, marker):
    """By its own path, outside of the search path; or in the project, where Snakemake makes it."""
    library = Path(folder, "lib/python3.12/site-packages/framework.py")
    for path in (library, Path(folder, marker)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert run(f"cat {library.resolve()}") == []


def test_the_search_path_names_software(place, monkeypatch):
    """The installation around its `bin`; but never what contains the project or the home."""
    for name in ("root/bin/root", "root/lib/libCore.so", "root/etc/system.rootrc"):
        path = place.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    path = f"{os.environ['PATH']}:{place.parent}/root/bin:{place.parent}/bin:{place}/config"
    monkeypatch.setenv("PATH", path)
    assert run("cat {here}/../root/etc/system.rootrc") == []
    for line in ("cat {other}/cut.txt", "cat {here}/config/cut.txt", "program"):
        with pytest.raises(WollemiError, match="does not declare"):
            run(line)


def test_what_comes_over_the_network_is_said(place):
    """An address that is never used (RFC 5737)."""
    line = (
        "{python} -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        's.connect(("192.0.2.1", 443))\' || true'
    )
    assert run(line) == ["what it got over the network"]


def test_a_container_that_it_starts_is_said(place):
    if subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("there are no namespaces for users here")
    assert run("unshare -Urm cat {other}/cut.txt") == ["a container that it starts"]


def test_where_nothing_can_be_watched_the_command_runs_and_it_is_said(place, monkeypatch):
    monkeypatch.setattr(watched_commands.platform, "machine", lambda: "riscv64")
    (said,) = run("cat {other}/cut.txt")
    assert said == "what it read, as files cannot be watched here (linux on riscv64)"


def test_where_the_kernel_refuses_the_filter_it_is_said(place, monkeypatch):
    """A system call that does not exist gives the same answer as an old kernel."""
    machine = watched_commands.platform.machine()
    audit, _, calls = watched_commands._CALLS[machine]
    monkeypatch.setitem(watched_commands._CALLS, machine, (audit, 100_000, calls))
    (said,) = run("cat {other}/cut.txt")
    assert said == ("what it read, as files cannot be watched here (Function not implemented)")


def test_a_failed_command_keeps_its_message(place):
    with pytest.raises(WollemiError, match="failed with exit code 3"):
        run("cat {other}/cut.txt; exit 3")


def test_it_works_in_python_3_8(place):
    """As in an image of another framework, without packages."""
    python = python_3_8()
    if python is None:
        pytest.skip("there is no python3.8")
    text = textwrap.dedent(
        f"""
        import json, sys
        sys.path.insert(0, {str(ROOT / "scripts")!r})
        from pathlib import Path
        from wollemi.job.framework_command import Command, command_folder, run_command
        command = Command("masses", sys.argv[1], [], {{}}, [])
        with command_folder(command, Path("results")) as folder:
            try:
                found = run_command(command, folder, print)
            except Exception as error:
                found = str(error)
        print(json.dumps(found))
        """
    )

    def said(line):
        done = subprocess.run(
            [python, "-S", "-c", text, line], check=True, capture_output=True, text=True
        )
        return json.loads(done.stdout.splitlines()[-1])

    assert said("cat /etc/passwd > /dev/null") == []
    assert "../other/cut.txt" not in said("ls ../../other")
    assert f"- {place.parent}/other/cut.txt" in said("cat ../../../other/cut.txt")


def test_a_connection_by_name(place):
    """A look-up of a name is not a read."""
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert run("{python} -c 'import socket; socket.getaddrinfo(\"localhost\", 0)'") == []
