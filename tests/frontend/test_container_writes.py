"""
Lists, dicts and objects that are arguments: `lg.jit(f)(l)` changes `l` as `f(l)` does, or there is
an error.
"""

import collections
import copy
import dataclasses
import functools
import heapq
import types

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.rewriting.diagnostics import LetgradError


def array(k=1.0):
    return np.array([1.0, 2.0, 3.0]) * k


@dataclasses.dataclass
class Point:
    w: object
    b: object = None

    def step(self, x):
        self.w = self.w + x
        self.b = [self.w, self.b]
        return self.w.sum()


@dataclasses.dataclass(slots=True)
class Slots:
    w: object


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: object


class Registered:
    def __init__(self, w, history):
        self.w, self.history = w, history


lg.tree.register(
    Registered, lambda r: ((r.w, r.history), None), lambda _, parts: Registered(*parts)
)

PLAIN = []
"""Functions for `lg.jit`, with arguments."""

PROGRAMS = []
"""Functions that need `lg.program`."""


def case(*args, where=PLAIN):
    def add(fn):
        where.append(pytest.param(fn, args, id=fn.__name__))
        return fn

    return add


def program(*args):
    return case(*args, where=PROGRAMS)


@case([array(), array(2)])
def appends(x):
    x.append(x[0] * 2)


@case([array(), array(2)])
def sets_an_item(x):
    x[0] = x[1] * 2


@case([array(), array(2)])
def deletes(x):
    del x[0]


@case([array(), array(2)])
def reverses_and_returns(x):
    x.reverse()
    return x


@case([array(), array(2), array(3)])
def pops_and_inserts(x):
    v = x.pop(0)
    x.insert(1, v)
    return v


@case([array(), array(2)])
def sets_slices(x):
    x[1:] = [x[0] * 2, x[0] * 3]
    x[::2] = [x[1], x[1] * 2]


@case([array()])
def adds_constants(x):
    x += [x[0] * 3, 7, "s", None, 2.5, (x[0],), np.float32(3), np.sin, np.arange(3), True]


@case({"a": array(), "b": array(2)})
def adds_a_key(d):
    d["new"] = d["a"] + d["b"]


@case({"a": array(), "b": array(2)})
def pops_a_key(d):
    return d.pop("a") * 2


@case({"a": array(), "b": array(2)})
def updates(d):
    d.update(a=d["b"] * 2, z=[d["a"], {"q": d["b"] * 1.0}])


@case({"b": array(), "a": array()})
def orders_keys(d):
    d["b"] = d.pop("b")


@case(collections.OrderedDict(b=array(), a=array()))
def orders_an_ordered_dict(d):
    d.move_to_end("b")
    d["c"] = d["a"] * 2


@case(collections.defaultdict(list, k=[array()]))
def uses_a_default(d):
    d["k"].append(d["k"][0] * 2)
    d["m"].append(d["k"][1])


@case(collections.Counter(a=1, b=2))
def counts(d):
    d["a"] += 3
    d["z"] += 1
    d.update(["b"])


@case(Point(array(), array()))
def sets_attributes(p):
    p.w = p.w * 2
    p.extra = p.b + 1


@case(Point(array(), 2.0))
def deletes_an_attribute(p):
    p.w = p.w * p.b
    del p.b


@case(Slots(array()))
def sets_a_slot(p):
    p.w = p.w * 2


@case(Point(array(), 1.0), 2.0)
def calls_a_method(p, x):
    return p.step(x)


@case(Registered(array(), []))
def appends_inside_a_registered_object(r):
    r.history.append(r.w * 2)


@case(Point(array(), [array(), {"k": array()}]))
def changes_inner_containers(p):
    p.b[1]["k"] = p.w * 2
    p.b.append(p.b[1])


@case([array()], {"a": array()})
def puts_one_into_the_other(x, d):
    d["l"] = x
    x.append(d["a"])
    d["a"] = x[0] * 2
    return d


@case([[array()], [array(2)]])
def moves_items(x):
    x[0].append(x[1].pop())
    x.sort(key=len)


@case([3.0, 1.0, 2.0])
def changes_numbers(x):
    x[0] += 1
    x.append(x[1] + x[2])
    return sum(x)


@case([array(), array(2)])
def writes_to_arrays_too(x):
    x[0][0] = 9
    x[1] += x[0]
    x.append(x[0])


