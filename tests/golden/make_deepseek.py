#!/usr/bin/env python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Writes tests/golden/deepseek/<name>/: tiny random models, and what transformers computes with them.

Run with torch, transformers and safetensors installed: python3 tests/golden/make_deepseek.py [NAME...]
Each folder holds
  config.json            as transformers writes it
  model.safetensors      bf16 or FP8, in the published layout: a tensor for each expert, the prediction module as one
                         more layer
  reference.safetensors  ids (B, L + lookahead); for the first L of them hidden.<i> (B, L, C) behind layer i, final
                         (B, L, C) behind the last norm, logits (B, L, V); loss.main, loss.balance, loss.total;
                         gradient.<name> of loss.total; where there is a prediction module mtp.final, mtp.logits,
                         loss.next. All computed in double from the stored weights. bf16_error.<tensor>: what
                         transformers' own bf16 run is off by, as the norm of the difference over the norm.
The routers' weights are searched, so that the last expert chosen and the first one refused lie apart: no rounding can
change a choice. Balance losses and the prediction module are ours, after the papers; transformers has no such losses.
"""
import copy
import json
import pathlib
import sys

import safetensors.torch
import torch
import torch.nn.functional as F
import transformers
from transformers import DeepseekV2Config, DeepseekV2ForCausalLM, DeepseekV3Config, DeepseekV3ForCausalLM

FOLDER = pathlib.Path(__file__).parent / "deepseek"
VERSIONS = {"made_with": f"PyTorch {torch.__version__}, transformers {transformers.__version__}, make_deepseek.py"}
B, L = 2, 9
CANDIDATES = 6000


def yarn(mscale, mscale_all_dim):
    """Trained on 4 positions, read at 9. Of the four pairs one stays, one lies on the ramp, two are slowed down."""
    return {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 4,
            "beta_fast": 32.0, "beta_slow": 0.05, "mscale": mscale, "mscale_all_dim": mscale_all_dim}


def plain(theta):
    return {"rope_type": "default", "rope_theta": theta}


COMMON = dict(vocab_size=29, hidden_size=16, intermediate_size=20, moe_intermediate_size=6, num_hidden_layers=3,
              num_attention_heads=2, num_key_value_heads=2, n_shared_experts=2, n_routed_experts=8,
              num_experts_per_tok=2, kv_lora_rank=10, qk_nope_head_dim=6, qk_rope_head_dim=8, v_head_dim=5,
              max_position_embeddings=16, bos_token_id=0, eos_token_id=1, aux_loss_alpha=0.1, seq_aux=True)
V2 = dict(COMMON, scoring_func="softmax", norm_topk_prob=False)
V3 = dict(COMMON, scoring_func="sigmoid", topk_method="noaux_tc", norm_topk_prob=True, num_nextn_predict_layers=0)
MODELS = {
    # As V2-Lite: no query latent, one dense layer.
    "v2_greedy": dict(V2, q_lora_rank=None, topk_method="greedy", n_group=1, topk_group=1, routed_scaling_factor=1.0,
                      first_k_dense_replace=1, rope_parameters=yarn(0.707, 0.707)),
    # As V2, without a dense layer.
    "v2_group_limited": dict(V2, q_lora_rank=7, topk_method="group_limited_greedy", n_group=4, topk_group=2,
                             num_experts_per_tok=3, routed_scaling_factor=16.0, first_k_dense_replace=0,
                             rope_parameters=plain(10000.0)),
    "v3": dict(V3, q_lora_rank=7, n_group=4, topk_group=2, num_experts_per_tok=3, n_shared_experts=1,
               routed_scaling_factor=2.5, first_k_dense_replace=2, rope_parameters=yarn(1.0, 1.0)),
    # As Moonlight: one group, another eps in the outer norms alone.
    "moonlight": dict(V3, q_lora_rank=None, n_group=1, topk_group=1, routed_scaling_factor=2.446, rms_norm_eps=1e-5,
                      first_k_dense_replace=1, rope_parameters=plain(50000.0)),
    # Tied head, no dense layer, temperatures that do not cancel.
    "v3_tied": dict(V3, q_lora_rank=None, n_group=2, topk_group=1, routed_scaling_factor=2.5, first_k_dense_replace=0,
                    tie_word_embeddings=True, rope_parameters=yarn(0.8, 0.5)),
    "v3_mtp": dict(V3, q_lora_rank=7, n_group=2, topk_group=1, n_shared_experts=1, routed_scaling_factor=2.5,
                   num_hidden_layers=2, first_k_dense_replace=1, num_nextn_predict_layers=1,
                   rope_parameters=yarn(1.0, 1.0)),
    # Projections stored as e4m3 with a scale for each block, ragged at the edges.
    "v3_fp8": dict(V3, q_lora_rank=7, n_group=2, topk_group=1, routed_scaling_factor=2.5, num_hidden_layers=2,
                   first_k_dense_replace=1, rope_parameters=yarn(1.0, 1.0), block=(4, 8)),
}


class Predictor(torch.nn.Module):
    """Multi-token prediction after DeepSeek-V3, section 2.2, with the published order of eh_proj's columns."""

    def __init__(self, main):
        super().__init__()
        c = main.config
        norm, block = type(main.model.norm), type(main.model.layers[-1])
        self.enorm, self.hnorm, self.norm = (norm(c.hidden_size, eps=c.rms_norm_eps) for _ in range(3))
        self.eh_proj = torch.nn.Linear(2 * c.hidden_size, c.hidden_size, bias=False)
        self.block = block(c, c.num_hidden_layers - 1)  # an index past first_k_dense_replace: a mixture

    def forward(self, main, hidden, next_ids):
        x = torch.cat([self.enorm(main.model.embed_tokens(next_ids)), self.hnorm(hidden)], -1)
        x = self.eh_proj(x)
        positions = torch.arange(x.shape[1])[None]
        mask = torch.full((x.shape[1],) * 2, torch.finfo(x.dtype).min, dtype=x.dtype).triu(1)[None, None]
        x = self.block(x, attention_mask=mask, position_ids=positions,
                       position_embeddings=main.model.rotary_emb(x, positions))
        return self.norm(x)


