"""The live blog's pictures: plain drawings of sea, town and sky, as PNG.

Drawn instead of shipped, so that no photograph has to be. PNG: https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

WIDTH, HEIGHT = 640, 360

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows.

    Attributes:
        sky: at its top and at the horizon.
        sea: at the horizon and at the bottom.
        horizon: row of the horizon, from the top.
        swell: height of the waves in rows.
        tower: column of a lighthouse, None for none.
        houses: how many stand along the horizon.
        lamp: whether the lighthouse throws a beam.
    """

    sky: tuple[Colour, Colour]
    sea: tuple[Colour, Colour]
    horizon: int = 200
    swell: int = 10
    tower: int | None = None
    houses: int = 0
    lamp: bool = False


_GREY = ((96, 108, 122), (170, 176, 178))
_DARK = ((60, 68, 82), (120, 126, 130))
_NIGHT = ((10, 14, 34), (38, 46, 74))
_COLD = ((74, 104, 112), (28, 52, 64))

SCENES = {
    "lighthouse": Scene(_GREY, _COLD, tower=470),
    "waves": Scene(_DARK, ((96, 124, 126), (36, 66, 74)), horizon=150, swell=26),
    "harbour": Scene(_GREY, _COLD, horizon=230, swell=4, houses=9),
    "seawall": Scene(_DARK, _COLD, horizon=180, swell=18, houses=4),
    "flood": Scene(_GREY, ((122, 112, 92), (84, 76, 62)), horizon=220, swell=3, houses=12),
    "town": Scene(((92, 110, 140), (214, 190, 160)), _COLD, horizon=290, swell=2, houses=14),
    "night": Scene(_NIGHT, ((30, 40, 62), (8, 12, 26)), tower=300, lamp=True),
}


@lru_cache(maxsize=32)
def draw(name: str) -> bytes:
    """The PNG of a scene.

    Raises:
        KeyError: there is no such scene.
    """
    scene = SCENES[name]
    rows = [_row(scene, y) for y in range(HEIGHT)]
    _draw_houses(scene, rows)
    _draw_tower(scene, rows)
    return _png(rows)


def _row(scene: Scene, y: int) -> bytearray:
    above = y < scene.horizon
    ends = scene.sky if above else scene.sea
    share = y / scene.horizon if above else (y - scene.horizon) / (HEIGHT - scene.horizon)
    row = bytearray(bytes(_mix(*ends, share)) * WIDTH)
    depth = y - scene.horizon
    crest = scene.swell + 3
    if not above and depth % crest < 2:
        foam = bytes(_mix(_mix(*ends, share), (235, 240, 240), 0.55))
        for x in range(WIDTH):
            if math.sin(x / (14 + depth / 6) + depth * 1.7) > 0.45:
                row[3 * x : 3 * x + 3] = foam
    return row


def _draw_houses(scene: Scene, rows: list[bytearray]) -> None:
    for number in range(scene.houses):
        width = 30 + number * 17 % 23
        height = 34 + number * 29 % 41
        left = 20 + number * (WIDTH - 60) // scene.houses
        wall = bytes(_mix((94, 70, 62), (176, 150, 128), number * 37 % 10 / 10))
        for y in range(scene.horizon - height, scene.horizon + 4):
            roof = max(0, 12 - (y - scene.horizon + height))
            span = slice(3 * (left + roof), 3 * (left + width - roof))
            rows[y][span] = (bytes((70, 42, 40)) if roof else wall) * (width - 2 * roof)


def _draw_tower(scene: Scene, rows: list[bytearray]) -> None:
    if scene.tower is None:
        return
    top = scene.horizon - 120
    if scene.lamp:
        for y in range(top - 34, top + 46):
            for x in range(WIDTH):
                if abs(y - top - 6) < abs(x - scene.tower) * 0.09:
                    place = slice(3 * x, 3 * x + 3)
                    old = rows[y][place]
                    rows[y][place] = bytes(_mix((old[0], old[1], old[2]), (255, 236, 170), 0.4))
    for y in range(top, scene.horizon + 10):
        half = 9 + (y - top) // 14
        colour = (178, 48, 44) if (y - top) // 22 % 2 else (236, 232, 224)
        if y < top + 12:
            colour = (255, 226, 130) if scene.lamp else (52, 52, 58)
        rows[y][3 * (scene.tower - half) : 3 * (scene.tower + half)] = bytes(colour) * (2 * half)


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def _png(rows: list[bytearray]) -> bytes:
    raw = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = (
        _chunk(b"IHDR", header),
        _chunk(b"IDAT", zlib.compress(raw, 6)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
