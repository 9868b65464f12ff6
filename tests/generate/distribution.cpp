// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/generate/distribution.hpp>

#include <doctest/doctest.h>

#include "support/chi_square.hpp"

namespace distribution_test {
using namespace hadal;

TEST_CASE("distribution: probabilities, draws, weights made to add to 1") {
  Distribution d{{4, 1, 9}, {1, 2, 1}};
  d.normalize();
  CHECK(d.probabilities == std::vector<double>{0.25, 0.5, 0.25});
  CHECK(d(1) == 0.5);
  CHECK(d(2) == 0);
  CHECK(d.draw(0) == 4);
  CHECK(d.draw(0.2499) == 4);
  CHECK(d.draw(0.25) == 1);
  CHECK(d.draw(0.7499) == 1);
  CHECK(d.draw(0.75) == 9);
  CHECK(d.draw(0.9999) == 9);
  CHECK(Distribution::certain(3).draw(0.99) == 3);
  CHECK_THROWS_AS(Distribution{}.draw(0), ValueError);
  Distribution none{{1}, {0}};
  CHECK_THROWS_AS(none.normalize(), NumericError);
}

TEST_CASE("distribution: uniform numbers are in [0, 1) and depend on stream and index") {
  double sum = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const double u = random_fraction(Key{1}, i);
    CHECK((u >= 0 && u < 1));
    sum += u;
  }
  CHECK(std::abs(sum / 1000 - 0.5) < 5 * std::sqrt(1.0 / 12 / 1000));
  CHECK(random_fraction(Key{1}, 0) != random_fraction(Key{2}, 0));
}

TEST_CASE("verify_draft: by hand") {
  const Distribution p{{0, 1, 2}, {0.5, 0.3, 0.2}}, q{{2, 0}, {0.6, 0.4}};
  CHECK(verify_draft(p, q, 0, 0.99, 0).accepted);          // p >= q: always kept
  CHECK(verify_draft(p, q, 2, 0.33, 0).accepted);          // kept with probability 1/3
  const Verdict v = verify_draft(p, q, 2, 0.34, 0.24);     // rest: 0.1 of token 0, 0.3 of token 1
  CHECK_FALSE(v.accepted);
  CHECK(v.token == 0);
  CHECK(verify_draft(p, q, 2, 0.34, 0.26).token == 1);
  // Greedy: certain distributions.
  const auto a = Distribution::certain(5), b = Distribution::certain(6);
  CHECK(verify_draft(a, a, 5, 0.999, 0).accepted);
  CHECK_FALSE(verify_draft(a, b, 6, 0, 0).accepted);
  CHECK(verify_draft(a, b, 6, 0, 0.5).token == 5);
}

TEST_CASE("verify_draft: the result is distributed as p, whatever q is") {
  const Distribution p{{0, 1, 2, 3}, {0.1, 0.2, 0.3, 0.4}};
  for (const Distribution& q : {Distribution{{0, 1, 2, 3}, {0.4, 0.3, 0.2, 0.1}}, Distribution{{2, 1}, {0.5, 0.5}}, p,
                                Distribution{{3}, {1}}, Distribution{{7, 0}, {0.9, 0.1}}}) {
    std::vector<double> counts(4);
    double kept = 0, expected = 0;
    const std::uint64_t n = 20000;
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto u = [&](const char* stream) { return random_fraction(Key{9}.fold(stream), i); };
      const Verdict v = verify_draft(p, q, q.draw(u("draft")), u("keep"), u("again"));
      ++counts.at(static_cast<std::size_t>(v.token));
      kept += v.accepted;
    }
    CHECK(test::chi_square_deviation(counts, p.probabilities) < 4);
    for (const std::int32_t t : p.tokens) expected += std::min(p(t), q(t));
    CHECK(std::abs(kept / static_cast<double>(n) - expected) < 0.02);
  }
}

}  // namespace distribution_test
