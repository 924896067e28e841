"""Which shop is nearest, as the crow flies. Pure: no database, no clock, no Django.

Great-circle distance by the haversine formula (R. W. Sinnott, Virtues of the haversine, Sky and Telescope 68 (1984),
p. 159) on a sphere of the Earth's mean radius R1 = 6371.0088 km (H. Moritz, Geodetic Reference System 1980, Journal of
Geodesy 74 (2000), p. 128-133). Against the ellipsoid it errs by half a per cent at most.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from prilavok.kernel.places import Point

RADIUS = 6_371_008.8  # metres


def metres(of: Sequence[Point], to: Sequence[Point]) -> npt.NDArray[np.float64]:
    """Distances in metres: a row for each of the first, a column for each of the second.

    >>> moscow, petersburg = Point(55.7558, 37.6173), Point(59.9343, 30.3351)
    >>> round(float(metres([moscow], [petersburg])[0, 0]) / 1000), float(metres([moscow], [moscow])[0, 0])
    (633, 0.0)
    """
    here, there = (np.radians(np.array(points, dtype=float)) for points in (of, to))
    latitude, longitude = here[:, 0, None], here[:, 1, None]
    half = np.sin((latitude - there[:, 0]) / 2) ** 2
    half += np.cos(latitude) * np.cos(there[:, 0]) * np.sin((longitude - there[:, 1]) / 2) ** 2
    distances: npt.NDArray[np.float64] = 2 * RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return distances


def nearest(of: Sequence[Point], shops: Sequence[tuple[int, Point]]) -> list[tuple[int, int]]:
    """For each point the nearest shop and how many whole metres it is away; of equals the one of the lower number.

    >>> shops = [(7, Point(10, 10)), (3, Point(10, 12))]
    >>> nearest([Point(10, 11), Point(10, 10.5)], shops)[0][0]
    3
    >>> nearest([Point(10, 10)], shops)
    [(7, 0)]
    """
    if not of or not shops:
        return []
    ordered = sorted(shops)
    found = np.rint(metres(of, [point for _shop, point in ordered])).astype(int)
    return [
        (ordered[place][0], int(row[place])) for row, place in zip(found, found.argmin(axis=1), strict=True)
    ]
