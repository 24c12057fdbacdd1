"""A picture for every course, drawn from its name: the same name gives the same picture on every machine."""

from __future__ import annotations

import hashlib

WIDTH, HEIGHT = 640, 360
PALETTES = (
    ("#0b5d4e", "#1f8a70", "#ffc857", "#f4efe2"),
    ("#1d3557", "#457b9d", "#f4a261", "#f1faee"),
    ("#5a2a6b", "#8e4a9e", "#f2b5d4", "#fdf0f6"),
    ("#7a2e1d", "#c8553d", "#f2c14e", "#fbeee0"),
    ("#22443b", "#6a994e", "#f2e8cf", "#bc4749"),
    ("#243b6b", "#3d6cb9", "#9fd8cb", "#ffd9a0"),
    ("#3a3335", "#b85042", "#e7b98a", "#f6ead7"),
    ("#0f4c5c", "#2a9d8f", "#e9c46a", "#fff3d6"),
)


def cover(name: str) -> str:
    """The cover as an SVG document of about one kilobyte.

    Args:
        name: the course's slug; any text is safe, it only seeds the drawing.
    """
    seed = hashlib.sha256(name.encode()).digest()
    deep, mid, light, pale = PALETTES[seed[0] % len(PALETTES)]
    shapes = (_hills, _suns, _tiles, _arcs)[seed[1] % 4](seed[2:], mid, light, pale)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{deep}"/>{shapes}</svg>'
    )


def _hills(seed: bytes, mid: str, light: str, pale: str) -> str:
    sun = f'<circle cx="{120 + seed[0] * 400 // 255}" cy="{90 + seed[1] % 50}" r="{40 + seed[2] % 30}" fill="{light}"/>'
    rows = []
    for row, (colour, opacity) in enumerate(((mid, 0.55), (mid, 0.8), (pale, 0.16), (mid, 1))):
        base = 170 + row * 45
        left, right = base - seed[row + 3] % 70, base - seed[row + 8] % 70
        rows.append(
            f'<path d="M0 {base}C160 {left} 260 {base + 40} 340 {base - 6}S540 {right} 640 {base - 12}V360H0Z"'
            f' fill="{colour}" opacity="{opacity}"/>'
        )
    return sun + "".join(rows)


def _suns(seed: bytes, mid: str, light: str, pale: str) -> str:
    x, y = 160 + seed[0] * 320 // 255, 130 + seed[1] % 120
    rings = "".join(
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{mid}" stroke-width="{16 - step * 1.5}"'
        f' opacity="{1 - step * 0.11:.2f}"/>'
        for step, radius in enumerate(range(92, 400, 44))
    )
    dot = f'<circle cx="{(x + 320) % 640}" cy="{300 - seed[2] % 180}" r="{14 + seed[3] % 14}" fill="{pale}"/>'
    return f'{rings}<circle cx="{x}" cy="{y}" r="56" fill="{light}"/>{dot}'


def _tiles(seed: bytes, mid: str, light: str, pale: str) -> str:
    size, parts = 90, []
    for number in range(32):
        column, row, pick = number % 8, number // 8, seed[number % 30] + number * 7
        x, y, colour = column * size - 40, row * size, (mid, mid, light, mid, pale)[pick % 5]
        match pick % 4:
            case 0:
                parts.append(f'<path d="M{x} {y}h{size}a{size} {size} 0 0 1-{size} {size}z" fill="{colour}"/>')
            case 1:
                parts.append(f'<path d="M{x} {y + size}v-{size}a{size} {size} 0 0 1 {size} {size}z" fill="{colour}"/>')
            case 2:
                parts.append(f'<circle cx="{x + 45}" cy="{y + 45}" r="26" fill="{colour}"/>')
            case _:
                pass
    return "".join(parts)


def _arcs(seed: bytes, mid: str, light: str, pale: str) -> str:
    parts = []
    for number, colour in enumerate((mid, pale, light, mid, mid)):
        x, radius = number * 150 - 40 + seed[number] % 60, 70 + seed[number + 5] % 90
        width, opacity = 18 + seed[number + 10] % 22, (1, 0.85, 1, 0.6, 0.8)[number]
        parts.append(
            f'<path d="M{x} 360v-{60 + seed[number + 15] % 80}a{radius} {radius} 0 0 1 {radius * 2} 0v300" fill="none"'
            f' stroke="{colour}" stroke-width="{width}" opacity="{opacity}"/>'
        )
    return "".join(parts)
