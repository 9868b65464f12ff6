// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/tensor.hpp>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace hadal {

/// What a module's tensor is for: trained by the optimizer; saved but not trained; moved with the module but not saved.
enum class Role { trained, buffer, constant };

/// Where a walk is: a tensor's published name and its role.
struct Place {
  std::string name;
  Role role = Role::trained;
  /// For a stacked tensor, which is published as one tensor per entry of its first axis: the parts of the name before
  /// and after the number.
  bool stacked = false;
  std::string before, after;

  /// The published name of entry i.
  std::string entry(std::int64_t i) const { return before + std::to_string(i) + after; }
};

namespace detail {

template <class M>
inline constexpr bool is_tensor = std::is_base_of_v<TensorBase, std::remove_cv_t<M>>;
template <class M>
inline constexpr bool is_optional = false;
template <class M>
inline constexpr bool is_optional<std::optional<M>> = true;
template <class M>
inline constexpr bool is_list = false;
template <class M>
inline constexpr bool is_list<std::vector<M>> = true;
template <class M, std::size_t N>
inline constexpr bool is_list<std::array<M, N>> = true;
template <class M>
inline constexpr bool is_tuple = false;
template <class... M>
inline constexpr bool is_tuple<std::tuple<M...>> = true;
template <class A, class B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;
template <class... M>
using First = std::remove_cv_t<std::tuple_element_t<0, std::tuple<M...>>>;

/// The visitor handed to a module's `visit`: it knows the path so far and what to do with each tensor.
template <class F>
class Walker {
 public:
  Walker(F& f, std::set<const void*>& seen, std::string path, Role role)
      : f_(f), seen_(seen), path_(std::move(path)), role_(role) {}

  /// A trained tensor, or a part (module, list, optional) with tensors of its own.
  template <class... M>
  void operator()(const std::string& name, M&... m) { enter(name, role_, m...); }
  /// Saved, not trained.
  template <class... M>
  void buffer(const std::string& name, M&... m) { enter(name, Role::buffer, m...); }
  /// Neither trained nor saved.
  template <class... M>
  void constant(const std::string& name, M&... m) { enter(name, Role::constant, m...); }
  /// A trained tensor whose first axis runs over `list` entries, each published as `<list>.<i>.<name>`.
  template <class... M>
  void stacked(const std::string& list, const std::string& name, M&... m) {
    Place place{path_ + list + "." + name, role_, true, path_ + list + ".", "." + name};
    leaf(place, m...);
  }

  template <class... M>
  void enter(const std::string& name, Role role, M&... m) {
    using Head = First<M...>;
    if constexpr (is_tensor<Head>) {
      leaf(Place{path_ + name, role, false, {}, {}}, m...);
    } else if constexpr (is_optional<Head>) {
      const bool any = (m.has_value() || ...), all = (m.has_value() && ...);
      HADAL_CHECK(any == all, ValueError, "walk: '", path_, name, "' is present in one model and absent in the other");
      if (all) enter(name, role, *m...);
    } else if constexpr (is_list<Head>) {
      const std::size_t n = std::get<0>(std::tie(m...)).size();
      HADAL_CHECK(((m.size() == n) && ...), ValueError, "walk: '", path_, name, "' has different lengths");
      for (std::size_t i = 0; i < n; ++i) enter(name.empty() ? std::to_string(i) : name + "." + std::to_string(i), role, m[i]...);
    } else if constexpr (is_tuple<Head>) {
      enter_tuple(name, role, std::make_index_sequence<std::tuple_size_v<Head>>{}, m...);
    } else {
      Head::visit(Walker(f_, seen_, name.empty() ? path_ : path_ + name + ".", role), m...);
    }
  }

 private:
  template <std::size_t... I, class... M>
  void enter_tuple(const std::string& name, Role role, std::index_sequence<I...>, M&... m) {
    const auto at = [&](auto i, std::size_t n) { enter(join(name, name.empty() ? "" : ".", n), role, std::get<i>(m)...); };
    (at(std::integral_constant<std::size_t, I>{}, I), ...);
  }

  template <class... M>
  void leaf(const Place& place, M&... m) {
    const TensorBase& head = std::get<0>(std::tie(m...));
    if (head.defined() && head.size() > 0 && !seen_.insert(head.data_address()).second) return;
    f_(place, m...);
  }

  F& f_;
  std::set<const void*>& seen_;
  std::string path_;
  Role role_;
};

}  // namespace detail

/// Calls f(place, tensor...) for every tensor of a module, in the order of its listing; with several modules of the
/// same structure, for the tensors in step. Element types and devices may differ between them. A tensor that is shared
/// inside the first module (tied weights) is visited once, where it comes first. Tensors, lists, tuples and optionals
/// of modules are walked too.
template <class F, class... M>
void walk(F&& f, M&... modules) {
  std::set<const void*> seen;
  detail::Walker<F>(f, seen, "", Role::trained).enter("", Role::trained, modules...);
}

}  // namespace hadal
