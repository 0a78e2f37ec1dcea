"""Who watches a pipeline: each pass, those of a pass too, and what rules took and made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import letgrad as lg
from letgrad.passes.pipelines import GradientPass, OptimizePass, gradient_passes, optimize_passes
from letgrad.passes.rewriting import driver
from letgrad.passes.simplify.canonicalize import CanonicalizePass


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """Begins and ends of passes while a test runs."""
    found: list[str] = []

    @contextmanager
    def watcher(a_pass: ModulePass, module: ModuleOp) -> Iterator[None]:
        found.append(a_pass.name)
        yield
        found.append(f"/{a_pass.name}")

    with driver.watching(watcher):
        yield found


def test_passes_that_a_pass_is_made_of(seen: list[str]):
    module = lg.trace(lambda x: x * x, 1.0)
    driver.run_passes(Context(), module, (OptimizePass(), CanonicalizePass()))
    inner = [name for p in optimize_passes() for name in (p.name, f"/{p.name}")]
    assert seen == ["optimize", *inner, "/optimize", "canonicalize", "/canonicalize"]


def test_several_watchers_nest():
    found: list[str] = []

    def named(name: str):
        @contextmanager
        def watcher(a_pass: ModulePass, module: ModuleOp) -> Iterator[None]:
            found.append(name)
            yield
            found.append(f"/{name}")

        return watcher

    module = lg.trace(lambda x: x * x, 1.0)
    with driver.watching(named("outer")), driver.watching(named("inner")):
        driver.run_passes(Context(), module, (CanonicalizePass(),))
    assert found == ["outer", "inner", "/inner", "/outer"]


def test_derivatives_in_python(seen: list[str]):
    lg.trace(lg.grad(lambda x: x * x), 1.0)
    assert seen[0] == "optimize" and seen[-1] == "/gradient"
    inner = [p.name for p in gradient_passes(None, None, "reverse", None, True, "one")]
    after = seen[seen.index("gradient") + 1 : -1]
    assert [name for name in after if not name.startswith("/")] == inner
    assert GradientPass.name not in after


def test_what_a_firing_took_and_made():
    module = lg.trace(lambda x: x * 1.0 + 0.0 * x, 1.0)
    firings: list[driver.Firing] = []
    observer = driver.Observer()
    before = set(module.walk())
    with driver.observing(driver.Observer(on_firing=firings.append)), driver.observing(observer):
        driver.run_passes(Context(), module, (CanonicalizePass(),))
    assert firings and sum(observer.counts.values()) == len(firings)
    after = set(module.walk())
    made = {op for firing in firings for op in firing.made}
    assert after - before <= made
    gone = {firing.root for firing in firings if firing.root.parent is None}
    assert before - after <= gone
    for firing in firings:
        for old, new in zip(firing.root.results, firing.results):
            assert new is None or old.type == new.type
            assert new is None or new.owner is not firing.root
