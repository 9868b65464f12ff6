// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/tree/parameters.hpp>

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <vector>

namespace hadal {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian, and so must the machine be");

/// Text that goes with a file.
using Metadata = std::map<std::string, std::string>;

namespace detail {

/// Element types of the format: name, bytes, and our type if there is one.
struct SafetensorsType {
  const char* name;
  std::size_t bytes;
  std::optional<DType> dtype;
};
inline constexpr SafetensorsType safetensors_types[] = {
    {"F32", 4, DType::f32},       {"F64", 8, DType::f64},       {"BF16", 2, DType::bf16},
    {"F16", 2, DType::f16},       {"I32", 4, DType::i32},       {"I64", 8, DType::i64},
    {"BOOL", 1, DType::boolean},  {"U8", 1, std::nullopt},      {"I8", 1, std::nullopt},
    {"U16", 2, std::nullopt},     {"I16", 2, std::nullopt},     {"U32", 4, std::nullopt},
    {"U64", 8, std::nullopt},     {"F8_E4M3", 1, std::nullopt}, {"F8_E5M2", 1, std::nullopt},
};

/// Calls f(name, shape, byte offset, bytes) for each tensor a file gets: one for each entry of a stacked tensor.
template <class F>
void each_published(const NamedTensor& t, const F& f) {
  if (!t.place.stacked) return f(t.place.name, t.tensor.shape(), std::size_t{0}, t.tensor.bytes());
  const std::int64_t n = t.tensor.shape(0);
  Shape shape;
  for (int i = 1; i < t.tensor.rank(); ++i) shape = shape.append(t.tensor.shape(i));
  const std::size_t bytes = static_cast<std::size_t>(shape.size()) * size_of(t.tensor.dtype());
  for (std::int64_t i = 0; i < n; ++i) f(t.place.entry(i), shape, static_cast<std::size_t>(i) * bytes, bytes);
}

}  // namespace detail

/// Writes tensors as one safetensors file, all or nothing: a failure (a full disk, say) leaves what stood at the path.
/// Stacked tensors become one tensor for each entry. The tensors are contiguous and on the CPU or on D.
/// Throws FileError naming the path, ValueError for a name that occurs twice.
template <class D = Cpu>
void write_safetensors(const std::string& path, std::vector<NamedTensor> tensors, const Metadata& metadata = {}) {
  // Wide elements first: then every tensor is aligned for its type.
  std::stable_sort(tensors.begin(), tensors.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return size_of(a.tensor.dtype()) > size_of(b.tensor.dtype());
  });
  Json::Object header;
  if (!metadata.empty()) {
    Json::Object text;
    for (const auto& [key, value] : metadata) text.emplace_back(key, value);
    header.emplace_back("__metadata__", std::move(text));
  }
  std::size_t end = 0;
  std::vector<std::string> names{"__metadata__"};
  for (const NamedTensor& t : tensors) {
    HADAL_CHECK(t.tensor.defined() && t.tensor.is_contiguous(), ValueError, path, ": '", t.place.name,
                "' must be contiguous to be written");
    const auto* type = std::find_if(std::begin(detail::safetensors_types), std::end(detail::safetensors_types),
                                    [&](const auto& known) { return known.dtype == t.tensor.dtype(); });
    detail::each_published(t, [&](const std::string& name, const Shape& shape, std::size_t, std::size_t bytes) {
      header.emplace_back(name, Json::Object{{"dtype", type->name},
                                             {"shape", Json::Array(shape.begin(), shape.end())},
                                             {"data_offsets", Json::Array{end, end + bytes}}});
      names.push_back(name);
      end += bytes;
    });
  }
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  HADAL_CHECK(twin == names.end(), ValueError, path, ": the name '", *twin, "' is used twice");

  std::string text = Json(std::move(header)).dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t size = text.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(text);
  std::vector<std::byte> staged;
  for (const NamedTensor& t : tensors) {
    const void* data = t.tensor.data_address();
    if (t.tensor.device() != DeviceKind::cpu) {
      staged.resize(t.tensor.bytes());
      copy_to_host(D{}, staged.data(), data, staged.size());
      data = staged.data();
    }
    file.write({static_cast<const std::byte*>(data), t.tensor.bytes()});
  }
  file.commit();
}

/// A safetensors file, mapped: reading its header touches no tensor's bytes. The constructor checks that the header is
/// sound and that the tensors fill the file without gap or overlap; it throws FileError naming the path and the tensor.
class SafetensorsFile {
 public:
  struct Entry {
    std::string name, type;  // type as the file names it
    std::optional<DType> dtype;
    Shape shape;
    std::span<const std::byte> bytes;
  };