class Model(torch.nn.Module):
    """The main model and, where it has one, the prediction module; notes what every gate sees and decides."""

    def __init__(self, settings):
        super().__init__()
        kind, config = ((DeepseekV2ForCausalLM, DeepseekV2Config) if settings["scoring_func"] == "softmax" else
                        (DeepseekV3ForCausalLM, DeepseekV3Config))
        self.settings = settings
        self.config = config(**{k: v for k, v in settings.items() if k != "block"})
        self.quantized = {}
        self.main = kind._from_config(self.config, attn_implementation="eager", experts_implementation="eager")
        self.mtp = Predictor(self.main) if settings.get("num_nextn_predict_layers") else None

    def gates(self):
        blocks = list(self.main.model.layers) + ([self.mtp.block] if self.mtp else [])
        return [b.mlp.gate for b in blocks if hasattr(b.mlp, "gate")]

    def run(self, ids):
        """Everything a fixture holds of a forward pass."""
        seen, notes, hooks = {}, [], []
        for i, layer in enumerate(self.main.model.layers):
            hooks.append(layer.register_forward_hook(lambda _, __, y, i=i: seen.__setitem__(f"hidden.{i}", y)))
        for gate in self.gates():
            hooks.append(gate.register_forward_hook(lambda _, x, y: notes.append((x[0].flatten(0, -2), y[0], y[2]))))
        seen["final"] = self.main.model(input_ids=ids[:, :L], use_cache=False).last_hidden_state
        seen["logits"] = self.main.lm_head(seen["final"])
        if self.mtp:
            seen["mtp.final"] = self.mtp(self.main, seen["final"], ids[:, 1:L + 1])
            seen["mtp.logits"] = self.main.lm_head(seen["mtp.final"])
        for hook in hooks:
            hook.remove()
        return seen, notes

    def losses(self, ids, seen, notes):
        def entropy(logits, targets):
            return F.cross_entropy(logits.flatten(0, 1).double(), targets.flatten())
        out = {"loss.main": entropy(seen["logits"], ids[:, 1:L + 1])}
        out["loss.balance"] = sum(self.balance(logits, chosen) for _, logits, chosen in notes)
        out["loss.total"] = out["loss.main"] + out["loss.balance"]
        if self.mtp:
            out["loss.next"] = entropy(seen["mtp.logits"], ids[:, 2:L + 2])
            out["loss.total"] = out["loss.total"] + 0.3 * out["loss.next"]
        return out

    def balance(self, logits, chosen):
        """V2, eq. 23 to 25, or V3, eq. 17 to 20; per sequence, averaged over them."""
        E, K = self.settings["n_routed_experts"], self.settings["num_experts_per_tok"]
        if self.settings["scoring_func"] == "softmax":
            p = logits.double().softmax(-1)
        else:
            s = logits.double().sigmoid()
            p, chosen = s / s.sum(-1, keepdim=True), s.topk(K).indices
        counts = F.one_hot(chosen, E).sum(-2).reshape(B, L, E).double()
        f = counts.sum(1) * E / (K * L)
        return self.settings["aux_loss_alpha"] * (f * p.reshape(B, L, E).mean(1)).sum(-1).mean()


