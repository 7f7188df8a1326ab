"""What a verdict says of the work that is to be done again."""

import pytest

from wollemi.provenance.chain import LEFT_OVER, STALE, Chain, Job, Reason
from wollemi.provenance.report import report_text

OTHER = Reason(STALE, "settings", "skim", "the setting 'skim' has changed")
THROUGH = Reason(STALE, "through", "results/run/events/a.parquet", "through events/a.parquet")
JOBS = {
    "skim_events/a_0": OTHER,
    "skim_events/b_0": OTHER,
    "fill_histograms/a_0": THROUGH,
    "fit_model": THROUGH,
    "write_site": THROUGH,
    "fetch_dataset/a": None,
    "draw_pseudodata/old": Reason(STALE, LEFT_OVER, "x", "another job makes its products"),
}
CPU_S = {"skim_events/a_0": 200.0, "skim_events/b_0": 120.4, "fill_histograms/a_0": 30.0}
CPU_S |= {"fit_model": 2.6, "write_site": 1.0, "fetch_dataset/a": 900, "draw_pseudodata/old": 500}


def cost_lines(jobs, cpu_s):
    """The lines on the jobs that run again."""
    made = {}
    for name, reason in jobs.items():
        record = f"results/run/records/{name}.json"
        content = {"inputs": {}, "outputs": {f"results/run/{name}": "0"}}
        made[record] = Job(record, content, (reason,) if reason else ())
    lines = report_text(Chain("results/run", made, (), ()), None, cpu_s).splitlines()
    return [line for line in lines if "run again" in line]


def test_the_time_that_stale_jobs_took_is_told_beforehand():
    """200 + 120.4 + 30 + 2.6 + 1 = 354 s; what stays, and what another job replaces, does not."""
    assert cost_lines(JOBS, CPU_S) == [
        "5 jobs run again; they took 6 min of CPU time when they last ran: skim_events 5 min, "
        "fill_histograms 30 s, fit_model 3 s"
    ]


def test_jobs_whose_logs_are_gone_are_counted():
    assert cost_lines(JOBS, {"skim_events/a_0": 12.0, "fit_model": 3.0}) == [
        "5 jobs run again; they took 15 s of CPU time when they last ran (2 of them are known): "
        "skim_events 12 s, fit_model 3 s"
    ]


@pytest.mark.parametrize(("jobs", "cpu_s"), [(JOBS, {}), ({"fit_model": None}, CPU_S)])
def test_nothing_is_told_of_nothing(jobs, cpu_s):
    assert cost_lines(jobs, cpu_s) == []
