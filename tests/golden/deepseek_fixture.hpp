// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/pretrained.hpp>

#include <cmath>
#include <cstring>

namespace hadal::test {

/// The models that make_deepseek.py wrote.
inline const std::vector<std::string> deepseek_fixtures{"v2_greedy", "v2_group_limited", "v3",    "moonlight",
                                                        "v3_tied",   "v3_mtp",           "v3_fp8"};

/// One of them, with what transformers computed. Tests run in the root of the tree.
struct DeepSeekFixture {
  std::string folder;
  DeepSeekConfig config;
  SafetensorsFile reference;

  explicit DeepSeekFixture(const std::string& name)
      : folder("tests/golden/deepseek/" + name),
        config(read_deepseek_config(folder + "/config.json")),
        reference(folder + "/reference.safetensors") {}

  template <class T>
  DeepSeek<T, Cpu> model() const {
    return load_pretrained<T>(folder);
  }

  template <class T = float>
  Tensor<T> tensor(const std::string& name) const {
    const auto& e = reference.at(name);
    HADAL_CHECK(e.dtype == dtype_of<T>, FileError, name, ": is of another type, ", e.type);
    std::vector<T> values(e.bytes.size() / sizeof(T));
    std::memcpy(values.data(), e.bytes.data(), e.bytes.size());
    return Tensor<T>::from(values, e.shape);
  }
  double number(const std::string& name) const { return static_cast<double>(tensor(name).item()); }
  Tensor<std::int32_t> ids() const { return tensor<std::int32_t>("ids"); }

  /// |a - reference| / |reference|; infinite when shapes differ, or when a is not zero where the reference is.
  template <class T>
  double error(const std::string& name, const Tensor<T>& a) const {
    const auto x = tensor(name);
    if (x.shape() != a.shape()) return HUGE_VAL;
    const auto p = a.to_vector();
    const auto q = x.to_vector();
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      difference += std::pow(static_cast<double>(p[i]) - static_cast<double>(q[i]), 2);
      norm += std::pow(static_cast<double>(q[i]), 2);
    }
    return difference == 0 ? 0 : std::sqrt(difference / norm);
  }
};

/// A forward pass by its fixture's names.
template <class T>
std::vector<std::pair<std::string, Tensor<T>>> forward(const DeepSeek<T, Cpu>& m, const Tensor<std::int32_t>& ids) {
  std::vector<std::pair<std::string, Tensor<T>>> out;
  const std::int64_t L = ids.shape(1) - m.lookahead();
  const auto h = m.hidden(ids.slice(1, 0, L), [&](std::size_t i, const Tensor<T>& x) {
    const auto block = m.layers[i](x, m.rope);
    out.emplace_back("hidden." + std::to_string(i), block.x);
    return block;
  });
  out.emplace_back("final", h.x);
  out.emplace_back("logits", m.logits(h.x));
  if (m.mtp) {
    const auto next = (*m.mtp)(h.x, m.embed_tokens(ids.slice(1, 1, L + 1)), m.rope);
    out.emplace_back("mtp.final", next.x);
    out.emplace_back("mtp.logits", m.logits(next.x));
  }
  return out;
}

}  // namespace hadal::test
