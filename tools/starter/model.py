"""The starter: a small Vision Transformer in PyTorch, with the names of Hugging Face's ViTModel.

    pictures (B, 3, S, S) uint8 or float 0..255
      -> normalise, cut into 16x16 patches -> (B, 1 + N, 192) tokens
      -> 6 layers -> final LayerNorm -> CLS row -> (B, 192), L2-normalised

Everything is float32 but the products of attention in training, which are bfloat16.
"""
import json
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def config(image_size):
    """config.json of the starter, as Hugging Face writes it."""
    return {"model_type": "vit", "hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 3,
            "intermediate_size": 768, "image_size": image_size, "patch_size": 16, "num_channels": 3,
            "layer_norm_eps": 1e-6, "hidden_act": "gelu", "qkv_bias": True}


def preprocessor(image_size):
    """preprocessor_config.json of the starter."""
    return {"image_processor_type": "ViTImageProcessor", "do_resize": True,
            "size": {"height": image_size, "width": image_size}, "resample": 2, "do_rescale": True,
            "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": list(MEAN), "image_std": list(STD)}


class Linear(nn.Linear):
    """y = x W^T + b for (B, N, D), as a 1x1 convolution over channels that lie last: the one float32 product for which
    PyTorch 1.13 asks oneDNN on a CPU, forward and backward, at five times the speed of its generic BLAS."""

    def forward(self, x):
        b, n, d = x.shape
        y = F.conv2d(x.view(b, n, 1, d).permute(0, 3, 1, 2), self.weight.view(*self.weight.shape, 1, 1), self.bias)
        return y.permute(0, 2, 3, 1).reshape(b, n, -1)


class Layer(nn.Module):
    """One pre-norm Transformer block."""

    def __init__(self, c):
        super().__init__()
        d, m = c["hidden_size"], c["intermediate_size"]
        self.heads = c["num_attention_heads"]
        self.layernorm_before = nn.LayerNorm(d, c["layer_norm_eps"])
        self.qkv = Linear(d, 3 * d)
        self.proj = Linear(d, d)
        self.layernorm_after = nn.LayerNorm(d, c["layer_norm_eps"])
        self.fc1 = Linear(d, m)
        self.fc2 = Linear(m, d)

    def forward(self, x, rows=None):
        """(B, N, D) -> (B, rows, D): the first rows alone, or all."""
        b, n, d = x.shape
        qkv = self.qkv(self.layernorm_before(x)).to(torch.bfloat16 if self.training else x.dtype)
        q, k, v = qkv.view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = (q[:, :, :rows] * (d // self.heads) ** -0.5 @ k.transpose(-1, -2)).softmax(-1)
        x = x[:, :rows] + self.proj((a @ v).transpose(1, 2).reshape(b, -1, d).to(x.dtype))
        return x + self.fc2(F.gelu(self.fc1(self.layernorm_after(x))))


class ViT(nn.Module):
    """The whole encoder. c is config()."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        d, self.patch = c["hidden_size"], c["patch_size"]
        tokens = (c["image_size"] // self.patch) ** 2
        self.cls = nn.Parameter(torch.randn(1, 1, d) * 0.02)
        self.position = nn.Parameter(torch.randn(1, 1 + tokens, d) * 0.02)
        self.patches = Linear(3 * self.patch ** 2, d)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = nn.LayerNorm(d, c["layer_norm_eps"])
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1) * 255, persistent=False)

    def forward(self, pixels):
        """(B, 3, S, S) in 0..255 -> (B, D) L2-normalised."""
        x = (pixels.to(self.cls.dtype) - self.mean) / self.std
        b, c, h, w = x.shape
        p = self.patch
        x = x.view(b, c, h // p, p, w // p, p).permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * p * p)
        x = torch.cat([self.cls.expand(b, -1, -1), self.patches(x)], 1) + self.position
        for layer in self.layers[:-1]:
            x = layer(x)
        x = self.layers[-1](x, 1)  # of the last layer, only the CLS row counts
        return F.normalize(self.norm(x[:, 0]), dim=1)


def names(net):
    """(Hugging Face's name, tensor) of every weight; q, k and v come apart."""
    yield "embeddings.cls_token", net.cls
    yield "embeddings.position_embeddings", net.position
    d = len(net.patches.weight)
    yield "embeddings.patch_embeddings.projection.weight", net.patches.weight.view(d, 3, net.patch, net.patch)
    yield "embeddings.patch_embeddings.projection.bias", net.patches.bias
    for i, layer in enumerate(net.layers):
        at = f"encoder.layer.{i}."
        for j, part in enumerate(("query", "key", "value")):
            yield f"{at}attention.attention.{part}.weight", layer.qkv.weight[j * d:(j + 1) * d]
            yield f"{at}attention.attention.{part}.bias", layer.qkv.bias[j * d:(j + 1) * d]
        for ours, theirs in (("proj", "attention.output.dense"), ("fc1", "intermediate.dense"), ("fc2", "output.dense"),
                             ("layernorm_before", "layernorm_before"), ("layernorm_after", "layernorm_after")):
            yield f"{at}{theirs}.weight", getattr(layer, ours).weight
            yield f"{at}{theirs}.bias", getattr(layer, ours).bias
    yield "layernorm.weight", net.norm.weight
    yield "layernorm.bias", net.norm.bias


def save(net, path):
    """Writes the weights as float16 safetensors, at once or not at all."""
    header, data, at = {}, [], 0
    for name, t in names(net):
        raw = t.detach().contiguous().half().numpy().tobytes()
        header[name] = {"dtype": "F16", "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path + ".tmp", "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head + b"".join(data))
    os.replace(path + ".tmp", path)


def read(path):
    """The weights of a float16 or float32 safetensors file, by name, as float32 tensors."""
    with open(path, "rb") as f:
        data = f.read()
    size = 8 + struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, t in json.loads(data[8:size]).items():
        if name != "__metadata__":
            low, high = t["data_offsets"]
            raw = np.frombuffer(data[size + low:size + high], {"F16": "<f2", "F32": "<f4"}[t["dtype"]])
            out[name] = torch.from_numpy(raw.astype(np.float32)).view(t["shape"])
    return out


def load(net, path):
    """Takes the weights of a file; the position embedding is resized if the input size differs."""
    weights = read(path)
    with torch.no_grad():
        for name, t in names(net):
            w = weights[name]
            if name == "embeddings.position_embeddings" and w.shape != t.shape:
                n, m = (int((s - 1) ** 0.5) for s in (w.shape[1], t.shape[1]))
                grid = w[:, 1:].view(1, n, n, -1).permute(0, 3, 1, 2)
                grid = F.interpolate(grid, (m, m), mode="bicubic", align_corners=False)
                w = torch.cat([w[:, :1], grid.permute(0, 2, 3, 1).reshape(1, m * m, -1)], 1)
            t.copy_(w)
