"""Measures recall@1 of edited copies, beside the hashes that people use.

    pictures (held out: of another seed, or a folder of photographs) + generated distractors -> gallery
    12 edits of each picture -> query -> is the first of the gallery its original?

    python3 evaluate.py --model ../../encoder/starter/model.safetensors [--photos ../../../shared/photos] [--json]
"""
import argparse
import glob
import io
import json
import os

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from scipy.fft import dctn

import model
import pictures


def crop(m, share, rng):
    """Keeps `share` of each side, anywhere."""
    w, h = (max(1, round(v * share)) for v in m.size)
    x, y = rng.integers(m.size[0] - w + 1), rng.integers(m.size[1] - h + 1)
    return m.crop((x, y, x + w, y + h))


def jpeg(m, quality):
    file = io.BytesIO()
    m.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def third(m):
    return m.resize(tuple(max(1, v // 3) for v in m.size), Image.BOX)


def color(m, rng, most=0.4):
    """Brightness, contrast and saturation, each by up to `most`, and a cast."""
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        m = kind(m).enhance(rng.uniform(1 - most, 1 + most))
    cast = rng.uniform(0.9, 1.1, 3)
    return Image.fromarray(np.clip(np.asarray(m) * cast, 0, 255).astype(np.uint8))


def band(m, rng):
    """A line of text in a dark band near the lower edge."""
    m = m.copy()
    w, h = m.size
    ImageDraw.Draw(m).rectangle([0, h * 0.82, w, h * 0.95], fill=(0, 0, 0))
    m.paste((255, 255, 255), (int(w * 0.05), int(h * 0.83)), pictures.line_of_text(rng, h * 0.1))
    return m


def text(m, rng):
    """The band, and a large word over the middle."""
    m = band(m, rng)
    at = int(m.size[0] * rng.uniform(0, 0.3)), int(m.size[1] * rng.uniform(0.2, 0.6))
    m.paste((220, 30, 30), at, pictures.line_of_text(rng, m.size[1] * 0.14))
    return m


def border(m):
    """A frame a tenth of the shorter side wide, black."""
    return ImageOps.expand(m, max(1, min(m.size) // 10), fill=(0, 0, 0))


def everything(m, rng):
    """Crop 90%, up to 5 degrees, perhaps mirrored, colour, text, JPEG 30."""
    m = crop(m, 0.9, rng).rotate(rng.uniform(-5, 5), Image.BILINEAR, fillcolor=(255, 255, 255))
    if rng.random() < 0.5:
        m = ImageOps.mirror(m)
    return jpeg(band(color(m, rng, 0.3), rng), 30)


EDITS = {
    "jpeg 10": lambda m, rng: jpeg(m, 10),
    "third size": lambda m, rng: third(m),
    "crop 80%": lambda m, rng: crop(m, 0.8, rng),
    "crop 60%": lambda m, rng: crop(m, 0.6, rng),
    "colour": color,
    "grey": lambda m, rng: m.convert("L").convert("RGB"),
    "rotate 12": lambda m, rng: m.rotate(12, Image.BILINEAR, fillcolor=(255, 255, 255)),
    "mirror": lambda m, rng: ImageOps.mirror(m),
    "text": text,
    "border": lambda m, rng: border(m),
    "blur 3": lambda m, rng: m.filter(ImageFilter.GaussianBlur(3)),
    "all at once": everything,
}


class Starter:
    """Embeddings of a checkpoint."""

    def __init__(self, path):
        tokens = model.read(path)["embeddings.position_embeddings"].shape[1]
        self.size = 16 * round((tokens - 1) ** 0.5)
        self.net = model.ViT(model.config(self.size)).eval()
        model.load(self.net, path)

    def __call__(self, images):
        x = np.stack([np.asarray(m.resize((self.size, self.size), Image.BILINEAR)) for m in images])
        with torch.no_grad():
            return torch.cat([self.net(b) for b in torch.from_numpy(x).permute(0, 3, 1, 2).split(64)]).numpy()


def phash(images):
    """64 signs of the low frequencies, as +-1."""
    low = [dctn(np.asarray(m.convert("L").resize((32, 32), Image.BILINEAR), float))[:8, :8].ravel() for m in images]
    return np.stack([np.where(v > np.median(v), 1.0, -1.0) for v in low])


def dhash(images):
    """64 signs of horizontal differences, as +-1."""
    small = [np.asarray(m.convert("L").resize((9, 8), Image.BILINEAR), float) for m in images]
    return np.stack([np.where(v[:, 1:] > v[:, :-1], 1.0, -1.0).ravel() for v in small])


def recall(embed, queries, distractors):
    """{edit: recall@1} of the pictures that `queries` holds edits of ("" is the original)."""
    gallery = np.concatenate([embed(queries[""]), embed(distractors)])
    here = np.arange(len(queries[""]))
    out = {}
    for edit in EDITS:
        score = embed(queries[edit]) @ gallery.T
        best = score.argmax(1)
        best[(score > score[here, here][:, None] - 1e-9).sum(1) > 1] = -1  # a tie of hashes is no find
        out[edit] = float((best == here).mean())
    out["mean"] = float(np.mean([out[e] for e in EDITS]))
    return out


def originals(photos, count, seed):
    """The pictures that are edited: photographs of a folder, or generated ones of that seed."""
    if photos:
        return [Image.open(p).convert("RGB") for p in sorted(glob.glob(os.path.join(photos, "*.jpg")))]
    return [Image.fromarray(pictures.make(seed, i)) for i in range(count)]


def edited(base, seed):
    """{"": originals, edit: edited pictures}."""
    out = {"": base}
    for i, (name, edit) in enumerate(EDITS.items()):
        rng = np.random.default_rng((11, seed, i))
        out[name] = [edit(m, rng) for m in base]
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--model", action="append", default=[], help="weights; may be given more than once")
    p.add_argument("--photos", help="folder of photographs to edit; else generated pictures, held out by their seed")
    p.add_argument("--count", type=int, default=200, help="generated pictures to edit")
    p.add_argument("--distractors", type=int, default=260, help="generated pictures more in the gallery")
    p.add_argument("--seed", type=int, default=2, help="of the held-out pictures and the edits (training uses 1)")
    p.add_argument("--hashes", action="store_true", help="measure pHash and dHash too")
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(1)
    queries = edited(originals(a.photos, a.count, a.seed), a.seed)
    distractors = [Image.fromarray(pictures.make(a.seed + 1, i)) for i in range(a.distractors)]
    rows = {path: Starter(path) for path in a.model}
    if a.hashes:
        rows = {"pHash": phash, "dHash": dhash, **rows}
    rows = {name: recall(embed, queries, distractors) for name, embed in rows.items()}
    if a.json:
        print(json.dumps(rows, indent=1))
        return
    print("| method | " + " | ".join([*EDITS, "mean"]) + " |\n" + "|---" * (len(EDITS) + 2) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{v:.3f}".lstrip("0") if v < 1 else "1" for v in row.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
