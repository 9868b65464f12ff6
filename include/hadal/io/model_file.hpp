// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/io/map_elements.hpp>
#include <hadal/io/published.hpp>
#include <hadal/io/read_elements.hpp>
#include <hadal/io/weights.hpp>
#include <hadal/tensor/tensor.hpp>

#include <atomic>
#include <functional>
#include <unordered_set>

namespace hadal {

/// How load_model treats what it finds.
struct LoadOptions {
  /// Hollow tensors (tensor/hollow.hpp) use the mapped file itself where it holds their type. Their pages are read when
  /// touched and copied when written; the files must not be overwritten meanwhile (replaced they may be).
  bool in_place = true;
  /// How matrices in FP8 are cut.
  Fp8Blocks blocks = {};
  /// Names that may be there as well, each a copy of another tensor; they are compared, byte for byte.
  std::vector<std::pair<std::string, std::string>> copies = {};
  bool compare_copies = true;
  /// Says which other tensors are to be left alone.
  std::function<bool(std::string_view)> ignore = {};
};

namespace detail {

/// The scales that go with an entry, or null.
inline const StoredTensor* scale_of(const StoredTensors& source, const StoredTensor& e) {
  return is_fp8(e) ? source.find(e.name + scale_suffix) : nullptr;
}

/// Gives a hollow tensor the mapped files as its memory, if they can be that.
template <class T>
bool use_in_place(const StoredTensors& source, const std::vector<PublishedPart>& parts, bool stacked,
                  Tensor<T, Cpu>& t) {
  std::vector<const StoredTensor*> entries;
  for (const PublishedPart& p : parts) entries.push_back(&source.at(p.name));
  const MappedElements mapped = map_elements<T>(entries);
  if (!mapped.storage) return false;
  fill_hollow(*t.storage(), mapped.storage);
  Shape strides = t.strides();
  if (stacked) strides[0] = mapped.step;
  const SlotRef slot = t.slot();
  t = Tensor<T, Cpu>::wrap(TensorBase(t.storage(), t.shape(), strides, 0, dtype_of<T>, DeviceKind::cpu));
  t.set_slot(slot);
  return true;
}

inline void compare_copy(const StoredTensors& source, const StoredTensor& copy, const StoredTensor& original) {
  std::atomic<bool> same = copy.type == original.type && copy.shape == original.shape;
  if (same)
    each_piece(copy, std::ssize(copy.bytes), 1, 1, [&](std::int64_t i, std::int64_t n) {
      const auto at = static_cast<std::size_t>(i), size = static_cast<std::size_t>(n);
      if (std::memcmp(copy.bytes.data() + at, original.bytes.data() + at, size) != 0) same = false;
      if (original.file) original.file->forget(original.bytes.subspan(at, size));
    });
  HADAL_CHECK(same, FileError, source.place_of(copy), ": tensor '", copy.name, "' must be a copy of '", original.name,
              "', but differs");
}

}  // namespace detail

/// Checks that a source holds every trained tensor and buffer of a model, in its shape and in a type that can be read,
/// and nothing else; only headers are looked at. Throws FileError naming file and tensor.
template <class M>
void check_model(const StoredTensors& source, const M& model, const LoadOptions& options = {}) {
  std::unordered_set<std::string_view> known;
  walk([&]<class T, class D>(const Place& place, const Tensor<T, D>& t) {
    if (place.role == Role::constant || !t.defined()) return;
    for (const PublishedPart& p : published_parts({place, t})) {
      const StoredTensor& e = source.at(p.name);
      const StoredTensor* scale = detail::scale_of(source, e);
      HADAL_CHECK(e.shape == p.shape, FileError, source.place_of(e), ": tensor '", p.name, "' must be ", p.shape,
                  ", is ", e.shape);
      detail::check_readable<T>(source, e, scale, options.blocks);
      known.insert(e.name);
      if (scale) known.insert(scale->name);
    }
  }, model);
  for (const auto& [copy, original] : options.copies)
    if (const StoredTensor* e = source.find(copy)) {
      source.at(original);
      known.insert(e->name);
    }
  for (const StoredTensor& e : source.entries())
    HADAL_CHECK(known.count(e.name) || (options.ignore && options.ignore(e.name)), FileError, source.place_of(e),
                ": tensor '", e.name, "' is not one of the model's");
}

/// Fills a model's trained tensors and buffers. Real element types convert; FP8 matrices become what their blocks'
/// scales make of them. Everything is checked (check_model) before anything is written, but copies are compared at the
/// end. Takes no more memory than the model and one tensor. Throws FileError naming file and tensor.
template <class M>
void load_model(const StoredTensors& source, M& model, const LoadOptions& options = {}) {
  check_model(source, model, options);
  GradMode off(false);
  walk([&]<class T, class D>(const Place& place, Tensor<T, D>& t) {
    if (place.role == Role::constant || !t.defined()) return;
    HADAL_CHECK(t.is_contiguous(), ValueError, source.path(), ": '", place.name, "' must be contiguous to be loaded");
    const std::vector<PublishedPart> parts = published_parts({place, t});
    if (t.is_hollow()) {
      if constexpr (std::is_same_v<D, Cpu>)
        if (options.in_place && detail::use_in_place(source, parts, place.stacked, t)) return;
      detail::fill_hollow(*t.storage(), allocate(D{}, t.bytes()));
    }
    auto* data = reinterpret_cast<std::byte*>(t.mutable_view().data);
    for (const PublishedPart& p : parts) {
      const StoredTensor& e = source.at(p.name);
      const auto read = [&](T* to) { detail::read_elements<T>(e, detail::scale_of(source, e), options.blocks, to); };
      if constexpr (std::is_same_v<D, Cpu>) {
        read(reinterpret_cast<T*>(data + p.offset));
      } else {
        std::vector<std::byte> host(p.bytes);
        read(reinterpret_cast<T*>(host.data()));
        copy_from_host(D{}, data + p.offset, host.data(), host.size());
      }
    }
  }, model);
  if (options.compare_copies)
    for (const auto& [copy, original] : options.copies)
      if (const StoredTensor* e = source.find(copy)) detail::compare_copy(source, *e, source.at(original));
}
/// The same from a folder of published weights or one safetensors file.
template <class M>
void load_model(const std::string& path, M& model, const LoadOptions& options = {}) {
  load_model(Weights(path), model, options);
}

/// Fills tensors from a file byte for byte: names, shapes and types must be the same. D: the device of those that are
/// not on the CPU. Throws FileError naming file and tensor.
template <class D = Cpu>
void load_tensors(const StoredTensors& source, const std::vector<NamedTensor>& tensors) {
  for (const NamedTensor& t : tensors) {
    const StoredTensor& e = source.at(t.place.name);
    HADAL_CHECK(e.shape == t.tensor.shape() && e.dtype == t.tensor.dtype(), FileError, source.place_of(e), ": tensor '",
                e.name, "' must be ", t.tensor.dtype(), " ", t.tensor.shape(), ", is ", e.type, " ", e.shape);
    t.tensor.bump_version();
    if (t.tensor.device() == DeviceKind::cpu)
      copy_from_host(Cpu{}, t.tensor.data_address(), e.bytes.data(), e.bytes.size());
    else copy_from_host(D{}, t.tensor.data_address(), e.bytes.data(), e.bytes.size());
  }
  HADAL_CHECK(source.entries().size() == tensors.size(), FileError, source.path(), ": holds ", source.entries().size(),
              " tensors, expected ", tensors.size());
}

}  // namespace hadal
