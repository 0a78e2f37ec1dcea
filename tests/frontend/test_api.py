"""
trace, jit, build, gather, scatter, cond: structure, errors, places, and what may be used where.
"""

import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import FileLineColLoc

import letgrad as lg
from letgrad.frontend import api, coverage, pytree, tracing
from letgrad.frontend.traced_functions import trace_function
from letgrad.passes.rewriting.diagnostics import LetgradError

Point = namedtuple("Point", "x y")
V, M = np.arange(1.0, 4.0), np.arange(12.0).reshape(3, 4)


def run(fn, *args, **kwargs):
    return lg.jit(fn, backend="numpy")(*args, **kwargs)


def ops(module):
    return [op.name for op in module.walk() if not isinstance(op, func.FuncOp | func.ReturnOp)][1:]


# trace


def test_a_program():
    def foo(x, y, z):
        w = x * np.sin(y)
        return np.arctan2(z, w) + z * w

    module = lg.trace(foo, 1.1, 2.2, 3.3)
    module.verify()
    (function,) = module.ops
    assert function.sym_name.data == "foo"
    assert [a.name_hint for a in function.body.block.args] == ["x", "y", "z"]
    assert ops(module) == ["math.sin", "arith.mulf", "math.atan2", "arith.mulf", "arith.addf"]


def test_names_of_nested_arguments():
    def f(params, *rest, scale):
        return params["w"] * rest[0] * rest[1] * scale

    (function,) = lg.trace(f, {"w": V, "b": [V, V]}, V, V, scale=2.0).ops
    assert [a.name_hint for a in function.body.block.args] == [
        "params_b0",
        "params_b1",
        "params_w",
        "rest0",
        "rest1",
        "scale",
    ]


def test_ops_have_the_users_line_and_column():
    def f(x):
        y = x + 1
        return np.sum(np.cos(y) * y)

    (function,) = lg.trace(f, V).ops
    first = f.__code__.co_firstlineno
    places = {}
    for op in function.body.block.ops:
        if not isinstance(op, func.ReturnOp):
            assert isinstance(op.location, FileLineColLoc) and op.location.filename.data == __file__
            places[op.name] = op.location.line.data - first, op.location.column.data
    assert places["arith.addf"] == (1, 13)
    assert places["math.cos"] == (2, 23)
    assert places["ten.sum"][0] == 2


def test_specs():
    s = lg.spec((3, 4), "f32")
    assert (s.shape, s.dtype) == ((3, 4), np.float32)
    assert lg.spec(3, "i8").dtype == np.int8
    assert lg.spec(3, "ui16") == lg.spec(3, np.uint16)
    assert lg.spec((), np.int16).shape == ()
    for dtype in ("u8", np.clongdouble, "f128", "U3"):
        with pytest.raises(TypeError):
            lg.spec((2,), dtype)
    with pytest.raises(ValueError, match="negative"):
        lg.spec((-1,))
    with pytest.raises(TypeError, match="float128"):
        lg.trace(lambda x: x, np.zeros(3, np.longdouble))


def test_a_value_used_twice_is_one_value_and_so_is_a_constant():
    c = np.arange(3.0)
    module = lg.trace(lambda x: (x + c) * (x - c) + 1.0 + (x * 1.0), V)
    constants = [op for op in module.walk() if isinstance(op, arith.ConstantOp)]
    assert len(constants) == 2


def test_a_constant_that_is_written_to_between_uses_is_two():
    def f(x):
        c = np.zeros(3)
        y = x + c
        c[0] = 5.0
        return y, x + c

    before, after = run(f, V)
    np.testing.assert_array_equal(before, V)
    np.testing.assert_array_equal(after, [6.0, 2.0, 3.0])


def test_constants_of_equal_value_and_other_sign_or_type_differ():
    x, y, z = run(lambda x: (np.copysign(x, 0.0), np.copysign(x, -0.0), x.astype(int) + True), V)
    np.testing.assert_array_equal(x, -y)
    np.testing.assert_array_equal(z, [2, 3, 4])


