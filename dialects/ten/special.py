"""
Special functions: one op for all of them, and the table of the functions.

A row of the table is all that a function needs: its equation, and its slopes as formulas of
functions that exist. Derivatives, loops, machine code, documentation and tests follow from the
row. A row that has a formula of its value needs no library. The values of all other rows come from
SciPy's function of the same name, which backends call.

A formula is Python text over the parameters, the name `result`, the constants `pi` and `inf`, the
functions of this table, and these functions:

    exp log log1p expm1 sqrt absolute sin cos floor copysign where equal both either isnan

A slope may also use the slopes by shapes and orders, which are integrals and series
(`shape_slopes.py`, `bessel_slopes.py`, `argument_slopes.py`, `noncentral_slopes.py`,
`struve_slopes.py` in `differentiate/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, prop_def, result_def, var_operand_def

from .float_ops import FloatFunctionOp

Interval = tuple[float, float]


@dataclass(frozen=True)
class SpecialFunction:
    """A row of the table."""

    name: str
    """SciPy's name, in `scipy.special`."""
    parameters: tuple[str, ...]
    equation: str
    """The meaning, as people write it."""
    slopes: tuple[str | None, ...]
    """The partial derivative by each parameter; None if no formula of the functions here has it."""
    domain: tuple[Interval, ...]
    """For each parameter an interval in which the function is smooth. Tests draw from it."""
    value: str | None = None
    """The value as a formula, which backends compute without a library."""
    inner: str | None = None
    """The ufunc of SciPy that computes the value, if it has another name."""
    output: int | None = None
    """
    The number of the result of a ufunc that has several, or whose name is not for users. The name
    of the row is letgrad's.
    """


FUNCTIONS: dict[str, SpecialFunction] = {}
"""The table, by name."""


def _row(
    signature: str,
    equation: str,
    *slopes: str | None,
    of: tuple[Interval, ...],
    value: str | None = None,
    inner: str | None = None,
    output: int | None = None,
) -> None:
    name, *parameters = signature.split()
    assert len(parameters) == len(slopes) == len(of), name
    row = SpecialFunction(name, tuple(parameters), equation, slopes, of, value, inner, output)
    FUNCTIONS[name] = row


ANY, POSITIVE, UNIT = (-3.0, 3.0), (0.3, 6.0), (0.05, 0.95)
SMALL, COUNT = (-0.9, 0.9), (1.0, 9.0)

# fmt: off

# Sums of exponentials, and logarithms that vanish beside a factor 0.

_row(
    "expit x", "1 / (1 + e⁻ˣ)", "result * expit(-x)", of=(ANY,),
    value="where(x < 0, exp(-absolute(x)), 1) / (1 + exp(-absolute(x)))",
)
_row(
    "log_expit x", "log expit x", "expit(-x)", of=(ANY,),
    value="where(x < 0, x, 0) - log1p(exp(-absolute(x)))",
)
_row(
    "softplus x", "log(1 + eˣ)", "expit(x)", of=(ANY,),
    value="where(x < 0, 0, x) + log1p(exp(-absolute(x)))",
)
_row(
    "logit x", "log(x / (1 - x))", "1 / x + 1 / (1 - x)", of=(UNIT,),
    value="where(absolute(x - 0.5) < 0.2, log1p(2 * x - 1) - log1p(1 - 2 * x), log(x / (1 - x)))",
)
_row(
    "xlogy x y", "x log y, 0 where x is 0",
    "log(y)", "x / where(both(equal(x, 0), equal(y, 0)), 1, y)", of=(ANY, POSITIVE),
    value="where(equal(x, 0), where(isnan(y), y, 0), x * log(y))",
)
_row(
    "xlog1py x y", "x log(1 + y), 0 where x is 0",
    "log1p(y)", "x / where(both(equal(x, 0), equal(y, -1)), 1, 1 + y)", of=(ANY, (-0.8, 4.0)),
    value="where(equal(x, 0), where(isnan(y), y, 0), x * log1p(y))",
)
_row(
    "entr x", "-x log x, 0 where x is 0, -∞ where x < 0", "-log(x) - 1", of=(POSITIVE,),
    value="where(equal(x, 0), 0, where(x < 0, -inf, -x * log(x)))",
)
# The logarithm of x / y, also where the quotient overflows or vanishes. Where x is near y, the
# quotient rounds to a number near 1, and its logarithm has few digits. There, the logarithm is
# 2 atanh t = 2 (t + t³/3 + t⁵/5 + …) of t = (x - y) / (x + y).
NEAR = "both(absolute(x - y) < 0.25 * (x + y), x + y < inf)"
ATANH = "0"
for _n in range(29, 1, -2):
    ATANH = f"1 / {_n} + s * ({ATANH})"


