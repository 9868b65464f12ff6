// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/walk.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace hadal {

namespace detail {

/// Turns into any member of an aggregate. An optional takes it by a constructor of its own.
struct AnyMember {
  template <class T>
    requires(!is_optional<T>)
  operator T() const { std::abort(); }  // clang wants a body
};

template <class M, class... A>
constexpr int member_count() {
  if constexpr (sizeof...(A) > 16) return -1;
  else if constexpr (requires { M{A{}..., AnyMember{}}; }) return member_count<M, A..., AnyMember>();
  else return static_cast<int>(sizeof...(A));
}

/// Calls f on every member of an aggregate of up to 16, in the order of their declaration.
template <class M, class F>
void each_member(M& m, const F& f) {
  constexpr int n = member_count<std::remove_cv_t<M>>();
  static_assert(n >= 0, "each_member: more than 16 members");
  const auto all = [&](auto&... x) { (f(x), ...); };
  if constexpr (n == 1) { auto& [a] = m; all(a); }
  else if constexpr (n == 2) { auto& [a, b] = m; all(a, b); }
  else if constexpr (n == 3) { auto& [a, b, c] = m; all(a, b, c); }
  else if constexpr (n == 4) { auto& [a, b, c, d] = m; all(a, b, c, d); }
  else if constexpr (n == 5) { auto& [a, b, c, d, e] = m; all(a, b, c, d, e); }
  else if constexpr (n == 6) { auto& [a, b, c, d, e, g] = m; all(a, b, c, d, e, g); }
  else if constexpr (n == 7) { auto& [a, b, c, d, e, g, h] = m; all(a, b, c, d, e, g, h); }
  else if constexpr (n == 8) { auto& [a, b, c, d, e, g, h, i] = m; all(a, b, c, d, e, g, h, i); }
  else if constexpr (n == 9) { auto& [a, b, c, d, e, g, h, i, j] = m; all(a, b, c, d, e, g, h, i, j); }
  else if constexpr (n == 10) { auto& [a, b, c, d, e, g, h, i, j, k] = m; all(a, b, c, d, e, g, h, i, j, k); }
  else if constexpr (n == 11) { auto& [a, b, c, d, e, g, h, i, j, k, l] = m; all(a, b, c, d, e, g, h, i, j, k, l); }
  else if constexpr (n == 12) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, o] = m;
    all(a, b, c, d, e, g, h, i, j, k, l, o);
  } else if constexpr (n == 13) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, o, p] = m;
    all(a, b, c, d, e, g, h, i, j, k, l, o, p);
  } else if constexpr (n == 14) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, o, p, q] = m;
    all(a, b, c, d, e, g, h, i, j, k, l, o, p, q);
  } else if constexpr (n == 15) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, o, p, q, r] = m;
    all(a, b, c, d, e, g, h, i, j, k, l, o, p, q, r);
  } else if constexpr (n == 16) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, o, p, q, r, s] = m;
    all(a, b, c, d, e, g, h, i, j, k, l, o, p, q, r, s);
  }
}

/// A visitor that notes the addresses a module lists.
struct Listed {
  std::vector<const void*>& seen;
  void operator()(const std::string&, const auto& m) const { seen.push_back(&m); }
  void buffer(const std::string&, const auto& m) const { seen.push_back(&m); }
  void constant(const std::string&, const auto& m) const { seen.push_back(&m); }
  void stacked(const std::string&, const std::string&, const auto& m) const { seen.push_back(&m); }
};

template <class M>
constexpr bool holds_tensors() {
  if constexpr (is_tensor<M> || requires(M& m, Listed v) { M::visit(v, m); }) return true;
  else if constexpr (is_optional<M> || is_list<M>) return holds_tensors<typename M::value_type>();
  else return false;
}

template <class M>
void find_forgotten(const M& m, const std::string& path, std::vector<std::string>& found) {
  if constexpr (is_optional<M>) {
    if (m) find_forgotten(*m, path, found);
  } else if constexpr (is_list<M>) {
    for (std::size_t i = 0; i < m.size(); ++i) find_forgotten(m[i], join(path, '[', i, ']'), found);
  } else if constexpr (!is_tensor<M>) {
    static_assert(std::is_aggregate_v<M>, "forgotten_members: modules are plain structs");
    std::vector<const void*> seen;
    M::visit(Listed{seen}, m);
    int index = 0;
    each_member(m, [&]<class Member>(const Member& member) {
      const std::string here = join(path, path.empty() ? "" : ".", index++);
      if constexpr (holds_tensors<Member>()) {
        if (std::find(seen.begin(), seen.end(), &member) == seen.end()) found.push_back(here);
        find_forgotten(member, here, found);
      }
    });
  }
}

}  // namespace detail

/// The members of a module, and of its parts, that hold tensors but are missing from the module's `visit`: they would
/// be neither trained nor saved. Named by their places in the structs: "2.0" is the first member of the third. For
/// tests of modules; modules are aggregates of up to 16 members.
template <class M>
std::vector<std::string> forgotten_members(const M& model) {
  std::vector<std::string> found;
  detail::find_forgotten(model, "", found);
  return found;
}

}  // namespace hadal
