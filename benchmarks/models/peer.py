# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""The models of benchmarks/models.cpp in PyTorch. Written for Debian's 1.13; newer ones use what they add.

Usage: peer.py FILE THREADS [compile]. FILE is a safetensors file: the weights under their published names, the token window
(B, L + 1) as `window`, and the sizes in its metadata. Prints one line when ready, then answers lines of standard input:
`loss` with the loss, `step` with the seconds of a training step and its loss, `memory` with bytes resident: the most so
far, and what Python and PyTorch alone took. `profile` prints a table of one step's operations on standard error.
"""

import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
from tensors import Tensors  # noqa: E402

HAS_FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")
HAS_FUSED_NORM = hasattr(F, "rms_norm")


def causal_attention(q, k, v, scale):
    """q, k: (B, H, L, Dh), v: (B, H, L, Dv)  ->  (B, H, L, Dv)"""
    if HAS_FUSED_ATTENTION:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    B, H, L, _ = q.shape
    mask = torch.full((L, L), -math.inf).triu_(1).expand(B * H, L, L)
    scores = torch.baddbmm(mask, q.reshape(B * H, L, -1), k.reshape(B * H, L, -1).transpose(1, 2), alpha=scale)
    return torch.bmm(F.softmax(scores, dim=-1), v.reshape(B * H, L, -1)).view(B, H, L, -1)


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.empty(width)), eps

    def forward(self, x):
        if HAS_FUSED_NORM:
            return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False)


def rope(x, turns):
    """x: (B, L, H, dr), neighbours rotated as complex numbers; turns: (L, dr / 2)"""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns[:, None]).flatten(-2)


class LatentAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.H, self.R = c["num_attention_heads"], c["kv_lora_rank"]
        self.dn, self.dr, self.dv = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        C = c["hidden_size"]
        self.q_proj = linear(C, self.H * (self.dn + self.dr))
        self.kv_a_proj_with_mqa = linear(C, self.R + self.dr)
        self.kv_a_layernorm = RmsNorm(self.R, 1e-6)
        self.kv_b_proj = linear(self.R, self.H * (self.dn + self.dv))
        self.o_proj = linear(self.H * self.dv, C)

    def forward(self, x, turns):
        B, L, _ = x.shape
        q_nope, q_rope = self.q_proj(x).view(B, L, self.H, -1).split([self.dn, self.dr], -1)
        latent, k_rope = self.kv_a_proj_with_mqa(x).split([self.R, self.dr], -1)
        k_nope, v = self.kv_b_proj(self.kv_a_layernorm(latent)).view(B, L, self.H, -1).split([self.dn, self.dv], -1)
        k_rope = rope(k_rope.unsqueeze(2), turns).expand(-1, -1, self.H, -1)
        q = torch.cat([q_nope, rope(q_rope, turns)], -1).transpose(1, 2)
        k = torch.cat([k_nope, k_rope], -1).transpose(1, 2)
        y = causal_attention(q, k, v.transpose(1, 2), 1 / math.sqrt(self.dn + self.dr))
        return self.o_proj(y.transpose(1, 2).reshape(B, L, -1))


class FeedForward(nn.Module):
    def __init__(self, C, width):
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = linear(C, width), linear(C, width), linear(width, C)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.K, self.scale = c["num_experts_per_tok"], c["routed_scaling_factor"]
        self.weight = nn.Parameter(torch.empty(c["n_routed_experts"], c["hidden_size"]))
        self.register_buffer("e_score_correction_bias", torch.zeros(c["n_routed_experts"]))

    def forward(self, x):
        scores = torch.sigmoid(F.linear(x, self.weight))
        chosen = torch.topk(scores.detach() + self.e_score_correction_bias, self.K, dim=-1, sorted=False).indices
        weights = scores.gather(-1, chosen)
        return chosen, weights / (weights.sum(-1, keepdim=True) + 1e-20) * self.scale


class MoE(nn.Module):
    def __init__(self, c):
        super().__init__()
        C, width = c["hidden_size"], c["moe_intermediate_size"]
        self.gate = Router(c)
        self.experts = nn.ModuleList(FeedForward(C, width) for _ in range(c["n_routed_experts"]))
        self.shared_experts = FeedForward(C, c["n_shared_experts"] * width)

    def forward(self, x):
        flat = x.reshape(-1, x.shape[-1])
        chosen, weights = self.gate(flat)
        # Pairs (token, expert) sorted by expert once; then one feed-forward for each expert over its own rows.
        order = chosen.flatten().argsort(stable=True)
        token = torch.div(order, chosen.shape[1], rounding_mode="floor")
        counts = torch.bincount(chosen.flatten(), minlength=len(self.experts)).tolist()
        rows = flat.index_select(0, token).split(counts)
        y = torch.cat([expert(r) for expert, r in zip(self.experts, rows)])
        y = y * weights.flatten().index_select(0, order).unsqueeze(1)
        return self.shared_experts(flat).index_add(0, token, y).view(x.shape)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.self_attn = LatentAttention(c)
        self.post_attention_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.mlp = MoE(c)

    def forward(self, x, turns):
        x = x + self.self_attn(self.input_layernorm(x), turns)
        return x + self.mlp(self.post_attention_layernorm(x))


class DeepSeek(nn.Module):
    def __init__(self, c):
        super().__init__()
        V, C, dr = c["vocab_size"], c["hidden_size"], c["qk_rope_head_dim"]
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(V, C)
        self.model.layers = nn.ModuleList(Block(c) for _ in range(c["num_hidden_layers"]))
        self.model.norm = RmsNorm(C, c["rms_norm_eps"])
        self.lm_head = linear(C, V)
        angles = torch.outer(torch.arange(c["max_position_embeddings"], dtype=torch.float64),
                             c["rope_theta"] ** -(torch.arange(0, dr, 2, dtype=torch.float64) / dr))
        self.turns = torch.polar(torch.ones_like(angles), angles).to(torch.complex64)

    def forward(self, ids):
        x, turns = self.model.embed_tokens(ids), self.turns[: ids.shape[1]]
        for layer in self.model.layers:
            x = layer(x, turns)
        return self.lm_head(self.model.norm(x))


class Gpt2Linear(nn.Module):
    """The weight is (in, out), as published."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight).view(*x.shape[:-1], -1)


