// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/lanes.hpp>
#include <hadal/cpu/packet.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// The functions of one number, on the vectors of cpu/lanes.hpp. Floats go through Eigen's packets where it has the
/// function (a few units in the last place), doubles through the standard library, so that gradients checked in double
/// are checked against the best values there are.
template <class A>
struct Math {
  using V = Lanes<A>;

  HADAL_INLINE static V exp(V x) {
    if constexpr (packets) {
      // Eigen's ends at 88.3; a step of 1 is exact there.
      const V step = x > 88 ? V{} + 1 : V{}, back = x > 88 ? V{} + A(2.71828182845904523536) : V{} + 1;
      const V y = through([](auto p) { return Eigen::internal::pexp(p); }, x - step) * back;
      return x > A(88.72284f) ? V{} + std::numeric_limits<A>::infinity() : x < A(-87.33654f) ? V{} : y;
    } else {
      return each([](A v) { return std::exp(v); }, x);
    }
  }
  HADAL_INLINE static V log(V x) {
    if constexpr (packets) return through([](auto p) { return Eigen::internal::plog(p); }, x);
    else return each([](A v) { return std::log(v); }, x);
  }
  HADAL_INLINE static V tanh(V x) {
    if constexpr (packets) return through([](auto p) { return Eigen::internal::ptanh(p); }, x);
    else return each([](A v) { return std::tanh(v); }, x);
  }
  /// Rounded correctly, which Eigen's is not.
  static V sqrt(V x) { return each([](A v) { return std::sqrt(v); }, x); }
  static V sin(V x) { return each([](A v) { return std::sin(v); }, x); }
  static V cos(V x) { return each([](A v) { return std::cos(v); }, x); }
  /// For floats x P(x^2) up to 1 and 1 - exp(-x^2) Q(1 / (1 + x / 2)) beyond, both interpolated at Chebyshev's nodes;
  /// their own errors are below 2^-28.
  static V erf(V x) {
    if constexpr (packets) {
      const V a = x < 0 ? -x : x, z = a * a, t = (V{} + 1) / (a * A(0.5) + 1);
      const V inside = a * series(z, A(1.1283791658), A(-0.3761262667), A(0.1128359472), A(-0.02685421201),
                                  A(0.005189087423), A(-0.0008016864285), A(0.00007875875057));
      const V tail = exp(-z) * series(t, A(0.0005370958181), A(0.2744766180), A(0.3264605985), A(0.1130556456),
                                      A(0.3861862588), A(-0.04338603843), A(-0.05809020741));
      const V y = a < 1 ? inside : V{} + 1 - tail;
      return x < 0 ? -y : y;
    } else {
      return each([](A v) { return std::erf(v); }, x);
    }
  }
  static V log1p(V x) { return each([](A v) { return std::log1p(v); }, x); }
  static V pow(V x, A exponent) {
    return each([exponent](A v) { return std::pow(v, exponent); }, x);
  }

 private:
  static constexpr bool packets = std::is_same_v<A, float> && sizeof(Packet<A>) == sizeof(V);

  /// c0 + c1 x + c2 x^2 + ..
  template <class... C>
  HADAL_INLINE static V series(V x, A c0, C... rest) {
    if constexpr (sizeof...(rest) == 0) return V{} + c0;
    else return series(x, rest...) * x + c0;
  }
  template <class F>
  HADAL_INLINE static V through(const F& f, V x) {
    return detail::bits_as<V>(f(detail::bits_as<Packet<A>>(x)));
  }
  template <class F>
  HADAL_INLINE static V each(const F& f, V x) {
    for (int i = 0; i < lane_count<A>; ++i) x[i] = f(x[i]);
    return x;
  }
};

}  // namespace HADAL_ISA
}  // namespace hadal::cpu
