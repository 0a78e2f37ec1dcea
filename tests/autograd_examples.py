"""
The example programs of autograd 1.9.1, ported to letgrad, beside autograd's own gradients.

    pip install autograd==1.9.1
    pip download autograd==1.9.1 --no-deps --no-binary :all: && tar xf autograd-1.9.1.tar.gz
    python tests/autograd_examples.py autograd-1.9.1/examples [NAME ...]

Each port is the program of autograd with other text in a few places: `COMMON` has the import lines
of all programs, and `EDITS` the places of one program. The command prints the number of changed
lines, and compares the gradients of the first calls of `grad` with autograd's, and with differences
of the objective along a random direction. It returns 1 if a gradient is wrong.

autograd is under the MIT licence; no text of its examples is here but the lines that change.
"""

from __future__ import annotations

import copy
import difflib
import functools
import os
import pickle
import re
import runpy
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

COMMON = [
    ("import autograd.numpy as np", "import letgrad.numpy as np"),
    ("import autograd.numpy.random as npr", "import numpy.random as npr"),
    ("import autograd.scipy.stats.norm as norm", "from letgrad.scipy.stats import norm"),
    ("import autograd.scipy.stats.t as t", "from letgrad.scipy.stats import t"),
    (
        "import autograd.scipy.stats.multivariate_normal as mvn",
        "from letgrad.scipy.stats import multivariate_normal as mvn",
    ),
    ("from autograd.scipy.", "from letgrad.scipy."),
    ("from autograd.numpy.linalg", "from letgrad.numpy.linalg"),
    ("from autograd.misc.optimizers", "from helpers"),
    ("from autograd.misc.flatten", "from helpers"),
    ("from autograd.misc", "from helpers"),
    ("from autograd.test_util", "from helpers"),
    ("from autograd.builtins import tuple\n", ""),
    ("from autograd import", "from helpers import"),
    ("argnum=", "argnums="),
]
"""Text of autograd's programs, and the text of the ports."""

# An objective that draws takes its generator as an argument.
_BLACK_BOX = [
    ("    rs = npr.RandomState(0)\n\n    def variational", "    def variational"),
    ("variational_objective(params, t):", "variational_objective(params, t, rs):"),
    ("rs.randn(num_samples, D)", "rs.standard_normal((num_samples, D))"),
    (
        "gradient = grad(variational_objective)",
        "rs = lg.random.default_rng(0)\n"
        "    slope = grad(variational_objective)\n"
        "    gradient = lambda params, t: slope(params, t, rs.spawn(1)[0])",
    ),
]
_BOUND = ("-objective(params, t)", "-objective(params, t, lg.random.default_rng(t))")
_LETGRAD = ("import letgrad.numpy as np\n", "import letgrad as lg\nimport letgrad.numpy as np\n")