def _of_near(formula: str) -> str:
    """A formula of t, and of q = 1/3 + t²/5 + …, the rest of the series."""
    return (
        f"(lambda t: (lambda q: {formula})((lambda s: {ATANH})(t * t)))((x - y) / (x + y))"
    )


LOG_RATIO = (
    f"where({NEAR}, {_of_near('2 * t * (1 + t * t * q)')}, "
    "where(both(x / y > 0, x / y < inf), log(x / y), log(x) - log(y)))"
)

_row(
    "rel_entr x y", "x log(x / y), 0 where x is 0, ∞ where x < 0 or y ≤ 0",
    f"{LOG_RATIO} + 1", "-x / y", of=(POSITIVE, POSITIVE),
    value=(
        "where(either(isnan(x), isnan(y)), x + y, where(either(x < 0, y < 0), inf, "
        f"where(equal(x, 0), 0, where(equal(y, 0), inf, x * {LOG_RATIO}))))"
    ),
)
_row(
    "kl_div x y", "x log(x / y) - x + y, y where x is 0, ∞ where x < 0 or y ≤ 0",
    LOG_RATIO, "(y - x) / y", of=(POSITIVE, POSITIVE),
    value=(
        "where(either(isnan(x), isnan(y)), x + y, where(either(x < 0, y < 0), inf, "
        f"where(equal(x, 0), y, where(equal(y, 0), inf, where({NEAR}, "
        f"{_of_near('(x - y) * t * (1 + (1 + t) * t * q)')}, x * {LOG_RATIO} - x + y)))))"
    ),
)
_row(
    "huber d x", "x² / 2 where |x| ≤ d, else d (|x| - d / 2); ∞ where d < 0",
    "where(absolute(x) > d, absolute(x) - d, 0)",
    "where(absolute(x) > d, copysign(d, x), x)", of=((0.5, 1.0), (1.5, 3.0)),
    value=(
        "where(isnan(d), d, where(d < 0, inf, "
        "where(absolute(x) > d, d * (absolute(x) - 0.5 * d), 0.5 * (x * x))))"
    ),
)
_row(
    "pseudo_huber d x", "d² (√(1 + (x / d)²) - 1); ∞ where d < 0",
    "where(either(equal(d, 0), equal(x, 0)), 0, "
    "2 * result / d - x / d * (x / sqrt(1 + x / d * (x / d))))",
    "where(equal(d, 0), 0, x / sqrt(1 + x / d * (x / d)))", of=(POSITIVE, (0.5, 3.0)),
    value=(
        "where(d < 0, inf, where(either(equal(d, 0), equal(x, 0)), 0, "
        "where(absolute(x / d) > 1e17, d * absolute(x), x * x / (1 + sqrt(1 + x / d * (x / d))))))"
    ),
)
_row(
    "boxcox x p", "(x^p - 1) / p, log x where p is 0", "exp((p - 1) * log(x))",
    "log(x) * log(x) * (0.5 * hyp1f1(2, 3, p * log(x)))", of=(POSITIVE, ANY),
    value="where(equal(p, 0), log(x), expm1(p * log(x)) / where(equal(p, 0), 1, p))",
)
_row(
    "boxcox1p x p", "((1 + x)^p - 1) / p, log(1 + x) where p is 0", "exp((p - 1) * log1p(x))",
    "log1p(x) * log1p(x) * (0.5 * hyp1f1(2, 3, p * log1p(x)))", of=(POSITIVE, ANY),
    value="where(equal(p, 0), log1p(x), expm1(p * log1p(x)) / where(equal(p, 0), 1, p))",
)
_row(
    "inv_boxcox y p", "(1 + p y)^(1 / p), e^y where p is 0",
    "result / (1 + p * y)", "-0.5 * (y * y) * hyp2f1(2, 2, 3, -p * y) * result",
    of=((0.2, 2.0), (0.2, 2.0)),
    value="where(equal(p, 0), exp(y), exp(log1p(p * y) / where(equal(p, 0), 1, p)))",
)
_row(
    "inv_boxcox1p y p", "(1 + p y)^(1 / p) - 1, e^y - 1 where p is 0",
    "(result + 1) / (1 + p * y)", "-0.5 * (y * y) * hyp2f1(2, 2, 3, -p * y) * (result + 1)",
    of=((0.2, 2.0), (0.2, 2.0)),
    value="where(equal(p, 0), expm1(y), expm1(log1p(p * y) / where(equal(p, 0), 1, p)))",
)
_row(
    "exprel x", "(eˣ - 1) / x, 1 where x is 0", "0.5 * hyp1f1(2, 3, x)", of=(ANY,),
    value="where(equal(x, 0), 1, where(x > 717, inf, expm1(x) / where(equal(x, 0), 1, x)))",
)
_row(
    "cosm1 x", "cos x - 1", "-sin(x)", of=(ANY,), value="-2 * (sin(x / 2) * sin(x / 2))",
)

