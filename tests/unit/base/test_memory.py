"""Memory that was freed is used again."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import sys
import numpy as np
from wollemi.base.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(5_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode):
    """Of small pages alone: how many huge ones an array has depends on where it begins."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, mode],
        env=os.environ | {"NUMPY_MADVISE_HUGEPAGE": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_pages_are_kept():
    assert page_faults("keep") < page_faults("default") / 4