EDITS: dict[str, list[tuple[str, str]]] = {
    "bayesian_neural_net": [_LETGRAD, _BOUND],
    "bayesian_optimization": [],
    "black_box_svi": [_LETGRAD, *_BLACK_BOX, _BOUND],
    "convnet": [
        ("import autograd.scipy.signal\n", "from helpers import convolve\n"),
        ("convolve = autograd.scipy.signal.convolve\n", ""),
    ],
    "deep_gaussian_process": [],
    "define_gradient": [
        _LETGRAD,
        ("from autograd.extend import defvjp, primitive\n", ""),
        ("@primitive", "@lg.custom_vjp"),
        ("def logsumexp_vjp(ans, x):", "def logsumexp_vjp(saved, g):\n    ans, x = saved"),
        (
            "return lambda g: np.full(x_shape, g) * np.exp(x - np.full(x_shape, ans))",
            "return (np.full(x_shape, g) * np.exp(x - np.full(x_shape, ans)),)",
        ),
        (
            "defvjp(logsumexp, logsumexp_vjp)",
            "def logsumexp_fwd(x):\n    ans = logsumexp(x)\n    return ans, (ans, x)\n\n\n"
            "logsumexp.defvjp(logsumexp_fwd, logsumexp_vjp)",
        ),
    ],
    "fixed_points": [
        ("from helpers.fixed_points import fixed_point", "import letgrad as lg"),
        ("return lambda x: 0.5 * (x + a / x)", "return 0.5 * (x + a / x)"),
        ("def newton_sqrt_iter(a):", "def newton_sqrt_iter(x, a):"),
        ("return lambda x: x - 0.05 * (x**2 - a)", "return x - 0.05 * (x**2 - a)"),
        ("def grad_descent_sqrt_iter(a):", "def grad_descent_sqrt_iter(x, a):"),
        (
            r"re:    return fixed_point\(grad_descent_sqrt_iter[^\n]*",
            "    return lg.fixed_point(grad_descent_sqrt_iter, guess, a)",
        ),
    ],
    "fluidsim/fluidsim": [
        _LETGRAD,
        (
            "simulate(init_vx, init_vy, init_smoke, simulation_timesteps)",
            "simulate(init_vx, init_vy, lg.asarray(init_smoke), simulation_timesteps)",
        ),
    ],
    "fluidsim/wing": [],
    "gaussian_process": [],
    "generative_adversarial_net": [
        _LETGRAD,
        ("rs.rand(num_samples, noise_dim)", "rs.random((num_samples, noise_dim))"),
        ("seed = npr.RandomState(0)", "seed = lg.random.default_rng(0)"),
        ("dsc_params, iter):\n        idx = batch_indices(iter)", "dsc_params, images, seed):"),
        ("dsc_params, train_images[idx], batch", "dsc_params, images, batch"),
        (
            "both_objective_grad = grad(objective, argnums=(0, 1))",
            "slope = grad(objective, argnums=(0, 1))\n"
            "    images = lambda i: train_images[batch_indices(i)]\n"
            "    both_objective_grad = lambda g, d, i: slope(g, d, images(i), seed.spawn(1)[0])",
        ),
        (
            "objective(gen_params, dsc_params, iter)",
            "objective(gen_params, dsc_params, images(iter), seed)",
        ),
    ],
    "gmm": [],
    "gplvm": [],
    "hmm_em": [
        _LETGRAD,
        (
            "    def EM_update(params):",
            "    slope = vgrad(log_partition_function)\n\n    def EM_update(params):",
        ),
        ("vgrad(log_partition_function)(", "slope("),
        ("def log_partition_function", "@lg.program\ndef log_partition_function"),
    ],
    "ica": [],
    "logistic_regression": [],
    "lstm": [],
    "mixture_variational_inference": [
        _LETGRAD,
        ("rs.randn(num_samples, D)", "rs.standard_normal((num_samples, D))"),
        ("mixture_elbo(var_mixture_params, t)", "mixture_elbo(var_mixture_params, t, rs)"),
        ("def objective(params, t):", "def objective(params, t, rs):"),
        ("return -elbo(params, t)", "return -elbo(params, t, rs)"),
        ("{-objective(params, t)}", "{-objective(params, t, lg.random.default_rng(t))}"),
        (
            '    print("Optimizing',
            "    rs = lg.random.default_rng(0)\n    slope = grad(objective)\n"
            "    gradient = lambda params, t: slope(params, t, rs.spawn(1)[0])\n"
            '    print("Optimizing',
        ),
        ("        grad(objective), init", "        gradient, init"),
    ],
    "natural_gradient_black_box_svi": [_LETGRAD, _BOUND],
    "negative_binomial_maxlike": [],
    "neural_net": [
        (
            "def objective(params, iter):\n        idx = batch_indices(iter)\n",
            "def objective(params, images, labels):\n",
        ),
        ("train_images[idx], train_labels[idx], L2", "images, labels, L2"),
        (
            "objective_grad = grad(objective)",
            "slope = grad(objective)\n    batch = lambda i: "
            "(train_images[batch_indices(i)], train_labels[batch_indices(i)])\n"
            "    objective_grad = lambda params, i: slope(params, *batch(i))",
        ),
    ],
    "neural_net_regression": [],
    "ode_net": [
        ("from letgrad.scipy.integrate import odeint", "from letgrad import odeint"),
        ("t, tuple((params,)), ", "t, params, adjoint=True, "),
        ("args=(true_A,)", "true_A"),
    ],
    "rkhs": [
        ("from autograd.extend import Box, VSpace, defvjp, primitive\n", ""),
        ("from autograd.util import func\n", ""),
        ("re:        self.vs = .*?\n", ""),
        ("    @primitive\n", ""),
        ("self.vs.add(self, f)", "RKHSFun(self.kernel, add_dicts(self.alphas, f.alphas))"),
        (
            "self.vs.scalar_mul(self, a)",
            "RKHSFun(self.kernel, {x: a * c for x, c in self.alphas.items()})",
        ),
        # The gradient by f is the sum of ∂/∂f(x) times the function that gives f(x).
        (
            "re:# TODO: add vjp.*RKHSFunVSpace.register\\(RKHSFun\\)\n",
            "def grad_by_function(loss):\n"
            "    def slope(f, xs, ys):\n"
            "        of_values = lambda values: loss(dict(zip(xs, values)).get, xs, ys)\n"
            "        values = grad(of_values)([float(f(x)) for x in xs])\n"
            "        return RKHSFun(f.kernel, dict(zip(xs, values)))\n\n"
            "    return slope\n",
        ),
        ("grad(logprob)(f", "grad_by_function(logprob)(f"),
    ],
    "rnn": [],
    "rosenbrock": [],
    "sinusoid": [],
    "tanh": [],
    "variational_autoencoder": [
        _LETGRAD,
        ("rs.randn(*mean.shape)", "rs.standard_normal(mean.shape)"),
        ("seed = npr.RandomState(0)", "seed = lg.random.default_rng(0)"),
        (
            "def objective(combined_params, iter):\n        data_idx = batch_indices(iter)\n",
            "def objective(combined_params, images, seed):\n",
        ),
        ("rec_params, train_images[data_idx], seed", "rec_params, images, seed"),
        ("objective(combined_params, iter)", "objective(combined_params, images(iter), seed)"),
        (
            "objective_grad = grad(objective)",
            "slope = grad(objective)\n"
            "    images = lambda i: train_images[batch_indices(i)]\n"
            "    objective_grad = lambda params, i: slope(params, images(i), seed.spawn(1)[0])",
        ),
        ("rs.randn(num_samples, noise_dim)", "rs.standard_normal((num_samples, noise_dim))"),
    ],
}

