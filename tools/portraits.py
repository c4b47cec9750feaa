"""Draw the bundled characters' pictures: ``python -m tools.portraits``. Every run gives the same pictures."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[1] / "prompts" / "characters"
SIDE = 256  # pixels
SCALE = 4  # drawn this many times larger and scaled down, for smooth edges
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Portrait:
    """Colours and parts of one face. ``parts`` are drawn in order, over the head."""

    sky: str
    skin: str
    hair: str
    coat: str
    parts: tuple[str, ...]
    eyes: str = "open"
    mouth: str = "smile"


PORTRAITS = {
    "mira": Portrait("#9cc9dd", "#f0cfae", "#8a4b2c", "#2f5d7c", ("long hair", "lamp")),
    "grimm": Portrait("#6d7f8c", "#dba97f", "#2b2a2c", "#7a2e2e", ("beard", "pirate hat", "eye patch"), mouth="flat"),
    "tock": Portrait("#f3d58a", "#b9c3c9", "#7d8a92", "#5a6a73", ("antenna", "rivets"), eyes="round"),
    "ottoline": Portrait("#4a4170", "#ecc9a4", "#dcdce4", "#6a4fa3", ("long hair", "wizard hat")),
    "alan": Portrait("#7fc4c9", "#eec39a", "#1f1c1c", "#1f3f66", ("short hair", "cap")),
    "mobai": Portrait("#d9e3d0", "#f2d3b0", "#303030", "#4c6b57", ("short hair", "glasses")),
    "tuantuan": Portrait("#f7c6b0", "#f4d2ad", "#3a2a22", "#ffffff", ("short hair", "cook's hat"), mouth="open"),
    "xinghe": Portrait(
        "#151a3c", "#f0cdaa", "#22202a", "#7a6aa8", ("short hair", "pirate hat", "stars"), mouth="small"
    ),
    "hinata": Portrait("#fbe3a5", "#f5d4b3", "#5b3720", "#d9734e", ("long hair", "wizard hat"), mouth="open"),
    "gen": Portrait("#c9b8a8", "#e5b98f", "#161616", "#3b3f58", ("short hair", "topknot", "scar"), mouth="flat"),
    "yuki": Portrait("#dfe9f5", "#f7dcc3", "#3d3348", "#8fa6d0", ("long hair", "glasses"), mouth="small"),
    "kenta": Portrait("#a9b7d6", "#d4d9de", "#8c98a8", "#6c7a94", ("antenna", "rivets", "nightcap"), eyes="shut"),
}


class Canvas:
    """A drawing whose lengths are fractions of its side, from 0 to 1."""

    def __init__(self, colour: str) -> None:
        self._image = Image.new("RGB", (SIDE * SCALE, SIDE * SCALE), colour)
        self._draw = ImageDraw.Draw(self._image)

    def ellipse(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw an ellipse around a point."""
        self._draw.ellipse(self._box(x, y, width, height), fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0.0) -> None:
        """Draw a box with rounded corners around a point."""
        self._draw.rounded_rectangle(self._box(x, y, width, height), radius * SIDE * SCALE, fill=colour)

    def shape(self, points: tuple[tuple[float, float], ...], colour: str) -> None:
        """Draw a polygon."""
        self._draw.polygon([(x * SIDE * SCALE, y * SIDE * SCALE) for x, y in points], fill=colour)

    def arc(self, x: float, y: float, width: float, height: float, start: int, end: int) -> None:
        """Draw a dark line along an ellipse, from one angle to another."""
        self._draw.arc(self._box(x, y, width, height), start, end, fill="#33262a", width=round(0.014 * SIDE * SCALE))

    def ring(self, x: float, y: float, size: float, colour: str) -> None:
        """Draw the outline of a circle."""
        self._draw.ellipse(self._box(x, y, size, size), outline=colour, width=round(0.014 * SIDE * SCALE))

    def picture(self) -> Image.Image:
        """The drawing, scaled to its final size."""
        return self._image.resize((SIDE, SIDE), Image.Resampling.BOX)

    @staticmethod
    def _box(x: float, y: float, width: float, height: float) -> Box:
        full = SIDE * SCALE
        return ((x - width / 2) * full, (y - height / 2) * full, (x + width / 2) * full, (y + height / 2) * full)


def _long_hair(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.5, 0.3, 0.5, 0.26, face.hair)
    for x in (0.27, 0.73):
        canvas.box(x, 0.52, 0.11, 0.46, face.hair, 0.05)


def _short_hair(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.5, 0.29, 0.47, 0.22, face.hair)


def _beard(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.5, 0.63, 0.36, 0.26, face.hair)
    canvas.ellipse(0.5, 0.575, 0.16, 0.06, face.skin)
    canvas.ellipse(0.5, 0.29, 0.44, 0.16, face.hair)


def _lamp(canvas: Canvas, face: Portrait) -> None:
    canvas.box(0.87, 0.3, 0.1, 0.14, "#c33b32", 0.02)
    canvas.box(0.87, 0.3, 0.05, 0.1, "#ffe9a0", 0.02)


def _pirate_hat(canvas: Canvas, face: Portrait) -> None:
    canvas.shape(((0.18, 0.3), (0.5, 0.06), (0.82, 0.3), (0.5, 0.25)), "#1d1b1e")
    canvas.ellipse(0.5, 0.19, 0.07, 0.07, "#f3efe6")


def _eye_patch(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.41, 0.44, 0.11, 0.1, "#1d1b1e")


def _antenna(canvas: Canvas, face: Portrait) -> None:
    canvas.box(0.5, 0.19, 0.02, 0.2, face.hair)
    canvas.ellipse(0.5, 0.09, 0.07, 0.07, "#d9534f")