@case([array()], array())
def clears_and_extends(x, y):
    x.clear()
    x.extend([y, y * 2, y])


@case(([array()], array()))
def changes_a_list_in_a_tuple(t):
    t[0].append(t[1] * 2)
    return t


@case([array(), array(2)])
def changes_it_in_a_callee(x):
    def inner(y):
        y.append(y[0] * 3)

    inner(x)
    inner(x)


@case([array(), array(2)])
def changes_it_in_a_comprehension(x):
    [x.append(v * 2) for v in list(x)]


@case([array(), array(2)], [array()])
def swaps_names(x, y):
    z = x
    for _ in range(3):
        z[0] = z[0] * 2
        z, y = y, z


@case([array(), array()], [array(2), array()])
def changes_both(x, y):
    for z in (x, y):
        z[0] = z[1] * 2
        z.append(z[0])


@case([array(), array()])
def changes_it_behind_an_error(x):
    try:
        x.append(x[0] * 2)
        raise ValueError
    except ValueError:
        x.append(x[0] * 3)
    finally:
        x.pop(0)


@case([array(), array()])
def calls_itself(x):
    def inner(k):
        if k:
            x.append(x[-1] * 2)
            inner(k - 1)

    inner(3)


@case([array(), array(2)])
def changes_local_copies(x):
    x = list(x)
    y = x.copy()
    y.append(x.pop())
    return len(x), len(y)


@program([array(), array(2)], 3)
def sets_in_a_loop(x, n):
    for _ in range(n):
        x[0] = x[0] + x[1]


@program([array(), array(2)])
def sets_by_a_condition(x):
    if x[0].sum() > 3:
        x[0] = x[1] * 2
    else:
        x[1] = x[0] * 3


@program([array(), array(2)])
def sets_in_a_while(x):
    while x[0].sum() < 100:
        x[0] = x[0] * 2


@program({"n": 0.0, "x": array()})
def sets_keys_in_a_while(d):
    while d["n"] < 5:
        d["n"] += 1
        d["x"] = d["x"] * 2


@program([Point(array(), 1.0), Point(array(2), 2.0)], 4.0)
def sets_attributes_in_a_while(ps, n):
    while n > 0:
        for p in ps:
            p.w = p.w + p.b
            p.b += 1
        n -= 1


@program([array(), array(2)], [array(), array()])
def changes_the_one_that_a_condition_chooses(x, y):
    z = x if x[0].sum() > 3 else y
    z[0] = z[1] * 5


@program([array(), array(2)], [array(), array()])
def gives_the_name_of_an_argument_away(x, y):
    x = x if x[0].sum() > 3 else y
    x[0] = x[0] * 2


@program([array(), array(2)], [array(), array()])
def forgets_the_names(x, y):
    z = x if x[0].sum() > 3 else y
    del x, y
    z[0] = z[0] * 2


@program([array(), array(2)], [array(), array()], 5)
def swaps_in_a_loop(x, y, n):
    for _ in range(n):
        x[0] = x[0] * 2
        x, y = y, x


@program([Point(array(), 1.0), Point(array(2), 2.0)])
def changes_the_best_object(ps):
    best = ps[0]
    for p in ps:
        if p.b > best.b:
            best = p
    best.w = best.w * 10


@program([1.0, 2.0, 3.0, 4.0], np.array([0, 1, 1, 3]))
def sets_traced_places(x, places):
    for i in places:
        x[i] += 1


@program([array(3), array()])
def sorts_by_a_key(x):
    x.sort(key=lambda v: v.sum())


@program([], np.array([5, 5, 6]))
def appends_in_a_loop(x, y):
    for v in y:
        x.append(v * 2)


def same(a, b):
    if isinstance(a, np.ndarray | np.generic | float) or type(a) is int:
        return np.shape(a) == np.shape(b) and np.array_equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, Slots):
        return same(a.w, b.w)
    if hasattr(a, "__dict__") and not isinstance(a, types.FunctionType | np.ufunc):
        return same(vars(a), vars(b))
    return a == b


def check(fn, jitted, args):
    want = copy.deepcopy(args)
    result = fn(*want)
    for _ in range(2):  # The second call finds the trace.
        got = copy.deepcopy(args)
        found = jitted(*got)
        assert same(result, found), (result, found)
        assert same(want, got), (want, got)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("fn", "args"), PLAIN)
