// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/scalar.hpp>
#include <hadal/core/shape.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hadal {

/// A tensor as it lies in a file.
struct StoredTensor {
  std::string name, type;  // type as the file names it
  std::optional<DType> dtype;
  Shape shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;  // which keeps the bytes there
};

/// Named tensors of one file or of many, found by name. Loading takes any of these.
class StoredTensors {
 public:
  /// `path` opens messages. Throws FileError when a name occurs twice.
  StoredTensors(std::string path, std::vector<StoredTensor> entries)
      : path_(std::move(path)), entries_(std::move(entries)) {
    std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (std::size_t i = 1; i < entries_.size(); ++i)
      HADAL_CHECK(entries_[i - 1].name != entries_[i].name, FileError, place_of(entries_[i]), ": tensor '",
                  entries_[i].name, "' is defined a second time, first in ", place_of(entries_[i - 1]));
  }

  /// The file or folder that was opened.
  const std::string& path() const { return path_; }
  /// In the order of the names.
  const std::vector<StoredTensor>& entries() const { return entries_; }
  /// The path of the file that holds the entry.
  const std::string& place_of(const StoredTensor& e) const { return e.file ? e.file->path() : path_; }

  /// The entry of that name, or null.
  const StoredTensor* find(std::string_view name) const {
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), name,
                                     [](const StoredTensor& e, std::string_view n) { return e.name < n; });
    return it != entries_.end() && it->name == name ? &*it : nullptr;
  }
  /// Throws FileError when it is not there.
  const StoredTensor& at(std::string_view name) const {
    const StoredTensor* e = find(name);
    HADAL_CHECK(e, FileError, path_, ": tensor '", name, "' is missing");
    return *e;
  }

 private:
  std::string path_;
  std::vector<StoredTensor> entries_;
};

}  // namespace hadal
