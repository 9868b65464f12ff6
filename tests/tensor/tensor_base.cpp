// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/tensor/tape.hpp>

using namespace hadal;

namespace {
TensorBase with(const Shape& shape, const Shape& strides) {
  return TensorBase(allocate(Cpu{}, 4096), shape, strides, 2, DType::f32, DeviceKind::cpu);
}
}  // namespace

TEST_CASE("tensor base: knows which layouts are dense") {
  std::int64_t stride = 0;
  CHECK(with({2, 3}, {3, 1}).is_contiguous());
  CHECK(with({1, 3}, {99, 1}).is_contiguous());  // the stride of an axis of size 1 does not matter
  CHECK(!with({2, 3}, {5, 1}).is_contiguous());
  CHECK(with({2, 3}, {5, 1}).has_dense_rows(stride));
  CHECK(stride == 5);
  CHECK(with({2, 4, 3}, {20, 5, 1}).has_dense_rows(stride));
  CHECK(stride == 5);
  CHECK(!with({2, 4, 3}, {21, 5, 1}).has_dense_rows(stride));
  CHECK(!with({2, 3}, {1, 2}).has_dense_rows(stride));
  CHECK(with({2, 1}, {7, 4}).has_dense_rows(stride));
  CHECK(stride == 7);
}

TEST_CASE("tensor base: address, bytes and version") {
  const TensorBase t = with({2, 3}, {3, 1});
  CHECK(t.defined());
  CHECK(!TensorBase().defined());
  CHECK(t.bytes() == 24);
  CHECK(static_cast<char*>(t.data_address()) == static_cast<char*>(t.storage()->data) + 8);
  const TensorBase other = t.detached();
  t.bump_version();
  CHECK(other.version() == 1);
}