  explicit SafetensorsFile(const std::string& path) : path_(path), file_(path) {
    const std::span<const std::byte> all = file_.bytes();
    std::uint64_t size = 0;
    HADAL_CHECK(all.size() >= sizeof size, FileError, path, ": ends inside the header's length, after ", all.size(),
                " bytes");
    std::memcpy(&size, all.data(), sizeof size);
    HADAL_CHECK(size <= all.size() - sizeof size, FileError, path, ": the header of ", size,
                " bytes must fit the file of ", all.size());
    const auto* text = reinterpret_cast<const char*>(all.data()) + sizeof size;
    const Json header = Json::parse({text, static_cast<std::size_t>(size)}, path);
    HADAL_CHECK(header.is_object(), FileError, path, ": the header must be an object, is ", header.kind());
    const std::span<const std::byte> data = all.subspan(sizeof size + static_cast<std::size_t>(size));
    try {
      for (const auto& [name, value] : header.get<Json::Object>())
        if (name == "__metadata__") read_metadata(value);
        else entries_.push_back(read_entry(name, value, data));
    } catch (const ConfigError& e) {
      fail<FileError>(path, ": ", e.what());
    }
    check_layout(data);
  }

  const std::string& path() const { return path_; }
  const Metadata& metadata() const { return metadata_; }
  /// In the order of the names.
  const std::vector<Entry>& entries() const { return entries_; }

  /// The entry of that name, or null.
  const Entry* find(std::string_view name) const {
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), name,
                                     [](const Entry& e, std::string_view n) { return e.name < n; });
    return it != entries_.end() && it->name == name ? &*it : nullptr;
  }
  /// Throws FileError when it is not there.
  const Entry& at(std::string_view name) const {
    const Entry* e = find(name);
    HADAL_CHECK(e, FileError, path_, ": tensor '", name, "' is missing");
    return *e;
  }

 private:
  void read_metadata(const Json& value) {
    for (const auto& [key, text] : value.get<Json::Object>()) metadata_.emplace(key, text.get<std::string>());
  }

  Entry read_entry(const std::string& name, const Json& value, std::span<const std::byte> data) const {
    const auto check = [&](bool met, const auto&... rule) {
      HADAL_CHECK(met, FileError, path_, ": tensor '", name, "' ", rule...);
    };
    check(value.is_object() && value.get<Json::Object>().size() == 3, "must have dtype, shape and data_offsets alone");
    Entry e{name, value.get<std::string>("dtype"), {}, {}, {}};
    const auto* type = std::find_if(std::begin(detail::safetensors_types), std::end(detail::safetensors_types),
                                    [&](const auto& known) { return known.name == e.type; });
    check(type != std::end(detail::safetensors_types), "has the unknown type ", e.type);
    e.dtype = type->dtype;
    const Json::Array &axes = value.get<Json::Array>("shape"), &offsets = value.get<Json::Array>("data_offsets");
    check(axes.size() <= max_rank, "has ", axes.size(), " axes, more than ", max_rank);
    std::uint64_t bytes = type->bytes;
    for (const Json& axis : axes) {
      const auto n = axis.get<std::int64_t>();
      check(n >= 0, "has an axis of size ", n);
      check(n == 0 || bytes <= data.size() / static_cast<std::uint64_t>(n), "is larger than the file");
      bytes *= static_cast<std::uint64_t>(n);
      e.shape = e.shape.append(n);
    }
    check(offsets.size() == 2, "must have two data_offsets, has ", offsets.size());
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    check(begin <= end && end <= data.size(), "lies at bytes ", begin, " .. ", end, ", outside of the file's ",
          data.size());
    check(end - begin == bytes, "of shape ", e.shape, " and type ", e.type, " needs ", bytes, " bytes, has ",
          end - begin);
    e.bytes = data.subspan(begin, bytes);
    return e;
  }

  void check_layout(std::span<const std::byte> data) {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
    });
    const std::byte* end = data.data();
    for (const Entry& e : entries_) {
      HADAL_CHECK(e.bytes.data() >= end, FileError, path_, ": tensor '", e.name, "' overlaps the one before it");
      HADAL_CHECK(e.bytes.data() <= end, FileError, path_, ": ", e.bytes.data() - end, " bytes before tensor '", e.name,
                  "' belong to none");
      end = e.bytes.data() + e.bytes.size();
    }
    HADAL_CHECK(end == data.data() + data.size(), FileError, path_, ": ", data.data() + data.size() - end,
                " bytes at the end belong to no tensor");
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  }

  std::string path_;
  MappedFile file_;
  Metadata metadata_;
  std::vector<Entry> entries_;
};

}  // namespace hadal
