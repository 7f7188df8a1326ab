"""Kernels of linear algebra: symmetric matrices by rows, of which only the upper triangle counts.

`add_rows` does all the work, which LLVM turns into vector instructions; tiles keep its rows in the
processor's caches.
"""

from math import sqrt

from wollemi_likelihood.compiler.types import Reals

TILE = 128  # columns
DEPTH = 256  # products
PANEL = 32  # rows of a Cholesky decomposition


def dot(first: Reals, second: Reals, count: int) -> float:
    """Scalar product, Σ first second."""
    total = 0.0
    for i in range(count):
        total += first[i] * second[i]
    return total


def add_scaled(target: Reals, factor: float, row: Reals, count: int) -> None:
    """Add a multiple of a row to another row."""
    for i in range(count):
        target[i] += factor * row[i]


def fill(target: Reals, value: float, count: int) -> None:
    """Set all elements to a value."""
    for i in range(count):
        target[i] = value


def add_rows(
    target: Reals,
    r0: Reals,
    r1: Reals,
    r2: Reals,
    r3: Reals,
    c0: float,
    c1: float,
    c2: float,
    c3: float,
    begin: int,
    end: int,
) -> None:
    """Add multiples of four rows to a row."""
    for j in range(begin, end):
        target[j] += c0 * r0[j] + c1 * r1[j] + c2 * r2[j] + c3 * r3[j]


def add_rows_twice(
    target: Reals,
    other: Reals,
    r0: Reals,
    r1: Reals,
    r2: Reals,
    r3: Reals,
    c0: float,
    c1: float,
    c2: float,
    c3: float,
    d0: float,
    d1: float,
    d2: float,
    d3: float,
    begin: int,
    end: int,
) -> None:
    """Add multiples of four rows to two target rows."""
    for j in range(begin, end):
        v0 = r0[j]
        v1 = r1[j]
        v2 = r2[j]
        v3 = r3[j]
        target[j] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
        other[j] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3


def add_rows_of(
    out: Reals,
    width: int,
    a: Reals,
    left_width: int,
    b: Reals,
    right_width: int,
    sign: float,
    paired: bool,
    first: int,
    end: int,
) -> None:
    """Add four products to one or two rows of a target; see `add_products`."""
    c0 = sign * a[0]
    c1 = sign * a[left_width]
    c2 = sign * a[2 * left_width]
    c3 = sign * a[3 * left_width]
    r1 = b[right_width:]
    r2 = b[2 * right_width :]
    r3 = b[3 * right_width :]
    if paired:
        d0 = sign * a[1]
        d1 = sign * a[left_width + 1]
        d2 = sign * a[2 * left_width + 1]
        d3 = sign * a[3 * left_width + 1]
        other = out[width:]
        add_rows_twice(out, other, b, r1, r2, r3, c0, c1, c2, c3, d0, d1, d2, d3, first, end)
    else:
        add_rows(out, b, r1, r2, r3, c0, c1, c2, c3, first, end)


def add_products(
    target: Reals,
    width: int,
    left: Reals,
    left_width: int,
    right: Reals,
    right_width: int,
    rows: int,
    columns: int,
    count: int,
    sign: float,
) -> None:
    """``target[i, j] += sign Σ_k left[k, i] right[k, j]`` for i ≤ j.

    Args:
        target: Rows of ``width`` elements; elements with j < i may change as well.
        width: Distance between rows of the target.
        left: Left factor, ``count`` rows.
        left_width: Distance between its rows.
        right: Right factor, ``count`` rows.
        right_width: Distance between its rows.
        rows: Number of rows of the target.
        columns: Number of columns of the target.
        count: Number of products per element.
        sign: Sign of the products, 1 or -1.
    """
    for depth in range(0, count, DEPTH):
        last = min(depth + DEPTH, count)
        for begin in range(0, columns, TILE):
            end = min(begin + TILE, columns)
            for i in range(0, min(rows, end), 2):
                first = max(begin, i)
                paired = i + 1 < rows
                out = target[i * width :]
                k = depth
                while k + 3 < last:
                    a = left[k * left_width + i :]
                    b = right[k * right_width :]
                    add_rows_of(out, width, a, left_width, b, right_width, sign, paired, first, end)
                    k += 4
                while k < last:
                    a = left[k * left_width + i :]
                    b = right[k * right_width + first :]
                    add_scaled(out[first:], sign * a[0], b, end - first)
                    if paired:
                        add_scaled(out[width + first :], sign * a[1], b, end - first)
                    k += 1


def decompose(matrix: Reals, size: int, smallest: float) -> bool:
    """Cholesky decomposition A = Uᵀ U in place.

    Args:
        matrix: Positive definite matrix, shape (size, size).
        size: Number of rows.
        smallest: Lower limit of diagonal elements of a positive definite matrix.

    Returns:
        Whether the matrix is positive definite.
    """
    for panel in range(0, size, PANEL):
        end = min(panel + PANEL, size)
        above = matrix[panel:]
        corner = matrix[panel * size + panel :]
        rows = end - panel
        add_products(corner, size, above, size, above, size, rows, size - panel, panel, -1.0)
        for k in range(panel, end):
            row = matrix[k * size :]
            for p in range(panel, k):
                source = matrix[p * size :]
                add_scaled(row[k:], -source[k], source[k:], size - k)
            if not row[k] > smallest:
                return False
            scale = 1.0 / sqrt(row[k])
            for j in range(k, size):
                row[j] = row[j] * scale
    return True


def solve(factor: Reals, size: int, x: Reals) -> None:
    """Solve Uᵀ U x = b in place of b."""
    for i in range(size):
        row = factor[i * size :]
        x[i] = x[i] / row[i]
        add_scaled(x[i + 1 :], -x[i], row[i + 1 :], size - i - 1)
    for n in range(size):
        i = size - 1 - n
        row = factor[i * size :]
        x[i] = (x[i] - dot(row[i + 1 :], x[i + 1 :], size - i - 1)) / row[i]


def invert(factor: Reals, size: int, inverse: Reals) -> None:
    """Invert the triangle U of `decompose`; the lower triangle is 0."""
    for n in range(size):
        i = size - 1 - n
        source = factor[i * size :]
        row = inverse[i * size :]
        fill(row, 0.0, size)
        row[i] = 1.0
        k = i + 1
        while k + 3 < size:
            b = inverse[k * size :]
            add_rows(
                row,
                b,
                b[size:],
                b[2 * size :],
                b[3 * size :],
                -source[k],
                -source[k + 1],
                -source[k + 2],
                -source[k + 3],
                k,
                size,
            )
            k += 4
        while k < size:
            add_scaled(row[k:], -source[k], inverse[k * size + k :], size - k)
            k += 1
        scale = 1.0 / source[i]
        for j in range(i, size):
            row[j] = row[j] * scale


def multiply(matrix: Reals, row: Reals, product: Reals, size: int) -> None:
    """Add the product of a row and a symmetric matrix."""
    k = 0
    while k + 3 < size:
        m = matrix[k * size :]
        c0 = row[k]
        c1 = row[k + 1]
        c2 = row[k + 2]
        c3 = row[k + 3]
        if c0 != 0.0 or c1 != 0.0 or c2 != 0.0 or c3 != 0.0:
            add_rows(product, m, m[size:], m[2 * size :], m[3 * size :], c0, c1, c2, c3, 0, size)
        k += 4
    while k < size:
        add_scaled(product, row[k], matrix[k * size :], size)
        k += 1
