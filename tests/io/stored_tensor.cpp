// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/stored_tensor.hpp>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("stored tensors are found by name; none occurs twice") {
  const auto entry = [](const char* name) { return StoredTensor{name, "F32", DType::f32, {2}, {}, {}}; };
  const StoredTensors all("there", {entry("b"), entry("a"), entry("c")});
  CHECK(all.entries().front().name == "a");
  CHECK(all.find("c")->shape == Shape{2});
  CHECK(all.find("bb") == nullptr);
  CHECK(&all.at("b") == all.find("b"));
  CHECK(all.place_of(all.at("b")) == "there");
  CHECK(error_of<FileError>([&] { all.at("x"); }) == "there: tensor 'x' is missing");
  CHECK(error_of<FileError>([&] { StoredTensors("f", {entry("a"), entry("b"), entry("a")}); }) ==
        "f: tensor 'a' is defined a second time, first in f");
}
