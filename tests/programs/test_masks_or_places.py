"""
A variable that is a mask on one way through a program, and integers on another: as an index, a mask
chooses other elements, so no common type keeps what the program means.
"""

import numpy as np
import pytest
from program_checks import check_value

import letgrad as lg

X = np.array([0.5, 3.0, 9.0])


def in_a_loop(x):
    places, y, k = np.array([2, 0, 1]), x.copy(), 0
    while k < 3 and y.sum() < 1e9:
        y[places] = 2 * y[places]
        places = y > 3
        k += 1
    return y


def on_one_side(x):
    places = np.array([2, 0, 1]) if x[0] > 0 else x > 1
    return x[places].sum()


def behind_a_search(x):
    y = x.copy()
    places = np.where(y > 1)[0]
    left = len(places)
    while left > 0:
        y[places] = y[places] / 2
        places = y > 1
        left = np.sum(places)
    return y


@pytest.mark.parametrize("fn", [in_a_loop, on_one_side, behind_a_search], ids=lambda f: f.__name__)
def test_a_mask_or_integers_is_an_error(fn):
    with pytest.raises(TypeError, match=r"test_masks_or_places\.py:.*a mask or integers"):
        lg.trace(lg.program(fn), X)


def masks_alone(x):
    y = x.copy()
    large = np.where(y > 1, True, False)
    while np.any(large):
        y[large] = y[large] / 2
        large = y > 1
    return y


def a_mask_or_floats(x):
    weights = np.ones(3)
    for v in x:
        if v > 2:
            weights = x > v - 1
    return np.sum(weights * x)


@pytest.mark.parametrize("fn", [masks_alone, a_mask_or_floats], ids=lambda f: f.__name__)
def test_others_have_a_common_type(fn):
    check_value(fn, X)
