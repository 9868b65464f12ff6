// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tree/parameters.hpp>

#include <string>
#include <vector>

namespace hadal {

/// A tensor under the name that files give it: a tensor of a model, or one entry of a stacked one.
struct PublishedPart {
  std::string name;
  Shape shape;
  std::size_t offset, bytes;  // of its elements from the first of the model's tensor
};

/// What a tensor of a model is published as: itself, or one tensor for each entry of a stacked one. Throws ValueError
/// unless the elements of each lie without gaps.
inline std::vector<PublishedPart> published_parts(const NamedTensor& t) {
  const bool stacked = t.place.stacked;
  Shape shape, strides;
  for (int i = stacked ? 1 : 0; i < t.tensor.rank(); ++i) {
    shape = shape.append(t.tensor.shape(i));
    strides = strides.append(t.tensor.strides()[i]);
  }
  const TensorBase one(t.tensor.storage(), shape, strides, 0, t.tensor.dtype(), t.tensor.device());
  HADAL_CHECK(t.tensor.defined() && one.is_contiguous(), ValueError, "published_parts: '",
              t.place.name, "' must be contiguous, has shape ", shape, " and strides ", strides);
  if (!stacked) return {{t.place.name, shape, 0, one.bytes()}};
  std::vector<PublishedPart> list;
  const std::size_t step = static_cast<std::size_t>(t.tensor.strides()[0]) * size_of(t.tensor.dtype());
  for (std::int64_t i = 0; i < t.tensor.shape(0); ++i)
    list.push_back({t.place.entry(i), shape, static_cast<std::size_t>(i) * step, one.bytes()});
  return list;
}

}  // namespace hadal
