"""The submission to HEPData of a finished run of the tiny analysis, in the working folder."""

from pathlib import Path

from support.products.inputs import read_products
from support.tiny.steps import run_step

RESULTS = Path("results/tiny")
SUBMISSION = RESULTS / "hepdata/submission.tar.gz"


def write(submission: Path = SUBMISSION) -> int:
    """Run the program on the finished run."""
    products = read_products("write_hepdata", f"{RESULTS}/")
    return run_step(
        "write_hepdata",
        cutflows=[
            RESULTS / f"cutflow/{name}.json"
            for name in ("data", "dy_low", "dy_high", "signal_200", "signal_300")
        ],
        histograms=[RESULTS / "histograms/data.json"],
        cls=RESULTS / "likelihood/cls.json",
        likelihood=sorted((RESULTS / "likelihood").iterdir()),
        plots=sorted((RESULTS / "plots").glob("*.png")),
        submission=submission,
        record=RESULTS / "records/write_hepdata.json",
        **products,
    )
