// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/tensor.hpp>

#include <cstring>
#include <initializer_list>
#include <span>
#include <tuple>
#include <type_traits>

namespace hadal {

/// Where an op's backward puts the gradient of one input of type T, in elements of type G. False when nobody wants it.
template <class G, class D, class T = G>
class GradTarget {
 public:
  /// `apart` keeps this contribution in memory of its own until `finish`.
  explicit GradTarget(Slot* slot, bool apart = false) : slot_(slot), apart_(apart) {}

  explicit operator bool() const { return slot_ != nullptr; }
  /// The input's shape; the target must be wanted.
  const Shape& shape() const { return slot_->shape; }

  /// For a kernel: dense, of the input's shape; `add` is false for the first writer of this gradient, then true.
  HADAL_NOINLINE GradView<G> view() {
    if (!slot_) return {};
    const bool add = begin();
    return {value_.out(), add};
  }

  /// Adds a tensor of the input's shape. The first one is taken over without a copy.
  HADAL_NOINLINE void accumulate(const Tensor<G, D>& g) {
    if (!slot_) return;
    HADAL_CHECK(g.shape() == slot_->shape, ShapeError, "gradient: shape ", g.shape(), " for a tensor ", slot_->shape);
    if (direct() && !slot_->gradient.defined() && g.is_contiguous()) {
      slot_->gradient = g.detached();
      return;
    }
    const bool add = begin();
    if (add) add_strided(D{}, StridedView<G>{value_.data(), value_.shape(), value_.strides()}, g.strided_view());
    else copy_strided(D{}, StridedView<G>{value_.data(), value_.shape(), value_.strides()}, g.strided_view());
  }

  /// Adds `g` to the part of the gradient that `part` (a view op: whole -> part) picks; the rest gets zero.
  template <class Part>
  void accumulate_part(const Tensor<G, D>& g, const Part& part) {
    if (!slot_) return;
    if (!begin()) fill(D{}, value_.out(), G(0.0f));
    Tensor<G, D> p = part(value_);
    add_strided(D{}, StridedView<G>{p.data(), p.shape(), p.strides()}, g.strided_view());
  }

  /// Hands a gradient that had to be kept in another type to the slot. The tape calls this.
  HADAL_NOINLINE void finish(const char* op) {
    if (!slot_) return;
    if (value_.defined() && !direct()) {
      with_slot_type([&]<class S>(S) {
        Tensor<S, D> sum = slot_->gradient.defined() ? owned_gradient<S>() : Tensor<S, D>::zeros(slot_->shape);
        add_to(D{}, sum.out(), value_.view());
        slot_->gradient = sum;
      });
    }
    if (detail::number_checks && slot_->gradient.defined())
      with_slot_type([&]<class S>(S) {
        HADAL_CHECK(all_finite(D{}, Tensor<S, D>::wrap(slot_->gradient).view()), NumericError, op,
                    ": backward made a gradient of shape ", slot_->shape, " with NaN or infinity");
      });
  }

 private:
  bool direct() const { return !apart_ && slot_->gradient_type() == dtype_of<G>; }

  /// Makes value_ the memory to write into; true when it holds a gradient already.
  bool begin() {
    if (!direct()) {
      const bool add = value_.defined();
      if (!add) value_ = Tensor<G, D>::empty(slot_->shape);
      return add;
    }
    const bool add = slot_->gradient.defined();
    value_ = {};
    value_ = add ? owned_gradient<G>() : Tensor<G, D>::empty(slot_->shape);
    slot_->gradient = value_;
    return add;
  }

  /// The slot's gradient, copied if somebody else holds the same memory.
  template <class S>
  Tensor<S, D> owned_gradient() {
    Tensor<S, D> g = Tensor<S, D>::wrap(slot_->gradient);
    slot_->gradient = {};
    return g.storage().unique() ? g : g.clone();
  }

  /// Calls f with an element of the slot's type: the input's own, or the accumulator's for a leaf of half width.
  template <class F>
  void with_slot_type(const F& f) {
    if constexpr (!std::is_same_v<T, Accumulator<T>>)
      if (slot_->gradient_type() == dtype_of<T>) return f(T{});
    f(Accumulator<T>{});
  }