def test_jit(fn, args):
    check(fn, lg.jit(fn), args)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("fn", "args"), [*PLAIN, *PROGRAMS])
def test_program(fn, args):
    check(fn, lg.jit(lg.program(fn)), args)


def test_identity():
    """The caller's arrays and containers move as they are, and a new array is one array."""

    def fn(x, d):
        x.reverse()
        y = x[0] * 2
        x.append(y)
        d["pair"] = [y, x, x[0]]
        return y, x, d["pair"]

    first, second = array(), array(2)
    x, d = [first, second], {}
    y, same_x, pair = lg.jit(fn)(x, d)
    assert x[0] is second and x[1] is first and x[2] is y
    assert same_x is x and pair is d["pair"] and pair[1] is x and pair[2] is second
    assert pair[0] is y


def test_out():
    def fn(x):
        x.append(x[0] * 2)
        return x[1]

    out, x = np.zeros(3), [array()]
    assert lg.jit(fn)(x, out=out) is out and x[1] is out


def test_derivatives_leave_the_containers_alone():
    def loss(x):
        x.append(x[0] ** 2)
        return x[-1].sum()

    x = [array()]
    for fn in (loss, lg.program(loss), lg.jit(loss)):
        np.testing.assert_array_equal(lg.grad(fn)(x)[0], array(2))
        np.testing.assert_array_equal(lg.jit(lg.grad(fn))(x)[0], array(2))
        assert lg.jvp(fn, (x,), ([array()],))[1] == 28
        assert len(x) == 1


def test_the_containers_of_a_pure_function():
    def fn(x):
        x.append(x[0] * 2)

    x = [array()]
    for pure in (lg.pure(fn), lg.jit(lg.pure(fn))):
        assert len(pure(x)[1][0]) == 2 and len(x) == 1


def test_a_name_given_away_in_a_pure_function():
    def fn(x, y):
        x = x if x[0].sum() > 3 else y
        x[0] = x[0] * 2

    _, (x, _) = lg.jit(lg.pure(lg.program(fn)))([array()], [array()])
    np.testing.assert_array_equal(x[0], array(2))


def test_a_jitted_function_inside_of_another():
    def inner(x):
        x.append(x[0] * 2)

    def outer(x):
        lg.jit(inner)(x)
        return len(x)

    x = [array()]
    assert lg.jit(outer)(x) == 2 and len(x) == 2


def test_a_function_that_fails_changes_nothing():
    def fn(x):
        x.append(x[0])
        raise KeyError("no")

    x = [array()]
    with pytest.raises(KeyError):
        lg.jit(fn)(x)
    assert len(x) == 1


def test_a_traced_function_has_results_for_new_items():
    def fn(x):
        x.append(x[0] * 2)

    traced = lg.jit(fn).traced([array()])
    assert len(traced.out_types) == 1
    assert lg.jit(changes_local_copies).traced([array(), array()]).containers is None


def appends_one(x):
    x.append(x[0] * 2)


def sets_a_registered_attribute(x):
    x.w = x.w * 2


def sets_another_registered_attribute(x):
    x.more = x.w * 2


def puts_a_set(x):
    x.append({1, 2})


def appends_by_a_condition(x):
    if x[0].sum() > 3:
        x.append(x[0] * 2)


def makes_the_chosen_list_longer(x):
    y = x if x[0].sum() > 3 else [x[0]]
    y.append(x[0])


def in_vmap(x):
    return lg.vmap(appends_one)(x)


def in_a_checkpoint(x):
    return lg.checkpoint(appends_one)(x)


@lg.custom_vjp
def with_a_rule(x):
    x.append(x[0] * 2)
    return x[0]


with_a_rule.defvjp(lambda x: (x[0], None), lambda _, g: ([g],))

ITS = "changes argument 0"

REFUSED = [
    (sets_a_registered_attribute, Registered(array(), []), ITS),
    (sets_another_registered_attribute, Registered(array(), []), ITS),
    (puts_a_set, [array()], "a set is neither"),
    (appends_by_a_condition, [array()], "traced values decide whether"),
    (makes_the_chosen_list_longer, [array()], "one object or another"),
    (in_vmap, [array()], "lg.vmap would lose"),
    (in_a_checkpoint, [array()], "lg.checkpoint writes to its arguments"),
    (with_a_rule, [array()], "a custom derivative would lose"),
]


