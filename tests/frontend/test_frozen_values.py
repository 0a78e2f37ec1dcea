"""What a trace would freeze without a word: random numbers, and globals that change later."""

from __future__ import annotations

import argparse
import functools
import importlib
import logging
import random
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import frozen_values

generator = np.random.default_rng(1)
state = np.random.RandomState(1)
scale = 2.0


def draws(x: Any) -> Any:
    return x + generator.standard_normal(3)


def calls_what_draws(x: Any) -> Any:
    return draws(x) * 2.0


class Layer:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def forward(self, x: Any) -> Any:
        return x * self.rng.uniform()


class Noise:
    """It reaches generators by its class, by a slot, and by the code of its methods."""

    __slots__ = ("own",)
    common = np.random.default_rng(0)

    def __init__(self) -> None:
        self.own = np.random.default_rng(0)

    def of_class(self, x: Any) -> Any:
        return x * self.common.uniform()

    def of_slot(self, x: Any) -> Any:
        return x * self.own.uniform()

    def of_global(self, x: Any) -> Any:
        return x * generator.uniform()

    @property
    def level(self) -> float:
        return generator.uniform()

    @staticmethod
    def static(x: Any) -> Any:
        return x * generator.uniform()

    def __call__(self, x: Any) -> Any:
        return self.of_global(x)


class Louder(Noise):
    __slots__ = ()


def drawing() -> dict[str, Any]:
    local = np.random.default_rng(2)
    bits = np.random.PCG64(2)
    noise = Louder()
    drawn = random.Random(2).random
    return {
        "a class": noise.of_class,
        "a slot": noise.of_slot,
        "a method of an object": lambda x: noise.of_global(x),
        "a property": lambda x: x * noise.level,
        "a static method": lambda x: Louder.static(x),
        "a callable object": noise,
        "a bit generator": lambda x: x + bits.random_raw() % 7,
        "a global": draws,
        "a function of the function": calls_what_draws,
        "a closure": lambda x: x + local.standard_normal(3),
        "RandomState": lambda x: x + state.standard_normal(3),
        "numpy.random": lambda x: x + np.random.rand(3),
        "random": lambda x: x + random.random(),
        "a method that is written in C": lambda x: x + drawn(),
        "a method": Layer().forward,
        "partial": functools.partial(lambda rng, x: x + rng.standard_normal(3), local),
        "a container": functools.partial(lambda d, x: x + d["rng"].uniform(), {"rng": local}),
        "grad": lambda x: lg.grad(lambda y: np.sum(draws(y)))(x),
        "build": lambda x: lg.build(3, lambda i: x[i] + local.uniform()),
    }


@pytest.mark.parametrize("how", drawing())
def test_a_draw_is_an_error(how: str):
    with pytest.raises(TypeError, match="and pass them as an argument"):
        lg.jit(drawing()[how])(np.zeros(3))


def test_a_draw_in_what_a_gradient_is_taken_of():
    with pytest.raises(TypeError, match=r"test_frozen_values.*from a numpy\.random\.Generator"):
        lg.grad(lambda x: np.sum(calls_what_draws(x)))(np.zeros(3))


def test_a_generator_of_the_function_s_own_is_a_constant():
    """Its numbers are the same in each call of the plain function too."""

    def f(x):
        return x + np.random.default_rng(3).standard_normal(3)

    np.testing.assert_array_equal(lg.jit(f)(np.zeros(3)), f(np.zeros(3)))


UNSEEDED = {
    "default_rng": lambda: np.random.default_rng().standard_normal(3),
    "Generator": lambda: np.random.Generator(np.random.PCG64()).standard_normal(3),
    "RandomState": lambda: np.random.RandomState().standard_normal(3),
    "SeedSequence": lambda: np.random.default_rng(np.random.SeedSequence()).standard_normal(3),
}


@pytest.mark.parametrize("make", UNSEEDED)
@pytest.mark.parametrize("inside", [False, True])
def test_a_generator_without_a_seed_is_an_error(make: str, inside: bool):
    f = lambda x: x + UNSEEDED[make]()  # noqa: E731
    if inside:
        f = lambda x: lg.scan(lambda c, _: (c + UNSEEDED[make](), None), x, None, length=2)[0]  # noqa: E731
    with pytest.raises(TypeError, match=r"test_frozen_values.*generator without a seed"):
        lg.jit(f)(np.zeros(3))
    # Outside of a trace, NumPy works as before.
    assert not np.array_equal(UNSEEDED[make](), UNSEEDED[make]())


