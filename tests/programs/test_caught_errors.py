"""The error that a handler catches, where values decide which one of several it is."""

from __future__ import annotations

import functools
import heapq
import re
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from program_checks import check_value, compare

import letgrad as lg


class Failure(Exception):
    """Failures with different codes have one text."""

    def __init__(self, code):
        super().__init__("failed")
        self.code = code


class Lower(Failure):
    pass


def check(x):
    if x < 0:
        raise Lower(7.0)
    if x > 2:
        raise Failure(2.0)
    return x


def a_text(x):
    try:
        if x < 0:
            raise ValueError("negative")
        if x > 2:
            raise ValueError("large")
        return x
    except ValueError as error:
        return -1.0 if "neg" in str(error) else -2.0


def a_class(x):
    try:
        if x < 0:
            raise ValueError("negative")
        if x > 2:
            raise KeyError("large")
        return x
    except (ValueError, KeyError) as error:
        return -1.0 if isinstance(error, KeyError) else -2.0


def an_argument(x):
    try:
        if x < 0:
            raise ValueError(3.0)
        if x > 2:
            raise ValueError(5.0)
        return x
    except ValueError as error:
        return error.args[0] * x


def an_attribute(x):
    try:
        y = check(x)
    except Failure as error:
        y = error.code * x
    return y


def two_calls(x):
    """The first call that fails gives the error."""
    try:
        y = check(x - 1) + 10 * check(x)
    except Failure as error:
        y = error.code
    return y


def turns(x):
    total = 0.0
    for k in range(4):
        try:
            total += check(x - k)
        except Failure as error:
            total += 10 * error.code
    return total


def turns_in_the_body(x):
    try:
        for k in range(6):
            if x < k:
                raise Lower(7.0)
            if x + k > 6:
                raise Failure(2.0)
    except Failure as error:
        return error.code
    return x


def raised_again(x):
    try:
        try:
            y = check(x)
        except Failure:
            raise
    except Lower as error:
        y = error.code
    except Failure as error:
        y = -error.code
    return y


def raised_again_by_name(x):
    try:
        try:
            if x < 0:
                raise ValueError("negative")
            if x > 2:
                raise KeyError("large")
            y = x
        except Exception as error:
            raise error
    except ValueError:
        y = -1.0
    except KeyError:
        y = -2.0
    return y


def a_cause(x):
    try:
        try:
            y = check(x)
        except Failure as error:
            raise ValueError("no") from error
    except ValueError as error:
        y = len(str(error)) + 0.5
    return y


def another_handler(x):
    """No error of the first handler is noted, and `error.code` was one of an `Exception`."""
    try:
        if x < 0:
            raise ValueError("negative")
        y = x
    except Failure as error:
        y = error.code
    except ValueError:
        y = -1.0
    return y


PROGRAMS = [
    a_text, a_class, an_argument, an_attribute, two_calls, turns, turns_in_the_body, raised_again,
    raised_again_by_name, a_cause, another_handler,
]  # fmt: skip


@pytest.mark.parametrize("fn", PROGRAMS)
def test_the_error_of_a_handler(fn: Any) -> None:
    """Its text was empty, its class was Exception, and its attributes those of another error."""
    found = lg.jit(lg.program(fn), backend="numpy")
    for x in (-1.5, -0.5, 0.5, 1.5, 2.5, 3.5):
        compare(found(x), fn(x))


def test_derivatives() -> None:
    slope = lg.grad(lg.program(an_attribute))
    assert [slope(-1.0), slope(1.0), slope(3.0)] == [7.0, 1.0, 2.0]


def test_an_error_holds_a_value_of_a_side() -> None:
    def program(x):
        try:
            if x < 0:
                raise Failure(2 * x)
            y = x
        except Failure as error:
            y = error.code
        return y

    compiled = lg.jit(lg.program(program))
    assert [compiled(1.0), compiled(-1.5)] == [1.0, -3.0]
    assert lg.grad(lg.program(program))(-1.5) == 2.0


def the_first_of_a_comprehension(x, k):
    large = [v for v in x if v > 3.5]
    try:
        return large[0]
    except IndexError:
        return 100.0


def places_of_a_comprehension(x, k):
    large, total = [v for v in x if v > 1.5], 0.0
    for i in range(4):
        try:
            total += large[i]
        except IndexError:
            total += 100.0
    return total


def the_largest_of_none(x, k):
    large = []
    for v in x:
        if v > 3.5:
            large.append(v)
    try:
        return max(large) + min(large)
    except ValueError:
        return 100.0


def the_next_of_a_generator(x, k):
    try:
        return next(v for v in x if v > 3.5)
    except StopIteration:
        return 100.0


def the_first_of_a_part(x, k):
    try:
        return x[x > 3.5][0]
    except IndexError:
        return 100.0


def the_largest_of_a_part(x, k):
    part = x[x > 3.5]
    try:
        return part.max()
    except ValueError:
        return 100.0


