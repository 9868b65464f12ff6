// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/json.hpp>
#include <hadal/io/stored_tensor.hpp>

#include <bit>
#include <map>

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
    {"F8_E8M0", 1, std::nullopt},
};

/// A header larger than this is damage or malice; the format itself sets the limit.
inline constexpr std::uint64_t largest_header = 100'000'000;

/// Reads the header of a file's bytes and checks that it is sound and that the tensors fill the file without gap or
/// overlap.
class SafetensorsHeader {
 public:
  std::vector<StoredTensor> entries;  // their `file` is for the caller to set
  Metadata metadata;

  SafetensorsHeader(std::span<const std::byte> all, const std::string& path) : path_(path) {
    std::uint64_t size = 0;
    HADAL_CHECK(all.size() >= sizeof size, FileError, path, ": ends inside the header's length, after ", all.size(),
                " bytes");
    std::memcpy(&size, all.data(), sizeof size);
    HADAL_CHECK(size <= all.size() - sizeof size, FileError, path, ": the header of ", size,
                " bytes must fit the file of ", all.size());
    HADAL_CHECK(size <= largest_header, FileError, path, ": the header of ", size, " bytes is larger than ",
                largest_header);
    const auto* text = reinterpret_cast<const char*>(all.data()) + sizeof size;
    const Json header = Json::parse({text, static_cast<std::size_t>(size)}, path);
    HADAL_CHECK(header.is_object(), FileError, path, ": the header must be an object, is ", header.kind());
    const std::span<const std::byte> data = all.subspan(sizeof size + static_cast<std::size_t>(size));
    try {
      for (const auto& [name, value] : header.get<Json::Object>())
        if (name == "__metadata__") read_metadata(value);
        else entries.push_back(read_entry(name, value, data));
    } catch (const ConfigError& e) {
      fail<FileError>(path, ": ", e.what());
    }
    check_layout(data);
  }

 private:
  void read_metadata(const Json& value) {
    for (const auto& [key, text] : value.get<Json::Object>()) metadata.emplace(key, text.get<std::string>());
  }

  StoredTensor read_entry(const std::string& name, const Json& value, std::span<const std::byte> data) const {
    const auto check = [&](bool met, const auto&... rule) {
      HADAL_CHECK(met, FileError, path_, ": tensor '", name, "' ", rule...);
    };
    check(value.is_object() && value.get<Json::Object>().size() == 3, "must have dtype, shape and data_offsets alone");
    StoredTensor e{name, value.get<std::string>("dtype"), {}, {}, {}, {}};
    const auto* type = std::find_if(std::begin(safetensors_types), std::end(safetensors_types),
                                    [&](const auto& known) { return known.name == e.type; });
    check(type != std::end(safetensors_types), "has the unknown type ", e.type);
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
    std::sort(entries.begin(), entries.end(), [](const StoredTensor& a, const StoredTensor& b) {
      return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
    });
    const std::byte* end = data.data();
    for (const StoredTensor& e : entries) {
      HADAL_CHECK(e.bytes.data() >= end, FileError, path_, ": tensor '", e.name, "' overlaps the one before it");
      HADAL_CHECK(e.bytes.data() <= end, FileError, path_, ": ", e.bytes.data() - end, " bytes before tensor '", e.name,
                  "' belong to none");
      end = e.bytes.data() + e.bytes.size();
    }
    HADAL_CHECK(end == data.data() + data.size(), FileError, path_, ": ", data.data() + data.size() - end,
                " bytes at the end belong to no tensor");
  }

  const std::string& path_;
};

}  // namespace detail

/// A safetensors file, mapped: reading its header touches no tensor's bytes. The constructor throws FileError naming
/// the path and the tensor unless the header is sound and the tensors fill the file without gap or overlap.
class SafetensorsFile : public StoredTensors {
 public:
  explicit SafetensorsFile(const std::string& path) : SafetensorsFile(std::make_shared<const MappedFile>(path)) {}

  const Metadata& metadata() const { return metadata_; }

 private:
  explicit SafetensorsFile(const std::shared_ptr<const MappedFile>& file)
      : SafetensorsFile(file, detail::SafetensorsHeader(file->bytes(), file->path())) {}
  SafetensorsFile(const std::shared_ptr<const MappedFile>& file, detail::SafetensorsHeader header)
      : StoredTensors(file->path(), of_file(std::move(header.entries), file)), metadata_(std::move(header.metadata)) {}

  static std::vector<StoredTensor> of_file(std::vector<StoredTensor> entries,
                                           const std::shared_ptr<const MappedFile>& file) {
    for (StoredTensor& e : entries) e.file = file;
    return entries;
  }

  Metadata metadata_;
};

}  // namespace hadal
