#!/usr/bin/python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Writes the fixtures beside it: inputs in float, results and gradients by PyTorch in double from those inputs.

Run with Debian's python3-torch: /usr/bin/python3 tests/golden/make_ops.py
Each file: {"made_with": ..., "constants": {...}, "tensors": {name: {"shape": [...], "values": [...]}}}.
The gradient of `x` for the seed `dy` of the result `y` is `dx`.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20240601)
FOLDER = pathlib.Path(__file__).parent


def randn(*shape, scale=1.0, shift=0.0):
    """Random numbers that are floats, held in double."""
    return (torch.randn(shape) * scale + shift).float().double()


def number(v):
    return float(f"{v:.9g}")


def packed(t):
    values = t.detach().flatten().tolist()
    return {"shape": list(t.shape), "values": [number(v) if t.is_floating_point() else v for v in values]}


def write(name, tensors, **constants):
    document = {
        "made_with": f"PyTorch {torch.__version__}, tests/golden/make_ops.py",
        "constants": constants,
        "tensors": {key: packed(t) for key, t in tensors.items()},
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def differentiate(f, inputs, fixed=None):
    """Inputs, y = f(inputs), a seed dy, and the gradient of every input."""
    leaves = {key: t.clone().requires_grad_() for key, t in inputs.items()}
    y = f(**leaves, **(fixed or {}))
    dy = randn(*y.shape)
    y.backward(dy)
    out = {**inputs, **(fixed or {}), "y": y, "dy": dy}
    out.update({"d" + key: leaf.grad for key, leaf in leaves.items()})
    return out


def rms_norm(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight


write("rms_norm", differentiate(rms_norm, {"x": randn(3, 5, 20), "weight": randn(20)}), eps=1e-6)

write("layer_norm", differentiate(lambda x, weight, bias: F.layer_norm(x, (20,), weight, bias, 1e-5),
                                  {"x": randn(3, 5, 20, shift=0.5), "weight": randn(20), "bias": randn(20)}), eps=1e-5)

write("swiglu", differentiate(lambda gate, up: F.silu(gate) * up,
                              {"gate": randn(7, 21, scale=3), "up": randn(7, 21)}))

write("softmax", differentiate(lambda x: F.softmax(x, -1), {"x": randn(6, 37, scale=3)}))
write("log_softmax", differentiate(lambda x: F.log_softmax(x, -1), {"x": randn(6, 37, scale=3)}))

write("gelu", differentiate(lambda x: F.gelu(x), {"x": randn(6, 37, scale=2)}))
write("gelu_tanh", differentiate(
    lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))),
    {"x": randn(6, 37, scale=2)}))

write("matmul", differentiate(torch.matmul, {"input": randn(2, 9, 33), "other": randn(2, 33, 7)}))

targets = torch.tensor([3, 0, -100, 40, 17, 17, -100, 5], dtype=torch.int32)
write("cross_entropy", differentiate(lambda x, targets: F.cross_entropy(x, targets.long(), ignore_index=-100),
                                     {"x": randn(8, 41, scale=2)}, {"targets": targets}))
write("linear_cross_entropy",
      differentiate(lambda x, weight, targets: F.cross_entropy(x @ weight.T, targets.long(), ignore_index=-100),
                    {"x": randn(8, 11), "weight": randn(41, 11)}, {"targets": targets}))


def angles(width, positions, theta):
    w = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    return positions.double()[:, None] * w


def rope_interleaved(x, theta=1e4, offset=3):
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    a = angles(x.shape[-1], torch.arange(offset, offset + x.shape[1]), theta)[None, :, None, :]
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(a), a)).flatten(-2)


def rope_half_split(x, theta=1e4, offset=3):
    a = angles(x.shape[-1], torch.arange(offset, offset + x.shape[1]), theta)[None, :, None, :]
    cosine, sine = torch.cat([a.cos(), a.cos()], -1), torch.cat([a.sin(), a.sin()], -1)
    low, high = x.chunk(2, -1)
    return x * cosine + torch.cat([-high, low], -1) * sine


write("rope_interleaved", differentiate(rope_interleaved, {"x": randn(2, 5, 3, 12)}), theta=1e4, offset=3)
write("rope_half_split", differentiate(rope_half_split, {"x": randn(2, 5, 3, 12)}), theta=1e4, offset=3)


def attention(q, k, v):
    """Causal, (B, L, H, D)."""
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -math.inf)
    return (F.softmax(scores, -1) @ v).transpose(1, 2)


write("attention", differentiate(attention, {"q": randn(2, 11, 3, 6), "k": randn(2, 11, 3, 6), "v": randn(2, 11, 3, 5)}))


def adamw(steps=10, lr=0.01, betas=(0.9, 0.95), eps=1e-8, decay=0.1):
    start, gradients = randn(5, 6), randn(steps, 5, 6)
    weight = start.clone().requires_grad_()
    optimizer = torch.optim.AdamW([weight], lr=lr, betas=betas, eps=eps, weight_decay=decay)
    path = []
    for g in gradients:
        weight.grad = g.clone()
        optimizer.step()
        path.append(weight.detach().clone())
    write("adamw", {"start": start, "gradients": gradients, "path": torch.stack(path)},
          lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, decay=decay)


adamw()


def gpt2_block(heads=3):
    C = 12
    p = {
        "ln_1.weight": randn(C, scale=0.2, shift=1), "ln_1.bias": randn(C, scale=0.2),
        "attn.c_attn.weight": randn(C, 3 * C, scale=0.3), "attn.c_attn.bias": randn(3 * C, scale=0.2),
        "attn.c_proj.weight": randn(C, C, scale=0.3), "attn.c_proj.bias": randn(C, scale=0.2),
        "ln_2.weight": randn(C, scale=0.2, shift=1), "ln_2.bias": randn(C, scale=0.2),
        "mlp.c_fc.weight": randn(C, 4 * C, scale=0.3), "mlp.c_fc.bias": randn(4 * C, scale=0.2),
        "mlp.c_proj.weight": randn(4 * C, C, scale=0.3), "mlp.c_proj.bias": randn(C, scale=0.2),
    }

    def block(x, **p):
        h = F.layer_norm(x, (C,), p["ln_1.weight"], p["ln_1.bias"], 1e-5)
        qkv = h @ p["attn.c_attn.weight"] + p["attn.c_attn.bias"]
        q, k, v = (t.reshape(*x.shape[:2], heads, C // heads) for t in qkv.chunk(3, -1))
        x = x + attention(q, k, v).reshape(x.shape) @ p["attn.c_proj.weight"] + p["attn.c_proj.bias"]
        h = F.layer_norm(x, (C,), p["ln_2.weight"], p["ln_2.bias"], 1e-5) @ p["mlp.c_fc.weight"] + p["mlp.c_fc.bias"]
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h ** 3)))
        return x + h @ p["mlp.c_proj.weight"] + p["mlp.c_proj.bias"]

    write("gpt2_block", differentiate(block, {"x": randn(2, 7, C), **p}), heads=heads, eps=1e-5)


gpt2_block()