@pytest.mark.parametrize(("fn", "x", "text"), REFUSED)
def test_refusals(fn, x, text):
    before = copy.deepcopy(x)
    with pytest.raises(TypeError, match=text) as caught:
        lg.jit(lg.program(fn))(x)
    assert str(caught.value).startswith(__file__)
    assert same(before, x)


def test_one_object_at_two_places():
    x = [array()]
    with pytest.raises(
        ValueError, match=r"argument 0, a list, and is given the same .* argument 1"
    ):
        lg.jit(lambda a, b: a.clear())(x, x)
    with pytest.raises(ValueError, match=r"argument 1\[0\], a list, .* argument 0"):
        lg.jit(lambda a, b: b[0].clear())(x, (x,))
    with pytest.raises(ValueError, match=r"argument 0\[0\], a list, .* argument 0\[1\]"):
        lg.jit(lambda a: a[0].append(a[1][0]))([x, x])
    assert len(x) == 1
    d = {"a": x}
    lg.jit(lambda d, x: d.clear())(d, x)
    assert not d
    lg.jit(lambda a, b: a[0] + b[0])(x, x)  # A function that changes nothing may have both.


def test_passes_inside_of_another_function():
    x = [array()]
    lg.jit(appends_one, passes="cse")(x)
    assert len(x) == 2
    with pytest.raises(TypeError, match=r"changes argument 0, a list, and lg.jit with passes="):
        lg.jit(lambda x: lg.jit(appends_one, passes="cse")(x))(x)


def test_a_frozen_object():
    def fn(x):
        x.w = x.w * 2

    with pytest.raises(dataclasses.FrozenInstanceError):
        lg.jit(fn)(Frozen(array()))


def test_files_and_sizes(tmp_path):
    jitted = lg.jit(appends_one)
    jitted([array()])
    with pytest.raises(LetgradError, match="changes argument 0, a list"):
        jitted.save(tmp_path / "f.mlir")
    with pytest.raises(TypeError, match=ITS):
        lg.export(appends_one, [lg.spec(3)], path=tmp_path / "f.so")
    with pytest.raises(TypeError, match=ITS):
        lg.symbolic(appends_one, [lg.spec((lg.Dim("n"),))])([array()])


