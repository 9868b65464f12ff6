// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/eigen_packets.hpp>
#include <hadal/cpu/packet.hpp>

#include <doctest/doctest.h>

#include <Eigen/Core>

TEST_CASE("Eigen's packets and its matrices are used side by side") {
  constexpr int n = hadal::cpu::lanes<float>;
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(n, n);
  const Eigen::VectorXf column = a.col(0) + a.col(1);
  float sum[n];
  hadal::cpu::store(sum, Eigen::internal::padd(hadal::cpu::load(a.col(0).data()), hadal::cpu::load(a.col(1).data())));
  for (int i = 0; i < n; ++i) CHECK(sum[i] == column[i]);
}
