"""Memory that a program has freed, for its next array."""

import ctypes

# Parameters of glibc's mallopt (malloc.h), and their largest values; versions before 2.35 take no
# larger block than 32 MB.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST, LARGEST_BEFORE = 2**31 - 1, 2**25


def keep_freed_memory() -> None:
    """Keep large freed blocks for the next ones of this process, where the C library can.

    By default glibc gives large blocks back to the system, which hands them out again page by page,
    each filled with zeros. A loop over batches of events frees and asks for arrays of the same
    sizes each time: a tenth of the time of a whole skim. The peak stays the same.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, LARGEST)
        _ = mallopt(M_MMAP_THRESHOLD, LARGEST) or mallopt(M_MMAP_THRESHOLD, LARGEST_BEFORE)