def _rivets(canvas: Canvas, face: Portrait) -> None:
    for x, y in ((0.33, 0.34), (0.67, 0.34), (0.33, 0.62), (0.67, 0.62)):
        canvas.ellipse(x, y, 0.03, 0.03, face.hair)


def _wizard_hat(canvas: Canvas, face: Portrait) -> None:
    canvas.shape(((0.3, 0.3), (0.56, 0.0), (0.7, 0.3)), face.coat)
    canvas.ellipse(0.5, 0.3, 0.58, 0.08, face.coat)
    canvas.ellipse(0.53, 0.17, 0.05, 0.05, "#f6d860")


def _cap(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.5, 0.25, 0.46, 0.16, "#f4f4ef")
    canvas.box(0.5, 0.31, 0.44, 0.04, face.coat, 0.02)
    canvas.ellipse(0.5, 0.25, 0.06, 0.06, "#e0b040")


def _glasses(canvas: Canvas, face: Portrait) -> None:
    for x in (0.41, 0.59):
        canvas.ring(x, 0.44, 0.13, "#3a3a44")
    canvas.box(0.5, 0.44, 0.05, 0.012, "#3a3a44")


def _cooks_hat(canvas: Canvas, face: Portrait) -> None:
    for x in (0.37, 0.5, 0.63):
        canvas.ellipse(x, 0.16, 0.2, 0.18, "#ffffff")
    canvas.box(0.5, 0.26, 0.36, 0.1, "#f0f0f0", 0.02)


def _helmet(canvas: Canvas, face: Portrait) -> None:
    canvas.ring(0.5, 0.44, 0.62, "#e9edf5")
    canvas.ring(0.5, 0.44, 0.66, "#aab3c6")


def _stars(canvas: Canvas, face: Portrait) -> None:
    for x, y, size in ((0.1, 0.14, 0.02), (0.86, 0.1, 0.03), (0.93, 0.4, 0.02), (0.07, 0.5, 0.025), (0.2, 0.05, 0.015)):
        canvas.ellipse(x, y, size, size, "#fff3c4")


def _topknot(canvas: Canvas, face: Portrait) -> None:
    canvas.ellipse(0.5, 0.15, 0.1, 0.12, face.hair)
    canvas.box(0.5, 0.2, 0.08, 0.02, "#b03a2e", 0.01)


def _scar(canvas: Canvas, face: Portrait) -> None:
    canvas.shape(((0.62, 0.5), (0.635, 0.5), (0.66, 0.58), (0.645, 0.58)), "#b07a62")


def _nightcap(canvas: Canvas, face: Portrait) -> None:
    canvas.shape(((0.3, 0.3), (0.5, 0.1), (0.82, 0.2), (0.7, 0.3)), "#5a72b0")
    canvas.ellipse(0.82, 0.2, 0.08, 0.08, "#f3efe6")


PARTS: dict[str, Callable[[Canvas, Portrait], None]] = {
    "long hair": _long_hair, "short hair": _short_hair, "beard": _beard, "lamp": _lamp, "pirate hat": _pirate_hat,
    "eye patch": _eye_patch, "antenna": _antenna, "rivets": _rivets, "wizard hat": _wizard_hat, "cap": _cap,
    "glasses": _glasses, "cook's hat": _cooks_hat, "helmet": _helmet, "stars": _stars,
    "topknot": _topknot, "scar": _scar, "nightcap": _nightcap,
}  # fmt: skip
HAIR = ("long hair", "short hair")


def draw(name: str) -> Image.Image:
    """Draw a character's picture."""
    face = PORTRAITS[name]
    canvas = Canvas(face.sky)
    canvas.ellipse(0.5, 0.98, 0.8, 0.5, face.coat)
    canvas.box(0.5, 0.72, 0.14, 0.16, face.skin, 0.04)
    if "rivets" in face.parts:
        canvas.box(0.5, 0.48, 0.46, 0.44, face.skin, 0.08)
    else:
        canvas.ellipse(0.5, 0.46, 0.42, 0.5, face.skin)
    for part in face.parts:
        if part in HAIR:
            PARTS[part](canvas, face)
    _eyes(canvas, face)
    _mouth(canvas, face)
    for part in face.parts:
        if part not in HAIR:
            PARTS[part](canvas, face)
    return canvas.picture()


def _eyes(canvas: Canvas, face: Portrait) -> None:
    for x in (0.41, 0.59):
        if face.eyes == "shut":
            canvas.arc(x, 0.43, 0.1, 0.06, 0, 180)
        elif face.eyes == "round":
            canvas.ellipse(x, 0.44, 0.12, 0.12, "#fdfdf5")
            canvas.ellipse(x, 0.44, 0.06, 0.06, "#2c6e8f")
        else:
            canvas.ellipse(x, 0.44, 0.05, 0.065, "#33262a")
            canvas.ellipse(x + 0.01, 0.425, 0.016, 0.02, "#ffffff")


def _mouth(canvas: Canvas, face: Portrait) -> None:
    if face.mouth == "open":
        canvas.ellipse(0.5, 0.585, 0.12, 0.09, "#8c3b3b")
        canvas.box(0.5, 0.555, 0.12, 0.045, face.skin)
    elif face.mouth == "flat":
        canvas.box(0.5, 0.585, 0.11, 0.014, "#33262a", 0.007)
    else:
        width = 0.07 if face.mouth == "small" else 0.14
        canvas.arc(0.5, 0.555, width, 0.08, 20, 160)


def main() -> int:
    """Write all pictures."""
    for name in PORTRAITS:
        path = FOLDER / f"{name}.png"
        draw(name).save(path, "PNG", optimize=True)
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
