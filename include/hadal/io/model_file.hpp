// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/convert.hpp>
#include <hadal/io/safetensors.hpp>
#include <hadal/tensor/tensor.hpp>

#include <set>

namespace hadal {

namespace detail {

/// Writes an entry of a file into host memory as elements of type T; real types convert into each other.
template <class T>
void read_elements(const SafetensorsFile& file, const SafetensorsFile::Entry& e, T* to) {
  const auto n = static_cast<std::int64_t>(e.shape.size());
  if (e.dtype == dtype_of<T>) {
    if (n > 0) std::memcpy(static_cast<void*>(to), e.bytes.data(), e.bytes.size());
    return;
  }
  const auto converted = [&]<class S>(S) {
    std::vector<S> values(static_cast<std::size_t>(n));  // the file may hold them unaligned
    if (n > 0) std::memcpy(static_cast<void*>(values.data()), e.bytes.data(), e.bytes.size());
    convert(Cpu{}, View<T>{to, {n}, n}, View<const S>{values.data(), {n}, n});
  };
  if constexpr (is_real<T>) {
    if (e.dtype == DType::f32) return converted(float{});
    if (e.dtype == DType::f64) return converted(double{});
    if (e.dtype == DType::bf16) return converted(bf16{});
    if (e.dtype == DType::f16) return converted(half{});
  }
  fail<FileError>(file.path(), ": tensor '", e.name, "' of type ", e.type, " does not convert to ", dtype_of<T>);
}

}  // namespace detail

/// Writes a model's trained tensors and buffers under their published names. See write_safetensors.
template <class M>
void save_model(const std::string& path, const M& model, const Metadata& metadata = {}) {
  write_safetensors(path, state_dict(model), metadata);
}

/// Fills a model's trained tensors and buffers from a file; real element types convert. The file must hold every one
/// of them, in its shape, and nothing else. Throws FileError naming file and tensor; the model may then be half filled.
template <class M>
void load_model(const SafetensorsFile& file, M& model) {
  std::set<std::string_view> read;
  walk([&]<class T, class D>(const Place& place, Tensor<T, D>& t) {
    if (place.role == Role::constant || !t.defined()) return;
    std::vector<unsigned char> host(t.bytes());
    const auto read_one = [&](const std::string& name, const Shape& shape, std::size_t offset, std::size_t) {
      const auto& e = file.at(name);
      HADAL_CHECK(e.shape == shape, FileError, file.path(), ": tensor '", name, "' must be ", shape, ", is ", e.shape);
      detail::read_elements<T>(file, e, reinterpret_cast<T*>(host.data() + offset));
      read.insert(e.name);
    };
    detail::each_published({place, t}, read_one);
    HADAL_CHECK(t.is_contiguous(), ValueError, file.path(), ": '", place.name, "' must be contiguous to be loaded");
    GradMode off(false);
    copy_from_host(D{}, t.mutable_view().data, host.data(), host.size());
  }, model);
  for (const auto& e : file.entries())
    HADAL_CHECK(read.count(e.name), FileError, file.path(), ": tensor '", e.name, "' is not one of the model's");
}
template <class M>
void load_model(const std::string& path, M& model) {
  load_model(SafetensorsFile(path), model);
}

/// Fills tensors from a file byte for byte: names, shapes and types must be the same. D: the device of those that are
/// not on the CPU. Throws FileError naming file and tensor.
template <class D = Cpu>
void load_tensors(const SafetensorsFile& file, const std::vector<NamedTensor>& tensors) {
  for (const NamedTensor& t : tensors) {
    const auto& e = file.at(t.place.name);
    HADAL_CHECK(e.shape == t.tensor.shape() && e.dtype == t.tensor.dtype(), FileError, file.path(), ": tensor '",
                e.name, "' must be ", t.tensor.dtype(), " ", t.tensor.shape(), ", is ", e.type, " ", e.shape);
    t.tensor.bump_version();
    void* to = t.tensor.data_address();
    if (t.tensor.device() == DeviceKind::cpu) copy_from_host(Cpu{}, to, e.bytes.data(), e.bytes.size());
    else copy_from_host(D{}, to, e.bytes.data(), e.bytes.size());
  }
  HADAL_CHECK(file.entries().size() == tensors.size(), FileError, file.path(), ": holds ", file.entries().size(),
              " tensors, expected ", tensors.size());
}

}  // namespace hadal
