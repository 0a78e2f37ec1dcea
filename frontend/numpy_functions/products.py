"""Products of vectors, matrices and tensors."""

from __future__ import annotations

import functools
import string
from collections.abc import Sequence
from typing import Any

import numpy

from ...dialects import arrays
from .. import ops, tracing
from ..ops import BOOL, INT64, lift
from ..tracing import GENERALIZED, Array, constant
from ..user_code import as_python, located
from .elementwise import truth
from .registration import UFUNC_RULES, find, implements

np: Any = numpy  # its type stubs know no traced arrays


def _product_dtype(kind: numpy.ufunc, a: Any, b: Any) -> numpy.dtype:
    if arrays.bfloat16 in (kinds := (ops.dtype_of(a), ops.dtype_of(b))):
        return ops.promote(*kinds)  # NumPy's products of bfloat16 are float32
    return tracing.resolved_dtypes(kind, kinds, None)[0]


def _contract(spec: str, xs: Sequence[Array]) -> Array:
    """An einsum. For bools, it counts and then compares with 0."""
    if xs[0].dtype == BOOL:
        return truth(ops.einsum(spec, [ops.cast(x, INT64) for x in xs]))
    return ops.einsum(spec, xs)


def contract(subscripts: str, xs: Sequence[Array]) -> Array:
    """
    An einsum with NumPy's broadcasting: a letter of size 1 goes with any size. The einsum leaves
    the letter out of the operand with size 1.
    """
    inputs, output = subscripts.split("->")
    words = inputs.split(",")
    sizes: dict[str, int] = {}
    for word, x in zip(words, xs):
        if len(word) != x.ndim:
            raise located(
                ValueError,
                f'einsum operand of shape {x.shape} has {len(word)} subscripts, "{word}"',
            )
        for letter, n in zip(word, x.shape):
            if n != 1 and sizes.setdefault(letter, n) not in (1, n):
                raise located(
                    ValueError, f"einsum subscript '{letter}' has sizes {sizes[letter]} and {n}"
                )
            sizes[letter] = n if n != 1 else sizes.get(letter, 1)
    kept_words, kept = [], []
    for word, x in zip(words, xs):
        used = [i for i, letter in enumerate(word) if x.shape[i] == sizes[letter]]
        kept_words.append("".join(word[i] for i in used))
        kept.append(ops.reshape(x, [x.shape[i] for i in used]))
    return _contract(f"{','.join(kept_words)}->{output}", kept)


def matmul(a, b, dtype=None, **options):
    """Products of matrices in the last two dimensions. A vector counts as a row or a column."""
    _refuse("matmul", options)
    a, b = lift(a), lift(b)
    if not a.ndim or not b.ndim:
        raise located(ValueError, "matmul: an operand has no dimensions")
    kind = _product_dtype(np.matmul, a, b) if dtype is None else np.dtype(dtype)
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise located(
            ValueError,
            f"matmul: shapes {a.shape} and {b.shape} do not fit: {a.shape[-1]} columns, "
            f"{b.shape[-2 if b.ndim > 1 else 0]} rows",
        )
    left = "ij" if a.ndim > 1 else "j"
    right = "jk" if b.ndim > 1 else "j"
    return _batched(
        left,
        right,
        left.replace("j", "") + right.replace("j", ""),
        ops.cast(a, kind),
        ops.cast(b, kind),
    )


def _batched(left: str, right: str, output: str, a: Array, b: Array) -> Array:
    """An einsum of the last dimensions; the other dimensions broadcast."""
    batch = "abcdefghlmnopqrstuvwxyz"
    outer_a, outer_b = a.ndim - len(left), b.ndim - len(right)
    rank = max(outer_a, outer_b)
    tracing.broadcast_shape(a.shape[:outer_a], b.shape[:outer_b])
    words = batch[rank - outer_a : rank] + left, batch[rank - outer_b : rank] + right
    return contract(f"{words[0]},{words[1]}->{batch[:rank]}{output}", [a, b])


def _refuse(name: str, options: dict[str, Any]) -> None:
    for key, value in options.items():
        if (
            value is not None
            and value != (None,)
            and (key, value) not in (("casting", "same_kind"), ("order", "K"), ("subok", True))
        ):
            raise located(
                TypeError, f"numpy.{name} does not support {key}={value!r} on traced arrays"
            )