# Error functions, and the normal distribution. An argument beyond 40 would make 0 · ∞ of the next
# derivative; e^(-40²/2) is 0 in each type.

GAUSS = "exp(-where(absolute(x) > 40, 1600, x * x))"
HALF_GAUSS = "exp(-0.5 * where(absolute(x) > 60, 3600, x * x))"

_row("erfc x", "1 - erf x", f"-2 / sqrt(pi) * {GAUSS}", of=(ANY,))
_row("erfcx x", "exp(x²) erfc x", "2 * x * result - 2 / sqrt(pi)", of=((-2.0, 3.0),))
_row("erfi x", "-i erf(i x)", "2 / sqrt(pi) * exp(x * x)", of=((-2.0, 2.0),))
_row("dawsn x", "√π/2 exp(-x²) erfi x", "1 - 2 * x * result", of=(ANY,))
_row("erfinv x", "the inverse of erf", "sqrt(pi) / 2 * exp(result * result)", of=(SMALL,))
_row(
    "erfcinv x", "the inverse of erfc", "-sqrt(pi) / 2 * exp(result * result)", of=((0.1, 1.9),),
)
_row(
    "ndtr x", "the probability of a standard normal number up to x",
    f"{HALF_GAUSS} / sqrt(2 * pi)", of=(ANY,),
)
_row(
    "log_ndtr x", "log ndtr x", "sqrt(2 / pi) / erfcx(where(x > 37, 37, x) / -sqrt(2))",
    of=((-5.0, 3.0),),
)
_row("ndtri p", "the inverse of ndtr", "sqrt(2 * pi) * exp(result * result / 2)", of=(UNIT,))
_row(
    "ndtri_exp y", "the inverse of log ndtr", "sqrt(pi / 2) * erfcx(result / -sqrt(2))",
    of=((-4.0, -0.1),),
)
_row(
    "owens_t h a", "Owen's T(h, a)",
    "-exp(-0.5 * (h * h)) * erf(a * h / sqrt(2)) / (2 * sqrt(2 * pi))",
    "exp(-0.5 * (h * h) * (1 + a * a)) / (2 * pi * (1 + a * a))", of=(ANY, ANY),
)

# Gamma and beta functions. Below ½ the derivative of 1/Γ comes from 1/Γ(x) = Γ(1 - x) sin(π x)/π,
# which has values at the poles of Γ and ψ.

GAMMA_RATE = "exp(gammaln(a) + result - xlogy(a - 1, result))"
BETA_RATE = "exp(betaln(a, b) - xlogy(a - 1, result) - xlog1py(b - 1, -result))"
T_RATE = "exp(0.5 * (n + 1) * log1p(result / n * result) + betaln(0.5, 0.5 * n)) * sqrt(n)"