def the_place_of_the_largest_of_a_part(x, k):
    part = x[x > 3.5]
    try:
        return part[np.argmax(part)] + part.argmin()
    except ValueError:
        return 100.0


def the_largest_of_a_slice(x, k):
    n = int(np.sum(x > 3.5))
    try:
        return x[:n].max() - np.min(x[:n])
    except ValueError:
        return 100.0


def the_place_of_the_largest_of_a_slice(x, k):
    n = int(np.sum(x > 3.5))
    try:
        return np.argmax(x[:n]) + 10 * np.argmin(x[1 : n + 1])
    except ValueError:
        return 100


def the_second_place_of_a_mask(x, k):
    places = np.flatnonzero(x > 1.5)
    try:
        return x[places[1]]
    except IndexError:
        return 100.0


def the_least_of_a_heap(x, k):
    heap, total = [], 0.0
    for v in x:
        if v > 0:
            heapq.heappush(heap, v)
        else:
            try:
                total += heapq.heappop(heap)
            except IndexError:
                total += 100.0
    return total, len(heap)


def keys_of_a_dict(x, k):
    seen, total = {}, 0.0
    for key, v in zip(k, x):
        try:
            total += seen[key]
        except KeyError:
            total += 100.0
            seen[key] = v
    return total, len(seen)


def places_of_a_stack(x, k):
    stack, total = [], 0.0
    for v in x:
        if v > 0:
            stack.append(v)
        elif stack:
            stack.pop()
        for place in (1, -2):
            try:
                total += stack[place]
            except IndexError:
                total += 100.0
    return total


def out_of_the_middle_of_a_stack(x, k):
    stack, total = [], 0.0
    for v in x:
        if v > 0:
            stack.append(v)
            continue
        try:
            total += stack.pop(1)
        except IndexError:
            total += 100.0
    return total, sum(stack), len(stack)


def out_of_a_default_dict(x, k):
    sums, total = defaultdict(float), 0.0
    for key, v in zip(k, x):
        sums[key] += v
    for key in range(5):
        try:
            total += sums.pop(key)
        except KeyError:
            total += 100.0
    return total, len(sums)


def out_of_a_counter(x, k):
    counts, total = Counter(), 0
    for key in k:
        counts[key] += 1
    for key in range(5):
        try:
            total += counts.pop(key)
        except KeyError:
            total += 100
    return total


MISSING = [
    places_of_a_stack,
    the_first_of_a_comprehension, places_of_a_comprehension, the_largest_of_none,
    the_next_of_a_generator, the_first_of_a_part, the_largest_of_a_part,
    the_second_place_of_a_mask, the_least_of_a_heap, keys_of_a_dict,
    the_place_of_the_largest_of_a_part, the_largest_of_a_slice,
    the_place_of_the_largest_of_a_slice,
]  # fmt: skip
NUMBERS = np.array([1.0, 2, -1, 3, -4, -2, -3, -0.5, 2, -1])
LABELS = np.array([2, 0, 1, 2, 2, 0, 3, 1, 1, 2])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("sign", [-1, 1, 2])
@pytest.mark.parametrize("fn", MISSING)
def test_handlers_run_for_items_that_lists_of_unknown_length_lack(fn, sign):
    """The handlers did not run, and the item was 0."""
    check_value(fn, sign * NUMBERS, LABELS)


def behind_an_ellipsis(x, k):
    try:
        return x.reshape(5, 1, 2)[..., k[0] - 1].sum()
    except IndexError:
        return 100.0


def behind_a_new_axis(x, k):
    try:
        return x.reshape(2, 5)[:, None, k[6]].sum()
    except IndexError:
        return 100.0


def behind_a_mask(x, k):
    try:
        return x[:8].reshape(2, 2, 2)[np.array([[True, False], [True, True]]), k[0] - 1].sum()
    except IndexError:
        return 100.0


@pytest.mark.parametrize("fn", [behind_an_ellipsis, behind_a_new_axis, behind_a_mask])
def test_each_index_has_the_size_of_its_own_dimension(fn):
    """The handler ran for an index that is inside."""
    for step in (0, 1, 3):
        check_value(fn, NUMBERS, LABELS + step)


def the_last_of_a_stack(x, k):
    stack, total = [], 0.0
    for v in x:
        if v > 0:
            stack.append(v)
        else:
            try:
                total += stack.pop()
            except IndexError:
                total += 100.0
    return total


def removed_from_a_set(x, k):
    seen = set()
    for key in k:
        try:
            seen.remove(key)
        except KeyError:
            seen.add(key)
    return len(seen)


def deleted_from_a_dict(x, k):
    seen, total = {}, 0.0
    for key, v in zip(k, x):
        seen[key] = v
    for key in k:
        try:
            del seen[key]
        except KeyError:
            total += 100.0
    return total