ALIKE: dict[str, list[tuple[str, str]]] = {
    "fixed_points": [("1e-4", "1e-13")],
    "hmm_em": [('"lstm.py"', '"text.txt"')],
    "lstm": [('"lstm.py"', '"text.txt"')],
    "ode_net": [("rtol=0.01", "rtol=1e-9, atol=1e-9")],
    "rnn": [('"rnn.py"', '"text.txt"')],
}
"""
Changes of both programs, so that they compute the same: autograd's adjoint method and its fixed
points are as exact as the tolerance, and three programs read their own text.
"""

HELPERS = '''
"""For ports of autograd's examples: its names, in terms of letgrad."""

import numpy as onp

import letgrad as lg
import letgrad.numpy as np
from checks import recorded

grad = recorded(lg.grad)
value_and_grad = recorded(lg.value_and_grad)


@recorded
def elementwise_grad(fun, argnums=0):
    return lg.grad(lambda *args: np.sum(fun(*args)), argnums)


def hessian_vector_product(fun):
    return lambda x, v: lg.hvp(fun, (x,), (v,))


def flatten(value):
    leaves, structure = lg.tree.flatten(value)
    ends = onp.cumsum([np.size(leaf) for leaf in leaves])

    def unflatten(vector):
        parts = np.split(vector, ends[:-1])
        return structure.unflatten(np.reshape(p, np.shape(x)) for p, x in zip(parts, leaves))

    return np.concatenate([np.ravel(leaf) for leaf in leaves]), unflatten


def flatten_func(fun, value):
    vector, unflatten = flatten(value)
    return lambda x, *args: fun(unflatten(x), *args), unflatten, vector


def check_grads(fun, modes=("fwd", "rev")):
    return lambda *args: lg.check(fun, *args)


def convolve(inputs, params, mode, **axes):
    windows = np.lib.stride_tricks.sliding_window_view(inputs, params.shape[2:], (2, 3))
    return np.einsum("ncyxij,cdij->ndyx", windows, params[:, :, ::-1, ::-1])


def sgd(grad, x0, callback=None, num_iters=200, step_size=0.1, mass=0.9):
    x, unflatten = flatten(x0)
    velocity = np.zeros(len(x))
    for i in range(num_iters):
        g, _ = flatten(grad(unflatten(x), i))
        if callback:
            callback(unflatten(x), i, unflatten(g))
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return unflatten(x)


def adam(grad, x0, callback=None, num_iters=100, step_size=0.001, b1=0.9, b2=0.999, eps=1e-8):
    x, unflatten = flatten(x0)
    m = v = np.zeros(len(x))
    for i in range(num_iters):
        g, _ = flatten(grad(unflatten(x), i))
        if callback:
            callback(unflatten(x), i, unflatten(g))
        m, v = (1 - b1) * g + b1 * m, (1 - b2) * g**2 + b2 * v
        x = x - step_size * m / (1 - b1 ** (i + 1)) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps)
    return unflatten(x)
'''


