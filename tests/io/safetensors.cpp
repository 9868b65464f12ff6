// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/safetensors.hpp>
#include <hadal/tensor/tensor.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

NamedTensor named(std::string name, TensorBase t) { return {{std::move(name), Role::trained, false, {}, {}}, std::move(t)}; }

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

TEST_CASE("safetensors: what is written is read, stacks as one tensor for each entry") {
  const ScratchFolder folder;
  const std::string path = folder / "a.safetensors";
  const auto stack = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {3, 1, 2});
  const auto odd = Tensor<bf16>::from({bf16(1.0f), bf16(2.0f), bf16(3.0f)}, {3});
  const auto wide = Tensor<std::int64_t>::from({-7}, {});
  const auto none = Tensor<float>::empty({0, 4});
  write_safetensors(path, {named("odd", odd), {{"mlp.experts.up.weight", Role::trained, true, "mlp.experts.", ".up.weight"}, stack},
                           named("wide", wide), named("none", none)},
                    {{"format", "pt"}, {"note", "a \"b\""}});
  const SafetensorsFile file(path);
  CHECK(file.entries().size() == 6);
  CHECK(file.metadata().at("note") == "a \"b\"");
  const auto& second = file.at("mlp.experts.1.up.weight");
  CHECK(second.shape == Shape{1, 2});
  CHECK(second.dtype == DType::f32);
  float values[2];
  std::memcpy(values, second.bytes.data(), second.bytes.size());
  CHECK(values[0] == 3);
  CHECK(values[1] == 4);
  CHECK(std::memcmp(file.at("odd").bytes.data(), odd.data(), 6) == 0);
  CHECK(file.at("wide").shape == Shape{});
  CHECK(file.at("none").bytes.empty());
  CHECK(file.find("mlp.experts.3.up.weight") == nullptr);
  CHECK(error_of<FileError>([&] { file.at("x"); }) == path + ": tensor 'x' is missing");
  for (const auto& e : file.entries())  // aligned for their types
    if (e.dtype) CHECK(reinterpret_cast<std::uintptr_t>(e.bytes.data()) % size_of(*e.dtype) == 0);
}

TEST_CASE("safetensors: a name used twice, a tensor with gaps") {
  const ScratchFolder folder;
  const std::string path = folder / "a";
  const auto t = Tensor<float>::ones({2, 3});
  CHECK(error_of<ValueError>([&] { write_safetensors(path, {named("a", t), named("a", t)}); }) ==
        path + ": the name 'a' is used twice");
  const TensorBase column({t.storage()}, {2}, {3}, 0, DType::f32, DeviceKind::cpu);
  CHECK(error_of<ValueError>([&] { write_safetensors(path, {named("c", column)}); }) ==
        path + ": 'c' must be contiguous to be written");
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("safetensors: a write that fails leaves the old file and no other") {
  const ScratchFolder folder;
  const std::string path = folder / "a.safetensors";
  write_safetensors(path, {named("a", Tensor<float>::full({4}, 7))});
  const std::string before = read_file(path);
  for (std::size_t room : {std::size_t{0}, std::size_t{100}, std::size_t{65536}}) {
    const FullDisk full(room);
    const std::string error =
        error_of<FileError>([&] { write_safetensors(path, {named("a", Tensor<float>::ones({50000}))}); });
    CHECK(error.starts_with(path + ": cannot be written"));
  }
  CHECK(read_file(path) == before);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
  CHECK(error_of<FileError>([&] { write_safetensors(folder / "no/such/a", {}); }).starts_with(folder / "no/such/a"));
}

TEST_CASE("safetensors: every broken rule of the header is an error naming file and tensor") {
  const ScratchFolder folder;
  const std::string p = folder / "a";
  const auto tensor = [](const std::string& name, const std::string& type, const std::string& shape, const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  const auto error = [&](const std::string& body, std::size_t data) { return open_error(raw(p, "{" + body + "}", data)); };
  CHECK(error(tensor("a", "F32", "[2]", "[0,8]"), 8) == "no error");
  CHECK(error(tensor("a", "F8_E4M3", "[2]", "[0,2]"), 2) == "no error");
  CHECK(error("", 0) == "no error");
  CHECK(error(tensor("a", "F33", "[2]", "[0,8]"), 8) == p + ": tensor 'a' has the unknown type F33");
  CHECK(error(tensor("a", "F32", "[3]", "[0,8]"), 8) == p + ": tensor 'a' is larger than the file");
  CHECK(error(tensor("a", "F32", "[1]", "[0,8]"), 8) ==
        p + ": tensor 'a' of shape (1) and type F32 needs 4 bytes, has 8");
  CHECK(error(tensor("a", "F32", "[2]", "[0,12]"), 8) == p + ": tensor 'a' lies at bytes 0 .. 12, outside of the file's 8");
  CHECK(error(tensor("a", "F32", "[2]", "[8,0]"), 8) == p + ": tensor 'a' lies at bytes 8 .. 0, outside of the file's 8");
  CHECK(error(tensor("a", "F32", "[-2]", "[0,8]"), 8) == p + ": tensor 'a' has an axis of size -2");
  CHECK(error(tensor("a", "F32", "[4611686018427387904,4]", "[0,0]"), 0).find("'a' is larger than the file") != std::string::npos);
  CHECK(error(tensor("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4) == p + ": tensor 'a' has 9 axes, more than 8");
  CHECK(error(tensor("a", "F32", "[1]", "[0]"), 4) == p + ": tensor 'a' must have two data_offsets, has 1");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[1]", "[2,6]"), 6) ==
        p + ": tensor 'b' overlaps the one before it");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[1]", "[6,10]"), 10) ==
        p + ": 2 bytes before tensor 'b' belong to none");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]"), 7) == p + ": 3 bytes at the end belong to no tensor");
  CHECK(error(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("a", "F32", "[1]", "[4,8]"), 8).find("\"a\" a second time") !=
        std::string::npos);
  CHECK(error("\"a\":{\"dtype\":\"F32\"}", 0) == p + ": tensor 'a' must have dtype, shape and data_offsets alone");
  CHECK(error("\"a\":3", 0) == p + ": tensor 'a' must have dtype, shape and data_offsets alone");
  CHECK(error("\"__metadata__\":{\"a\":1}", 0).starts_with(p + ": "));
  CHECK(open_error(raw(p, "[]", 0)) == p + ": the header must be an object, is an array");
  CHECK(open_error(raw(p, "{\"a\"", 0)).starts_with(p + ": "));
  CHECK(open_error(raw(p, "{}", 0, 3)).starts_with(p + ": the header of 3 bytes must fit"));
  CHECK(open_error(raw(p, "{}", 0, ~std::uint64_t{0})).starts_with(p + ": the header of "));
  write_file(p, "1234567");
  CHECK(open_error(p) == p + ": ends inside the header's length, after 7 bytes");
  write_file(p, "");
  CHECK(open_error(p) == p + ": ends inside the header's length, after 0 bytes");
  CHECK(open_error(folder / "none").starts_with(folder / "none"));
}
