"""The steps of both CI templates of `wollemi new`, as GitHub and GitLab run them, on a branch that
differs from the main one. A stand-in for `uv` says what `wollemi` says; the slow test of
`wollemi new` runs `ci/check` for real.
"""

import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
import yaml
from support.project.paths import ROOT

from wollemi.base.templates import render_text

TEMPLATES = {
    "check": "ci/check",
    "github.yml": ".github/workflows/analysis.yml",
    "gitlab-ci.yml": ".gitlab-ci.yml",
}
TABLE = "| what | then | now | change |\n| --- | --- | --- | --- |\n| limit | 1 | 2 | +100 % |\n"
UV = f"""#!/bin/sh
echo "$PWD uv $* store=${{WOLLEMI_STORE:-}}" >> "$CALLS"
case "$*" in
"run wollemi compare "*)
    printf '%s\\n' '{TABLE}' 'Compared with main: digests' 'further lines'
    echo page > changes.html
    exit 1 ;;
esac
"""
# What is not there, and what it is called with, `gh` with the comment.
PIP = '#!/bin/sh\necho "pip $*" >> "$CALLS"\n'
GH = '#!/bin/sh\necho "gh $* token=$GH_TOKEN" >> "$CALLS"\ncat comment.md > "$CALLS.comment"\n'
LABELS = "contains(github.event.pull_request.labels.*.name, 'full run') && 'off' || ''"
PAGE = "https://example.org/changes"
# Actions of GitHub with their required inputs.
ACTIONS = {
    "actions/checkout@v4": {"fetch-depth"},
    "actions/setup-python@v5": {"python-version"},
    "actions/cache@v4": {"path", "key", "restore-keys"},
    "actions/upload-artifact@v4": {"name", "path"},
}


class Repository:
    """A repository of `wollemi new` whose branch `cut` is checked out, with a remote `origin`."""

    def __init__(self, folder):
        self.folder, self.calls, tools = folder / "own", folder / "calls", folder / "tools"
        for template, name in TEMPLATES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            source = ROOT / f"workflow/new/{template}.j2"
            path.write_text(render_text(source, name="own", title="My *search*"))
        tools.mkdir()
        for name, text in {"uv": UV, "pip": PIP, "gh": GH}.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
        self.variables = os.environ | dict.fromkeys(names, "student")
        self.variables |= {"CALLS": str(self.calls), "PATH": f"{tools}:{os.environ['PATH']}"}
        self.variables.pop("WOLLEMI_STORE", None)
        self.run("git init --quiet --initial-branch main && git add . && git commit --quiet -m One")
        self.run(f"git clone --quiet --bare . {folder / 'origin.git'}")
        self.run(f"git remote add origin {folder / 'origin.git'} && git fetch --quiet origin")
        self.run("git checkout --quiet -b cut && touch new && git add new && git commit -qm Two")

    def run(self, text, **variables):
        """Run a script as GitHub runs one without a `shell`, and GitLab with its `pipefail`."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def content(self, name):
        return yaml.safe_load((self.folder / name).read_text())


@pytest.fixture
def own(tmp_path):
    return Repository(tmp_path)


def filled(text, values):
    """A text with the expressions of GitHub that are known; another one is an error."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: values[found[1]], str(text))


def run_github(own, event, label):
    """Run the steps of the job one after the other."""
    values = {
        "github.sha": "abc",
        "github.token": "secret",
        "github.event.number": "7",
        "steps.page.outputs.artifact-url": PAGE,
        LABELS: "off" if label else "",
    }
    (job,) = own.content(".github/workflows/analysis.yml")["jobs"].values()
    for step in job["steps"]:
        if "if" in step:
            assert step["if"] == "github.event_name == 'pull_request'"
            if event != "pull_request":
                continue
        if "uses" in step:
            assert ACTIONS[step["uses"]] <= step["with"].keys()
            [filled(value, values) for value in step["with"].values()]
        else:
            variables = {name: filled(text, values) for name, text in step.get("env", {}).items()}
            own.run(filled(step["run"], values), **variables)
    return own.calls.read_text()


@pytest.mark.parametrize("label", [False, True])
def test_a_pull_request_on_github(own, label):
    calls = run_github(own, "pull_request", label)
    store = "off" if label else f"{own.folder}/.wollemi/store"
    assert calls.startswith("pip install uv\n")
    assert f"{own.folder} uv run wollemi check own store={store}\n" in calls
    assert calls.count(f"uv run wollemi run own store={store}\n") == 2, "both branches"
    assert "gh pr comment 7 --edit-last --create-if-none --body-file comment.md token=sec" in calls
    comment = own.calls.with_suffix(".comment").read_text()
    assert comment == f"## My \\*search\\*\n{TABLE}\n\n[The plots of both]({PAGE})\n"


def test_a_push_to_the_main_branch_on_github(own):
    """Nothing to compare with, and nobody to tell."""
    own.run("git checkout --quiet main")
    calls = run_github(own, "push", label=False)
    assert calls.count("uv run wollemi run own") == 1
    assert "gh " not in calls
    assert "Nothing differs from the main branch." in (own.folder / "comment.md").read_text()


@pytest.fixture
def notes():
    """Posts to a server, as it got them: path, token and text."""
    found = []

    class Notes(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.append((self.path, self.headers["PRIVATE-TOKEN"], parse_qs(body)["body"][0]))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.append(f"http://127.0.0.1:{server.server_address[1]}/api/v4")
    yield found
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("token", ["", "secret"])
def test_a_merge_request_on_gitlab(own, notes, token):
    job = own.content(".gitlab-ci.yml")["analysis"]
    given = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_JOB_URL": "https://example.org/jobs/1",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_PROJECT_ID": "42",
        "CI_API_V4_URL": notes.pop(),
        "GITLAB_TOKEN": token,
    }
    own_variables = {
        name: str(text).replace("$CI_DEFAULT_BRANCH", "main")
        for name, text in job["variables"].items()
    }
    own.run("\n".join(job["script"]), **given, **own_variables)
    assert "uv run wollemi compare main=" in own.calls.read_text()
    page = "https://example.org/jobs/1/artifacts/file/changes.html"
    comment = f"## My \\*search\\*\n{TABLE}\n\n[The plots of both]({page})\n"
    assert (own.folder / "comment.md").read_text() == comment
    expected = ("/api/v4/projects/42/merge_requests/7/notes", "secret", comment)
    assert notes == ([expected] if token else [])
    for path in ("comment.md", "changes.html"):
        assert path in job["artifacts"]["paths"]
        assert (own.folder / path).is_file()


@pytest.mark.parametrize(
    ("labels", "everything"),
    [("full run", True), ("a,full run,b", True), ("no full run", False), ("", False)],
)
def test_the_label_of_gitlab(own, labels, everything):
    """GitLab evaluates the rules itself; the pattern is one of theirs and of Python."""
    first, *_ = own.content(".gitlab-ci.yml")["analysis"]["rules"]
    assert first["variables"] == {"WOLLEMI_STORE": "off"}
    pattern = re.search(r"=~ /(.*)/$", first["if"])[1]
    assert bool(re.search(pattern, labels)) == everything