class Done(Exception):
    """A program has called `grad` often enough."""


Call = tuple[list[Any], list[Any], float]
"""Arguments, gradient, and the relative difference from central differences."""
CALLS: list[Call] = []
CALLS_WANTED = 2
LONGEST, NAN = 900, float("nan")


def parts(value: Any) -> list[Any]:
    """The arrays and numbers of nested containers, dicts by their keys."""
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in parts(part)]
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in parts(value[key])]
    return parts(value.alphas) if hasattr(value, "alphas") else [value]


def moved(value: Any, by: list[Any]) -> Any:
    """`value` plus the arrays `by`, in the order of `parts`."""
    if isinstance(value, (tuple, list)):
        return type(value)([moved(part, by) for part in value])
    if isinstance(value, dict):
        return {key: moved(value[key], by) for key in sorted(value)}
    return value + by.pop(0)


def recorded(transform: Callable[..., Any]) -> Callable[..., Any]:
    """`lg.grad` or autograd's, where the first calls with numbers are noted and checked."""

    @functools.wraps(transform)
    def new(fun: Callable[..., Any], argnums: Any = 0, **options: Any) -> Callable[..., Any]:
        argnums = options.pop("argnum", argnums)
        slope = transform(fun, argnums)

        def called(*args: Any) -> Any:
            import numpy as np

            if any("Box" in type(p).__name__ or type(p).__name__ == "Array" for p in parts(args)):
                return slope(*args)
            before = copy.deepcopy(args)
            result = slope(*args)
            one = (argnums,) if isinstance(argnums, int) else argnums
            value_too = transform.__name__ == "value_and_grad"
            gradient = parts(result[1] if value_too else result)
            random = np.random.default_rng(0)
            steps = [random.standard_normal(np.shape(g)) for g in gradient]
            length = np.sqrt(sum(np.sum(s * s) for s in steps))
            steps = [s / length for s in steps]

            def at(eps: float) -> float:
                by = [eps * s for s in steps]
                near = [moved(float(a) if isinstance(a, int) else a, by) if k in one else a
                        for k, a in enumerate(copy.deepcopy(before))]  # fmt: skip
                return float(np.sum(np.asarray(fun(*near))))

            if hasattr(result, "alphas"):  # a function, which autograd's own vector space holds
                CALLS.append(([], gradient, 0.0))
                if len(CALLS) == CALLS_WANTED:
                    raise Done
                return result
            along = float(sum(np.sum(g * s) for g, s in zip(gradient, steps, strict=True)))
            errors = []
            for eps in (1e-4, 1e-5, 1e-6):
                slow = (at(eps) - at(-eps)) / (2 * eps)
                errors.append(abs(slow - along) / (abs(slow) + abs(along) + 1e-10))
            CALLS.append((parts(before), gradient, min(errors)))
            if len(CALLS) == CALLS_WANTED:
                raise Done
            return result

        return called

    return new


def run_program(folder: str, name: str, kept: str, letgrad: bool) -> None:
    """In a process of its own: run a program until it has called `grad` often enough."""
    import numpy as np

    sys.setrecursionlimit(20_000)
    plots = ["", ".pyplot", ".cm", ".image", ".animation", ".gridspec"]
    for module in ["graphviz", *(f"matplotlib{p}" for p in plots)]:
        sys.modules[module] = MagicMock()
    smoke = np.random.default_rng(0).uniform(size=(48, 48, 4))
    sys.modules["matplotlib.pyplot"].imread = lambda path: (  # type: ignore[attr-defined]
        smoke if "init" in path else np.tri(96)
    )
    digits = types.ModuleType("data_mnist")
    random = np.random.RandomState(0)
    digits.mnist = lambda: (  # type: ignore[attr-defined]
        random.randint(0, 255, (256, 28, 28)), random.randint(0, 10, 256),
        random.randint(0, 255, (64, 28, 28)), random.randint(0, 10, 64),
    )  # fmt: skip
    path = Path(folder, f"{name}.py")
    sys.modules["data_mnist"] = digits
    sys.modules["checks"] = sys.modules["__main__"]
    sys.path[:0] = [folder, str(path.parent)]
    if not letgrad:
        import autograd

        for transform in ("grad", "value_and_grad", "elementwise_grad"):
            setattr(autograd, transform, recorded(getattr(autograd, transform)))
    error = ""
    os.chdir(path.parent)
    sys.stdout = open(os.devnull, "w")
    try:
        runpy.run_path(str(path), run_name="__main__")
    except Done:
        pass
    except Exception as err:
        error = f"{type(err).__name__}: {err}"
    Path(kept).write_bytes(pickle.dumps((CALLS, error)))


