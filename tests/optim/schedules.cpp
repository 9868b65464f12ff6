// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/optim/schedules.hpp>

using namespace hadal;

TEST_CASE("WarmupCosine") {
  const WarmupCosine s{1.0, 4, 14, 0.1};
  CHECK(s(0) == 0.25);
  CHECK(s(3) == 1.0);
  CHECK(s(4) == 1.0);
  CHECK(s(9) == doctest::Approx(0.55));
  CHECK(s(14) == doctest::Approx(0.1));
  CHECK(s(1000) == doctest::Approx(0.1));
  CHECK_THROWS_AS((WarmupCosine{1, 5, 4}(0)), ValueError);
}

TEST_CASE("WarmupStableDecay") {
  WarmupStableDecay s{2.0, 2, 10, 20};
  CHECK(s(0) == 1.0);
  CHECK(s(9) == 2.0);
  CHECK(s(10) == 2.0);
  CHECK(s(15) == doctest::Approx(1.0));
  CHECK(s(20) == 0);
  s.fall = WarmupStableDecay::Fall::one_minus_sqrt;
  s.floor = 0.2;
  CHECK(s(10) == 2.0);
  CHECK(s(12) == doctest::Approx(0.2 + 1.8 * (1 - std::sqrt(0.2))));
  CHECK(s(30) == doctest::Approx(0.2));
  CHECK_THROWS_AS((WarmupStableDecay{1, 5, 6, 10}(0)), ValueError);
}

TEST_CASE("WarmupSteps: DeepSeek-V2's") {
  const WarmupSteps s{2.4e-4, 2000, 100000};
  CHECK(s(999) == doctest::Approx(1.2e-4));
  CHECK(s(59999) == 2.4e-4);
  CHECK(s(60000) == doctest::Approx(2.4e-4 * 0.316));
  CHECK(s(90000) == doctest::Approx(2.4e-4 * 0.316 * 0.316));
  CHECK_THROWS_AS((WarmupSteps{1, 0, 10, 0.9, 0.6}(0)), ValueError);
  CHECK_THROWS_AS((WarmupSteps{1, 11, 10}(0)), ValueError);
}

TEST_CASE("ConstantCosineConstant: DeepSeek-V3's") {
  const ConstantCosineConstant s{2.2e-4, 2.2e-5, 7.3e-6, 20, 10000, 4300, 333};
  CHECK(s(0) == doctest::Approx(2.2e-4 / 20));
  CHECK(s(9999) == 2.2e-4);
  CHECK(s(12150) == doctest::Approx(0.5 * (2.2e-4 + 2.2e-5)));
  CHECK(s(14300) == 2.2e-5);
  CHECK(s(14632) == 2.2e-5);
  CHECK(s(14633) == 7.3e-6);
  CHECK_THROWS_AS((ConstantCosineConstant{1, 1, 1, 20, 10}(0)), ValueError);
}
