// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/fixture.hpp>
#include <hadal/optim/adamw.hpp>

using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: ten steps of AdamW on fixed gradients") {
  const Fixture f("adamw");
  const AdamW adamw{f.constant("beta1"), f.constant("beta2"), f.constant("eps")};
  Tensor<float> weight = f.tensor("start"), m = Tensor<float>::zeros(weight.shape()), v = m.clone();
  const Tensor<float> gradients = f.tensor("gradients"), path = f.tensor("path");
  std::vector<float> taken;
  for (std::int64_t step = 1; step <= gradients.shape(0); ++step) {
    Update<float, Cpu> u{weight, {}, gradients.select(0, step - 1), {m, v}, f.constant("lr"),
                         f.constant("decay"), step};
    adamw.update(u);
    const auto now = weight.to_vector();
    taken.insert(taken.end(), now.begin(), now.end());
  }
  CHECK(gradients.shape(0) == 10);
  CHECK(f.error("path", Tensor<float>::from(taken, path.shape())) < golden);
}
