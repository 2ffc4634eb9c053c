"""Generated pictures to learn from: no photograph, no drawing of anybody's, only a seed.

    seed of a family -> palette, kind of scene, textures, ground
    seed of a picture -> arrangement of its shapes          -> (192, 192, 3) uint8

Four pictures of one family share everything but the arrangement, and so are the hard negatives of each other. The kinds:
a thing on a plain ground (as in product pictures and clip art), a lit solid (as in photographs cut out), dead leaves with
power-law sizes (whose statistics are near those of photographs, Lee, Mumford and Huang 2001), landscapes of 1/f noise,
fractals of a few affine maps, line drawings, pages with text. One family in ten is grey.

    python3 pictures.py --out POOL --count 24576 --seed 1
"""
import argparse
import os

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIDE = 192
FAMILY = 4  # pictures that share a family
CHUNK = 512  # pictures in a file of the pool
FONT = ImageFont.load_default()


def noise(rng, power, side=SIDE):
    """A (side, side) field in 0..1 whose amplitude falls with frequency as f^-power."""
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    f[0, 0] = 1
    spectrum = (rng.standard_normal(f.shape) + 1j * rng.standard_normal(f.shape)) * f ** -power
    spectrum[0, 0] = 0
    x = np.fft.irfft2(spectrum, s=(side, side))
    return np.clip(x / (4.5 * x.std() + 1e-9) + 0.5, 0, 1).astype(np.float32)


def color(rng):
    """One colour: any, but grey and earthy ones as often as in photographs."""
    c = rng.random(3)
    grey = rng.random()
    return np.clip((c * (1 - grey) + c.mean() * grey) * 255, 0, 255)


class Family:
    """What its pictures share."""

    def __init__(self, seed):
        rng = self.rng = np.random.default_rng((7, seed))
        self.kind = rng.choice(list(KINDS), p=[p for _, p in KINDS.values()])
        self.grey = rng.random() < 0.1
        self.palette = [color(rng) for _ in range(rng.integers(2, 8))]
        self.textures = [self.texture() for _ in range(rng.integers(1, 4))]
        self.ground = self.make_ground()
        self.shapes = list(rng.choice(["ellipse", "blob", "polygon", "box", "stroke", "star", "ring"], rng.integers(1, 5)))
        self.parts = int(rng.integers(3, 24))
        self.outline = rng.random() < 0.35
        self.steep = rng.uniform(1.2, 3.2)

    def texture(self):
        """An RGB picture to fill shapes with."""
        rng = self.rng
        a, b = (self.palette[rng.integers(len(self.palette))] for _ in range(2))
        y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        kind = rng.choice(["noise", "noise", "stripes", "checks", "dots", "warped"])
        period, angle = rng.uniform(5, 40), rng.uniform(0, np.pi)
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        if kind == "noise":
            t = noise(rng, rng.uniform(0.6, 1.8))
        elif kind == "stripes":
            t = 0.5 + 0.5 * np.sin(u * 6.28 / period)
        elif kind == "checks":
            t = ((np.floor(u / period) + np.floor(v / period)) % 2)
        elif kind == "dots":
            t = (np.hypot(u % period - period / 2, v % period - period / 2) < period * rng.uniform(0.2, 0.45)) * 1.0
        else:
            t = 0.5 + 0.5 * np.sin(u * 6.28 / period + noise(rng, 1.6) * rng.uniform(4, 20))
        return Image.fromarray((a + (b - a) * t[..., None]).astype(np.uint8))

    def make_ground(self):
        rng = self.rng
        kind = rng.choice(["white", "white", "white", "plain", "gradient", "noise", "texture"])
        if kind == "white":
            return Image.new("RGB", (SIDE, SIDE), (255, 255, 255))
        if kind == "plain":
            return Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in color(rng)))
        if kind == "texture":
            return self.textures[0]
        a, b = color(rng), color(rng)
        y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
        angle = rng.uniform(0, 6.28)
        t = np.clip(0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle), 0, 1) if kind == "gradient" else noise(rng, 1.7)
        return Image.fromarray((a + (b - a) * t[..., None]).astype(np.uint8))