_row("gamma x", "Γ(x)", "result * psi(x)", of=(POSITIVE,))
_row("gammaln x", "log |Γ(x)|", "psi(x)", of=(POSITIVE,))
_row(
    "rgamma x", "1 / Γ(x)",
    "where(x < 0.5, gamma(where(x < 0.5, 1 - x, 1)) * (cospi(x) "
    "- psi(where(x < 0.5, 1 - x, 1)) * sinpi(x) / pi), -psi(where(x < 0.5, 1, x)) * result)",
    of=((-2.4, 4.0),),
)
_row("psi x", "ψ(x) = Γ'(x) / Γ(x)", "zeta(2, x)", of=(POSITIVE,))
_row(
    "zeta s q", "ζ(s, q) = Σ 1 / (q + k)^s over k ≥ 0", "zeta_by_s(s, q)", "-s * zeta(s + 1, q)",
    of=((1.5, 6.0), POSITIVE), inner="_zeta",
)
_row(
    "beta a b", "B(a, b) = Γ(a) Γ(b) / Γ(a + b)",
    "result * (psi(a) - psi(a + b))", "result * (psi(b) - psi(a + b))", of=(POSITIVE, POSITIVE),
)
_row(
    "betaln a b", "log |B(a, b)|", "psi(a) - psi(a + b)", "psi(b) - psi(a + b)",
    of=(POSITIVE, POSITIVE),
)
_row(
    "binom n k", "n! / (k! (n - k)!)", "result * (psi(n + 1) - psi(n - k + 1))",
    "result * (psi(n - k + 1) - psi(k + 1))", of=((4.0, 8.0), (0.3, 3.0)),
)
_row(
    "poch x m", "Γ(x + m) / Γ(x)", "result * (psi(x + m) - psi(x))", "result * psi(x + m)",
    of=(POSITIVE, POSITIVE),
)
_row(
    "gammainc a x", "∫ t^(a-1) e⁻ᵗ dt / Γ(a) from 0 to x",
    "gammainc_by_a(a, x)", "exp(xlogy(a - 1, x) - x - gammaln(a))", of=(POSITIVE, POSITIVE),
)
_row(
    "gammaincc a x", "∫ t^(a-1) e⁻ᵗ dt / Γ(a) from x to ∞",
    "-gammainc_by_a(a, x)", "-exp(xlogy(a - 1, x) - x - gammaln(a))", of=(POSITIVE, POSITIVE),
)
_row(
    "gammaincinv a p", "the inverse of gammainc in its second parameter",
    f"-gammainc_by_a(a, result) * {GAMMA_RATE}",
    GAMMA_RATE, of=(POSITIVE, UNIT),
)
_row(
    "gammainccinv a p", "the inverse of gammaincc in its second parameter",
    f"-gammainc_by_a(a, result) * {GAMMA_RATE}",
    f"-{GAMMA_RATE}", of=(POSITIVE, UNIT),
)
_row(
    "betainc a b x", "∫ t^(a-1) (1 - t)^(b-1) dt / B(a, b) from 0 to x",
    "betainc_by_a(a, b, x)", "betainc_by_b(a, b, x)",
    "exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))", of=(POSITIVE, POSITIVE, UNIT),
)
_row(
    "betaincc a b x", "∫ t^(a-1) (1 - t)^(b-1) dt / B(a, b) from x to 1",
    "-betainc_by_a(a, b, x)", "-betainc_by_b(a, b, x)",
    "-exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))", of=(POSITIVE, POSITIVE, UNIT),
)
_row(
    "betaincinv a b p", "the inverse of betainc in its third parameter",
    f"-betainc_by_a(a, b, result) * {BETA_RATE}",
    f"-betainc_by_b(a, b, result) * {BETA_RATE}",
    BETA_RATE,
    of=(POSITIVE, POSITIVE, UNIT),
)
_row(
    "betainccinv a b p", "the inverse of betaincc in its third parameter",
    f"-betainc_by_a(a, b, result) * {BETA_RATE}",
    f"-betainc_by_b(a, b, result) * {BETA_RATE}",
    f"-{BETA_RATE}",
    of=(POSITIVE, POSITIVE, UNIT),
)
_row(
    "stdtr n t", "the probability of a Student's t number of n degrees of freedom up to t",
    "stdtr_by_n(n, t)",
    "exp(-0.5 * (n + 1) * log1p(t / n * t) - betaln(0.5, 0.5 * n)) / sqrt(n)", of=(COUNT, ANY),
)
_row(
    "stdtrit n p", "the inverse of stdtr in its second parameter",
    f"-stdtr_by_n(n, result) * {T_RATE}",
    T_RATE,
    of=(COUNT, UNIT),
)

