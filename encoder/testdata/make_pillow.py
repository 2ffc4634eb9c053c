"""Writes pillow.json: SHA-256 of what Pillow's Image.resize makes of seeded noise, for every filter, in awkward sizes.

The pictures need no files. Byte i (row-major, 3 bytes a pixel) of the picture NAME is
  splitmix64_mix(FNV-1a-64(NAME) + (i + 1) * 0x9E3779B97F4A7C15) >> 56       (all arithmetic mod 2^64)
and for names that begin with "hard" 0 or 255, by that byte's top bit: overshoot at every pixel.
Needs python3-numpy and python3-pil. Made with Pillow 9.4.
"""
import hashlib, json, os
import numpy as np
from PIL import Image

U = np.uint64


def picture(name, width, height):
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = U(key) + (np.arange(width * height * 3, dtype=U) + U(1)) * U(0x9E3779B97F4A7C15)
        z = (z ^ (z >> U(30))) * U(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
        z = z ^ (z >> U(31))
    values = (z >> U(56)).astype(np.uint8)
    if name.startswith("hard"):
        values = (values >> 7) * np.uint8(255)
    return Image.fromarray(values.reshape(height, width, 3), "RGB")


CASES = [(1, 1, 5, 9), (2, 3, 7, 301), (3, 2, 224, 224), (1, 500, 1, 283), (500, 1, 31, 1), (640, 427, 224, 224), (427, 640, 112, 112),
         (224, 224, 224, 224), (225, 223, 224, 224), (224, 100, 224, 50), (100, 224, 33, 224), (1999, 13, 251, 13), (7, 3001, 90, 224),
         (333, 251, 1, 1), (843, 118, 218, 118), (64, 48, 400, 300), (17, 19, 18, 20), (301, 199, 300, 198), (512, 384, 256, 192), (97, 89, 41, 61)]

if __name__ == "__main__":
    out = []
    for number, (width, height, to_width, to_height) in enumerate(CASES):
        name = f"{('soft', 'hard')[number % 2]}.{width}x{height}"
        image = picture(name, width, height)
        hashes = [hashlib.sha256(image.resize((to_width, to_height), resample).tobytes()).hexdigest() for resample in range(6)]
        out.append(dict(name=name, size=[width, height], to=[to_width, to_height], sha256=hashes))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pillow.json"), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
