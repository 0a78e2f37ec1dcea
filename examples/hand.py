"""
The Jacobian of a hand model that fits observed points, as in ADBench. 26 numbers pose the bones,
and the skin follows the bones. Each observed point should be at one vertex of the skin, or, in the
complicated variant, at a place in a triangle of the skin, which is also sought.

    python examples/hand.py hand/model hand/simple_small/hand1_t26_c100.txt
    python examples/hand.py hand/model hand/complicated_small/hand1_t26_c100.txt
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

import letgrad as lg


class Model(NamedTuple):
    parents: list[int]
    relative: np.ndarray
    """Each bone's 4 × 4 transform from its parent, at rest."""
    inverse: np.ndarray
    """From a bone's coordinates at rest to the hand's."""
    vertices: np.ndarray
    weights: np.ndarray
    """For each vertex and bone, how much the vertex follows the bone."""


def load_model(folder: Path) -> Model:
    bones = [line.split(":") for line in (folder / "bones.txt").read_text().splitlines()]
    vertices = [line.split(":") for line in (folder / "vertices.txt").read_text().splitlines()]
    weights = np.zeros((len(vertices), len(bones)))
    for row, vertex in zip(weights, vertices):
        pairs = vertex[9 : 9 + 2 * int(vertex[8])]
        row[[int(b) for b in pairs[::2]]] = [float(w) for w in pairs[1::2]]
    matrices = np.array([bone[2:34] for bone in bones], np.float64).reshape(-1, 2, 4, 4)
    relative, inverse = matrices.transpose(1, 0, 2, 3)
    return Model(
        [int(bone[1]) for bone in bones],
        relative,
        inverse,
        np.array([vertex[:3] for vertex in vertices], np.float64),
        weights,
    )


def load(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """theta, the vertex of each point, the points."""
    words = path.read_text().split()
    n = int(words[0])
    rows = np.array(words[2 : 2 + 4 * n], np.float64).reshape(n, 4)
    return np.array(words[2 + 4 * n :], np.float64), rows[:, 0].astype(int), rows[:, 1:]


def euler(x, y, z):
    """Turns around x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = (np.cos(a) for a in (x, y, z)), (np.sin(a) for a in (x, y, z))
    return lg.asarray(
        [
            [cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz],
            [cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz],
            [-sy, sx * cy, cx * cy],
        ]
    )


def around(r):
    """The matrix of the turn around the axis r by the angle |r|."""
    angle = np.sqrt(np.sum(r * r))
    x, y, z = r / angle
    cross = lg.asarray([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


def angles(theta):
    """
    The angles (x, y, z) of each bone that bends. Each of the five fingers has three such bones, and
    the numbers of the bones of two neighbouring fingers differ by four.
    """
    bent = {}
    for finger in range(5):
        a = 6 + 4 * finger
        bent[2 + 4 * finger] = theta[a], 0.0, theta[a + 1]
        bent[3 + 4 * finger] = theta[a + 2], 0.0, 0.0
        bent[4 + 4 * finger] = theta[a + 3], 0.0, 0.0
    return bent


def skin(theta, model: Model):
    """The positions of the vertices."""
    bent = angles(theta)
    absolute = []
    for bone, parent in enumerate(model.parents):
        local = model.relative[bone]
        if bone in bent:
            local = np.concatenate([local[:, :3] @ euler(*bent[bone]), local[:, 3:]], axis=1)
        absolute.append(local if parent < 0 else absolute[parent] @ local)
    transforms = np.einsum("bij,bjk->bik", np.stack(absolute)[:, :3], model.inverse)
    ones = np.ones((len(model.vertices), 1))
    at_rest = np.concatenate([model.vertices, ones], axis=1)
    posed = np.einsum("vb,bij,vj->vi", model.weights, transforms, at_rest)
    return posed @ around(theta[:3]).T + theta[3:6]


def residuals(theta, vertices, points, model: Model):
    """The differences between each observed point and its vertex, coordinate by coordinate."""
    # The program poses only the observed vertices.
    seen = model._replace(vertices=model.vertices[vertices], weights=model.weights[vertices])
    return (points - skin(theta, seen)).ravel()


def load_complicated(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """theta, the place of each point in its triangle, the triangles, the points."""
    words = path.read_text().split()
    n = int(words[0])
    rows = np.array(words[2 : 2 + 4 * n], np.float64).reshape(n, 4)
    rest = np.array(words[2 + 4 * n :], np.float64)
    return rest[2 * n :], rest[: 2 * n].reshape(n, 2), rows[:, 0].astype(int), rows[:, 1:]


def load_triangles(folder: Path) -> np.ndarray:
    """The three vertices of each triangle of the skin."""
    lines = (folder / "triangles.txt").read_text().split()
    return np.array([line.split(":") for line in lines], int)


def residuals_on_skin(u, theta, corners, points, model: Model):
    """
    The differences between each observed point and its place on the skin. The place is in a
    triangle with the vertices `corners`, which have the weights u₀, u₁ and 1 - u₀ - u₁.
    """
    vertices, places = np.unique(corners, return_inverse=True)
    seen = model._replace(vertices=model.vertices[vertices], weights=model.weights[vertices])
    skin_there = skin(theta, seen)
    a, b, c = (skin_there[places.reshape(corners.shape)[:, k]] for k in range(3))
    u0, u1 = u[:, :1], u[:, 1:]
    return (points - (u0 * a + u1 * b + (1.0 - u0 - u1) * c)).ravel()


def complicated_jacobian(corners, points, model: Model):
    """
    The Jacobian by the places in the triangles and by theta, as a function of (u, theta). It is
    sparse: each row has two of the places. The weights of the bones are constants with zeros, so a
    row has only those angles that move its triangle, and few directions find all elements.
    """
    return lg.sparse_jacobian(
        lambda u, theta: residuals_on_skin(u, theta, corners, points, model), (0, 1)
    )


def main_complicated(folder: Path, path: Path) -> None:
    model = load_model(folder)
    theta, u, triangles, points = load_complicated(path)
    corners = load_triangles(folder)[triangles]
    jacobian = complicated_jacobian(corners, points, model)
    pattern = jacobian.pattern(u, theta)
    start = time.perf_counter()
    values = jacobian.values(u, theta)
    print(f"Jacobian {pattern.shape} in {time.perf_counter() - start:.4f} s")
    print(f"  {len(values)} elements by {pattern.colours} directions")
    print(f"  norm {np.linalg.norm(values):.10g}")


def main(folder: Path, path: Path) -> None:
    if "complicated" in str(path):
        return main_complicated(folder, path)
    model = load_model(folder)
    theta, vertices, points = load(path)
    jacobian = lg.jacfwd(lambda theta: residuals(theta, vertices, points, model))
    jacobian(theta)
    start = time.perf_counter()
    found = jacobian(theta)
    print(f"Jacobian {found.shape} in {time.perf_counter() - start:.3f} s")
    print(f"  norm {np.linalg.norm(found):.10g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder of the model")
    parser.add_argument("path", type=Path, help="the pose and the observed points")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir() or not arguments.path.is_file():
        parser.error(f"there is no folder {arguments.folder}, or no file {arguments.path}")
    main(arguments.folder, arguments.path)
