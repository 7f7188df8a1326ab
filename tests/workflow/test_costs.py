"""A finished run tells where its time went."""

import csv


def test_each_job_of_a_run_is_in_the_table(finished):
    logs = finished / "results/tiny/logs"
    names = {path.relative_to(logs).with_suffix("").as_posix() for path in logs.rglob("*.log")}
    rows = list(csv.DictReader((logs / "costs.csv").read_text().splitlines()))
    assert {row["job"] for row in rows} == names
    assert all(float(row["wall_s"]) > 0 and float(row["memory_mb"]) > 10 for row in rows)
    steps = {row["job"].partition("/")[0] for row in rows if row["events"]}
    assert (
        {"skim_events", "fill_histograms"}
        <= steps
        <= {"generate_events", "skim_events", "fill_histograms"}
    )
    page = (logs / "costs.html").read_text()
    assert page.count("<rect") == len(rows)