# The density of noncentral χ² numbers is exp(-(√x - √c)²/2) (x/c)^(h/2) I(√(c x)) / 2 with
# h = n/2 - 1 and I(z) = exp(-z) I_h(z). Where c is 0, it is the density of χ² numbers.
NONCENTRAL_SQUARES = (
    "where(equal(c, 0), exp(xlogy(0.5 * n - 1, 0.5 * x) - 0.5 * x - gammaln(0.5 * n)), "
    "exp(xlogy(0.25 * n - 0.5, x / where(equal(c, 0), 1, c)) - 0.5 * (sqrt(x) - sqrt(c)) "
    "* (sqrt(x) - sqrt(c))) * ive(0.5 * n - 1, sqrt(c * x))) / 2"
)
_row(
    "chndtr x n c", "the probability of a noncentral χ² number up to x",
    NONCENTRAL_SQUARES,
    None,
    "0.5 * (chndtr(x, n + 2, c) - result)",
    of=(POSITIVE, COUNT, POSITIVE),
)
_row(
    "ncx2_sf x n c", "the probability of a noncentral χ² number above x",
    f"-{NONCENTRAL_SQUARES}", None, "0.5 * (ncx2_sf(x, n + 2, c) - result)",
    of=(POSITIVE, COUNT, POSITIVE), inner="_ncx2_sf", output=0,
)

# An F number of c is β-distributed as a mixture: a becomes a + 2 j with a Poisson number j of mean
# c / 2. So the slope by c is that of χ² numbers, where a x stays.
NONCENTRAL_F = (
    "exp(xlogy(0.5 * a, a / b) + xlogy(0.5 * a - 1, x) - 0.5 * (a + b) * log1p(a / b * x) "
    "- betaln(0.5 * a, 0.5 * b) - 0.5 * c) * hyp1f1(0.5 * (a + b), 0.5 * a, "
    "0.5 * c * a * x / (b + a * x))"
)
_row(
    "ncfdtr a b c x", "the probability of a noncentral F number up to x", None, None,
    "0.5 * (ncfdtr(a + 2, b, c, a / (a + 2) * x) - result)", NONCENTRAL_F,
    of=(COUNT, COUNT, POSITIVE, POSITIVE),
)
_row(
    "ncf_sf x a b c", "the probability of a noncentral F number above x", f"-{NONCENTRAL_F}", None,
    None, "0.5 * (ncf_sf(a / (a + 2) * x, a + 2, b, c) - result)",
    of=(POSITIVE, COUNT, COUNT, POSITIVE), inner="_ncf_sf", output=0,
)
_row(
    "nctdtr n c t", "the probability of a noncentral t number of n degrees of freedom up to t",
    "nctdtr_by_n(n, c, t)", "nctdtr_by_c(n, c, t)", "nctdtr_by_t(n, c, t)",
    of=(COUNT, ANY, ANY),
)

# Bessel functions. Sums of neighbours in place of quotients by x, which have no value at 0.

_row("j0 x", "J₀(x)", "-j1(x)", of=(ANY,))
_row("j1 x", "J₁(x)", "0.5 * (j0(x) - jv(2, x))", of=(ANY,))
_row("y0 x", "Y₀(x)", "-y1(x)", of=(POSITIVE,))
_row("y1 x", "Y₁(x)", "0.5 * (y0(x) - yv(2, x))", of=(POSITIVE,))
_row("i0 x", "I₀(x)", "i1(x)", of=(ANY,))
_row("i1 x", "I₁(x)", "0.5 * (i0(x) + iv(2, x))", of=(ANY,))
_row("i0e x", "exp(-|x|) I₀(x)", "i1e(x) - sign(x) * result", of=(POSITIVE,))
_row("i1e x", "exp(-|x|) I₁(x)", "0.5 * (i0e(x) + ive(2, x)) - sign(x) * result", of=(POSITIVE,))
_row("k0 x", "K₀(x)", "-k1(x)", of=(POSITIVE,))
_row("k1 x", "K₁(x)", "-0.5 * (k0(x) + kv(2, x))", of=(POSITIVE,))
_row("k0e x", "eˣ K₀(x)", "result - k1e(x)", of=(POSITIVE,))
_row("k1e x", "eˣ K₁(x)", "result - 0.5 * (k0e(x) + kve(2, x))", of=(POSITIVE,))
_row(
    "jv v x", "J_v(x)", "jv_by_v(v, x)", "0.5 * (jv(v - 1, x) - jv(v + 1, x))",
    of=(POSITIVE, POSITIVE),
)
_row(
    "yv v x", "Y_v(x)", "yv_by_v(v, x)", "0.5 * (yv(v - 1, x) - yv(v + 1, x))",
    of=(POSITIVE, POSITIVE),
)
_row(
    "iv v x", "I_v(x)", "iv_by_v(v, x)", "0.5 * (iv(v - 1, x) + iv(v + 1, x))",
    of=(POSITIVE, POSITIVE),
)
_row(
    "kv v x", "K_v(x)", "kv_by_v(v, x)", "-0.5 * (kv(v - 1, x) + kv(v + 1, x))",
    of=(POSITIVE, POSITIVE),
)
_row(
    "ive v x", "exp(-|x|) I_v(x)", "ive_by_v(v, x)",
    "0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sign(x) * result", of=(POSITIVE, POSITIVE),
)
_row(
    "kve v x", "eˣ K_v(x)", "kve_by_v(v, x)", "result - 0.5 * (kve(v - 1, x) + kve(v + 1, x))",
    of=(POSITIVE, POSITIVE),
)