def test_another_thread_makes_generators_during_a_trace():
    def f(x: Any) -> Any:
        made: list[Any] = []
        thread = threading.Thread(target=lambda: made.append(np.random.default_rng()))
        thread.start()
        thread.join()
        assert made
        return x

    lg.jit(f)(np.zeros(3))


def test_numbers_that_were_drawn_before_are_arguments():
    noise = generator.standard_normal(3)
    np.testing.assert_array_equal(lg.jit(lambda x, n: x + n)(np.zeros(3), noise), noise)


def test_a_global_that_changed_is_a_remark(monkeypatch: pytest.MonkeyPatch):
    f = lg.jit(lambda x: x * scale)
    assert f(3.0) == 6.0
    with lg.remarks() as found:
        f(3.0)
    assert list(found) == []
    monkeypatch.setitem(globals(), "scale", 5.0)
    with lg.remarks() as found:
        assert f(3.0) == 6.0
    (remark,) = found
    assert remark.rule == "frozen-number" and __file__ in str(remark)
    assert remark.text.startswith("scale was 2.0 when the function was traced, and is 5.0 now")


def test_a_variable_around_the_function_that_changed_is_a_remark():
    k = 1
    f = lg.jit(lambda x: x * k)
    f(3.0)
    k = 2
    with lg.remarks() as found:
        f(3.0)
    assert [r.text[:5] for r in found] == ["k was"]


def test_python_s_own_library_does_not_hide_a_generator(monkeypatch: pytest.MonkeyPatch):
    """`np.where` has a signature, by which a search reached the modules `inspect` and `re`."""

    def f(x):
        drawn = generator.normal()
        return np.where(x > 0, x, drawn), argparse.ArgumentParser, subprocess.run, logging.info

    found = frozen_values.reachable_generators(f)
    assert found[2:] == [generator]
    # The search looks at few objects: it stops after some, and would not see all of the user's.
    looked_at: list[Any] = []
    parts = frozen_values._parts
    monkeypatch.setattr(frozen_values, "_parts", lambda x: looked_at.append(x) or parts(x))
    frozen_values.reachable_generators(f)
    assert len(looked_at) < 200


def test_a_module_of_the_user_may_have_the_name_of_one_of_python_s(tmp_path, monkeypatch):
    text = "import numpy as np\nown = np.random.default_rng(0)\ndef g(x): return x + own.normal()\n"
    (tmp_path / "sndhdr.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    sndhdr = importlib.import_module("sndhdr")
    with pytest.raises(TypeError, match="draws random numbers"):
        lg.jit(sndhdr.g)(3.0)
    monkeypatch.delitem(sys.modules, "sndhdr")


def test_a_module_that_is_imported_may_make_generators(tmp_path, monkeypatch):
    """`scipy.stats` does, and the traced function may be the first to use it."""
    text = "import numpy as np\nown = np.random.default_rng()\nscale = 2.0\n"
    (tmp_path / "module_with_a_generator.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    def f(x):
        import module_with_a_generator as module  # type: ignore[import-not-found]

        return x * module.scale

    assert lg.jit(f)(3.0) == 6.0
    with pytest.raises(TypeError, match="generator without a seed"):
        lg.jit(lambda x: x * np.random.default_rng().normal())(3.0)


def test_a_random_state_with_a_seed_is_allowed():
    """NumPy makes it without a seed first. Each call of it gives the same numbers, as in Python."""
    k, seeds = 7, {"first": 3, "none": None}
    for f in (
        lambda x: x + np.random.RandomState(0).randn(3),
        lambda x: x + np.random.RandomState(seed=k).randn(3),
        lambda x: x + np.random.RandomState(10 * k + 1).randn(3),
        lambda x: x + np.random.RandomState(seeds["first"]).randn(3),
        lambda x: x + np.random.RandomState(len(seeds)).randn(3),
    ):
        np.testing.assert_array_equal(lg.jit(f)(np.zeros(3)), f(np.zeros(3)))
    nothing = None
    for f in (
        lambda x: x + np.random.RandomState(None).randn(3),
        lambda x: x + np.random.RandomState(nothing).randn(3),
        lambda x: x + np.random.RandomState(seeds["none"]).randn(3),
        lambda x: x + np.random.RandomState().randn(3),
    ):
        with pytest.raises(TypeError, match="generator without a seed"):
            lg.jit(f)(np.zeros(3))
