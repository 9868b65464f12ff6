// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/optim/adamw.hpp>
#include <hadal/optim/muon.hpp>
#include <hadal/optim/sgd.hpp>
#include <hadal/tree/parameters.hpp>

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace hadal {

using Algorithm = std::variant<AdamW, Muon, Sgd>;

/// Parameters that are optimized alike: those in `names` and those `takes` says yes to; all that are left when neither
/// is given.
struct ParameterGroup {
  Algorithm algorithm = AdamW{};
  double lr_scale = 1;        // times the step's learning rate
  double weight_decay = 0.1;  // decoupled: a weight shrinks by lr * weight_decay each step
  std::vector<std::string> names = {};
  std::function<bool(const NamedTensor&)> takes = {};
};

/// True for the matrices inside a transformer, stacked experts among them: not for vectors, embeddings, heads.
inline bool is_hidden_matrix(const NamedTensor& p) {
  const std::string& name = p.place.name;
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  const bool outer = has("embed") || has("lm_head") || has("shared_head") || has("wte") || has("wpe");
  return !outer && (p.place.stacked ? p.tensor.rank() == 3 : p.tensor.rank() == 2);
}

/// DeepSeek's and Moonlight's way: Muon for the hidden matrices, each expert its own; AdamW for embeddings, heads and
/// norms, and for the routers unless `router_by_muon`. Weight decay on all of them, norms too.
inline std::vector<ParameterGroup> muon_groups(Muon muon = {}, AdamW adamw = {}, double weight_decay = 0.1,
                                               bool router_by_muon = true) {
  const auto takes = [router_by_muon](const NamedTensor& p) {
    return is_hidden_matrix(p) && (router_by_muon || !p.place.name.ends_with(".gate.weight"));
  };
  return {{std::move(muon), 1, weight_decay, {}, takes}, {std::move(adamw), 1, weight_decay, {}, {}}};
}

/// AdamW for all: weight decay on matrices, embeddings and heads, and on vectors (norms, biases) too if asked.
inline std::vector<ParameterGroup> adamw_groups(AdamW adamw = {}, double weight_decay = 0.1,
                                                bool decay_vectors = false) {
  const auto is_vector = [](const NamedTensor& p) { return p.tensor.rank() == (p.place.stacked ? 2 : 1); };
  return {{adamw, 1, decay_vectors ? weight_decay : 0, {}, is_vector}, {adamw, 1, weight_decay, {}, {}}};
}

}  // namespace hadal