# Integrals and hypergeometric functions.

_row("expi x", "∫ eᵗ / t dt from -∞ to x", "exp(x) / x", of=(POSITIVE,))
_row("exp1 x", "∫ e⁻ᵗ / t dt from x to ∞", "-exp(-x) / x", of=(POSITIVE,))
_row("spence x", "∫ log t / (1 - t) dt from 1 to x", "-hyp2f1(1, 1, 2, 1 - x)", of=((0.3, 3.0),))
_row("ellipk m", "∫ 1 / √(1 - m sin² t) dt from 0 to π/2", "pi / 8 * hyp2f1(1.5, 1.5, 2, m)",
     of=(SMALL,))
_row("ellipkm1 p", "ellipk(1 - p)", "-pi / 8 * hyp2f1(1.5, 1.5, 2, 1 - p)", of=(UNIT,))
_row("ellipe m", "∫ √(1 - m sin² t) dt from 0 to π/2", "-pi / 8 * hyp2f1(0.5, 1.5, 2, m)",
     of=(SMALL,))
_row("hyp0f1 b x", "₀F₁(b; x)", "hyp0f1_by_b(b, x)", "hyp0f1(b + 1, x) / b", of=(POSITIVE, ANY))
_row(
    "hyp1f1 a b x", "₁F₁(a; b; x)", "hyp1f1_by_a(a, b, x)", "hyp1f1_by_b(a, b, x)",
    "a / b * hyp1f1(a + 1, b + 1, x)",
    of=(POSITIVE, POSITIVE, ANY),
)
_row(
    "hyp2f1 a b c x", "₂F₁(a, b; c; x)", "hyp2f1_by_a(a, b, c, x)", "hyp2f1_by_b(a, b, c, x)",
    "hyp2f1_by_c(a, b, c, x)",
    "a * b / c * hyp2f1(a + 1, b + 1, c + 1, x)", of=(POSITIVE, POSITIVE, POSITIVE, (-0.4, 0.7)),
)
_row(
    "hyperu a b x", "U(a, b, x)", "hyperu_by_a(a, b, x)", "hyperu_by_b(a, b, x)",
    "-a * hyperu(a + 1, b + 1, x)",
    of=(POSITIVE, (0.3, 2.7), POSITIVE),
)
_row("ellipkinc p m", "∫ 1 / √(1 - m sin² t) dt from 0 to p", "1 / sqrt(1 - m * sin(p) * sin(p))",
     "ellipkinc_by_m(p, m)", of=((-1.4, 1.4), SMALL))
_row("ellipeinc p m", "∫ √(1 - m sin² t) dt from 0 to p", "sqrt(1 - m * sin(p) * sin(p))",
     "ellipeinc_by_m(p, m)", of=((-1.4, 1.4), SMALL))
# The slope of E₀(x) = e⁻ˣ / x is no function E.
_row(
    "expn n x", "∫ e^(-x t) / t^n dt from 1 to ∞, for whole n", None,
    "-where(equal(n, 0), exp(-x) / x * (1 + 1 / x), expn(where(equal(n, 0), 1, n) - 1, x))",
    of=((3.0, 3.0), POSITIVE),
)
HALF_POWER = "exp(xlogy(v, 0.5 * x) - gammaln(v + 1.5)) / sqrt(pi)"
_row("struve v x", "H_v(x)", "struve_by_v(v, x)",
     f"0.5 * (struve(v - 1, x) - struve(v + 1, x) + {HALF_POWER})",
     of=(POSITIVE, POSITIVE))
