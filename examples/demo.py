"""
Shows letgrad on small programs. The demo prints a program in terms, differentiates the program and
checks the result against finite differences. It then trains a two-layer classifier on
scikit-learn's digits.

    make demo
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.extend import (
    GradientPass,
    Progress,
    find_function,
    format_function,
    new_context,
    parse,
)

HERE = Path(__file__).parent


def read(name: str) -> tuple[Context, ModuleOp]:
    """A context with all dialects, and a program of this folder."""
    ctx = new_context()
    return ctx, parse(ctx, (HERE / name).read_text(encoding="utf-8"), name)


def terms() -> None:
    """One function in three ways: as a tree, with lets for shared values, with all values named."""
    _, module = read("foo.mlir")
    function = find_function(module, "foo")
    for sharing in ("none", "lets", "every"):
        print(f"-- sharing = {sharing}")
        print(format_function(function, sharing))


def gradient() -> None:
    """The gradient of foo, with w bound once or written out twice, computes nothing twice."""
    for name in ("foo.mlir", "foo_unshared.mlir"):
        ctx, module = read(name)
        GradientPass().apply(ctx, module)
        print(f"-- {name}")
        print(format_function(find_function(module, "foo")))


def foo(x, y, z):
    w = x * np.sin(y)
    return np.arctan2(z, w) + z * w


def differences() -> None:
    """The same gradient in Python. Finite differences agree with the gradient."""
    point = np.array([1.1, 2.2, 3.3])
    value, slopes = lg.value_and_grad(foo, argnums=(0, 1, 2))(*point)
    print(f"foo(1.1, 2.2, 3.3) = {value}")
    step = 1e-6
    for i, slope in enumerate(slopes):
        ahead, behind = (foo(*(point + s * step * np.eye(3)[i])) for s in (1, -1))
        difference = (ahead - behind) / (2 * step)
        print(f"  d/d{'xyz'[i]} = {slope:.12f}    by differences {difference:.12f}")
        assert np.isclose(slope, difference, rtol=1e-7), "the gradient is wrong"


def relu() -> None:
    """A program that looks up a table at an index computed from each element; and its gradient."""
    ctx, module = read("relu.mlir")
    print(format_function(find_function(module, "relu")))
    GradientPass(primal=False).apply(ctx, module)
    print(format_function(find_function(module, "relu")))


def logits(parameters, images):
    for w, b in parameters[:-1]:
        images = np.tanh(images @ w + b)
    w, b = parameters[-1]
    return images @ w + b


def loss(parameters, images, one_hot):
    """Mean cross entropy of the softmax of the last layer, and a little weight decay."""
    scores = logits(parameters, images)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(scores), axis=1))
    decay = sum(np.sum(w**2) for w, _ in parameters)
    return np.mean(log_sum - np.sum(scores * one_hot, axis=1)) + 1e-4 * decay


def digits(epochs: int = 30, batch: int = 50, rate: float = 0.2) -> None:
    """Trains by stochastic gradient descent on the digits, and tests on held-out images."""
    from sklearn.datasets import load_digits

    data = load_digits()
    random = np.random.default_rng(0)
    order = random.permutation(len(data.data))
    images, labels = data.data[order] / 16, data.target[order]
    train, held_out = slice(0, 1400), slice(1400, None)
    parameters = [
        (random.standard_normal((64, 64)) / 8, np.zeros(64)),
        (random.standard_normal((64, 10)) / 8, np.zeros(10)),
    ]
    one_hot = np.eye(10)[labels]

    step = lg.jit(lg.value_and_grad(loss))
    classify = lg.jit(lambda parameters, images: np.argmax(logits(parameters, images), axis=1))

    def accuracy() -> float:
        guesses = classify(parameters, images[held_out])
        return float(np.mean(guesses == labels[held_out]))

    print(f"before     accuracy {accuracy():.3f} on {len(labels[held_out])} held-out images")
    start = time.perf_counter()
    with Progress("training", epochs) as progress:
        for epoch in range(1, epochs + 1):
            losses = []
            for some in np.split(random.permutation(train.stop), train.stop // batch):
                value, slopes = step(parameters, images[some], one_hot[some])
                losses.append(value)
                parameters = [
                    (w - rate * dw, b - rate * db)
                    for (w, b), (dw, db) in zip(parameters, slopes, strict=True)
                ]
            progress.advance(f"loss {np.mean(losses):.4f}")
            if epoch % 10 == 0:
                progress.clear()
                print(f"epoch {epoch:>3}  accuracy {accuracy():.3f}, loss {np.mean(losses):.4f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")
    assert accuracy() > 0.95, "the classifier did not learn"


def main() -> None:
    for title, part in (
        ("foo as people write it", terms),
        ("its gradient", gradient),
        ("its gradient in Python, and finite differences", differences),
        ("relu by an index computed from data", relu),
        ("a classifier of digits", digits),
    ):
        print(f"\n== {title}")
        part()


if __name__ == "__main__":
    main()