def mask(rng, kind, size):
    """A shape as an L picture of (size, size), drawn twice as large and shrunk, turned at random."""
    n = max(4, int(size * 2))
    m = Image.new("L", (n, n), 0)
    d = ImageDraw.Draw(m)
    squeeze = rng.uniform(0.25, 1)
    low, high = n * (0.5 - squeeze / 2), n * (0.5 + squeeze / 2)
    angles = np.linspace(0, 6.28, 40, endpoint=False)
    if kind == "ellipse":
        d.ellipse([0, low, n, high], fill=255)
    elif kind == "ring":
        d.ellipse([0, low, n, high], fill=255)
        k = rng.uniform(0.1, 0.35)
        d.ellipse([n * k, low + (high - low) * k, n * (1 - k), high - (high - low) * k], fill=0)
    elif kind == "box":
        d.rounded_rectangle([0, low, n - 1, high], radius=rng.uniform(0, 0.5) * (high - low), fill=255)
    elif kind == "stroke":
        p = np.cumsum(rng.normal(0, n * 0.14, (12, 2)), 0)
        p = (p - p.min(0)) / (np.ptp(p, 0).max() + 1e-6) * n * 0.9 + n * 0.05
        d.line([tuple(q) for q in p], fill=255, width=max(1, int(n * rng.uniform(0.02, 0.12))), joint="curve")
    else:
        if kind == "blob":
            r = 1 + sum(rng.normal(0, 0.4 / k) * np.cos(k * angles + rng.uniform(0, 6.28)) for k in range(1, 6))
        elif kind == "star":
            r = np.where(np.arange(40) % max(2, 40 // rng.integers(4, 12)) == 0, 1, rng.uniform(0.3, 0.8))
        else:
            angles = np.sort(rng.uniform(0, 6.28, rng.integers(3, 8)))
            r = np.ones(len(angles))
        r = np.abs(r) / np.abs(r).max() * n / 2
        d.polygon([(n / 2 + a * np.cos(t), n / 2 + a * np.sin(t) * squeeze) for a, t in zip(r, angles)], fill=255)
    m = m.rotate(rng.uniform(0, 360), Image.BILINEAR)
    return m.resize((n // 2, n // 2), Image.BOX)


def paste(picture, family, rng, shape, size, x, y):
    """One textured or plain, shaded, perhaps outlined shape with its middle at (x, y)."""
    size = int(np.clip(size, 4, 1.5 * SIDE))
    m = mask(rng, shape, size)
    size = m.size[0]
    at = int(x - size / 2), int(y - size / 2)
    if rng.random() < 0.45:
        t = family.textures[rng.integers(len(family.textures))]
        if size <= SIDE:
            ox, oy = rng.integers(0, SIDE - size + 1, 2)
            fill = t.crop((ox, oy, ox + size, oy + size))
        else:
            fill = t.resize((size, size), Image.BILINEAR)
    else:
        c = family.palette[rng.integers(len(family.palette))] * rng.uniform(0.6, 1.2)
        fill = Image.new("RGB", (size, size), tuple(int(min(255, v)) for v in c))
    if rng.random() < 0.5:  # light from one side
        a, b = rng.uniform(60, 255, 2)
        light = np.linspace(a, b, size)[None, :].repeat(size, 0).astype(np.uint8)
        fill = ImageChops.multiply(fill, Image.fromarray(light if rng.random() < 0.5 else light.T.copy()).convert("RGB"))
    if family.outline and size > 12:
        picture.paste((20, 20, 25), at, m)
        inner = m.resize((size - 4, size - 4), Image.BILINEAR)
        picture.paste(fill.crop((2, 2, size - 2, size - 2)), (at[0] + 2, at[1] + 2), inner)
        return
    picture.paste(fill, at, m)


def thing(picture, family, rng):
    """Parts around one middle, the large ones first, often the same on both sides; perhaps two such things."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        cx, cy = rng.normal(SIDE / 2, SIDE * 0.08, 2)
        reach, twins = SIDE * rng.uniform(0.25, 0.5), rng.random() < 0.4
        for i in range(max(2, int(family.parts * rng.uniform(0.7, 1.3)))):
            size = reach * 1.6 * (0.25 + 0.75 * rng.random()) * (0.9 ** i)
            dx, dy = rng.normal(0, reach * 0.4, 2)
            shape = rng.choice(family.shapes)
            state = rng.bit_generator.state
            paste(picture, family, rng, shape, size, cx + dx, cy + dy)
            if twins and i:
                rng.bit_generator.state = state
                paste(picture, family, rng, shape, size, cx - dx, cy + dy)


def leaves(picture, family, rng):
    """Shapes with sizes by a power law over the whole picture, until it is covered."""
    for _ in range(rng.integers(25, 90)):
        size = SIDE * 0.06 * rng.random() ** (-1 / family.steep)
        paste(picture, family, rng, rng.choice(family.shapes), min(size, SIDE), *rng.uniform(0, SIDE, 2))


def landscape(picture, family, rng):
    """Ridges of noise one before the other, a sky behind, perhaps something in front."""
    sky = family.palette[0] + (family.palette[1] - family.palette[0]) * noise(rng, 1.8)[..., None]
    out = sky
    y = np.arange(SIDE)[:, None]
    for i in range(rng.integers(1, 5)):
        line = noise(rng, rng.uniform(1.2, 2))[0] * SIDE * 0.6 + SIDE * (0.05 + 0.2 * i)
        c = family.palette[rng.integers(len(family.palette))] * rng.uniform(0.5, 1.1)
        grain = noise(rng, rng.uniform(0.7, 1.5))[..., None] * rng.uniform(0, 160) - 60
        out = np.where((y > line[None, :])[..., None], c + grain, out)
    picture.paste(Image.fromarray(np.clip(out, 0, 255).astype(np.uint8)))
    if rng.random() < 0.6:
        thing(picture, family, rng)


def drawing(picture, family, rng):
    """Lines and flat areas on paper."""
    d = ImageDraw.Draw(picture)
    ink = tuple(int(v) for v in family.palette[0] * 0.5)
    for _ in range(family.parts + 4):
        p = rng.uniform(0.1, 0.9, 2) * SIDE + np.cumsum(rng.normal(0, SIDE * rng.uniform(0.02, 0.15), (rng.integers(3, 10), 2)), 0)
        points = [tuple(q) for q in p]
        if rng.random() < 0.3:
            d.polygon(points, fill=tuple(int(v) for v in family.palette[rng.integers(len(family.palette))]), outline=ink)
        d.line(points, fill=ink, width=int(rng.integers(1, 5)), joint="curve")


def page(picture, family, rng):
    """Text in lines of a few sizes, with boxes and things between."""
    for _ in range(rng.integers(2, 9)):
        write(picture, rng, tuple(int(v) for v in family.palette[rng.integers(len(family.palette))]))
    for _ in range(rng.integers(0, 6)):
        paste(picture, family, rng, rng.choice(family.shapes), SIDE * rng.uniform(0.1, 0.5), *rng.uniform(0, SIDE, 2))


def line_of_text(rng, height):
    """A random word or line, as an L picture of about that height."""
    letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    text = " ".join("".join(rng.choice(list(letters), rng.integers(1, 9))) for _ in range(rng.integers(1, 6)))
    box = FONT.getbbox(text)
    m = Image.new("L", (box[2], box[3]), 0)
    ImageDraw.Draw(m).text((0, 0), text, fill=255, font=FONT)
    return m.resize((max(1, int(box[2] * height / box[3])), max(1, int(height))), Image.BILINEAR)


def write(picture, rng, ink):
    m = line_of_text(rng, rng.uniform(0.05, 0.25) * SIDE)
    picture.paste(ink, tuple(int(v) for v in rng.uniform(-0.1, 0.8, 2) * SIDE), m)


def solid(picture, family, rng):
    """One to three lit solids, each a cushion with bumps over a shape or two, with a coat of two colours and perhaps a shadow."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        m = Image.new("L", (SIDE, SIDE), 0)
        x, y = rng.normal(SIDE / 2, SIDE * 0.12, 2)
        for _ in range(rng.integers(1, 6)):
            part = mask(rng, rng.choice(family.shapes), SIDE * rng.uniform(0.25, 0.75))
            dx, dy = rng.normal(0, SIDE * 0.14, 2)
            m.paste(255, (int(x + dx - part.size[0] / 2), int(y + dy - part.size[1] / 2)), part)
        inside = np.asarray(m, np.float32) / 255
        height = sum(np.asarray(m.filter(ImageFilter.BoxBlur(r)), np.float32) / 255 * r for r in (3, 8, 18))
        height = height + noise(rng, rng.uniform(1.2, 2)) * rng.uniform(2, 40)
        gy, gx = np.gradient(height)
        angle = rng.uniform(0, 6.28)
        light = (np.cos(angle) * gx + np.sin(angle) * gy + rng.uniform(0.3, 1)) / np.sqrt(gx * gx + gy * gy + 1)
        a, b = (family.palette[rng.integers(len(family.palette))] for _ in range(2))
        coat = np.clip((noise(rng, rng.uniform(0.8, 2)) - 0.5) * rng.uniform(1, 8) + 0.5, 0, 1)[..., None]
        fill = (a + (b - a) * coat) * (rng.uniform(0.2, 0.6) + np.clip(light, 0, 1))[..., None]
        fill = fill + np.clip(light - 0.8, 0, 1)[..., None] * rng.choice([0, 300])  # shine
        if rng.random() < 0.3:
            dark = ImageChops.offset(m.filter(ImageFilter.GaussianBlur(6)), int(rng.normal(0, 8)), 8)
            picture.paste(0, (0, 0), dark.point(lambda v: v // 3))
        picture.paste(Image.fromarray(np.clip(fill, 0, 255).astype(np.uint8)), (0, 0), m)


def fractal(picture, family, rng):
    """The attractor of two to four affine maps (Barnsley 1988), brighter or darker where it is dense."""
    count = rng.integers(2, 5)
    turn, size = rng.uniform(0, 6.28, (2, count)), rng.uniform(0.3, 0.85, (2, count))
    maps = np.stack([size[0] * np.cos(turn[0]), -size[1] * np.sin(turn[1]), size[0] * np.sin(turn[0]), size[1] * np.cos(turn[1])], 1)
    maps, shift = maps.reshape(count, 2, 2), rng.uniform(-1, 1, (count, 2))
    p, seen, which = rng.uniform(-1, 1, (1500, 2)), [], []
    for i in range(40):
        k = rng.integers(count, size=len(p))
        p = np.einsum("nij,nj->ni", maps[k], p) + shift[k]
        if i > 8:
            seen.append(p)
            which.append(k)
    p, k = np.concatenate(seen), np.concatenate(which)
    low, high = np.quantile(p, 0.01, 0), np.quantile(p, 0.99, 0)
    at = ((p - low) / (high - low).max() * SIDE * 0.85 + SIDE * rng.uniform(0.02, 0.15)).astype(int)
    ok = ((at >= 0) & (at < SIDE)).all(1)
    at, k = at[ok], k[ok]
    dense = np.bincount(at[:, 1] * SIDE + at[:, 0], minlength=SIDE * SIDE).reshape(SIDE, SIDE)
    colors = np.stack([family.palette[i % len(family.palette)] for i in range(count)])
    fill = np.zeros((SIDE, SIDE, 3), np.uint8)
    fill[at[:, 1], at[:, 0]] = colors[k] * rng.uniform(0.4, 1.1)
    m = Image.fromarray(np.clip(np.log1p(dense) * 120, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    picture.paste(Image.fromarray(fill).filter(ImageFilter.MaxFilter(3)), (0, 0), m)


# What draws a kind of picture, and its share of the families.
KINDS = {"thing": (thing, 0.28), "solid": (solid, 0.24), "leaves": (leaves, 0.16), "landscape": (landscape, 0.08),
         "fractal": (fractal, 0.06), "drawing": (drawing, 0.1), "page": (page, 0.08)}


def make(seed, number):
    """Picture `number` of the pool with that seed, (192, 192, 3) uint8."""
    family = Family(seed * 10 ** 7 + number // FAMILY)
    return arrange(family, np.random.default_rng((8, seed, number)))


def arrange(family, rng):
    picture = family.ground.copy()
    KINDS[family.kind][0](picture, family, rng)
    if family.grey:
        picture = picture.convert("L").convert("RGB")
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    x = np.asarray(picture, np.float32)
    if family.kind != "drawing" and rng.random() < 0.4:  # uneven light
        x = x * (0.5 + noise(rng, 2.2)[..., None])
    if rng.random() < 0.4:  # grain of a sensor
        x = x + rng.normal(0, rng.uniform(1, 8), x.shape)
    return np.clip(x, 0, 255).astype(np.uint8)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", required=True, help="folder for the pool's files")
    p.add_argument("--count", type=int, default=24576)
    p.add_argument("--first", type=int, default=0, help="number of the first chunk (to share the work)")
    p.add_argument("--every", type=int, default=1, help="make every n-th chunk")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for c in range(a.first, -(-a.count // CHUNK), a.every):
        path = os.path.join(a.out, f"{c:05d}.npy")
        if os.path.exists(path):
            continue
        x = np.stack([make(a.seed, c * CHUNK + i) for i in range(CHUNK)])
        np.save(path + ".tmp.npy", x)
        os.replace(path + ".tmp.npy", path)


if __name__ == "__main__":
    main()
