"""Writes the PyTorch checkpoints beside it. Needs python3-torch and python3-numpy (Debian); the tests need neither.

All hold one ViT: 64 wide, one block and one head, patches of 4, trained for 8x8 pixels. Value i of a tensor is a multiple of
1/64 that follows from its Hugging Face name, so that every type of number holds it exactly (formats_test.go has the formula).
"""
import argparse, os
from collections import OrderedDict
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
D, MLP, PATCH, TOKENS = 64, 32, 4, 5


def value(name, shape):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    i = np.arange(np.prod(shape), dtype=np.uint64) * np.uint64(2654435761) + np.uint64(h % 2**32)
    return torch.from_numpy((((i >> np.uint64(7)) % np.uint64(65)).astype(np.float32) - 32) / 64).reshape(shape)


def model():
    """Hugging Face names, float32."""
    layer, attention = "encoder.layer.0.", "encoder.layer.0.attention.attention."
    shapes = {"embeddings.cls_token": (1, 1, D), "embeddings.position_embeddings": (1, TOKENS, D),
              "embeddings.patch_embeddings.projection.weight": (D, 3, PATCH, PATCH), "embeddings.patch_embeddings.projection.bias": (D,)}
    for name, out, inner in ((attention + "query", D, D), (attention + "key", D, D), (attention + "value", D, D),
                             (layer + "attention.output.dense", D, D), (layer + "intermediate.dense", MLP, D), (layer + "output.dense", D, MLP)):
        shapes[name + ".weight"], shapes[name + ".bias"] = (out, inner), (out,)
    for name in (layer + "layernorm_before", layer + "layernorm_after", "layernorm"):
        shapes[name + ".weight"], shapes[name + ".bias"] = (D,), (D,)
    return OrderedDict((name, value(name, shape)) for name, shape in shapes.items())


def dino(w, prefix="", split=False):
    """The names of DINO's vision_transformer.py, which are timm's."""
    out, layer = OrderedDict(), "encoder.layer.0."
    out["cls_token"], out["pos_embed"] = w["embeddings.cls_token"], w["embeddings.position_embeddings"]
    for kind in (".weight", ".bias"):
        parts = [w[layer + "attention.attention." + n + kind] for n in ("query", "key", "value")]
        if split:
            out.update({f"blocks.0.attn.{n}{kind}": p for n, p in zip("qkv", parts)})
        else:
            out["blocks.0.attn.qkv" + kind] = torch.cat(parts)
        for theirs, ours in (("patch_embed.proj", "embeddings.patch_embeddings.projection"), ("norm", "layernorm"),
                             ("blocks.0.norm1", layer + "layernorm_before"), ("blocks.0.norm2", layer + "layernorm_after"),
                             ("blocks.0.attn.proj", layer + "attention.output.dense"), ("blocks.0.mlp.fc1", layer + "intermediate.dense"),
                             ("blocks.0.mlp.fc2", layer + "output.dense")):
            out[theirs + kind] = w[ours + kind]
    return OrderedDict((prefix + name, t) for name, t in out.items())


def views(w):
    """Every tensor is a window on one storage; some are transposed, sliced with a step, or turned about."""
    out, flat = OrderedDict(), torch.cat([t.flatten() for t in w.values()])
    at = 0
    for name, t in w.items():
        out[name] = flat[at:at + t.numel()].view(t.shape)
        at += t.numel()
    for name in ("blocks.0.mlp.fc1.weight", "blocks.0.attn.qkv.weight"):
        out[name] = w[name].t().contiguous().t()
    out["norm.bias"] = torch.stack([w["norm.bias"], -w["norm.bias"]], 1)[:, 0]
    out["patch_embed.proj.weight"] = w["patch_embed.proj.weight"].permute(2, 0, 3, 1).contiguous().permute(1, 3, 0, 2)
    out["pos_embed"] = w["pos_embed"].expand(2, -1, -1)[1:]
    return out


def training(w):
    """What DINO's main_dino.py saves, with a student of one tensor."""
    student = torch.nn.Linear(2, 3)
    optimizer = torch.optim.AdamW(student.parameters())
    student(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] = np.linspace(0, 1, 3)[1]  # the schedules are NumPy arrays
    teacher = dino(w, "backbone.")
    teacher["head.last_layer.weight_g"] = torch.ones(7, 1)
    return {"student": OrderedDict(("module.backbone." + n, t) for n, t in student.state_dict().items()), "teacher": teacher,
            "optimizer": optimizer.state_dict(), "epoch": 100, "args": argparse.Namespace(arch="vit_tiny", lr=5e-4, sizes=[1, (2, 3)]),
            "dino_loss": OrderedDict(center=torch.zeros(1, 7)), "fp16_scaler": {"scale": 65536.0, "growth_factor": 2.0}}


def as_module(w):
    """A state dict as Module.state_dict makes it: with _metadata, and here with Parameters."""
    out = OrderedDict((name, torch.nn.Parameter(t)) for name, t in w.items())
    out._metadata = OrderedDict([("", {"version": 1})])
    return out


def main():
    w = model()
    half = OrderedDict((name, t.half()) for name, t in w.items())
    timm = dino(half)
    timm.update({"head.weight": torch.ones(3, D), "head.bias": torch.ones(3), "fc_norm.weight": torch.ones(D)})
    save = lambda name, what, **how: torch.save(what, os.path.join(HERE, name), **how)
    save("timm_float16.pth", timm)
    save("bfloat16.bin", OrderedDict(("vit." + name, t.bfloat16()) for name, t in w.items()))
    save("views.pth", views(dino(half)))
    save("training.pth", training(half))
    save("module.pth", {"model": as_module(dino(half, "module.", split=True))})
    save("protocol4.pth", {"state_dict": dino(half, "module.student.backbone.")}, pickle_protocol=4)
    save("float64.pth", {"norm.weight": torch.zeros(2, dtype=torch.float64)})
    save("legacy.pth", {"norm.weight": torch.zeros(2)}, _use_new_zipfile_serialization=False)
    save("module_object.pth", torch.nn.Linear(1, 1))


main()