def margins(settings, logits, bias):
    """How far the choices are from being others, relative to the scores.  logits: (N, T, E) -> (N)"""
    K, G, kept = (settings[k] for k in ("num_experts_per_tok", "n_group", "topk_group"))

    def gap(scores, k):
        s = scores.sort(-1, descending=True).values
        return ((s[..., k - 1] - s[..., k]) / s[..., k - 1].abs()).amin(-1)

    v2 = settings["scoring_func"] == "softmax"
    raw = logits.softmax(-1) if v2 else logits.sigmoid()
    scores = raw + bias
    least = [] if v2 else [gap(raw, K)]  # of the balance loss
    if kept < G:
        groups = scores.unflatten(-1, (G, -1))
        value = groups.amax(-1) if v2 else groups.topk(2).values.sum(-1)
        least.append(gap(value, kept))
        inside = torch.zeros_like(value).scatter(-1, value.topk(kept).indices, 1)[..., None].expand_as(groups)
        scores = groups.masked_fill(inside == 0, -1e9).flatten(-2)
    return torch.stack(least + [gap(scores, K)]).amin(0)


def quantize(t, rows, columns):
    """Rounds a matrix to what FP8 blocks hold, in place; returns the numbers and the scales."""
    stored = torch.empty_like(t, dtype=torch.float8_e4m3fn)
    scales = torch.empty(-(-t.shape[0] // rows), -(-t.shape[1] // columns))
    for i in range(scales.shape[0]):
        for j in range(scales.shape[1]):
            block = slice(i * rows, (i + 1) * rows), slice(j * columns, (j + 1) * columns)
            scales[i, j] = t[block].abs().max().clamp(min=1e-4) / 448
            stored[block] = (t[block] / scales[i, j]).to(torch.float8_e4m3fn)
            t[block] = stored[block].float() * scales[i, j]
    return stored, scales


def fill(model, seed):
    """Random weights that bf16 holds; then, gate by gate from the first, the best of many random gates."""
    torch.manual_seed(seed)
    for name, p in model.named_parameters():
        if name.endswith("norm.weight"):
            p.data = 1 + 0.2 * torch.randn(p.shape)
        elif "kv_a_proj" in name or "q_a_proj" in name:
            p.data = 0.04 * torch.randn(p.shape)  # small, so that the eps of the inner norms shows
        else:
            p.data = torch.randn(p.shape) * (1.0 if "embed" in name else 1.2 / p.shape[-1] ** 0.5)
    for name, b in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            # Negative, so that an expert masked with 0 would be chosen.
            b.data = 0.3 * torch.randn(b.shape) - 1.5
    for t in list(model.parameters()) + [b for n, b in model.named_buffers() if n.endswith("correction_bias")]:
        t.data = t.data.bfloat16().float()
    if "block" in model.settings:
        for name, t in published(model, lambda t: t.data).items():
            if "_proj" in name:
                model.quantized[name] = quantize(t, *model.settings["block"])
    ids = torch.randint(2, model.settings["vocab_size"], (B, L + (2 if model.mtp else 1)))
    least = 1.0
    for i, gate in enumerate(model.gates()):
        x = model.run(ids)[1][i][0]
        weights = (torch.randn(CANDIDATES, *gate.weight.shape) * 0.5).bfloat16().float()
        bias = getattr(gate, "e_score_correction_bias", torch.zeros(1))
        found = margins(model.settings, torch.einsum("tc,nec->nte", x, weights), bias)
        gate.weight.data = weights[found.argmax()]
        least = min(least, found.max().item())
    return ids, least


def published(model, get):
    """Tensors by their published names; get(t) gives the wanted one of a parameter or buffer."""
    c, out = model.config, {}
    layer = f"model.layers.{c.num_hidden_layers}."
    named = [(n, t) for n, t in model.main.named_parameters()]
    named += [(n, b) for n, b in model.main.named_buffers() if n.endswith("correction_bias")]
    if model.mtp:
        for n, t in list(model.mtp.named_parameters()) + list(model.mtp.named_buffers()):
            n = n.removeprefix("block.")
            named.append((layer + ("shared_head." + n if n == "norm.weight" else n), t))
    for name, t in named:
        value = get(t)
        if value is None:
            continue
        if "experts.gate_up_proj" in name:
            for e, both in enumerate(value):
                for part, half in zip(("gate_proj", "up_proj"), both.chunk(2)):
                    out[name.replace("gate_up_proj", f"{e}.{part}.weight")] = half.contiguous()
        elif name.endswith("experts.down_proj"):
            for e, one in enumerate(value):
                out[name.replace("down_proj", f"{e}.down_proj.weight")] = one.contiguous()
        else:
            out[name] = value.contiguous()
    return out


def off(a, b):
    return ((a.double() - b).norm() / b.norm()).reshape(())


def make(name, settings):
    model = Model(settings).eval()
    seed = max(range(1, 9), key=lambda seed: fill(model, seed)[1])
    ids, least = fill(model, seed)
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    written = json.loads(model.config.to_json_string())
    if model.quantized:
        written["quantization_config"] = {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
                                          "weight_block_size": settings["block"]}
    (folder / "config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    weights = published(model, lambda t: t.detach())
    weights = {n: t if n.endswith("correction_bias") else t.bfloat16() for n, t in weights.items()}
    for n, (stored, scales) in model.quantized.items():
        weights |= {n: stored, n + "_scale_inv": scales}
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt", **VERSIONS})

    narrow = copy.deepcopy(model).bfloat16()
    for gate in narrow.gates():  # the bias is float in a bf16 model too
        if hasattr(gate, "e_score_correction_bias"):
            gate.e_score_correction_bias.data = gate.e_score_correction_bias.float()
    with torch.no_grad():
        low, low_notes = narrow.run(ids)
    wide = model.double()
    for p in wide.parameters():
        p.requires_grad_()
    seen, notes = wide.run(ids)
    for (_, _, a), (_, _, b) in zip(notes, low_notes):
        assert torch.equal(a.sort().values, b.sort().values), f"{name}: bf16 chooses other experts"
    losses = wide.losses(ids, seen, notes)
    losses["loss.total"].backward()
    reference = {"ids": ids.int()}
    reference |= {n: t.detach().float() for n, t in {**seen, **losses}.items()}
    reference |= {"gradient." + n: g.float() for n, g in published(wide, lambda t: t.grad).items()}
    reference |= {"bf16_error." + n: off(low[n], t.detach()).float() for n, t in seen.items()}
    reference = {n: t.contiguous().clone() for n, t in reference.items()}
    safetensors.torch.save_file(reference, folder / "reference.safetensors", metadata=VERSIONS)
    if model.mtp:  # for the example `logits`
        (FOLDER / "ids.txt").write_text("".join(" ".join(map(str, row)) + "\n" for row in ids.tolist()))
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: seed {seed}, least margin {least:.3f}, bf16 error of the logits "
          f"{off(low['logits'], seen['logits'].detach()).item():.2e}, {size} bytes")


if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        make(name, MODELS[name])