def test_a_heap():
    """A heap of traced numbers is sorted, which is a heap of the same numbers."""

    def fn(x, v):
        heapq.heappush(x, v)

    x = [1.0, 5.0, 3.0]
    lg.jit(lg.program(fn))(x, 2.0)
    assert sorted(x) == [1.0, 2.0, 3.0, 5.0]
    assert all(x[(k - 1) // 2] <= x[k] for k in range(1, 4))


def test_a_loaded_function_writes_inside_of_a_trace(tmp_path):
    def fn(x):
        x[0] = 9.0
        return x.sum()

    jitted = lg.jit(fn)
    jitted(array())
    jitted.save(tmp_path / "f.mlir")
    loaded = lg.load(tmp_path / "f.mlir")
    x = array()
    loaded(x)
    assert x[0] == 9
    result, x = lg.jit(lambda x: (loaded(x), x))(array())
    assert result == 14 and x[0] == 9
    np.testing.assert_array_equal(lg.grad(loaded)(array()), [0, 1, 1])
    with pytest.raises(TypeError, match="cannot hold a traced value"):
        lg.jit(lambda y: loaded(np.ones(3)) + y)(1.0)


def test_a_checkpoint_that_writes_to_an_array():
    def fn(x):
        x[0] = 9.0
        return x * 2

    with pytest.raises(TypeError, match="the write would be lost"):
        lg.jit(lambda x: (lg.checkpoint(fn)(x), x))(array())


USES = [
    lambda x: x + 1,
    lambda x: float(x),
    lambda x: np.mean([x]),
    lambda x: f"{x:.2f}",
    lambda x: x.sum(),
    lambda x: lg.jit(lambda y: x * y)(2.0),
]


@pytest.mark.parametrize("use", USES)
def test_an_array_that_stays_outside_names_its_line(use):
    history = []

    def fn(x):
        history.append((x * x).sum())

    lg.jit(fn)(array())
    line = fn.__code__.co_firstlineno + 1
    with pytest.raises(TypeError, match=f"after the end of its trace.*:{line} computed it"):
        use(history[0])


@dataclasses.dataclass
class Layer:
    """A data class that can be called, as layers of networks."""

    w: object

    def __call__(self, x):
        return self.w * x


@dataclasses.dataclass
class Cached:
    w: object

    @functools.cached_property
    def total(self):
        return self.w.sum()


class Stack:
    """A class whose parts are a new tuple each time."""

    def __init__(self, layers, turns=0):
        self.layers, self.turns = list(layers), turns


lg.tree.register(
    Stack, lambda s: ((tuple(s.layers),), s.turns), lambda turns, parts: Stack(parts[0], turns)
)


def test_a_new_object_that_can_be_called():
    def fn(x):
        x.append(Layer(x[0].w * 2))
        x.append({"inner": Layer(x[0](3.0))})

    check(fn, lg.jit(fn), ([Layer(array())],))


def test_attributes_of_new_objects():
    def fn(x):
        p = Point(x[0] * 2)
        p.more = [x[0] * 3]
        x.append(p)

    check(fn, lg.jit(fn), ([array()],))


def first_and_later(fn, *args):
    """Calls with the same containers, one after the other."""
    want, got, jitted = copy.deepcopy(args), copy.deepcopy(args), lg.jit(fn)
    for _ in range(3):
        result, found = fn(*want), jitted(*got)
        assert same(result, found), (result, found)
        assert same(want, got), (want, got)


def test_attributes_that_are_no_fields_in_the_next_call():
    """An object has the attribute in the second call only."""

    def counts_calls(p):
        p.count = getattr(p, "count", 0.0) + 1.0

    def has_momentum(p, g):
        if not hasattr(p, "momentum"):
            p.momentum = [g * 0]
        p.momentum[0] = p.momentum[0] * 0.9 + g
        p.w = p.w - p.momentum[0]

    def deletes_and_sets(p):
        if hasattr(p, "old"):
            del p.old
        else:
            p.old = p.w * 1
        p.w = p.w + 1

    def appends_objects(x):
        for p in x:
            p.seen = getattr(p, "seen", 0.0) + 1.0
        q = Point(x[0].w * 2)
        q.seen = 10.0
        x.append(q)

    first_and_later(counts_calls, Point(array()))
    first_and_later(appends_objects, [Point(array())])
    first_and_later(has_momentum, Point(array()), array(2))
    first_and_later(deletes_and_sets, Point(array()))


def test_attributes_that_another_function_set():
    def fn(p):
        p.number = getattr(p, "number", 0.0) + p.w[0]

    p, q = Point(array()), Point(array())
    fn(p), fn(q)
    jitted = lg.jit(fn)
    for _ in range(2):
        fn(p), jitted(q)
        assert p.number == q.number


def test_the_derivative_by_an_object_is_one_by_its_fields():
    def keeps(p):
        p.square = p.w * p.w
        return p.square.sum()

    def loss(p):
        return (p.square if hasattr(p, "square") else p.w * p.w).sum()

    p = Point(array(), 1.0)
    lg.jit(keeps)(p)
    for gradient in (lg.grad(loss), lg.jit(lg.grad(loss))):
        found = gradient(p)
        np.testing.assert_array_equal(found.w, array(2))
        assert not hasattr(found, "square")


def test_a_cached_property_is_no_change():
    p = Cached(np.ones((2, 3)))
    np.testing.assert_array_equal(lg.vmap(lambda p: p.total * 2)(p), [6, 6])
    assert lg.jit(lambda p: p.total * 2)(p) == 12
    p.w = p.w * 2
    assert lg.jit(lambda p: p.total * 2)(p) == 24


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.layers.append(s.layers[0] * 2),
        lambda s: s.layers.reverse(),
        lambda s: setattr(s, "turns", s.turns + 1),
        lambda s: setattr(s, "more", s.layers[0] * 2),
    ],
)
def test_a_registered_class_with_new_parts(change):
    s = Stack([array(), array(2)])
    with pytest.raises(TypeError, match="a Stack, whose class is registered"):
        lg.jit(change)(s)
    np.testing.assert_array_equal(lg.jit(lambda s: s.layers[0] + s.layers[1])(s), array(3))


def test_a_key_that_is_nan():
    d = {float("nan"): array()}
    assert lg.jit(lambda d: sum(d.values())).traced(d).containers is None


def test_the_order_of_attributes_that_are_no_fields():
    def fn(p):
        p.order = list(vars(p))
        p.late, p.early = p.w * 2, p.w * 3

    first_and_later(fn, Point(array()))