@pytest.mark.parametrize(
    "fn",
    [
        the_last_of_a_stack, removed_from_a_set, deleted_from_a_dict, out_of_the_middle_of_a_stack,
        out_of_a_default_dict, out_of_a_counter,
    ],
)  # fmt: skip
def test_a_change_that_may_fail_in_a_try_is_no_silent_success(fn):
    """The right result, or an error at the line."""
    expected = fn(NUMBERS, LABELS)
    try:
        found = lg.jit(lg.program(fn))(NUMBERS, LABELS)
    except TypeError as error:
        assert re.search(r"test_caught_errors\.py:\d+: .*a handler of the program", str(error))
    else:
        assert found == expected


def the_mean_of_chosen_items(x, k):
    large = [v for v in x if v > 3.5]
    try:
        return sum(large) / len(large)
    except ZeroDivisionError:
        return 100.0


def the_mean_of_a_part(x, k):
    large = x[x > 3.5]
    try:
        return -100 * sum(large) / len(large)
    except ZeroDivisionError as error:
        return 1.0 * len(str(error))


def a_divisor_that_is_a_sum(x, k):
    total = sum(v for v in x if v > 3.5)
    try:
        y = 1 / total
    except ZeroDivisionError:
        y = 100.0
    return y


def remainders_of_sums(x, k):
    total = sum([v for v in x if v > 3.5], 0.0)
    try:
        y = 2.0 % total + 3.0 // total
    except ZeroDivisionError:
        y = 100.0
    return y


def numbers_of_numpy_have_no_such_error(x, k):
    large = x[x > 3.5]
    try:
        y = 0 * x[0] + np.sum(np.where(x > 3.5, x, 0.0)) / (len(large) + 1)
    except ZeroDivisionError:
        y = 100.0
    return y


@pytest.mark.parametrize("sign", [-1, 1, 2])
@pytest.mark.parametrize(
    "fn",
    [
        the_mean_of_chosen_items, the_mean_of_a_part, a_divisor_that_is_a_sum, remainders_of_sums,
        numbers_of_numpy_have_no_such_error,
    ],
)  # fmt: skip
def test_the_sum_of_no_items_is_a_number_of_python(fn, sign):
    """The quotient was NaN, and Python's int 0 raises an error."""
    check_value(fn, sign * NUMBERS, LABELS)


def the_mean_by_a_loop(x, k):
    total, count = 0.0, 0
    for v in x:
        if v > 3.5:
            total += v
            count += 1
    try:
        mean = total / count
    except ZeroDivisionError:
        mean = 100.0
    return mean


def test_a_quotient_that_may_be_pythons_or_numpys_is_no_silent_number():
    """Without a turn that adds, Python divides its own numbers, and the handler runs."""
    with pytest.raises(TypeError, match=r"test_caught_errors\.py:\d+: .*one of Python"):
        lg.jit(lg.program(the_mean_by_a_loop))(NUMBERS, LABELS)


def out_of_a_part(x):
    part = x[x > 2]
    try:
        return np.delete(part, 1).sum()
    except IndexError:
        return -1.0


def quantile_of_a_part(x):
    part = x[x > 2]
    try:
        return np.quantile(part, 0.5)
    except IndexError:
        return -1.0


def two_parts(x):
    try:
        return (x[x > 2] - x[x < 1]).sum()
    except ValueError:
        return -1.0


def reshaped_part(x):
    part = x[x > 2]
    try:
        return part.reshape(1, 2).sum()
    except ValueError:
        return -1.0


def reduced_items(x):
    try:
        return functools.reduce(lambda a, b: a * b, [v for v in x if v > 2])
    except TypeError:
        return -1.0


@pytest.mark.parametrize(
    "fn", [out_of_a_part, quantile_of_a_part, two_parts, reshaped_part, reduced_items]
)
def test_parts_that_are_too_short_run_handlers(fn):
    """The handlers did not run: the value was that of a program without the check."""
    for x in ([0.5, 1.7, 1.5, 0.3], [0.5, 2.5, 1.5, 1.3], [0.5, 2.5, 3.0, 0.3], [4.0, 2.5, 3, 1]):
        x = np.array(x)
        np.testing.assert_allclose(lg.jit(lg.program(fn))(x), fn(x))


def written_place(x):
    part = x[x > 2]
    try:
        part[1] = 9.0
    except IndexError:
        return -1.0
    return part.sum()


def written_mask(x):
    y = x * 1
    try:
        y[x > 2] = np.array([1.0, 2.0])
    except ValueError:
        return -1.0
    return y.sum()


@pytest.mark.parametrize("fn", [written_place, written_mask])
def test_writes_that_may_not_fit_in_a_try_are_errors(fn):
    """No handler ran, and the write was lost."""
    with pytest.raises(TypeError, match="a handler of the program may catch it"):
        lg.trace(lg.program(fn), np.ones(4))
