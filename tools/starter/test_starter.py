"""Quick checks of the trainer's parts: python3 -m unittest test_starter"""
import os
import tempfile
import unittest

import numpy as np
import torch
from PIL import Image

import evaluate
import model
import pictures
import train
import views

STARTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../encoder/starter/model.safetensors")


class Parts(unittest.TestCase):
    def test_pictures_come_from_the_seed(self):
        a, again, sibling = pictures.make(1, 8), pictures.make(1, 8), pictures.make(1, 9)
        self.assertEqual(a.shape, (pictures.SIDE, pictures.SIDE, 3))
        self.assertTrue((a == again).all())
        self.assertTrue((a != sibling).any())

    def test_views_keep_shape_and_place(self):
        x = torch.from_numpy(np.stack([pictures.make(1, i) for i in range(4)])).permute(0, 3, 1, 2).float()
        none = {k: 0 for k in views.ORIGINAL} | {"side": (1, 1)}
        draw = views.Views(112, 1, texts=4)
        plain = draw(x, none).float()
        want = torch.nn.functional.interpolate(x, (112, 112), mode="bilinear", antialias=True)
        self.assertLess((plain - want).abs().mean().item(), 6)
        for kind in (views.ORIGINAL, views.CROPPED, views.SPOILED, views.EVERYTHING):
            y = draw(x, kind)
            self.assertEqual((y.shape, y.dtype), ((4, 3, 112, 112), torch.uint8))
            self.assertTrue((draw(x, kind) != y).any())

    def test_weights_come_back(self):
        net, other = model.ViT(model.config(112)), model.ViT(model.config(112))
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "m.safetensors")
            model.save(net, path)
            model.load(other, path)
        for (name, a), (_, b) in zip(model.names(net), model.names(other)):
            self.assertTrue(torch.equal(a.half().float(), b), name)
        self.assertEqual({n for n, _ in model.names(net)}, set(model.read(STARTER)))

    def test_training_finds_the_keys(self):
        torch.manual_seed(1)
        net = model.ViT(model.config(112))
        model.load(net, STARTER)
        x = torch.from_numpy(np.stack([pictures.make(3, i) for i in range(8)])).permute(0, 3, 1, 2).float()
        draw = views.Views(112, 2, texts=4)
        queries = torch.cat([draw(x, views.CROPPED), draw(x, views.EVERYTHING)])
        with torch.no_grad():
            keys = net(draw(x, views.ORIGINAL))
        opt = torch.optim.AdamW(train.groups(net, 0.05), lr=1e-4)
        seen = []
        for _ in range(4):
            value = train.loss(keys, net(queries).view(2, 8, -1), torch.zeros(0, 192), torch.zeros(8, 0), 0.05)
            opt.zero_grad()
            value.backward()
            opt.step()
            seen.append(value.item())
        self.assertLess(seen[-1], seen[0])

    def test_recall_counts_finds_and_no_ties(self):
        base = [Image.fromarray(pictures.make(4, i)) for i in range(3)]
        queries = {"": base, **{e: base for e in evaluate.EDITS}}
        def pixels(images):
            v = np.stack([np.asarray(m.resize((8, 8)), float).ravel() - 128 for m in images])
            return v / np.linalg.norm(v, axis=1, keepdims=True)
        self.assertEqual(evaluate.recall(pixels, queries, base[:1])["mean"], 2 / 3)
        self.assertEqual(evaluate.recall(pixels, queries, [Image.new("RGB", (9, 9), "red")])["mean"], 1)


if __name__ == "__main__":
    unittest.main()
