// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/view.hpp>
#include <hadal/cpu/blocking.hpp>
#include <hadal/cpu/lanes.hpp>

#include <cstdint>
#include <type_traits>

namespace hadal::cpu {
inline namespace HADAL_ISA {

/// How a kernel writes its results: over what is there or on top of it, and past the caches where they are many times
/// larger than those. So much is not found there when it is read next, and a line that is written whole need not be
/// read first: a copy then moves two bytes for a byte instead of three.
class Writing {
 public:
  Writing(bool on_top = false) : add(on_top) {}
  template <class T>
  explicit Writing(const GradView<T>& y) : add(y.add) {
    if constexpr (std::is_same_v<T, float>)
      past = !add && static_cast<std::size_t>(y.view.size()) * sizeof(T) >= 32 * cache_sizes().l2;
  }
  template <class T>
  explicit Writing(const View<T>& y) : Writing(GradView<T>{y}) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  /// Other threads may read afterwards. The pool's own threads end a task with an atomic exchange, which does as much.
  ~Writing() {
#if defined(__SSE2__)
    if (past) __builtin_ia32_sfence();
#endif
  }

  bool add, past = false;
};

namespace detail {

/// Stores a vector past the caches where the machine can and its place is aligned.
HADAL_INLINE bool store_past(float* p, Lanes<float> v) {
  if (reinterpret_cast<std::uintptr_t>(p) % sizeof v != 0) return false;
#if defined(__clang__)
  __builtin_nontemporal_store(v, reinterpret_cast<Lanes<float>*>(p));
#elif defined(__AVX512F__)
  __builtin_ia32_movntps512(p, v);
#elif defined(__AVX__)
  __builtin_ia32_movntps256(p, v);
#elif defined(__SSE2__)
  __builtin_ia32_movntps(p, v);
#else
  return false;
#endif
  return true;
}

}  // namespace detail
}  // namespace HADAL_ISA
}  // namespace hadal::cpu
