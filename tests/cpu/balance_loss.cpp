// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/balance_loss.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace balance_loss_kernel_test {
using namespace hadal;

struct Fixture {
  // two sequences of two tokens, four experts in groups of two
  float scores[16] = {1, 2, 3, 2, /**/ 1, 0, 0, 1, /**/ 2, 2, 2, 2, /**/ 0, 4, 0, 0};
  std::int32_t load[4] = {1, 3, /**/ 2, 0};
  View<const float> s{scores, {4, 4}, 4};
  View<const std::int32_t> n{load, {2, 2}, 2};
};

TEST_CASE_FIXTURE(Fixture, "the loss is the load times the scores") {
  float loss = 0;
  const View<float> y{&loss, {}, 1};
  cpu::balance_loss_forward(Cpu{}, y, s, n, 0.5, false);
  CHECK(loss == 0.5f * (1 * 4 + 3 * 6 + 2 * 8));
  cpu::balance_loss_forward(Cpu{}, y, s, n, 0.5, true);
  CHECK(loss == 0.5f * (1 * (0.375f + 0.5f) + 3 * (0.625f + 0.5f) + 2 * (0.5f + 1)));
}

TEST_CASE_FIXTURE(Fixture, "gradients are written or added") {
  const float dloss = 2;
  float d[16];
  const View<const float> dy{&dloss, {}, 1};
  cpu::balance_loss_backward(Cpu{}, GradView<float>{{d, {4, 4}, 4}, false}, dy, s, n, 0.5, false);
  CHECK(std::vector<float>(d, d + 16) == std::vector<float>{1, 1, 3, 3, 1, 1, 3, 3, 2, 2, 0, 0, 2, 2, 0, 0});
  cpu::balance_loss_backward(Cpu{}, GradView<float>{{d, {4, 4}, 4}, true}, dy, s, n, 8, true);
  // 16 (load - mean) / sum: means 2.25, 2, 1, 2 and sums 8, 2, 8, 4
  CHECK(std::vector<float>(d, d + 16) ==
        std::vector<float>{-1.5f, -1.5f, 4.5f, 4.5f, -7, -7, 11, 11, 4, 4, -2, -2, 2, 2, -8, -8});
}

}  // namespace balance_loss_kernel_test
