"""Writes pillow/: small pictures in variants that Go cannot write, and what Pillow decodes them to.

NAME is the input, NAME.png the reference: Pillow's upright RGB at full size, flattened onto white as in doc.go.
Run with Debian's python3-pil and python3-numpy (made with Pillow 9.4, libjpeg-turbo 2.1.5, libwebp 1.2.4).
"""
import os
import numpy as np
from PIL import Image, ImageOps

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pillow")
os.makedirs(OUT, exist_ok=True)
W, H = 61, 45


def scene(width=W, height=H, phase=0.0):
    """Smooth colours with a few hard, saturated edges: chroma that shows how it was spread."""
    y, x = np.mgrid[0:height, 0:width] / 16.0
    rgb = np.stack([128 + 120 * np.sin(x * 2 + phase), 128 + 110 * np.cos(y * 2.5 - x), 128 + 100 * np.sin(x * y + phase)], -1)
    rgb[8:20, 10:30] = (250, 10, 10)
    rgb[25:40, 33:50] = (10, 20, 240)
    rgb[30:33, :] = (255, 255, 255)
    return Image.fromarray(rgb.clip(0, 255).astype("uint8"))


def flatten(image):
    """The rounded blend onto white of the reference preprocessing."""
    if image.mode not in ("RGBA", "LA") and "transparency" not in image.info:
        return image.convert("RGB")
    p = np.asarray(image.convert("RGBA")).astype(int)
    c, a = p[..., :3], p[..., 3:]
    return Image.fromarray(((c * a + 255 * (255 - a) + 127) // 255).astype("uint8"))


def reference(name):
    image = Image.open(os.path.join(OUT, name))
    image.load()
    if image.format != "TIFF":  # Pillow turns those upright while loading, and 9.4 would do it twice
        image = ImageOps.exif_transpose(image)
    flatten(image).save(os.path.join(OUT, name + ".png"), optimize=True)


def save(name, image, **options):
    image.save(os.path.join(OUT, name), **options)
    reference(name)


def patch(name, source, change):
    data = bytearray(open(os.path.join(OUT, source), "rb").read())
    open(os.path.join(OUT, name), "wb").write(bytes(change(data)))
    reference(name)


def sampling(old, new):
    """The same blocks in another arrangement: the frame header's first sampling factors."""
    def change(data):
        at = data.index(b"\xff\xc0") + 11
        assert data[at] == old
        data[at] = new
        return data
    return change


def adobe(transform):
    """Adobe's mark in place of JFIF's; without a mark for None."""
    def change(data):
        end = 4 + int.from_bytes(data[4:6], "big")
        mark = b"" if transform is None else b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
        return data[:2] + mark + data[end:]
    return change


def wider_canvas(data):
    data[6:10] = (90).to_bytes(2, "little") + (70).to_bytes(2, "little")
    return data


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


if __name__ == "__main__":
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        save(f"{name}.jpg", scene(), quality=88, subsampling=subsampling)
        save(f"{name}-progressive.jpg", scene(), quality=70, subsampling=subsampling, progressive=True)
    save("422-aligned.jpg", scene(64, 48), quality=88, subsampling=1)
    save("420-aligned.jpg", scene(64, 64), quality=88, subsampling=2)
    patch("440.jpg", "422-aligned.jpg", sampling(0x21, 0x12))
    patch("411.jpg", "420-aligned.jpg", sampling(0x22, 0x41))
    save("420-narrow.jpg", scene(3, 40), quality=88, subsampling=2)
    save("grey.jpg", scene().convert("L"), quality=88)
    save("cmyk.jpg", scene().convert("CMYK"), quality=88)
    patch("ycck.jpg", "cmyk.jpg", adobe(2))
    patch("cmyk-unmarked.jpg", "cmyk.jpg", adobe(None))
    patch("rgb-adobe.jpg", "444.jpg", adobe(0))
    patch("ycc-adobe.jpg", "420.jpg", adobe(1))
    patch("ycc-unmarked.jpg", "420.jpg", adobe(None))
    save("lossy.webp", scene(), quality=70)
    save("lossless.webp", scene(), lossless=True)
    fading = scene().convert("RGBA")
    fading.putalpha(Image.linear_gradient("L").resize((W, H)))
    save("lossy-alpha.webp", fading, quality=70)
    save("lossless-alpha.webp", fading, lossless=True, exact=True)
    save("animated.webp", scene(), save_all=True, append_images=[scene(phase=1)], duration=50, quality=70)
    save("turned.webp", scene(), lossless=True, exif=orientation(6))
    save("turned.png", scene(), exif=orientation(7))
    save("turned.tiff", scene(), exif=orientation(8))
    save("cmyk.tiff", scene().convert("CMYK"), compression="tiff_lzw")
    save("fax.tiff", scene().convert("1"), compression="group4")
    save("grey-alpha.png", fading.convert("LA"), optimize=True)
    save("palette.gif", scene().convert("P", palette=Image.ADAPTIVE))
    save("transparent.gif", scene().convert("P", palette=Image.ADAPTIVE), transparency=3)
    save("animated.gif", scene(), save_all=True, append_images=[scene(phase=1)], duration=50)
    patch("canvas.gif", "palette.gif", wider_canvas)
    patch("canvas-transparent.gif", "transparent.gif", wider_canvas)
    save("palette.bmp", scene().convert("P", palette=Image.ADAPTIVE))
