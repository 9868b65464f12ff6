// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/cast.hpp>
#include <hadal/tensor/grad_check.hpp>

#include <vector>

using namespace hadal;

TEST_CASE("cast: values between all kinds of elements") {
  const auto x = Tensor<float>::from({1, -2.75f, 0, 300.5f}, {2, 2});
  CHECK(cast<double>(x).to_vector() == std::vector<double>{1, -2.75, 0, 300.5});
  CHECK(cast<std::int32_t>(x).to_vector() == std::vector<std::int32_t>{1, -2, 0, 300});
  CHECK(cast<float>(cast<bf16>(x)).to_vector() == std::vector<float>{1, -2.75f, 0, 300});  // 8 bits: ties to even
  CHECK(cast<float>(cast<half>(x.transpose())).to_vector() == std::vector<float>{1, 0, -2.75f, 300.5f});
  CHECK(cast<float>(cast<std::int64_t>(cast<bf16>(x))).to_vector() == std::vector<float>{1, -2, 0, 300});
  CHECK(cast<std::int32_t>(cast<bool>(Tensor<float>::from({0.5f, 0, -1}, {3}))).to_vector() ==
        std::vector<std::int32_t>{1, 0, 1});
  CHECK(cast<float>(cast<bf16>(Tensor<std::int32_t>::arange(3))).to_vector() == std::vector<float>{0, 1, 2});
  CHECK(cast<float>(x).storage() == x.storage());
}

TEST_CASE("cast: gradients pass, each in its own type") {
  auto x = Tensor<double>::normal({3, 4}, Key{1}).set_requires_grad();
  cast<bf16>(x.transpose()).backward(Tensor<bf16>::full({4, 3}, 1.5));
  CHECK(x.grad().to_vector() == std::vector<double>(12, 1.5));
  auto h = Tensor<bf16>::ones({5}).set_requires_grad();
  cast<float>(h).backward(Tensor<float>::full({5}, 2));
  CHECK(h.grad().to_vector() == std::vector<float>(5, 2.0f));
}