def _conjugated(x: Array) -> Array:
    """The conjugates; bools stay bools, of which np.conjugate makes int8."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


def vecdot(x1, x2, dtype=None, axis=-1, **options):
    """Σ conj(x1) · x2 over the last dimension; the other dimensions broadcast."""
    _refuse("vecdot", options)
    a, b = lift(x1), lift(x2)
    kind = _product_dtype(find("vecdot"), a, b) if dtype is None else np.dtype(dtype)
    a, b = (np.moveaxis(ops.cast(x, kind), ops.axis(axis, x.ndim), -1) for x in (a, b))
    if a.shape[-1] != b.shape[-1]:
        raise located(ValueError, f"vecdot: shapes {a.shape} and {b.shape} do not fit")
    return _batched("i", "i", "", _conjugated(a), b)


def matvec(x1, x2, **options):
    """Matrix times vector; the leading dimensions broadcast."""
    _refuse("matvec", options)
    a, b = promoted(x1, x2)
    return _batched("ij", "j", "i", a, b)


def vecmat(x1, x2, **options):
    """Conjugate of a vector times matrix; the leading dimensions broadcast."""
    _refuse("vecmat", options)
    a, b = promoted(x1, x2)
    return _batched("i", "ij", "j", np.conjugate(a), b)


for _name, _rule in {
    "matmul": matmul,
    "vecdot": vecdot,
    "matvec": matvec,
    "vecmat": vecmat,
}.items():
    UFUNC_RULES[_name] = _rule
    if (_found := find(_name)) is not None:
        GENERALIZED[_found] = _rule

implements("linalg.matmul")(lambda x1, x2: matmul(x1, x2))


def promoted(*values: Any) -> list[Array]:
    items = [ops.as_array(v) for v in values]
    kind = ops.promote(*items)
    return [lift(item, kind) for item in items]


@implements("dot")
def dot(a, b):
    a, b = promoted(a, b)
    if not a.ndim or not b.ndim:
        return a * b
    d = -2 if b.ndim > 1 else 0
    return tensordot(a, b, ((-1,), (d,)))


@implements("vdot")
def vdot(a, b):
    a, b = (np.ravel(x) for x in promoted(a, b))
    if a.shape != b.shape:
        raise located(ValueError, f"cannot take the vdot of sizes {a.size} and {b.size}")
    return _contract("i,i->", [_conjugated(a), b])


@implements("linalg.vecdot")
def linalg_vecdot(x1, x2, axis=-1):
    return vecdot(x1, x2, axis=axis)


@implements("inner")
def inner(a, b):
    a, b = promoted(a, b)
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, ((-1,), (-1,)))


@implements("outer")
def outer(a, b):
    a, b = (np.ravel(x) for x in promoted(a, b))
    return _contract("i,j->ij", [a, b])


@implements("tensordot")
def tensordot(a, b, axes: Any = 2):
    a, b = promoted(a, b)
    if isinstance(axes, int):
        left, right = tuple(range(-axes, 0)), tuple(range(axes))
    else:
        left, right = (tuple(side) if isinstance(side, list | tuple) else (side,) for side in axes)
    left, right = ops.axes(left, a.ndim), ops.axes(right, b.ndim)
    if [a.shape[d] for d in left] != [b.shape[d] for d in right]:
        raise located(
            ValueError, f"shape-mismatch for sum: {a.shape} and {b.shape} along {left} and {right}"
        )
    letters = iter("ijklmnopqrstuvwxyzabcdefgh" + string.ascii_uppercase)
    first = [next(letters) for _ in a.shape]
    second = [first[left[right.index(d)]] if d in right else next(letters) for d in range(b.ndim)]
    output = [c for d, c in enumerate(first) if d not in left] + [
        c for d, c in enumerate(second) if d not in right
    ]
    return _contract(f"{''.join(first)},{''.join(second)}->{''.join(output)}", [a, b])


implements("linalg.outer")(lambda x1, x2: outer(x1, x2))
implements("linalg.tensordot")(lambda x1, x2, axes=2: tensordot(x1, x2, axes))


@implements("kron")
def kron(a, b):
    a, b = promoted(a, b)
    rank = max(a.ndim, b.ndim)
    a, b = (ops.reshape(x, (1,) * (rank - x.ndim) + x.shape) for x in (a, b))
    letters = string.ascii_letters
    first, second = letters[:rank], letters[rank : 2 * rank]
    product = _contract(
        f"{first},{second}->{''.join(p + q for p, q in zip(first, second))}", [a, b]
    )
    return ops.reshape(product, [m * n for m, n in zip(a.shape, b.shape)])


@implements("cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """
    Vectors of 2 elements lie in the plane; of two of them, the result is the third component.

    Errors: `ValueError` for vectors of other lengths.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promoted(a, b)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    sizes = a.shape[-1], b.shape[-1]
    if not {2, 3}.issuperset(sizes):
        raise located(
            ValueError,
            f"numpy.cross takes vectors of 2 or 3 elements, not {sizes[0]} and {sizes[1]}",
        )
    a0, a1, *a2 = (a[..., i] for i in range(sizes[0]))
    b0, b1, *b2 = (b[..., i] for i in range(sizes[1]))
    third = a0 * b1 - a1 * b0
    if sizes == (2, 2):
        return third
    # The third component of a vector of 2 elements is 0.
    first = a1 * b2[0] - a2[0] * b1 if a2 and b2 else a1 * b2[0] if b2 else -a2[0] * b1
    second = a2[0] * b0 - a0 * b2[0] if a2 and b2 else -a0 * b2[0] if b2 else a2[0] * b0
    return np.stack([first, second, third], axis=axisc)