_row("modstruve v x", "L_v(x)", "modstruve_by_v(v, x)",
     f"0.5 * (modstruve(v - 1, x) + modstruve(v + 1, x) + {HALF_POWER})",
     of=(POSITIVE, POSITIVE))

# The results of ufuncs with several, each as a row.

_row("airy_ai x", "Ai(x)", "airy_aip(x)", of=(ANY,), inner="airy", output=0)
_row("airy_aip x", "Ai'(x)", "x * airy_ai(x)", of=(ANY,), inner="airy", output=1)
_row("airy_bi x", "Bi(x)", "airy_bip(x)", of=(ANY,), inner="airy", output=2)
_row("airy_bip x", "Bi'(x)", "x * airy_bi(x)", of=(ANY,), inner="airy", output=3)
_row("sici_si x", "∫ sin t / t dt from 0 to x", "hyp0f1(1.5, -0.25 * x * x)", of=(ANY,),
     inner="sici", output=0)
_row("sici_ci x", "γ + log x + ∫ (cos t - 1) / t dt from 0 to x", "cos(x) / x", of=(POSITIVE,),
     inner="sici", output=1)
_row("shichi_shi x", "∫ sinh t / t dt from 0 to x", "0.5 * (exprel(x) + exprel(-x))", of=(ANY,),
     inner="shichi", output=0)
_row("shichi_chi x", "γ + log x + ∫ (cosh t - 1) / t dt from 0 to x",
     "0.5 * (exp(x) + exp(-x)) / x", of=(POSITIVE,), inner="shichi", output=1)
_row("fresnel_s x", "∫ sin(π t² / 2) dt from 0 to x", "sin(0.5 * pi * x * x)", of=(ANY,),
     inner="fresnel", output=0)
_row("fresnel_c x", "∫ cos(π t² / 2) dt from 0 to x", "cos(0.5 * pi * x * x)", of=(ANY,),
     inner="fresnel", output=1)
# u = F(am(u, m), m) gives ∂am/∂m, and the others are sine, cosine and a root of am.
AM_BY_M = "-ellipkinc_by_m(ellipj_ph(u, m), m) * ellipj_dn(u, m)"
_row("ellipj_sn u m", "sn(u, m)", "ellipj_cn(u, m) * ellipj_dn(u, m)",
     f"ellipj_cn(u, m) * ({AM_BY_M})", of=(ANY, UNIT), inner="ellipj", output=0)
_row("ellipj_cn u m", "cn(u, m)", "-ellipj_sn(u, m) * ellipj_dn(u, m)",
     f"-ellipj_sn(u, m) * ({AM_BY_M})", of=(ANY, UNIT), inner="ellipj", output=1)
_row(
    "ellipj_dn u m", "dn(u, m)", "-m * ellipj_sn(u, m) * ellipj_cn(u, m)",
    "ellipj_sn(u, m) * (m * ellipj_cn(u, m) * ellipkinc_by_m(ellipj_ph(u, m), m) "
    "- 0.5 * ellipj_sn(u, m) / result)",
    of=(ANY, UNIT), inner="ellipj", output=2,
)
_row("ellipj_ph u m", "am(u, m)", "ellipj_dn(u, m)", AM_BY_M, of=(ANY, UNIT), inner="ellipj",
     output=3)

# fmt: on


@irdl_op_definition
class SpecialOp(FloatFunctionOp):
    """
    y = f(x, …), where f is a special function of the table `FUNCTIONS`, by its name.

    Shapes:  x… (n…)  ->  y (n…)
    Errors:  a function that is not in the table; another number of operands than the function has;
             operands of different types; operands that are no floats.
    """

    name = "ten.special"
    SYNTAX: ClassVar = "ten.special function, %x, … : type of all"
    LEAD: ClassVar = "function"
    function = prop_def(StringAttr)
    xs = var_operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, function: str, *xs: SSAValue | Operation):
        self._build([xs], {"function": StringAttr(function)})

    @property
    def row(self) -> SpecialFunction:
        return FUNCTIONS[self.function.data]

    def result_type(self) -> Attribute:
        name, n = self.function.data, len(self.operands)
        self.require(name in FUNCTIONS, lambda: f"there is no function '{name}'")
        wanted = len(self.row.parameters)
        self.require(n == wanted, lambda: f"{name} takes {wanted} operands, not {n}")
        return super().result_type()
