// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <golden/deepseek_fixture.hpp>
#include <hadal/tensor/grad_mode.hpp>

namespace deepseek_bf16_golden_test {
using namespace hadal;
using namespace hadal::test;

TEST_CASE("golden: DeepSeek models in bf16 are no further off than transformers in bf16") {
  for (const std::string& name : deepseek_fixtures) {
    CAPTURE(name);
    const DeepSeekFixture f(name);
    const GradMode off(false);
    for (const auto& [what, x] : forward(f.model<bf16>(), f.ids())) {
      CAPTURE(what);
      CHECK(f.error(what, x) < 1.5 * f.number("bf16_error." + what));
    }
  }
}

}  // namespace deepseek_bf16_golden_test