def test_results():
    def f(x):
        return {
            "same": x,
            "none": None,
            "tuple": (1, 2.5, True),
            "point": Point(x + 1, [np.arange(2, dtype=np.int8)]),
        }

    result = run(f, V)
    np.testing.assert_array_equal(result["same"], V)
    assert result["none"] is None and result["tuple"] == (1, 2.5, True)
    assert type(result["point"]) is Point
    assert result["point"].y[0].dtype == np.int8
    assert run(lambda x: None, V) is None
    assert run(lambda: ()) == ()
    with pytest.raises(TypeError, match=r"result\['a'\]"):
        lg.trace(lambda x: {"a": np.array(["s"])}, V)


def test_scalars_are_64_bits():
    a, b, c = run(lambda a, b, c: (a, b, c), 1.5, 2, True)
    assert (a.dtype, b.dtype, c.dtype) == (np.float64, np.int64, np.bool_)


def test_in_place_operators_write_to_the_array():
    def f(x):
        y = x
        y += 1
        y *= 2
        return x, y

    given = V.copy()
    x, y = run(f, given)
    np.testing.assert_array_equal(x, (V + 1) * 2)
    np.testing.assert_array_equal(y, (V + 1) * 2)
    np.testing.assert_array_equal(given, (V + 1) * 2)


def test_iteration_and_length():
    np.testing.assert_array_equal(run(lambda m: sum(row * len(m) for row in m), M), M.sum(0) * 3)


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: 1 if x.sum() > 0 else 2, "lg.cond"),
        (lambda x: float(x[0]), "Python float"),
        (lambda x: int(x[0]), "astype"),
        (lambda x: list(range(x[0].astype(int))), "static"),
        (lambda x: np.asarray(x), "np.stack"),
        (lambda x: np.array([x[0], x[1]]), "np.stack"),
        (lambda x: x[0].item(), "Python number"),
        (lambda x: len(x[0]), r"len\(\)"),
        (lambda x: f"{x[0]:.3f}", "shape and dtype"),
        (lambda x: np.zeros(3).__setitem__(0, x[0]), "import letgrad.numpy as np"),
    ],
)
def test_no_numbers_while_tracing(function, message):
    with pytest.raises(TypeError, match=rf"test_api.py:\d+: .*{message}"):
        lg.trace(function, V)


def test_what_a_traced_array_does_not_have():
    with pytest.raises(AttributeError, match=r"test_api.py:\d+: numpy.ndarray.byteswap is not"):
        lg.trace(lambda x: x.byteswap(), V)
    with pytest.raises(AttributeError, match=r"test_api.py:\d+: .* no attribute 'at'"):
        lg.trace(lambda x: x.at[0].set(1.0), V)


def test_arrays_whose_class_changes_the_meaning_of_operations_are_refused():
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    for function, x in (
        (lambda y: y, masked),
        (lambda y: y * masked, np.ones(2)),
        (lambda y: y * np.ones((2, 2)).view(np.matrix), np.ones(2)),
        (lambda y: y * y, np.ones((2, 2)).view(np.matrix)),
    ):
        with pytest.raises(
            TypeError, match=r"test_api.py:\d+: .*letgrad does not support .*; pass"
        ):
            lg.jit(function)(x)


def test_an_unknown_backend_is_an_error_that_has_them_all():
    with pytest.raises(LetgradError, match=r"there is no backend 'gpu'; there are .*triton"):
        lg.jit(lambda x: x, backend="gpu")(V)


def test_leaks():
    kept = []
    lg.trace(lambda x: kept.append(x) or x, V)
    with pytest.raises(TypeError, match="after the end of its trace"):
        kept[0] + 1
    with pytest.raises(TypeError, match=r"test_api.py:\d+: .*after the end of its trace"):
        lg.trace(lambda y: y + kept[0], V)
    with pytest.raises(TypeError, match="after the end of its trace"):
        lg.trace(lambda x: (lg.build(3, lambda i: kept.append(x[i] + 1) or 0.0), kept[-1] + 1), V)


