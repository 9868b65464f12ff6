// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/random.hpp>
#include <hadal/core/view.hpp>
#include <hadal/cpu/copy.hpp>
#include <hadal/cpu/fill.hpp>
#include <hadal/cpu/reductions.hpp>
#include <hadal/fwd.hpp>
#include <hadal/tensor/hollow.hpp>
#include <hadal/tensor/tape.hpp>

#include <initializer_list>
#include <optional>
#include <vector>

namespace hadal {

// What a typed tensor does that needs no types, compiled once.
namespace detail {

HADAL_NOINLINE inline void need_type(const TensorBase& base, DType type, DeviceKind device) {
  if (base.defined())
    HADAL_CHECK(base.dtype() == type && base.device() == device, TypeError, "tensor: expected elements of type ", type,
                ", got ", base.dtype());
}
HADAL_NOINLINE inline std::int64_t dense_row_stride(const TensorBase& t) {
  std::int64_t stride;
  HADAL_CHECK(t.has_dense_rows(stride), ShapeError, "view: rows of shape ", t.shape(), " with strides ", t.strides(),
              " are not dense; call contiguous()");
  return stride;
}
HADAL_NOINLINE inline std::size_t bytes_for(const Shape& shape, std::size_t element) {
  for (std::int64_t n : shape) HADAL_CHECK(n >= 0, ShapeError, "tensor: sizes must not be negative, got ", shape);
  return static_cast<std::size_t>(shape.size()) * element;
}

}  // namespace detail

/// An array of T with a run-time shape on device D, and a gradient when asked. A handle: copies share the elements;
/// `clone` copies them. Made of the six element types of core/scalar.hpp.
template <class T, class D>
class Tensor : public TensorBase {
 public:
  using value_type = T;
  using device_type = D;

  /// "None": a tensor that is not there.
  Tensor() = default;

  /// The typed shell around an untyped tensor. Throws TypeError unless element type and device agree.
  static Tensor wrap(const TensorBase& base) {
    detail::need_type(base, dtype_of<T>, D::kind);
    return Tensor(base);
  }

  // ---- making ------------------------------------------------------------------------------------------------------

