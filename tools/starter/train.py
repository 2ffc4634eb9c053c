"""Trains the starter on edited views of generated pictures.

    pool of pictures -> a key (nearly the original) -> teacher: moving average of the student -> bank of keys
                     -> two queries (edits)         -> student -----------------------------> InfoNCE against the bank

Momentum contrast (He et al. 2020): each query has to find the key of its picture among the keys of the batch and of the
last batches, the pictures of its own family among them; 0.1 KoLeo (Sablayrolles et al. 2019) spreads the queries. Keys
that the student itself made in earlier steps do not serve: it learns to leave them behind all together, within a hundred
steps. The teacher is what is kept.

    python3 train.py --pool POOL --out RUN --minutes 60 [--start ../../encoder/starter/model.safetensors]
"""
import argparse
import copy
import glob
import math
import os
import time

import numpy as np
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F

import model
import pictures
import views


def batches(pool, batch, size, seed, queue):
    """Puts (3, batch, 3, S, S) uint8 views (keys, first queries, second queries) and (batch,) numbers of the pictures into
    the queue for ever."""
    torch.set_num_threads(1)
    rng, draw, files = np.random.default_rng((10, seed)), views.Views(size, seed), {}
    while True:
        for path in sorted(glob.glob(os.path.join(pool, "[0-9]" * 5 + ".npy"))):
            if path not in files:
                files[path] = np.load(path, mmap_mode="r")
        all_ = list(files.values())
        at = rng.choice(len(all_) * pictures.CHUNK // pictures.FAMILY, batch // pictures.FAMILY, replace=False)
        numbers = (at[:, None] * pictures.FAMILY + np.arange(pictures.FAMILY)).ravel()
        x = np.stack([all_[n // pictures.CHUNK][n % pictures.CHUNK] for n in numbers])
        x = torch.from_numpy(x).permute(0, 3, 1, 2).float()
        order = torch.from_numpy(rng.permutation(batch))
        seen = [draw(x, views.ORIGINAL), mixed(draw, x, order, (views.CROPPED, views.CROPPED, views.SPOILED, views.GREY)),
                mixed(draw, x, order.flip(0), (views.EVERYTHING, views.EVERYTHING, views.CROPPED, views.SPOILED))]
        queue.put((torch.stack(seen), torch.from_numpy(numbers)))


def mixed(draw, x, order, kinds):
    """One view of each picture, an equal share of each kind."""
    out = torch.empty(len(x), 3, draw.size, draw.size, dtype=torch.uint8)
    for i, kind in zip(order.chunk(len(kinds)), kinds):
        out[i] = draw(x[i], kind)
    return out


def loss(keys, queries, bank, own, temperature):
    """InfoNCE of (Q, B, D) queries and (B, D) keys in both directions, with (M, D) old keys as further negatives but for
    those of the same picture: own (B, M) is -inf there and 0 elsewhere."""
    same, total = torch.arange(len(keys)), 0
    for q in queries:
        total = total + F.cross_entropy(torch.cat([q @ keys.T, q @ bank.T + own], 1) / temperature, same)
        total = total + 0.5 * F.cross_entropy(keys @ q.T / temperature, same)
        near = (q @ q.T - 2 * torch.eye(len(q))).amax(1)
        total = total - 0.1 * torch.log((2 - 2 * near).clamp(min=1e-6).sqrt()).mean()
    return total / len(queries)


def groups(net, decay):
    """AdamW's groups: weight decay for matrices alone."""
    matrices = [p for n, p in net.named_parameters() if p.ndim == 2]
    rest = [p for n, p in net.named_parameters() if p.ndim != 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0}]


def rate(a, done):
    """Learning rate at the share `done` of the run: a short warm-up, then a cosine."""
    return a.rate * min(1, done / 0.03 + 0.02) * (0.5 + 0.5 * math.cos(math.pi * min(1, done)))


def train(a):
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    net = model.ViT(model.config(a.size))
    if a.start:
        model.load(net, a.start)
    teacher = copy.deepcopy(net)
    opt = torch.optim.AdamW(groups(net, 0.05), lr=a.rate, betas=(0.9, 0.99))
    bank, owners = torch.zeros(0, 192), torch.zeros(0, dtype=torch.long)
    queue = mp.get_context("spawn").Queue(6)
    worker = mp.get_context("spawn").Process(target=batches, args=(a.pool, a.batch, a.size, a.seed, queue), daemon=True)
    worker.start()
    began, saved, step, seen = time.time(), time.time(), 0, 0.0
    while True:
        done = step / a.steps if a.steps else (time.time() - began) / (60 * a.minutes)
        if done >= 1:
            break
        for g in opt.param_groups:
            g["lr"] = rate(a, done)
        x, numbers = queue.get()
        own = torch.where(numbers[:, None] == owners, -torch.inf, 0.0)
        with torch.no_grad():
            keys = teacher(x[0])
        z = net(x[1:].flatten(0, 1)).view(2, a.batch, -1)
        value = loss(keys, z, bank, own, a.temperature)
        opt.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        step += 1
        with torch.no_grad():
            for p, q in zip(teacher.parameters(), net.parameters()):
                p.lerp_(q, 1 - a.keep)
        seen = 0.95 * seen + 0.05 * value.item() if step > 1 else value.item()
        if step % 20 == 0:
            hits = [torch.cat([q @ keys.T, q @ bank.T + own], 1).argmax(1).eq(torch.arange(a.batch)).float().mean() for q in z]
            print(f"step {step} {done:.3f} loss {seen:.3f} found {hits[0]:.2f} {hits[1]:.2f} queue {queue.qsize()} "
                  f"{(time.time() - began) / step:.2f} s a step, cpu {time.process_time() / step:.2f}", flush=True)
        bank, owners = torch.cat([keys, bank])[:a.bank], torch.cat([numbers, owners])[:a.bank]
        if time.time() - saved > 60 * a.save:
            saved = time.time()
            model.save(teacher, os.path.join(a.out, f"step-{step:06d}.safetensors"))
    model.save(teacher, os.path.join(a.out, "model.safetensors"))
    worker.terminate()


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--pool", required=True, help="folder that pictures.py fills; files that come later are used too")
    p.add_argument("--out", required=True)
    p.add_argument("--start", help="weights to go on from; a different input size resizes the position embedding")
    p.add_argument("--size", type=int, default=144)
    p.add_argument("--steps", type=int, help="length of the run; the same steps and seed give the same run")
    p.add_argument("--minutes", type=float, default=60, help="length of the run, when --steps is not given")
    p.add_argument("--save", type=float, default=5, help="minutes between checkpoints")
    p.add_argument("--batch", type=int, default=48, help="pictures a step, each seen three times")
    p.add_argument("--bank", type=int, default=4096, help="keys of the last steps to tell apart from")
    p.add_argument("--keep", type=float, default=0.995, help="share of the teacher that stays at each step")
    p.add_argument("--rate", type=float, default=3e-4)
    p.add_argument("--temperature", type=float, default=0.05)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    train(a)


if __name__ == "__main__":
    main()
