// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/cpu/feed_forward.hpp>
#include <hadal/cpu/strided.hpp>
#include <hadal/cpu/swiglu.hpp>

#include <doctest/doctest.h>

#include "support/array.hpp"

using namespace hadal;
using namespace hadal::test;

TEST_CASE("feed-forward kernels: rows with gaps, results in place, against the kernels of their parts") {
  constexpr std::int64_t n = 30, C = 20, F = 37;
  const std::int32_t offsets[] = {0, 30};
  const View<const std::int32_t> o{offsets, {2}, 2};
  const auto x = random_array<float>({n, C}, 1, 1, 3), dy = random_array<float>({n, C}, 2, 1, 1);
  const auto wg = random_array<float>({1, F, C}, 3), wu = random_array<float>({1, F, C}, 4),
             wd = random_array<float>({1, C, F}, 5);
  const auto matrix = [](const Array<float>& w) {
    return View<const float>{w.values.data(), {w.shape[1], w.shape[2]}, w.shape[2]};
  };
  const View<const float> none;
  Array<float> gate({n, F}), up({n, F}), hidden({n, F}), y({n, C}), dgate({n, F}), dup({n, F}), dhidden({n, F});
  const Array<float>&g = gate, &u = up, &h = hidden, &dh = dhidden;
  cpu::linear_forward(Cpu{}, gate.view(), x.view(), matrix(wg), none);
  cpu::linear_forward(Cpu{}, up.view(), x.view(), matrix(wu), none);
  cpu::swiglu_forward(Cpu{}, hidden.view(), g.view(), u.view());
  cpu::linear_forward(Cpu{}, y.view(), h.view(), matrix(wd), none, x.view());
  cpu::linear_backward_input(Cpu{}, dhidden.grad(), dy.view(), matrix(wd));
  cpu::swiglu_backward(Cpu{}, dgate.grad(), dup.grad(), dh.view(), g.view(), u.view());

  Array<float> a({n, F}), b({n, F}), c({n, F}), z({n, C});
  const auto strided = [](const Array<float>& w) { return cpu::strided(w.view()); };
  cpu::feed_forward_hidden(Cpu{}, a.view(), b.view(), a.view(), x.view(), strided(wg), strided(wu), o);
  CHECK(a.values == hidden.values);
  cpu::feed_forward_hidden(Cpu{}, a.view(), b.view(), c.view(), x.view(), strided(wg), strided(wu), o);
  CHECK(a.values == gate.values);
  CHECK(b.values == up.values);
  CHECK(c.values == hidden.values);
  cpu::feed_forward_down(Cpu{}, z.view(), h.view(), strided(wd), o, x.view());
  CHECK(z.values == y.values);
  const Array<float>&ca = a, &cb = b;
  cpu::feed_forward_backward(Cpu{}, a.view(), b.view(), c.view(), dy.view(), ca.view(), cb.view(), strided(wd), o);
  CHECK(a.values == dgate.values);
  CHECK(b.values == dup.values);
  CHECK(c.values == hidden.values);
}
