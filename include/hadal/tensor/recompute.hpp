// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/record.hpp>
#include <hadal/tensor/walk.hpp>

#include <tuple>

namespace hadal {

namespace detail {

/// Calls f(tensor) for the tensors among `m`'s parts that can have gradients.
template <class F, class M>
void each_real(M& m, const F& f) {
  if constexpr (is_tensor<M>) {
    if constexpr (is_real<typename M::value_type>) {
      if (m.defined()) f(m);
    }
  } else if constexpr (requires { std::remove_cv_t<M>::visit(0, m); } || is_list<std::remove_cv_t<M>> ||
                       is_optional<std::remove_cv_t<M>> || is_tuple<std::remove_cv_t<M>>) {
    walk([&](const Place&, auto& t) { each_real(t, f); }, m);
  }
}

/// A module and its arguments, held outside the graph until they are needed again.
template <class M, class... A>
struct Replay {
  M module;
  std::tuple<A...> args;

  template <class F>
  void each_input(const F& f) {
    std::apply([&](auto&... a) { (each_real(a, f), ...); }, args);
    each_real(module, f);
  }

  static void run(Node& node) {
    auto& self = *static_cast<Replay*>(node.state.get());
    Replay again = self;  // fresh leaves, so that a retained graph can run twice
    std::size_t at = 0;
    again.each_input([&](auto& t) {
      t = t.detach();
      if (node.inputs[at++]) t.set_requires_grad();
    });
    std::vector<SlotRef> roots;
    std::vector<TensorBase> seeds;
    {
      GradMode on(true);
      auto result = std::apply([&](auto&... a) { return again.module(a...); }, again.args);
      std::size_t k = 0;
      each_real(result, [&](auto& y) {
        Slot* out = node.outputs[k++];
        if (!out || !out->gradient.defined() || !y.slot()) return;
        roots.push_back(y.slot());
        seeds.push_back(out->gradient);
      });
    }
    if (roots.empty()) return;
    run_backward(roots, seeds, false);
    at = 0;
    again.each_input([&]<class T, class D>(Tensor<T, D>& t) {
      GradTarget<Accumulator<T>, D, T> target(node.inputs[at++].get());
      if (target && t.grad().defined()) {
        target.accumulate(t.grad());
        t.zero_grad();
        target.finish(node.op);
      }
    });
  }
};

}  // namespace detail

/// module(args...), without keeping what its ops save: backward computes the call again (activation checkpointing,
/// Chen et al. 2016). The result may be a tensor or anything `walk` can walk; arguments that are tensors get
/// gradients. The module must compute the same again, as it does when its random ops take keys.
template <class M, class... A>
auto recompute(const M& module, const A&... args) {
  if (!grad_enabled()) return module(args...);
  using State = detail::Replay<M, A...>;
  auto state = std::make_shared<State>(State{module, {args...}});
  NodeRef node(new Node);
  bool wanted = false;
  state->each_input([&](auto& t) {
    node->inputs.push_back(t.slot());
    wanted = wanted || t.requires_grad();
    t = t.detach();
  });
  auto result = no_grad([&] { return module(args...); });
  if (!wanted) return result;
  node->id = detail::next_node_id();
  node->op = "recompute";
  node->run = &State::run;
  node->state = state;
  detail::each_real(result, [&](auto& y) { detail::attach(y, node); });
  return result;
}

}  // namespace hadal
