"""Writes a model folder: float16 weights, the two configurations, and golden.json, what they give in float64.

    python3 export.py --model RUN/model.safetensors [--start START.safetensors] --photos ../../../shared/photos --out ../../encoder/starter
"""
import argparse
import json
import os
import shutil

import numpy as np
import torch
from PIL import Image

import model

NOTE = "float64 reference on Pillow pixels; JPEG decoders differ a little: 1 - cosine below 1e-4"


def golden(weights, files):
    """The float64 embeddings of pictures, as golden.json holds them."""
    size = 16 * round((model.read(weights)["embeddings.position_embeddings"].shape[1] - 1) ** 0.5)
    net = model.ViT(model.config(size)).double().eval()
    model.load(net, weights)
    out = []
    for path in files:
        m = Image.open(path).convert("RGB").resize((size, size), Image.BILINEAR)
        with torch.no_grad():
            z = net(torch.from_numpy(np.asarray(m).copy()).permute(2, 0, 1)[None])[0]
        out.append({"file": "photos/" + os.path.basename(path), "embedding": [float(f"{v:.9g}") for v in z.tolist()]})
    return size, {"note": NOTE, "pictures": out}


def mix(start, end, share, out):
    """Writes (1 - share) start + share end: weights between both keep what the start was good at (Wortsman et al. 2022)."""
    size = 16 * round((model.read(end)["embeddings.position_embeddings"].shape[1] - 1) ** 0.5)
    net, old = (model.ViT(model.config(size)) for _ in range(2))
    model.load(net, end)
    model.load(old, start)
    with torch.no_grad():
        for (_, t), (_, o) in zip(model.names(net), model.names(old)):
            t.lerp_(o, 1 - share)
    model.save(net, out)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--model", required=True, help="weights that train.py wrote")
    p.add_argument("--start", help="weights that training began from, to mix with; resized to --model's input")
    p.add_argument("--share", type=float, default=0.6, help="share of --model in that mixture")
    p.add_argument("--photos", required=True, help="folder with the photographs of golden.json")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    with open(os.path.join(os.path.dirname(__file__), "../../encoder/starter/golden.json")) as f:
        files = [os.path.join(a.photos, os.path.basename(g["file"])) for g in json.load(f)["pictures"]]
    weights = os.path.join(a.out, "model.safetensors")
    if a.start:
        mix(a.start, a.model, a.share, weights)
    else:
        shutil.copyfile(a.model, weights)
    size, reference = golden(weights, files)
    for name, value, indent in (("config.json", model.config(size), 1), ("preprocessor_config.json", model.preprocessor(size), 1),
                                ("golden.json", reference, None)):
        with open(os.path.join(a.out, name), "w") as f:
            json.dump(value, f, indent=indent)


if __name__ == "__main__":
    main()
