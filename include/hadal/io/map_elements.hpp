// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/mapped_region.hpp>
#include <hadal/io/stored_tensor.hpp>
#include <hadal/tensor/tensor.hpp>

namespace hadal::detail {

/// Memory below which a copy costs less than a mapping.
inline constexpr std::size_t smallest_mapping = std::size_t{1} << 16;

/// The entries, mapped side by side: where the first begins and how far it is from one to the next.
struct MappedElements {
  StorageRef storage;  // null when they must be copied
  std::int64_t step = 0;
};

/// Maps the elements of entries of one size as they are. They cannot be used in place when they are of another type,
/// lie unaligned, or begin at different places within their pages, so that no single step leads from one to the next.
template <class T>
MappedElements map_elements(const std::vector<const StoredTensor*>& entries) {
  if (entries.empty() || entries[0]->bytes.size() < smallest_mapping) return {};
  const std::size_t page = page_size(), bytes = entries[0]->bytes.size();
  const auto offset = [](const StoredTensor& e) {
    return static_cast<std::size_t>(e.bytes.data() - e.file->bytes().data());
  };
  for (const StoredTensor* e : entries)
    if (!e->file || e->dtype != dtype_of<T> || offset(*e) % alignof(T) != 0 || !entries[0]->file ||
        offset(*e) % page != offset(*entries[0]) % page)
      return {};
  const std::size_t lead = offset(*entries[0]) % page, step = (lead + bytes + page - 1) / page * page;
  auto region = std::make_unique<MappedRegion>(step * entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    region->place(i * step, *entries[i]->file, offset(*entries[i]) - lead, step);
  const auto release = [](Storage& s) noexcept { delete static_cast<MappedRegion*>(s.context); };
  MappedElements m{borrow(region->data() + lead, step * entries.size() - lead, DeviceKind::cpu, release, region.get()),
                   static_cast<std::int64_t>(step / sizeof(T))};
  static_cast<void>(region.release());
  return m;
}

}  // namespace hadal::detail
