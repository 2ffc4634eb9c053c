"""Edited views of pictures, in batches: what people do to a picture before they save it again.

    (B, 3, P, P) float 0..255 -> one affine map per picture (crop, turn, mirror, frame) sampled at 10/7 of the size
      -> text and boxes -> JPEG -> shrunk -> blur, low resolution -> colours -> noise -> (B, 3, S, S) uint8

Every edit is drawn per picture by a table of chances; a Views object holds the random state and the bank of texts.
"""
import io
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from pictures import line_of_text

# Chances of the edits, by kind of view. "side" is the range of the kept share of each side.
# Keys are nearly the original. Some are grey, framed or written on, so that a query learns to find its picture and not
# whatever else is grey, framed or written on.
ORIGINAL = dict(crop=0.25, side=(0.85, 1), turn=0.1, degrees=4, mirror=0, frame=0.08, text=0.06, jpeg=0.2, blur=0.1, low=0.15,
                color=0.25, strength=0.3, grey=0.15, noise=0.1)
GREY = dict(crop=0.3, side=(0.8, 1), turn=0.1, degrees=8, mirror=0.2, frame=0.1, text=0.1, jpeg=0.2, blur=0.2, low=0.2,
            color=0.4, strength=0.5, grey=1, noise=0.1)
CROPPED = dict(crop=1, side=(0.42, 0.85), turn=0.25, degrees=14, mirror=0.3, frame=0.1, text=0.12, jpeg=0.2, blur=0.12, low=0.2,
               color=0.35, strength=0.7, grey=0.1, noise=0.1)
SPOILED = dict(crop=0.3, side=(0.75, 1), turn=0.25, degrees=22, mirror=0.3, frame=0.35, text=0.35, jpeg=0.35, blur=0.35, low=0.3,
               color=0.4, strength=1, grey=0.3, noise=0.15)
EVERYTHING = dict(crop=0.95, side=(0.6, 0.95), turn=0.9, degrees=15, mirror=0.5, frame=0.6, text=0.65, jpeg=0.8, blur=0.3, low=0.5,
                  color=0.95, strength=0.7, grey=0.2, noise=0.2)

YCC = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


def jpeg(x, quality):
    """(B, 3, H, W) saved as JPEG of quality (B,) and read back."""
    out = []
    for picture, q in zip(x.clamp(0, 255).byte().permute(0, 2, 3, 1).numpy(), quality.tolist()):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=int(q))
        out.append(np.asarray(Image.open(file)))
    return torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).float()


