// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/safetensors.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

/// A file with this header and so many bytes of data.
std::string raw(const std::string& path, const std::string& header, std::size_t data, std::uint64_t size = 0) {
  if (size == 0) size = header.size();
  std::string text(reinterpret_cast<const char*>(&size), 8);
  write_file(path, text + header + std::string(data, '\1'));
  return path;
}
std::string open_error(const std::string& path) {
  return error_of<FileError>([&] { SafetensorsFile file(path); });
}

}  // namespace

TEST_CASE("safetensors: names, types, shapes and bytes of a file written by hand") {
  const ScratchFolder folder;
  const std::string p = folder / "a";
  raw(p, R"({"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[2,2],"data_offsets":[4,8]},
             "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} )", 8);
  const SafetensorsFile file(p);
  CHECK(file.path() == p);
  CHECK(file.metadata() == Metadata{{"format", "pt"}});
  REQUIRE(file.entries().size() == 2);
  CHECK(file.entries()[0].name == "a");
  CHECK(file.at("a").dtype == DType::f32);
  CHECK(!file.at("b").dtype);
  CHECK(file.at("b").type == "U8");
  CHECK(file.at("b").shape == Shape{2, 2});
  CHECK(file.at("b").bytes.size() == 4);
  CHECK(file.at("b").bytes[0] == std::byte{1});
}

TEST_CASE("safetensors: every broken rule of the header is an error naming file and tensor") {
  const ScratchFolder folder;
  const std::string p = folder / "a";
  const auto tensor = [](const std::string& name, const std::string& type, const std::string& shape,
                         const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  const auto error = [&](const std::string& body, std::size_t data) {
    return open_error(raw(p, "{" + body + "}", data));
  };
  CHECK(error(tensor("a", "F32", "[2]", "[0,8]"), 8) == "no error");
  CHECK(error(tensor("a", "F8_E4M3", "[2]", "[0,2]"), 2) == "no error");
  CHECK(error("", 0) == "no error");
  CHECK(error(tensor("a", "F33", "[2]", "[0,8]"), 8) == p + ": tensor 'a' has the unknown type F33");
  CHECK(error(tensor("a", "F32", "[3]", "[0,8]"), 8) == p + ": tensor 'a' is larger than the file");
  CHECK(error(tensor("a", "F32", "[1]", "[0,8]"), 8) ==
        p + ": tensor 'a' of shape (1) and type F32 needs 4 bytes, has 8");
  CHECK(error(tensor("a", "F32", "[2]", "[0,12]"), 8) ==
        p + ": tensor 'a' lies at bytes 0 .. 12, outside of the file's 8");
  CHECK(error(tensor("a", "F32", "[2]", "[8,0]"), 8) ==
        p + ": tensor 'a' lies at bytes 8 .. 0, outside of the file's 8");
  CHECK(error(tensor("a", "F32", "[-2]", "[0,8]"), 8) == p + ": tensor 'a' has an axis of size -2");
  CHECK(error(tensor("a", "F32", "[4611686018427387904,4]", "[0,0]"), 0).find("'a' is larger than the file") !=
        std::string::npos);
  CHECK(error(tensor("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4) == p + ": tensor 'a' has 9 axes, more than 8");
  CHECK(error(tensor("a", "F32", "[1]", "[0]"), 4) == p + ": tensor 'a' must have two data_offsets, has 1");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[1]", "[2,6]"), 6) ==
        p + ": tensor 'b' overlaps the one before it");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[1]", "[6,10]"), 10) ==
        p + ": 2 bytes before tensor 'b' belong to none");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]"), 7) == p + ": 3 bytes at the end belong to no tensor");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("a", "F32", "[1]", "[4,8]"), 8)
            .find("\"a\" a second time") != std::string::npos);
  CHECK(error("\"a\":{\"dtype\":\"F32\"}", 0) == p + ": tensor 'a' must have dtype, shape and data_offsets alone");
  CHECK(error("\"a\":3", 0) == p + ": tensor 'a' must have dtype, shape and data_offsets alone");
  CHECK(error("\"__metadata__\":{\"a\":1}", 0).starts_with(p + ": "));
  CHECK(open_error(raw(p, "[]", 0)) == p + ": the header must be an object, is an array");
  CHECK(open_error(raw(p, "{\"a\"", 0)).starts_with(p + ": "));
  CHECK(open_error(raw(p, "{}", 0, 3)).starts_with(p + ": the header of 3 bytes must fit"));
  CHECK(open_error(raw(p, "{}", 0, ~std::uint64_t{0})).starts_with(p + ": the header of "));
  CHECK(open_error(raw(p, "{}", 0, 100'000'001)).starts_with(p + ": the header of 100000001 bytes must fit"));
  write_file(p, "1234567");
  CHECK(open_error(p) == p + ": ends inside the header's length, after 7 bytes");
  write_file(p, "");
  CHECK(open_error(p) == p + ": ends inside the header's length, after 0 bytes");
  CHECK(open_error(folder / "none").starts_with(folder / "none"));
}

TEST_CASE("safetensors: a header larger than the format allows is refused before it is read") {
  const ScratchFolder folder;
  const std::string p = raw(folder / "a", "", 0, 100'000'001);
  std::filesystem::resize_file(p, 8 + 100'000'001);  // a hole
  CHECK(open_error(p) == p + ": the header of 100000001 bytes is larger than 100000000");
}
