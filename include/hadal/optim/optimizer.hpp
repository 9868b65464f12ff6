// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/convert.hpp>
#include <hadal/optim/parameter_group.hpp>

#include <algorithm>
#include <cmath>

namespace hadal {

class Optimizer;

/// An optimizer for a model's trained tensors; each goes to the first group that takes it. Throws ValueError naming a
/// parameter no group takes or a name in a group that no parameter has, GradError when `trainable` was not called.
template <class M>
Optimizer make_optimizer(const M& model, std::vector<ParameterGroup> groups = {ParameterGroup{}});

/// Changes a model's parameters along their gradients, each by the algorithm of its group. Knows neither element types
/// nor devices: what is typed hides behind one function a parameter. Holds handles to the parameters, so it must be
/// made after `trainable` and used with the same model.
class Optimizer {
 public:
  /// One step with the given learning rate. Throws ValueError for a rate that is negative or not finite, GradError
  /// naming a parameter without gradient; then nothing has changed.
  void step(double lr) {
    HADAL_CHECK(std::isfinite(lr) && lr >= 0, ValueError,
                "optimizer: the learning rate must be finite and not negative, got ", lr);
    for (const Entry& e : entries_) {
      const SlotRef& slot = e.parameter.tensor.slot();
      HADAL_CHECK(slot && slot->gradient.defined(), GradError, "optimizer: '", e.parameter.place.name, "' ",
                  e.parameter.tensor.shape(), " has no gradient");
      HADAL_CHECK(slot->gradient.shape() == e.parameter.tensor.shape(), ShapeError, "optimizer: the gradient of '",
                  e.parameter.place.name, "' must be ", e.parameter.tensor.shape(), ", got ", slot->gradient.shape());
    }
    GradMode off(false);
    const std::int64_t t = ++*steps_.mutable_view().data;
    for (Entry& e : entries_) e.update(e, groups_[e.group], lr, t);
  }

  /// Steps made so far.
  std::int64_t steps() const { return steps_.item(); }

  /// All that a resumed run needs beside the weights, as handles: "step", and for every parameter its state tensors
  /// as <parameter>.<what>. Load by writing into them.
  std::vector<NamedTensor> state() const {
    std::vector<NamedTensor> list{{{"step", Role::buffer, false, {}, {}}, steps_}};
    for (const Entry& e : entries_)
      for (const auto& [what, tensor] : e.state)
        list.push_back({{e.parameter.place.name + "." + what, Role::buffer, false, {}, {}}, tensor});
    return list;
  }

 private:
  struct Entry {
    NamedTensor parameter;
    std::size_t group;
    std::vector<std::pair<std::string, TensorBase>> state;  // the algorithm's, then the master if there is one
    void (*update)(Entry&, const ParameterGroup&, double lr, std::int64_t step);
  };

  template <class T, class D>
  static Entry make_entry(const Place& place, const Tensor<T, D>& weight, std::size_t group,
                          const Algorithm& algorithm) {
    using A = Accumulator<T>;
    Entry e{{place, weight}, group, {}, &run<T, D>};
    std::visit([&](const auto& a) {
      a.check(place.name, weight.shape());
      for (const char* what : a.state()) e.state.emplace_back(what, Tensor<A, D>::zeros(weight.shape()));
    }, algorithm);
    if constexpr (!std::is_same_v<A, T>) {
      Tensor<A, D> master = Tensor<A, D>::empty(weight.shape());
      convert(D{}, master.out(), weight.view());
      e.state.emplace_back("master", master);
    }
    return e;
  }

  template <class T, class D>
  static void run(Entry& e, const ParameterGroup& group, double lr, std::int64_t step) {
    using A = Accumulator<T>;
    Update<T, D> u{Tensor<T, D>::wrap(e.parameter.tensor), {}, Tensor<A, D>::wrap(e.parameter.tensor.slot()->gradient),
                   {}, lr * group.lr_scale, group.weight_decay, step};
    for (const auto& [what, tensor] : e.state) u.state.push_back(Tensor<A, D>::wrap(tensor));
    if constexpr (!std::is_same_v<A, T>) {
      u.master = u.state.back();
      u.state.pop_back();
    }
    std::visit([&](const auto& algorithm) { algorithm.update(u); }, group.algorithm);
  }

  template <class M>
  friend Optimizer make_optimizer(const M& model, std::vector<ParameterGroup> groups);

  std::vector<ParameterGroup> groups_;
  std::vector<Entry> entries_;
  Tensor<std::int64_t, Cpu> steps_ = Tensor<std::int64_t, Cpu>::zeros({});  // a tensor, to be saved like the rest
};

template <class M>
Optimizer make_optimizer(const M& model, std::vector<ParameterGroup> groups) {
  Optimizer o;
  const std::vector<NamedTensor> all = parameters(model);
  for (const ParameterGroup& g : groups) {
    HADAL_CHECK(std::isfinite(g.lr_scale) && g.lr_scale >= 0 && std::isfinite(g.weight_decay) && g.weight_decay >= 0,
                ValueError, "make_optimizer: lr_scale and weight_decay must be finite and not negative, got ",
                g.lr_scale, " and ", g.weight_decay);
    for (const std::string& name : g.names)
      HADAL_CHECK(std::any_of(all.begin(), all.end(), [&](const NamedTensor& p) { return p.place.name == name; }),
                  ValueError, "make_optimizer: a group names '", name, "', which is no parameter of the model");
  }
  const auto group_of = [&](const NamedTensor& p) {
    const auto takes = [&](const ParameterGroup& g) {
      if (g.names.empty() && !g.takes) return true;
      return std::find(g.names.begin(), g.names.end(), p.place.name) != g.names.end() || (g.takes && g.takes(p));
    };
    const auto it = std::find_if(groups.begin(), groups.end(), takes);
    HADAL_CHECK(it != groups.end(), ValueError, "make_optimizer: no group takes '", p.place.name, "' ",
                p.tensor.shape());
    return static_cast<std::size_t>(it - groups.begin());
  };
  walk([&]<class T, class D>(const Place& place, const Tensor<T, D>& t) {
    if constexpr (is_real<T>) {
      if (place.role != Role::trained || !t.defined()) return;
      HADAL_CHECK(t.requires_grad() && t.is_contiguous(), GradError, "make_optimizer: '", place.name,
                  "' must be contiguous and collect gradients; call trainable(model) first");
      const std::size_t g = group_of({place, t});
      o.entries_.push_back(Optimizer::make_entry(place, t, g, groups[g].algorithm));
    }
  }, model);
  o.groups_ = std::move(groups);
  return o;
}

}  // namespace hadal