def port(text: str, edits: list[tuple[str, str]]) -> str:
    """
    A program of letgrad.

    Errors: `ValueError` for a text of `edits` that is not there.
    """
    for old, new in COMMON:
        text = text.replace(old, new)
    for old, new in edits:
        pattern = old[3:] if old.startswith("re:") else re.escape(old)
        text, count = re.subn(pattern, lambda _: new, text, flags=re.DOTALL)  # noqa: B023
        if not count:
            raise ValueError(f"the program has no text {old!r}")
    return text


def run_in_process(folder: Path, name: str) -> tuple[list[Call], str, float]:
    """The first calls of `grad` in a program, its error, and the seconds that it took."""
    kept = folder.parent / "kept"
    kept.write_bytes(pickle.dumps(([], "no result")))
    start = time.perf_counter()
    command = [sys.executable, __file__, "--run", str(folder), name, str(kept), folder.name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return [], f"it took more than {LONGEST} s", LONGEST
    calls, error = pickle.loads(kept.read_bytes())
    if done.returncode:
        error = done.stderr[-300:]
    return calls, error, time.perf_counter() - start


def beside_autograd(expected: list[Call], found: list[Call]) -> list[float]:
    """The relative differences from autograd's gradients, where the arguments are the same."""
    import numpy as np

    errors = []
    for (at, want, _), (where, got, _) in zip(expected, found, strict=False):
        pairs = list(zip(at, where, strict=False))
        numbers = all(isinstance(x, (np.ndarray, float, int)) for x in where)
        same = len(at) == len(where) and numbers
        same = same and all(np.shape(x) == np.shape(y) for x, y in pairs)
        same = same and all(np.allclose(x, y, rtol=1e-9) for x, y in pairs)
        if same or not at:
            size = max(np.max(np.abs(w), initial=0) for w in want) + 1e-10
            both = zip(got, want, strict=True)
            errors.append(max(np.max(np.abs(g - w), initial=0) / size for g, w in both))
    return errors


def main(arguments: list[str]) -> int:
    source = Path(arguments[0])
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        theirs, ports = Path(scratch, "theirs"), Path(scratch, "ports")
        for name in [*EDITS, "data"]:
            text = (source / f"{name}.py").read_text()
            for old, new in ALIKE.get(name, []):
                text = text.replace(old, new)
            for folder, new in (theirs, text), (ports, port(text, EDITS.get(name, []))):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.py").write_text(new)
        (ports / "helpers.py").write_text(HELPERS)
        for folder in theirs, ports:
            (folder / "text.txt").write_text((source / "lstm.py").read_text())
        for name in arguments[1:] or EDITS:
            expected, their_error, their_time = run_in_process(theirs, name)
            found, error, own_time = run_in_process(ports, name)
            old, new = ((f / f"{name}.py").read_text().splitlines() for f in (theirs, ports))
            lines = difflib.unified_diff(old, new)
            changed = sum(line[0] == "+" and line[:3] != "+++" for line in lines)
            slow = max((call[2] for call in found), default=NAN)
            beside = max(beside_autograd(expected, found), default=NAN)
            # A kink in the way spoils the differences, and a tolerance autograd's digits.
            right = not error and (slow < 1e-3 or beside < 1e-4) and not beside > 1e-2
            wrong += not right
            print(
                f"{name:32} {changed:3} lines  {len(found)} calls  differences {slow:.0e}"
                f"  autograd {beside:.0e}  {their_time:.0f} s, {own_time:.0f} s"
                f"{'' if right else '  WRONG'} {error[:300]}",
                their_error and f"(autograd: {their_error[:200]})",
                flush=True,
            )
    return int(wrong > 0)


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        run_program(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5] == "ports")
    else:
        sys.exit(main(sys.argv[1:]))
