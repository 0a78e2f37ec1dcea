"""
What letgrad does, on small programs: prints one in terms, differentiates it and checks the result
against finite differences, and trains a two-layer classifier on scikit-learn's digits.

    make demo
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering.reference import Evaluator, find_function
from letgrad.lowering.terms import format_function
from letgrad.passes.pipelines import GradientPass
from letgrad.tools import opt, source

HERE = Path(__file__).parent


def read(name: str) -> tuple[Context, ModuleOp]:
    """A program of this folder, with a context that knows all dialects."""
    ctx = opt.LetgradOptMain([]).ctx
    return ctx, source.parse(ctx, (HERE / name).read_text(encoding="utf-8"), name)


def terms() -> None:
    """One function three ways: as a tree, with lets for what is shared, with every value named."""
    _, module = read("foo.mlir")
    function = find_function(module, "foo")
    for sharing in ("none", "lets", "every"):
        print(f"-- sharing = {sharing}")
        print(format_function(function, sharing))


def gradient() -> None:
    """The gradient of foo is a program that computes nothing twice; finite differences agree."""
    ctx, module = read("foo.mlir")
    point = np.array([1.1, 2.2, 3.3])
    primal = Evaluator(module.clone())
    GradientPass().apply(ctx, module)
    print(format_function(find_function(module, "foo")))

    value, *slopes = Evaluator(module).call("foo", [*point, 1.0])
    print(f"foo(1.1, 2.2, 3.3) = {value}")
    step = 1e-6
    for i, slope in enumerate(slopes):
        ahead, behind = (primal.call("foo", point + s * step * np.eye(3)[i])[0] for s in (1, -1))
        difference = (ahead - behind) / (2 * step)
        print(f"  d/d{'xyz'[i]} = {slope:.12f}    by differences {difference:.12f}")
        assert np.isclose(slope, difference, rtol=1e-7), "the gradient is wrong"


def relu() -> None:
    """An index computed from the data, looked up in a table, for each element."""
    _, module = read("relu.mlir")
    print(format_function(find_function(module, "relu")))
    data = np.array([[1.1, -2.2, 0, 4.4], [5.5, 6.6, 7.7, 8.8], [-9.9, -10, 11, 12]])
    print(Evaluator(module).call("relu", [data])[0])


def logits(w1, b1, w2, b2, images):
    return np.tanh(images @ w1 + b1) @ w2 + b2


def loss(w1, b1, w2, b2, images, one_hot):
    """Mean cross entropy of the softmax of the second layer."""
    scores = logits(w1, b1, w2, b2, images)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(scores).sum(axis=1))
    return (log_sum - (scores * one_hot).sum(axis=1)).mean()


def digits(steps: int = 60) -> None:
    """Gradient descent on the digits: the reference runs the gradient program op by op."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images, labels = data.data / 16, data.target
    train, test = slice(0, 1500), slice(1500, None)
    random = np.random.default_rng(0)
    parameters = [
        random.standard_normal((64, 32)) / 8,
        np.zeros(32),
        random.standard_normal((32, 10)) / 6,
        np.zeros(10),
    ]
    batch = images[train], np.eye(10)[labels[train]]

    classify = lg.jit(lambda *args: np.argmax(logits(*args), axis=1), backend="numpy")

    def accuracy() -> float:
        return float(np.mean(classify(*parameters, images[test]) == labels[test]))

    module = lg.trace(loss, *parameters, *batch)
    GradientPass(wrt=(0, 1, 2, 3), seed="one").apply(opt.LetgradOptMain([]).ctx, module)
    program = Evaluator(module)
    print(f"before     accuracy {accuracy():.3f}")
    for step in range(1, steps + 1):
        value, *slopes = program.call("loss", [*parameters, *batch])
        parameters = [p - s for p, s in zip(parameters, slopes, strict=True)]
        if step % 20 == 0:
            print(f"step {step:>3}   accuracy {accuracy():.3f}   loss {value:.4f}")
    assert accuracy() > 0.85, "the classifier did not learn"


def main() -> None:
    for title, part in (
        ("foo as people write it", terms),
        ("its gradient", gradient),
        ("relu by an index computed from data", relu),
        ("a classifier of digits", digits),
    ):
        print(f"\n== {title}")
        part()


if __name__ == "__main__":
    main()
