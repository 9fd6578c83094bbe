"""Labels as they are photographed in a meter cupboard: turned, aslant, out of focus, dim, grainy, glaring; by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from hht.scan.formats import built_in
from tests.scan.drawing import as_file, code

SIZE = (800, 600)
SYMBOLOGIES = ("QRCode", "DataMatrix", "Code128")


@dataclass(frozen=True, slots=True)
class Harm:
    """What happens to a picture, each from 0 (nothing) on. Blur in modules of the code, angles in degrees."""

    blur: float = 0.0
    turn: float = 0.0
    aslant: float = 0.0  # how much shorter the far side is, of 1
    contrast: float = 1.0
    grain: float = 0.0  # of 255
    glare: float = 0.0  # of the label's width


HARMS = {
    "as it is": Harm(),
    "blurred": Harm(blur=0.6),
    "very blurred": Harm(blur=0.9),
    "turned": Harm(turn=27),
    "aslant": Harm(aslant=0.25, turn=8),
    "dim": Harm(contrast=0.12, grain=4),
    "grainy": Harm(grain=45),
    "glare": Harm(glare=0.22),
    "all at once": Harm(blur=0.55, turn=14, aslant=0.12, contrast=0.4, grain=12),
    "hopeless": Harm(blur=2.6, contrast=0.15, grain=25),
}


def labels() -> Iterator[tuple[str, str, str]]:
    """Format, symbology, text: each sample of the table in each symbology that has room for it."""
    for each in built_in():
        for sample in each.samples:
            for symbology in SYMBOLOGIES:
                if "\x1d" in sample.text or (symbology == "Code128" and (len(sample.text) > 28 or "\n" in sample.text)):
                    continue
                yield each.name, symbology, sample.text


def photo(text: str, symbology: str, harm: Harm, seed: int) -> bytes:
    """A JPEG of it."""
    random = Random(f"{seed} {symbology} {text}")
    module = 3 if symbology == "Code128" else 5
    drawn = code(text, symbology, scale=module)
    if symbology == "Code128":
        drawn = drawn.crop((0, 0, drawn.size[0], 120))
    label = Image.new("L", (drawn.size[0] + 40, drawn.size[1] + 70), 245)
    label.paste(drawn, (20, 20))
    ImageDraw.Draw(label).text((24, label.size[1] - 40), "HHT TRAINING  230 V  5(100) A  50 Hz", fill=30)
    if harm.glare:
        label = _glare(label, harm.glare, random)
    sheet = Image.new("L", (max(SIZE[0], label.size[0] + 120), max(SIZE[1], label.size[0] + 120)), 96)
    sheet.paste(label, ((sheet.size[0] - label.size[0]) // 2, (sheet.size[1] - label.size[1]) // 2))
    sheet = _held(sheet, harm, random)
    if harm.blur:
        sheet = sheet.filter(ImageFilter.GaussianBlur(harm.blur * module * random.uniform(0.6, 1)))
    if harm.contrast < 1:
        low = random.randrange(30, 90)
        sheet = sheet.point([round(low + shade * harm.contrast) for shade in range(256)])
    if harm.grain:
        noise = Image.effect_noise(sheet.size, harm.grain)
        sheet = ImageChops.add(sheet, noise, 1, -128)
    return as_file(sheet, "JPEG", quality=80)


def _glare(label: Image.Image, share: float, random: Random) -> Image.Image:
    wide, high = label.size
    spot = Image.new("L", label.size, 0)
    at, radius = (random.uniform(0.2, 0.8) * wide, random.uniform(0.2, 0.8) * high), share * min(wide, high) / 2
    ImageDraw.Draw(spot).ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=255)
    return ImageChops.add(label, spot.filter(ImageFilter.GaussianBlur(radius / 4)))


def _held(sheet: Image.Image, harm: Harm, random: Random) -> Image.Image:
    """Turned and seen from the side."""
    wide, high = sheet.size
    turn = random.uniform(0.5, 1) * harm.turn * random.choice((-1, 1)) * pi / 180
    short = harm.aslant * random.uniform(0.5, 1) / 2
    corners = ((0, high * short), (0, high * (1 - short)), (wide, high), (wide, 0))
    around = (wide / 2, high / 2)
    turned = [
        (
            around[0] + (x - around[0]) * cos(turn) - (y - around[1]) * sin(turn),
            around[1] + (x - around[0]) * sin(turn) + (y - around[1]) * cos(turn),
        )
        for x, y in corners
    ]
    quad = tuple(part for corner in turned for part in corner)
    return sheet.transform(sheet.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=96)
