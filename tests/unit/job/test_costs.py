import csv
import os
import re
import subprocess
import sys
import time
from itertools import combinations
from xml.etree import ElementTree

import pytest
from support.project.paths import ROOT

from wollemi.job.costs import Cost, cost_line, costs_page, costs_table, read_costs, write_costs

JOBS = [
    Cost("skim_events/dy_0", 100.0, 2.0, 1.5, 200, 3.0, 0.5, 4000),
    Cost("skim_events/top_0", 101.0, 3.0, 2.5, 300, 3.0, 0.5, 8000),
    Cost("fit_model", 104.5, 0.25, 0.5, 100, None, None, None),
]


def log_of(folder, name, text):
    path = folder / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_log_tells_what_its_process_has_cost(tmp_path):
    begin = time.time()
    log_of(tmp_path, "fit_model", f"INFO fitted\nDEBUG {cost_line()}\n")
    log_of(tmp_path, "skim_events/dy_0", f"DEBUG {cost_line(123)}\n")
    log_of(tmp_path, "skim_events/dy_1", f"DEBUG {cost_line(123, 1.5e-6)}\n")
    log_of(tmp_path, "plot_fit", "INFO it goes on\n")
    log_of(tmp_path, "old", "DEBUG 0.2 s wall, 0.3 s CPU, 199 MB peak memory\n")
    costs = {cost.job: cost for cost in read_costs(tmp_path)}
    assert set(costs) == {"fit_model", "skim_events/dy_0", "skim_events/dy_1"}
    for cost in costs.values():
        assert cost.started + cost.wall == pytest.approx(begin, abs=1)
        assert cost.cpu > 0.1  # pytest has been imported
        assert cost.memory > 10
    assert costs["skim_events/dy_0"].events == 123
    assert costs["skim_events/dy_1"].event_time == 1.5e-6
    assert costs["skim_events/dy_0"].event_time is None
    assert costs["fit_model"].events is costs["fit_model"].events_per_s is None


def test_memory_is_that_of_the_process_itself():
    """Not that of the one which started it."""
    held = bytearray(300_000_000)
    program = "from wollemi.job.costs import cost_line; print(cost_line())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(held) == 300_000_000
    assert 5 < int(re.search(r"(\d+) MB peak", done.stdout)[1]) < 150


def test_bytes_count(tmp_path):
    def of(line):
        log_of(tmp_path, "step", f"DEBUG {line}\n")
        return read_costs(tmp_path)[0]

    before = of(cost_line())
    if before.read is None:
        pytest.skip("this system does not count bytes")
    (tmp_path / "large").write_bytes(bytes(20_000_000))
    (tmp_path / "large").read_bytes()
    after = of(cost_line())
    assert after.read - before.read == pytest.approx(20, abs=2)
    assert after.written - before.written == pytest.approx(20, abs=2)


def test_the_table_has_each_job(tmp_path):
    first, second, third = csv.DictReader(costs_table(JOBS).splitlines())
    assert first["job"] == "skim_events/dy_0"
    assert first["started"] == "1970-01-01T00:01:40.000000Z"
    assert (float(first["wall_s"]), float(first["cpu_s"]), first["events"]) == (2, 1.5, "4000")
    assert (first["events_per_s"], second["events_per_s"]) == ("2000", "2667")
    assert third["events_per_s"] == third["read_mb"] == third["events"] == ""


def test_the_page_shows_every_job_in_a_lane_of_its_own():
    page = costs_page("my<run>", JOBS)
    assert "my&lt;run&gt;" in page
    tree = ElementTree.fromstring(re.search(r"<svg.*</svg>", page, re.DOTALL)[0])
    bars = [
        (float(bar.get("x")), float(bar.get("width")), bar.get("y")) for bar in tree.iter("rect")
    ]
    assert len(bars) == 3
    for (x, width, lane), (other, other_width, other_lane) in combinations(bars, 2):
        assert lane != other_lane or x + width <= other + 0.11 or other + other_width <= x + 0.11
    assert bars[0][1] / bars[1][1] == pytest.approx(2 / 3, abs=0.01)
    assert re.findall(r"</span>(\w+)</th>", page) == ["skim_events", "fit_model"]
    assert "4.5 s CPU" not in page
    assert "with 4 s of CPU time" in page  # 1.5 + 2.5 + 0.5, rounded to even


def test_only_jobs_of_this_run_are_on_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log_of(tmp_path / "results/tiny/logs", "fit_model", f"DEBUG {cost_line()}\n")
    assert write_costs("tiny", time.time() + 10) == ""
    assert not (tmp_path / "results/tiny/logs/costs.html").exists()
    assert write_costs("tiny", 0.0).endswith("results/tiny/logs/costs.html")
    assert "fit_model" in (tmp_path / "results/tiny/logs/costs.html").read_text()
    assert write_costs("none", 0.0) == ""


def test_a_run_goes_on_where_the_page_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "results/tiny/logs"
    log_of(logs, "fit_model", f"DEBUG {cost_line()}\n")
    (logs / "costs.html").mkdir()
    assert write_costs("tiny", 0.0) == ""