  Slot* slot_;
  bool apart_;
  Tensor<G, D> value_;
};

namespace detail {

template <class T, class G, class D>
struct Input {
  const Tensor<T, D>& tensor;
  using Target = GradTarget<G, D, T>;
};
/// A tensor to save, and its name. Knows its type only to give it back.
struct KeptBase {
  const char* name;
  const TensorBase& tensor;
};
template <class T, class D>
struct Kept : KeptBase {
  using Type = Tensor<T, D>;
};

template <class T, class D>
Input<T, T, D> as_input(const Tensor<T, D>& t) { return {t}; }
template <class T, class G, class D>
Input<T, G, D> as_input(const Input<T, G, D>& i) { return i; }

}  // namespace detail

/// Marks an input of `inputs` whose gradient the backward writes in the accumulator type (float for half widths):
/// weights, whose gradients are summed over many rows.
template <class T, class D>
detail::Input<T, Accumulator<T>, D> parameter(const Tensor<T, D>& t) { return {t}; }
/// The inputs gradients may flow to, in the order in which the backward names their targets.
template <class... Ts>
auto inputs(const Ts&... ts) { return std::make_tuple(detail::as_input(ts)...); }
/// A tensor the backward needs, with the name it has in error messages.
template <class T, class D>
detail::Kept<T, D> keep(const char* name, const Tensor<T, D>& t) { return {{name, t}}; }
template <class... Ks>
auto saved(const Ks&... ks) { return std::make_tuple(ks...); }
/// Several results of one op.
template <class... Ys>
std::tuple<Ys&...> outputs(Ys&... ys) { return {ys...}; }

namespace detail {

template <class T, class D>
void check_result(const char* op, const Tensor<T, D>& y) {
  if constexpr (is_real<T>)
    if (y.defined() && y.is_contiguous())
      HADAL_CHECK(all_finite(D{}, y.view()), NumericError, op, ": the result ", y.shape(), " has NaN or infinity");
}

inline void attach(TensorBase& y, const NodeRef& node) {
  HADAL_CHECK(!y.requires_grad(), GradError, node->op, ": its result already belongs to the graph",
              y.requires_grad() && y.slot()->producer ? join(" as the result of ", y.slot()->producer->op) : "",
              "; the graph would have a cycle");
  SlotRef slot(new Slot);
  slot->producer = node;
  slot->output = static_cast<int>(node->outputs.size());
  slot->shape = y.shape();
  slot->dtype = y.dtype();
  node->outputs.push_back(slot.get());
  y.set_slot(std::move(slot));
}

/// The half of `record` that knows no types. Null when nothing is to be recorded.
HADAL_NOINLINE inline Node* add_node(const char* op, void (*run)(Node&), const void* closure, std::size_t bytes,
                                     std::span<TensorBase* const> ys, std::span<const TensorBase* const> ins,
                                     std::initializer_list<KeptBase> kept) {
  if (!grad_enabled() || std::none_of(ins.begin(), ins.end(), [](auto* x) { return x->requires_grad(); }))
    return nullptr;
  const NodeRef node(new Node);
  node->id = next_node_id();
  node->op = op;
  node->run = run;
  std::memcpy(node->closure, closure, bytes);
  node->inputs.reserve(ins.size());
  for (const TensorBase* x : ins) node->inputs.push_back(x->slot());
  node->saved.reserve(kept.size());
  for (const KeptBase& k : kept) node->saved.push_back({k.name, k.tensor.detached(), k.tensor.version()});
  node->outputs.reserve(ys.size());
  for (TensorBase* y : ys) attach(*y, node);
  return node.get();  // the results hold it
}

/// The gradient of result i, moved out of its slot, so that adopting it downstream leaves one owner.
HADAL_NOINLINE inline TensorBase take_gradient(const Node& node, std::size_t i) {
  Slot* slot = node.outputs[i];
  return slot ? std::exchange(slot->gradient, {}) : TensorBase();
}

/// One tensor passed twice: a kernel may write both gradients at once, so they must not share memory.
HADAL_NOINLINE inline bool is_repeated(const Node& node, std::size_t i) {
  for (std::size_t j = 0; j < i; ++j)
    if (node.inputs[j] && node.inputs[j] == node.inputs[i]) return true;
  return false;
}

/// The typed half of a node: unpacks gradients, targets and saved tensors, and calls the op's backward.
template <class Fn, class YTuple, class InTuple, class KTuple>
struct Runner;
template <class Fn, class... Ys, class... Ins, class... Ks>
struct Runner<Fn, std::tuple<Ys&...>, std::tuple<Ins...>, std::tuple<Ks...>> {
  static void run(Node& node) {
    call(node, std::index_sequence_for<Ys...>{}, std::index_sequence_for<Ins...>{}, std::index_sequence_for<Ks...>{});
  }
  template <std::size_t... Y, std::size_t... I, std::size_t... K>
  static void call(Node& node, std::index_sequence<Y...>, std::index_sequence<I...>, std::index_sequence<K...>) {
    const Fn f = *reinterpret_cast<const Fn*>(node.closure);
    std::tuple<Ys...> dys{Ys::wrap(take_gradient(node, Y))...};
    std::tuple<typename Ins::Target...> targets{typename Ins::Target(node.inputs[I].get(), is_repeated(node, I))...};
    const std::tuple<typename Ks::Type...> kept{Ks::Type::wrap(node.saved_tensor(K))...};
    if (!node.retain) node.saved.clear();
    f(std::get<Y>(std::as_const(dys))..., std::get<I>(targets)..., std::get<K>(kept)...);
    dys = {};
    (std::get<I>(targets).finish(node.op), ...);
  }
};

}  // namespace detail

/// Records how gradients flow through an op that has just computed its results.
///
/// `backward` is called as backward(dy..., dx..., kept...): the gradients of the results (dense; undefined for a result
/// that got none, which cannot happen when there is only one), one GradTarget per input, and the saved tensors. It must
/// be trivially copyable, so it can hold numbers but no tensors. Nothing is kept when no input requires a gradient or
/// recording is off.
///
///   record("scale", y, inputs(x), saved(),
///          [factor](const auto& dy, auto& dx) { scale_backward(D{}, dx.view(), ...); });
template <class... Ys, class... Ins, class... Ks, class Fn>
void record(const char* op, std::tuple<Ys&...> ys, const std::tuple<Ins...>& ins, const std::tuple<Ks...>& ks,
            Fn backward) {
  static_assert(std::is_trivially_copyable_v<Fn>, "an op's backward holds numbers only: pass tensors through saved()");
  static_assert(sizeof(Fn) <= sizeof(Node::closure), "an op's backward holds too many constants");
  using Runner = detail::Runner<Fn, std::tuple<Ys&...>, std::tuple<Ins...>, std::tuple<Ks...>>;
  [&]<std::size_t... Y, std::size_t... I, std::size_t... K>(std::index_sequence<Y...>, std::index_sequence<I...>,
                                                            std::index_sequence<K...>) {
    if (detail::number_checks) (detail::check_result(op, std::get<Y>(ys)), ...);
    const TensorBase* const tensors[] = {&std::get<I>(ins).tensor...};
    TensorBase* const results[] = {&std::get<Y>(ys)...};
    detail::add_node(op, &Runner::run, &backward, sizeof(Fn), results, tensors, {std::get<K>(ks)...});
  }(std::index_sequence_for<Ys...>{}, std::index_sequence_for<Ins...>{}, std::index_sequence_for<Ks...>{});
}

template <class T, class D, class... Ins, class... Ks, class Fn>
void record(const char* op, Tensor<T, D>& y, const std::tuple<Ins...>& ins, const std::tuple<Ks...>& ks, Fn backward) {
  record(op, outputs(y), ins, ks, backward);
}

namespace detail {

template <class Fn, class T, class D>
struct ListRunner {
  static void run(Node& node) {
    const Fn f = *reinterpret_cast<const Fn*>(node.closure);
    std::vector<GradTarget<T, D>> targets;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      targets.emplace_back(node.inputs[i].get(), is_repeated(node, i));
    {
      const auto dy = Tensor<T, D>::wrap(take_gradient(node, 0));
      f(dy, targets, *static_cast<const std::vector<Shape>*>(node.state.get()));
    }
    for (auto& target : targets) target.finish(node.op);
  }
};

}  // namespace detail

/// The same for an op of any number of inputs of one type that saves nothing: backward(dy, targets, shapes), with a
/// vector of one target for each input and one of their shapes.
template <class T, class D, class Fn>
void record(const char* op, Tensor<T, D>& y, const std::vector<Tensor<T, D>>& ins, Fn backward) {
  static_assert(std::is_trivially_copyable_v<Fn> && sizeof(Fn) <= sizeof(Node::closure));
  if (detail::number_checks) detail::check_result(op, y);
  std::vector<const TensorBase*> tensors;
  for (const auto& x : ins) tensors.push_back(&x);
  TensorBase* const result = &y;
  Node* node = detail::add_node(op, &detail::ListRunner<Fn, T, D>::run, &backward, sizeof(Fn), {&result, 1}, tensors,
                                {});
  if (!node) return;
  auto shapes = std::make_shared<std::vector<Shape>>();
  for (const auto& x : ins) shapes->push_back(x.shape());
  node->state = std::move(shapes);
}

template <class T, class D>
void Tensor<T, D>::backward(const Tensor& seed, bool retain_graph) const {
  HADAL_CHECK(slot_, GradError, "backward: the tensor ", shape_,
              " does not depend on anything that requires a gradient");
  if (seed.defined())
    HADAL_CHECK(seed.shape() == shape_, ShapeError, "backward: the seed ", seed.shape(),
                " must have the tensor's shape ", shape_);
  else
    HADAL_CHECK(size() == 1, ShapeError, "backward: a tensor ", shape_,
                " of more than one element needs a seed gradient");
  Tensor g = seed.defined() ? seed.detach().contiguous() : Tensor::ones(shape_);
  if (!slot_->leaf()) return run_backward({slot_}, {std::move(g)}, retain_graph);
  GradTarget<T, D> self(slot_.get());
  self.accumulate(g);
  self.finish("backward");
  detail::call_hooks(*slot_);
}

}  // namespace hadal