class Views:
    """Draws views of size (S, S); everything random comes from its seed."""

    def __init__(self, size, seed, texts=384):
        self.size, self.large = size, size * 10 // 7
        self.rng = np.random.default_rng((9, seed))
        self.gen = torch.Generator().manual_seed(seed)
        self.texts = torch.stack([self.overlay() for _ in range(texts)])

    def overlay(self):
        """(2, 10S/7, 10S/7) uint8: the share of a band or box, and the share of the writing on it."""
        n, rng = self.large, self.rng
        band, ink = Image.new("L", (n, n), 0), Image.new("L", (n, n), 0)
        for _ in range(rng.integers(1, 4)):
            m = line_of_text(rng, n * rng.uniform(0.05, 0.22))
            m = m.resize((max(8, int(min(m.size[0], n * rng.uniform(0.3, 1)))), m.size[1]), Image.BILINEAR)
            x, y = int(rng.uniform(-0.05, 1) * (n - m.size[0])), int(rng.uniform(0, 1) * (n - m.size[1]))
            kind = rng.random()
            if kind < 0.5:
                band.paste(int(rng.uniform(90, 255)), (x - 6, y - 4, x + m.size[0] + 6, y + m.size[1] + 4))
            if kind < 0.85:
                ink.paste(m, (x, y), m)
            else:
                w, h = (int(v) for v in rng.uniform(0.1, 0.4, 2) * n)
                band.paste(255, (x, y, x + w, y + h))
        return torch.from_numpy(np.stack([np.asarray(band), np.asarray(ink)]))

    def uniform(self, low, high, *shape):
        return torch.rand(*shape, generator=self.gen) * (high - low) + low

    def some(self, chance, n):
        """Which of n pictures get an edit, as their indices."""
        return (torch.rand(n, generator=self.gen) < chance).nonzero()[:, 0]

    def __call__(self, x, kind):
        """(B, 3, P, P) float 0..255 -> (B, 3, S, S) uint8, edited as the table `kind` says."""
        b = len(x)
        x = self.place(x, kind)
        for edit, chance in ((self.write, kind["text"]), (self.save, kind["jpeg"])):
            i = self.some(chance, b)
            if len(i):
                x[i] = edit(x[i])
        x = F.interpolate(x, (self.size, self.size), mode="bilinear", antialias=True)
        for edit, chance in ((self.blur, kind["blur"]), (self.shrink, kind["low"]), (self.noise, kind["noise"])):
            i = self.some(chance, b)
            if len(i):
                x[i] = edit(x[i])
        i = self.some(kind["color"], b)
        if len(i):
            x[i] = self.color(x[i], kind["strength"])
        i = self.some(kind["grey"], b)
        if len(i):
            x[i] = (x[i] * YCC[0].view(1, 3, 1, 1)).sum(1, keepdim=True).expand(-1, 3, -1, -1)
        return x.round().clamp(0, 255).byte()

    def place(self, x, kind):
        """Crop, turn, mirror and frame in one sampling at 10/7 of the size."""
        b = len(x)
        scale, shift = torch.ones(b, 2), torch.zeros(b, 2)
        i = self.some(kind["crop"], b)
        low, high = kind["side"]
        # Both sides alike up to a tenth, as people crop; half of the crops are about the middle.
        side = self.uniform(low, high, len(i), 1) * self.uniform(0.9, 1.1, len(i), 2)
        scale[i] = side.clamp(low, 1)
        shift[i] = (1 - scale[i]) * self.uniform(-1, 1, len(i), 2) * (torch.rand(len(i), 1, generator=self.gen) < 0.6)
        angle = torch.zeros(b)
        i = self.some(kind["turn"], b)
        angle[i] = self.uniform(-1, 1, len(i)) * kind["degrees"] * math.pi / 180
        # The encoder squeezes any picture to a square: to turn a wide one first is to turn and shear the square.
        stretch = torch.exp(self.uniform(-0.7, 0.7, b))
        inside = self.some(0.4, len(i))  # these lose the corners, the others show what is behind
        scale[i[inside]] *= (1 / (angle[i[inside]].cos() + angle[i[inside]].abs().sin()))[:, None]
        flip = torch.ones(b)
        flip[self.some(kind["mirror"], b)] = -1
        framed = self.some(kind["frame"], b)
        wide = torch.ones(b, 2)
        wide[framed] += self.uniform(0.04, 0.4, len(framed), 1) * self.uniform(0.7, 1.3, len(framed), 2)
        return self.sample(x, scale, shift, angle, stretch, flip, wide)

    def sample(self, x, scale, shift, angle, stretch, flip, wide):
        b, n = len(x), self.large
        cos, sin = angle.cos(), angle.sin()
        theta = torch.zeros(b, 2, 3)
        theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = scale[:, 0] * cos * flip, -scale[:, 1] * sin * stretch, shift[:, 0]
        theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = scale[:, 0] * sin / stretch * flip, scale[:, 1] * cos, shift[:, 1]
        theta[:, :, :2] *= wide[:, None]
        grid = F.affine_grid(theta, (b, 3, n, n), align_corners=False)
        x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
        line = ((torch.arange(n) + 0.5) * 2 / n - 1).abs()
        for v in ((wide > 1).any(1) | (angle != 0)).nonzero()[:, 0].tolist():
            frame = (line * wide[v, 0] > 1)[None, :] | (line * wide[v, 1] > 1)[:, None]
            kind = self.rng.random()
            if (wide[v] > 1).any() or kind < 0.85:  # else the edge goes on
                fill = torch.full((3,), 255.0 if kind < 0.45 else 0.0)
                if kind > 0.65:
                    fill = torch.from_numpy(self.rng.uniform(0, 255, 3).astype(np.float32))
                x[v] = torch.where((grid[v].abs().amax(-1) > 1) | frame, fill[:, None, None], x[v])
        return x

    def write(self, x):
        """Lines of text and boxes over the picture."""
        b = len(x)
        t = self.texts[torch.randint(len(self.texts), (b,), generator=self.gen)].float() / 255
        band = torch.where(self.uniform(0, 1, b, 1) < 0.6, self.uniform(0, 1, b, 1).round() * 255, self.uniform(0, 255, b, 3)).view(b, 3, 1, 1)
        ink = torch.where(self.uniform(0, 1, b, 1) < 0.6, self.uniform(0, 1, b, 1).round() * 255, self.uniform(0, 255, b, 3)).view(b, 3, 1, 1)
        x = x + (band - x) * t[:, :1]
        return x + (ink - x) * t[:, 1:]

    def save(self, x):
        return jpeg(x, self.uniform(5, 40, len(x)))

    def blur(self, x):
        """Gaussian, of 0.5% to 4% of the side: 3 pixels of a picture of 75 are 4%."""
        b, c, h, w = x.shape
        most = self.size // 12
        r = torch.arange(-most, most + 1, dtype=torch.float32)
        k = torch.exp(-0.5 * (r / (torch.exp(self.uniform(math.log(0.005), math.log(0.04), b, 1)) * self.size)) ** 2)
        k = (k / k.sum(1, keepdim=True)).repeat_interleave(c, 0)
        y = F.pad(x.reshape(1, b * c, h, w), (most, most, most, most), mode="replicate")
        y = F.conv2d(y, k.view(b * c, 1, 1, -1), groups=b * c)
        return F.conv2d(y, k.view(b * c, 1, -1, 1), groups=b * c).view(b, c, h, w)

    def shrink(self, x):
        """Down to an eighth or more of the size and up again."""
        n = int(self.size * math.exp(self.rng.uniform(math.log(0.125), math.log(0.75))))
        x = F.interpolate(x, (n, n), mode="bilinear", antialias=True)
        return F.interpolate(x, (self.size, self.size), mode="bilinear")

    def noise(self, x):
        return x + torch.randn(x.shape, generator=self.gen) * self.uniform(2, 16, len(x), 1, 1, 1)

    def color(self, x, strength):
        """Saturation, hue, brightness of each channel, contrast and gamma."""
        b = len(x)
        u = lambda r: self.uniform(-r * strength, r * strength, b, 1, 1)
        turn = u(0.6)[:, 0, 0]
        yiq = torch.einsum("ij,bjhw->bihw", YCC, x)
        cos, sin, s = turn.cos().view(b, 1, 1), turn.sin().view(b, 1, 1), torch.exp(u(0.8))
        cb, cr = yiq[:, 1], yiq[:, 2]
        yiq = torch.stack([yiq[:, 0], s * (cb * cos - cr * sin), s * (cb * sin + cr * cos)], 1)
        x = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(YCC), yiq).clamp(0, 255)
        gain = torch.exp(u(0.4)[..., None] + self.uniform(-0.12, 0.12, b, 3, 1, 1) * strength)
        mean = x.mean((1, 2, 3), keepdim=True)
        x = ((x - mean) * torch.exp(u(0.5))[..., None] + mean) * gain + u(35)[..., None]
        return 255 * (x.clamp(0, 255) / 255) ** torch.exp(u(0.5))[..., None]