  /// Uninitialised elements.
  static Tensor empty(const Shape& shape) { return made(shape, false); }
  HADAL_NOINLINE static Tensor full(const Shape& shape, double value) {
    Tensor t = made(shape, detail::making_hollow);
    if (!t.is_hollow()) fill(D{}, t.out(), static_cast<T>(value));
    return t;
  }
  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor ones(const Shape& shape) { return full(shape, 1); }
  /// Copies `values`, given in row-major order. Throws ShapeError unless there are as many as the shape asks for.
  static Tensor from(const T* values, std::size_t count, const Shape& shape) {
    HADAL_CHECK(shape.size() == static_cast<std::int64_t>(count), ShapeError, "tensor: shape ", shape, " needs ",
                shape.size(), " values, got ", count);
    Tensor t = empty(shape);
    copy_from_host(D{}, t.data_address(), values, count * sizeof(T));
    return t;
  }
  static Tensor from(const std::vector<T>& values, const Shape& shape)
    requires(!std::is_same_v<T, bool>)
  {
    return from(values.data(), values.size(), shape);
  }
  static Tensor from(const std::vector<T>& values)
    requires(!std::is_same_v<T, bool>)
  {
    return from(values, {static_cast<std::int64_t>(values.size())});
  }
  static Tensor from(std::initializer_list<T> values, const Shape& shape) {
    return from(values.begin(), values.size(), shape);
  }
  /// Independent normal numbers; element i depends on the key and i alone.
  HADAL_NOINLINE static Tensor normal(const Shape& shape, Key key, double mean = 0, double deviation = 1) {
    Tensor t = made(shape, detail::making_hollow);
    if (!t.is_hollow()) fill_normal(D{}, t.out(), key, mean, deviation);
    return t;
  }
  HADAL_NOINLINE static Tensor uniform(const Shape& shape, Key key, double low = 0, double high = 1) {
    Tensor t = made(shape, detail::making_hollow);
    if (!t.is_hollow()) fill_uniform(D{}, t.out(), key, low, high);
    return t;
  }
  /// 0, 1, .. n-1.
  static Tensor arange(std::int64_t n) {
    std::vector<T> values(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = static_cast<T>(static_cast<float>(i));
    if constexpr (!is_real<T>)
      for (std::int64_t i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = static_cast<T>(i);
    return from(values, {n});
  }

  // ---- reading and writing elements --------------------------------------------------------------------------------

  /// For kernels. Throws ShapeError when the rows are not dense: ops call `contiguous` first.
  View<const T> view() const {
    const View<T> v = raw_view();
    return {v.data, v.shape, v.row_stride};
  }
  StridedView<const T> strided_view() const { return {data(), shape_, strides_}; }
  /// For writing a tensor that an op has just made.
  View<T> out() { return raw_view(); }
  /// For writing in place into a tensor that others may know: counts as a change for the ops that saved it. Throws
  /// GradError for a tensor that requires grad while ops are recorded.
  View<T> mutable_view() {
    note_write();
    return raw_view();
  }
  StridedView<T> mutable_strided_view() {
    note_write();
    return {data(), shape_, strides_};
  }
  T* data() const { return static_cast<T*>(data_address()); }

  /// All elements in row-major order, on the host.
  std::vector<T> to_vector() const
    requires(!std::is_same_v<T, bool>)
  {
    HADAL_CHECK(defined(), ValueError, "to_vector: the tensor is not defined");
    const Tensor dense = contiguous_values();
    std::vector<T> values(static_cast<std::size_t>(size()));
    copy_to_host(D{}, values.data(), dense.data_address(), dense.bytes());
    return values;
  }
  /// The one element of a tensor of size 1, on the host.
  T item() const {
    HADAL_CHECK(defined() && size() == 1, ShapeError, "item: the tensor must have one element, got shape ", shape_);
    T value;
    copy_to_host(D{}, &value, data_address(), sizeof(T));
    return value;
  }
  /// One element, on the host.
  T at(std::initializer_list<std::int64_t> index) const {
    HADAL_CHECK(static_cast<int>(index.size()) == rank(), IndexError, "at: ", index.size(), " indices for shape ",
                shape_);
    std::int64_t where = 0;
    int axis = 0;
    for (std::int64_t i : index) {
      HADAL_CHECK(i >= 0 && i < shape_.dims[axis], IndexError, "at: index ", i, " of axis ", axis, " is outside of ",
                  shape_);
      where += i * strides_.dims[axis++];
    }
    T value;
    copy_to_host(D{}, &value, data() + where, sizeof(T));
    return value;
  }

  // ---- layout (tensor/views.hpp); all share the elements and let gradients through ----------------------------------

  /// Another shape over the same elements in row-major order; one size may be -1. Copies only when strides ask for it.
  Tensor reshape(Shape shape) const;
  /// Axis i of the result is axis `axes[i]` of this one.
  Tensor permute(const std::vector<int>& axes) const;
  /// Exchanges two axes.
  Tensor transpose(int a = -2, int b = -1) const;
  /// Elements begin, begin + step, .. below end of an axis; negative bounds count from the back.
  Tensor slice(int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const;
  /// Element i of an axis, which disappears.
  Tensor select(int axis, std::int64_t i) const;
  /// A new axis of size 1 before `axis`.
  Tensor unsqueeze(int axis) const;
  /// Drops an axis of size 1.
  Tensor squeeze(int axis) const;
  /// Stretches axes of size 1, and adds axes in front, to `shape`, without copying.
  Tensor expand(const Shape& shape) const;
  /// This tensor, copied if its elements are not in row-major order without gaps.
  Tensor contiguous() const;
  /// This tensor, copied if its rows are not dense and equally spaced (see View).
  Tensor dense_rows() const {
    std::int64_t stride;
    return has_dense_rows(stride) ? *this : contiguous();
  }
  /// A deep copy outside the graph.
  HADAL_NOINLINE Tensor clone() const {
    Tensor t = empty(shape_);
    copy_strided(D{}, StridedView<T>{t.data(), t.shape_, t.strides_}, strided_view());
    return t;
  }
  /// The same elements outside the graph.
  Tensor detach() const { return wrap(detached()); }

  // ---- gradients ---------------------------------------------------------------------------------------------------

  /// The type a leaf's gradient has.
  using Gradient = Tensor<std::conditional_t<is_real<T>, Accumulator<T>, T>, D>;

  /// Makes this tensor a leaf that collects gradients, or stops that.
  Tensor& set_requires_grad(bool on = true) {
    static_assert(is_real<T>, "only float, double, bf16 and half tensors have gradients");
    if (!on) slot_ = {};
    else if (!slot_) {
      slot_ = SlotRef(new Slot);
      slot_->shape = shape_;
      slot_->dtype = dtype_;
    }
    return *this;
  }
  /// The collected gradient of a leaf; undefined before the first backward.
  Gradient grad() const { return slot_ ? Gradient::wrap(slot_->gradient) : Gradient{}; }
  void zero_grad() const {
    if (slot_) slot_->gradient = {};
  }
  /// Adds the gradients of this tensor (one element, unless `seed` gives its gradient) to all leaves it depends on.
  void backward(const Tensor& seed = {}, bool retain_graph = false) const;
  /// Calls `hook` with this tensor's gradient when it is complete, in every backward.
  void on_gradient(GradHook hook) const {
    HADAL_CHECK(slot_, GradError, "on_gradient: the tensor requires no gradient");
    slot_->hooks.push_back(std::move(hook));
  }

 private:
  HADAL_NOINLINE static Tensor made(const Shape& shape, bool hollow) {
    const std::size_t bytes = detail::bytes_for(shape, sizeof(T));
    return Tensor(TensorBase(hollow ? detail::hollow_storage(bytes, D::kind) : allocate(D{}, bytes), shape,
                             dense_strides(shape), 0, dtype_of<T>, D::kind));
  }
  explicit Tensor(const TensorBase& base) : TensorBase(base) {}
  View<T> raw_view() const { return {data(), shape_, detail::dense_row_stride(*this)}; }
  void note_write() const {
    HADAL_CHECK(!slot_ || !grad_enabled(), GradError, "in-place write: the tensor ", shape_,
                " requires grad; write under no_grad or into a detached copy");
    bump_version();
  }
  Tensor contiguous_values() const { return is_contiguous() ? *this : clone(); }
};

}  // namespace hadal