class Gpt2Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        C, self.heads = c["n_embd"], c["n_head"]
        self.ln_1, self.ln_2 = (nn.LayerNorm(C, eps=c["layer_norm_epsilon"]) for _ in range(2))
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = Gpt2Linear(C, 3 * C), Gpt2Linear(C, C)
        self.mlp.c_fc, self.mlp.c_proj = Gpt2Linear(C, 4 * C), Gpt2Linear(4 * C, C)

    def forward(self, x):
        B, L, C = x.shape
        q, k, v = (t.view(B, L, self.heads, -1).transpose(1, 2) for t in self.attn.c_attn(self.ln_1(x)).split(C, -1))
        y = causal_attention(q, k, v, 1 / math.sqrt(C // self.heads)).transpose(1, 2).reshape(B, L, C)
        x = x + self.attn.c_proj(y)
        return x + self.mlp.c_proj(F.gelu(self.mlp.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, c):
        super().__init__()
        C = c["n_embd"]
        self.wte, self.wpe = nn.Embedding(c["vocab_size"], C), nn.Embedding(c["n_positions"], C)
        self.h = nn.ModuleList(Gpt2Block(c) for _ in range(c["n_layer"]))
        self.ln_f = nn.LayerNorm(C, eps=c["layer_norm_epsilon"])

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def resident(key):
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(key))


def load(path):
    """The model with its weights, and the token window."""
    tensors = Tensors(path)
    c = tensors.metadata
    model = {"deepseek": DeepSeek, "gpt2": Gpt2}[c["model"]](c)
    window = torch.from_numpy(tensors["window"]).long()
    state = model.state_dict(keep_vars=True)
    if set(state) != tensors.names - {"window"}:
        raise SystemExit(f"peer.py: the tensors differ: {sorted(set(state) ^ tensors.names)}")
    with torch.no_grad():
        for name, tensor in state.items():
            if list(tensor.shape) != tensors.shape(name):
                raise SystemExit(f"peer.py: {name} is {tensors.shape(name)}, expected {list(tensor.shape)}")
            tensor.copy_(torch.from_numpy(tensors[name]))
    return model, window, c


def main():
    alone = resident("VmRSS")
    path, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    model, window, c = load(path)
    ids, targets = window[:, :-1].contiguous(), window[:, 1:].reshape(-1)
    options = {"fused": True} if "fused" in torch.optim.AdamW.__init__.__code__.co_varnames else {"foreach": True}
    optimizer = torch.optim.AdamW(model.parameters(), lr=c["lr"], betas=(c["beta1"], c["beta2"]), eps=c["eps"],
                                  weight_decay=c["weight_decay"], **options)

    def loss():
        logits = model(ids)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets)

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value

    version = torch.__version__.split("+")[0]
    if sys.argv[3:] == ["compile"]:
        loss = torch.compile(loss)
        loss().backward()
        version += " compiled"
    print("ready PyTorch", version, flush=True)
    for line in sys.stdin:
        command = line.strip()
        if command == "loss":
            with torch.no_grad():
                print(loss().item(), flush=True)
        elif command == "step":
            begin = time.perf_counter()
            value = step().item()
            print(time.perf_counter() - begin, value, flush=True)
        elif command == "memory":
            print(resident("VmHWM"), alone, flush=True)
        elif command == "profile":
            with torch.autograd.profiler.profile() as profile:
                step()
            print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25), file=sys.stderr)


if __name__ == "__main__":
    main()
