// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/cpu/float8.hpp>
#include <hadal/io/published.hpp>
#include <hadal/io/read_elements.hpp>
#include <hadal/io/safetensors.hpp>

#include <functional>

namespace hadal {

/// A tensor to be written, and the way to have its bytes when its turn comes.
struct OutgoingTensor {
  std::string name;
  const char* type;  // as the file names it
  Shape shape;
  std::size_t bytes = 0;
  std::function<void(AtomicFile&)> write;
};

namespace detail {

inline const char* safetensors_name(DType dtype) {
  return std::find_if(std::begin(safetensors_types), std::end(safetensors_types),
                      [&](const auto& known) { return known.dtype == dtype; })->name;
}
inline std::size_t safetensors_width(std::string_view name) {
  return std::find_if(std::begin(safetensors_types), std::end(safetensors_types),
                      [&](const auto& known) { return known.name == name; })->bytes;
}

/// Calls f with a pointer to the bytes of a part of a tensor, which come from the device first if they must.
template <class D, class F>
void with_bytes(const TensorBase& t, const PublishedPart& part, const F& f) {
  const auto* data = static_cast<const std::byte*>(t.data_address()) + part.offset;
  if (t.device() == DeviceKind::cpu) return f(data);
  std::vector<std::byte> host(part.bytes);
  copy_to_host(D{}, host.data(), data, host.size());
  f(static_cast<const std::byte*>(host.data()));
}

/// Calls f with a view of a part that is a real matrix, in its type.
template <class D, class F>
void with_matrix(const TensorBase& t, const PublishedPart& part, const F& f) {
  with_bytes<D>(t, part, [&](const std::byte* data) {
    const auto typed = [&]<class T>(T) {
      f(View<const T>{reinterpret_cast<const T*>(data), part.shape, part.shape[1]});
    };
    switch (t.dtype()) {
      case DType::f32: return typed(float{});
      case DType::f64: return typed(double{});
      case DType::bf16: return typed(bf16{});
      case DType::f16: return typed(half{});
      default: fail<TypeError>("fp8: tensor '", part.name, "' of type ", t.dtype(), " cannot be quantized");
    }
  });
}

template <class D>
std::vector<float> scales_of(const TensorBase& t, const PublishedPart& part, const Fp8Blocks& blocks) {
  const Shape shape{blocks.down(part.shape[0]), blocks.across(part.shape[1])};
  std::vector<float> scales(static_cast<std::size_t>(shape.size()));
  with_matrix<D>(t, part, [&](const auto& w) {
    block_scales(Cpu{}, View<float>{scales.data(), shape, shape[1]}, w, blocks);
  });
  for (float s : scales)
    HADAL_CHECK(s <= std::numeric_limits<float>::max(), NumericError, "fp8: tensor '", part.name, "' holds infinity");
  return scales;
}

}  // namespace detail

/// What a tensor of a model is published as, in its own type. The tensor is on the CPU or on D.
template <class D = Cpu>
std::vector<OutgoingTensor> outgoing(const NamedTensor& t) {
  std::vector<OutgoingTensor> list;
  for (const PublishedPart& part : published_parts(t))
    list.push_back(
        {part.name, detail::safetensors_name(t.tensor.dtype()), part.shape, part.bytes,
         [tensor = t.tensor, part](AtomicFile& file) {
           detail::with_bytes<D>(tensor, part, [&](const std::byte* data) { file.write({data, part.bytes}); });
         }});
  return list;
}

/// The same as FP8: each matrix in e4m3, and the scales of its blocks beside it. Throws TypeError unless it is real and
/// NumericError, when written, for infinity.
template <class D = Cpu>
std::vector<OutgoingTensor> outgoing_fp8(const NamedTensor& t, const Fp8Blocks& blocks) {
  std::vector<OutgoingTensor> list;
  for (const PublishedPart& part : published_parts(t)) {
    HADAL_CHECK(part.shape.rank == 2, ShapeError, "fp8: tensor '", part.name, "' must be a matrix, is ", part.shape);
    const Shape scales{blocks.down(part.shape[0]), blocks.across(part.shape[1])};
    list.push_back({part.name, "F8_E4M3", part.shape, static_cast<std::size_t>(part.shape.size()),
                    [tensor = t.tensor, part, scales, blocks](AtomicFile& file) {
                      const std::vector<float> s = detail::scales_of<D>(tensor, part, blocks);
                      std::vector<e4m3> q(static_cast<std::size_t>(part.shape.size()));
                      detail::with_matrix<D>(tensor, part, [&](const auto& w) {
                        quantize(Cpu{}, View<e4m3>{q.data(), part.shape, part.shape[1]}, w,
                                 View<const float>{s.data(), scales, scales[1]}, blocks);
                      });
                      file.write(std::as_bytes(std::span(q)));
                    }});
    list.push_back({part.name + scale_suffix, "F32", scales, static_cast<std::size_t>(scales.size()) * sizeof(float),
                    [tensor = t.tensor, part, blocks](AtomicFile& file) {
                      const std::vector<float> s = detail::scales_of<D>(tensor, part, blocks);
                      file.write(std::as_bytes(std::span(s)));
                    }});
  }
  return list;
}

namespace detail {

/// Writes a safetensors file that is yet to be committed. `path` opens messages.
inline void write_safetensors(AtomicFile& file, const std::string& path, std::vector<OutgoingTensor> tensors,
                              const Metadata& metadata) {
  // The header ends with a page; tensors of whole pages come first and then the others, wide elements first. So each is
  // aligned for its type, and large ones begin their pages, as mapping them side by side asks.
  const std::size_t page = 4096;
  const auto rank = [&](const OutgoingTensor& t) {
    return t.bytes % page == 0 && t.bytes > 0 ? std::size_t{0} : 64 - safetensors_width(t.type);
  };
  std::stable_sort(tensors.begin(), tensors.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  Json::Object header;
  if (!metadata.empty()) {
    Json::Object text;
    for (const auto& [key, value] : metadata) text.emplace_back(key, value);
    header.emplace_back("__metadata__", std::move(text));
  }
  std::size_t end = 0;
  std::vector<std::string> names{"__metadata__"};
  for (const OutgoingTensor& t : tensors) {
    header.emplace_back(t.name, Json::Object{{"dtype", t.type},
                                             {"shape", Json::Array(t.shape.begin(), t.shape.end())},
                                             {"data_offsets", Json::Array{end, end + t.bytes}}});
    names.push_back(t.name);
    end += t.bytes;
  }
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  HADAL_CHECK(twin == names.end(), ValueError, path, ": the name '", *twin, "' is used twice");

  std::string text = Json(std::move(header)).dump();
  const std::uint64_t aligned = end >= page ? page : 8;
  text.append((aligned - (text.size() + 8) % aligned) % aligned, ' ');
  const std::uint64_t size = text.size();
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(text);
  for (const OutgoingTensor& t : tensors) t.write(file);
}

}  // namespace detail

/// Writes one safetensors file, all or nothing: a failure (a full disk, say) leaves what stood at the path. Throws
/// FileError naming the path, ValueError for a name that occurs twice.
inline void write_safetensors(const std::string& path, std::vector<OutgoingTensor> tensors,
                              const Metadata& metadata = {}) {
  AtomicFile file(path);
  detail::write_safetensors(file, path, std::move(tensors), metadata);
  file.commit();
}
/// The same of a model's tensors (see outgoing).
template <class D = Cpu>
void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                       const Metadata& metadata = {}) {
  std::vector<OutgoingTensor> list;
  for (const NamedTensor& t : tensors)
    for (OutgoingTensor& o : outgoing<D>(t)) list.push_back(std::move(o));
  write_safetensors(path, std::move(list), metadata);
}

/// Writes a model's trained tensors and buffers under their published names, as one file.
template <class M>
void save_model(const std::string& path, const M& model, const Metadata& metadata = {}) {
  write_safetensors(path, state_dict(model), metadata);
}

}  // namespace hadal
