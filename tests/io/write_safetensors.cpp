// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/write_safetensors.hpp>

#include <cmath>

#include "io/scratch.hpp"

using namespace hadal;

namespace {
NamedTensor named(std::string name, TensorBase t) {
  return {{std::move(name), Role::trained, false, {}, {}}, std::move(t)};
}
}  // namespace

TEST_CASE("write_safetensors: what is written is read, stacks as one tensor for each entry") {
  const ScratchFolder folder;
  const std::string path = folder / "a.safetensors";
  const auto stack = Tensor<float>::from({1, 2, 3, 4, 5, 6}, {3, 1, 2});
  const auto odd = Tensor<bf16>::from({bf16(1.0f), bf16(2.0f), bf16(3.0f)}, {3});
  const auto wide = Tensor<std::int64_t>::from({-7}, {});
  const auto none = Tensor<float>::empty({0, 4});
  write_safetensors(path,
                    std::vector{named("odd", odd),
                                {{"mlp.experts.up.weight", Role::trained, true, "mlp.experts.", ".up.weight"}, stack},
                                named("wide", wide),
                                named("none", none)},
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

TEST_CASE("write_safetensors: a name used twice, a tensor with gaps") {
  const ScratchFolder folder;
  const std::string path = folder / "a";
  const auto t = Tensor<float>::ones({2, 3});
  CHECK(error_of<ValueError>([&] { write_safetensors(path, std::vector{named("a", t), named("a", t)}); }) ==
        path + ": the name 'a' is used twice");
  const TensorBase column({t.storage()}, {2}, {3}, 0, DType::f32, DeviceKind::cpu);
  CHECK(error_of<ValueError>([&] { write_safetensors(path, std::vector{named("c", column)}); }) ==
        "published_parts: 'c' must be contiguous, has shape (2) and strides (3)");
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("write_safetensors: a write that fails leaves the old file and no other") {
  const ScratchFolder folder;
  const std::string path = folder / "a.safetensors";
  write_safetensors(path, std::vector{named("a", Tensor<float>::full({4}, 7))});
  const std::string before = read_file(path);
  for (std::size_t room : {std::size_t{0}, std::size_t{100}, std::size_t{65536}}) {
    const FullDisk full(room);
    const std::string error =
        error_of<FileError>([&] { write_safetensors(path, std::vector{named("a", Tensor<float>::ones({50000}))}); });
    CHECK(error.starts_with(path + ": cannot be written"));
  }
  CHECK(read_file(path) == before);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
  CHECK(error_of<FileError>([&] {
          write_safetensors(folder / "no/such/a", std::vector<NamedTensor>{});
        }).starts_with(folder / "no/such/a"));
}

TEST_CASE("write_safetensors: tensors of whole pages begin pages") {
  const ScratchFolder folder;
  const std::string path = folder / "a";
  write_safetensors(path,
                    std::vector{named("small", Tensor<float>::ones({3})), named("large", Tensor<bf16>::ones({64, 64})),
                                named("larger", Tensor<float>::ones({64, 64}))});
  const SafetensorsFile file(path);
  for (const char* name : {"large", "larger"})
    CHECK(reinterpret_cast<std::uintptr_t>(file.at(name).bytes.data()) % 4096 == 0);
}

TEST_CASE("write_safetensors: FP8 with the scales of blocks") {
  const ScratchFolder folder;
  const std::string path = folder / "a";
  const Fp8Blocks blocks{2, 4, false};
  auto w = Tensor<float>::zeros({3, 5});
  w.mutable_view().data[1] = -448;  // block (0, 0)
  w.mutable_view().data[4] = 3.5f;  // block (0, 1)
  w.mutable_view().data[10] = 1;    // block (1, 0); block (1, 1) is all zero
  write_safetensors(path, outgoing_fp8(named("w", w), blocks));
  const SafetensorsFile file(path);
  CHECK(file.at("w").type == "F8_E4M3");
  CHECK(file.at("w_scale_inv").shape == Shape{2, 2});
  const std::vector<float> scales = detail::read_scales(file.at("w_scale_inv"));
  CHECK(scales == std::vector<float>{1, 3.5f / 448, 1.0f / 448, 1e-4f / 448});
  std::vector<float> back(15);
  detail::read_elements<float>(file.at("w"), &file.at("w_scale_inv"), blocks, back.data());
  CHECK(back == w.to_vector());

  const auto stack = Tensor<bf16>::normal({2, 3, 5}, Key{1});
  const NamedTensor experts{{"e.up.weight", Role::trained, true, "e.", ".up.weight"}, stack};
  std::vector<std::string> names;
  for (const auto& o : outgoing_fp8(experts, blocks)) names.push_back(o.name);
  CHECK(names == std::vector<std::string>{"e.0.up.weight", "e.0.up.weight_scale_inv", "e.1.up.weight",
                                          "e.1.up.weight_scale_inv"});
  CHECK(error_of<ShapeError>([&] { outgoing_fp8(named("v", Tensor<float>::ones({3})), blocks); }) ==
        "fp8: tensor 'v' must be a matrix, is (3)");
  CHECK(error_of<TypeError>([&] {
          write_safetensors(path, outgoing_fp8(named("i", Tensor<std::int32_t>::zeros({2, 2})), blocks));
        }) == "fp8: tensor 'i' of type int32 cannot be quantized");
  CHECK(error_of<NumericError>([&] {
          write_safetensors(path, outgoing_fp8(named("w", Tensor<float>::full({2, 2}, HUGE_VAL)), blocks));
        }) == "fp8: tensor 'w' holds infinity");
}
