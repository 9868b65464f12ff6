// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/tensor.hpp>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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

/// Where a walk is: the half of a Walker that knows no types.
class WalkPath {
 public:
  /// Goes down to a part; takes back with `leave` what this returns.
  HADAL_NOINLINE std::size_t enter(std::string_view name) {
    const std::size_t before = path_.size();
    path_ = below(name);
    return before;
  }
  HADAL_NOINLINE std::size_t enter(std::string_view name, std::size_t i) {
    const std::size_t before = enter(name);
    enter(std::to_string(i));
    return before;
  }
  HADAL_NOINLINE void leave(std::size_t before) { path_.resize(before); }

  HADAL_NOINLINE Place place(std::string_view name, Role role) const { return {below(name), role, false, {}, {}}; }
  HADAL_NOINLINE Place stacked(std::string_view list, std::string_view name, Role role) const {
    const std::string whole = below(list);
    return {join(whole, ".", name), role, true, whole + ".", join(".", name)};
  }
  HADAL_NOINLINE void need_alike(bool alike, std::string_view name, const char* difference) const {
    HADAL_CHECK(alike, ValueError, "walk: '", below(name), "' ", difference);
  }
  /// True the first time a tensor is met.
  HADAL_NOINLINE bool is_new(const TensorBase& t) {
    return !t.defined() || t.size() == 0 || seen_.insert(t.data_address()).second;
  }

 private:
  std::string below(std::string_view name) const {
    return join(path_, path_.empty() || name.empty() ? "" : ".", name);
  }

  std::set<const void*> seen_;
  std::string path_;
};

/// The visitor handed to a module's `visit`: it knows the path so far and what to do with each tensor.
template <class F>
class Walker {
 public:
  Walker(F& f, WalkPath& path, Role role) : f_(f), path_(path), role_(role) {}

  /// A trained tensor, or a part (module, list, optional) with tensors of its own.
  template <class... M>
  void operator()(std::string_view name, M&... m) { enter(name, role_, m...); }
  /// Saved, not trained.
  template <class... M>
  void buffer(std::string_view name, M&... m) { enter(name, Role::buffer, m...); }
  /// Neither trained nor saved.
  template <class... M>
  void constant(std::string_view name, M&... m) { enter(name, Role::constant, m...); }
  /// A trained tensor whose first axis runs over `list` entries, each published as `<list>.<i>.<name>`.
  template <class... M>
  void stacked(std::string_view list, std::string_view name, M&... m) { leaf(path_.stacked(list, name, role_), m...); }

  template <class... M>
  HADAL_NOINLINE void enter(std::string_view name, Role role, M&... m) {
    using Head = First<M...>;
    if constexpr (is_tensor<Head>) {
      leaf(path_.place(name, role), m...);
    } else if constexpr (is_optional<Head>) {
      const bool any = (m.has_value() || ...), all = (m.has_value() && ...);
      path_.need_alike(any == all, name, "is present in one model and absent in the other");
      if (all) enter(name, role, *m...);
    } else if constexpr (is_list<Head>) {
      const std::size_t n = std::get<0>(std::tie(m...)).size();
      path_.need_alike(((m.size() == n) && ...), name, "has different lengths");
      for (std::size_t i = 0; i < n; ++i) entry(name, i, role, m[i]...);
    } else if constexpr (is_tuple<Head>) {
      enter_tuple(name, role, std::make_index_sequence<std::tuple_size_v<Head>>{}, m...);
    } else {
      const std::size_t before = path_.enter(name);
      Head::visit(Walker(f_, path_, role), m...);
      path_.leave(before);
    }
  }

 private:
  template <class... M>
  void entry(std::string_view name, std::size_t i, Role role, M&... m) {
    const std::size_t before = path_.enter(name, i);
    enter("", role, m...);
    path_.leave(before);
  }
  template <std::size_t... I, class... M>
  void enter_tuple(std::string_view name, Role role, std::index_sequence<I...>, M&... m) {
    const auto at = [&](auto i) { entry(name, i, role, std::get<i>(m)...); };
    (at(std::integral_constant<std::size_t, I>{}), ...);
  }

  template <class... M>
  void leaf(const Place& place, M&... m) {
    if (path_.is_new(std::get<0>(std::tie(m...)))) f_(place, m...);
  }

  F& f_;
  WalkPath& path_;
  Role role_;
};

}  // namespace detail

/// Calls f(place, tensor...) for every tensor of a module, in the order of its listing; with several modules of the
/// same structure, for the tensors in step. Element types and devices may differ between them. A tensor that is shared
/// inside the first module (tied weights) is visited once, where it comes first. Tensors, lists, tuples and optionals
/// of modules are walked too.
template <class F, class... M>
void walk(F&& f, M&... modules) {
  detail::WalkPath path;
  detail::Walker<F>(f, path, Role::trained).enter("", Role::trained, modules...);
}

}  // namespace hadal