@implements("linalg.cross")
def linalg_cross(x1, x2, axis=-1):
    sizes = [x.shape[axis] for x in (lift(x1), lift(x2))]
    if sizes != [3, 3]:
        raise located(
            ValueError,
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{sizes[0]} and {sizes[1]} dimensional instead.",
        )
    return cross(x1, x2, axis=axis)


@implements("linalg.multi_dot")
def multi_dot(arrays):
    """The product from left to right."""
    if len(arrays) < 2:
        raise located(ValueError, "Expecting at least two arrays.")
    return functools.reduce(dot, arrays)


@implements("linalg.matrix_power")
def matrix_power(a, n):
    x = lift(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise located(np.linalg.LinAlgError, "Last 2 dimensions of the array must be square")
    if isinstance(n, float | complex | numpy.inexact):
        raise as_python(TypeError, "exponent must be an integer")
    if n < 0:
        return matrix_power(np.linalg.inv(x), -n)
    if n == 0:
        return ops.broadcast_to(constant(np.eye(x.shape[-1], dtype=x.dtype)), x.shape)
    result = None
    while n:
        if n % 2:
            result = x if result is None else matmul(result, x)
        n //= 2
        x = matmul(x, x) if n else x
    return result


def parse_einsum(subscripts: str, ranks: Sequence[int]) -> str:
    """
    The same subscripts with an output and without ellipses.

    Errors: `ValueError` for subscripts that NumPy refuses too.
    """
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    words = left.split(",")
    if len(words) != len(ranks):
        raise located(
            ValueError, f'einsum: "{subscripts}" is for {len(words)} operands, not {len(ranks)}'
        )
    named = set(text) - set(",.->")
    if not all(c in string.ascii_letters for c in named):
        raise located(ValueError, f'einsum: "{subscripts}" has subscripts that are no letters')
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in named]
    hidden = [
        rank - len(word.replace("...", "")) if "..." in word else 0
        for word, rank in zip(words, ranks)
    ]
    if any(n < 0 for n in hidden):
        raise located(
            ValueError, f'einsum: "{subscripts}" has more subscripts than an operand has dimensions'
        )
    most = max(0, *hidden)
    ellipsis = "".join(free[:most])
    words = [word.replace("...", ellipsis[most - n :]) for word, n in zip(words, hidden)]
    if not arrow:
        joined = "".join(word for word in left.replace("...", "").split(","))
        output = ("..." if "..." in left else "") + "".join(
            c for c in sorted(set(joined)) if joined.count(c) == 1
        )
    elif "..." in left and "..." not in output and most:
        raise located(
            ValueError, f'einsum: the output of "{subscripts}" lacks the ellipsis of the operands'
        )
    output = output.replace("...", ellipsis)
    for c in output:
        if output.count(c) > 1 or not any(c in word for word in words):
            raise located(
                ValueError,
                f"einsum: the output subscript '{c}' of \"{subscripts}\" stands twice in the "
                "output, or in no operand",
            )
    if "." in output or any("." in word for word in words):
        raise located(ValueError, f'einsum: "{subscripts}" has a dot that is no ellipsis')
    return f"{','.join(words)}->{output}"


@implements("einsum")
def einsum(*operands, out=None, dtype=None, order="K", casting="safe", optimize=False):
    if out is not None:
        raise located(
            TypeError,
            "numpy.einsum cannot write a traced value into out=; use the result of numpy.einsum",
        )
    if not isinstance(operands[0], str):
        operands = _interleaved(operands)
    subscripts, *values = operands
    xs = promoted(*values) if dtype is None else [lift(v, dtype) for v in values]
    parsed = parse_einsum(subscripts, [x.ndim for x in xs])
    if len(xs) == 1 and (moved := _only_moved(parsed, xs[0])) is not None:
        return moved
    return contract(parsed, xs)


def _only_moved(subscripts: str, x: Array) -> Array | None:
    """
    An einsum that orders the dimensions anew, or takes the diagonal of a matrix: as in NumPy, the
    program may write to it.
    """
    left, _, right = subscripts.partition("->")
    if sorted(left) == sorted(right) and len(left) == x.ndim:
        return ops.transpose(x, [left.index(c) for c in right])
    if left == 2 * right and len(right) == 1 and x.ndim == 2 and x.shape[0] == x.shape[1]:
        n = x.shape[0]
        return ops.part(ops.reshape(x, (n * n,)), 0, 0, n * n, n + 1)
    return None


def _interleaved(operands: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments of `einsum(a, [0, 1], b, [1, 2], [0, 2])`, with letters for the numbers."""
    letters = string.ascii_letters

    def word(numbers: Any) -> str:
        return "".join("..." if n is Ellipsis else letters[n] for n in numbers)

    count = len(operands) // 2
    values, lists = operands[0 : 2 * count : 2], operands[1 : 2 * count : 2]
    text = ",".join(word(numbers) for numbers in lists)
    return (text + (f"->{word(operands[-1])}" if len(operands) % 2 else ""), *values)