def test_an_error_ends_the_trace():
    with pytest.raises(ZeroDivisionError):
        lg.trace(lambda x: 1 // 0, V)
    assert not tracing.tracing()


# inline, captures


def test_inline():
    inner = trace_function(lambda a, b: (a * b, lg.build(2, lambda i: a[i])), (V, V))
    product, first = run(lambda x: api.call(inner, x, x + 1), V)
    np.testing.assert_array_equal(product, V * (V + 1))
    np.testing.assert_array_equal(first, V[:2])
    np.testing.assert_array_equal(api.call(inner, V, V)[0], V * V)
    with pytest.raises(TypeError, match="other arguments"):
        api.call(inner, V)
    with pytest.raises(TypeError, match="must be tensor<3xf64>, not tensor<4xf64>"):
        run(lambda x: api.call(inner, x, x), np.zeros(4))


def test_a_function_traced_inside_captures_what_is_around_it():
    def outer(w, x):
        y = w * 2

        def around(i):
            inner = trace_function(lambda u: u * y + w + i, (x,))
            assert len(inner.captures) == 3
            return api.call(inner, x)

        return lg.build(2, around)

    np.testing.assert_array_equal(
        run(outer, V, V + 1), np.stack([(V + 1) * V * 2 + V + i for i in range(2)])
    )


def test_captures_through_two_functions():
    def outer(w):
        def middle(u):
            return api.call(trace_function(lambda v: v * w, (u,)), u) + w

        return api.call(trace_function(middle, (w,)), w)

    np.testing.assert_array_equal(run(outer, V), V * V + V)


def test_jit_inside_of_a_trace_is_inlined():
    square = lg.jit(lambda x: x * x, backend="numpy")
    assert ops(lg.trace(lambda x: square(x) + square(x + 1), V)).count("arith.mulf") == 2


# jit


def test_jit_traces_once_per_structure_shape_dtype():
    traces = []

    @lg.jit(backend="numpy")
    def f(x, mode="a", scale=None):
        traces.append(mode)
        return x * (2 if scale is None else scale) if mode == "a" else -x

    f(V), f(V + 1), f(V, scale=None)
    (
        f(V, mode="b"),
        f(V.astype(np.float32)),
        f(V[:2]),
        f(V, scale=3.0),
        f(V, scale=4.0),
        f([V][0], mode="b"),
    )
    assert len(traces) == 6  # f(V), f(V, scale=None), and four more
    np.testing.assert_array_equal(f(V, scale=4.0), V * 4)


def test_static_values_are_told_apart_by_their_class():
    assert pytree.flatten((None,))[1] != pytree.flatten(("None",))[1]
    assert pytree.flatten([1])[1] != pytree.flatten((1,))[1]


# build, gather, scatter


def test_build():
    np.testing.assert_array_equal(
        run(lambda m, v: lg.build((3, 4), lambda i, j: m[i, j] * v[i]), M, V), M * V[:, None]
    )
    np.testing.assert_array_equal(run(lambda m: lg.build(4, lambda j: m[:, j]), M), M.T)
    nested = run(lambda m: lg.build(2, lambda i: lg.build(3, lambda j: m[j, i] + i)), M)
    np.testing.assert_array_equal(nested, M[:, :2].T + np.array([[0], [1]]))
    np.testing.assert_array_equal(lg.build((2, 2), lambda i, j: i * 10 + j), [[0, 1], [10, 11]])
    assert run(lambda m: lg.build(0, lambda i: m[i]), M).shape == (0, 4)
    np.testing.assert_array_equal(lg.build(4, lambda i: lg.asarray(V)[i]), [1, 2, 3, 0])
    np.testing.assert_array_equal(lg.build(3, lambda i: 7), [7, 7, 7])


def test_arithmetic_of_indices_is_pythons():
    pairs = [(i, j) for i in range(4) for j in range(4)]

    def python(i, j):
        a, b = i - 2, j - 2
        return [
            a + b,
            a - b,
            a * b,
            a // b if b else 0,
            a % b if b else 0,
            -a,
            min(a, b),
            max(a, b),
            a // 3,
            a % -3,
            7 - a,
            int(a < b),
            int(a == b),
            int(a >= 1),
        ]

    def traced(i, j):
        a, b = i - 2, j - 2
        both = divmod(a, b)
        return np.stack(
            [
                a + b,
                a - b,
                a * b,
                both[0],
                both[1],
                -a,
                np.minimum(a, b),
                np.maximum(a, b),
                a // 3,
                a % -3,
                7 - a,
                a < b,
                a == b,
                a >= 1,
            ]
        )

    result = lg.build((4, 4), traced)
    assert result.dtype == np.int64
    for i, j in pairs:
        assert result[i, j].tolist() == python(i, j)


def test_indices_stay_indices():
    module = lg.trace(lambda m: lg.build(4, lambda i: m[(i * 2 + 1) // 3 % 5]), np.zeros(9))
    assert "ten.cast" not in ops(module) and "arith.index_cast" not in ops(module)


def test_indices_mix_with_arrays_as_int64():
    result = lg.build(3, lambda i: lg.asarray(V)[i] * i + np.sqrt(i))
    np.testing.assert_allclose(result, V * np.arange(3) + np.sqrt(np.arange(3)))
    data = np.array([2, 0, 1])
    np.testing.assert_array_equal(
        run(lambda m, d: lg.build(3, lambda i: m[d[i], i]), M, data), M[data, np.arange(3)]
    )


def test_gather():
    np.testing.assert_array_equal(
        run(lambda m: lg.gather((2, 3), m, lambda i, j: (i + j, j)), M),
        [[M[0, 0], M[1, 1], M[2, 2]], [M[1, 0], M[2, 1], 0]],
    )
    np.testing.assert_array_equal(run(lambda m: lg.gather(2, m, lambda i: -1), M), [M[-1], M[-1]])
    np.testing.assert_array_equal(lg.gather(4, V, lambda i: i - 1), [0, 1, 2, 3])
    with pytest.raises(IndexError, match="3 indices into 2 dimensions"):
        lg.trace(lambda m: lg.gather(2, m, lambda i: (i, i, i)), M)
    with pytest.raises(TypeError, match="integer scalar"):
        lg.trace(lambda m: lg.gather(2, m, lambda i: m[0, 0]), M)


def test_scatter():
    np.testing.assert_array_equal(
        run(lambda m: lg.scatter(2, m, lambda i: i // 2), M), [M[0] + M[1], M[2]]
    )
    np.testing.assert_array_equal(
        run(lambda m: lg.scatter((2, 2), m, lambda i, j: (i, j - 1)), M), M[:2, 1:3]
    )
    with pytest.raises(TypeError, match="1 indices into the 2 dims"):
        lg.trace(lambda m: lg.scatter((2, 2), m, lambda i: i), M)
    with pytest.raises(TypeError, match="bools have no sum"):
        lg.trace(lambda m: lg.scatter(2, m > 0, lambda i: i), M)
    with pytest.raises(TypeError, match="may not take"):
        lg.trace(lambda m: lg.scatter(2, m, lambda *i: i), M)
    with pytest.raises(TypeError, match="takes 3 indices"):
        lg.trace(lambda m: lg.scatter(2, m, lambda i, j, k: i), M)


def test_sizes_are_static():
    with pytest.raises(TypeError, match=r"test_api.py:\d+: a size must be an integer"):
        lg.trace(lambda n: lg.build(n, lambda i: i), 3)


# cond


def test_cond():
    def f(x):
        total = x.sum()
        return lg.cond(
            total > 0, lambda a: {"r": a * total, "k": 1.0}, lambda a: {"r": -a, "k": a[0]}, x
        )

    for x in (V, -V):
        result = run(f, x)
        np.testing.assert_array_equal(result["r"], x * x.sum() if x.sum() > 0 else -x)
        assert result["k"] == (1.0 if x.sum() > 0 else x[0])
    assert "scf.if" in ops(lg.trace(f, V))
    assert lg.cond(True, lambda: 1, lambda: 2) == 1
    assert "scf.if" not in ops(lg.trace(lambda x: lg.cond(len(x) > 2, lambda: x, lambda: -x), V))
    np.testing.assert_array_equal(
        run(lambda x: lg.build(3, lambda i: lg.cond(i < 1, lambda: x[i], lambda: 0)), V), [1, 0, 0]
    )
    assert run(lambda x: lg.cond(x.sum() > 0, lambda: None, lambda: None), V) is None


@pytest.mark.parametrize(
    "then, other, message",
    [
        (lambda x: x, lambda x: (x,), "different structures"),
        (lambda x: {"a": x}, lambda x: {"b": x}, "different structures"),
        (lambda x: (x, x), lambda x: (x, x[0]), r"at \[1\]: float64\[3\] and float64\[\]"),
        (lambda x: x, lambda x: x.astype(np.float32), r"float64\[3\] and float32\[3\]"),
        (lambda x: x.astype(int)[0], lambda x: 0.5, r"int64\[\] and float64\[\]"),
    ],
)
def test_cond_says_how_the_branches_differ(then, other, message):
    with pytest.raises(TypeError, match=message):
        lg.trace(lambda x: lg.cond(x.sum() > 0, then, other, x), V)


def test_a_branch_of_cond_gives_a_view():
    """The view reads its array while the branch is traced."""

    def rows(c, x):
        return lg.cond(c, lambda: np.exp(x)[0], lambda: np.exp(x.T)[:, 1])

    x = np.arange(9.0).reshape(3, 3)
    for c in (True, False):
        expected = np.exp(x[0]) if c else np.exp(x[1])
        np.testing.assert_allclose(run(rows, np.bool_(c), x), expected)


def test_cond_wants_a_scalar():
    with pytest.raises(TypeError, match="must be a scalar"):
        lg.trace(lambda x: lg.cond(x > 0, lambda: 1, lambda: 2), V)


# asarray, einsum


def test_asarray():
    np.testing.assert_array_equal(run(lambda x: lg.asarray([x[0], [1, 2][1], x[1]]), V), [1, 2, 2])
    np.testing.assert_array_equal(
        run(lambda x: lg.asarray([[x[0], 1], [x[1], 2]], "f32"), V), [[1, 1], [2, 2]]
    )
    assert lg.asarray([1, 2], "i8").dtype == np.int8
    with pytest.raises(ValueError, match="make no array"):
        lg.trace(lambda x: lg.asarray([x, x[0]]), V)


def test_einsum_of_constants():
    assert lg.einsum("i,i", V, V) == 14.0
    assert run(lambda: lg.einsum("i,i", V, V)) == 14.0


# pytree


def test_pytree_round_trip():
    value = {"b": (1, [2, None]), "a": Point(3, "static"), 5: {}}
    leaves, tree = pytree.flatten(value)
    assert tree.unflatten(leaves) == value
    assert hash(tree) == hash(pytree.flatten(value)[1])
    assert tree == pytree.flatten(dict(reversed(value.items())))[1]
    assert len(tree.paths()) == tree.size == len(leaves) == 3
    with pytest.raises(ValueError, match="the structure has 3 leaves, and 2 are given"):
        tree.unflatten(leaves[:2])


def test_pytree_differences():
    a, b = (pytree.flatten(v)[1] for v in ((1, {"x": [2]}), (1, {"x": [2, 3]})))
    assert a.difference(b) == "at [1]['x']: [*] against [*, *]"
    assert a.difference(a) is None


@dataclass(frozen=True)
class Layer:
    """A data class with a field that is no data, and one that its constructor does not take."""

    w: np.ndarray
    activation: str
    b: np.ndarray = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "b", np.zeros(np.shape(self.w)[:1]))

    def __call__(self, x):
        y = self.w @ x + self.b
        return np.tanh(y) if self.activation == "tanh" else y


def test_data_classes_are_containers():
    layer, x = Layer(M, "tanh"), np.ones(M.shape[1])
    found = lg.grad(lambda model, x: model(x).sum())(layer, x)
    assert type(found) is Layer and found.activation == "tanh"
    np.testing.assert_allclose(found.b, 1 / np.cosh(M @ x) ** 2)
    np.testing.assert_allclose(found.w, np.outer(found.b, x))
    value, tree = pytree.flatten(layer)
    assert tree.paths() == [".w", ".b"] and tree.unflatten(value).w is layer.w
    assert "'tanh'" in str(tree.difference(pytree.flatten(Layer(M, "id"))[1]))

    axes = Layer(np.zeros((0, 0)), "tanh")
    object.__setattr__(axes, "w", 0), object.__setattr__(axes, "b", None)
    batch = Layer(np.stack([M, M]), "tanh")
    object.__setattr__(batch, "b", layer.b)
    assert lg.vmap(lambda m: m(x), in_axes=(axes,))(batch).shape == (2, M.shape[0])


@dataclass
class Model:
    w: np.ndarray

    @lg.jit
    def __call__(self, x):
        return self.scaled(x).sum()

    @lg.custom_jvp
    def scaled(self, x):
        return self.w * x

    @scaled.defjvp
    def _(primals, tangents):
        (model, x), (slope, _) = primals, tangents
        return model.scaled(x), 2 * slope.w * x


def test_methods():
    """The instance is an argument like others."""
    assert Model(V)(V) == 14
    np.testing.assert_array_equal(lg.grad(lambda m: m(V))(Model(V)).w, 2 * V)


def test_an_op_that_is_none():
    with pytest.raises(TypeError, match=r"test_api.py:\d+: lg.apply needs a function that makes"):
        lg.trace(lambda x: lg.apply(lambda value: value, x), V)


def test_what_is_no_container_says_so():
    with pytest.raises(TypeError, match=r"test_api.py:\d+: set is neither an array nor a cont"):
        lg.jit(lambda x: x)({1.0})


# Sizes, docs, starting.


def test_a_long_trace_is_linear(monkeypatch):
    """50,000 ops: no recursion, nothing quadratic (which would take hours)."""
    monkeypatch.setenv("LETGRAD_ROLL", "0")

    def f(x):
        for _ in range(50_000):
            x = x + 1.0
        return x

    (function,) = lg.trace(f, V).ops
    assert len(function.body.block.ops) == 50_002


def test_the_coverage_page_is_up_to_date():
    page = coverage.Path(coverage.__file__).parent.parent / "docs" / "numpy-coverage.md"
    found, advice = page.read_text(encoding="utf-8"), "run python -m letgrad.frontend.coverage"
    table, _, rest = found.partition(coverage.EVERY_NAME.partition("{")[0])
    assert table == coverage.text(), advice
    expected = coverage.names()
    # Another version of NumPy has other names.
    if rest.splitlines()[0] == expected[len(found) - len(table) - len(rest) :].splitlines()[0]:
        assert found == table + expected, advice


def test_the_coverage_page_is_written_to_no_file_named_like_an_option(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="0"):
        coverage.main(["--help"])
    assert "docs/numpy-coverage.md" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        coverage.main(["--hepl"])
    assert capsys.readouterr().err.endswith("error: unrecognized arguments: --hepl\n")
    coverage.main(["page.md"])
    assert [file.name for file in tmp_path.iterdir()] == ["page.md"]


def test_every_public_name_of_numpy_has_a_group():
    page = coverage.names()
    for name, _ in coverage.public_names():
        assert f"`{name}`" in page
    groups = {name: coverage.group(name, value) for name, value in coverage.public_names()}
    known = {
        "sin": "traced", "pow": "traced", "linalg.inv": "traced", "histogram": "traced",
        "nextafter": "refused", "union1d": "depends", "zeros": "made", "r_": "made",
        "float32": "classes", "pi": "constants", "fft": "modules", "seterr": "known",
    }  # fmt: skip
    assert {name: groups[name] for name in known} == known


def test_the_page_of_scipy_is_up_to_date():
    page = coverage.Path(coverage.__file__).parent.parent / "docs" / "scipy-coverage.md"
    assert page.read_text(encoding="utf-8") == coverage.scipy_text(), (
        "run python -m letgrad.frontend.coverage"
    )


def test_public_names_are_imported_lazily():
    code = (
        "import sys, letgrad as lg; assert 'numpy' not in sys.modules; "
        "lg.__version__; lg.jit; assert 'jit' in dir(lg)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd="/")
    for name in lg.__all__:
        assert getattr(lg, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        lg.nothing  # noqa: B018


def test_a_call_with_arrays_and_numbers_walks_no_trees(monkeypatch):
    f = lg.jit(lambda x, a, n: {"y": x * a + n})
    x = np.arange(3.0)
    given = [(x, 2.0, 1), (x, np.float32(2), np.int8(1)), (x, np.array(2.0), True)]
    first = [f(*args)["y"] for args in given]
    monkeypatch.setattr(pytree, "flatten", lambda tree: pytest.fail("a tree was walked"))
    for args, y in zip(given, first):
        again = f(*args)["y"]
        np.testing.assert_array_equal(again, y)
        np.testing.assert_array_equal(again, 2 * x + 1)
        assert again.dtype == y.dtype
    # Others of the same kinds, and one that is no 64-bit integer.
    np.testing.assert_array_equal(f(x, -0.5, 7)["y"], 7 - 0.5 * x)
    monkeypatch.undo()
    with pytest.raises(TypeError):
        f(x, 2.0, 1 << 70)
