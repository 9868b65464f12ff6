// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/cpu/route.hpp>

#include <hadal/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

namespace route_kernel_test {
using namespace hadal;
using Rows = std::vector<std::vector<std::int32_t>>;

Rows choose(const std::vector<double>& scores, std::int64_t rows, const std::vector<float>& bias, std::int64_t k,
            std::int64_t n_group, std::int64_t topk_group, std::int64_t terms) {
  const auto experts = static_cast<std::int64_t>(scores.size()) / rows;
  std::vector<std::int32_t> chosen(static_cast<std::size_t>(rows * k));
  cpu::choose_experts_forward(Cpu{}, View<std::int32_t>{chosen.data(), {rows, k}, k},
                              View<const double>{scores.data(), {rows, experts}, experts},
                              bias.empty() ? View<const float>{} : View<const float>{bias.data(), {experts}, experts},
                              n_group, topk_group, terms);
  Rows result;
  for (std::int64_t r = 0; r < rows; ++r) result.emplace_back(chosen.begin() + r * k, chosen.begin() + (r + 1) * k);
  return result;
}

/// The same choice by sorting whole lists.
std::vector<std::int32_t> by_sorting(std::vector<double> s, const std::vector<float>& bias, std::size_t k,
                                     std::size_t n_group, std::size_t topk_group, std::size_t terms) {
  for (std::size_t e = 0; e < bias.size(); ++e) s[e] += static_cast<double>(bias[e]);
  const std::size_t size = s.size() / n_group;
  const auto order_of = [](const std::vector<double>& v) {
    std::vector<std::int32_t> order(v.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return v[static_cast<std::size_t>(a)] > v[static_cast<std::size_t>(b)]; });
    return order;
  };
  std::vector<double> group;
  for (std::size_t g = 0; g < n_group; ++g) {
    std::vector<double> in(s.begin() + static_cast<std::ptrdiff_t>(g * size),
                           s.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
    std::sort(in.begin(), in.end(), std::greater<>());
    group.push_back(std::accumulate(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(terms), 0.0));
  }
  const auto groups = order_of(group);
  for (std::size_t i = topk_group; i < n_group; ++i)
    for (std::size_t j = 0; j < size; ++j)
      s[static_cast<std::size_t>(groups[i]) * size + j] = -std::numeric_limits<double>::infinity();
  auto order = order_of(s);
  order.resize(k);
  return order;
}

const std::vector<double> logits = {0.5, -1, 2, 0, 1, 1.5, -0.5, 0.3};

TEST_CASE("the group-limited choices of the published routers") {
  std::vector<double> sigmoid, softmax;
  for (double z : logits) {
    sigmoid.push_back(1 / (1 + std::exp(-z)));
    softmax.push_back(std::exp(z));
  }
  CHECK(choose(sigmoid, 1, {0, .1f, -.6f, 0, 0, 0, .5f, .2f}, 3, 4, 2, 2) == Rows{{6, 5, 7}});
  CHECK(choose(softmax, 1, {}, 3, 4, 2, 1) == Rows{{2, 5, 4}});
}

TEST_CASE("groups that are not kept stay out even when all kept scores are negative") {
  CHECK(choose({-1, -2, -9, -8}, 1, {}, 2, 2, 1, 1) == Rows{{0, 1}});
  CHECK(choose({0.1, 0.2, 0.3, 0.4}, 1, {-5, -5, -9, -9}, 2, 2, 1, 2) == Rows{{1, 0}});
}

TEST_CASE("equal scores and equal groups go to the lower index") {
  CHECK(choose(std::vector<double>(8, 0.5), 1, {}, 3, 4, 2, 2) == Rows{{0, 1, 2}});
}

TEST_CASE("random scores agree with sorting, over many tokens") {
  const std::int64_t rows = 3000, experts = 12;
  std::vector<double> scores;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(rows * experts); ++i)
    scores.push_back(static_cast<double>(random_below(Key{5}, i, 8)) / 8);  // many ties; sums are exact
  const std::vector<float> bias = {0, .5f, -1, .25f, 0, 0, .125f, -.5f, 0, 1, 0, -.25f};
  for (const bool biased : {false, true})
    for (const std::int64_t n_group : {1, 3, 6})
      for (const std::int64_t terms : {1, 2}) {
        const std::int64_t topk_group = (n_group + 1) / 2, k = 4;
        const std::vector<float> b = biased ? bias : std::vector<float>{};
        const Rows got = choose(scores, rows, b, k, n_group, topk_group, terms);
        for (std::int64_t r = 0; r < rows; ++r)
          REQUIRE(got[static_cast<std::size_t>(r)] ==
                by_sorting({scores.begin() + r * experts, scores.begin() + (r + 1) * experts}, b, 4,
                           static_cast<std::size_t>(n_group), static_cast<std::size_t>(topk_group),
                           static_cast<std::size_t>(terms)));
      }
}

TEST_CASE("weights are the chosen scores, normalised or not, and gradients add where asked") {
  const double scores[3] = {0.5, 0.25, 0.75}, dweights[2] = {1, 3};
  const std::int32_t at[2] = {2, 1};
  const View<const double> s{scores, {1, 3}, 3}, dw{dweights, {1, 2}, 2};
  const View<const std::int32_t> chosen{at, {1, 2}, 2};
  double w[2], d[3] = {1, 1, 1};
  cpu::expert_weights_forward(Cpu{}, View<double>{w, {1, 2}, 2}, s, chosen, 2, false);
  CHECK(std::vector<double>(w, w + 2) == std::vector<double>{1.5, 0.5});
  cpu::expert_weights_forward(Cpu{}, View<double>{w, {1, 2}, 2}, s, chosen, 4, true);
  CHECK(std::vector<double>(w, w + 2) == std::vector<double>{3, 1});
  cpu::expert_weights_backward(Cpu{}, GradView<double>{{d, {1, 3}, 3}, false}, dw, s, chosen, 2, false);
  CHECK(std::vector<double>(d, d + 3) == std::vector<double>{0, 6, 2});
  // the mean of dweights over (0.75, 0.25) is 1.5, and the sum of the scores is 1
  cpu::expert_weights_backward(Cpu{}, GradView<double>{{d, {1, 3}, 3}, true}, dw, s, chosen, 4, true);
  CHECK(std::vector<double>(d, d + 3) == std::vector<double>{0, 12, 0});
}

}  // namespace route_kernel_test
