"""ViT-B/16 in PyTorch with the weights that encoder/seeded.go makes of a seed: the peer of our encoder.

    python3 vit.py serve THREADS PRECISION PIXELS   measures on request, as bench/encoder/side.go describes
    python3 vit.py onnx OUT.onnx                    writes the model for ONNX Runtime (vit.cjs)

PIXELS is a file of float32 images (3, 224, 224), one after another.
"""
import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SEED, DIM, LAYERS, HEADS, MLP, SIDE, PATCH, EPS = 1, 768, 12, 12, 3072, 224, 16, 1e-12
GRID = SIDE // PATCH


def seeded(name, *shape):
    """The tensor of that name: offset + scale*u, u uniform in [-1, 1) from SplitMix64 keyed by FNV-1a of the name."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 % 2**64
    count = int(np.prod(shape))
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key ^ SEED)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)
    scale, offset = rule(name)
    values = np.float32(offset) + np.float32(scale) * u
    if "layernorm" in name and name.endswith("weight"):
        values[[7, DIM // 2 + 3]] *= 3
    return torch.from_numpy(values.reshape(shape))


def rule(name):
    """Scale and offset of a tensor."""
    bias = name.endswith("bias")
    if name in ("embeddings.cls_token", "embeddings.position_embeddings"):
        return 0.5, 0
    if "layernorm" in name:
        return (0.2, 0) if bias else (0.5, 1)
    if bias:
        return 0.1, 0
    if "patch_embeddings" in name:
        return 0.05, 0
    return (0.12, 0) if "query" in name or "key" in name else (0.08, 0)


def fill(module, *names):
    """Gives a layer the seeded tensors of the names, stacked by rows."""
    for kind, parameter in module.named_parameters():
        rows = [parameter.shape[0] // len(names), *parameter.shape[1:]]
        parameter.data = torch.cat([seeded(f"{name}.{kind}", *rows) for name in names])
    return module


class Block(nn.Module):
    def __init__(self, layer):
        super().__init__()
        attention = layer + "attention.attention."
        self.before = fill(nn.LayerNorm(DIM, eps=EPS), layer + "layernorm_before")
        self.after = fill(nn.LayerNorm(DIM, eps=EPS), layer + "layernorm_after")
        self.qkv = fill(nn.Linear(DIM, 3 * DIM), attention + "query", attention + "key", attention + "value")
        self.proj = fill(nn.Linear(DIM, DIM), layer + "attention.output.dense")
        self.fc1 = fill(nn.Linear(DIM, MLP), layer + "intermediate.dense")
        self.fc2 = fill(nn.Linear(MLP, DIM), layer + "output.dense")

    def forward(self, x):  # (batch, tokens, DIM)
        batch, tokens, _ = x.shape
        heads = self.qkv(self.before(x)).view(batch, tokens, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = heads[0], heads[1], heads[2]  # (batch, HEADS, tokens, DIM/HEADS)
        attention = F.softmax(q @ k.transpose(2, 3) * (DIM // HEADS) ** -0.5, dim=-1)
        x = x + self.proj((attention @ v).transpose(1, 2).reshape(batch, tokens, DIM))
        return x + self.fc2(F.gelu(self.fc1(self.after(x))))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = fill(nn.Conv2d(3, DIM, PATCH, PATCH), "embeddings.patch_embeddings.projection")
        self.cls = nn.Parameter(seeded("embeddings.cls_token", 1, 1, DIM))
        self.positions = nn.Parameter(seeded("embeddings.position_embeddings", 1, 1 + GRID * GRID, DIM))
        self.blocks = nn.Sequential(*(Block(f"encoder.layer.{i}.") for i in range(LAYERS)))
        self.norm = fill(nn.LayerNorm(DIM, eps=EPS), "layernorm")

    def forward(self, pixels):  # (batch, 3, SIDE, SIDE)
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return F.normalize(self.norm(self.blocks(x))[:, 0], dim=1)


def serve(threads, precision, path):
    """One line when ready, then one for each number of images on standard input: what a forward pass took for each."""
    torch.set_num_threads(threads)
    model = ViT().eval()
    if precision == "int8":  # scales per tensor and per batch: PyTorch's dynamic quantisation on oneDNN
        torch.backends.quantized.engine = "onednn"
        model = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    pixels = torch.from_numpy(np.fromfile(path, np.float32).reshape(-1, 3, SIDE, SIDE))
    # Autocast stays on between rounds, so that it converts the weights once. It is faster than model.bfloat16().
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        embedding = model(pixels[:1])[0].float().tolist()
        say(side=f"PyTorch {torch.__version__}", precision=precision, embedding=embedding)
        for line in sys.stdin:
            images = int(line)
            x = pixels[:images]
            cpu, wall = time.process_time(), time.perf_counter()
            model(x)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            say(cpu_ms_per_image=1000 * cpu / images, wall_ms_per_image=1000 * wall / images)


def say(**values):
    print(json.dumps(values), flush=True)


def export(path):
    """Writes the model as ONNX, for batches of any size."""
    batch = {0: "batch"}
    with torch.no_grad():
        torch.onnx.export(ViT().eval(), torch.zeros(1, 3, SIDE, SIDE), path, opset_version=14, input_names=["pixels"],
                          output_names=["embedding"], dynamic_axes={"pixels": batch, "embedding": batch})


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", threads, ("float32" | "bfloat16" | "int8") as precision, pixels]:
            serve(int(threads), precision, pixels)
        case ["onnx", out]:
            export(out)
        case _:
            sys.exit(__doc__)
