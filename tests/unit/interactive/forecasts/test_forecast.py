"""Costs extrapolated from a preview whose jobs have a known start and a known time per event."""

import pytest

from wollemi.job.costs import Cost
from wollemi_interactive.forecasts.forecast import SPREAD, dataset_of, forecast, growths, what

START, RATE = 0.5, 2e-6  # seconds, and seconds per event


def cost(job, events=None, each=None, cpu=None):
    spent = START + RATE * (events or 0) if cpu is None else cpu
    return Cost(job, 0.0, 2 * spent, spent, 200, 1.0, 1e-6 * (events or 0), events, each)


def parts(name, entries, *stops):
    ranges = [[{"path": "f.root", "start": 0, "stop": stop}] for stop in stops]
    return {"dataset": name, "entries": entries, "parts": ranges, "preview": True}


@pytest.mark.parametrize("each", [None, RATE])
@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("total", [600_000, 6_000_000, 10**9])
def test_a_preview_is_scaled_to_the_dataset(total, pieces, each):
    """For any division into jobs, with a logged time per event or without."""
    preview = [cost("skim_events/dy_a_0", 600_000, each), cost("skim_events/top_0", 0)]
    jobs = [f"skim_events/dy_a_{number}" for number in range(pieces)]
    growth = growths([parts("dy_a", total, 600_000)], {})
    expected, unknown = forecast(jobs, preview, growth)
    assert unknown == []
    assert sum(job.cpu for job in expected) == pytest.approx(pieces * START + RATE * total)
    assert sum(job.wall for job in expected) == pytest.approx(2 * sum(job.cpu for job in expected))
    assert sum(job.written for job in expected) == pytest.approx(total / 1e6)
    assert not any(job.is_unclear for job in expected)


def test_fluctuations_between_equal_jobs_are_not_scaled():
    preview = [cost("skim_events/dy_0", 1000, cpu=START + 0.9 * SPREAD), cost("skim_events/top_0")]
    growth = growths([parts("dy", 10**6, 1000)], {})
    (job,), _ = forecast(["skim_events/dy_0"], preview, growth)
    assert job.cpu == START
    assert job.is_unclear


def test_a_single_job_on_few_events_is_uncertain():
    """Its events are scaled, its start is not, and histograms do not grow."""
    preview = [cost("process_events/dy_0", 100_000, RATE)]
    growth = growths([parts("dy", 10**7, 100_000)], {})
    (job,), _ = forecast(["process_events/dy_0"], preview, growth)
    assert job.cpu == pytest.approx(START + RATE * 10**7)
    assert job.written == preview[0].written
    assert job.is_unclear


def test_a_new_job_costs_the_mean_of_its_program_and_a_new_program_is_not_estimated():
    preview = [cost("merge_parts/dy", cpu=1.0), cost("merge_parts/top", cpu=2.0)]
    (job,), unknown = forecast(["merge_parts/new", "write_tables"], preview, {})
    assert (job.cpu, unknown) == (1.5, ["write_tables"])


def test_events_that_are_generated_grow_to_their_declared_number():
    """The file of a preview has only the events of the preview."""
    assert growths([parts("z", 1000, 600, 400)], {"z": 5000}) == {"z": 5}


def test_a_dataset_that_a_preview_reads_whole_does_not_grow():
    whole = parts("z", None, None)
    assert growths([whole], {}) == {}
    (job,), _ = forecast(["fill_histograms/z_0"], [cost("fill_histograms/z_0", 10**6)], {})
    assert job.cpu == pytest.approx(START + RATE * 10**6)


@pytest.mark.parametrize(
    ("job", "dataset", "named"),
    [
        ("skim_events/dy_low_12", "dy_low", "skim_events dy_low"),
        ("merge_parts/dy_12", "dy_12", "merge_parts dy_12"),
        ("fit_model", "", "fit_model"),
    ],
)
def test_a_job_is_named_by_program_and_dataset(job, dataset, named):
    assert (dataset_of(job), what(job)) == (dataset, named)
