"""Numbers as they are printed."""

import pytest

from wollemi.base.rounding import percent, significant, significant_float, with_error, with_errors


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.8844, 0.3976, "0.88 ± 0.40"),
        (80.076, 8.4, "80.1 ± 8.4"),
        (1.0, 0.0996, "1.00 ± 0.10"),
        (12345.6, 3456.0, "12,300 ± 3,500"),
        (12.0, 0.996, "12.0 ± 1.0"),
        (-0.258, 0.993, "−0.26 ± 0.99"),
        (-0.0001, 0.99, "0.00 ± 0.99"),
        (1.0, 0.00012, "1.00000 ± 0.00012"),
    ],
)
def test_with_error(value, error, text):
    assert with_error(value, error) == text


def test_with_errors():
    assert with_errors(0.8844, 0.4294, 0.3698) == "0.88 +0.43 −0.37"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.6526, "1.65"),
        (0.99842, "0.998"),
        (0.9996, "1.00"),
        (37183, "37,183"),
        (0.000123, "0.000123"),
        (3e-6, "3.00×10⁻⁶"),
        (-2.5e12, "−2.50×10¹²"),
        (0, "0"),
    ],
)
def test_significant(value, text):
    assert significant(value) == text


def test_rounded_float():
    assert significant_float(0.123456789) == 0.123457
    assert significant_float(123456789.0) == 123457000.0


def test_percent():
    assert percent(0.1834) == "18.3 %"
    assert [percent(share, sign=True) for share in (0.105, -0.105, 0.0)] == [
        "+10.5 %",
        "−10.5 %",
        "+0.0 %",
    ]
    assert percent(0.00102, 2, sign=True) == "+0.10 %"
