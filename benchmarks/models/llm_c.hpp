// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// What llm.c reads: a GPT-2 in its own checkpoint format.

#include <hadal/models/gpt2/model.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace bench {

/// Writes version 3 of llm.c's format (256 integers, then each kind of tensor for all layers, linear weights as
/// (out, in), the vocabulary padded to a multiple of 128), and behind it B, L and the window (B, L + 1).
inline void write_llm_c(const std::string& path, const hadal::Gpt2<float>& model,
                        const hadal::Tensor<std::int32_t>& window) {
  using hadal::Tensor;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  HADAL_CHECK(file, hadal::FileError, path, ": cannot be written");
  const auto put = [&](const Tensor<float>& t) {
    const Tensor<float> dense = t.contiguous();
    std::fwrite(dense.data(), 1, dense.bytes(), file);
  };
  const auto& c = model.config;
  const std::int64_t padded = (c.vocab_size + 127) / 128 * 128;
  std::int32_t header[256] = {20240326, 3};
  const std::int64_t sizes[] = {c.n_positions, c.vocab_size, c.n_layer, c.n_head, c.n_embd, padded};
  for (int i = 0; i < 6; ++i) header[2 + i] = static_cast<std::int32_t>(sizes[i]);
  std::fwrite(header, 1, sizeof header, file);
  put(model.wte.weight);
  put(Tensor<float>::zeros({padded - c.vocab_size, c.n_embd}));
  put(model.wpe.weight);
  const auto of_layers = [&](const auto& tensor) {
    for (const auto& block : model.h) put(tensor(block));
  };
  const auto layer = [&](const auto& module) {
    of_layers([&](const auto& b) { return module(b).weight; });
    of_layers([&](const auto& b) { return module(b).bias; });
  };
  const auto linear = [&](const auto& module) {
    of_layers([&](const auto& b) { return module(b).weight.transpose(0, 1); });
    of_layers([&](const auto& b) { return module(b).bias; });
  };
  layer([](const auto& b) -> auto& { return b.ln_1; });
  linear([](const auto& b) -> auto& { return b.c_attn; });
  linear([](const auto& b) -> auto& { return b.attn_proj; });
  layer([](const auto& b) -> auto& { return b.ln_2; });
  linear([](const auto& b) -> auto& { return b.c_fc; });
  linear([](const auto& b) -> auto& { return b.mlp_proj; });
  put(model.ln_f.weight);
  put(model.ln_f.bias);
  const std::int32_t shape[] = {static_cast<std::int32_t>(window.shape(0)),
                                static_cast<std::int32_t>(window.shape(1) - 1)};
  std::fwrite(shape, 1, sizeof shape, file);
  std::fwrite(window.data(), 1, window.bytes(), file);
  HADAL_CHECK(std::fclose(file) == 0, hadal::FileError, path, ": cannot be written");
}

}  // namespace bench
